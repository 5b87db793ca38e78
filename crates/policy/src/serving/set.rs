//! The policies of one holder together: few are asked one after the other, many share one index, so that a decision
//! costs the same however many there are.

use std::sync::Arc;

use smallvec::SmallVec;

use super::compile::Compiled;
use super::index::{Documents, Index};

/// As many policies are asked one after the other.
const APART: usize = 6;

/// Policies that are asked together, each with the name under which an event shows it.
#[derive(Debug, Clone)]
pub struct PolicySet {
    // Most holders have one policy or two, which are then found with the set itself.
    policies: SmallVec<[(Arc<str>, Arc<Compiled>); 2]>,
    index: Option<Box<Index>>,
}

impl PolicySet {
    /// Puts policies together.
    pub fn new(policies: Vec<(Arc<str>, Arc<Compiled>)>) -> Self {
        let mut set = Self { policies: policies.into_iter().collect(), index: None };
        if set.policies.len() > APART {
            set.index = Some(Box::new(Index::new(&set)));
        }
        set
    }

    /// Whether it was made of just these documents, in this order.
    pub fn is_of<'c>(&self, documents: impl ExactSizeIterator<Item = &'c Arc<Compiled>>) -> bool {
        documents.len() == self.policies.len()
            && self.policies.iter().zip(documents).all(|((_, held), document)| Arc::ptr_eq(held, document))
    }

    /// How many policies there are.
    pub fn len(&self) -> usize {
        self.policies.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.policies.is_empty()
    }

    /// Whether so many policies are better asked together than one after the other.
    pub fn is_worth_it(policies: usize) -> bool {
        policies > APART
    }

    /// Reads a little of what a decision is likely to read.
    pub(super) fn warm(&self) -> u32 {
        match &self.index {
            Some(index) => index.warm(),
            None => self.policies.iter().fold(0, |seen, (_, compiled)| seen ^ compiled.warm()),
        }
    }

    pub(super) fn policies(&self) -> &[(Arc<str>, Arc<Compiled>)] {
        &self.policies
    }

    pub(super) fn index(&self) -> Option<&Index> {
        self.index.as_deref()
    }
}

impl Documents for PolicySet {
    fn document(&self, place: usize) -> Option<&Compiled> {
        self.policies.get(place).map(|(_, compiled)| &**compiled)
    }

    fn count(&self) -> usize {
        self.policies.len()
    }
}
