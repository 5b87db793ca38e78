//! ListSessions: the live temporary credentials, the newest first.
//!
//! Every filter is optional, and what is listed fits all that are given. `Handle`, `Parent`, `Ancestor`,
//! `SourceIdentity`, `SessionName`, `Principal` and `Person` are looked up; the others are compared one by one. A page for which many had to be
//! compared in vain can be short, even empty, and still have a `NextToken`.
//!
//! A session whose role or user was deleted stays on the list until it would have ended, without `Principal`: its
//! credentials are good for nothing.
//!
//! What was last used, and how often what was allowed and denied, is what this node has seen, and after a start what the
//! event history tells.

use std::net::IpAddr;
use std::sync::Arc;

use portcullis_base::{AccountId, Timestamp, Value};

use super::event;
use super::viewer::{KINDS, Viewer};
use crate::action::{Access, Ask, Category, Handler, Need, Output, Permission, Row, no_resources};
use crate::actions::paging::Page;
use crate::error::ApiError;
use crate::flow::Flow;
use crate::port::BoxFuture;
use crate::sessions::{Filter, Handle, Place, UsedFilter, Which, person, principals};

/// The name of the list in its tokens.
const LIST: &str = "sessions";

/// The action.
pub const ROW: Row = Row {
    service: "portcullis",
    name: "ListSessions",
    permission: Permission::Named("portcullis:ListSessions", |ask, action| {
        Ok(Need::anywhere(action, ask.account()))
    }),
    access: Access::Read,
    category: Category::Management,
    // It can be a link that still works. What it was is told beside.
    hides: &["Handle"],
    resources: no_resources,
    prepare: None,
    handler: Handler::Flow(list),
};

fn list(flow: &mut Flow) -> BoxFuture<'_, Result<Output, ApiError>> {
    Box::pin(async move {
        let (page, before) = Page::own(&flow.ask(), LIST, Place::of_text)?;
        let mut filter = filter(&flow.ask())?;
        if let Some(text) = flow.input.text("Handle") {
            let handle = Handle::parse(text);
            flow.trail.additional.push(("handle", handle.told().into()));
            let found = found(flow, &handle).await?;
            filter.any_of.insert(0, found);
        }
        let viewer = Viewer::of(&flow.ask());
        for any in &mut filter.any_of {
            any.retain(|which| which.through().is_none_or(|id| viewer.knows_key(id)));
        }
        // Whoever has just been given a session finds it.
        flow.service.catch_up().await;
        let (service, items, now) = (Arc::clone(&flow.service), page.items(), flow.now);
        let listing = move || service.sessions.list(&filter, before, items, now);
        let listed = tokio::task::spawn_blocking(listing).await;
        let listed = listed.map_err(|error| ApiError::internal(&format!("listing failed: {error}")))?;
        let ask = flow.ask();
        let viewer = Viewer::of(&ask);
        let shown: Vec<Value> = listed.sessions.iter().map(|live| viewer.shown(live)).collect();
        let answer = Value::structure().with("Sessions", shown);
        Ok(page.rest(listed.next.map(Place::text)).finish(answer).into())
    })
}

/// Everything that is asked for but the handle.
fn filter(ask: &Ask<'_>) -> Result<Filter, ApiError> {
    let (input, viewer) = (ask.input, Viewer::of(ask));
    let text = |name: &str| input.text(name).map(str::to_owned);
    let account = match text("AccountId") {
        Some(account) => {
            let account: AccountId = account.parse().map_err(|_| invalid("AccountId", "twelve digits"))?;
            if viewer.limit().is_some_and(|only| only != account) {
                // Of other accounts it sees nothing, whether there is anything or not.
                return Ok(Filter { any_of: vec![Vec::new()], ..Filter::default() });
            }
            Some(account)
        }
        None => viewer.limit(),
    };
    let any_of = [
        text("Parent").map(|id| vec![Which::Parent(id)]),
        text("Ancestor").map(|id| vec![Which::Chain(id)]),
        text("SourceIdentity").map(|identity| vec![Which::SourceIdentity(identity)]),
        text("SessionName").map(|name| vec![Which::Name(name)]),
        text("Person").map(|words| people(&words, ask)),
        text("Principal").map(|name| principals(&name, ask.snapshot, account.unwrap_or(viewer.account))),
        // Who is not known here asked for nothing that can be seen.
        text("CallerArn").filter(|arn| !viewer.knows_arn(arn)).map(|_| Vec::new()),
    ];
    Ok(Filter {
        any_of: any_of.into_iter().flatten().collect(),
        account,
        kind: text("Kind").map(|name| kind(&name)).transpose()?,
        caller_arn: text("CallerArn"),
        source_ip: text("SourceIp").map(|ip| address("SourceIp", &ip)).transpose()?.map(|ip| ip.to_string()),
        user_agent: text("UserAgent").map(|part| part.to_lowercase()),
        issued_after: time(input, "IssuedAfter"),
        issued_before: time(input, "IssuedBefore"),
        expires_before: time(input, "ExpiresBefore"),
        expires_after: time(input, "ExpiresAfter"),
        used: used(input)?,
    })
}

/// A user of the identity store, for the account that has the directory; one that was deleted by the id alone.
fn people(words: &str, ask: &Ask<'_>) -> Vec<Which> {
    let owner = ask.snapshot.identity_center.instance().map(|instance| instance.account);
    if owner != Some(ask.account()) {
        return Vec::new();
    }
    let id = person(words, ask.snapshot).unwrap_or_else(|| words.to_owned());
    vec![Which::Person(id)]
}

fn used(input: &Value) -> Result<UsedFilter, ApiError> {
    // As in a policy or as in an event: `s3` or `s3.amazonaws.com`.
    let service = |name: &str| name.strip_suffix(".amazonaws.com").unwrap_or(name).to_lowercase();
    let count = |name: &str| input.int(name).map_or(0, |least| u32::try_from(least).unwrap_or(u32::MAX));
    Ok(UsedFilter {
        service: input.text("UsedService").map(service),
        from: input.text("UsedFrom").map(|ip| address("UsedFrom", ip)).transpose()?,
        after: time(input, "UsedAfter"),
        before: time(input, "UsedBefore"),
        allowed: count("AllowedAtLeast"),
        denied: count("DeniedAtLeast"),
    })
}

fn time(input: &Value, name: &str) -> Option<Timestamp> {
    input.time(name)
}

fn kind(name: &str) -> Result<portcullis_store::record::SessionKind, ApiError> {
    let found = KINDS.iter().find(|(held, _)| held.eq_ignore_ascii_case(name));
    found.map(|(_, kind)| *kind).ok_or_else(|| {
        let names: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
        invalid("Kind", &format!("one of {}", names.join(", ")))
    })
}

fn address(member: &str, text: &str) -> Result<IpAddr, ApiError> {
    let address: IpAddr = text.parse().map_err(|_| invalid(member, "an IP address"))?;
    Ok(address.to_canonical())
}

fn invalid(member: &str, what: &str) -> ApiError {
    ApiError::caller("InvalidInputException", 400, format!("{member} must be {what}."))
}

/// What a handle finds.
async fn found(flow: &Flow, handle: &Handle) -> Result<Vec<Which>, ApiError> {
    let Handle::Event(id) = handle else { return Ok(handle.which(&flow.snapshot, flow.ask().account())) };
    let event = event::find(flow, id).await?;
    let keys = event.map(|event| event::sessions(&event)).unwrap_or_default();
    Ok(keys.into_iter().map(Which::Key).collect())
}
