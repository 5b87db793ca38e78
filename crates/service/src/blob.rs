//! Objects' bytes: under opaque ids, written aside first, visible to nobody until a record names them.
//!
//! An id is random; no key or name of a client's ever becomes a path. Bytes are durable before the record that
//! names them is committed. Bytes that no record names are swept at start.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path as Location;
use object_store::{GetOptions, GetRange, MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload};

use crate::action::ByteStream;
use crate::error::ApiError;

/// Bytes gathered before they are handed to the disk.
const CHUNK: usize = 1024 * 1024;

/// Where objects' bytes lie.
#[derive(Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
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
        Self { store: Arc::new(InMemory::new()) }
    }

    /// Below a directory that exists.
    ///
    /// # Errors
    /// [`ApiError`] of the world when the directory cannot be used.
    pub fn in_directory(directory: &Path) -> Result<Self, ApiError> {
        let store = LocalFileSystem::new_with_prefix(directory)
            .map_err(|error| failed("opening the directory", &error))?
            .with_fsync(true);
        Ok(Self { store: Arc::new(store) })
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

    /// A part of a blob as a stream.
    ///
    /// # Errors
    /// When it is not there or the disk fails.
    pub async fn read(&self, id: &str, range: Range<u64>) -> Result<ByteStream, ApiError> {
        if range.is_empty() {
            return Ok(Box::pin(futures_util::stream::empty()));
        }
        let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
        let found = self
            .store
            .get_opts(&location(id), options)
            .await
            .map_err(|error| failed("opening a blob", &error))?;
        Ok(Box::pin(found.into_stream().map_err(|error| failed("reading a blob", &error))))
    }

    /// Deletes a blob; an absent one is no error, and a failure only leaves bytes to be swept later.
    pub async fn delete(&self, id: &str) {
        match self.store.delete(&location(id)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => {
                tracing::warn!(%error, "a blob could not be deleted; it will be swept at the next start")
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
