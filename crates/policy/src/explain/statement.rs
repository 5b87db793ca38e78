//! Which statements could have matched, and how near each came.
//!
//! In a set of thousands most statements have nothing to do with a request. One is told if it applies, if its action
//! matches, or if its action alone does not and is of the service asked for: then somebody may have meant it. Those
//! that apply come first, then those that failed late: a statement that fails on a condition matched everything
//! before it. Among statements about other resources, those about the most similar ones come first.

use std::cmp::Reverse;

use super::change::{self, Place};
use super::fail::{Element, Failure, Tested, judge};
use crate::decide::is_owner_root_on_bucket_policy;
use crate::document::{Effect, Statement};
use crate::layers::{Decision, Layer, Layers, Request};
use crate::principal_match::Grant;
use crate::statement_match::{Asked, action_matches};

/// Whether a statement applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// It does. For an Allow in the policy of a resource, what the way of naming the caller is worth.
    Applies {
        /// In words.
        worth: Option<&'static str>,
    },
    /// It would, but does not count: the owner's root user cannot lock itself out of its bucket policy.
    SetAside,
    /// It does not.
    Fails(Failure),
}

/// A statement that could have matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementReport {
    /// The policy it stands in.
    pub place: Place,
    /// Its Sid, if it has one.
    pub sid: Option<String>,
    /// Its place in the document, from zero.
    pub index: usize,
    /// What it says.
    pub effect: Effect,
    /// Whether it applies, and if not why.
    pub result: Match,
}

/// A report beside the statement it is about.
pub(super) struct Found<'a> {
    pub(super) report: StatementReport,
    pub(super) statement: &'a Statement,
}

/// Every statement that could have matched, in the order of the layers.
pub(super) fn all<'a>(request: &Request<'_>, layers: &Layers<'a>, asked: &Asked<'_>) -> Vec<Found<'a>> {
    let is_owner_root = is_owner_root_on_bucket_policy(request);
    let mut found = Vec::new();
    for (place, policy) in change::policies(layers) {
        for (index, statement) in policy.document.statements().iter().enumerate() {
            let (grant, failure) = judge(place.layer, statement, asked);
            let is_set_aside = is_owner_root
                && statement.effect == Effect::Deny
                && matches!(place.layer, Layer::Resource | Layer::Trust);
            let result = match failure {
                None if is_set_aside => Match::SetAside,
                None => Match::Applies { worth: worth(place.layer, statement, grant) },
                Some(mut failure) if could_have(statement, asked, &failure) => {
                    if failure.element == Element::Action {
                        // As it was asked: matching is done in lower case.
                        failure.seen = Some(Tested::of(std::iter::once(request.action.to_owned())));
                    }
                    Match::Fails(failure)
                }
                Some(_) => continue,
            };
            let sid = statement.sid.clone();
            let report =
                StatementReport { place: place.clone(), sid, index, effect: statement.effect, result };
            found.push(Found { report, statement });
        }
    }
    found
}

fn could_have(statement: &Statement, asked: &Asked<'_>, failure: &Failure) -> bool {
    let fails_on_action_alone = failure.element == Element::Action && failure.also.is_empty();
    action_matches(statement, asked) || (fails_on_action_alone && is_of_service(statement, &asked.action))
}

fn is_of_service(statement: &Statement, action: &str) -> bool {
    let service = |text: &str| text.split(':').next().unwrap_or_default().to_ascii_lowercase();
    statement.action_patterns().any(|pattern| service(pattern) == service(action))
}

/// What an Allow in a resource's policy is worth by the way it names the caller.
fn worth(layer: Layer, statement: &Statement, grant: Grant) -> Option<&'static str> {
    if !matches!(layer, Layer::Resource | Layer::Trust) || statement.effect == Effect::Deny {
        return None;
    }
    match grant {
        Grant::None => None,
        Grant::Delegate => Some(
            "names the caller's account only: it lets that account's own policies grant, and grants nothing itself",
        ),
        Grant::ViaParent => Some(
            "names the role or user behind the session: in the same account it grants without an identity-based \
             allow, but the permissions boundary and session policies must still allow",
        ),
        Grant::Direct if statement.names_everyone() => Some(
            "names everybody: in the same account it grants by itself, whatever other policies leave out",
        ),
        Grant::Direct => Some(
            "names the caller itself: in the same account it grants by itself, whatever other policies leave out",
        ),
    }
}

/// The nearest first.
pub(super) fn sort(found: &mut [Found<'_>], decision: &Decision, resource: &str) {
    found.sort_by_cached_key(|found| {
        let report = &found.report;
        let has_decided = decision.deciding.iter().any(|deciding| {
            deciding.layer == report.place.layer
                && deciding.policy == report.place.policy
                && deciding.index == report.index
        });
        let likeness =
            found.statement.resource_patterns().map(|pattern| shared(pattern, resource)).max().unwrap_or(0);
        match &report.result {
            Match::Applies { .. } => (u8::from(!has_decided), 0, Reverse(Element::Condition), Reverse(0)),
            Match::SetAside => (2, 0, Reverse(Element::Condition), Reverse(0)),
            Match::Fails(failure) => (3, failure.also.len(), Reverse(failure.element), Reverse(likeness)),
        }
    });
}

/// How many bytes two texts have in common at the beginning.
fn shared(left: &str, right: &str) -> usize {
    left.bytes().zip(right.bytes()).take_while(|(left, right)| left == right).count()
}
