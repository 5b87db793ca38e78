//! Where Portcullis keeps what it knows: byte records under ordered keys, changed by guarded transactions that
//! each make one revision, and followed by watches.
//!
//! The [`engine::Engine`] trait promises no more than a replicated store such as etcd can keep, so that the
//! engine can be exchanged without touching anything above: [`engine::memory`] for `--ephemeral` and tests,
//! [`engine::EmbeddedEngine`] for one node with a disk. Both pass the one [`conformance`] suite.
//!
//! What a record means is not known here beyond its bytes' layout, what a policy means not at all; and no
//! engine's types or errors leave this crate.

#![deny(missing_docs)]

pub mod codec;
pub mod conformance;
pub mod decorate;
pub mod engine;
pub mod error;
pub mod key;
pub mod limits;
pub mod record;
pub mod revision;
pub mod seal;
pub mod transaction;
pub mod watch;

pub use engine::{BoxFuture, EmbeddedEngine, Engine, MemoryEngine, Page, Range, Versioned, memory};
pub use error::{CommitError, StoreError, WatchError};
pub use key::Key;
pub use revision::Revision;
pub use seal::MasterKey;
pub use transaction::{Guard, Transaction};
pub use watch::{Change, Watch};
