//! Real accounts brought here: what AWS's own tools print, as files, becomes records, all of them or none.
//!
//! ```text
//! files -> Found (recognise) -> sound (check) -> records, needs, report (plan)
//! ```
//!
//! Everything here is pure: it looks at the files and at one snapshot. Whoever stores the records, a running server
//! or a command on a data directory that nobody serves, does so in one transaction.

mod bucket;
mod bundle;
mod check;
mod details;
mod field;
mod found;
mod iam;
mod json;
mod listing;
mod named;
mod needs;
mod offline;
mod organization;
mod plan;
mod principal;
mod profile;
mod quota;
mod recognise;
mod report;
mod revived;
#[cfg(test)]
mod tests;

pub use bundle::{BUNDLE_MAX, UNPACKED_MAX, UnpackError, pack, unpack};
pub use needs::NAMES as PERMISSIONS;
pub use offline::ImportError;
pub use plan::{Here, Options, Plan, plan};
pub use report::{Counts, Kind, Remark, Report};
pub use revived::refuse_revived;

/// A file: its name as reports have it, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
}
