//! ACLs, which are off: the bucket's owner has everything, and nothing else can be said (S3 User Guide, "Controlling
//! ownership of objects and disabling ACLs for your bucket").

use portcullis_base::Value;

use super::attributes::refuse_acl;
use super::owner::{canonical_id, owner};
use crate::error::ApiError;
use crate::snapshot::Bucket;

/// The one ACL that every bucket and object has.
pub(super) fn of(bucket: &Bucket) -> Value {
    let account = bucket.record.account;
    let grantee = Value::structure().with("ID", canonical_id(account)).with("Type", "CanonicalUser");
    let grant = Value::structure().with("Grantee", grantee).with("Permission", "FULL_CONTROL");
    Value::structure().with("Owner", owner(account)).with("Grants", Value::List(vec![grant]))
}

/// Takes an ACL that says what holds anyway.
///
/// # Errors
/// `AccessControlListNotSupported` for any other; `MissingSecurityHeader` for none.
pub(super) fn check(input: &Value, bucket: &Bucket) -> Result<(), ApiError> {
    refuse_acl(input)?;
    let not_supported =
        || ApiError::caller("AccessControlListNotSupported", 400, "The bucket does not allow ACLs");
    match (input.member("AccessControlPolicy"), input.text("ACL")) {
        (Some(policy), _) => {
            let own = of(bucket);
            let own_grant = own.list("Grants").first();
            let is_own = |grant: &Value| {
                let id =
                    |grant: &Value| grant.member("Grantee").and_then(|it| it.text("ID").map(str::to_owned));
                own_grant.is_some_and(|own| {
                    id(own) == id(grant) && own.text("Permission") == grant.text("Permission")
                })
            };
            policy.list("Grants").iter().all(is_own).then_some(()).ok_or_else(not_supported)
        }
        (None, Some(_)) => Ok(()),
        (None, None) => {
            let message = "Your request was missing a required header";
            Err(ApiError::caller("MissingSecurityHeader", 400, message)
                .with("MissingHeaderName", "x-amz-acl"))
        }
    }
}
