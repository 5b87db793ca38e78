//! Generated policies and requests: from one number, one request of one principal and the text of every policy that
//! has a say in it. Machines compare engines on them all night; nothing here is shipped.
//!
//! ```
//! use portcullis_policy::decide;
//! use portcullis_sim::Case;
//!
//! let case = Case::generate(7);
//! assert_eq!(case, Case::generate(7));
//! let parsed = case.parse().unwrap();
//! let decision = parsed.layers(|layers| decide(&case.request(), layers));
//! println!("{:?}\n{case}", decision.verdict);
//! ```
//!
//! The request is drawn first (`scene`, from the pools of `cast`, `actions` and `keys`); policies are written with it
//! in view (`layers`, `statement`, `principal`, `condition`, `operand`, `shape`), so that about half of the requests
//! are allowed and the rest fails by a single element. `show` prints a case as a file of the corpus, `shrink` makes it
//! small.

#![deny(missing_docs)]

mod actions;
mod case;
mod cast;
mod condition;
mod dice;
pub mod history;
mod json;
mod keys;
mod layers;
mod operand;
pub mod oracle;
mod principal;
mod scene;
mod shape;
mod show;
mod shrink;
mod statement;

pub use case::{Case, Owner, ParsedCase, Text, Texts};
pub use dice::Dice;

/// How much of what there is comes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Everything that the engine knows.
    Everything,
    /// What other implementations of AWS's rules know too: no native revocations, no sessions of callers without a
    /// permission of their own, no spellings that AWS's documents leave open.
    Comparable,
}
