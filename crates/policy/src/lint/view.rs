//! The document as the checks see it: statements, and in them what can be read of their elements. What is not where
//! the language wants it is left out here; the checks of the elements say so.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::tree::{Member, Node, Value};
use crate::condition::Written;
use crate::document::{Effect, PolicyKind, Version};
use crate::service_data::{Action, Service, services};

/// A document of some kind.
pub(crate) struct View<'t> {
    pub(crate) text: &'t str,
    pub(crate) kind: PolicyKind,
    pub(crate) version: Version,
    pub(crate) root: &'t Node,
    pub(crate) statements: Vec<Statement<'t>>,
}

/// A statement.
pub(crate) struct Statement<'t> {
    pub(crate) node: &'t Node,
    pub(crate) members: &'t [Member],
    pub(crate) effect: Option<Effect>,
    pub(crate) actions: Actions<'t>,
    pub(crate) resources: Texts<'t>,
    pub(crate) tests: Vec<Test<'t>>,
}

/// The texts of an element or of its negation.
pub(crate) struct Texts<'t> {
    /// The element, if it is there.
    pub(crate) member: Option<&'t Member>,
    /// Whether it is `NotAction` or `NotResource`.
    pub(crate) is_negated: bool,
    pub(crate) items: Vec<Text<'t>>,
}

#[derive(Clone, Copy)]
pub(crate) struct Text<'t> {
    pub(crate) text: &'t str,
    pub(crate) node: &'t Node,
}

/// The texts of Action or NotAction, and what they mean.
pub(crate) struct Actions<'t> {
    pub(crate) texts: Texts<'t>,
    /// For each text.
    pub(crate) meanings: Vec<Rc<Meaning>>,
}

/// What an action's text means.
pub(crate) enum Meaning {
    /// `*`, or a `*` for the service.
    AnyService,
    /// Not `service:Name`.
    Unreadable,
    /// The service is not in the table.
    UnknownService,
    /// These actions of a service; none if the name is unknown.
    Of(&'static Service, Vec<&'static Action>),
}

/// One key under one operator.
pub(crate) struct Test<'t> {
    pub(crate) operator: &'t Member,
    /// `None` where there is no such operator.
    pub(crate) written: Option<Written>,
    pub(crate) key: &'t Member,
    /// The texts, numbers and booleans among the values.
    pub(crate) values: Vec<Text<'t>>,
}

impl<'t> View<'t> {
    pub(crate) fn new(text: &'t str, kind: PolicyKind, root: &'t Node) -> Self {
        let version = match find(root.members(), "Version").and_then(|member| member.node.text()) {
            Some("2012-10-17") => Version::V2012,
            _ => Version::V2008,
        };
        let statement = find(root.members(), "Statement");
        let nodes = statement.map(|member| member.node.one_or_many()).unwrap_or_default();
        let is_statement = |node: &&Node| matches!(node.value, Value::Map(_));
        let mut meanings = BTreeMap::new();
        let statements = nodes.iter().filter(is_statement).map(|node| Statement::new(node, &mut meanings));
        let statements = statements.collect();
        Self { text, kind, version, root, statements }
    }
}

impl<'t> Statement<'t> {
    fn new(node: &'t Node, meanings: &mut BTreeMap<&'t str, Rc<Meaning>>) -> Self {
        let members = node.members();
        let effect = match find(members, "Effect").and_then(|member| member.node.text()) {
            Some("Allow") => Some(Effect::Allow),
            Some("Deny") => Some(Effect::Deny),
            _ => None,
        };
        let texts = Texts::of(members, "Action", "NotAction");
        // The same action stands in many statements.
        let of = |item: &Text<'t>| {
            Rc::clone(meanings.entry(item.text).or_insert_with(|| Rc::new(meaning(item.text))))
        };
        let meanings = texts.items.iter().map(of).collect();
        Self {
            node,
            members,
            effect,
            actions: Actions { texts, meanings },
            resources: Texts::of(members, "Resource", "NotResource"),
            tests: tests(members),
        }
    }

    pub(crate) fn member(&self, name: &str) -> Option<&'t Member> {
        find(self.members, name)
    }

    pub(crate) fn is_allow(&self) -> bool {
        self.effect == Some(Effect::Allow)
    }

    pub(crate) fn is_deny(&self) -> bool {
        self.effect == Some(Effect::Deny)
    }

    /// Whether a condition asks for this key.
    pub(crate) fn has_test(&self, key: &str) -> bool {
        self.tests.iter().any(|test| test.key.name.eq_ignore_ascii_case(key))
    }

    /// Whether `Null` with `false` asks that this key be there.
    pub(crate) fn requires(&self, key: &str) -> bool {
        self.tests.iter().any(|test| {
            test.operator.name.eq_ignore_ascii_case("Null")
                && test.key.name.eq_ignore_ascii_case(key)
                && test.values.iter().any(|value| value.text.eq_ignore_ascii_case("false"))
        })
    }

    /// The names under a kind of principal: those of `{"AWS": …}`.
    pub(crate) fn principals(&self, kind: &str) -> Vec<Text<'t>> {
        let Some(principal) = self.member("Principal") else { return Vec::new() };
        find(principal.node.members(), kind).map(|member| texts(&member.node)).unwrap_or_default()
    }

    /// Whether Principal names everybody.
    pub(crate) fn names_everyone(&self) -> bool {
        let is_star = self.member("Principal").is_some_and(|member| member.node.text() == Some("*"));
        is_star || self.principals("AWS").iter().any(|name| name.text == "*")
    }
}

impl<'t> Texts<'t> {
    fn of(members: &'t [Member], name: &str, negation: &str) -> Self {
        let (listed, negated) = (find(members, name), find(members, negation));
        let member = listed.or(negated);
        let items = member.map(|member| texts(&member.node)).unwrap_or_default();
        Self { member, is_negated: listed.is_none() && negated.is_some(), items }
    }

    /// Whether `*` is among them.
    pub(crate) fn has_star(&self) -> bool {
        self.items.iter().any(|item| item.text == "*")
    }
}

impl Actions<'_> {
    /// The actions that are meant and known, with their services.
    pub(crate) fn known(&self) -> impl Iterator<Item = (&'static Service, &'static Action)> {
        self.meanings.iter().flat_map(|meaning| match &**meaning {
            Meaning::Of(service, actions) => {
                actions.iter().map(|action| (*service, *action)).collect::<Vec<_>>()
            }
            _ => Vec::new(),
        })
    }

    /// Whether an action of this lower-case name is among them, and whether only through a wildcard.
    pub(crate) fn reach(&self, action: &str) -> Option<Reach> {
        let reaches = self.texts.items.iter().filter_map(|item| {
            let folded = item.text.to_ascii_lowercase();
            if folded == action {
                Some(Reach::ByName)
            } else {
                crate::pattern::Pattern::new(&folded).matches(action).then_some(Reach::ByWildcard)
            }
        });
        reaches.min()
    }
}

/// How an element reaches an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    ByName,
    ByWildcard,
}

/// The first member of this name.
pub(crate) fn find<'t>(members: &'t [Member], name: &str) -> Option<&'t Member> {
    members.iter().find(|member| member.name == name)
}

/// The texts of a list, or the one text that stands in its place.
pub(crate) fn texts(node: &Node) -> Vec<Text<'_>> {
    node.one_or_many().iter().filter_map(|node| Some(Text { text: node.text()?, node })).collect()
}

fn meaning(text: &str) -> Meaning {
    match text.split_once(':') {
        None if text == "*" => Meaning::AnyService,
        None => Meaning::Unreadable,
        Some(("*", _)) => Meaning::AnyService,
        Some((prefix, name)) => match services().service(prefix) {
            Some(service) => Meaning::Of(service, service.matching(&name.to_ascii_lowercase())),
            None => Meaning::UnknownService,
        },
    }
}

fn tests(members: &[Member]) -> Vec<Test<'_>> {
    let Some(condition) = find(members, "Condition") else { return Vec::new() };
    let operators = condition.node.members().iter();
    operators
        .flat_map(|operator| {
            operator.node.members().iter().map(move |key| Test {
                operator,
                written: Written::find(&operator.name),
                key,
                values: values(&key.node),
            })
        })
        .collect()
}

fn values(node: &Node) -> Vec<Text<'_>> {
    node.one_or_many().iter().filter_map(|node| Some(Text { text: node.scalar()?, node })).collect()
}
