//! Names of buckets and keys of objects (S3 User Guide, "Bucket naming rules" and "Naming Amazon S3 objects").

use crate::error::ApiError;

/// Bytes of the longest key.
const KEY_MAX: usize = 1024;
/// Names that are paths of other services on the same endpoint.
const RESERVED: [&str; 7] =
    ["assignment", "authorize", "client", "device_authorization", "federation", "logout", "token"];
/// Beginnings and ends that AWS keeps for itself.
const RESERVED_PREFIXES: [&str; 2] = ["xn--", "sthree-"];
const RESERVED_SUFFIXES: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

/// Holds the name of a new bucket against the rules.
///
/// # Errors
/// `InvalidBucketName`.
pub(super) fn check_bucket(name: &str) -> Result<(), ApiError> {
    if is_bucket(name) {
        return Ok(());
    }
    let message = if RESERVED.contains(&name) {
        format!(
            "The specified bucket is not valid: /{name} is a path of the access portal on this endpoint. Choose \
             another name."
        )
    } else {
        "The specified bucket is not valid.".to_owned()
    };
    Err(ApiError::caller("InvalidBucketName", 400, message).with("BucketName", name))
}

/// Whether a new bucket may have this name.
pub fn is_bucket(name: &str) -> bool {
    let is_end = |byte: Option<&u8>| byte.is_some_and(|it| it.is_ascii_lowercase() || it.is_ascii_digit());
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes.iter().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, b'.' | b'-'))
        && is_end(bytes.first())
        && is_end(bytes.last())
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
        && !RESERVED.contains(&name)
        && !RESERVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        && !RESERVED_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

/// Holds a key against its one rule, the length; to everything else keys are opaque.
///
/// # Errors
/// `KeyTooLongError`.
pub(super) fn check_key(key: &str) -> Result<(), ApiError> {
    if key.len() <= KEY_MAX {
        return Ok(());
    }
    Err(ApiError::caller("KeyTooLongError", 400, "Your key is too long")
        .with("Size", key.len().to_string())
        .with("MaxSizeAllowed", KEY_MAX.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_names_follow_the_rules() {
        for good in ["abc", "my.bucket-1", "0ab", &"a".repeat(63), "192.168.0.1a", "clients"] {
            assert!(check_bucket(good).is_ok(), "{good}");
        }
        for bad in [
            "ab",
            "Upper",
            "a_b",
            "-ab",
            "ab-",
            ".ab",
            "a..b",
            "192.168.0.1",
            "xn--a1b",
            "a-s3alias",
            "büro",
            &"a".repeat(64),
            "",
        ] {
            assert!(check_bucket(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn paths_of_the_portal_are_no_buckets_and_the_refusal_says_why() {
        for name in RESERVED {
            let refused = check_bucket(name).unwrap_err();
            assert_eq!((&*refused.code, refused.status), ("InvalidBucketName", 400), "{name}");
            assert!(refused.message.contains(&format!("/{name} is a path")), "{}", refused.message);
        }
    }

    #[test]
    fn a_key_is_measured_in_bytes() {
        assert!(check_key(&"é".repeat(512)).is_ok());
        assert_eq!(check_key(&"é".repeat(513)).unwrap_err().code, "KeyTooLongError");
    }
}
