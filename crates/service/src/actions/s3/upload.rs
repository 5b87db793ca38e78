//! Unfinished uploads: finding them, and holding them still while they are finished or given up.
//!
//! Parts come in independently of each other, each in a transaction that depends on the upload's record as it was
//! read. Whoever completes or aborts the upload first *freezes* it, which rewrites that record: every part that is on
//! its way must then read it again, sees that it is frozen, and unfreezes it with its own commit. The completion
//! depends on the frozen record in turn, so that either it knows of the part or it does not happen. A freeze that
//! nobody follows up does no harm.

use std::collections::BTreeMap;

use portcullis_store::record::{PartRecord, UploadRecord};
use portcullis_store::{CommitError, Guard, Key, Range, Revision, Transaction, codec};

use super::place::Target;
use super::refusal::{invalid_argument, no_such_upload, overtaken};
use crate::action::Ask;
use crate::error::ApiError;
use crate::service::{ATTEMPTS_MAX, Service};

/// The highest number of a part (S3 User Guide, "Amazon S3 multipart upload limits").
pub(super) const PARTS_MAX: u16 = 10_000;
/// Parts read at once.
pub(super) const PAGE: usize = 1000;

/// An upload's place.
pub(super) struct Place {
    /// The object that it will become.
    pub(super) target: Target,
    /// Its id.
    pub(super) id: String,
}

/// An upload with the revision that wrote it.
pub(super) struct Upload {
    /// The record.
    pub(super) record: UploadRecord,
    /// When it was last written.
    pub(super) revision: Revision,
}

/// An upload that is held still, with its parts.
pub(super) struct Frozen {
    /// The upload.
    pub(super) upload: Upload,
    /// Its parts by number.
    pub(super) parts: BTreeMap<u16, PartRecord>,
}

impl Place {
    /// The upload that a request is about.
    ///
    /// # Errors
    /// Those of naming an object; `NoSuchUpload` for an id that was never given out.
    pub(super) fn of(ask: &Ask<'_>) -> Result<Self, ApiError> {
        let id = ask.text("UploadId")?;
        // Ids are parts of keys of the store, so nothing else than an id may pass.
        let is_id = id.len() == 64 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !is_id {
            return Err(no_such_upload(id));
        }
        Ok(Self { target: Target::of(ask)?, id: id.to_owned() })
    }

    /// The key of the upload's record.
    pub(super) fn key(&self) -> Key {
        Key::upload(&self.target.bucket.record.id, &self.target.key, &self.id)
    }

    /// The upload.
    ///
    /// # Errors
    /// `NoSuchUpload`; of the world when the store fails.
    pub(super) async fn read(&self, service: &Service) -> Result<Upload, ApiError> {
        let held = service.engine.read(&self.key()).await?.ok_or_else(|| no_such_upload(&self.id))?;
        Ok(Upload { record: codec::from_bytes(&held.value)?, revision: held.revision })
    }

    /// Holds the upload still and reads its parts.
    ///
    /// # Errors
    /// `NoSuchUpload`; of the world when the store fails.
    pub(super) async fn freeze(&self, service: &Service) -> Result<Frozen, ApiError> {
        for _ in 0..ATTEMPTS_MAX {
            let Upload { mut record, revision } = self.read(service).await?;
            record.is_frozen = true;
            let freeze = Transaction::new()
                .guard(Guard::At(self.key(), revision))
                .put(self.key(), codec::to_bytes(&record));
            match service.engine.commit(freeze).await {
                Ok(revision) => {
                    let parts = self.parts(service).await?;
                    return Ok(Frozen { upload: Upload { record, revision }, parts });
                }
                Err(CommitError::Conflict) => {}
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
        Err(overtaken())
    }

    async fn parts(&self, service: &Service) -> Result<BTreeMap<u16, PartRecord>, ApiError> {
        let mut parts = BTreeMap::new();
        let mut range = Range::prefix(&Key::parts(&self.id).0).limit(PAGE);
        loop {
            let page = service.engine.range(range.clone()).await?;
            let last = page.items.last().map(|(key, _)| key.clone());
            for (_, held) in page.items {
                let part: PartRecord = codec::from_bytes(&held.value)?;
                parts.insert(part.number, part);
            }
            match last {
                Some(last) if page.more => range = range.beyond(&last),
                _ => return Ok(parts),
            }
        }
    }
}

/// The number of the part that a request is about.
///
/// # Errors
/// `InvalidArgument` outside 1 to 10,000.
pub(super) fn part_number(ask: &Ask<'_>) -> Result<u16, ApiError> {
    let number = ask.input.int("PartNumber").unwrap_or(0);
    let fitting = u16::try_from(number).ok().filter(|number| (1..=PARTS_MAX).contains(number));
    fitting.ok_or_else(|| {
        let message = "Part number must be an integer between 1 and 10000, inclusive";
        invalid_argument("partNumber", &number.to_string(), message)
    })
}
