//! The engines, one file each behind one small trait.
//!
//! Preparing is what may be done when a policy changes or a session begins: parsing, compiling, indexing, documents of
//! data. Deciding starts at the plain [`Facts`] of a request and ends at yes or no; whatever the engine needs in
//! between (a context, entities, an input document) is built anew for every decision and is part of its time.

pub mod cedar;
pub mod iam_rs;
pub mod obvious;
pub mod ours;
pub mod regorus;

use crate::facts::{Caller, Facts};
use crate::policy::Policy;

/// Everything that stands before the first request.
#[derive(Debug, Clone)]
pub struct World {
    /// All policies.
    pub policies: Vec<Policy>,
    /// All callers.
    pub callers: Vec<Caller>,
}

impl World {
    /// The policies of a caller.
    pub fn policies_of<'a>(&'a self, caller: &'a Caller) -> impl Iterator<Item = &'a Policy> {
        caller.policies.iter().map(|at| &self.policies[*at])
    }
}

/// An engine with a world made ready.
pub trait Contestant {
    /// A look at the first requests, for engines that may choose between ways of their own.
    fn settle(&mut self, _requests: &[Facts]) {}

    /// Whether the request may proceed.
    fn allows(&mut self, facts: &Facts) -> bool;
}

/// An engine.
pub struct Engine {
    /// Its name in the tables.
    pub name: &'static str,
    /// Makes a world ready.
    pub prepare: fn(&World) -> Box<dyn Contestant>,
}

/// All of them, ours first.
pub const ENGINES: &[Engine] = &[
    Engine { name: "ours", prepare: ours::prepare },
    Engine { name: "regorus", prepare: regorus::prepare },
    Engine { name: "iam-rs", prepare: iam_rs::prepare },
    Engine { name: "cedar", prepare: cedar::prepare },
];
