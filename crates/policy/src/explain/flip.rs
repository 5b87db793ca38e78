//! Single changes that turn the answer: a statement removed, a statement added, a context value changed.
//!
//! Candidates are constructed, and each is tried on the engine itself before it is told: what stands here as turning
//! the answer does turn it. The search is bounded by the number of tries.

use super::FLIPS_MAX;
use super::change::{self, Draft, Place};
use super::show;
use super::wish::{Wish, wishes};
use super::witness;
use crate::context::{Context, ContextValue};
use crate::decide::{Case, grant_in};
use crate::document::{Effect, Statement};
use crate::key::ConditionKey;
use crate::layers::{Decision, Layer, Layers, Request, ResourceLayer, Verdict};
use crate::principal_match::Grant;
use crate::statement_match::{Asked, action_matches, failing_conditions, resource_matches};

/// The most removals tried.
const REMOVALS_MAX: usize = 64;
/// The most changed contexts tried.
const CONTEXTS_MAX: usize = 512;
/// The most statements added one after the other to find out what is missing.
const ADDITIONS_MAX: usize = 12;

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A statement is removed.
    Remove {
        /// The policy it stands in.
        place: Place,
        /// Its Sid, if it has one.
        sid: Option<String>,
        /// Its place in the document, from zero.
        index: usize,
        /// What it says.
        effect: Effect,
    },
    /// A statement is added.
    Add {
        /// The layer it is added to.
        layer: Layer,
        /// The level of the organization, from zero, for layers with levels.
        level: Option<usize>,
        /// The statement, as JSON.
        statement: String,
    },
    /// A context value is another.
    Context {
        /// The key.
        key: String,
        /// The value it has; `None` where it is absent.
        from: Option<ContextValue>,
        /// The value it would have; `None` where it would be absent.
        to: Option<ContextValue>,
        /// Whether the key says who the caller is, so that only another caller has another value.
        is_fixed_by_caller: bool,
    },
}

/// A change that turns the answer, and the answer then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flip {
    /// What is changed.
    pub change: Change,
    /// The answer then.
    pub verdict: Verdict,
}

/// What was found.
pub(super) struct Search {
    pub(super) flips: Vec<Flip>,
    pub(super) left_out: usize,
    pub(super) remark: Option<String>,
}

/// Looks for every change that turns the answer.
pub(super) fn search(
    request: &Request<'_>,
    layers: &Layers<'_>,
    asked: &Asked<'_>,
    case: &Case<'_>,
    decision: &Decision,
) -> Search {
    if matches!(decision.verdict, Verdict::Forbidden(_)) {
        let remark = "No policy and no context value turns this: use other credentials.".to_owned();
        return Search { flips: Vec::new(), left_out: 0, remark: Some(remark) };
    }
    let seeker = Seeker { request, layers, asked, is_allowed: decision.is_allowed() };
    let (removals, additions) = (seeker.removals(decision), seeker.additions(decision));
    let (by_request, by_caller): (Vec<Flip>, Vec<Flip>) = seeker
        .contexts()
        .into_iter()
        .partition(|flip| !matches!(flip.change, Change::Context { is_fixed_by_caller: true, .. }));
    // A denied caller can bring another value, or be granted something; what allows is taken away at its source.
    let mut flips = Vec::new();
    if seeker.is_allowed || matches!(decision.verdict, Verdict::ExplicitDeny(_)) {
        flips.extend(removals.into_iter().chain(by_request).chain(additions));
    } else {
        flips.extend(additions.into_iter().chain(by_request).chain(removals));
    }
    flips.extend(by_caller);
    let left_out = flips.len().saturating_sub(FLIPS_MAX);
    let has_addition = flips.iter().any(|flip| matches!(flip.change, Change::Add { .. }));
    let remark = seeker.remark(case, decision, has_addition);
    flips.truncate(FLIPS_MAX);
    Search { flips, left_out, remark }
}

struct Seeker<'a> {
    request: &'a Request<'a>,
    layers: &'a Layers<'a>,
    asked: &'a Asked<'a>,
    is_allowed: bool,
}

impl Seeker<'_> {
    /// The flip, if the answer turned.
    fn turned(&self, change: Change, decision: &Decision) -> Option<Flip> {
        (decision.is_allowed() != self.is_allowed).then_some(Flip { change, verdict: decision.verdict })
    }

    fn removals(&self, decision: &Decision) -> Vec<Flip> {
        let unwanted = if self.is_allowed { Effect::Allow } else { Effect::Deny };
        let mut flips = Vec::new();
        let mut tries = 0;
        for (place, policy) in change::policies(self.layers) {
            let decides = |index| {
                decision.deciding.iter().any(|deciding| {
                    deciding.layer == place.layer && deciding.policy == policy.name && deciding.index == index
                })
            };
            for (index, statement) in policy.document.statements().iter().enumerate() {
                if statement.effect != unwanted || !decides(index) || tries == REMOVALS_MAX {
                    continue;
                }
                tries += 1;
                let rest = policy.document.without(index);
                let mut draft = Draft::of(self.layers);
                draft.replace(&place, &rest);
                let (place, sid) = (place.clone(), statement.sid.clone());
                let change = Change::Remove { place, sid, index, effect: unwanted };
                flips.extend(self.turned(change, &draft.decide(self.request)));
            }
        }
        flips
    }

    fn additions(&self, decision: &Decision) -> Vec<Flip> {
        let mut flips = Vec::new();
        for (layer, level) in self.open_layers(decision) {
            let effect = if self.is_allowed { Effect::Deny } else { Effect::Allow };
            let flip = wishes(self.request, layer, level, effect).iter().find_map(|wish| self.add(wish));
            flips.extend(flip);
        }
        if flips.is_empty() && self.is_allowed {
            let wishes = wishes(self.request, Layer::Revocation, None, Effect::Deny);
            flips.extend(wishes.iter().find_map(|wish| self.add(wish)));
        }
        flips
    }

    /// Where somebody could add a statement, the layer that was found silent first.
    fn open_layers(&self, decision: &Decision) -> Vec<(Layer, Option<usize>)> {
        let mut open = vec![(Layer::Identity, None)];
        open.extend(self.layers.boundary.map(|_| (Layer::Boundary, None)));
        let lacks_session = decision.verdict == Verdict::ImplicitDeny(Layer::Session);
        if self.layers.session.is_some() || lacks_session {
            open.push((Layer::Session, None));
        }
        match self.layers.resource {
            ResourceLayer::Policy(_) => open.push((Layer::Resource, None)),
            ResourceLayer::Trust(_) | ResourceLayer::TrustMissing => open.push((Layer::Trust, None)),
            ResourceLayer::None if decision.verdict == Verdict::ImplicitDeny(Layer::Resource) => {
                open.push((Layer::Resource, None));
            }
            ResourceLayer::None => {}
        }
        for (layer, levels) in [(Layer::Scp, self.layers.scps), (Layer::Rcp, self.layers.rcps)] {
            let count = levels.map_or(0, <[_]>::len);
            // One Deny is as good as another: the lowest level is nearest to the account.
            let first = if self.is_allowed { count.saturating_sub(1) } else { 0 };
            open.extend((first..count).map(|level| (layer, Some(level))));
            open.extend((levels.is_some() && count == 0).then_some((layer, None)));
        }
        if let Verdict::ImplicitDeny(silent) = decision.verdict {
            open.sort_by_key(|(layer, _)| *layer != silent);
        }
        open
    }

    fn add(&self, wish: &Wish) -> Option<Flip> {
        let change =
            Change::Add { layer: wish.layer, level: wish.level, statement: wish.statement.to_string() };
        self.turned(change, &self.with(&[wish]))
    }

    /// The decision with these statements added.
    fn with(&self, wishes: &[&Wish]) -> Decision {
        let documents: Vec<_> = wishes.iter().map(|wish| wish.document.clone()).collect();
        let mut merged = Vec::new();
        for (wish, document) in wishes.iter().zip(&documents) {
            let single = Draft::of(self.layers).single(wish.layer);
            merged.push(single.map_or_else(|| document.clone(), |own| own.with(document)));
        }
        let mut draft = Draft::of(self.layers);
        for (wish, document) in wishes.iter().zip(&merged) {
            draft.add(wish.layer, wish.level, document);
        }
        draft.decide(self.request)
    }

    fn contexts(&self) -> Vec<Flip> {
        let mut flips = Vec::new();
        let mut tries = 0;
        for statement in self.conditional() {
            let mut keys: Vec<&ConditionKey> = statement.conditions.iter().map(|it| &it.key).collect();
            keys.dedup();
            for key in keys {
                if tries < CONTEXTS_MAX {
                    flips.extend(self.another(statement, key, &mut tries));
                }
            }
        }
        let mut found: Vec<Flip> = Vec::new();
        for flip in flips {
            if !found.contains(&flip) {
                found.push(flip);
            }
        }
        found
    }

    /// Statements of which only the conditions stand between the request and the other answer.
    fn conditional(&self) -> Vec<&Statement> {
        let matches = |place: &Place, statement: &Statement| {
            let applies = failing_conditions(statement, self.asked).next().is_none();
            let is_deny = statement.effect == Effect::Deny;
            // A deny that applies, or an allow that does not, stands in the way of an allow; else the other way round.
            !statement.conditions.is_empty()
                && (is_deny == applies) != self.is_allowed
                && grant_in(place.layer, statement, self.asked) != Grant::None
                && action_matches(statement, self.asked)
                && resource_matches(statement, self.asked)
        };
        change::policies(self.layers)
            .into_iter()
            .flat_map(|(place, policy)| {
                policy.document.statements().iter().map(move |it| (place.clone(), it))
            })
            .filter(|(place, statement)| matches(place, statement))
            .map(|(_, statement)| statement)
            .collect()
    }

    /// The first value of the key that turns the answer.
    fn another(&self, statement: &Statement, key: &ConditionKey, tries: &mut usize) -> Option<Flip> {
        let held = self.asked.context.value(key);
        let conditions = statement.conditions.iter().filter(|condition| condition.key == *key);
        for to in conditions.flat_map(|condition| witness::values(condition, self.asked.context)) {
            let mut context = self.asked.context.clone();
            put(&mut context, key, to.as_ref());
            let before = failing_conditions(statement, self.asked).next().is_none();
            let after = statement.conditions.iter().all(|condition| condition.holds(&context));
            if after == before || *tries == CONTEXTS_MAX {
                continue;
            }
            *tries += 1;
            let request = Request { context: &context, ..*self.request };
            let change = Change::Context {
                key: show::key(key),
                from: held.cloned(),
                to,
                is_fixed_by_caller: show::is_fixed_by_caller(key),
            };
            let flip = self.turned(change, &Draft::of(self.layers).decide(&request));
            if flip.is_some() {
                return flip;
            }
        }
        None
    }

    /// What must be known beside the single changes.
    fn remark(&self, case: &Case<'_>, decision: &Decision, has_addition: bool) -> Option<String> {
        match decision.verdict {
            Verdict::ExplicitDeny(_) => {
                let count = decision.deciding.len();
                let several = (count > 1).then(|| {
                    format!("{count} statements deny this; as long as one of them applies it stays denied.")
                });
                let beyond = case.granted().err().map(|layer| {
                    format!("Even if nothing denied it, the {} would still have to allow it.", layer.title())
                });
                let remark: Vec<String> = several.into_iter().chain(beyond).collect();
                (!remark.is_empty()).then(|| remark.join(" "))
            }
            Verdict::ImplicitDeny(_) if has_addition => None,
            Verdict::ImplicitDeny(_) => self.missing(decision),
            Verdict::Allow | Verdict::Forbidden(_) => None,
        }
    }

    /// The layers that each need a statement, where one statement is not enough for the layer that is named.
    fn missing(&self, decision: &Decision) -> Option<String> {
        let mut added: Vec<Wish> = Vec::new();
        let mut current = decision.clone();
        while let Verdict::ImplicitDeny(silent) = current.verdict {
            let places: Vec<_> =
                self.open_layers(&current).into_iter().filter(|(layer, _)| *layer == silent).collect();
            let fresh = places
                .into_iter()
                .flat_map(|(layer, level)| wishes(self.request, layer, level, Effect::Allow));
            let next = fresh.into_iter().find(|wish| {
                let is_level = matches!(wish.layer, Layer::Scp | Layer::Rcp);
                let is_new = !added.iter().any(|old| (old.layer, old.level) == (wish.layer, wish.level));
                let tried: Vec<&Wish> = added.iter().chain([wish]).collect();
                // One level among several changes nothing alone.
                is_new && (is_level || self.with(&tried).verdict != current.verdict)
            });
            added.push(next?);
            if added.len() > ADDITIONS_MAX {
                return None;
            }
            current = self.with(&added.iter().collect::<Vec<_>>());
        }
        let mut names: Vec<&str> = added.iter().map(|wish| wish.layer.title()).collect();
        names.dedup();
        (added.len() > 1).then(|| {
            format!(
                "An allow in the {} is not enough: {} each have to allow it.",
                names.first().copied().unwrap_or_default(),
                names.join(", ")
            )
        })
    }
}

fn put(context: &mut Context, key: &ConditionKey, value: Option<&ContextValue>) {
    match value {
        None => context.remove(key.as_str()),
        Some(ContextValue::One(value)) => context.set_one(key.as_str(), value.clone()),
        Some(ContextValue::Many(values)) => context.set_many(key.as_str(), values.clone()),
    }
}
