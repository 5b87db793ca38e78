//! The first element of a statement that does not match, with what was seen and what was wanted.

use super::{VALUES_MAX, show};
use crate::condition::{Condition, Quantifier};
use crate::context::ContextValue;
use crate::decide::grant_in;
use crate::document::{Clause, Statement};
use crate::layers::Layer;
use crate::principal_match::Grant;
use crate::statement_match::{Asked, action_matches, failing_conditions, resource_matches};

/// An element of a statement, in the order in which they are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Element {
    /// `Principal` or `NotPrincipal`
    Principal,
    /// `Action` or `NotAction`
    Action,
    /// `Resource` or `NotResource`
    Resource,
    /// `Condition`
    Condition,
}

/// Values that are shown, and how many more there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tested {
    /// At most [`VALUES_MAX`].
    pub values: Vec<String>,
    /// How many more.
    pub left_out: usize,
}

impl Tested {
    pub(super) fn of(values: impl ExactSizeIterator<Item = String>) -> Self {
        let left_out = values.len().saturating_sub(VALUES_MAX);
        Self { values: values.take(VALUES_MAX).collect(), left_out }
    }
}

/// Why a statement does not apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The first element that does not match.
    pub element: Element,
    /// The element as it is written: `NotAction` where that is what stands there.
    pub written: &'static str,
    /// For a condition, its operator.
    pub operator: Option<String>,
    /// For a condition, its key.
    pub key: Option<String>,
    /// What the request has; `None` where the key is absent.
    pub seen: Option<Tested>,
    /// What the statement lists.
    pub wanted: Tested,
    /// What may surprise about it.
    pub remark: Option<&'static str>,
    /// The other elements that do not match either, in order.
    pub also: Vec<Element>,
    /// How many conditions are not true.
    pub conditions_failing: usize,
}

/// How the statement reaches the caller, and why it does not apply, if it does not.
pub(super) fn judge(layer: Layer, statement: &Statement, asked: &Asked<'_>) -> (Grant, Option<Failure>) {
    let grant = grant_in(layer, statement, asked);
    let conditions: Vec<&Condition> = failing_conditions(statement, asked).collect();
    let mut failing = Vec::new();
    if grant == Grant::None {
        failing.push(Element::Principal);
    }
    if !action_matches(statement, asked) {
        failing.push(Element::Action);
    }
    if !resource_matches(statement, asked) {
        failing.push(Element::Resource);
    }
    if !conditions.is_empty() {
        failing.push(Element::Condition);
    }
    let Some((first, also)) = failing.split_first() else { return (grant, None) };
    let failure = match first {
        Element::Principal => of_principal(statement, asked),
        Element::Action => of_action(statement, asked),
        Element::Resource => of_resource(statement, asked),
        Element::Condition => match conditions.first() {
            Some(condition) => of_condition(condition, asked),
            None => return (grant, None),
        },
    };
    (grant, Some(Failure { also: also.to_vec(), conditions_failing: conditions.len(), ..failure }))
}

fn listed<T>(
    element: Element,
    names: [&'static str; 2],
    seen: Tested,
    clause: Option<&Clause<T>>,
    text: impl Fn(&T) -> String,
) -> Failure {
    let [plain, negated] = names;
    Failure {
        element,
        written: if clause.is_some_and(show::is_negated) { negated } else { plain },
        operator: None,
        key: None,
        seen: Some(seen),
        wanted: Tested::of(clause.map(Clause::items).unwrap_or_default().iter().map(text)),
        remark: None,
        also: Vec::new(),
        conditions_failing: 0,
    }
}

fn of_principal(statement: &Statement, asked: &Asked<'_>) -> Failure {
    let seen = Tested::of(show::names(asked.caller).into_iter());
    let clause = statement.principal.as_ref();
    listed(Element::Principal, ["Principal", "NotPrincipal"], seen, clause, show::entry)
}

fn of_action(statement: &Statement, asked: &Asked<'_>) -> Failure {
    let seen = Tested::of(std::iter::once(asked.action.clone()));
    let written = statement.action_patterns().map(str::to_owned).collect::<Vec<_>>();
    let failure =
        listed(Element::Action, ["Action", "NotAction"], seen, Some(&statement.action), |_| String::new());
    Failure { wanted: Tested::of(written.into_iter()), ..failure }
}

fn of_resource(statement: &Statement, asked: &Asked<'_>) -> Failure {
    let seen = Tested::of(std::iter::once(asked.resource.to_owned()));
    let written = statement.resource_patterns().map(str::to_owned).collect::<Vec<_>>();
    let clause = statement.resource.as_ref();
    let failure = listed(Element::Resource, ["Resource", "NotResource"], seen, clause, |_| String::new());
    let remark = if asked.resource == "*" {
        Some("this action has no resource of its own: only a statement about \"*\" reaches it")
    } else if written.iter().any(|pattern| pattern.contains("${")) {
        Some("a variable is filled in from the request; without a value its pattern matches nothing")
    } else {
        None
    };
    Failure { wanted: Tested::of(written.into_iter()), remark, ..failure }
}

fn of_condition(condition: &Condition, asked: &Asked<'_>) -> Failure {
    let value = asked.context.value(&condition.key);
    let remark = match (condition.written.quantifier, value) {
        (Quantifier::Single, Some(ContextValue::Many(_))) if condition.written.operator.name != "Null" => {
            Some("the key has several values: only ForAllValues and ForAnyValue reach it")
        }
        _ => None,
    };
    Failure {
        element: Element::Condition,
        written: "Condition",
        operator: Some(condition.written.name()),
        key: Some(show::key(&condition.key)),
        seen: value.map(|value| Tested::of(value.values().iter().cloned())),
        wanted: Tested::of(condition.operands.iter().map(ToString::to_string)),
        remark,
        also: Vec::new(),
        conditions_failing: 0,
    }
}
