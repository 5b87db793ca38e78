//! Every bound this crate keeps on what a caller sends in a signature or a streamed body.

use std::time::Duration;

/// How far the instant in a signature may lie from the server's clock, in either direction
/// (AWS General Reference, "Signing AWS requests": 15 minutes for most services; S3 names 900,000 ms).
pub const CLOCK_SKEW: Duration = Duration::from_mins(15);

/// The longest life of a presigned URL: seven days (S3 API Reference, "Authenticating requests: using query
/// parameters", `X-Amz-Expires`).
pub const PRESIGNED_LIFE_MAX_S: u32 = 604_800;

/// The longest access key id that is looked at (IAM API Reference, `AccessKeyId`: 16 to 128 characters).
pub const ACCESS_KEY_ID_MAX: usize = 128;

/// The longest region or service name in a credential scope. AWS's longest are below half of it.
pub const SCOPE_PART_MAX: usize = 64;

/// The most names one signature may list as signed. No client comes near it.
pub const SIGNED_HEADERS_MAX: usize = 100;

/// The smallest chunk of a streamed upload but for the last (S3 API Reference, "Signature calculations for the
/// Authorization header: transferring payload in multiple chunks": at least 8 KiB). It also bounds how many
/// chunk headers an upload can make the server read.
pub const CHUNK_MIN: u64 = 8 * 1024;

/// The largest chunk whose signature is checked. A signed chunk is held back until its signature holds, so this
/// also bounds the memory that one upload takes here; it grows only with what has arrived. Clients sign chunks of
/// 64 KiB to 1 MiB; AWS names no maximum.
pub const SIGNED_CHUNK_MAX: u64 = 16 * 1024 * 1024;

/// The longest line that begins a chunk: sixteen digits, the signature and the line's end fit twice.
pub const CHUNK_LINE_MAX: usize = 256;

/// The most bytes that may follow the last chunk.
pub const TRAILER_MAX: usize = 2048;

/// How many derived signing keys are remembered, in the whole process.
pub const SIGNING_KEYS_MAX: usize = 1024;

/// How deep a JSON body may be nested.
pub const JSON_DEPTH_MAX: usize = 32;

/// The most parameters of a query-protocol request. IAM's largest request has some hundreds.
pub const PARAMETERS_MAX: usize = 4096;

/// The most dots in a parameter's name. The deepest of IAM's has six.
pub const PARAMETER_DEPTH_MAX: usize = 16;
