//! Access advice: which services somebody's policies allow, and when they were last asked for.
//!
//! A report is made at once when it is asked for, from what is in memory, and kept for whoever asked until newer
//! ones need the room. [`subject`] is what a report can be about, [`report`] the report.

mod report;
mod subject;

pub use report::{Report, Reports, of_job};
pub use subject::{Subject, concerned, is_known, need, no_such_service};
