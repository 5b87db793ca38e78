//! The engine straight from AWS's text: the verdicts that all others are held against.

use std::sync::Arc;

use portcullis_base::AccountId;
use portcullis_policy::{
    Context, Document, Layers, PolicyKind, PolicyRef, Principal, Request, decide, parse,
};

use super::{Contestant, World};
use crate::facts::{Fact, Facts};
use portcullis_base::Timestamp;

struct Held {
    account: AccountId,
    principal: Principal,
    policies: Vec<Arc<Document>>,
}

struct Obvious {
    callers: Vec<Held>,
}

/// Makes a world ready.
pub fn prepare(world: &World) -> Box<dyn Contestant> {
    let documents: Vec<Arc<Document>> = world
        .policies
        .iter()
        .map(|policy| Arc::new(parse(&policy.text, PolicyKind::Identity).expect("a valid policy").document))
        .collect();
    let callers = world.callers.iter().map(|caller| {
        let account: AccountId = caller.account.parse().expect("an account");
        Held {
            account,
            principal: Principal::RoleSession {
                account,
                role_id: caller.role_id.parse().expect("a role id"),
                role_arn: caller.role_arn.clone(),
                session_arn: caller.session_arn.clone(),
            },
            policies: caller.policies.iter().map(|at| Arc::clone(&documents[*at])).collect(),
        }
    });
    Box::new(Obvious { callers: callers.collect() })
}

fn context(facts: &Facts) -> Context {
    let mut context = Context::new();
    facts.each_key(|key, fact| match fact {
        Fact::Text(text) => context.set_one(key, text),
        Fact::Moment(second) => context.set_one(key, Timestamp::from_seconds(second).iso_millis()),
        Fact::Epoch(second) => context.set_one(key, second.to_string()),
        Fact::Address(address) => context.set_one(key, address.to_string()),
        Fact::Flag(flag) => context.set_one(key, flag.to_string()),
    });
    context
}

impl Contestant for Obvious {
    fn allows(&mut self, facts: &Facts) -> bool {
        let caller = &self.callers[facts.caller];
        let context = context(facts);
        let request = Request {
            action: &facts.action,
            resource: &facts.resource,
            resource_account: caller.account,
            principal: &caller.principal,
            context: &context,
        };
        let identity: Vec<PolicyRef<'_>> =
            caller.policies.iter().map(|document| PolicyRef { name: "policy", document }).collect();
        decide(&request, &Layers { identity: &identity, ..Layers::default() }).is_allowed()
    }
}
