//! The statements of a group, and which of them a request can be about.
//!
//! A short list is walked through. A long one is filed by what tells its statements apart: by their resources, or,
//! where many name the same resource or all, by the values of a condition that every one of them needs.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::compile::{About, Compiled, Polarity, Row};
use super::condition::{Cond, Test};
use super::index::{Action, At, Documents};
use super::key::Key;
use super::lookup::{Anchor, FEW, Lookup};
use super::pat::{Pat, number};
use super::view::{Line, View};
use super::warm::warmed;
use crate::condition::Quantifier;

/// What is asked of statements.
pub(super) struct Asked<'q> {
    pub(super) action: Action<'q>,
    pub(super) resource: &'q str,
    pub(super) view: &'q View<'q>,
}

/// A list of statements.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum List {
    #[default]
    Empty,
    /// A list of one, which needs no further look.
    One(Member),
    /// Its first and the one behind its last among those of all short lists.
    Short(u32, u32),
    /// Its place among the files.
    Filed(u32),
}

/// A statement in a short list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    statement: At,
    /// The first of the patterns of its Resource and their number, where one of them must match and nothing else is
    /// asked of action and resource: then the statement itself is only looked at if one does. [`EVERY`] where every
    /// resource matches, none where there is more to ask.
    first: u32,
    count: u32,
}

const EVERY: u32 = u32::MAX;

/// All lists of an index.
#[derive(Debug, Clone, Default)]
pub(super) struct Members {
    statements: Box<[Member]>,
    files: Box<[Files]>,
}

/// A long list, filed.
#[derive(Debug, Clone)]
struct Files {
    entries: Box<[Entry]>,
    by_resource: Lookup,
    by_value: Box<[(Key, Lookup)]>,
}

/// A statement under one of its patterns.
#[derive(Debug, Clone, Copy)]
struct Entry {
    statement: At,
    /// The pattern of its Resource under which it stands; without one, nothing is known of its resource.
    resource: Option<u32>,
}

impl Members {
    /// Reads a little of what a decision is likely to read.
    pub(super) fn warm(&self) -> u32 {
        warmed(&self.statements, |member| member.first)
    }

    /// Shows the statements of a list whose action and resource match.
    pub(super) fn visit(
        &self,
        list: List,
        documents: &impl Documents,
        asked: &Asked<'_>,
        visit: &mut impl FnMut(At) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let one;
        let members: &[Member] = match list {
            List::Empty => &[],
            List::One(member) => {
                one = [member];
                &one
            }
            List::Short(start, end) => self.statements.get(start as usize..end as usize).unwrap_or_default(),
            List::Filed(place) => {
                return match self.files.get(place as usize) {
                    Some(files) => files.visit(documents, asked, visit),
                    None => ControlFlow::Continue(()),
                };
            }
        };
        for member in members {
            if member.concerns(documents, asked) {
                visit(member.statement)?;
            }
        }
        ControlFlow::Continue(())
    }
}

impl Member {
    fn new(documents: &impl Documents, statement: At) -> Self {
        let found =
            found(documents, statement).filter(|(_, (row, _))| row.action_polarity == Polarity::Listed);
        let resources = found.map(|(document, row)| (resources_of(document, row), row.1));
        let (first, count) = match resources {
            Some((Resources::Every, _)) => (0, EVERY),
            Some((Resources::Listed(places), about)) if about.resources.are_few() => {
                (places.start, places.end - places.start)
            }
            _ => (0, 0),
        };
        Self { statement, first, count }
    }

    fn concerns(self, documents: &impl Documents, asked: &Asked<'_>) -> bool {
        match self.count {
            EVERY => return true,
            0 => return concerns(documents, self.statement, asked),
            _ => {}
        }
        let (start, end) = (self.first, self.first + self.count);
        documents.document(self.statement.document as usize).is_some_and(|document| {
            let pats = document.pats.get(start as usize..end as usize).unwrap_or_default();
            pats.iter().any(|pat| pat.matches(asked.resource, &document.texts, asked.view))
        })
    }
}

impl Files {
    fn visit(
        &self,
        documents: &impl Documents,
        asked: &Asked<'_>,
        visit: &mut impl FnMut(At) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut show = |entry: u32| -> ControlFlow<()> {
            let Some(entry) = self.entries.get(entry as usize) else { return ControlFlow::Continue(()) };
            let is_about = match entry.resource {
                Some(pattern) => lists(documents, entry.statement, pattern, asked),
                None => concerns(documents, entry.statement, asked),
            };
            if is_about { visit(entry.statement) } else { ControlFlow::Continue(()) }
        };
        for (key, lookup) in &self.by_value {
            let mut line = Line::new();
            if let Some(text) = asked.view.value(key).and_then(|value| value.text(&mut line)) {
                lookup.candidates(text, &mut show)?;
            }
        }
        self.by_resource.candidates(asked.resource, &mut show)
    }
}

/// Both parts of a statement.
type Parts<'d> = (&'d Row, &'d About);

fn found(documents: &impl Documents, statement: At) -> Option<(&Compiled, Parts<'_>)> {
    let document = documents.document(statement.document as usize)?;
    let row = document.rows.get(statement.place as usize)?;
    Some((document, (row, document.about(statement.place)?)))
}

/// Whether the statement's action and resource match.
fn concerns(documents: &impl Documents, statement: At, asked: &Asked<'_>) -> bool {
    found(documents, statement).is_some_and(|(document, parts)| {
        is_action(document, parts, asked) && document.concerns_resource(parts, asked.resource, asked.view)
    })
}

/// Whether this pattern of the statement's Resource matches, and its action.
fn lists(documents: &impl Documents, statement: At, pattern: u32, asked: &Asked<'_>) -> bool {
    found(documents, statement).is_some_and(|(document, parts)| {
        let pat = document.pats.get(pattern as usize);
        pat.is_some_and(|pat| pat.matches(asked.resource, &document.texts, asked.view))
            && is_action(document, parts, asked)
    })
}

/// The group vouches for a listed action.
fn is_action(document: &Compiled, parts: Parts<'_>, asked: &Asked<'_>) -> bool {
    parts.0.action_polarity == Polarity::Listed || document.concerns_action(parts, asked.action.text)
}

/// The lists while they are made. Groups of the same statements share one.
pub(super) struct MembersBuilder<'d, D> {
    documents: &'d D,
    members: Vec<Member>,
    files: Vec<Files>,
    known: HashMap<Vec<At>, List>,
}

impl<'d, D: Documents> MembersBuilder<'d, D> {
    pub(super) fn new(documents: &'d D) -> Self {
        Self { documents, members: Vec::new(), files: Vec::new(), known: HashMap::new() }
    }

    pub(super) fn list(&mut self, statements: Vec<At>) -> List {
        match statements.as_slice() {
            [] => return List::Empty,
            [statement] => return List::One(Member::new(self.documents, *statement)),
            _ => {}
        }
        if let Some(list) = self.known.get(&statements) {
            return *list;
        }
        let list = if statements.len() > FEW {
            self.files.push(Files::new(self.documents, &statements));
            List::Filed(number(self.files.len() - 1))
        } else {
            let start = number(self.members.len());
            let members = statements.iter().map(|statement| Member::new(self.documents, *statement));
            self.members.extend(members);
            List::Short(start, number(self.members.len()))
        };
        self.known.insert(statements, list);
        list
    }

    pub(super) fn finish(self) -> Members {
        Members { statements: self.members.into(), files: self.files.into() }
    }
}

/// Under what a statement is filed.
enum Filing<'d> {
    Resources(std::ops::Range<u32>),
    Values(&'d Cond),
    Nothing,
}

impl Files {
    fn new<D: Documents>(documents: &D, statements: &[At]) -> Self {
        let rows: Vec<(At, &Compiled, Parts<'_>)> = statements
            .iter()
            .filter_map(|at| found(documents, *at).map(|(document, parts)| (*at, document, parts)))
            .collect();
        let mut same_resource: HashMap<&str, usize> = HashMap::new();
        for (_, document, parts) in &rows {
            *same_resource.entry(first_resource(document, *parts)).or_default() += 1;
        }
        let mut values: Vec<(&Key, Vec<(Entry, Anchor<'_>)>)> = Vec::new();
        let mut filed: Vec<(Entry, Anchor<'_>)> = Vec::new();
        for (at, document, parts) in &rows {
            let shared = same_resource.get(first_resource(document, *parts)).copied().unwrap_or_default();
            let anchor =
                |place: u32| document.pats.get(place as usize).map(|pat| pat.anchor(&document.texts));
            match filing(document, *parts, shared > FEW) {
                Filing::Resources(places) => filed.extend(places.filter_map(|place| {
                    Some((Entry { statement: *at, resource: Some(place) }, anchor(place)?))
                })),
                Filing::Values(condition) => {
                    let Test::Texts(pats) = &condition.test else { continue };
                    let known = values.iter().position(|(key, _)| **key == condition.key);
                    let place = known.unwrap_or_else(|| {
                        values.push((&condition.key, Vec::new()));
                        values.len() - 1
                    });
                    if let Some((_, list)) = values.get_mut(place) {
                        let entry = Entry { statement: *at, resource: None };
                        list.extend(pats.places().filter_map(|place| Some((entry, anchor(place)?))));
                    }
                }
                Filing::Nothing => {
                    filed.push((Entry { statement: *at, resource: None }, Anchor::Always));
                }
            }
        }
        let mut entries = Vec::new();
        let by_value =
            values.into_iter().map(|(key, list)| (key.clone(), looked_up(list, &mut entries))).collect();
        let by_resource = looked_up(filed, &mut entries);
        Self { entries: entries.into(), by_resource, by_value }
    }
}

fn looked_up(list: Vec<(Entry, Anchor<'_>)>, entries: &mut Vec<Entry>) -> Lookup {
    let start = u32::try_from(entries.len()).unwrap_or(u32::MAX);
    entries.extend(list.iter().map(|(entry, _)| *entry));
    Lookup::new((start..).zip(list.into_iter().map(|(_, anchor)| anchor)))
}

/// The text by which the first pattern of its Resource is told apart; empty where it is about everything.
fn first_resource<'d>(document: &'d Compiled, parts: Parts<'_>) -> &'d str {
    let listed = listed_resources(document, parts);
    let pat = listed.and_then(|places| document.pats.get(places.start as usize));
    match pat.map(|pat| pat.anchor(&document.texts)) {
        Some(Anchor::Exact(text) | Anchor::Prefix(text)) => text,
        Some(Anchor::Pieces(pieces)) => {
            pieces.iter().max_by_key(|piece| piece.len()).map_or("", AsRef::as_ref)
        }
        Some(Anchor::Always) | None => "",
    }
}

/// What a statement says of resources.
enum Resources {
    /// It is about all of them: `*` is listed, or the element is not there.
    Every,
    /// One of these patterns must match.
    Listed(std::ops::Range<u32>),
    /// None of its patterns may match.
    AllBut,
}

fn resources_of(document: &Compiled, (row, about): Parts<'_>) -> Resources {
    let places = about.resources.places();
    let pats = document.pats.get(places.start as usize..places.end as usize).unwrap_or_default();
    match row.resource_polarity {
        None => Resources::Every,
        Some(Polarity::AllBut) => Resources::AllBut,
        Some(Polarity::Listed) if pats.iter().any(|pat| matches!(pat, Pat::Any)) => Resources::Every,
        Some(Polarity::Listed) => Resources::Listed(places),
    }
}

/// The patterns of a Resource that is not about everything.
fn listed_resources(document: &Compiled, parts: Parts<'_>) -> Option<std::ops::Range<u32>> {
    match resources_of(document, parts) {
        Resources::Listed(places) => Some(places),
        Resources::Every | Resources::AllBut => None,
    }
}

fn filing<'d>(document: &'d Compiled, parts: Parts<'_>, is_crowded: bool) -> Filing<'d> {
    let resources = listed_resources(document, parts);
    match (resources, needed_value(document, parts.0)) {
        (Some(places), None) => Filing::Resources(places),
        (Some(places), Some(_)) if !is_crowded => Filing::Resources(places),
        (_, Some(condition)) => Filing::Values(condition),
        (None, None) => Filing::Nothing,
    }
}

/// A condition that holds for none but some texts of a single-valued key. (A negated one holds when the key is absent.)
fn needed_value<'d>(document: &'d Compiled, row: &Row) -> Option<&'d Cond> {
    document.conditions(row).iter().find(|condition| {
        matches!(condition.test, Test::Texts(_))
            && condition.quantifier == Quantifier::Single
            && !condition.holds_when_absent()
    })
}
