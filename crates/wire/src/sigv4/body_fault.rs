//! Every way in which a body is not what its request promised, and S3's answer to each.

/// A body that is not what its request promised.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyFault {
    /// The body is shorter or longer than announced, or does not end as its coding must.
    #[error("the body does not have the length that was announced")]
    Incomplete,
    /// A streamed body came without `x-amz-decoded-content-length`.
    #[error("the header x-amz-decoded-content-length is missing")]
    NoLength,
    /// A header about the body has a value that means nothing.
    #[error("the value of the header '{name}' is not valid")]
    Header {
        /// The header, in lower case.
        name: &'static str,
    },
    /// `Content-MD5` is not the base64 of sixteen bytes.
    #[error("the Content-MD5 that was given is not one")]
    ContentMd5,
    /// More than one checksum came with the body.
    #[error("more than one checksum was given")]
    ManyChecksums,
    /// `x-amz-sdk-checksum-algorithm` names a checksum that does not come.
    #[error("x-amz-sdk-checksum-algorithm names a checksum that was not sent")]
    NoChecksum,
    /// The body is streamed with signatures though the request has none.
    #[error("a body with signed chunks needs a signed request")]
    Unsigned,
    /// A line of the chunked coding is malformed.
    #[error("the chunked body is malformed: {reason}")]
    Chunk {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A chunk that is not the last is too small.
    #[error("a chunk before chunk {chunk} has only {size} bytes")]
    ChunkTooSmall {
        /// The number of the chunk that shows it, counted from one.
        chunk: u64,
        /// The bytes of the chunk before it.
        size: u64,
    },
    /// The signature of a chunk or of the trailer does not match.
    #[error("the signature of a chunk does not match")]
    ChunkSignature,
    /// The lines after the last chunk are malformed or not those announced.
    #[error("the trailer is not the one that was announced")]
    Trailer,
    /// The body's SHA-256 is not the one in `x-amz-content-sha256`.
    #[error("the body does not have the hash that was signed")]
    Sha256 {
        /// What the caller says, in hexadecimal.
        claimed: String,
        /// What came, in hexadecimal.
        computed: String,
    },
    /// The body does not have the digest that was given: `MD5` or the name of a checksum.
    #[error("the {algorithm} of the body does not match")]
    Digest {
        /// The digest's name.
        algorithm: &'static str,
        /// What the caller says, in base64.
        claimed: String,
        /// What came, in base64.
        computed: String,
    },
}

impl BodyFault {
    /// S3's answer: status, code and message.
    pub fn code(&self) -> (u16, &'static str, String) {
        let (status, code, message) = match self {
            Self::Incomplete => (
                400,
                "IncompleteBody",
                "You did not provide the number of bytes specified by the Content-Length HTTP header",
            ),
            Self::NoLength => {
                (411, "MissingContentLength", "You must provide the Content-Length HTTP header.")
            }
            Self::Header { name } => {
                return (400, "InvalidRequest", format!("Value for {name} header is invalid."));
            }
            Self::ContentMd5 => (400, "InvalidDigest", "The Content-MD5 you specified was invalid."),
            Self::ManyChecksums => (
                400,
                "InvalidRequest",
                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
            ),
            Self::NoChecksum => (
                400,
                "InvalidRequest",
                "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer \
                 headers were found.",
            ),
            Self::Unsigned => (403, "AccessDenied", "Access Denied"),
            Self::Chunk { reason } => {
                return (400, "InvalidRequest", format!("The chunked body is malformed: {reason}."));
            }
            Self::ChunkTooSmall { .. } => (
                403,
                "InvalidChunkSizeError",
                "Only the last chunk is allowed to have a size less than 8192 bytes",
            ),
            Self::ChunkSignature => (
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. Check your key and \
                 signing method.",
            ),
            Self::Trailer => (
                400,
                "MalformedTrailerError",
                "The request contained trailing data that was not well-formed or did not conform to our published \
                 schema.",
            ),
            Self::Sha256 { .. } => (
                400,
                "XAmzContentSHA256Mismatch",
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
            ),
            Self::Digest { algorithm: "MD5", .. } => {
                (400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
            }
            Self::Digest { algorithm, .. } => {
                let message = format!("The {algorithm} you specified did not match the calculated checksum.");
                return (400, "BadDigest", message);
            }
        };
        (status, code, message.to_owned())
    }

    /// The elements that S3 adds to the error document, by name.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Sha256 { claimed, computed } => vec![
                ("ClientComputedContentSHA256", claimed.clone()),
                ("S3ComputedContentSHA256", computed.clone()),
            ],
            Self::Digest { claimed, computed, .. } => {
                vec![("ExpectedDigest", claimed.clone()), ("CalculatedDigest", computed.clone())]
            }
            Self::ChunkTooSmall { chunk, size } => {
                vec![("Chunk", chunk.to_string()), ("BadChunkSize", size.to_string())]
            }
            _ => Vec::new(),
        }
    }
}
