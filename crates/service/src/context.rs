//! The condition keys of a request: verified facts and nothing a caller could slip in under a key of AWS's.
//!
//! AWS: "AWS global condition context keys". A key without a value is absent, never empty.

use std::net::IpAddr;

use portcullis_base::{Timestamp, Value};
use portcullis_policy::{Context, Principal};

use crate::caller::Caller;
use crate::port::Facts;

/// The keys that every action of this caller's request has.
pub fn of_request(caller: &Caller, facts: &Facts, now: Timestamp) -> Context {
    let mut context = Context::new();
    of_principal(&mut context, caller);
    of_session(&mut context, caller, now);
    of_network(&mut context, facts);
    context.set_one("aws:CurrentTime", now.iso_millis());
    context.set_one("aws:EpochTime", now.seconds().to_string());
    context.set_one("aws:ViaAWSService", "false");
    context
}

fn of_principal(context: &mut Context, caller: &Caller) {
    let kind = match &caller.principal {
        Principal::Anonymous => "Anonymous",
        Principal::Root { .. } => "Account",
        Principal::User { .. } => "User",
        Principal::Federated { .. } => "FederatedUser",
        Principal::RoleSession { .. } => "AssumedRole",
        Principal::Service { .. } => "Service",
        Principal::ExternalIdentity { .. } => "ExternalIdentity",
    };
    context.set_one("aws:PrincipalType", kind);
    context.set_one("aws:userid", caller.user_id.clone());
    match caller.account {
        Some(account) => {
            context.set_one("aws:PrincipalAccount", account.to_string());
            context.set_one("aws:PrincipalIsAWSService", "false");
        }
        None => context.set_one("aws:PrincipalAccount", "anonymous"),
    }
    if let Some(arn) = caller.principal_arn() {
        context.set_one("aws:PrincipalArn", arn);
    }
    if let Some(user) = caller.own_user() {
        context.set_one("aws:username", user.record.name.clone());
    }
    for tag in &caller.tags() {
        context.set_one(&format!("aws:PrincipalTag/{}", tag.key), tag.value.clone());
    }
}

fn of_session(context: &mut Context, caller: &Caller, now: Timestamp) {
    let Some(session) = &caller.session else { return };
    let claims = &session.claims;
    context.set_one("aws:TokenIssueTime", claims.issued.iso_millis());
    context.set_one("aws:MultiFactorAuthPresent", if claims.mfa_at.is_some() { "true" } else { "false" });
    if let Some(at) = claims.mfa_at {
        context.set_one("aws:MultiFactorAuthAge", now.since(at).as_secs().to_string());
    }
    if let Some(identity) = &claims.source_identity {
        context.set_one("aws:SourceIdentity", identity.clone());
    }
}

fn of_network(context: &mut Context, facts: &Facts) {
    // An IPv4 peer of a dual-stack socket shows as a mapped IPv6 address; policies mean the IPv4 one.
    let ip: IpAddr = facts.source_ip.to_canonical();
    context.set_one("aws:SourceIp", ip.to_string());
    context.set_one("aws:SecureTransport", if facts.secure { "true" } else { "false" });
    context.set_one("aws:RequestedRegion", facts.region.clone());
    if let Some(agent) = &facts.user_agent {
        context.set_one("aws:UserAgent", agent.clone());
    }
    if let Some(referer) = &facts.referer {
        context.set_one("aws:Referer", referer.clone());
    }
}

/// Tags in a request's input: `aws:RequestTag/KEY` for each, and all keys under `aws:TagKeys`.
pub fn of_request_tags(context: &mut Context, input: &Value) {
    let mut keys: Vec<String> = Vec::new();
    for tag in input.list("Tags") {
        if let (Some(key), Some(value)) = (tag.text("Key"), tag.text("Value")) {
            context.set_one(&format!("aws:RequestTag/{key}"), value);
            keys.push(key.to_owned());
        }
    }
    keys.extend(input.list("TagKeys").iter().filter_map(Value::as_text).map(str::to_owned));
    if !keys.is_empty() {
        context.set_many("aws:TagKeys", keys);
    }
}
