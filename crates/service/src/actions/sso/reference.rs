//! Policies that accounts must have under a name, and policies of AWS's.

use portcullis_base::{AccountId, Value};
use portcullis_store::record::{PermissionSetRecord, PolicyReference, SetBoundary};

use super::scope::{absent, invalid, refuse};
use crate::action::Ask;
use crate::error::ApiError;

/// Managed policies of a permission set, both kinds together (IAM Identity Center User Guide, "Quotas").
const POLICIES_MAX: usize = 20;

/// The reference that a structure gives; its path is `/` unless it says otherwise.
///
/// # Errors
/// `ValidationException`.
pub fn of(given: Option<&Value>) -> Result<PolicyReference, ApiError> {
    let given = given.ok_or_else(|| invalid("CustomerManagedPolicyReference must not be null."))?;
    let name = given.text("Name").ok_or_else(|| invalid("Name must not be null."))?;
    let path = given.text("Path").unwrap_or("/");
    if !path.starts_with('/') || !path.ends_with('/') {
        return Err(invalid(format!("Path {path} must begin and end with /.")));
    }
    Ok(PolicyReference { name: name.to_owned(), path: path.to_owned() })
}

/// The reference in the input.
///
/// # Errors
/// `ValidationException`.
pub fn requested(ask: &Ask<'_>) -> Result<PolicyReference, ApiError> {
    of(ask.input.member("CustomerManagedPolicyReference"))
}

/// As answers have it.
pub fn shown(reference: &PolicyReference) -> Value {
    Value::structure().with("Name", reference.name.as_str()).with("Path", reference.path.as_str())
}

/// A policy of AWS's that is there.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn managed(ask: &Ask<'_>, arn: &str) -> Result<String, ApiError> {
    let found = ask.snapshot.policy_by_arn(arn).filter(|policy| policy.record.account == AccountId::AWS);
    found
        .map(|policy| policy.arn.to_string())
        .ok_or_else(|| absent(format!("Policy with ARN {arn} was not found.")))
}

/// Refuses one more policy than a permission set can have.
///
/// # Errors
/// `ServiceQuotaExceededException`.
pub fn room(record: &PermissionSetRecord) -> Result<(), ApiError> {
    if record.managed.len() + record.customer.len() < POLICIES_MAX {
        return Ok(());
    }
    let message = format!("A permission set has {POLICIES_MAX} managed policies at most.");
    Err(refuse("ServiceQuotaExceededException", message))
}

/// The permissions boundary in the input: one of the two kinds.
///
/// # Errors
/// `ValidationException`, `ResourceNotFoundException`.
pub fn boundary(ask: &Ask<'_>) -> Result<SetBoundary, ApiError> {
    let given = ask.input.member("PermissionsBoundary");
    let arn = given.and_then(|given| given.text("ManagedPolicyArn"));
    let reference = given.and_then(|given| given.member("CustomerManagedPolicyReference"));
    match (arn, reference) {
        (Some(arn), None) => managed(ask, arn).map(SetBoundary::Managed),
        (None, Some(_)) => of(reference).map(SetBoundary::Customer),
        _ => Err(invalid(
            "PermissionsBoundary must have either ManagedPolicyArn or CustomerManagedPolicyReference.",
        )),
    }
}
