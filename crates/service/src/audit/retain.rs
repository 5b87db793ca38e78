//! Deletes what is older than the log keeps, a day's directory at a time, and refusals of unauthenticated requests
//! beyond their space. Links are neither followed nor deleted, and nothing but sealed files is.

use std::fs;
use std::io;
use std::path::Path;

use portcullis_base::{AccountId, Timestamp};

use super::catalog::{self, Catalog};
use super::{AuditError, AuditSettings, place};

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// Deletes what is too old now.
pub(super) fn retain(
    root: &Path,
    catalog: &Catalog,
    settings: &AuditSettings,
    now: Timestamp,
) -> Result<(), AuditError> {
    let cutoff = now.minus(settings.retention).millis();
    let first_kept = Timestamp::from_millis(cutoff - cutoff.rem_euclid(DAY_MILLIS));
    catalog.forget(|file| file.newest < first_kept);
    let mut result = Ok(());
    for (tree, levels) in [(root.join("AWSLogs"), 3), (root.join("index"), 2)] {
        for day in catalog::days(&tree, levels)? {
            if day.strip_prefix(&tree).ok().and_then(date).is_some_and(|date| date < first_kept) {
                // One directory that cannot be emptied does not keep the others.
                result = result.and(delete_day(&day));
            }
        }
    }
    result.and(crowd_out(root, catalog, settings))
}

/// Deletes the oldest refusals of unauthenticated requests beyond their space.
pub(super) fn crowd_out(root: &Path, catalog: &Catalog, settings: &AuditSettings) -> Result<(), AuditError> {
    let mut result = Ok(());
    for file in catalog.crowd_out_refusals(settings.unauthenticated_bytes) {
        result = result.and(delete(&file.records(root))).and(delete(&file.index(root)));
    }
    result
}

/// The date of `ACCOUNT/CloudTrail/REGION/YYYY/MM/DD` or `ACCOUNT/REGION/YYYY/MM/DD`.
fn date(path: &Path) -> Option<Timestamp> {
    let parts: Vec<&str> = path.iter().filter_map(|part| part.to_str()).collect();
    let ([account, "CloudTrail", _, year, month, day] | [account, _, year, month, day]) = parts.as_slice()
    else {
        return None;
    };
    account.parse::<AccountId>().ok()?;
    let (year, month, day) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    Timestamp::from_utc_parts(year, month, day, 0, 0, 0, 0).ok()
}

fn delete_day(day: &Path) -> Result<(), AuditError> {
    for file in place::files(day)? {
        if file.extension().is_some_and(|extension| extension == "gz") {
            delete(&file)?;
        }
    }
    // The day, and its month and year if it was their last. One that is not empty stays.
    day.ancestors().take(3).try_for_each(fs::remove_dir).or(Ok(()))
}

/// Deletes a file that may be gone already.
pub(super) fn delete(path: &Path) -> Result<(), AuditError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(AuditError::file(path)(error)),
        _ => Ok(()),
    }
}
