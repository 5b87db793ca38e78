//! `iam-rs`: an evaluator of AWS policies. It is given the same texts as this project's engine.

use std::collections::HashMap;

use chrono::DateTime;
use iam_rs::{
    Arn, Context, ContextValue, Decision, EvaluationOptions, IAMPolicy, IAMRequest, PolicyEvaluator,
    Principal, PrincipalId,
};

use super::{Contestant, World};
use crate::facts::{Fact, Facts};
use crate::memory::Attachments;
use crate::policy::Policy;

struct Held {
    principal: Principal,
    evaluator: PolicyEvaluator,
}

struct IamRs {
    callers: Vec<Held>,
}

/// Makes a world ready: an evaluator for each caller.
pub fn prepare(world: &World) -> Box<dyn Contestant> {
    // Its default bound is a thousand statements.
    let options = EvaluationOptions { max_statements: usize::MAX, ..EvaluationOptions::default() };
    let parsed: Vec<IAMPolicy> = world
        .policies
        .iter()
        .map(|policy| IAMPolicy::from_json(&policy.text).expect("a valid policy"))
        .collect();
    let callers = world.callers.iter().map(|caller| {
        let policies = caller.policies.iter().map(|at| parsed[*at].clone()).collect();
        Held {
            principal: Principal::Aws(PrincipalId::String(caller.session_arn.clone())),
            evaluator: PolicyEvaluator::with_policies(policies).with_options(options.clone()),
        }
    });
    Box::new(IamRs { callers: callers.collect() })
}

fn context(facts: &Facts) -> Context {
    let mut data = HashMap::with_capacity(18);
    facts.each_key(|key, fact| {
        let value = match fact {
            Fact::Text(text) => ContextValue::String(text.to_owned()),
            Fact::Moment(second) => {
                ContextValue::DateTime(DateTime::from_timestamp(second, 0).expect("a date of our time"))
            }
            #[expect(clippy::cast_precision_loss, reason = "its numbers are floating")]
            Fact::Epoch(second) => ContextValue::Number(second as f64),
            Fact::Address(address) => ContextValue::String(address.to_string()),
            Fact::Flag(flag) => ContextValue::Boolean(flag),
        };
        data.insert(key.to_owned(), value);
    });
    Context::with_data(data)
}

impl Contestant for IamRs {
    fn allows(&mut self, facts: &Facts) -> bool {
        let caller = &self.callers[facts.caller];
        let request = IAMRequest::new_with_context(
            caller.principal.clone(),
            facts.action.as_str(),
            Arn::parse(&facts.resource).expect("an ARN"),
            context(facts),
        );
        caller.evaluator.evaluate(&request).expect("an evaluation").decision == Decision::Allow
    }
}

/// What is kept for each principal: an evaluator owns its policies and cannot share them.
pub fn attach(policies: &[Policy], principals: &Attachments) -> HashMap<String, PolicyEvaluator> {
    let parsed: Vec<IAMPolicy> =
        policies.iter().map(|policy| IAMPolicy::from_json(&policy.text).expect("a valid policy")).collect();
    let evaluator = |(id, places): &(String, [usize; 3])| {
        let policies = places.iter().map(|at| parsed[*at].clone()).collect();
        (id.clone(), PolicyEvaluator::with_policies(policies))
    };
    principals.iter().map(evaluator).collect()
}
