//! When a statement applies: its Action, its Resource and every Condition match the request. Whether its Principal
//! does is a question of its own, see `principal_match`.

use crate::context::Context;
use crate::document::Statement;
use crate::layers::{Principal, Request};

/// The request as statements see it.
pub(crate) struct Asked<'a> {
    /// Lower case: action names have none.
    action: String,
    resource: &'a str,
    pub(crate) caller: &'a Principal,
    pub(crate) bounded: bool,
    context: &'a Context,
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
    statement.action.matches(|pattern| pattern.matches(&asked.action))
        && statement
            .resource
            .as_ref()
            .is_none_or(|clause| clause.matches(|pattern| pattern.matches(asked.resource, asked.context)))
        && statement.conditions.iter().all(|condition| condition.holds(asked.context))
}
