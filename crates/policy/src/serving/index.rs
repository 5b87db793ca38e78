//! From an action to the statements that may concern it.
//!
//! Statements are grouped by the action patterns that they list. An action without wildcards is found by its hash;
//! patterns are tried only for the action's own service. Within a group the denies have a list of their own, and a
//! long list is filed by what tells its statements apart (see `members`).

use std::collections::HashMap;
use std::ops::ControlFlow;

use arrayvec::{ArrayString, ArrayVec};

use super::compile::{Compiled, Polarity};
use super::hash;
use super::lookup::{Anchor, FEW, Lookup};
use super::members::{Asked, List, Members, MembersBuilder};
use super::pat::Pat;
use super::table::Table;
use super::warm::warmed;
use crate::document::Effect;

/// The documents that an index is about.
pub(super) trait Documents {
    /// By its place.
    fn document(&self, place: usize) -> Option<&Compiled>;
    /// How many there are.
    fn count(&self) -> usize;
}

/// A place in one of several documents: of a statement, or of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct At {
    pub(super) document: u32,
    pub(super) place: u32,
}

/// An action in lower case, with its hashes.
pub(super) struct Action<'q> {
    pub(super) text: &'q str,
    hash: u64,
    service: u64,
}

impl<'q> Action<'q> {
    pub(super) fn new(text: &'q str) -> Self {
        let service = text.split(':').next().unwrap_or_default();
        Self { text, hash: hash::of(text.as_bytes()), service: hash::of(service.as_bytes()) }
    }
}

/// The statements that list one action pattern.
#[derive(Debug, Clone)]
struct Group {
    /// The action, where it has no wildcard; beside the lists, since it is compared first.
    action: ArrayString<NAME_BYTES>,
    denies: List,
    allows: List,
}

/// Most actions are as long at most; longer ones are found among the patterns.
const NAME_BYTES: usize = 28;

/// A pattern with its group.
#[derive(Debug, Clone)]
struct Wild {
    /// The hash of its service.
    service: u64,
    pattern: At,
    group: u32,
}

/// The index.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    exact: Table,
    /// Patterns of one service, in the order of the services.
    wild: Box<[Wild]>,
    /// The same filed by their texts, where one service has many.
    crowd: Option<Box<Lookup>>,
    /// Patterns of any service.
    anywhere: Box<[(Option<At>, u32)]>,
    groups: Box<[Group]>,
    members: Members,
}

/// As many groups of one action are kept between a look at the denies and one at the allows.
const CONCERNED: usize = 8;

/// The groups that an action concerns; `None` where they are too many to keep and are found once more.
pub(super) struct Concerned(Option<ArrayVec<u32, CONCERNED>>);

/// What statements a group is made for.
#[derive(PartialEq, Eq, Hash)]
enum Listed<'d> {
    Exact(&'d str),
    Prefix(&'d str),
    Shape(At),
    Everything,
    /// Statements with NotAction: their lists are looked at when they come up.
    AllBut,
}

impl<'d> Listed<'d> {
    fn of(pat: &Pat, at: At, texts: &'d str) -> Self {
        match pat {
            Pat::Exact(literal) => Self::Exact(literal.of(texts)),
            Pat::Prefix(literal) => Self::Prefix(literal.of(texts)),
            Pat::Any => Self::Everything,
            _ => Self::Shape(at),
        }
    }
}

#[derive(Default)]
struct Built<'d> {
    places: HashMap<Listed<'d>, usize>,
    groups: Vec<Gathered<'d>>,
}

struct Gathered<'d> {
    exact: Option<&'d str>,
    /// The pattern and its service.
    wild: Option<(At, Option<&'d str>)>,
    denies: Vec<At>,
    allows: Vec<At>,
}

impl<'d> Built<'d> {
    fn gather(documents: &'d impl Documents) -> Self {
        let mut built = Self::default();
        for (number, document) in
            (0_u32..).zip((0..documents.count()).filter_map(|at| documents.document(at)))
        {
            for (place, row) in (0_u32..).zip(&document.rows) {
                let statement = At { document: number, place };
                if row.action_polarity == Polarity::AllBut {
                    built.add(Listed::AllBut, None, statement, row.effect);
                    continue;
                }
                for place in document.about(place).into_iter().flat_map(|about| about.actions.places()) {
                    let Some(pat) = document.pats.get(place as usize) else { continue };
                    let at = At { document: number, place };
                    let service = service_of(pat, &document.texts);
                    // What is about every action needs no look at its pattern.
                    let wild = (!matches!(pat, Pat::Any)).then_some((at, service));
                    built.add(Listed::of(pat, at, &document.texts), wild, statement, row.effect);
                }
            }
        }
        built
    }

    fn add(
        &mut self,
        listed: Listed<'d>,
        wild: Option<(At, Option<&'d str>)>,
        statement: At,
        effect: Effect,
    ) {
        let exact = if let Listed::Exact(text) = &listed { Some(*text) } else { None };
        let place = *self.places.entry(listed).or_insert_with(|| {
            self.groups.push(Gathered { exact, wild, denies: Vec::new(), allows: Vec::new() });
            self.groups.len() - 1
        });
        let Some(group) = self.groups.get_mut(place) else { return };
        let list = match effect {
            Effect::Deny => &mut group.denies,
            Effect::Allow => &mut group.allows,
        };
        // A statement comes up once more right away if it lists an action twice.
        if list.last() != Some(&statement) {
            list.push(statement);
        }
    }
}

/// The service of an action pattern; `None` where any service is meant.
fn service_of<'d>(pat: &'d Pat, texts: &'d str) -> Option<&'d str> {
    let head = match pat.anchor(texts) {
        Anchor::Prefix(head) => head,
        Anchor::Pieces(pieces) => pieces.first()?,
        Anchor::Exact(whole) => whole,
        Anchor::Always => return None,
    };
    head.split_once(':').map(|(service, _)| service)
}

impl Index {
    pub(super) fn new(documents: &impl Documents) -> Self {
        let built = Built::gather(documents);
        let mut members = MembersBuilder::new(documents);
        let (mut exact, mut wild, mut anywhere) = (Vec::new(), Vec::new(), Vec::new());
        let mut groups = Vec::with_capacity(built.groups.len());
        for (place, gathered) in (0_u32..).zip(built.groups) {
            match (gathered.exact, gathered.wild) {
                (Some(text), _) if text.len() <= NAME_BYTES => exact.push((hash::of(text.as_bytes()), place)),
                (_, Some((pattern, Some(service)))) => {
                    wild.push(Wild { service: hash::of(service.as_bytes()), pattern, group: place });
                }
                (_, pattern) => anywhere.push((pattern.map(|(at, _)| at), place)),
            }
            groups.push(Group {
                action: ArrayString::from(gathered.exact.unwrap_or_default()).unwrap_or_default(),
                denies: members.list(gathered.denies),
                allows: members.list(gathered.allows),
            });
        }
        wild.sort_by_key(|wild| wild.service);
        Self {
            exact: Table::new(exact),
            crowd: crowd(&wild, documents),
            wild: wild.into(),
            anywhere: anywhere.into(),
            groups: groups.into(),
            members: members.finish(),
        }
    }

    /// Reads a little of what a decision is likely to read.
    pub(super) fn warm(&self) -> u32 {
        self.exact.warm()
            ^ self.wild.first().map_or(0, |wild| wild.group)
            ^ self.anywhere.first().map_or(0, |(_, group)| *group)
            ^ warmed(&self.groups, |group| u32::from(group.action.is_empty()))
            ^ self.members.warm()
    }

    fn of_service(&self, service: u64) -> impl Iterator<Item = &Wild> {
        let start = self.wild.partition_point(|wild| wild.service < service);
        let rest = self.wild.get(start..).unwrap_or_default().iter();
        rest.take_while(move |wild| wild.service == service)
    }

    /// The groups whose action pattern matches.
    pub(super) fn concerned(&self, documents: &impl Documents, action: &Action<'_>) -> Concerned {
        let mut found = ArrayVec::new();
        let is_all = self
            .each_group(documents, action, |group| match found.try_push(group) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            })
            .is_continue();
        Concerned(is_all.then_some(found))
    }

    /// Shows the statements of one effect that may apply, some perhaps twice, until `visit` has seen enough. Their
    /// action and their resource match; conditions and principal are for the caller to check.
    pub(super) fn statements(
        &self,
        documents: &impl Documents,
        asked: &Asked<'_>,
        concerned: &Concerned,
        effect: Effect,
        mut visit: impl FnMut(At) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut show = |group: u32| -> ControlFlow<()> {
            let Some(group) = self.groups.get(group as usize) else { return ControlFlow::Continue(()) };
            let list = match effect {
                Effect::Deny => group.denies,
                Effect::Allow => group.allows,
            };
            self.members.visit(list, documents, asked, &mut visit)
        };
        match &concerned.0 {
            Some(groups) => groups.iter().copied().try_for_each(show),
            None => self.each_group(documents, &asked.action, &mut show),
        }
    }

    fn each_group(
        &self,
        documents: &impl Documents,
        action: &Action<'_>,
        mut show: impl FnMut(u32) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        for place in self.exact.find(action.hash) {
            if self.groups.get(*place as usize).is_some_and(|group| *group.action == *action.text) {
                show(*place)?;
            }
        }
        let mut try_wild = |wild: &Wild| {
            if matches(documents, wild.pattern, action.text) {
                show(wild.group)
            } else {
                ControlFlow::Continue(())
            }
        };
        match &self.crowd {
            Some(crowd) => crowd.candidates(action.text, |place| {
                self.wild.get(place as usize).map_or(ControlFlow::Continue(()), &mut try_wild)
            })?,
            None => self.of_service(action.service).try_for_each(try_wild)?,
        }
        for (pattern, group) in &self.anywhere {
            if pattern.is_none_or(|pattern| matches(documents, pattern, action.text)) {
                show(*group)?;
            }
        }
        ControlFlow::Continue(())
    }
}

/// Files the patterns by their texts, if one service has many.
fn crowd(wild: &[Wild], documents: &impl Documents) -> Option<Box<Lookup>> {
    let is_crowd = wild.chunk_by(|left, right| left.service == right.service).any(|own| own.len() > FEW);
    let anchors = (0_u32..).zip(wild).filter_map(|(place, wild)| {
        let document = documents.document(wild.pattern.document as usize)?;
        Some((place, document.pats.get(wild.pattern.place as usize)?.anchor(&document.texts)))
    });
    is_crowd.then(|| Box::new(Lookup::new(anchors)))
}

fn matches(documents: &impl Documents, pattern: At, action: &str) -> bool {
    documents.document(pattern.document as usize).is_some_and(|document| {
        let pat = document.pats.get(pattern.place as usize);
        pat.is_some_and(|pat| pat.matches_fixed(action, &document.texts) == Some(true))
    })
}
