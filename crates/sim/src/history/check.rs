//! The contract, rule by rule, over each operation.

use std::collections::BTreeMap;

use super::coverage::Coverage;
use super::{Deed, History, Operation, Rule, Span, Verdict, Violation, Who};

/// A refusal that shows that somebody is cut off.
struct Refusal {
    at: usize,
    end: u64,
    // Before this, no lifting can have undone it.
    until: u64,
}

/// What is wrong with a history, in the order of its operations. That each has its event is [`super::recorded`]'s.
pub fn check(history: &History) -> Vec<Violation> {
    let coverage = Coverage::of(history);
    let refusals = refusals(history, &coverage);
    let all = history.operations.iter().enumerate();
    all.filter_map(|(at, operation)| match operation.verdict {
        Verdict::Allowed => allowed(history, &coverage, &refusals, at, operation),
        Verdict::Denied => denied(history, &coverage, at, operation),
        Verdict::Unknown => None,
    })
    .collect()
}

fn allowed(
    history: &History,
    coverage: &Coverage<'_>,
    refusals: &BTreeMap<Who, Vec<Refusal>>,
    at: usize,
    operation: &Operation,
) -> Option<Violation> {
    let origin = origin(history, operation.by);
    if let Some(held) = coverage.must(operation.by, operation.span) {
        return Some(Violation::new(Rule::Holds, at, origin.chain([held.at])));
    }
    if let Deed::Issue(wanted) = &operation.deed
        && let Some(held) = coverage.must_block(operation.by, wanted, operation.span)
    {
        return Some(Violation::new(Rule::Blocks, at, [held.at]));
    }
    let refusal = earlier(refusals.get(&operation.by)?, operation.span)?;
    let refused = history.operations.get(refusal)?;
    let causes = coverage.may(operation.by, refused.span).map(|held| held.at);
    Some(Violation::new(Rule::NoWayBack, at, origin.chain(causes).chain([refusal])))
}

fn denied(history: &History, coverage: &Coverage<'_>, at: usize, operation: &Operation) -> Option<Violation> {
    if is_excused(coverage, operation) {
        return None;
    }
    let nearest = coverage.nearest(operation.by, operation.span).map(|held| held.at);
    Some(Violation::new(Rule::NobodyElse, at, origin(history, operation.by).chain(nearest)))
}

fn is_excused(coverage: &Coverage<'_>, operation: &Operation) -> bool {
    coverage.may(operation.by, operation.span).next().is_some() || is_perhaps_blocked(coverage, operation)
}

fn is_perhaps_blocked(coverage: &Coverage<'_>, operation: &Operation) -> bool {
    let Deed::Issue(wanted) = &operation.deed else { return false };
    coverage.may_block(operation.by, wanted, operation.span).is_some()
}

/// The operations that made a credential and what it came from.
fn origin(history: &History, who: Who) -> impl Iterator<Item = usize> {
    let chain = std::iter::successors(history.credentials.get(who.0), |credential| {
        history.credentials.get(credential.parent?.0)
    });
    chain.filter_map(|credential| credential.issue)
}

/// What each credential was refused, by the end of the refusal. Where a session may merely have been kept from being
/// issued, nothing is said about who asked for it.
fn refusals(history: &History, coverage: &Coverage<'_>) -> BTreeMap<Who, Vec<Refusal>> {
    let mut all: BTreeMap<Who, Vec<Refusal>> = BTreeMap::new();
    for (at, operation) in history.operations.iter().enumerate() {
        if operation.verdict != Verdict::Denied || is_perhaps_blocked(coverage, operation) {
            continue;
        }
        let liftings = coverage.may(operation.by, operation.span).map(|held| held.lifted_from);
        // Nobody's denial is another rule's.
        let Some(until) = liftings.min() else { continue };
        all.entry(operation.by).or_default().push(Refusal { at, end: operation.span.end, until });
    }
    for list in all.values_mut() {
        list.sort_by_key(|refusal| refusal.end);
        // Each is to stand for all before it, by the one that lasts longest.
        let mut longest = (0, 0);
        for refusal in list {
            longest = longest.max((refusal.until, refusal.at));
            (refusal.until, refusal.at) = longest;
        }
    }
    all
}

/// A refusal that was over when the request began and cannot have been undone until it ended.
fn earlier(refusals: &[Refusal], request: Span) -> Option<usize> {
    let count = refusals.partition_point(|refusal| refusal.end < request.begin);
    let last = refusals.get(count.checked_sub(1)?)?;
    (last.until > request.end).then_some(last.at)
}
