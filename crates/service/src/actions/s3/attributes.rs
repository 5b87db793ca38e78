//! What a write gives an object besides its bytes: metadata, headers that are given back, tags; and the features that
//! are refused because they would not be kept.

use portcullis_base::Value;

use super::encoded_word;
use super::object::STORED;
use super::refusal::{invalid_request, not_implemented};
use crate::error::ApiError;

/// Bytes of all metadata, names and values (S3 User Guide, "Working with object metadata": 2 KB).
const METADATA_MAX: usize = 2048;
/// The classes that are taken; all lie on the same disk.
const STORAGE_CLASSES: [&str; 6] =
    ["STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR"];
/// The canned ACLs that say nothing but what holds anyway (S3 User Guide, "Controlling ownership of objects").
const EMPTY_ACLS: [&str; 2] = ["private", "bucket-owner-full-control"];
/// The members that grant by ACL.
pub(super) const GRANTS: [&str; 5] =
    ["GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP"];
/// Members of encryption with the client's keys or those of a key service.
const KEYED_ENCRYPTION: [&str; 5] =
    ["SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5", "SSEKMSKeyId", "SSEKMSEncryptionContext"];
/// Members that lock an object.
pub(super) const LOCKS: [&str; 6] = [
    "ObjectLockEventHold",
    "ObjectLockEventHoldDurationDays",
    "ObjectLockEventHoldDurationYears",
    "ObjectLockLegalHoldStatus",
    "ObjectLockMode",
    "ObjectLockRetainUntilDate",
];

/// Metadata and headers as they are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Attributes {
    /// `x-amz-meta-*` without the prefix.
    pub(super) metadata: Vec<(String, String)>,
    /// Headers that are given back.
    pub(super) headers: Vec<(String, String)>,
}

impl Attributes {
    /// Of a write's input.
    ///
    /// # Errors
    /// `MetadataTooLarge`, `InvalidStorageClass`, `InvalidArgument` for control characters.
    pub(super) fn of(input: &Value) -> Result<Self, ApiError> {
        let mut attributes = Self::default();
        for (name, value) in input.member("Metadata").map(Value::members).unwrap_or_default() {
            let value = encoded_word::decoded(value.as_text().unwrap_or_default());
            checked(name, &value)?;
            attributes.metadata.push((name.to_lowercase(), value));
        }
        let size: usize = attributes.metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
        if size > METADATA_MAX {
            let message = "Your metadata headers exceed the maximum allowed metadata size";
            return Err(ApiError::caller("MetadataTooLarge", 400, message)
                .with("Size", size.to_string())
                .with("MaxSizeAllowed", METADATA_MAX.to_string()));
        }
        for (member, header) in STORED {
            let Some(value) = input.text(member) else { continue };
            let value = checked(header, value)?;
            let kept = if *member == "ContentEncoding" { without_chunking(value) } else { value.to_owned() };
            if !kept.is_empty() {
                attributes.headers.push(((*header).to_owned(), kept));
            }
        }
        match input.text("StorageClass") {
            Some(class) if !STORAGE_CLASSES.contains(&class) => {
                let message = "The storage class you specified is not valid";
                Err(ApiError::caller("InvalidStorageClass", 400, message)
                    .with("StorageClassRequested", class))
            }
            _ => Ok(attributes),
        }
    }
}

/// What is given back as a header must not end it.
fn checked<'v>(name: &str, value: &'v str) -> Result<&'v str, ApiError> {
    if value.chars().any(|letter| letter.is_control() && letter != '\t') {
        let message = format!("Header value of {name} cannot contain control characters");
        return Err(ApiError::caller("InvalidArgument", 400, message).with("ArgumentName", name));
    }
    Ok(value)
}

/// `aws-chunked` describes the transfer, not the object (S3 API reference, "Signature calculations: transferring
/// payload in multiple chunks").
fn without_chunking(encoding: &str) -> String {
    let kept = encoding.split(',').map(str::trim).filter(|it| !it.eq_ignore_ascii_case("aws-chunked"));
    kept.filter(|it| !it.is_empty()).collect::<Vec<_>>().join(",")
}

/// Refuses what would be promised and not kept.
///
/// # Errors
/// `AccessControlListNotSupported`, `NotImplemented`, `InvalidRequest`.
pub(super) fn refuse_unkept(input: &Value) -> Result<(), ApiError> {
    refuse_acl(input)?;
    if KEYED_ENCRYPTION.iter().any(|member| input.member(member).is_some()) {
        return Err(not_implemented("server-side encryption with a key of yours"));
    }
    if input.text("ServerSideEncryption").is_some_and(|it| it != "AES256") {
        return Err(not_implemented("x-amz-server-side-encryption"));
    }
    if LOCKS.iter().any(|member| input.member(member).is_some()) {
        return Err(invalid_request("Bucket is missing Object Lock Configuration"));
    }
    Ok(())
}

/// Refuses ACLs that grant: the owner of the bucket owns every object in it.
///
/// # Errors
/// `AccessControlListNotSupported`.
pub(super) fn refuse_acl(input: &Value) -> Result<(), ApiError> {
    let grants = input.text("ACL").is_some_and(|acl| !EMPTY_ACLS.contains(&acl))
        || GRANTS.iter().any(|member| input.member(member).is_some());
    if grants {
        let message = "The bucket does not allow ACLs";
        return Err(ApiError::caller("AccessControlListNotSupported", 400, message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept() {
        let input = Value::structure()
            .with("Metadata", Value::structure().with("Colour", "blue"))
            .with("ContentEncoding", "aws-chunked, gzip")
            .with("ContentType", "text/plain")
            .with("ContentLength", 4_i64);
        let kept = Attributes::of(&input).unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(kept.metadata, [pair("colour", "blue")]);
        assert_eq!(kept.headers, [pair("content-encoding", "gzip"), pair("content-type", "text/plain")]);
        let chunked = Value::structure().with("ContentEncoding", "aws-chunked");
        assert_eq!(Attributes::of(&chunked).unwrap().headers, []);
    }

    #[test]
    fn what_is_not() {
        let large = Value::structure().with("Metadata", Value::structure().with("k", "v".repeat(2048)));
        assert_eq!(Attributes::of(&large).unwrap_err().code, "MetadataTooLarge");
        let split = Value::structure().with("Metadata", Value::structure().with("k", "a\r\nX-Injected: yes"));
        assert_eq!(Attributes::of(&split).unwrap_err().code, "InvalidArgument");
        let hidden =
            Value::structure().with("Metadata", Value::structure().with("k", "=?UTF-8?Q?a=0D=0Ab?="));
        assert_eq!(Attributes::of(&hidden).unwrap_err().code, "InvalidArgument");
        let refused =
            |name: &str, value: &str| refuse_unkept(&Value::structure().with(name, value)).unwrap_err();
        assert_eq!(refused("ACL", "public-read").code, "AccessControlListNotSupported");
        assert_eq!(refused("GrantRead", "id=1").code, "AccessControlListNotSupported");
        assert_eq!(refused("SSECustomerAlgorithm", "AES256").status, 501);
        assert_eq!(refused("ServerSideEncryption", "aws:kms").status, 501);
        assert_eq!(refused("ObjectLockMode", "COMPLIANCE").code, "InvalidRequest");
        for acl in EMPTY_ACLS {
            assert!(refuse_unkept(&Value::structure().with("ACL", acl)).is_ok());
        }
    }
}
