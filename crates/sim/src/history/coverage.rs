//! Which revocations are about which credential, and whether they must or may have hit it at a time.
//!
//! | | the revocation | the credential | the lifting |
//! |---|---|---|---|
//! | **must** | had returned when the request began | had been issued when the revocation began | had not begun when the request ended |
//! | **may** | had begun when the request ended | was being issued before the revocation returned | had not returned when the request began |

use std::collections::HashMap;

use super::{Deed, Handle, History, Operation, Revocation, Span, Verdict, Who};

/// A revocation and its lifting.
#[derive(Clone)]
pub struct Held<'a> {
    /// The operation's place.
    pub at: usize,
    /// When it was asked for; one whose end is not known ends never.
    pub span: Span,
    is_done: bool,
    cascades: bool,
    target: &'a Handle,
    /// When its lifting may have begun to count.
    pub lifted_from: u64,
    lifted_for_sure: u64,
}

/// One link of the chain that led to a credential, its own included.
#[derive(Clone, Copy)]
struct Link {
    who: Who,
    is_self: bool,
    // Of a long-term key, that of what it made.
    issued: Option<Span>,
}

/// The revocations of one target, by their ends.
#[derive(Default)]
struct List<'a> {
    held: Vec<Held<'a>>,
    /// How long the longest of them took, of those that ended.
    longest: u64,
}

/// All revocations by what they are about.
pub struct Coverage<'a> {
    history: &'a History,
    by_target: HashMap<&'a Handle, List<'a>>,
    // Those of them that keep somebody from getting a session.
    blocking: HashMap<&'a Handle, List<'a>>,
}

#[derive(Clone, Copy)]
struct Lifting {
    from: u64,
    for_sure: u64,
}

impl Lifting {
    const NEVER: Self = Self { from: u64::MAX, for_sure: u64::MAX };
}

/// When each revocation was lifted, by its id.
fn liftings(history: &History) -> HashMap<&str, Lifting> {
    let mut all: HashMap<&str, Lifting> = HashMap::new();
    for operation in &history.operations {
        let Deed::Lift(id) = &operation.deed else { continue };
        if operation.verdict == Verdict::Denied {
            continue;
        }
        let lifting = all.entry(id).or_insert(Lifting::NEVER);
        lifting.from = lifting.from.min(operation.span.begin);
        if operation.verdict == Verdict::Allowed {
            lifting.for_sure = lifting.for_sure.min(operation.span.end);
        }
    }
    all
}

impl<'a> Coverage<'a> {
    /// Of a history.
    pub fn of(history: &'a History) -> Self {
        let liftings = liftings(history);
        let (mut by_target, mut blocking) = (HashMap::new(), HashMap::new());
        for (at, operation) in history.operations.iter().enumerate() {
            let Deed::Revoke(revocation) = &operation.deed else { continue };
            if operation.verdict == Verdict::Denied {
                continue;
            }
            let lifting = revocation.id.as_deref().and_then(|id| liftings.get(id).copied());
            let held = Held::of(at, operation, revocation, lifting.unwrap_or(Lifting::NEVER));
            if revocation.blocks {
                List::put(&mut blocking, &revocation.target, held.clone());
            }
            List::put(&mut by_target, &revocation.target, held);
        }
        by_target.values_mut().chain(blocking.values_mut()).for_each(List::settle);
        Self { history, by_target, blocking }
    }

    /// A revocation that must have denied this request.
    pub fn must(&self, who: Who, request: Span) -> Option<&Held<'a>> {
        let mut held = self.links(who).flat_map(|link| {
            let floor = link.issued.map_or(0, |issued| issued.end);
            self.about(link).flat_map(move |list| list.ended(floor, request.begin)).filter(move |held| {
                let is_hit = held.is_key() || link.issued.is_some_and(|issued| issued.is_before(held.span));
                is_hit && (link.is_self || held.cascades)
            })
        });
        held.find(|held| held.is_in_force(request))
    }

    /// All revocations that may have denied this request.
    pub fn may(&self, who: Who, request: Span) -> impl Iterator<Item = &Held<'a>> {
        self.links(who).flat_map(move |link| {
            let floor = link.issued.map_or(0, |issued| issued.begin);
            let held = self.about(link).flat_map(move |list| list.begun(floor, request.end));
            held.filter(move |held| (link.is_self || held.cascades) && held.may_be_in_force(request))
        })
    }

    /// A revocation that must have kept this session from being issued.
    pub fn must_block(&self, who: Who, wanted: &'a [Handle], request: Span) -> Option<&Held<'a>> {
        self.blocking(who, wanted).find(|held| held.is_in_force(request))
    }

    /// A revocation that may have kept this session from being issued.
    pub fn may_block(&self, who: Who, wanted: &'a [Handle], request: Span) -> Option<&Held<'a>> {
        self.blocking(who, wanted).find(|held| held.may_be_in_force(request))
    }

    /// The latest revocation of anything that the credential or its chain is: what may have gone wrong where somebody
    /// is denied who should not be.
    pub fn nearest(&self, who: Who, request: Span) -> Option<&Held<'a>> {
        let held =
            self.links(who).flat_map(|link| self.about(link)).flat_map(|list| list.begun(0, request.end));
        held.max_by_key(|held| held.span.begin)
    }

    fn blocking(&self, who: Who, wanted: &'a [Handle]) -> impl Iterator<Item = &Held<'a>> {
        let chain = self.links(who).filter_map(|link| self.history.credentials.get(link.who.0));
        let chain = chain.flat_map(|credential| &credential.handles);
        let blocking = wanted.iter().chain(chain).filter_map(|handle| self.blocking.get(handle));
        blocking.flat_map(|list| &list.held)
    }

    /// The revocations that name a link itself. Of a long-term key that was used alone, only those of the key.
    fn about(&self, link: Link) -> impl Iterator<Item = &List<'a>> {
        let credential = self.history.credentials.get(link.who.0);
        let key = credential.and_then(|credential| self.by_target.get(&Handle::Key(credential.key.clone())));
        let others = credential.filter(|_| link.issued.is_some()).map(|credential| &credential.handles);
        key.into_iter().chain(others.into_iter().flatten().filter_map(|handle| self.by_target.get(handle)))
    }

    fn links(&self, who: Who) -> impl Iterator<Item = Link> {
        let first = Link { who, is_self: true, issued: self.history.issued(who) };
        std::iter::successors(Some(first), |link| {
            let parent = self.history.credentials.get(link.who.0)?.parent?;
            let issued = self.history.issued(parent).or(link.issued);
            Some(Link { who: parent, is_self: false, issued })
        })
    }
}

impl<'a> List<'a> {
    fn put(lists: &mut HashMap<&'a Handle, Self>, target: &'a Handle, held: Held<'a>) {
        lists.entry(target).or_default().held.push(held);
    }

    fn settle(&mut self) {
        self.held.sort_by_key(|held| held.span.end);
        let ended = self.held.iter().filter(|held| held.is_done);
        self.longest = ended.map(|held| held.span.end - held.span.begin).max().unwrap_or_default();
    }

    /// Those that ended from one instant to before another.
    fn ended(&self, from: u64, before: u64) -> impl Iterator<Item = &Held<'a>> {
        let first = self.held.partition_point(|held| held.span.end < from);
        self.held.iter().skip(first).take_while(move |held| held.span.end < before)
    }

    /// Those that ended from one instant on, and had begun at another.
    fn begun(&self, from: u64, until: u64) -> impl Iterator<Item = &Held<'a>> {
        let latest = until.saturating_add(self.longest).saturating_add(1);
        let open = self.held.iter().rev().take_while(|held| !held.is_done);
        self.ended(from, latest).chain(open).filter(move |held| held.span.begin <= until)
    }
}

impl<'a> Held<'a> {
    fn of(at: usize, operation: &Operation, revocation: &'a Revocation, lifting: Lifting) -> Self {
        let is_done = operation.verdict == Verdict::Allowed;
        let end = if is_done { operation.span.end } else { u64::MAX };
        Self {
            at,
            span: Span { begin: operation.span.begin, end },
            is_done,
            cascades: revocation.cascades,
            target: &revocation.target,
            lifted_from: lifting.from,
            lifted_for_sure: lifting.for_sure,
        }
    }

    fn is_key(&self) -> bool {
        matches!(self.target, Handle::Key(_))
    }

    fn is_in_force(&self, request: Span) -> bool {
        self.is_done && self.span.is_before(request) && self.lifted_from > request.end
    }

    fn may_be_in_force(&self, request: Span) -> bool {
        self.span.begin <= request.end && self.lifted_for_sure >= request.begin
    }
}
