//! What can go wrong in the audit log: always the world's fault, and always worth trying again.

use std::io;
use std::path::{Path, PathBuf};

use portcullis_store::StoreError;

/// Why an event could not be kept or found.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// A file could not be read or written.
    #[error("the audit log cannot use {}", path.display())]
    File {
        /// Which file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Events of earlier writes wait for room in the journal, and no more of them fit into memory.
    #[error("the audit log is behind: {waiting} events of writes wait for their place in the journal")]
    Behind {
        /// How many wait.
        waiting: usize,
    },
    /// The store did not give or delete its event records.
    #[error("the store does not serve the audit log")]
    Store {
        /// What it said.
        #[from]
        source: StoreError,
    },
    /// A segment of the journal that was not sealed is gone.
    #[error("a segment of the audit log's journal is missing")]
    Missing,
    /// Work on a thread of its own was cut off, because the process ends or because of a defect.
    #[error("work of the audit log was cut off")]
    CutOff,
}

impl AuditError {
    /// For `map_err`: this path, and what the operating system said of it.
    pub(super) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}
