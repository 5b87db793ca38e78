//! This project's engine, as it serves: policies compiled when they change, put together where a caller has many.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;

use portcullis_base::{AccountId, Tag, Timestamp, UniqueId};
use portcullis_policy::serving::{
    self, Known, Layers, PolicySet, Request, Source, TagFamily, Value, View, decide,
};
use portcullis_policy::{Document, PolicyKind, Principal, parse};

use super::{Contestant, World};
use crate::facts::Facts;

struct Ours {
    callers: Vec<Caller>,
}

struct Caller {
    principal: Principal,
    account: AccountId,
    /// Known since the session began, as [`Facts::tags`] repeats them.
    tags: Vec<Tag>,
    policies: PolicySet,
}

/// Makes a world ready. Each distinct policy is compiled once.
pub fn prepare(world: &World) -> Box<dyn Contestant> {
    let compiled: Vec<(Arc<str>, Compiled)> = world
        .policies
        .iter()
        .enumerate()
        .map(|(at, policy)| (Arc::from(format!("policy-{at}")), compile(&read(&policy.text))))
        .collect();
    let callers = world.callers.iter().map(|caller| {
        let account: AccountId = caller.account.parse().expect("an account");
        Caller {
            principal: Principal::RoleSession {
                account,
                role_id: caller.role_id.parse().expect("a unique id"),
                role_arn: caller.role_arn.clone(),
                session_arn: caller.session_arn.clone(),
            },
            account,
            tags: caller
                .tags
                .iter()
                .map(|(key, value)| Tag { key: key.clone(), value: value.clone() })
                .collect(),
            policies: PolicySet::new(caller.policies.iter().map(|at| compiled[*at].clone()).collect()),
        }
    });
    Box::new(Ours { callers: callers.collect() })
}

/// The same keys as [`Facts::each_key`] hands out, the well-known ones by number, as the server sets them.
fn view<'a>(facts: &'a Facts, caller: &'a Caller) -> View<'a> {
    let account = caller.account;
    let mut view = View::new();
    view.set(Known::PRINCIPAL_ARN, Value::Text(&facts.principal_arn));
    view.set(Known::PRINCIPAL_ACCOUNT, Value::Account(account));
    view.set(Known::PRINCIPAL_TYPE, Value::Text("AssumedRole"));
    view.set(Known::USER_ID, Value::Text(&facts.user_id));
    view.set(Known::SOURCE_IP, Value::Address(facts.source));
    view.set(Known::TOKEN_ISSUE_TIME, Value::Moment(Timestamp::from_seconds(facts.issued_at)));
    view.set(Known::CURRENT_TIME, Value::Moment(Timestamp::from_seconds(facts.arrived_at)));
    view.set(Known::EPOCH_TIME, Value::Epoch(Timestamp::from_seconds(facts.arrived_at)));
    view.set(Known::SECURE_TRANSPORT, Value::Flag(facts.secure));
    view.set(Known::USER_AGENT, Value::Text(&facts.user_agent));
    view.set(Known::REQUESTED_REGION, Value::Text(&facts.region));
    view.set(Known::VIA_AWS_SERVICE, Value::Flag(false));
    view.set(Known::PRINCIPAL_IS_AWS_SERVICE, Value::Flag(false));
    view.set(Known::SOURCE_IDENTITY, Value::Text(&facts.source_identity));
    view.set(Known::RESOURCE_ACCOUNT, Value::Account(account));
    view.set_tags(TagFamily::Principal, &caller.tags, &[]);
    view
}

impl Contestant for Ours {
    fn allows(&mut self, facts: &Facts) -> bool {
        let caller = &self.callers[facts.caller];
        let identity = [Source::Set(&caller.policies)];
        let layers = Layers { identity: &identity, ..Layers::default() };
        // As the server does: it gathers policies before it describes the request.
        layers.warm();
        let view = view(facts, caller);
        let request = Request {
            action: &facts.action,
            resource: &facts.resource,
            resource_account: caller.account,
            principal: &caller.principal,
            view: &view,
        };
        decide(&request, &layers).is_allowed()
    }
}

/// A policy as it is kept for deciding.
pub type Compiled = Arc<serving::Compiled>;

/// Reads a policy's text.
pub fn read(text: &str) -> Document {
    parse(text, PolicyKind::Identity).expect("a valid policy").document
}

/// Makes a policy that was read ready for deciding.
pub fn compile(document: &Document) -> Compiled {
    Arc::new(serving::Compiled::new(black_box(document)))
}

/// What is kept for each principal beside the shared policies.
pub type Members = HashMap<UniqueId, PolicySet>;

/// Attaches policies to principals: for each its id and the places of its policies.
pub fn attach(policies: &[Compiled], principals: impl Iterator<Item = (UniqueId, [usize; 3])>) -> Members {
    let name: Arc<str> = Arc::from("policy");
    principals
        .map(|(id, places)| {
            let own = places.iter().map(|at| (Arc::clone(&name), Arc::clone(&policies[*at])));
            (id, PolicySet::new(own.collect()))
        })
        .collect()
}
