//! Holds a body against what its request promised: length, hash, chunk signatures, checksums.
//!
//! The body is pushed through in pieces of any size and comes out decoded. What comes out is not yet true: only
//! [`BodyCheck::finish`] says so, and until then it must be kept where nobody can read it. One exception is made the
//! other way: bytes of a signed chunk do not even come out before the chunk's signature held.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use md5::Md5;
use sha2::{Digest, Sha256};

use super::body_fault::BodyFault;
use super::checksum::{ChecksumAlgorithm, RunningChecksum};
use super::chunk::{ChunkDecoder, SignatureChain};
use super::{PayloadMode, Verified, read_payload_mode};
use crate::frame::Head;

/// What the `x-amz-checksum-*` headers of a request describe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChecksumSubject {
    /// The body of this request, as for PutObject and every request with a document.
    Body,
    /// An object whose bytes came before, as for CompleteMultipartUpload: not looked at here.
    Object,
}

/// What is known of a body that was all that was promised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyDigest {
    /// Its length, decoded.
    pub length: u64,
    /// Its MD5, of which the ETag is made.
    pub md5: [u8; 16],
    /// Its SHA-256, where the request signed or claimed it.
    pub sha256: Option<[u8; 32]>,
    /// The checksum that the caller gave and that held, in base64.
    pub checksum: Option<(ChecksumAlgorithm, String)>,
}

struct GivenChecksum {
    algorithm: ChecksumAlgorithm,
    running: RunningChecksum,
    // `None` while it is to come in the trailer.
    claimed: Option<String>,
}

/// Checks one body.
pub struct BodyCheck {
    decoder: Option<ChunkDecoder>,
    announced_length: Option<u64>,
    length: u64,
    md5: Md5,
    content_md5: Option<[u8; 16]>,
    sha256: Option<(Sha256, [u8; 32])>,
    checksum: Option<GivenChecksum>,
    failed: Option<BodyFault>,
}

impl BodyCheck {
    /// Reads what the head promises of the body. `verified` is the proof that the request's signature held, or
    /// `None` for an anonymous request.
    ///
    /// # Errors
    /// [`BodyFault`] if the promises are malformed, contradict each other or lack the length of a streamed body.
    pub fn new(
        head: &Head,
        verified: Option<&Verified>,
        subject: ChecksumSubject,
    ) -> Result<Self, BodyFault> {
        let mode = match verified {
            Some(verified) => verified.payload.clone(),
            None => anonymous_mode(head)?,
        };
        let is_streaming =
            matches!(mode, PayloadMode::StreamingSigned { .. } | PayloadMode::StreamingUnsignedTrailer);
        let content_length = read_length(head, "content-length")?;
        let announced_length = if is_streaming {
            Some(read_length(head, "x-amz-decoded-content-length")?.ok_or(BodyFault::NoLength)?)
        } else {
            content_length
        };
        let trailing = match mode {
            PayloadMode::StreamingSigned { trailer: true } | PayloadMode::StreamingUnsignedTrailer => {
                announced_trailer(head)?
            }
            _ => None,
        };
        let chain = match (&mode, verified) {
            (PayloadMode::StreamingSigned { .. }, Some(verified)) => Some(SignatureChain::after(verified)),
            (PayloadMode::StreamingSigned { .. }, None) => return Err(BodyFault::Unsigned),
            _ => None,
        };
        let checksum = match subject {
            ChecksumSubject::Body => given_checksum(head, trailing)?,
            ChecksumSubject::Object => None,
        };
        Ok(Self {
            decoder: is_streaming
                .then(|| ChunkDecoder::new(announced_length.unwrap_or_default(), chain, trailing)),
            announced_length,
            length: 0,
            md5: Md5::new(),
            content_md5: content_md5(head)?,
            sha256: if let PayloadMode::Sha256(claimed) = mode {
                Some((Sha256::new(), claimed))
            } else {
                None
            },
            checksum,
            failed: None,
        })
    }

    /// Takes the next piece of the body and gives back what may be stored of it, decoded.
    ///
    /// # Errors
    /// [`BodyFault`] as soon as the body cannot be what was promised; every later call then gives it again.
    pub fn push(&mut self, piece: Bytes) -> Result<Vec<Bytes>, BodyFault> {
        if let Some(fault) = &self.failed {
            return Err(fault.clone());
        }
        let pushed = self.push_checked(piece);
        if let Err(fault) = &pushed {
            self.failed = Some(fault.clone());
        }
        pushed
    }

    fn push_checked(&mut self, piece: Bytes) -> Result<Vec<Bytes>, BodyFault> {
        let mut released = Vec::new();
        match &mut self.decoder {
            Some(decoder) => decoder.push(piece, &mut released)?,
            None => released.push(piece),
        }
        for bytes in &released {
            self.length = self.length.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
            self.md5.update(bytes);
            if let Some((sha256, _)) = &mut self.sha256 {
                sha256.update(bytes);
            }
            if let Some(checksum) = &mut self.checksum {
                checksum.running.update(bytes);
            }
        }
        if self.announced_length.is_some_and(|announced| self.length > announced) {
            return Err(BodyFault::Incomplete);
        }
        Ok(released)
    }

    /// Says that the body was complete and all that was promised.
    ///
    /// # Errors
    /// [`BodyFault`] otherwise: what came out before must then be thrown away.
    pub fn finish(mut self) -> Result<BodyDigest, BodyFault> {
        if let Some(fault) = self.failed {
            return Err(fault);
        }
        let trailing = match &mut self.decoder {
            Some(decoder) => decoder.finish()?,
            None => None,
        };
        if self.announced_length.is_some_and(|announced| self.length != announced) {
            return Err(BodyFault::Incomplete);
        }
        let sha256: Option<([u8; 32], [u8; 32])> =
            self.sha256.map(|(running, claimed)| (running.finalize().into(), claimed));
        if let Some((computed, claimed)) = sha256
            && computed != claimed
        {
            return Err(BodyFault::Sha256 { claimed: hex::encode(claimed), computed: hex::encode(computed) });
        }
        let md5: [u8; 16] = self.md5.finalize().into();
        if let Some(claimed) = self.content_md5
            && claimed != md5
        {
            return Err(digest_fault("MD5", STANDARD.encode(claimed), STANDARD.encode(md5)));
        }
        let checksum = self.checksum.map(|given| given.finish(trailing)).transpose()?;
        Ok(BodyDigest { length: self.length, md5, sha256: sha256.map(|(computed, _)| computed), checksum })
    }
}

impl GivenChecksum {
    fn finish(self, trailing: Option<String>) -> Result<(ChecksumAlgorithm, String), BodyFault> {
        let claimed = self.claimed.or(trailing).ok_or(BodyFault::Trailer)?;
        if !self.algorithm.is_value(&claimed) {
            return Err(BodyFault::Header { name: self.algorithm.header() });
        }
        let computed = self.running.value();
        if computed != claimed {
            return Err(digest_fault(self.algorithm.name(), claimed, computed));
        }
        Ok((self.algorithm, computed))
    }
}

/// The `Content-Encoding` that belongs to the stored object: without `aws-chunked`, which only describes the way here.
pub fn stored_content_encoding(head: &Head) -> Option<String> {
    let codings: Vec<&str> = head
        .headers
        .all("content-encoding")
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("aws-chunked"))
        .collect();
    if codings.is_empty() { None } else { Some(codings.join(",")) }
}

fn digest_fault(algorithm: &'static str, claimed: String, computed: String) -> BodyFault {
    BodyFault::Digest { algorithm, claimed, computed }
}

/// Nobody signed an anonymous body, but what its sender says of it still counts.
fn anonymous_mode(head: &Head) -> Result<PayloadMode, BodyFault> {
    let name = "x-amz-content-sha256";
    let line = head.headers.get(name).unwrap_or("UNSIGNED-PAYLOAD");
    read_payload_mode(line).map_err(|_| BodyFault::Header { name })
}

/// Reads a length strictly: digits and nothing else.
fn read_length(head: &Head, name: &'static str) -> Result<Option<u64>, BodyFault> {
    let Some(text) = head.headers.get(name) else { return Ok(None) };
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_digits).map(Some).ok_or(BodyFault::Header { name })
}

/// The one checksum that `x-amz-trailer` announces. S3 takes nothing else in a trailer.
fn announced_trailer(head: &Head) -> Result<Option<ChecksumAlgorithm>, BodyFault> {
    let name = "x-amz-trailer";
    let Some(text) = head.headers.get(name) else { return Ok(None) };
    let found = ChecksumAlgorithm::from_header(&text.trim().to_ascii_lowercase());
    found.map(Some).ok_or(BodyFault::Header { name })
}

fn given_checksum(
    head: &Head,
    trailing: Option<ChecksumAlgorithm>,
) -> Result<Option<GivenChecksum>, BodyFault> {
    let in_headers = ChecksumAlgorithm::ALL
        .into_iter()
        .filter_map(|algorithm| Some((algorithm, Some(head.headers.get(algorithm.header())?.to_owned()))));
    let mut given = in_headers.chain(trailing.map(|algorithm| (algorithm, None)));
    let first = given.next();
    if given.next().is_some() {
        return Err(BodyFault::ManyChecksums);
    }
    if let Some(name) = head.headers.get("x-amz-sdk-checksum-algorithm") {
        let named = ChecksumAlgorithm::from_name(name)
            .ok_or(BodyFault::Header { name: "x-amz-sdk-checksum-algorithm" })?;
        if first.as_ref().is_none_or(|(algorithm, _)| *algorithm != named) {
            return Err(BodyFault::NoChecksum);
        }
    }
    let Some((algorithm, claimed)) = first else { return Ok(None) };
    if claimed.as_ref().is_some_and(|claimed| !algorithm.is_value(claimed)) {
        return Err(BodyFault::Header { name: algorithm.header() });
    }
    Ok(Some(GivenChecksum { algorithm, running: RunningChecksum::new(algorithm), claimed }))
}

fn content_md5(head: &Head) -> Result<Option<[u8; 16]>, BodyFault> {
    let Some(text) = head.headers.get("content-md5") else { return Ok(None) };
    let decoded = STANDARD.decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
    decoded.map(Some).ok_or(BodyFault::ContentMd5)
}
