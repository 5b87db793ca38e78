//! The permissions of writing an object, which PutObject, CopyObject and CreateMultipartUpload share: each thing that
//! the request also does has a permission of its own.

use portcullis_base::Tags;

use super::attributes::GRANTS;
use super::place::{Target, on_object, with_headers, with_request_tags};
use crate::action::{Ask, Need};

/// Every permission that writing an object can need.
pub(super) const ACTIONS: &[&str] = &[
    "s3:PutObject",
    "s3:PutObjectAcl",
    "s3:PutObjectLegalHold",
    "s3:PutObjectRetention",
    "s3:PutObjectTagging",
];

/// The permissions that this request needs on the object that it writes.
pub(super) fn needs(ask: &Ask<'_>, target: &Target, tags: &Tags) -> Vec<Need> {
    let has = |members: &[&str]| members.iter().any(|member| ask.input.member(member).is_some());
    let mut actions = vec!["s3:PutObject"];
    if !tags.is_empty() || has(&["Tagging"]) {
        actions.push("s3:PutObjectTagging");
    }
    if has(&["ACL"]) || has(&GRANTS) {
        actions.push("s3:PutObjectAcl");
    }
    if has(&["ObjectLockMode", "ObjectLockRetainUntilDate"]) {
        actions.push("s3:PutObjectRetention");
    }
    if has(&["ObjectLockLegalHoldStatus"]) {
        actions.push("s3:PutObjectLegalHold");
    }
    let need = |action| {
        let need = on_object(ask, &target.bucket, &target.key, action);
        with_request_tags(with_headers(ask, need), tags)
    };
    actions.into_iter().map(need).collect()
}
