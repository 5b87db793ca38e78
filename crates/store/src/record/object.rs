//! Buckets, objects and unfinished uploads. Bytes lie elsewhere, under opaque ids.

use minicbor::{Decode, Encode};
use portcullis_base::{AccountId, Tags, Timestamp};

use super::identity::DocumentRecord;
use crate::codec;

/// A bucket.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct BucketRecord {
    /// Random, so that a re-created namesake is another bucket.
    #[n(0)]
    pub id: String,
    /// The name, unique over all accounts.
    #[n(1)]
    pub name: String,
    /// The account that owns it.
    #[cbor(n(2), with = "codec::text")]
    pub account: AccountId,
    /// The region it was made in.
    #[n(3)]
    pub region: String,
    /// When it was made.
    #[cbor(n(4), with = "codec::instant")]
    pub created: Timestamp,
    /// The bucket policy.
    #[n(5)]
    pub policy: Option<DocumentRecord>,
    /// The public access block, if it has not been deleted.
    #[n(6)]
    pub public_access_block: Option<PublicAccessBlock>,
    /// The bucket's tags.
    #[cbor(n(7), with = "codec::tags")]
    pub tags: Tags,
}

/// The four switches of a public access block (S3: "Blocking public access").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
#[expect(clippy::struct_excessive_bools, reason = "the four switches of the S3 API")]
pub struct PublicAccessBlock {
    /// Refuse ACLs that make public.
    #[n(0)]
    pub block_public_acls: bool,
    /// Ignore such ACLs.
    #[n(1)]
    pub ignore_public_acls: bool,
    /// Refuse bucket policies that make public.
    #[n(2)]
    pub block_public_policy: bool,
    /// Let a public policy grant to the owner's account only.
    #[n(3)]
    pub restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    /// All four on, as every new bucket has them.
    pub const ALL: Self = Self {
        block_public_acls: true,
        ignore_public_acls: true,
        block_public_policy: true,
        restrict_public_buckets: true,
    };
}

/// An object.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct ObjectRecord {
    /// Where its bytes lie, in order; several after a multipart upload.
    #[n(0)]
    pub blobs: Vec<String>,
    /// Bytes in each blob.
    #[n(1)]
    pub blob_sizes: Vec<u64>,
    /// Without quotes.
    #[n(2)]
    pub etag: String,
    /// When it was written.
    #[cbor(n(3), with = "codec::instant")]
    pub modified: Timestamp,
    /// Object tags.
    #[cbor(n(4), with = "codec::tags")]
    pub tags: Tags,
    /// `x-amz-meta-*` without the prefix, in order.
    #[n(5)]
    pub metadata: Vec<(String, String)>,
    /// Headers that are given back as they came: `content-type`, `cache-control`, …, lower case.
    #[n(6)]
    pub headers: Vec<(String, String)>,
    /// The checksum's member name in the S3 model, such as `ChecksumCRC32`, and its base64 value.
    #[n(7)]
    pub checksum: Option<(String, String)>,
}

impl ObjectRecord {
    /// Bytes in all.
    pub fn size(&self) -> u64 {
        self.blob_sizes.iter().sum()
    }
}

/// An unfinished multipart upload.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct UploadRecord {
    /// Random.
    #[n(0)]
    pub id: String,
    /// The object's key.
    #[n(1)]
    pub object_key: String,
    /// When it was begun.
    #[cbor(n(2), with = "codec::instant")]
    pub started: Timestamp,
    /// What the object will have.
    #[cbor(n(3), with = "codec::tags")]
    pub tags: Tags,
    /// What the object will have.
    #[n(4)]
    pub metadata: Vec<(String, String)>,
    /// What the object will have.
    #[n(5)]
    pub headers: Vec<(String, String)>,
    /// ARN of who began it.
    #[n(6)]
    pub initiator: String,
    /// The checksum algorithm asked for, such as `CRC32`.
    #[n(7)]
    pub checksum_algorithm: Option<String>,
    /// `COMPOSITE` or `FULL_OBJECT`, if a checksum was asked for.
    #[n(8)]
    pub checksum_type: Option<String>,
    /// Set while its completion reads the parts: a part that comes now must take it back, so that the completion
    /// notices.
    #[n(9)]
    pub is_frozen: bool,
}

/// Bytes that nothing refers to any more but that are still marked, because there were too many marks for the
/// transaction that ended the reference. Whoever wrote it, or the next start, clears it up.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct GarbageRecord {
    /// The blobs to unmark and delete.
    #[n(0)]
    pub blobs: Vec<String>,
    /// The upload that has ended: all records of its parts are to be deleted.
    #[n(1)]
    pub upload: Option<String>,
    /// The id of the bucket that has been deleted: all uploads to it are to be deleted with their parts and bytes.
    #[n(2)]
    pub bucket: Option<String>,
}

/// One part of an unfinished upload.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct PartRecord {
    /// 1 to 10,000.
    #[n(0)]
    pub number: u16,
    /// Where its bytes lie.
    #[n(1)]
    pub blob: String,
    /// Bytes.
    #[n(2)]
    pub size: u64,
    /// MD5 in hex.
    #[n(3)]
    pub etag: String,
    /// When it was written.
    #[cbor(n(4), with = "codec::instant")]
    pub modified: Timestamp,
    /// As in [`ObjectRecord::checksum`].
    #[n(5)]
    pub checksum: Option<(String, String)>,
}
