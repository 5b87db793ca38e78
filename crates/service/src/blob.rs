//! Objects' bytes: under opaque ids, written aside first, visible to nobody until a record names them.
//!
//! An id is random; no key or name of a client's ever becomes a path. Bytes are durable before the record that
//! names them is committed. Bytes that no record names are swept at start. Whoever reads an object pins its bytes, so
//! that an object that is overwritten meanwhile is still read to its end.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path as Location;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload};

use crate::action::ByteStream;
use crate::error::ApiError;

/// Bytes gathered before they are handed to the disk.
const CHUNK: usize = 1024 * 1024;
/// Bytes read from the disk at once.
const READ: u64 = 256 * 1024;

/// Where objects' bytes lie.
#[derive(Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    directory: Option<PathBuf>,
    pins: Arc<Mutex<HashMap<String, Pinned>>>,
}

/// How many read a blob, and whether it is to be deleted when the last has done.
#[derive(Default)]
struct Pinned {
    readers: usize,
    is_doomed: bool,
}

/// While it lives, these blobs stay.
pub struct Pin {
    blobs: Blobs,
    ids: Vec<String>,
}

impl Drop for Pin {
    fn drop(&mut self) {
        let doomed = self.blobs.unpinned(&self.ids);
        // Outside a runtime the program is ending: the next start sweeps.
        if !doomed.is_empty()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let blobs = self.blobs.clone();
            runtime.spawn(async move {
                for id in doomed {
                    blobs.delete(&id).await;
                }
            });
        }
    }
}

fn location(id: &str) -> Location {
    // Two levels of folders keep each small.
    let (head, tail) = id.split_at_checked(2).unwrap_or((id, ""));
    Location::from(format!("{head}/{tail}"))
}

fn failed(doing: &str, error: &dyn std::fmt::Display) -> ApiError {
    tracing::error!(%error, doing, "the object bytes failed");
    ApiError::unavailable()
}

impl Blobs {
    /// In memory.
    pub fn in_memory() -> Self {
        Self { store: Arc::new(InMemory::new()), directory: None, pins: Arc::default() }
    }

    /// Below a directory that exists.
    ///
    /// # Errors
    /// [`ApiError`] of the world when the directory cannot be used.
    pub fn in_directory(directory: &Path) -> Result<Self, ApiError> {
        let store = LocalFileSystem::new_with_prefix(directory)
            .map_err(|error| failed("opening the directory", &error))?
            .with_fsync(true);
        Ok(Self { store: Arc::new(store), directory: Some(directory.to_owned()), pins: Arc::default() })
    }

    /// Begins to write a blob.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn begin(&self, id: &str) -> Result<BlobWriter, ApiError> {
        let upload = self
            .store
            .put_multipart(&location(id))
            .await
            .map_err(|error| failed("beginning a blob", &error))?;
        Ok(BlobWriter { upload: Some(upload), pending: Vec::new() })
    }

    /// A part of a blob as a stream; `range` must lie within it.
    pub fn read(&self, id: &str, range: Range<u64>) -> ByteStream {
        let (store, location) = (Arc::clone(&self.store), location(id));
        Box::pin(stream::try_unfold(range, move |left| {
            let (store, location) = (Arc::clone(&store), location.clone());
            async move {
                if left.is_empty() {
                    return Ok(None);
                }
                let end = left.end.min(left.start.saturating_add(READ));
                let bytes = store
                    .get_range(&location, left.start..end)
                    .await
                    .map_err(|error| failed("reading a blob", &error))?;
                Ok(Some((bytes, end..left.end)))
            }
        }))
    }

    /// Keeps these blobs until the pin is dropped.
    pub fn pin(&self, ids: &[String]) -> Pin {
        let mut pins = self.pins.lock().unwrap_or_else(PoisonError::into_inner);
        for id in ids {
            pins.entry(id.clone()).or_default().readers += 1;
        }
        Pin { blobs: self.clone(), ids: ids.to_vec() }
    }

    /// Takes one reader off each and returns those that are to be deleted now.
    fn unpinned(&self, ids: &[String]) -> Vec<String> {
        let mut pins = self.pins.lock().unwrap_or_else(PoisonError::into_inner);
        let mut doomed = Vec::new();
        for id in ids {
            let Some(pinned) = pins.get_mut(id) else { continue };
            pinned.readers = pinned.readers.saturating_sub(1);
            if pinned.readers == 0 && pins.remove(id).is_some_and(|pinned| pinned.is_doomed) {
                doomed.push(id.clone());
            }
        }
        doomed
    }

    /// Deletes a blob that no record names any more, as soon as nobody reads it.
    pub async fn discard(&self, id: &str) {
        let is_pinned = {
            let mut pins = self.pins.lock().unwrap_or_else(PoisonError::into_inner);
            pins.get_mut(id).map(|pinned| pinned.is_doomed = true).is_some()
        };
        if !is_pinned {
            self.delete(id).await;
        }
    }

    /// Deletes a blob; an absent one is no error, and a failure only leaves bytes to be swept later.
    async fn delete(&self, id: &str) {
        match self.store.delete(&location(id)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => {
                tracing::warn!(%error, "a blob could not be deleted; it will be swept at the next start");
            }
        }
    }

    /// The ids of all blobs.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn ids(&self) -> Result<Vec<String>, ApiError> {
        self.store
            .list(None)
            .map_ok(|meta| meta.location.as_ref().replace('/', ""))
            .map(|id| id.map_err(|error| failed("listing blobs", &error)))
            .try_collect()
            .await
    }
}

impl Blobs {
    /// Removes what unfinished writes of an earlier run left behind. To be called before anything is written.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn remove_unfinished(&self) -> Result<usize, ApiError> {
        let Some(directory) = self.directory.clone() else { return Ok(0) };
        let removed = tokio::task::spawn_blocking(move || remove_staged(&directory)).await;
        match removed {
            Ok(Ok(removed)) => Ok(removed),
            Ok(Err(error)) => Err(failed("removing unfinished blobs", &error)),
            Err(error) => Err(failed("removing unfinished blobs", &error)),
        }
    }
}

/// A blob is written beside its place, under a name with a `#`, which no id contains.
fn remove_staged(directory: &Path) -> std::io::Result<usize> {
    let mut removed = 0;
    for folder in std::fs::read_dir(directory)? {
        let folder = folder?;
        if !folder.file_type()?.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(folder.path())? {
            let file = file?;
            if file.file_name().to_string_lossy().contains('#') {
                std::fs::remove_file(file.path())?;
                removed += 1;
            }
        }
    }
    Ok(removed)
}

/// A blob that is being written. Dropped before [`BlobWriter::finish`], it leaves nothing.
pub struct BlobWriter {
    upload: Option<Box<dyn MultipartUpload>>,
    pending: Vec<u8>,
}

impl BlobWriter {
    /// Adds bytes.
    ///
    /// # Errors
    /// When the disk fails or is full.
    pub async fn write(&mut self, bytes: &Bytes) -> Result<(), ApiError> {
        self.pending.extend_from_slice(bytes);
        if self.pending.len() >= CHUNK { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> Result<(), ApiError> {
        let bytes = std::mem::take(&mut self.pending);
        let Some(upload) = self.upload.as_mut().filter(|_| !bytes.is_empty()) else { return Ok(()) };
        upload.put_part(PutPayload::from(bytes)).await.map_err(|error| failed("writing a blob", &error))
    }

    /// Makes the bytes durable.
    ///
    /// # Errors
    /// When the disk fails or is full.
    pub async fn finish(mut self) -> Result<(), ApiError> {
        self.flush().await?;
        match self.upload.take() {
            Some(mut upload) => {
                upload.complete().await.map(drop).map_err(|error| failed("completing a blob", &error))
            }
            None => Ok(()),
        }
    }

    /// Gives up; nothing is left.
    pub async fn abort(mut self) {
        if let Some(mut upload) = self.upload.take()
            && let Err(error) = upload.abort().await
        {
            tracing::warn!(%error, "an unfinished blob could not be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn written(blobs: &Blobs, id: &str, bytes: &'static [u8]) {
        let mut writer = blobs.begin(id).await.unwrap();
        writer.write(&Bytes::from_static(bytes)).await.unwrap();
        writer.finish().await.unwrap();
    }

    async fn content(blobs: &Blobs, id: &str, range: Range<u64>) -> Result<Vec<u8>, ApiError> {
        let pieces: Vec<Bytes> = blobs.read(id, range).try_collect().await?;
        Ok(pieces.concat())
    }

    #[tokio::test]
    async fn a_pinned_blob_is_deleted_when_its_last_reader_has_done() {
        let blobs = Blobs::in_memory();
        written(&blobs, "00ff", b"bytes").await;
        let ids = ["00ff".to_owned()];
        let (first, second) = (blobs.pin(&ids), blobs.pin(&ids));
        blobs.discard("00ff").await;
        drop(first);
        assert_eq!(content(&blobs, "00ff", 1..4).await.unwrap(), b"yte");
        drop(second);
        tokio::task::yield_now().await;
        assert!(content(&blobs, "00ff", 0..5).await.is_err());
    }

    #[tokio::test]
    async fn what_is_not_finished_leaves_nothing() {
        let directory = std::env::temp_dir().join(format!("portcullis-blobs-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let blobs = Blobs::in_directory(&directory).unwrap();
        written(&blobs, "00aa", b"kept").await;
        let mut writer = blobs.begin("00bb").await.unwrap();
        writer.write(&Bytes::from_static(b"lost")).await.unwrap();
        assert_eq!(blobs.ids().await.unwrap(), ["00aa"]);
        // As after a crash: the writer has no chance to clear up.
        std::mem::forget(writer);
        assert_eq!(blobs.remove_unfinished().await.unwrap(), 1);
        assert_eq!(blobs.ids().await.unwrap(), ["00aa"]);
        let written: usize = std::fs::read_dir(directory.join("00")).unwrap().count();
        assert_eq!(written, 1);
        std::fs::remove_dir_all(&directory).unwrap();
    }
}
