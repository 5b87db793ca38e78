//! S3: buckets, their policies, and objects.
//!
//! What decisions read (buckets with their policies) lies in the snapshot; objects are records of the store and bytes
//! of [`crate::blob`]. `place` finds what a request is about and words the questions to the gate.

mod attributes;
mod bucket_policy;
mod byte_range;
mod content;
mod continuation;
mod create_bucket;
mod delete_bucket;
mod delete_bucket_policy;
mod delete_object;
mod garbage;
mod get_bucket_policy;
mod get_object;
mod head_bucket;
mod head_object;
mod incoming;
mod list_buckets;
mod list_objects_v2;
mod listing;
mod name;
mod object;
mod object_lists;
mod owner;
mod place;
mod precondition;
mod public;
mod publish;
mod put_bucket_policy;
mod put_object;
mod reading;
mod refusal;
mod row;
mod tagging;
mod writing;

use crate::action::Row;

pub use garbage::{Swept, sweep};
pub use public::is_public;

/// Every action, in alphabetical order.
pub const ROWS: &[&Row] = &[
    &create_bucket::ROW,
    &delete_bucket::ROW,
    &delete_bucket_policy::ROW,
    &delete_object::ROW,
    &get_bucket_policy::ROW,
    &get_object::ROW,
    &head_bucket::ROW,
    &head_object::ROW,
    &list_buckets::ROW,
    &list_objects_v2::ROW,
    &put_bucket_policy::ROW,
    &put_object::ROW,
];
