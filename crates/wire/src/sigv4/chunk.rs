//! Takes the `aws-chunked` coding off a body.
//!
//! A chunk is `<size in hex>[;chunk-signature=<64 hex>]\r\n<bytes>\r\n`; one of size zero ends the body, and trailer
//! lines may follow before the empty line (S3 API Reference, "Signature calculations for the Authorization header:
//! transferring payload in multiple chunks", and the page on trailing headers). Input may be split anywhere. Bytes of
//! a signed chunk are held back until its signature held; lines, chunks and the trailer are bounded, so that what is
//! held is bounded too.

use bytes::{Bytes, BytesMut};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::body_fault::BodyFault;
use super::canonical::EMPTY_SHA256;
use super::checksum::ChecksumAlgorithm;
use super::key::SigningKey;
use super::{Verified, read_signature};
use crate::limits::{CHUNK_LINE_MAX, CHUNK_MIN, SIGNED_CHUNK_MAX, TRAILER_MAX};

const CHUNK_SIGNATURE: &str = "chunk-signature=";
const TRAILER_SIGNATURE: &str = "x-amz-trailer-signature";

/// The chain of signatures: each covers the one before it.
pub(super) struct SignatureChain {
    key: SigningKey,
    previous: [u8; 32],
    date_and_scope: String,
}

impl SignatureChain {
    /// Begins with the request's own signature.
    pub(super) fn after(verified: &Verified) -> Self {
        Self {
            key: verified.key.clone(),
            previous: verified.signature,
            date_and_scope: format!("{}\n{}", verified.amz_date, verified.scope),
        }
    }

    /// The signature of the next chunk, of whose bytes this is the hash.
    pub(super) fn of_chunk(&self, sha256: &[u8]) -> [u8; 32] {
        self.of("AWS4-HMAC-SHA256-PAYLOAD", &format!("{EMPTY_SHA256}\n{}", hex::encode(sha256)))
    }

    /// The signature of a trailer, given as `name:value\n`.
    pub(super) fn of_trailer(&self, canonical_line: &str) -> [u8; 32] {
        self.of("AWS4-HMAC-SHA256-TRAILER", &hex::encode(Sha256::digest(canonical_line)))
    }

    /// Goes on to the next link.
    pub(super) fn advance(&mut self, signature: [u8; 32]) {
        self.previous = signature;
    }

    fn of(&self, algorithm: &str, end: &str) -> [u8; 32] {
        let previous = hex::encode(self.previous);
        self.key.sign(&format!("{algorithm}\n{}\n{previous}\n{end}", self.date_and_scope))
    }

    fn require(&mut self, expected: [u8; 32], given: [u8; 32]) -> Result<(), BodyFault> {
        if !bool::from(expected.ct_eq(&given)) {
            return Err(BodyFault::ChunkSignature);
        }
        self.advance(expected);
        Ok(())
    }
}

enum Place {
    /// In a line that begins a chunk.
    Line,
    /// In a chunk's bytes.
    Bytes { left: u64, signature: Option<[u8; 32]> },
    /// In the line end after a chunk's bytes.
    End,
    /// In the lines after the last chunk.
    Trailer,
    /// After everything.
    Done,
}

/// Takes the coding off one body.
pub(super) struct ChunkDecoder {
    place: Place,
    line: Vec<u8>,
    chain: Option<SignatureChain>,
    // The trailer that was announced; `None` where the payload mode has none.
    announced: Option<ChecksumAlgorithm>,
    // What is still to come of the announced length.
    left: u64,
    chunks: u64,
    // The size of a chunk that only the last may have.
    short: Option<u64>,
    held: BytesMut,
    hash: Sha256,
    // The value that came in the trailer.
    trailer: Option<String>,
    trailer_bytes: usize,
    is_trailer_signed: bool,
}

impl ChunkDecoder {
    /// A decoder for a body of this many bytes, with a chain if chunks are signed.
    pub(super) fn new(
        length: u64,
        chain: Option<SignatureChain>,
        announced: Option<ChecksumAlgorithm>,
    ) -> Self {
        Self {
            place: Place::Line,
            line: Vec::new(),
            chain,
            announced,
            left: length,
            chunks: 0,
            short: None,
            held: BytesMut::new(),
            hash: Sha256::new(),
            trailer: None,
            trailer_bytes: 0,
            is_trailer_signed: false,
        }
    }

    /// Takes some input and adds what may be released of the body.
    pub(super) fn push(&mut self, mut input: Bytes, released: &mut Vec<Bytes>) -> Result<(), BodyFault> {
        while !input.is_empty() {
            match self.place {
                Place::Line => {
                    if let Some(line) = self.read_line(&mut input, CHUNK_LINE_MAX)? {
                        self.begin_chunk(&line)?;
                    }
                }
                Place::Bytes { left, signature } => {
                    let here = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
                    let bytes = input.split_to(here);
                    let left = left.saturating_sub(u64::try_from(here).unwrap_or(u64::MAX));
                    self.take_bytes(bytes, released);
                    self.place = Place::Bytes { left, signature };
                    if left == 0 {
                        self.end_chunk(signature, released)?;
                    }
                }
                Place::End => {
                    if let Some(line) = self.read_line(&mut input, 2)? {
                        if !line.is_empty() {
                            return Err(BodyFault::Chunk { reason: "a chunk is longer than its size" });
                        }
                        self.place = Place::Line;
                    }
                }
                Place::Trailer => {
                    let room = TRAILER_MAX.saturating_sub(self.trailer_bytes);
                    if let Some(line) = self.read_line(&mut input, room)? {
                        self.trailer_bytes = self.trailer_bytes.saturating_add(line.len() + 2);
                        self.take_trailer_line(&line)?;
                    }
                }
                Place::Done => return Err(BodyFault::Incomplete),
            }
        }
        Ok(())
    }

    /// The checksum of the trailer, if there is one.
    ///
    /// # Errors
    /// [`BodyFault::Incomplete`] if the body has not ended or is shorter than announced.
    pub(super) fn finish(&mut self) -> Result<Option<String>, BodyFault> {
        if !matches!(self.place, Place::Done) || self.left > 0 {
            return Err(BodyFault::Incomplete);
        }
        Ok(self.trailer.take())
    }

    /// Reads up to the end of a line, which it leaves out. `None` means that there is more to come.
    fn read_line(&mut self, input: &mut Bytes, max: usize) -> Result<Option<String>, BodyFault> {
        let end = input.iter().position(|byte| *byte == b'\n');
        let here = end.map_or(input.len(), |at| at + 1);
        if self.line.len().saturating_add(here) > max {
            return Err(BodyFault::Chunk { reason: "a line is too long or misplaced" });
        }
        self.line.extend_from_slice(&input.split_to(here));
        if end.is_none() {
            return Ok(None);
        }
        let line = std::mem::take(&mut self.line);
        let line = line.strip_suffix(b"\r\n").and_then(|line| std::str::from_utf8(line).ok());
        line.map(|line| Some(line.to_owned()))
            .ok_or(BodyFault::Chunk { reason: "a line does not end with a carriage return and a line feed" })
    }

    fn begin_chunk(&mut self, line: &str) -> Result<(), BodyFault> {
        let (size, signature) = match (&self.chain, line.split_once(';')) {
            (Some(_), Some((size, field))) => {
                let signature = field.strip_prefix(CHUNK_SIGNATURE).and_then(read_signature);
                (
                    size,
                    Some(signature.ok_or(BodyFault::Chunk { reason: "a chunk's signature is malformed" })?),
                )
            }
            (None, None) => (line, None),
            (Some(_), None) => return Err(BodyFault::Chunk { reason: "a chunk has no signature" }),
            (None, Some(_)) => return Err(BodyFault::Chunk { reason: "a chunk has an extension" }),
        };
        let size = read_size(size).ok_or(BodyFault::Chunk { reason: "a chunk's size is not a number" })?;
        self.chunks = self.chunks.saturating_add(1);
        if size == 0 {
            self.place = Place::Trailer;
            return self.check_chunk(signature);
        }
        if let Some(short) = self.short {
            return Err(BodyFault::ChunkTooSmall { chunk: self.chunks, size: short });
        }
        if size < CHUNK_MIN {
            self.short = Some(size);
        }
        if signature.is_some() && size > SIGNED_CHUNK_MAX {
            return Err(BodyFault::Chunk { reason: "a signed chunk is larger than 16 MiB" });
        }
        self.left = self.left.checked_sub(size).ok_or(BodyFault::Incomplete)?;
        self.place = Place::Bytes { left: size, signature };
        Ok(())
    }

    fn take_bytes(&mut self, bytes: Bytes, released: &mut Vec<Bytes>) {
        if self.chain.is_some() {
            self.hash.update(&bytes);
            self.held.extend_from_slice(&bytes);
        } else {
            released.push(bytes);
        }
    }

    fn end_chunk(&mut self, signature: Option<[u8; 32]>, released: &mut Vec<Bytes>) -> Result<(), BodyFault> {
        self.check_chunk(signature)?;
        if !self.held.is_empty() {
            released.push(self.held.split().freeze());
        }
        self.place = Place::End;
        Ok(())
    }

    fn check_chunk(&mut self, signature: Option<[u8; 32]>) -> Result<(), BodyFault> {
        if let (Some(chain), Some(given)) = (&mut self.chain, signature) {
            let expected = chain.of_chunk(&self.hash.finalize_reset());
            chain.require(expected, given)?;
        }
        Ok(())
    }

    fn take_trailer_line(&mut self, line: &str) -> Result<(), BodyFault> {
        if line.is_empty() {
            return self.end_trailer();
        }
        let (name, value) = line.split_once(':').ok_or(BodyFault::Trailer)?;
        let (name, value) = (name.to_ascii_lowercase(), value.trim_matches([' ', '\t']));
        if self.is_trailer_signed {
            return Err(BodyFault::Trailer);
        }
        if name == TRAILER_SIGNATURE {
            let given = read_signature(value).ok_or(BodyFault::ChunkSignature)?;
            return self.check_trailer(given);
        }
        let is_announced = self.announced.is_some_and(|algorithm| algorithm.header() == name);
        if !is_announced || self.trailer.replace(value.to_owned()).is_some() {
            return Err(BodyFault::Trailer);
        }
        Ok(())
    }

    fn check_trailer(&mut self, given: [u8; 32]) -> Result<(), BodyFault> {
        let (Some(chain), Some(algorithm), Some(value)) = (&mut self.chain, self.announced, &self.trailer)
        else {
            return Err(BodyFault::Trailer);
        };
        let expected = chain.of_trailer(&format!("{}:{value}\n", algorithm.header()));
        self.is_trailer_signed = true;
        chain.require(expected, given)
    }

    fn end_trailer(&mut self) -> Result<(), BodyFault> {
        let is_missing = self.announced.is_some() && self.trailer.is_none();
        let is_unsigned = self.announced.is_some() && self.chain.is_some() && !self.is_trailer_signed;
        if is_missing || is_unsigned {
            return Err(BodyFault::Trailer);
        }
        self.place = Place::Done;
        Ok(())
    }
}

/// Reads up to sixteen hexadecimal digits; no sign, no space.
fn read_size(text: &str) -> Option<u64> {
    let is_digits = (1..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digits { u64::from_str_radix(text, 16).ok() } else { None }
}
