//! S3: buckets, their policies, and objects.
//!
//! What decisions read (buckets with their policies) lies in the snapshot; objects are records of the store and bytes
//! of [`crate::blob`]. `place` finds what a request is about and words the questions to the gate.

mod public;

use crate::action::Row;

pub use public::is_public;

/// Every action, in alphabetical order.
pub const ROWS: &[&Row] = &[];
