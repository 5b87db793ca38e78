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

/// Whether the request makes an object visible, or only a part of one that is not yet (`s3:ObjectCreationOperation`;
/// S3 User Guide, "Enforce conditional writes on Amazon S3 buckets").
#[derive(Clone, Copy)]
pub(super) enum Creation {
    /// It does.
    Yes,
    /// It does not.
    No,
}

/// The permissions that this request needs on the object that it writes.
pub(super) fn needs(ask: &Ask<'_>, target: &Target, tags: &Tags, creation: Creation) -> Vec<Need> {
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
    actions.into_iter().map(|action| need(ask, target, action, tags, creation)).collect()
}

/// One permission on the object that is written.
pub(super) fn need(
    ask: &Ask<'_>,
    target: &Target,
    action: &'static str,
    tags: &Tags,
    creation: Creation,
) -> Need {
    let need = on_object(ask, &target.bucket, &target.key, action);
    let creates = if matches!(creation, Creation::Yes) { "true" } else { "false" };
    with_request_tags(with_headers(ask, need), tags).key("s3:ObjectCreationOperation", creates)
}
