//! Histories made by hand: one for each rule that is broken, and what is legal although it looks odd.

use super::{
    Deed, Handle, History, Operation, Recorded, Revocation, Rule, Span, Verdict, Who, check, recorded,
};

use Verdict::{Allowed, Denied, Unknown};

/// A history being written, with the user alice's key at its beginning.
struct Story {
    history: History,
    alice: Who,
    root: Who,
}

fn role(name: &str) -> Handle {
    Handle::Role(name.into())
}

fn user(name: &str) -> Handle {
    Handle::User(name.into())
}

fn key(name: &str) -> Handle {
    Handle::Key(name.into())
}

impl Story {
    fn new() -> Self {
        let mut history = History::default();
        let (root, alice) = (history.key("AKIAROOT", vec![]), history.key("AKIAALICE", vec![user("alice")]));
        Self { history, alice, root }
    }

    fn add(&mut self, (begin, end): (u64, u64), by: Who, deed: Deed, verdict: Verdict) -> usize {
        let request = Some(format!("request-{}", self.history.operations.len()).into());
        self.history.add(Operation { span: Span { begin, end }, by, deed, verdict, request })
    }

    fn issue(&mut self, span: (u64, u64), by: Who, name: &str, handles: Vec<Handle>) -> Who {
        let at = self.add(span, by, Deed::Issue(handles), Allowed);
        self.history.made(at, name).unwrap()
    }

    fn ask(&mut self, span: (u64, u64), by: Who, verdict: Verdict) -> usize {
        self.add(span, by, Deed::Request("GetCallerIdentity".into()), verdict)
    }

    fn revoke(&mut self, span: (u64, u64), target: Handle) -> usize {
        self.revoked(span, target, true, false, Allowed)
    }

    fn revoked(
        &mut self,
        span: (u64, u64),
        target: Handle,
        cascades: bool,
        blocks: bool,
        verdict: Verdict,
    ) -> usize {
        let id = Some(format!("rv-{}", span.0).into());
        let revocation = Revocation { id, target, cascades, blocks };
        self.add(span, self.root, Deed::Revoke(revocation), verdict)
    }

    fn lift(&mut self, span: (u64, u64), revoked_at: u64, verdict: Verdict) {
        self.add(span, self.root, Deed::Lift(format!("rv-{revoked_at}").into()), verdict);
    }

    fn broken(&self) -> Vec<(Rule, usize)> {
        check(&self.history).into_iter().map(|violation| (violation.rule, violation.at)).collect()
    }
}

#[test]
fn allowed_after_the_return_is_found_for_whatever_the_revocation_names() {
    let targets = [
        role("R"),
        Handle::RoleSession("R".into(), "s".into()),
        Handle::SourceIdentity("ann".into()),
        user("alice"),
        key("ASIA1"),
        key("AKIAALICE"),
    ];
    for target in targets {
        let mut story = Story::new();
        let handles = vec![
            role("R"),
            Handle::RoleSession("R".into(), "s".into()),
            Handle::SourceIdentity("ann".into()),
        ];
        let session = story.issue((1, 2), story.alice, "ASIA1", handles);
        let child = story.issue((3, 4), session, "ASIA2", vec![role("Q")]);
        story.revoke((5, 10), target.clone());
        let late = story.ask((11, 12), session, Allowed);
        let of_child = story.ask((13, 14), child, Allowed);
        assert_eq!(story.broken(), [(Rule::Holds, late), (Rule::Holds, of_child)], "{target}");
        // The making of the session, the revocation, the request: nothing else is told.
        assert_eq!(check(&story.history)[0].piece, [0, 2, late]);
    }
}

#[test]
fn a_request_under_way_may_go_either_way() {
    for verdict in [Allowed, Denied, Unknown] {
        let mut story = Story::new();
        let session = story.issue((1, 2), story.alice, "ASIA1", vec![role("R")]);
        story.revoke((5, 10), role("R"));
        story.ask((4, 20), session, verdict);
        story.ask((9, 12), session, verdict);
        story.ask((10, 12), session, verdict);
        assert_eq!(story.broken(), [], "{verdict:?}");
    }
}

#[test]
fn a_denial_needs_a_revocation_that_hits() {
    let mut story = Story::new();
    let session = story.issue((1, 2), story.alice, "ASIA1", vec![role("R")]);
    let early = story.ask((3, 4), session, Denied);
    story.revoke((5, 10), role("Q"));
    let other = story.ask((11, 12), session, Denied);
    story.revoke((20, 21), role("R"));
    let new = story.issue((22, 23), story.alice, "ASIA2", vec![role("R")]);
    let wrong = story.ask((24, 25), new, Denied);
    // The user's long-term key is not a session of the user.
    story.revoke((30, 31), user("alice"));
    let key = story.ask((32, 33), story.alice, Denied);
    let expected = [early, other, wrong, key].map(|at| (Rule::NobodyElse, at));
    assert_eq!(story.broken(), expected);
    // The revocation that may have gone too far is told.
    assert_eq!(check(&story.history)[2].piece.len(), 3);
}

#[test]
fn what_is_issued_meanwhile_may_be_hit_or_not_but_not_first_this_and_then_that() {
    for (first, second, expected) in
        [(Allowed, Allowed, None), (Denied, Denied, None), (Denied, Allowed, Some(Rule::NoWayBack))]
    {
        let mut story = Story::new();
        story.revoke((5, 10), role("R"));
        let session = story.issue((7, 8), story.alice, "ASIA1", vec![role("R")]);
        story.ask((11, 12), session, first);
        let at = story.ask((13, 14), session, second);
        let expected: Vec<_> = expected.map(|rule| (rule, at)).into_iter().collect();
        assert_eq!(story.broken(), expected, "{first:?} {second:?}");
    }
}

#[test]
fn there_is_no_way_back_while_the_revocation_is_under_way() {
    let mut story = Story::new();
    let session = story.issue((1, 2), story.alice, "ASIA1", vec![role("R")]);
    story.revoke((5, 100), role("R"));
    story.ask((10, 11), session, Denied);
    let back = story.ask((20, 21), session, Allowed);
    assert_eq!(story.broken(), [(Rule::NoWayBack, back)]);
    assert_eq!(check(&story.history)[0].piece, [0, 1, 2, 3]);
}

#[test]
fn what_is_lifted_denies_no_longer_and_others_stay() {
    let mut story = Story::new();
    let session = story.issue((1, 2), story.alice, "ASIA1", vec![role("R")]);
    story.revoke((5, 6), role("R"));
    story.revoke((7, 8), key("ASIA1"));
    story.lift((20, 30), 5, Allowed);
    let still = story.ask((31, 32), session, Allowed);
    assert_eq!(story.broken(), [(Rule::Holds, still)]);
    story.lift((33, 34), 7, Allowed);
    story.ask((34, 35), session, Denied);
    story.ask((35, 36), session, Allowed);
    let late = story.ask((37, 38), session, Denied);
    assert_eq!(story.broken(), [(Rule::Holds, still), (Rule::NobodyElse, late)]);
}

#[test]
fn lifting_one_of_two_leaves_no_way_back() {
    let mut story = Story::new();
    let session = story.issue((1, 2), story.alice, "ASIA1", vec![role("R")]);
    story.revoke((5, 6), role("R"));
    story.revoke((7, 90), key("ASIA1"));
    story.ask((8, 9), session, Denied);
    story.lift((20, 30), 5, Allowed);
    // The one denied by may have been either.
    story.ask((31, 32), session, Allowed);
    story.ask((33, 34), session, Denied);
    let back = story.ask((35, 36), session, Allowed);
    assert_eq!(story.broken(), [(Rule::NoWayBack, back)]);
}

#[test]
fn without_the_cascade_what_it_made_is_spared() {
    let mut story = Story::new();
    let session = story.issue((1, 2), story.alice, "ASIA1", vec![role("R")]);
    let child = story.issue((3, 4), session, "ASIA2", vec![role("Q")]);
    story.revoked((5, 6), role("R"), false, false, Allowed);
    let wrong = story.ask((7, 8), child, Denied);
    story.ask((9, 10), child, Allowed);
    let late = story.ask((11, 12), session, Allowed);
    assert_eq!(story.broken(), [(Rule::NobodyElse, wrong), (Rule::Holds, late)]);
}

#[test]
fn nobody_gets_a_session_who_is_kept_from_it() {
    let mut story = Story::new();
    story.revoked((5, 6), role("R"), true, true, Allowed);
    let wanted = || Deed::Issue(vec![role("R")]);
    let got = story.add((7, 8), story.alice, wanted(), Allowed);
    story.add((9, 10), story.alice, wanted(), Denied);
    let other = story.add((11, 12), story.alice, Deed::Issue(vec![role("Q")]), Denied);
    story.lift((20, 30), 5, Allowed);
    story.add((25, 26), story.alice, wanted(), Denied);
    story.add((27, 28), story.alice, wanted(), Allowed);
    let late = story.add((31, 32), story.alice, wanted(), Denied);
    assert_eq!(story.broken(), [(Rule::Blocks, got), (Rule::NobodyElse, other), (Rule::NobodyElse, late)]);
}

#[test]
fn of_a_revocation_without_an_answer_nothing_is_known_but_that_it_may_have_been_done() {
    let mut story = Story::new();
    let session = story.issue((1, 2), story.alice, "ASIA1", vec![role("R")]);
    story.revoked((5, 6), role("R"), true, false, Unknown);
    story.ask((100, 101), session, Allowed);
    story.ask((200, 201), session, Denied);
    let back = story.ask((300, 301), session, Allowed);
    assert_eq!(story.broken(), [(Rule::NoWayBack, back)]);
}

#[test]
fn each_operation_has_one_event() {
    let mut story = Story::new();
    let session = story.issue((1, 2), story.alice, "ASIA1", vec![role("R")]);
    let asked = story.ask((3, 4), session, Allowed);
    let revoked = story.revoke((5, 6), role("R"));
    story.lift((7, 8), 5, Allowed);
    let lost = story.add((9, 10), session, Deed::Request("GetObject".into()), Unknown);
    story.history.operations[lost].request = None;
    let event = |event: usize, request: usize| Recorded {
        event: format!("event-{event}"),
        request: format!("request-{request}"),
    };
    let good: Vec<_> = (0..4).map(|at| event(at, at)).collect();
    let broken = |events: &[Recorded]| -> Vec<(Rule, usize)> {
        recorded(&story.history, events).into_iter().map(|violation| (violation.rule, violation.at)).collect()
    };
    assert_eq!(broken(&good), []);
    assert_eq!(broken(&good[1..]), [(Rule::Unrecorded, 0)]);
    assert_eq!(broken(&[&good[..], &[event(9, asked)]].concat()), [(Rule::RecordedTwice, asked)]);
    // The same event twice, as when a file is made of it twice.
    assert_eq!(broken(&[&good[..], &[event(2, revoked)]].concat()), [(Rule::RecordedTwice, revoked)]);
}

#[test]
fn the_piece_of_history_is_told_in_order() {
    let mut story = Story::new();
    let session = story.issue((1_000, 2_000), story.alice, "ASIA1", vec![role("R")]);
    story.revoked((5_000, 6_000), role("R"), false, true, Allowed);
    story.ask((7_000, 8_000), session, Allowed);
    let violations = check(&story.history);
    let shown = violations[0].shown(&story.history).to_string();
    let lines: Vec<String> =
        shown.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        lines,
        [
            "allowed after the return of a revocation that hits it",
            "1..2 us AKIAALICE issue role R -> ASIA1: Allowed (request-0)",
            "5..6 us AKIAROOT revoke role R, no cascade, block reissue -> rv-5000: Allowed (request-1)",
            "> 7..8 us ASIA1 GetCallerIdentity: Allowed (request-2)",
        ]
    );
}
