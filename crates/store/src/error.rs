//! What can go wrong in the store, in its own words: engines' errors are told as text and go no further.

use crate::revision::Revision;

/// Why the store did not do what it was asked. Cloneable, because one failed sync answers many callers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process (or another engine in this one) has the data directory open.
    #[error("the data directory {directory} is in use by another server")]
    Locked {
        /// The directory.
        directory: String,
    },
    /// The data was written by a newer version, which may mean things that this one would overlook.
    #[error(
        "the store has format {found}, and this version understands formats up to {known}: it was written by a newer version"
    )]
    NewerFormat {
        /// The format that the store is in.
        found: u64,
        /// The newest that this version understands.
        known: u64,
    },
    /// What lies on the disk is not what was written there.
    #[error("the store is damaged: {reason}")]
    Corrupt {
        /// What was found.
        reason: String,
    },
    /// The store cannot be reached or could not do its work now. Of a commit it says: the caller knows nothing.
    /// It is not visible now, but if the failure came late enough, it may turn out to have happened.
    #[error("the store failed while {doing}: {detail}")]
    Unavailable {
        /// What it was about to do, such as `writing to disk`.
        doing: &'static str,
        /// What the layer below said.
        detail: String,
    },
    /// The disk failed to confirm a write, after which nothing it says about recent writes can be believed.
    /// Nothing is written or read until the server has been restarted.
    #[error(
        "the store takes no more requests because the disk did not confirm a write ({detail}): check the disk, then restart the server"
    )]
    Halted {
        /// What the disk said.
        detail: String,
    },
    /// The transaction breaks a rule of the store (see [`crate::limits`]); sent again, it will break it again.
    #[error("the transaction was refused: {detail}")]
    Refused {
        /// Which rule.
        detail: String,
    },
    /// Sealed bytes that do not open: tampered with, moved from another key, or sealed under another master key.
    #[error("the sealed record does not open: {detail}")]
    Unsealable {
        /// What is wrong with them, as far as one may say.
        detail: &'static str,
    },
    /// The master key cannot be used.
    #[error("the master key {path} cannot be used: {detail}")]
    MasterKey {
        /// Where it lies or should lie.
        path: String,
        /// Why, and what to do about it.
        detail: String,
    },
}

/// Why a transaction was not committed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// A guard did not hold: somebody else was first. Nothing was written; read again, decide again, try again.
    #[error("the records changed in the meantime")]
    Conflict,
    /// The store failed; see there for what may be assumed about the transaction.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a watch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WatchError {
    /// The watch fell behind what the store remembers: load everything anew and watch from the revision of that.
    #[error("changes up to revision {forgotten} are no longer remembered: load anew")]
    Lagged {
        /// The newest change that is no longer remembered.
        forgotten: Revision,
    },
    /// The engine is gone.
    #[error("the store has been closed")]
    Closed,
}
