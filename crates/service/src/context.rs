//! The condition keys of a request: verified facts and nothing a caller could slip in under a key of AWS's.
//!
//! AWS: "AWS global condition context keys". A key without a value is absent, never empty. Nothing is copied or
//! formatted: the view borrows from the caller and from the request.

use std::net::IpAddr;

use portcullis_base::{Tag, Tags, Timestamp, Value as Input};
use portcullis_policy::serving::{Known, TagFamily, Value, View};
use portcullis_policy::{ContextValue, Principal};

use crate::action::Need;
use crate::caller::Caller;
use crate::port::Facts;
use crate::snapshot::guardrail::Place;
use crate::token::Federation;

/// The keys that every action of this caller's request has.
pub fn of_request<'a>(caller: &'a Caller, facts: &'a Facts, now: Timestamp) -> View<'a> {
    let mut view = View::new();
    of_principal(&mut view, caller);
    of_session(&mut view, caller, now);
    if let Some(vouched) = &caller.vouched {
        view.set(Known::FEDERATED_PROVIDER, Value::Text(&vouched.federation.provider));
        of_keys(&mut view, &vouched.keys);
    }
    of_network(&mut view, facts);
    view.set(Known::CURRENT_TIME, Value::Moment(now));
    view.set(Known::EPOCH_TIME, Value::Epoch(now));
    view.set(Known::VIA_AWS_SERVICE, Value::Flag(false));
    view
}

fn of_principal<'a>(view: &mut View<'a>, caller: &'a Caller) {
    let kind = match &caller.principal {
        Principal::Anonymous => "Anonymous",
        Principal::Root { .. } => "Account",
        Principal::User { .. } => "User",
        Principal::Federated { .. } => "FederatedUser",
        Principal::RoleSession { .. } => "AssumedRole",
        Principal::Service { .. } => "Service",
        Principal::ExternalIdentity { .. } => "ExternalIdentity",
    };
    view.set(Known::PRINCIPAL_TYPE, Value::Text(kind));
    view.set(Known::USER_ID, Value::Text(&caller.user_id));
    match caller.account {
        Some(account) => {
            view.set(Known::PRINCIPAL_ACCOUNT, Value::Account(account));
            view.set(Known::PRINCIPAL_IS_AWS_SERVICE, Value::Flag(false));
        }
        None => view.set(Known::PRINCIPAL_ACCOUNT, Value::Text("anonymous")),
    }
    if let Some(arn) = caller.principal_arn() {
        view.set(Known::PRINCIPAL_ARN, Value::Text(arn));
    }
    if let Some(user) = caller.own_user() {
        view.set(Known::USERNAME, Value::Text(&user.record.name));
    }
    let (passed, own) = caller.tag_lists();
    view.set_tags(TagFamily::Principal, passed, own);
}

fn of_session<'a>(view: &mut View<'a>, caller: &'a Caller, now: Timestamp) {
    let Some(session) = &caller.session else { return };
    let claims = &session.claims;
    view.set(Known::TOKEN_ISSUE_TIME, Value::Moment(claims.issued));
    view.set(Known::MULTI_FACTOR_AUTH_PRESENT, Value::Flag(claims.mfa_at.is_some()));
    if let Some(at) = claims.mfa_at {
        view.set(Known::MULTI_FACTOR_AUTH_AGE, Value::Count(now.since(at).as_secs()));
    }
    if let Some(identity) = &claims.source_identity {
        view.set(Known::SOURCE_IDENTITY, Value::Text(identity));
    }
    if let Some(federation) = &claims.federation {
        of_federation(view, federation);
    }
}

/// What policies may still ask about whoever was vouched for.
fn of_federation<'a>(view: &mut View<'a>, federation: &'a Federation) {
    view.set(Known::FEDERATED_PROVIDER, Value::Text(&federation.provider));
    for key in &federation.keys {
        match key.values.as_slice() {
            values if key.is_multivalued => view.set_named(&key.name, Value::Many(values)),
            [value] => view.set_named(&key.name, Value::Text(value)),
            _ => {}
        }
    }
}

fn of_network<'a>(view: &mut View<'a>, facts: &'a Facts) {
    // An IPv4 peer of a dual-stack socket shows as a mapped IPv6 address; policies mean the IPv4 one.
    let ip: IpAddr = facts.source_ip.to_canonical();
    view.set(Known::SOURCE_IP, Value::Address(ip));
    view.set(Known::SECURE_TRANSPORT, Value::Flag(facts.secure));
    view.set(Known::REQUESTED_REGION, Value::Text(&facts.region));
    if let Some(agent) = &facts.user_agent {
        view.set(Known::USER_AGENT, Value::Text(agent));
    }
    if let Some(referer) = &facts.referer {
        view.set(Known::REFERER, Value::Text(referer));
    }
}

/// Tags in a request's input.
#[derive(Default)]
pub struct RequestTags {
    tags: Tags,
    /// All keys, of tags that are set and of those that are taken away.
    keys: Vec<String>,
}

impl RequestTags {
    /// Reads them.
    pub fn of(input: &Input) -> Self {
        let mut keys: Vec<String> = Vec::new();
        let mut tags = Tags::new();
        for tag in input.list("Tags") {
            if let (Some(key), Some(value)) = (tag.text("Key"), tag.text("Value")) {
                tags.set(Tag { key: key.to_owned(), value: value.to_owned() });
                keys.push(key.to_owned());
            }
        }
        keys.extend(input.list("TagKeys").iter().filter_map(Input::as_text).map(str::to_owned));
        Self { tags, keys }
    }

    /// `aws:RequestTag/KEY` for each, and all keys under `aws:TagKeys`.
    pub fn add_to<'a>(&'a self, view: &mut View<'a>) {
        view.set_tags(TagFamily::Request, self.tags.as_slice(), &[]);
        if !self.keys.is_empty() {
            view.set(Known::TAG_KEYS, Value::Many(&self.keys));
        }
    }
}

/// The organizations of caller and resource, where they are in one.
pub fn of_places<'a>(view: &mut View<'a>, caller: Option<&'a Place>, resource: Option<&'a Place>) {
    if let Some(place) = caller {
        view.set(Known::PRINCIPAL_ORG_ID, Value::Text(&place.organization));
        view.set(Known::PRINCIPAL_ORG_PATHS, Value::Many(&place.paths));
    }
    if let Some(place) = resource {
        view.set(Known::RESOURCE_ORG_ID, Value::Text(&place.organization));
        view.set(Known::RESOURCE_ORG_PATHS, Value::Many(&place.paths));
    }
}

/// The keys of one permission that the request needs.
pub fn of_need<'a>(view: &mut View<'a>, need: &'a Need) {
    if need.resource != "*" {
        view.set(Known::RESOURCE_ACCOUNT, Value::Account(need.real_account()));
    }
    of_keys(view, &need.keys);
}

fn of_keys<'a>(view: &mut View<'a>, keys: &'a [(String, ContextValue)]) {
    for (name, value) in keys {
        let value = match value {
            ContextValue::One(value) => Value::Text(value),
            ContextValue::Many(values) => Value::Many(values),
        };
        view.set_named(name, value);
    }
}
