//! Clearing up: marks and bytes of blobs that nothing refers to any more.
//!
//! A blob is marked in the store by the transaction that makes something refer to it, and unmarked by the one that
//! ends the last reference; only then are its bytes deleted. If there are more marks than a transaction can take, it
//! leaves a record of what is to be cleared up instead, so that a crash in between leaks nothing. Bytes without a mark
//! are swept at start.

use std::collections::HashSet;
use std::sync::Arc;

use portcullis_store::record::{GarbageRecord, PartRecord, UploadRecord};
use portcullis_store::{CommitError, Key, Range, Transaction, codec, key};

use crate::draft::Draft;
use crate::error::ApiError;
use crate::service::Service;

/// How many marks a change removes itself.
const DIRECT_MAX: usize = 16;
/// How many records a clearing transaction removes; below the store's limit.
const BATCH: usize = 100;
/// How many marks are read at once while sweeping.
const PAGE: usize = 1000;

/// Something to be cleared up once the change that it belongs to has been committed.
#[must_use]
pub(super) enum Garbage {
    /// Blobs whose marks the change itself removes.
    Unmarked(Vec<String>),
    /// A record that the change leaves.
    Recorded(String, GarbageRecord),
}

impl Garbage {
    /// Drafts the end of these blobs' references; with an upload, also that of its parts' records.
    pub(super) fn draft(
        service: &Service,
        draft: &mut Draft,
        blobs: Vec<String>,
        upload: Option<&str>,
    ) -> Self {
        if upload.is_none() && blobs.len() <= DIRECT_MAX {
            for blob in &blobs {
                draft.delete(Key::blob(blob));
            }
            return Self::Unmarked(blobs);
        }
        let id = service.random_id(16);
        Self::recorded(draft, id, GarbageRecord { blobs, upload: upload.map(str::to_owned), bucket: None })
    }

    /// Drafts the end of all unfinished uploads to a bucket that is deleted.
    pub(super) fn draft_uploads(service: &Service, draft: &mut Draft, bucket_id: &str) -> Self {
        let record = GarbageRecord { blobs: Vec::new(), upload: None, bucket: Some(bucket_id.to_owned()) };
        Self::recorded(draft, service.random_id(16), record)
    }

    fn recorded(draft: &mut Draft, id: String, record: GarbageRecord) -> Self {
        draft.put(Key::garbage(&id), codec::to_bytes(&record));
        Self::Recorded(id, record)
    }

    /// Clears up, after the commit. The reply does not wait for it: what is left undone, the next start does.
    pub(super) fn collect(self, service: &Arc<Service>) {
        if matches!(&self, Self::Unmarked(blobs) if blobs.is_empty()) {
            return;
        }
        let service = Arc::clone(service);
        tokio::spawn(async move {
            let collected = match self {
                Self::Unmarked(blobs) => {
                    discard(&service, &blobs).await;
                    Ok(())
                }
                Self::Recorded(id, record) => clear(&service, Key::garbage(&id), &record).await,
            };
            if let Err(error) = collected {
                tracing::warn!(%error, "clearing up failed; the next start goes on with it");
            }
        });
    }
}

async fn discard(service: &Service, blobs: &[String]) {
    for blob in blobs.iter().filter(|blob| !blob.is_empty()) {
        service.blobs.discard(blob).await;
    }
}

/// Does what a record says. Doing it twice does no harm, so a crash at any point is made good by doing it again.
async fn clear(service: &Service, place: Key, record: &GarbageRecord) -> Result<(), ApiError> {
    unmark(service, &record.blobs).await?;
    if let Some(upload) = &record.upload {
        clear_parts(service, upload, Bytes::Used).await?;
    }
    if let Some(bucket) = &record.bucket {
        let uploads = Range::prefix(&Key::uploads(bucket).0).limit(BATCH);
        while let Some(page) = next(service, &uploads).await? {
            for (key, value) in page {
                let upload: UploadRecord = codec::from_bytes(&value)?;
                clear_parts(service, &upload.id, Bytes::Unused).await?;
                delete(service, vec![key]).await?;
            }
        }
    }
    delete(service, vec![place]).await
}

/// What is to become of parts' bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bytes {
    /// An object has them, or they have been cleared up already.
    Used,
    /// Nothing has them.
    Unused,
}

async fn clear_parts(service: &Service, upload: &str, bytes: Bytes) -> Result<(), ApiError> {
    let parts = Range::prefix(&Key::parts(upload).0).limit(BATCH);
    while let Some(page) = next(service, &parts).await? {
        let (keys, values): (Vec<Key>, Vec<Vec<u8>>) = page.into_iter().unzip();
        if bytes == Bytes::Unused {
            let records = values.iter().map(|value| codec::from_bytes::<PartRecord>(value));
            let blobs: Vec<String> =
                records.map(|part| part.map(|part| part.blob)).collect::<Result<_, _>>()?;
            unmark(service, &blobs).await?;
        }
        delete(service, keys).await?;
    }
    Ok(())
}

/// The first records of a range that is being emptied; nothing when it is empty.
async fn next(service: &Service, range: &Range) -> Result<Option<Vec<(Key, Vec<u8>)>>, ApiError> {
    let page = service.engine.range(range.clone()).await?;
    let records: Vec<_> = page.items.into_iter().map(|(key, held)| (key, held.value)).collect();
    Ok(Some(records).filter(|records| !records.is_empty()))
}

async fn unmark(service: &Service, blobs: &[String]) -> Result<(), ApiError> {
    for blobs in blobs.chunks(BATCH) {
        // A part without bytes has no blob, and so no mark.
        let marks = blobs.iter().filter(|blob| !blob.is_empty()).map(|blob| Key::blob(blob)).collect();
        delete(service, marks).await?;
        discard(service, blobs).await;
    }
    Ok(())
}

/// Deletes records that no decision reads and no guard stands on.
async fn delete(service: &Service, deletes: Vec<Key>) -> Result<(), ApiError> {
    let transaction = Transaction { deletes, ..Transaction::default() };
    match service.engine.commit(transaction).await {
        Ok(_) => Ok(()),
        Err(CommitError::Store(error)) => Err(error.into()),
        Err(CommitError::Conflict) => Err(ApiError::internal("a change without guards was a conflict")),
    }
}

/// What a sweep found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// Records of things to be cleared up.
    pub records: usize,
    /// Writes that were not finished.
    pub unfinished: usize,
    /// Blobs that nothing refers to.
    pub blobs: usize,
}

/// Clears up what an earlier run left behind. To be called at start, before any request is answered.
///
/// # Errors
/// Of the world, when the store or the disk fails.
pub async fn sweep(service: &Service) -> Result<Swept, ApiError> {
    let mut swept = Swept::default();
    for (place, value) in all(service, key::GARBAGE).await? {
        clear(service, place, &codec::from_bytes(&value)?).await?;
        swept.records += 1;
    }
    swept.unfinished = service.blobs.remove_unfinished().await?;
    let marks = all(service, key::BLOBS).await?;
    let marked: HashSet<&[u8]> =
        marks.iter().filter_map(|(key, _)| key.0.strip_prefix(key::BLOBS.as_bytes())).collect();
    for blob in service.blobs.ids().await? {
        if !marked.contains(blob.as_bytes()) {
            service.blobs.discard(&blob).await;
            swept.blobs += 1;
        }
    }
    Ok(swept)
}

/// Every record under a prefix.
async fn all(service: &Service, prefix: &str) -> Result<Vec<(Key, Vec<u8>)>, ApiError> {
    let mut records = Vec::new();
    let mut range = Range::prefix(prefix.as_bytes()).limit(PAGE);
    loop {
        let page = service.engine.range(range.clone()).await?;
        let last = page.items.last().map(|(key, _)| key.clone());
        records.extend(page.items.into_iter().map(|(key, held)| (key, held.value)));
        match last {
            Some(last) if page.more => range = range.beyond(&last),
            _ => return Ok(records),
        }
    }
}
