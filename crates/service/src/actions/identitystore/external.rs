//! Ids that other directories gave to users and groups, by issuer and id.
//!
//! AWS takes them from provisioning by SCIM alone; here an update sets them, under the path `externalIds`.

use portcullis_base::Value;
use portcullis_store::record::ExternalIdRecord;

use super::scope::{invalid, is_plain, taken};
use crate::error::ApiError;

/// The path that names them in an update.
pub const PATH: &str = "externalIds";
/// As many as a user or group can have (Identity Store API reference, `ExternalIds`).
const MOST: usize = 10;
/// The longest issuer and the longest id (Identity Store API reference, `ExternalId`).
const TEXT_MAX: usize = 256;

/// The ids in an update; none for no value.
///
/// # Errors
/// `ValidationException` for what is no list of issuers with ids.
pub fn requested(given: Option<&Value>) -> Result<Vec<ExternalIdRecord>, ApiError> {
    let Some(given) = given else { return Ok(Vec::new()) };
    let odd = || invalid(format!("{PATH} must be a list of 1 to {MOST} items with Issuer and Id."));
    let Value::List(items) = given else { return Err(odd()) };
    let is_count = (1..=MOST).contains(&items.len());
    let made = items.iter().map(one).collect::<Option<Vec<_>>>().filter(|_| is_count);
    made.ok_or_else(odd)
}

fn one(item: &Value) -> Option<ExternalIdRecord> {
    let Value::Map(members) = item else { return None };
    let text = |wanted: &str| {
        let held = members.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted))?.1.as_text()?;
        (held.chars().count() <= TEXT_MAX && is_plain(held)).then(|| held.to_owned())
    };
    (members.len() == 2).then_some(ExternalIdRecord { issuer: text("Issuer")?, id: text("Id")? })
}

/// Refuses an id that somebody else has, and one issuer with two.
///
/// # Errors
/// `ConflictException`, `ValidationException`.
pub fn vacant<'a>(
    ids: &[ExternalIdRecord],
    own: &str,
    holder: impl Fn(&ExternalIdRecord) -> Option<&'a str>,
) -> Result<(), ApiError> {
    for (at, id) in ids.iter().enumerate() {
        if ids.iter().take(at).any(|other| other.issuer == id.issuer) {
            return Err(invalid(format!("{PATH} must have one id of an issuer.")));
        }
        if holder(id).is_some_and(|holder| holder != own) {
            return Err(taken("Duplicate ExternalId."));
        }
    }
    Ok(())
}

/// As answers show them; nothing where there are none.
pub fn shown(ids: &[ExternalIdRecord]) -> Option<Value> {
    let show = |id: &ExternalIdRecord| {
        Value::structure().with("Issuer", id.issuer.as_str()).with("Id", id.id.as_str())
    };
    (!ids.is_empty()).then(|| ids.iter().map(show).collect())
}
