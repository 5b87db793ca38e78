//! Bytes on their way in: to a blob that nothing refers to yet.
//!
//! Each piece that comes out of the body has been checked against its signature; the whole is checked at the end.
//! Whatever goes wrong before the commit leaves nothing.

use bytes::Bytes;
use futures_util::TryStreamExt;
use md5::{Digest, Md5};

use super::refusal::invalid_request;
use crate::action::ByteStream;
use crate::blob::BlobWriter;
use crate::error::{ApiError, Whose};
use crate::flow::{Flow, NotCommitted};
use crate::port::{Body, BodyDigest};
use crate::service::Service;

/// Bytes of one upload, or one part of one (S3 User Guide, "Uploading objects": 5 GB).
const UPLOAD_MAX: u64 = 5 * 1024 * 1024 * 1024;

/// Bytes that have come in and are durable.
pub(super) struct Incoming {
    /// Where they lie; nowhere if there are none.
    pub(super) blob: Option<String>,
    /// What they are.
    pub(super) digest: BodyDigest,
}

impl Incoming {
    /// MD5 in hex: the etag of an object that came in one piece.
    pub(super) fn etag(&self) -> String {
        hex::encode(self.digest.md5)
    }

    /// The blobs with their sizes, as an object's record has them.
    pub(super) fn blobs(&self) -> (Vec<String>, Vec<u64>) {
        let sizes = self.blob.iter().map(|_| self.digest.length).collect();
        (self.blob.iter().cloned().collect(), sizes)
    }

    /// Gives the bytes up after a commit that failed. If nobody knows whether it happened they must stay: the next
    /// start sweeps them if it did not.
    pub(super) async fn give_up(self, service: &Service, why: &NotCommitted) {
        let is_known = match why {
            NotCommitted::Overtaken => true,
            NotCommitted::Refused(error) => error.whose == Whose::Caller,
        };
        if let Some(blob) = self.blob.filter(|_| is_known) {
            service.blobs.discard(&blob).await;
        }
    }
}

fn too_large() -> ApiError {
    ApiError::caller("EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size")
        .with("MaxSizeAllowed", UPLOAD_MAX.to_string())
}

/// Takes the request's body in.
///
/// # Errors
/// Those of the body; `EntityTooLarge`; of the world when the disk fails.
pub(super) async fn receive(flow: &mut Flow) -> Result<Incoming, ApiError> {
    let mut body = flow.take_body().ok_or_else(|| ApiError::internal("an upload came without its body"))?;
    let mut sink = Sink::begin(&flow.service).await?;
    let received = match pour(body.as_mut(), &mut sink).await {
        Ok(digest) => sink.end(digest).await,
        Err(error) => sink.abort(error).await,
    };
    if let Ok(incoming) = &received {
        flow.trail.bytes.0 = incoming.digest.length;
    }
    received
}

async fn pour(body: &mut dyn Body, sink: &mut Sink) -> Result<BodyDigest, ApiError> {
    while let Some(piece) = body.next().await? {
        sink.write(&piece).await?;
    }
    body.digest()
}

/// Takes in a copy of bytes that are here already.
///
/// # Errors
/// `InvalidRequest` for more than a copy may have; of the world when the disk fails.
pub(super) async fn copy(service: &Service, mut from: ByteStream, length: u64) -> Result<Incoming, ApiError> {
    if length > UPLOAD_MAX {
        let message = "The specified copy source is larger than the maximum allowable size for a copy source: \
                       5368709120";
        return Err(invalid_request(message));
    }
    let mut sink = Sink::begin(service).await?;
    let mut md5 = Md5::new();
    loop {
        match from.try_next().await {
            Ok(Some(piece)) => {
                md5.update(&piece);
                if let Err(error) = sink.write(&piece).await {
                    return sink.abort(error).await;
                }
            }
            Ok(None) => break,
            Err(error) => return sink.abort(error).await,
        }
    }
    if sink.length != length {
        return sink.abort(ApiError::internal("a stored object is shorter than its record says")).await;
    }
    let digest = BodyDigest { length, md5: md5.finalize().into(), checksum: None };
    sink.end(digest).await
}

/// A blob being written.
struct Sink {
    id: String,
    writer: BlobWriter,
    length: u64,
}

impl Sink {
    async fn begin(service: &Service) -> Result<Self, ApiError> {
        let id = service.random_id(16);
        let writer = service.blobs.begin(&id).await?;
        Ok(Self { id, writer, length: 0 })
    }

    async fn write(&mut self, piece: &Bytes) -> Result<(), ApiError> {
        let more = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        self.length = self.length.saturating_add(more);
        if self.length > UPLOAD_MAX { Err(too_large()) } else { self.writer.write(piece).await }
    }

    async fn end(self, digest: BodyDigest) -> Result<Incoming, ApiError> {
        if digest.length == 0 {
            self.writer.abort().await;
            return Ok(Incoming { blob: None, digest });
        }
        self.writer.finish().await?;
        Ok(Incoming { blob: Some(self.id), digest })
    }

    async fn abort(self, error: ApiError) -> Result<Incoming, ApiError> {
        self.writer.abort().await;
        Err(error)
    }
}
