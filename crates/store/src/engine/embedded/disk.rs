//! The file beneath redb, watched for the one failure after which it must not be believed.
//!
//! When fsync fails, the system may drop the pages that it could not write and call them clean, so that a second
//! fsync succeeds over data that is lost. A failed write, on the other hand, such as on a full disk, comes
//! before redb points its header at the new pages, and leaves the old state whole.

#[cfg(test)]
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::{
    fs::File,
    io,
    sync::{Arc, OnceLock},
};

use redb::{DatabaseError, StorageBackend, backends::FileBackend};

/// What is known about the disk; outlives the file's being closed and opened.
#[derive(Debug, Default)]
pub(super) struct Health {
    unconfirmed: OnceLock<String>,
    #[cfg(test)]
    pub(super) failing_writes: AtomicU64,
    #[cfg(test)]
    pub(super) unsynced: AtomicBool,
    #[cfg(test)]
    pub(super) syncs: AtomicU64,
}

impl Health {
    /// What the disk said when it failed to confirm a write, if it ever did.
    pub(super) fn unconfirmed(&self) -> Option<String> {
        self.unconfirmed.get().cloned()
    }

    #[cfg(test)]
    fn before_write(&self) -> io::Result<()> {
        let left =
            self.failing_writes.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if left.is_ok() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    #[cfg(test)]
    fn before_sync(&self) -> io::Result<()> {
        self.syncs.fetch_add(1, Ordering::SeqCst);
        if self.unsynced.load(Ordering::SeqCst) {
            Err(io::Error::other("the disk is on fire"))
        } else {
            Ok(())
        }
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "only tests make the disk fail")]
    fn before_write(&self) -> io::Result<()> {
        Ok(())
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "only tests make the disk fail")]
    fn before_sync(&self) -> io::Result<()> {
        Ok(())
    }
}

/// The store's file. It takes no locks of its own: the directory is locked already.
#[derive(Debug)]
pub(super) struct Disk {
    file: FileBackend,
    health: Arc<Health>,
}

impl Disk {
    pub(super) fn new(file: File, health: Arc<Health>) -> Result<Self, DatabaseError> {
        Ok(Self { file: FileBackend::new(file)?, health })
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.health.before_write()?;
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        let synced = self.health.before_sync().and_then(|()| self.file.sync_data());
        if let Err(error) = &synced {
            self.health.unconfirmed.get_or_init(|| error.to_string());
        }
        synced
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.health.before_write()?;
        self.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }
}
