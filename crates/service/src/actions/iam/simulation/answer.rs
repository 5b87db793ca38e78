//! The answer of a simulation: one result for each action, and in it one for each resource that was named.
//!
//! The result of an action is its most restrictive one over all resources (IAM API reference, EvaluationResult).

use std::collections::BTreeMap;

use portcullis_base::Value;
use portcullis_policy::{Layer, Position, resource_form};

use super::super::paging::Page;
use super::Simulation;
use super::verdict::{Answer, Judged, Matched};
use crate::action::Ask;
use crate::error::ApiError;

/// Statements times resources times actions that a page may cost; it is cut short there.
const PAGE_WORK_MAX: usize = 500_000;

/// A page of results.
///
/// # Errors
/// `ValidationError` for a bad marker; `PolicyEvaluation`.
pub fn answer(ask: &Ask<'_>, simulation: &Simulation<'_>) -> Result<Value, ApiError> {
    let work = simulation.policies.statements().saturating_add(1).saturating_mul(simulation.resources.len());
    let page = Page::of(ask, "simulation")?.at_most((PAGE_WORK_MAX / work).max(1));
    let actions = simulation.actions.iter().enumerate();
    let (due, rest) = page.cut(actions, |(place, _)| format!("{place:08}"));
    let missing = simulation.policies.missing(|key| simulation.context.lookup(key).is_some());
    let results = due.into_iter().map(|(_, action)| simulation.result(action, &missing));
    let results = results.collect::<Result<Vec<_>, _>>()?;
    Ok(rest.finish(Value::structure().with("EvaluationResults", results)))
}

impl Simulation<'_> {
    fn result(&self, action: &str, missing: &[String]) -> Result<Value, ApiError> {
        let judged = self.resources.iter().map(|resource| self.judge(action, resource));
        let judged = judged.collect::<Result<Vec<_>, _>>()?;
        let answer = judged.iter().map(|judged| judged.answer).max().unwrap_or(Answer::ImplicitDeny);
        let deciding = judged.iter().filter(|judged| judged.answer == answer);
        let mut statements: Vec<Matched> = Vec::new();
        for matched in deciding.flat_map(|judged| &judged.statements) {
            if !statements.contains(matched) {
                statements.push(*matched);
            }
        }
        let all = |told: fn(&Judged) -> Option<bool>| {
            let said: Vec<bool> = judged.iter().filter_map(told).collect();
            (!said.is_empty()).then(|| said.iter().all(|is_allowed| *is_allowed))
        };
        let organization = all(|judged| judged.organization);
        let is_named = self.resources.iter().any(|resource| *resource != "*");
        let details = all_details(&judged);
        let tells_details = organization != Some(false) && (is_named || !details.is_empty());
        let mut result = Value::structure()
            .with("EvalActionName", action)
            .with("EvalResourceName", self.form(action))
            .with("EvalDecision", answer.word())
            .with("MatchedStatements", self.shown(&statements))
            .with("MissingContextValues", texts(missing))
            .with_some(
                "OrganizationsDecisionDetail",
                organization.map(|is_allowed| Value::structure().with("AllowedByOrganizations", is_allowed)),
            )
            .with_some("PermissionsBoundaryDecisionDetail", all(|judged| judged.boundary).map(boundary))
            .with_some("EvalDecisionDetails", tells_details.then(|| map(details)));
        if is_named {
            let each = self.resources.iter().zip(&judged);
            let each: Vec<Value> =
                each.map(|(resource, judged)| self.specific(resource, judged, missing)).collect();
            result.insert("ResourceSpecificResults", each);
        }
        Ok(result)
    }

    fn specific(&self, resource: &str, judged: &Judged, missing: &[String]) -> Value {
        let details = judged.details.as_ref().map(|details| map(details.iter().copied().collect()));
        Value::structure()
            .with("EvalResourceName", resource)
            .with("EvalResourceDecision", judged.answer.word())
            .with("MatchedStatements", self.shown(&judged.statements))
            .with("MissingContextValues", texts(missing))
            .with_some("EvalDecisionDetails", details)
            .with_some("PermissionsBoundaryDecisionDetail", judged.boundary.map(boundary))
    }

    /// The form of the ARNs that are simulated; `*` where the action has none.
    fn form(&self, action: &str) -> &'static str {
        let mut named = self.resources.iter().filter(|resource| **resource != "*");
        named.find_map(|resource| resource_form(action, resource)).unwrap_or("*")
    }

    fn shown(&self, statements: &[Matched]) -> Value {
        let shown = statements.iter().filter_map(|(layer, place, index)| {
            let policy = match layer {
                Layer::Resource => self.policies.resource.as_ref(),
                _ => self.policies.identity.get(*place),
            }?;
            let (start, end) = policy.place(*index)?;
            Some(
                Value::structure()
                    .with("SourcePolicyId", policy.id.as_str())
                    .with("SourcePolicyType", policy.kind)
                    .with("StartPosition", position(start))
                    .with("EndPosition", position(end)),
            )
        });
        shown.collect()
    }
}

/// For each kind of policy the most restrictive thing that it says; nothing within one account.
fn all_details(judged: &[Judged]) -> BTreeMap<&'static str, Answer> {
    let mut details: BTreeMap<&'static str, Answer> = BTreeMap::new();
    for (kind, answer) in judged.iter().filter_map(|judged| judged.details.as_ref()).flatten() {
        let held = details.entry(kind).or_insert(*answer);
        *held = (*held).max(*answer);
    }
    details
}

fn position(at: Position) -> Value {
    Value::structure().with("Line", i64::from(at.line)).with("Column", i64::from(at.column))
}

fn boundary(is_allowed: bool) -> Value {
    Value::structure().with("AllowedByPermissionsBoundary", is_allowed)
}

fn texts(texts: &[String]) -> Value {
    texts.iter().map(|text| Value::from(text.as_str())).collect()
}

fn map(details: BTreeMap<&'static str, Answer>) -> Value {
    details.into_iter().fold(Value::structure(), |map, (kind, answer)| map.with(kind, answer.word()))
}
