//! Requests that name a version of an object need another permission than those that do not.

use super::place::object_need;
use crate::action::{Ask, Need};
use crate::error::ApiError;

/// The one of two permissions that the request needs, by whether it names a version.
///
/// # Errors
/// Those of naming an object.
pub(super) fn either(
    ask: &Ask<'_>,
    without: &'static str,
    with_version: &'static str,
) -> Result<Vec<Need>, ApiError> {
    let is_version = ask.input.member("VersionId").is_some();
    Ok(vec![object_need(ask, if is_version { with_version } else { without })?])
}
