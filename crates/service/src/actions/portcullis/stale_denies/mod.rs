//! ListStaleDenies: denies that were written to cut sessions off, and that no live session meets any more.
//!
//! "Keep it for twelve hours" say AWS's pages of a deny by hand, and nobody comes back to take it away. This says which
//! can go, and with which command; it takes nothing away itself.
//!
//! ```text
//! documents -> denies that sessions alone can meet -> the sessions that could meet one -> none: it is stale
//! ```

mod command;
mod documents;
mod hit;

use std::sync::Arc;
use std::time::Duration;

use portcullis_base::{AccountId, Timestamp, Value};
use portcullis_policy::{SessionDeny, session_denies};

use super::viewer::Viewer;
use crate::action::{Access, Category, Handler, Need, Output, Permission, Row, no_resources};
use crate::actions::paging::Page;
use crate::error::ApiError;
use crate::flow::Flow;
use crate::port::BoxFuture;
use documents::{Held, Kind};
use hit::{Met, Search};

/// The name of the list in its tokens.
const LIST: &str = "stale-denies";
/// The longest session of a role (STS API reference, AssumeRole).
const ROLE_SESSION_MAX: Duration = Duration::from_hours(12);
/// The longest of all (STS API reference, GetSessionToken and GetFederationToken).
const SESSION_MAX: Duration = Duration::from_hours(36);

/// The action.
pub const ROW: Row = Row {
    service: "portcullis",
    name: "ListStaleDenies",
    permission: Permission::Named("portcullis:ListStaleDenies", |ask, action| {
        Ok(Need::anywhere(action, ask.account()))
    }),
    access: Access::Read,
    category: Category::Management,
    hides: &[],
    resources: no_resources,
    prepare: None,
    handler: Handler::Flow(list),
};

fn list(flow: &mut Flow) -> BoxFuture<'_, Result<Output, ApiError>> {
    Box::pin(async move {
        let (page, after) = Page::own(&flow.ask(), LIST, |key| Some(key.to_owned()))?;
        let limit = Viewer::of(&flow.ask()).limit();
        let shows_needed = flow.input.bool("IncludeNeeded") == Some(true);
        // Whoever has just been given a session is seen.
        flow.service.catch_up().await;
        let (service, snapshot, now) = (Arc::clone(&flow.service), flow.service.snapshot(), flow.now);
        let items = page.items();
        let listing = move || {
            let search = Search::new(&service.sessions, &snapshot, now);
            let mut denies = Vec::new();
            for held in documents::all(&snapshot, limit, after.as_deref()) {
                let shown = shown(&search, &held, limit, shows_needed);
                denies.extend(shown.map(|value| (held.key(), value)));
                if denies.len() > items {
                    break;
                }
            }
            (denies, search.not_looked_at())
        };
        let listed = tokio::task::spawn_blocking(listing).await;
        let (mut denies, not_looked_at) =
            listed.map_err(|error| ApiError::internal(&format!("listing failed: {error}")))?;
        let is_more = denies.len() > items;
        denies.truncate(items);
        let next = denies.last().filter(|_| is_more).map(|(key, _)| key.clone());
        let all: Value = denies.into_iter().map(|(_, value)| value).collect();
        let left = (not_looked_at > 0).then(|| i64::try_from(not_looked_at).unwrap_or(i64::MAX));
        let answer = Value::structure().with("Denies", all).with_some("NotLookedAt", left);
        Ok(page.rest(next).finish(answer).into())
    })
}

/// What is to be said of a document, if anything.
fn shown(
    search: &Search<'_>,
    held: &Held<'_>,
    limit: Option<AccountId>,
    shows_needed: bool,
) -> Option<Value> {
    let document = held.parsed()?;
    let (mut statements, mut stale) = (Vec::new(), Vec::new());
    for deny in session_denies(&document) {
        // Whether sessions of other accounts are there is not told.
        if limit.is_some_and(|own| held.scope.account.is_none() && !search.stays_within(&deny, own)) {
            continue;
        }
        let until = match search.met(&deny, &held.scope) {
            Met::Nobody => {
                stale.push(deny.index);
                None
            }
            Met::Until(end) if shows_needed => Some(end),
            Met::Until(_) | Met::Unknown => continue,
        };
        statements.push(statement(search, held, &deny, until));
    }
    if statements.is_empty() {
        return None;
    }
    let commands =
        if stale.is_empty() { Vec::new() } else { command::removing(search.snapshot, held, &stale) };
    Some(
        Value::structure()
            .with("Kind", held.kind.name())
            .with("Resource", held.arn())
            .with_some("AccountId", held.account().map(|account| account.to_string()))
            .with_some("PolicyName", held.name())
            .with("Statements", Value::List(statements))
            .with("Commands", commands.into_iter().map(Value::from).collect::<Value>()),
    )
}

fn statement(
    search: &Search<'_>,
    held: &Held<'_>,
    deny: &SessionDeny<'_>,
    until: Option<Timestamp>,
) -> Value {
    let is_stale = until.is_none();
    let again = is_stale.then(|| search.can_match_again(deny, &held.scope));
    let since = deny.issued_before().map(|before| before.plus(longest(held)));
    Value::structure()
        .with("Index", i64::try_from(deny.index).unwrap_or(i64::MAX))
        .with_some("Sid", deny.statement.sid())
        .with_some("Statement", command::statement(&held.text, deny.index))
        .with("IsStale", is_stale)
        .with_some("Since", since.filter(|since| is_stale && *since <= search.now))
        .with_some("Until", until)
        .with_some("CanMatchAgain", again)
}

/// How long what a document is about can live.
fn longest(held: &Held<'_>) -> Duration {
    if matches!(held.kind, Kind::Role(..)) { ROLE_SESSION_MAX } else { SESSION_MAX }
}

#[cfg(test)]
mod tests;
