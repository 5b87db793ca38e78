//! The data directory: locked for this process, with the store's file in it, which is opened anew when the disk
//! has refused a write (a full disk has room again later) and not any more once it failed to confirm one.

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use redb::{Builder, Database, DatabaseError};

use super::{
    disk::{Disk, Health},
    table,
};
use crate::{error::StoreError, limits, revision::Revision};

/// The file that holds the records.
const STORE_FILE: &str = "store.redb";
/// The file whose lock says that the directory is in use. Never removed: a lock on a removed file excludes nobody.
const LOCK_FILE: &str = "store.lock";

/// A directory that no other engine has open.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    health: Arc<Health>,
    /// Nothing after a failure, until it is opened anew.
    database: RwLock<Option<Database>>,
    /// Held, not used: it goes last, when the file is closed.
    _lock: File,
}

impl Directory {
    /// Locks the directory and opens the file in it.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        make_directory(path).map_err(|error| failed("making the data directory", path, &error))?;
        let lock = lock(path)?;
        let health = Arc::new(Health::default());
        let database = open_file(path, &health)?;
        Ok(Self { path: path.to_owned(), health, database: RwLock::new(Some(database)), _lock: lock })
    }

    /// Whether the file is there.
    pub(super) fn holds_store(path: &Path) -> bool {
        path.join(STORE_FILE).is_file()
    }

    /// Does something with the file as it stands.
    pub(super) fn with_database<T>(
        &self,
        act: impl FnOnce(&Database) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        match database.as_ref() {
            Some(database) => act(database),
            None => Err(self.why_closed()),
        }
    }

    /// Lets go of the file after something failed, because redb answers nothing after an error of the disk.
    pub(super) fn close_file(&self) {
        *self.database.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Opens the file again if it was let go, and tells at which revision it is then: that of the last durable
    /// commit, or of one whose failure came too late.
    pub(super) fn reopen_file(&self) -> Result<Option<Revision>, StoreError> {
        let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
        if database.is_some() {
            return Ok(None);
        }
        if self.health.unconfirmed().is_some() {
            return Err(self.why_closed());
        }
        let reopened = open_file(&self.path, &self.health)?;
        let revision = table::revision(&reopened)?;
        *database = Some(reopened);
        Ok(Some(revision))
    }

    #[cfg(test)]
    pub(super) fn health(&self) -> &Health {
        &self.health
    }

    fn why_closed(&self) -> StoreError {
        match self.health.unconfirmed() {
            Some(detail) => StoreError::Halted { detail },
            None => StoreError::Unavailable {
                doing: "recovering",
                detail: "the disk refused a write; the next write tries again".to_owned(),
            },
        }
    }
}

/// Makes the directory, and its name in the one above durable.
fn make_directory(path: &Path) -> std::io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

fn lock(directory: &Path) -> Result<File, StoreError> {
    let path = directory.join(LOCK_FILE);
    let file = private().open(&path).map_err(|error| failed("locking the data directory", &path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(in_use(directory)),
        Err(TryLockError::Error(error)) => Err(failed("locking the data directory", &path, &error)),
    }
}

fn open_file(directory: &Path, health: &Arc<Health>) -> Result<Database, StoreError> {
    let path = directory.join(STORE_FILE);
    let opening = |error: &dyn std::fmt::Display| failed("opening the store", &path, error);
    let file = private().open(&path).map_err(|error| opening(&error))?;
    let database = Builder::new()
        .set_cache_size(limits::PAGE_CACHE_BYTES)
        .create_with_backend(Disk::new(file, Arc::clone(health)).map_err(|error| opening(&error))?)
        .map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => in_use(directory),
            DatabaseError::UpgradeRequired(_) => {
                StoreError::Corrupt { reason: format!("{} is not a store of this program", path.display()) }
            }
            other => table::failure("opening the store", other),
        })?;
    table::prepare(&database)?;
    // The file's name must be as durable as what is in it.
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(|error| opening(&error))?;
    Ok(database)
}

/// Options for a file that nobody else may read.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options
}

fn in_use(directory: &Path) -> StoreError {
    StoreError::Locked { directory: directory.display().to_string() }
}

fn failed(doing: &'static str, path: &Path, error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Unavailable { doing, detail: format!("{}: {error}", path.display()) }
}
