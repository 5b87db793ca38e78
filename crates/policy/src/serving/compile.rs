//! A document made ready for serving: once, when it changes, and shared by all who have it.
//!
//! Its statements, patterns and conditions stand in flat lists that point into one text, so that a decision reads few
//! and neighbouring places; an index in front of them says which statements an action and a resource concern.

use std::num::NonZeroU32;
use std::ops::Range;

use super::condition::{Cond, Room, Shelf};
use super::index::{Documents, Index};
use super::pat::{Literal, Pat, Pats, Span, number};
use super::view::View;
use super::warm::warmed;
use crate::condition::Sense;
use crate::condition::date::Instant;
use crate::document::{ActionPattern, Clause, Document, Effect, ResourcePattern, Statement};
use crate::pattern::Token;
use crate::principal_match::Entry;

/// Whether an element lists what it is about or what it is not about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Polarity {
    Listed,
    AllBut,
}

/// One statement, as far as every decision that comes to it reads it.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) effect: Effect,
    pub(super) action_polarity: Polarity,
    /// `None` in trust policies.
    pub(super) resource_polarity: Option<Polarity>,
    /// One more than the place of its Principal element among those of the document.
    principal: Option<NonZeroU32>,
    conditions: Range<u32>,
}

/// The rest of a statement: what the index mostly answers for.
#[derive(Debug, Clone)]
pub(super) struct About {
    pub(super) actions: Pats,
    pub(super) resources: Pats,
    sid: Option<Span>,
}

/// A policy as the serving engine decides by it.
///
/// ```
/// use portcullis_policy::{PolicyKind, parse, serving::Compiled};
/// let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}"#;
/// let compiled = Compiled::new(&parse(text, PolicyKind::Identity).unwrap().document);
/// assert_eq!(compiled.statement_count(), 1);
/// ```
#[derive(Debug, Clone)]
pub struct Compiled {
    pub(super) rows: Box<[Row]>,
    pub(super) pats: Box<[Pat]>,
    pub(super) texts: Box<str>,
    conditions: Box<[Cond]>,
    instants: Box<[Instant]>,
    // INVARIANT: as many as there are rows.
    abouts: Box<[About]>,
    principals: Box<[Clause<Entry>]>,
    pub(super) index: Index,
}

/// The lists while they grow.
#[derive(Default)]
struct Lists {
    rows: Vec<Row>,
    shelf: Shelf,
    conditions: Vec<Cond>,
    principals: Vec<Clause<Entry>>,
}

impl Compiled {
    /// Makes a document ready. Principals that were resolved to unique ids stay resolved.
    pub fn new(document: &Document) -> Self {
        let mut lists = Lists::default();
        for statement in document.statements() {
            lists.add(statement);
        }
        // The patterns of resources stand close together, since those are looked at most.
        let resources = document
            .statements()
            .iter()
            .map(|statement| lists.shelf.resources(statement.resource.as_ref().map_or(&[], Clause::items)));
        let resources: Vec<Pats> = resources.collect();
        let abouts = document.statements().iter().zip(resources).map(|(statement, resources)| About {
            actions: lists.shelf.actions(statement.action.items()),
            resources,
            sid: statement.sid.as_ref().map(|sid| Span::append(sid, &mut lists.shelf.texts)),
        });
        let abouts = abouts.collect();
        let mut compiled = Self {
            rows: lists.rows.into(),
            pats: lists.shelf.pats.into(),
            texts: lists.shelf.texts.into(),
            conditions: lists.conditions.into(),
            instants: lists.shelf.instants.into(),
            abouts,
            principals: lists.principals.into(),
            index: Index::default(),
        };
        compiled.index = Index::new(&compiled);
        compiled
    }

    /// How many statements it has.
    pub fn statement_count(&self) -> usize {
        self.rows.len()
    }

    /// The Sid of a statement, if it has one.
    pub fn sid(&self, statement: usize) -> Option<&str> {
        self.abouts.get(statement)?.sid.map(|sid| sid.of(&self.texts))
    }

    /// Reads a little of what a decision is likely to read (see [`super::Layers::warm`]).
    pub(super) fn warm(&self) -> u32 {
        warmed(&self.rows, |row| row.conditions.start)
            ^ warmed(&self.conditions, |condition| u32::from(condition.sense == Sense::Negated))
            ^ warmed(&self.pats, |pat| u32::from(matches!(pat, Pat::Any)))
            ^ self.instants.first().map_or(0, |instant| u32::from(*instant == Instant::EPOCH))
            ^ self.index.warm()
    }

    pub(super) fn principal(&self, row: &Row) -> Option<&Clause<Entry>> {
        self.principals.get(row.principal?.get() as usize - 1)
    }

    pub(super) fn conditions(&self, row: &Row) -> &[Cond] {
        let Range { start, end } = row.conditions;
        self.conditions.get(start as usize..end as usize).unwrap_or_default()
    }

    pub(super) fn conditions_hold(&self, row: &Row, view: &View<'_>) -> bool {
        let room = Room { pats: &self.pats, texts: &self.texts, instants: &self.instants };
        self.conditions(row).iter().all(|condition| condition.holds(room, view))
    }

    /// The rest of the statement at this place.
    pub(super) fn about(&self, statement: u32) -> Option<&About> {
        self.abouts.get(statement as usize)
    }

    /// Whether the statement concerns the resource.
    pub(super) fn concerns_resource(
        &self,
        (row, about): (&Row, &About),
        resource: &str,
        view: &View<'_>,
    ) -> bool {
        let Some(polarity) = row.resource_polarity else { return true };
        let is_listed = about.resources.any(&self.pats, resource, &self.texts, view);
        is_listed == (polarity == Polarity::Listed)
    }

    /// Whether its Action, which is not looked up by the index, concerns the action, given in lower case.
    pub(super) fn concerns_action(&self, (row, about): (&Row, &About), action: &str) -> bool {
        let is_listed = about.actions.any_fixed(&self.pats, action, &self.texts);
        is_listed == (row.action_polarity == Polarity::Listed)
    }
}

impl Documents for Compiled {
    fn document(&self, _: usize) -> Option<&Compiled> {
        Some(self)
    }

    fn count(&self) -> usize {
        1
    }
}

impl Lists {
    fn add(&mut self, statement: &Statement) {
        let conditions_start = self.conditions.len();
        for condition in &statement.conditions {
            let ready = Cond::new(condition, &mut self.shelf);
            self.conditions.push(ready);
        }
        let principal = statement.principal.as_ref().and_then(|clause| {
            self.principals.push(clause.clone());
            NonZeroU32::new(number(self.principals.len()))
        });
        self.rows.push(Row {
            effect: statement.effect,
            action_polarity: polarity(&statement.action),
            resource_polarity: statement.resource.as_ref().map(polarity),
            principal,
            conditions: number(conditions_start)..number(self.conditions.len()),
        });
    }
}

impl Shelf {
    fn actions(&mut self, patterns: &[ActionPattern]) -> Pats {
        let start = self.pats.len();
        for pattern in patterns {
            let folded = pattern.text.to_ascii_lowercase();
            let tokens: Vec<Token> = folded.chars().map(Token::of).collect();
            self.pats.push(Pat::fixed(&tokens, &mut self.texts));
        }
        Pats::since(start, &self.pats, &self.texts)
    }

    fn resources(&mut self, patterns: &[ResourcePattern]) -> Pats {
        use super::pat::Manner;
        let start = self.pats.len();
        for pattern in patterns {
            let pat = match &pattern.arn {
                Some(arn) => Pat::new(arn.template(), Manner::Arn, Some(arn), &mut self.texts),
                None => Pat::Never,
            };
            self.pats.push(pat);
        }
        Pats::since(start, &self.pats, &self.texts)
    }
}

fn polarity<T>(clause: &Clause<T>) -> Polarity {
    match clause {
        Clause::Listed(_) => Polarity::Listed,
        Clause::AllBut(_) => Polarity::AllBut,
    }
}

impl Pat {
    /// The pattern of tokens without variables.
    fn fixed(tokens: &[Token], texts: &mut String) -> Self {
        let is_open = tokens.last() == Some(&Token::Many);
        let plain = tokens.get(..tokens.len() - usize::from(is_open)).unwrap_or_default();
        let text: Option<String> = plain
            .iter()
            .map(|token| match token {
                Token::Char(character) => Some(*character),
                Token::One | Token::Many => None,
            })
            .collect();
        match text {
            Some(text) if is_open && text.is_empty() => Self::Any,
            Some(text) if is_open => Self::Prefix(Literal::append(&text, texts)),
            Some(text) => Self::Exact(Literal::append(&text, texts)),
            None => Self::shape(tokens),
        }
    }
}
