//! New names and paths: unique in the account whatever their case, and not more of them than the quota allows.

use crate::action::{Ask, Need};
use crate::error::ApiError;
use crate::snapshot::iam_arn;

use super::target::Target;

/// The path in the input, or `/`.
pub fn path<'a>(ask: &Ask<'a>) -> &'a str {
    ask.input.text("Path").unwrap_or("/")
}

/// The ARN of what is to be made, by the path in the input.
fn arn_of_new<T: Target>(ask: &Ask<'_>, name: &str) -> String {
    iam_arn(ask.account(), T::WORD, path(ask), name)
}

/// The permission to make an entity, on the ARN that it will have.
///
/// # Errors
/// When the input has no name.
pub fn need_new<T: Target>(ask: &Ask<'_>, action: &'static str, member: &str) -> Result<Need, ApiError> {
    Ok(Need::new(action, arn_of_new::<T>(ask, ask.text(member)?), ask.account()))
}

/// What the event of making an entity names.
pub fn concerned_new<T: Target>(ask: &Ask<'_>, member: &str) -> Vec<(&'static str, String)> {
    ask.input.text(member).map(|name| (T::KIND, arn_of_new::<T>(ask, name))).into_iter().collect()
}

/// Refuses a name that is taken, and one entity more than the quota.
///
/// # Errors
/// `EntityAlreadyExists`, `LimitExceeded`.
pub fn vacancy<T: Target>(ask: &Ask<'_>, name: &str) -> Result<(), ApiError> {
    let table = T::table(ask.snapshot);
    if table.named(ask.account(), name).is_some() {
        return Err(T::taken(name));
    }
    let (quota, wording) = T::QUOTA;
    within(ask, quota, wording, table.count(ask.account()) + 1)
}

/// Refuses a count beyond its quota.
///
/// # Errors
/// `LimitExceeded` in AWS's words.
pub fn within(ask: &Ask<'_>, quota: &str, wording: &str, count: usize) -> Result<(), ApiError> {
    let most = ask.service.settings.limits.quota(quota);
    if count > most {
        return Err(ApiError::limit_exceeded(format!("Cannot exceed quota for {wording}: {most}")));
    }
    Ok(())
}

/// The new path and name of an entity that is moved or renamed.
pub fn moved<'a, T: Target>(ask: &Ask<'a>, entity: &'a T, member: &str) -> (&'a str, &'a str) {
    let path = ask.input.text("NewPath").unwrap_or_else(|| entity.path());
    let name = ask.input.text(member).unwrap_or_else(|| entity.name());
    (path, name)
}

/// The permissions to move or rename: on the ARN it has and on the ARN it will have (IAM User Guide, "Renaming an
/// IAM user").
///
/// # Errors
/// When the input has no name.
pub fn needs_moved<T: Target>(
    ask: &Ask<'_>,
    action: &'static str,
    member: &str,
) -> Result<Vec<Need>, ApiError> {
    let mut needs = vec![super::target::need::<T>(ask, action)?];
    if let Ok(entity) = super::target::find::<T>(ask) {
        let (path, name) = moved(ask, entity.as_ref(), member);
        let arn = iam_arn(ask.account(), T::WORD, path, name);
        if arn != entity.arn() {
            needs.push(Need::new(action, arn, ask.account()));
        }
    }
    Ok(needs)
}

/// Refuses a new name that another entity has; a change of case alone is none.
///
/// # Errors
/// `EntityAlreadyExists`.
pub fn vacant_for<T: Target>(ask: &Ask<'_>, entity: &T, name: &str) -> Result<(), ApiError> {
    match T::table(ask.snapshot).named(ask.account(), name) {
        Some(other) if other.id() != entity.id() => Err(T::taken(name)),
        _ => Ok(()),
    }
}
