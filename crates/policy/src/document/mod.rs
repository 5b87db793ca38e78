//! The policy language: a document is a version and a list of statements, read once when it is saved.
//!
//! `json` reads strict JSON with positions, `grammar` what each kind of policy may say, `principal` and `condition`
//! the two elements with a grammar of their own. What a document means for a request stands elsewhere.

mod condition;
mod grammar;
mod json;
mod principal;
mod rewrite;

use portcullis_base::UniqueId;

use crate::arn_match::ArnTemplate;
use crate::condition::Condition;
use crate::context::Context;
use crate::pattern::Pattern;
use crate::principal_match::Entry;

pub(crate) use grammar::STATEMENT_ELEMENTS;
pub use grammar::parse;
pub use json::Malformed;
pub use rewrite::rewrite_principals;

pub(crate) use condition::is_bare_role_id;
pub(crate) use grammar::is_trust_action;
pub(crate) use json::{byte_at, place};
pub(crate) use principal::{aws as aws_entry, provider as provider_entry, service as service_entry};

/// What a policy is attached to, which decides its grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PolicyKind {
    /// Of a user, group or role, or a managed policy, or a permissions boundary.
    Identity,
    /// Of a resource, such as a bucket.
    Resource,
    /// Of a role: who may assume it.
    Trust,
    /// Passed when a session is made; the grammar is that of identity policies.
    Session,
    /// Service control policy.
    Scp,
    /// Resource control policy.
    Rcp,
}

/// Whether a statement allows or denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// `Allow`
    Allow,
    /// `Deny`
    Deny,
}

/// The version of the language; without a Version element it is the older one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// `2008-10-17`: no policy variables.
    V2008,
    /// `2012-10-17`
    V2012,
}

/// A document that was accepted; [`lint`](crate::lint()) says what should be said about it.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The document.
    pub document: Document,
}

/// A parsed policy.
#[derive(Debug, Clone)]
pub struct Document {
    statements: Vec<Statement>,
}

/// One statement of a policy.
#[derive(Debug, Clone)]
pub struct Statement {
    pub(crate) sid: Option<String>,
    pub(crate) effect: Effect,
    pub(crate) principal: Option<Clause<Entry>>,
    pub(crate) action: Clause<ActionPattern>,
    /// `None` in trust policies, which stand for their role alone.
    pub(crate) resource: Option<Clause<ResourcePattern>>,
    pub(crate) conditions: Vec<Condition>,
}

/// An element or its negation: `Action` or `NotAction`.
#[derive(Debug, Clone)]
pub(crate) enum Clause<T> {
    /// What is listed.
    Listed(Vec<T>),
    /// Everything that is not listed.
    AllBut(Vec<T>),
}

impl<T> Clause<T> {
    pub(crate) fn items(&self) -> &[T] {
        match self {
            Self::Listed(items) | Self::AllBut(items) => items,
        }
    }

    pub(crate) fn matches(&self, is_listed: impl Fn(&T) -> bool) -> bool {
        match self {
            Self::Listed(items) => items.iter().any(is_listed),
            Self::AllBut(items) => !items.iter().any(is_listed),
        }
    }
}

/// `service:Name` with wildcards, compared without regard to case.
#[derive(Debug, Clone)]
pub(crate) struct ActionPattern {
    pub(crate) text: String,
    pattern: Pattern,
}

impl ActionPattern {
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), pattern: Pattern::new(&text.to_ascii_lowercase()) }
    }

    /// The action is given in lower case.
    pub(crate) fn matches(&self, action: &str) -> bool {
        self.pattern.matches(action)
    }
}

/// `*`, or an ARN pattern whose part behind the fifth colon may hold variables.
#[derive(Debug, Clone)]
pub(crate) struct ResourcePattern {
    text: String,
    /// `None` where a variable stands before the fifth colon, where AWS fills none in: it matches nothing.
    pub(crate) arn: Option<ArnTemplate>,
    /// How many colons stand outside variables.
    pub(crate) colons: usize,
}

impl ResourcePattern {
    pub(crate) fn new(text: &str, version: Version) -> Self {
        let arn = ArnTemplate::new(text, version);
        let is_misplaced = arn.template().has_variable() && arn.template().colons_before_variable() < 5;
        let colons = arn.template().colons();
        Self { text: text.to_owned(), arn: (!is_misplaced).then_some(arn), colons }
    }

    /// The text in a document of version 2012-10-17.
    pub(crate) fn print(&self) -> String {
        self.arn.as_ref().map_or_else(|| self.text.clone(), |arn| arn.template().print())
    }

    pub(crate) fn matches(&self, resource: &str, context: &Context) -> bool {
        self.arn.as_ref().is_some_and(|arn| arn.matches(resource, context))
    }
}

impl Statement {
    /// The statement's id, if it has one.
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// Whether it allows or denies.
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// The patterns of Action, or of NotAction, as written.
    pub fn action_patterns(&self) -> impl Iterator<Item = &str> {
        self.action.items().iter().map(|pattern| pattern.text.as_str())
    }

    /// The patterns of Resource, or of NotResource, as written; none in a trust policy.
    pub fn resource_patterns(&self) -> impl Iterator<Item = &str> {
        self.resource.iter().flat_map(Clause::items).map(|pattern| pattern.text.as_str())
    }

    /// Whether it has a Condition.
    pub fn is_conditional(&self) -> bool {
        !self.conditions.is_empty()
    }

    /// Whether its Principal names everybody.
    pub fn names_everyone(&self) -> bool {
        matches!(&self.principal, Some(Clause::Listed(entries)) if entries.contains(&Entry::Everyone))
    }
}

impl Document {
    /// The document that stands for one that is attached but cannot be read: it denies everything in its layer.
    pub fn unreadable() -> Self {
        Self::about_everything("Unreadable", Effect::Deny)
    }

    /// `FullAWSAccess` and `RCPFullAWSAccess`: the policy with which organizations begin.
    pub fn full_access() -> Self {
        Self::about_everything("FullAccess", Effect::Allow)
    }

    fn about_everything(sid: &str, effect: Effect) -> Self {
        let statement = Statement {
            sid: Some(sid.to_owned()),
            effect,
            principal: Some(Clause::Listed(vec![Entry::Everyone])),
            action: Clause::Listed(vec![ActionPattern::new("*")]),
            resource: Some(Clause::Listed(vec![ResourcePattern::new("*", Version::V2012)])),
            conditions: Vec::new(),
        };
        Self { statements: vec![statement] }
    }

    /// A document of these statements.
    pub(crate) fn of(statements: Vec<Statement>) -> Self {
        Self { statements }
    }

    /// The document without one of its statements.
    pub(crate) fn without(&self, index: usize) -> Self {
        let kept = self.statements.iter().enumerate().filter(|(at, _)| *at != index);
        Self { statements: kept.map(|(_, statement)| statement.clone()).collect() }
    }

    /// The document with the statements of another behind its own.
    pub(crate) fn with(&self, other: &Self) -> Self {
        Self { statements: self.statements.iter().chain(&other.statements).cloned().collect() }
    }

    /// The statements in order.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.statements.iter().filter_map(|statement| statement.principal.as_ref()).flat_map(Clause::items)
    }

    /// The ARNs of users and roles in Principal and NotPrincipal, once each, in order. AWS resolves these to unique
    /// ids when the policy is saved, and refuses the policy if one does not exist.
    pub fn named_principals(&self) -> Vec<&str> {
        let mut arns: Vec<&str> = Vec::new();
        for entry in self.entries() {
            if let Entry::Named { arn, .. } = entry
                && !arns.contains(&arn.as_str())
            {
                arns.push(arn);
            }
        }
        arns
    }

    /// The unique ids of users and roles written as such in Principal and NotPrincipal. AWS refuses a policy that is
    /// saved with one that does not exist.
    pub fn principal_ids(&self) -> impl Iterator<Item = UniqueId> {
        self.entries().filter_map(|entry| match entry {
            Entry::Id(id) => Some(*id),
            _ => None,
        })
    }

    /// The same as [`Document::bind`], for a document that is in force: a name that is not among these stands for
    /// nobody, neither for whoever bears it now nor for whoever bears it later.
    pub fn settle(&mut self, ids: &[(String, UniqueId)]) {
        self.bind(ids);
        for statement in &mut self.statements {
            let Some(Clause::Listed(entries) | Clause::AllBut(entries)) = &mut statement.principal else {
                continue;
            };
            for entry in entries {
                if let Entry::Named { arn, id: None } = entry {
                    *entry = Entry::Nobody(std::mem::take(arn));
                }
            }
        }
    }

    /// Resolves named principals: from now on an entry written as one of these ARNs is the holder of the unique id
    /// and nobody else, whoever bears the name later.
    pub fn bind(&mut self, ids: &[(String, UniqueId)]) {
        for statement in &mut self.statements {
            let Some(Clause::Listed(entries) | Clause::AllBut(entries)) = &mut statement.principal else {
                continue;
            };
            for entry in entries {
                if let Entry::Named { arn, id } = entry
                    && let Some((_, resolved)) = ids.iter().find(|(named, _)| named == arn)
                {
                    *id = Some(*resolved);
                }
            }
        }
    }
}
