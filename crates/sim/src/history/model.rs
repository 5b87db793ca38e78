//! A server of a few lines that keeps the contract: every operation is done at one instant between its begin and its
//! end. Whatever it does is legal, however its operations overlap; where none do, nothing else is.

use proptest::prelude::*;

use super::{
    Deed, Handle, History, Name, Operation, Recorded, Revocation, Rule, Span, Verdict, Violation, Who, check,
    recorded,
};
use crate::Dice;

/// From one instant at which something is done to the next.
const STEP: u64 = 100;

/// A revocation as the server has it.
struct Held {
    revocation: Revocation,
    done: u64,
    // When whoever made it knows its id.
    known: u64,
    is_lifted: bool,
}

struct Model {
    dice: Dice,
    history: History,
    // Of each credential: when it was made, and when whoever asked for it has it.
    made: Vec<(u64, u64)>,
    held: Vec<Held>,
    root: Who,
    now: u64,
    // The longest that an operation lies before or after the instant at which it is done.
    width: usize,
    lifts: bool,
}

fn name(kind: &str, number: usize) -> Name {
    format!("{kind}{number}").into()
}

impl Model {
    fn new(seed: u64, width: usize, lifts: bool) -> Self {
        let mut history = History::default();
        let root = history.key("root", vec![]);
        for user in 0..2 {
            history.key(&format!("key{user}"), vec![Handle::User(name("user", user))]);
        }
        let made = vec![(0, 0); 3];
        Self { dice: Dice::new(seed), history, made, held: Vec::new(), root, now: 0, width, lifts }
    }

    fn run(mut self, steps: usize) -> History {
        for _ in 0..steps {
            self.now += STEP;
            match self.dice.below(10) {
                0..3 => self.issue(),
                3..7 => self.request(),
                7..9 => self.revoke(),
                _ => self.lift(),
            }
        }
        self.history
    }

    /// From after an instant to the present one and beyond.
    fn span(&mut self, after: u64) -> Span {
        let (before, beyond) = (self.dice.below(self.width) as u64, self.dice.below(self.width) as u64);
        Span { begin: self.now.saturating_sub(before).max(after + 1), end: self.now + beyond }
    }

    fn add(&mut self, span: Span, by: Who, deed: Deed, verdict: Verdict) -> usize {
        let request = Some(name("request", self.history.operations.len()));
        self.history.add(Operation { span, by, deed, verdict, request })
    }

    /// Any credential but root's that somebody has by now.
    fn anybody(&mut self) -> Option<Who> {
        let there: Vec<Who> =
            (1..self.made.len()).filter(|at| self.made[*at].1 < self.now).map(Who).collect();
        there.get(self.dice.below(there.len())).copied()
    }

    fn request(&mut self) {
        let Some(by) = self.anybody() else { return };
        let span = self.span(self.made[by.0].1);
        let verdict = if self.is_hit(by) { Verdict::Denied } else { Verdict::Allowed };
        self.add(span, by, Deed::Request("Request".into()), verdict);
    }

    fn issue(&mut self) {
        let Some(by) = self.anybody() else { return };
        let span = self.span(self.made[by.0].1);
        let role = name("role", self.dice.below(2));
        let handles =
            vec![Handle::Role(role.clone()), Handle::RoleSession(role, name("session", self.dice.below(2)))];
        let is_denied = self.is_hit(by) || self.is_blocked(by, &handles);
        let verdict = if is_denied { Verdict::Denied } else { Verdict::Allowed };
        let at = self.add(span, by, Deed::Issue(handles), verdict);
        if !is_denied {
            let key = name("session-key", self.made.len());
            self.history.made(at, &key).unwrap();
            self.made.push((self.now, span.end));
        }
    }

    fn revoke(&mut self) {
        let Some(who) = self.anybody() else { return };
        let span = self.span(self.made[who.0].1);
        let credential = &self.history.credentials[who.0];
        let own = Handle::Key(credential.key.clone());
        let names: Vec<Handle> = [own].into_iter().chain(credential.handles.iter().cloned()).collect();
        let target = names[self.dice.below(names.len())].clone();
        let blocks = !matches!(target, Handle::Key(_)) && self.dice.percent(20);
        let id = Some(name("rv", self.held.len()));
        let revocation = Revocation { id, target, cascades: self.dice.percent(70), blocks };
        self.held.push(Held {
            revocation: revocation.clone(),
            done: self.now,
            known: span.end,
            is_lifted: false,
        });
        self.add(span, self.root, Deed::Revoke(revocation), Verdict::Allowed);
    }

    fn lift(&mut self) {
        let at = self.dice.below(self.held.len());
        let now = self.now;
        let Some(held) = self.held.get_mut(at).filter(|held| !held.is_lifted && held.known < now) else {
            return;
        };
        if !self.lifts {
            return;
        }
        held.is_lifted = true;
        let (id, known) = (held.revocation.id.clone().unwrap(), held.known);
        let span = self.span(known);
        self.add(span, self.root, Deed::Lift(id), Verdict::Allowed);
    }

    fn chain(&self, who: Who) -> Vec<Who> {
        std::iter::successors(Some(who), |who| self.history.credentials[who.0].parent).collect()
    }

    fn is_hit(&self, who: Who) -> bool {
        let chain = self.chain(who);
        self.held.iter().filter(|held| !held.is_lifted).any(|held| {
            let Revocation { target, cascades, .. } = &held.revocation;
            let links = if *cascades { chain.as_slice() } else { &chain[..1] };
            links.iter().enumerate().any(|(at, link)| {
                let credential = &self.history.credentials[link.0];
                // A long-term key is as old as the first session that it made.
                let of_session = if credential.parent.is_some() {
                    Some(*link)
                } else {
                    at.checked_sub(1).map(|at| chain[at])
                };
                let is_older = of_session.is_some_and(|session| self.made[session.0].0 < held.done);
                *target == Handle::Key(credential.key.clone())
                    || (is_older && credential.handles.contains(target))
            })
        })
    }

    fn is_blocked(&self, by: Who, wanted: &[Handle]) -> bool {
        let chain = self.chain(by);
        let of_chain = chain.iter().flat_map(|link| &self.history.credentials[link.0].handles);
        let names: Vec<&Handle> = wanted.iter().chain(of_chain).collect();
        let blocking = self.held.iter().filter(|held| !held.is_lifted && held.revocation.blocks);
        blocking.map(|held| &held.revocation.target).any(|target| names.contains(&target))
    }
}

fn events(history: &History) -> Vec<Recorded> {
    let all = history.operations.iter().enumerate();
    all.map(|(at, operation)| Recorded {
        event: format!("event{at}"),
        request: operation.request.as_deref().unwrap().to_owned(),
    })
    .collect()
}

fn flipped(history: &History, at: usize) -> Vec<Violation> {
    let mut history = history.clone();
    let verdict = &mut history.operations[at].verdict;
    *verdict = if *verdict == Verdict::Allowed { Verdict::Denied } else { Verdict::Allowed };
    check(&history)
}

fn told(history: &History, violations: &[Violation]) -> String {
    violations.iter().map(|violation| violation.shown(history).to_string()).collect()
}

proptest! {
    #[test]
    fn what_keeps_the_contract_passes_however_it_overlaps(
        seed: u64, steps in 1_usize..150, width in 1_usize..2000, lifts: bool,
    ) {
        let history = Model::new(seed, width, lifts).run(steps);
        let violations = check(&history);
        prop_assert!(violations.is_empty(), "{}", told(&history, &violations));
        prop_assert_eq!(recorded(&history, &events(&history)), []);
    }

    #[test]
    fn where_nothing_overlaps_every_other_answer_is_found(
        seed: u64, steps in 1_usize..80, lifts: bool,
    ) {
        let history = Model::new(seed, 40, lifts).run(steps);
        for (at, operation) in history.operations.iter().enumerate() {
            if matches!(operation.deed, Deed::Request(_)) {
                let violations = flipped(&history, at);
                prop_assert!(violations.iter().any(|violation| violation.at == at), "{at} of {history:#?}");
            }
        }
    }

    #[test]
    fn there_is_no_way_back_however_it_overlaps(seed: u64, steps in 1_usize..80, width in 1_usize..2000) {
        let history = Model::new(seed, width, false).run(steps);
        let denied = |operation: &Operation| {
            operation.verdict == Verdict::Denied && matches!(operation.deed, Deed::Request(_))
        };
        for (at, operation) in history.operations.iter().enumerate().filter(|(_, operation)| denied(operation)) {
            let is_again = history.operations.iter().any(|other| {
                denied(other) && other.by == operation.by && other.span.is_before(operation.span)
            });
            if is_again {
                let violations = flipped(&history, at);
                let rules = [Rule::NoWayBack, Rule::Holds];
                prop_assert!(violations.iter().any(|found| found.at == at && rules.contains(&found.rule)));
            }
        }
    }

    #[test]
    fn an_event_too_few_or_too_many_is_found(seed: u64, steps in 1_usize..80, width in 1_usize..2000, at: usize) {
        let history = Model::new(seed, width, true).run(steps);
        let events = events(&history);
        if !events.is_empty() {
            let at = at % events.len();
            let mut fewer = events.clone();
            fewer.remove(at);
            prop_assert_eq!(recorded(&history, &fewer), [Violation::new(Rule::Unrecorded, at, [])]);
            let mut more = events.clone();
            more.push(Recorded { event: "another".to_owned(), ..events[at].clone() });
            prop_assert_eq!(recorded(&history, &more), [Violation::new(Rule::RecordedTwice, at, [])]);
        }
    }
}
