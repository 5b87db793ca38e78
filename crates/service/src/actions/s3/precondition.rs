//! Conditional requests (RFC 9110 section 13; S3 User Guide, "Conditional requests").

use portcullis_base::{Timestamp, Value};
use portcullis_store::record::ObjectRecord;

use super::object::Held;
use super::refusal::{no_such_key, not_implemented, precondition_failed};
use crate::error::ApiError;

/// The members that hold the conditions of a read.
pub(super) struct Names {
    matches: &'static str,
    none_matches: &'static str,
    modified: &'static str,
    unmodified: &'static str,
}

/// Of a read.
pub(super) const READ: Names = Names {
    matches: "IfMatch",
    none_matches: "IfNoneMatch",
    modified: "IfModifiedSince",
    unmodified: "IfUnmodifiedSince",
};
/// Of a copy's source.
pub(super) const SOURCE: Names = Names {
    matches: "CopySourceIfMatch",
    none_matches: "CopySourceIfNoneMatch",
    modified: "CopySourceIfModifiedSince",
    unmodified: "CopySourceIfUnmodifiedSince",
};

/// What the conditions of a read come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Answer it.
    Serve,
    /// The client has it already.
    NotModified,
}

/// Whether a list of etags has this one. The comparison is weak: there are no weak etags here.
fn lists(header: &str, etag: &str) -> bool {
    header.split(',').map(str::trim).any(|held| {
        let held = held.strip_prefix("W/").unwrap_or(held);
        held == "*" || held.trim_matches('"') == etag
    })
}

/// Holds an object against the conditions of a read, in the order of RFC 9110 section 13.2.2.
///
/// # Errors
/// `PreconditionFailed`.
pub(super) fn reading(input: &Value, names: &Names, object: &ObjectRecord) -> Result<Reading, ApiError> {
    // Headers have whole seconds.
    let modified: Timestamp = object.modified.whole_seconds();
    let is_since = |name| input.time(name).map(|since| modified > since);
    // An etag leaves the date no say.
    if let Some(header) = input.text(names.matches) {
        if !lists(header, &object.etag) {
            return Err(precondition_failed("If-Match"));
        }
    } else if is_since(names.unmodified) == Some(true) {
        return Err(precondition_failed("If-Unmodified-Since"));
    }
    let is_known = match input.text(names.none_matches) {
        Some(header) => lists(header, &object.etag),
        None => is_since(names.modified) == Some(false),
    };
    Ok(if is_known { Reading::NotModified } else { Reading::Serve })
}

/// The condition of a write.
#[derive(Debug, Clone, Default)]
pub(super) struct Writing {
    must_be_absent: bool,
    must_match: Option<String>,
}

impl Writing {
    /// Reads it off the input.
    ///
    /// # Errors
    /// `NotImplemented` for `If-None-Match` with anything but `*`, as S3 has it for writes.
    pub(super) fn of(input: &Value) -> Result<Self, ApiError> {
        let must_be_absent = match input.text("IfNoneMatch") {
            None => false,
            Some("*") => true,
            Some(_) => return Err(not_implemented("If-None-Match with an etag")),
        };
        Ok(Self { must_be_absent, must_match: input.text("IfMatch").map(str::to_owned) })
    }

    /// The condition that the object has this etag.
    pub(super) fn matching(etag: &str) -> Self {
        Self { must_be_absent: false, must_match: Some(etag.to_owned()) }
    }

    /// Holds what stands under the key against it.
    ///
    /// # Errors
    /// `PreconditionFailed`; `NoSuchKey` if there is nothing that could match.
    pub(super) fn check(&self, key: &str, held: Option<&Held>) -> Result<(), ApiError> {
        if self.must_be_absent && held.is_some() {
            return Err(precondition_failed("If-None-Match"));
        }
        match (&self.must_match, held) {
            (None, _) => Ok(()),
            (Some(_), None) => Err(no_such_key(key)),
            (Some(header), Some((object, _))) if lists(header, &object.etag) => Ok(()),
            (Some(_), Some(_)) => Err(precondition_failed("If-Match")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_base::Tags;
    use portcullis_store::Revision;

    fn object() -> ObjectRecord {
        ObjectRecord {
            blobs: Vec::new(),
            blob_sizes: Vec::new(),
            etag: "abc".to_owned(),
            modified: Timestamp::from_millis(10_500),
            tags: Tags::new(),
            metadata: Vec::new(),
            headers: Vec::new(),
            checksum: None,
        }
    }

    fn read(members: &[(&str, Value)]) -> Result<Reading, String> {
        let input =
            members.iter().fold(Value::structure(), |input, (name, value)| input.with(name, value.clone()));
        reading(&input, &READ, &object()).map_err(|error| error.code.into_owned())
    }

    #[test]
    fn the_table_of_reads() {
        let at = |seconds| Value::from(Timestamp::from_seconds(seconds));
        let failed = Err("PreconditionFailed".to_owned());
        assert_eq!(read(&[]), Ok(Reading::Serve));
        assert_eq!(read(&[("IfMatch", "\"abc\"".into())]), Ok(Reading::Serve));
        assert_eq!(read(&[("IfMatch", "\"x\", W/\"abc\"".into())]), Ok(Reading::Serve));
        assert_eq!(read(&[("IfMatch", "\"x\"".into())]), failed);
        assert_eq!(read(&[("IfNoneMatch", "abc".into())]), Ok(Reading::NotModified));
        assert_eq!(read(&[("IfNoneMatch", "*".into())]), Ok(Reading::NotModified));
        assert_eq!(read(&[("IfNoneMatch", "\"x\"".into())]), Ok(Reading::Serve));
        assert_eq!(read(&[("IfModifiedSince", at(10))]), Ok(Reading::NotModified));
        assert_eq!(read(&[("IfModifiedSince", at(9))]), Ok(Reading::Serve));
        assert_eq!(read(&[("IfUnmodifiedSince", at(9))]), failed);
        assert_eq!(read(&[("IfUnmodifiedSince", at(10))]), Ok(Reading::Serve));
        // An etag that decides leaves the date no say.
        assert_eq!(read(&[("IfMatch", "abc".into()), ("IfUnmodifiedSince", at(1))]), Ok(Reading::Serve));
        assert_eq!(read(&[("IfNoneMatch", "x".into()), ("IfModifiedSince", at(99))]), Ok(Reading::Serve));
    }

    #[test]
    fn the_table_of_writes() {
        let held = (object(), Revision(1));
        let writing = |name: &str, value: &str| Writing::of(&Value::structure().with(name, value));
        let absent = writing("IfNoneMatch", "*").unwrap();
        assert!(absent.check("k", None).is_ok());
        assert_eq!(absent.check("k", Some(&held)).unwrap_err().status, 412);
        assert_eq!(writing("IfNoneMatch", "abc").unwrap_err().status, 501);
        let same = writing("IfMatch", "\"abc\"").unwrap();
        assert!(same.check("k", Some(&held)).is_ok());
        assert_eq!(same.check("k", None).unwrap_err().status, 404);
        assert_eq!(writing("IfMatch", "x").unwrap().check("k", Some(&held)).unwrap_err().status, 412);
    }
}
