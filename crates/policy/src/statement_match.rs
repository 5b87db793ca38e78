//! When a statement applies: its Action, its Resource and every Condition match the request. Whether its Principal
//! does is a question of its own, see `principal_match`.

use crate::condition::Condition;
use crate::context::Context;
use crate::document::Statement;
use crate::layers::{Principal, Request};

/// The request as statements see it.
pub(crate) struct Asked<'a> {
    /// Lower case: action names have none.
    pub(crate) action: String,
    pub(crate) resource: &'a str,
    pub(crate) caller: &'a Principal,
    pub(crate) bounded: bool,
    pub(crate) context: &'a Context,
}

impl<'a> Asked<'a> {
    pub(crate) fn new(request: &Request<'a>, bounded: bool) -> Self {
        Self {
            action: request.action.to_ascii_lowercase(),
            resource: request.resource,
            caller: request.principal,
            bounded,
            context: request.context,
        }
    }
}

/// Whether everything but the Principal of the statement matches.
pub(crate) fn applies(statement: &Statement, asked: &Asked<'_>) -> bool {
    action_matches(statement, asked)
        && resource_matches(statement, asked)
        && failing_conditions(statement, asked).next().is_none()
}

pub(crate) fn action_matches(statement: &Statement, asked: &Asked<'_>) -> bool {
    statement.action.matches(|pattern| pattern.matches(&asked.action))
}

pub(crate) fn resource_matches(statement: &Statement, asked: &Asked<'_>) -> bool {
    statement
        .resource
        .as_ref()
        .is_none_or(|clause| clause.matches(|pattern| pattern.matches(asked.resource, asked.context)))
}

/// The conditions that are not true of the request.
pub(crate) fn failing_conditions<'s>(
    statement: &'s Statement,
    asked: &Asked<'_>,
) -> impl Iterator<Item = &'s Condition> {
    statement.conditions.iter().filter(|condition| !condition.holds(asked.context))
}
