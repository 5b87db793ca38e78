//! Names of users and groups: whatever their case, each is there once; two are AWS's own.

use portcullis_store::record::DirectoryStamps;

use super::scope::{invalid, refuse, taken, too_many};
use crate::action::Ask;
use crate::error::ApiError;

/// Names that nobody can have (Identity Store API reference, `UserName`).
const RESERVED: [&str; 2] = ["Administrator", "AWSAdministrators"];

fn allowed(name: &str, member: &str) -> Result<(), ApiError> {
    if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
        return Err(invalid(format!("{member} {name} is reserved.")));
    }
    Ok(())
}

/// Refuses the name of another user; `own` is whose name it may be already.
///
/// # Errors
/// `ValidationException`, `ConflictException`.
pub fn user_vacant(ask: &Ask<'_>, name: &str, own: Option<&str>) -> Result<(), ApiError> {
    allowed(name, "UserName")?;
    match ask.snapshot.directory.user_named(name) {
        Some(other) if Some(other.id.as_str()) != own => Err(taken("Duplicate UserName.")),
        _ => Ok(()),
    }
}

/// Refuses the address of another user.
///
/// # Errors
/// `ConflictException`.
pub fn email_vacant(ask: &Ask<'_>, email: Option<&str>, own: Option<&str>) -> Result<(), ApiError> {
    match email.and_then(|email| ask.snapshot.directory.user_at(email)) {
        Some(other) if Some(other.id.as_str()) != own => Err(taken("Duplicate Email.")),
        _ => Ok(()),
    }
}

/// Refuses the name of another group.
///
/// # Errors
/// `ValidationException`, `ConflictException`.
pub fn group_vacant(ask: &Ask<'_>, name: &str, own: Option<&str>) -> Result<(), ApiError> {
    allowed(name, "DisplayName")?;
    match ask.snapshot.directory.group_named(name) {
        Some(other) if Some(other.id.as_str()) != own => Err(taken("Duplicate GroupDisplayName.")),
        _ => Ok(()),
    }
}

/// The request's revision must be the present one, if it names one.
///
/// # Errors
/// `ConflictException`.
pub fn current(ask: &Ask<'_>, revision: u64) -> Result<(), ApiError> {
    match ask.input.text("Revision") {
        Some(given) if given.trim_start_matches('0') != revision.to_string() => {
            let message = "It was changed since this revision.";
            Err(refuse("ConflictException", message).with("Reason", "CONCURRENT_MODIFICATION"))
        }
        _ => Ok(()),
    }
}

/// Refuses one more where there are as many as there may be.
///
/// # Errors
/// `ServiceQuotaExceededException`.
pub fn room(ask: &Ask<'_>, quota: &str, held: usize) -> Result<(), ApiError> {
    let most = ask.service.settings.limits.quota(quota);
    if held < most { Ok(()) } else { Err(too_many(format!("There can be {most} at most ({quota})."))) }
}

/// Stamps of what is made now.
pub fn stamps(ask: &Ask<'_>) -> DirectoryStamps {
    let by = ask.caller.arn.clone();
    DirectoryStamps { created: ask.now, created_by: by.clone(), updated: ask.now, updated_by: by }
}

/// The same when it is changed.
pub fn touch(ask: &Ask<'_>, stamps: &mut DirectoryStamps) {
    (stamps.updated, stamps.updated_by) = (ask.now, ask.caller.arn.clone());
}
