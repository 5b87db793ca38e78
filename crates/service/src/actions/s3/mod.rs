//! S3: buckets, their policies, and objects.
//!
//! What decisions read (buckets with their policies) lies in the snapshot; objects are records of the store and bytes
//! of [`crate::blob`]. `place` finds what a request is about and words the questions to the gate.

mod abort_multipart_upload;
mod acl;
mod attributes;
mod bucket_policy;
mod byte_range;
mod checksum;
mod complete_multipart_upload;
mod configuration;
mod content;
mod continuation;
mod copy_object;
mod copy_source;
mod create_bucket;
mod create_multipart_upload;
mod delete_bucket;
mod delete_bucket_policy;
mod delete_bucket_tagging;
mod delete_object;
mod delete_object_tagging;
mod delete_objects;
mod delete_public_access_block;
mod encoded_word;
mod garbage;
mod get_bucket_acl;
mod get_bucket_location;
mod get_bucket_policy;
mod get_bucket_policy_status;
mod get_bucket_tagging;
mod get_object;
mod get_object_acl;
mod get_object_attributes;
mod get_object_tagging;
mod get_public_access_block;
mod head_bucket;
mod head_object;
mod incoming;
mod list_buckets;
mod list_multipart_uploads;
mod list_object_versions;
mod list_objects;
mod list_objects_v2;
mod list_parts;
mod listing;
mod name;
mod object;
mod object_lists;
mod owner;
mod part;
mod place;
mod precondition;
mod public;
mod publish;
mod put_bucket_acl;
mod put_bucket_policy;
mod put_bucket_tagging;
mod put_object;
mod put_object_acl;
mod put_object_tagging;
mod put_public_access_block;
mod reading;
mod refusal;
mod retag;
mod row;
mod tagging;
#[cfg(test)]
mod tests;
mod upload;
mod upload_part;
mod upload_part_copy;
mod version;
mod writing;

use crate::action::Row;

pub use bucket_policy::bucket_policy_of;
pub use garbage::{Swept, sweep};
pub use name::is_bucket as is_bucket_name;
pub use public::is_public;

/// Every action, in alphabetical order.
pub const ROWS: &[&Row] = &[
    &abort_multipart_upload::ROW,
    &complete_multipart_upload::ROW,
    &copy_object::ROW,
    &create_bucket::ROW,
    &create_multipart_upload::ROW,
    &delete_bucket::ROW,
    &delete_bucket_policy::ROW,
    &delete_bucket_tagging::ROW,
    &delete_object::ROW,
    &delete_object_tagging::ROW,
    &delete_objects::ROW,
    &delete_public_access_block::ROW,
    &configuration::ABAC,
    &configuration::ACCELERATE,
    &get_bucket_acl::ROW,
    &configuration::ANALYTICS,
    &configuration::CORS,
    &configuration::ENCRYPTION,
    &configuration::INTELLIGENT_TIERING,
    &configuration::INVENTORY,
    &configuration::LIFECYCLE,
    &get_bucket_location::ROW,
    &configuration::LOGGING,
    &configuration::METRICS,
    &configuration::NOTIFICATION,
    &configuration::OWNERSHIP_CONTROLS,
    &get_bucket_policy::ROW,
    &get_bucket_policy_status::ROW,
    &configuration::REPLICATION,
    &configuration::REQUEST_PAYMENT,
    &get_bucket_tagging::ROW,
    &configuration::VERSIONING,
    &configuration::WEBSITE,
    &get_object::ROW,
    &get_object_acl::ROW,
    &get_object_attributes::ROW,
    &configuration::OBJECT_LOCK,
    &get_object_tagging::ROW,
    &get_public_access_block::ROW,
    &head_bucket::ROW,
    &head_object::ROW,
    &configuration::ANALYTICS_LIST,
    &configuration::INTELLIGENT_TIERING_LIST,
    &configuration::INVENTORY_LIST,
    &configuration::METRICS_LIST,
    &list_buckets::ROW,
    &list_multipart_uploads::ROW,
    &list_object_versions::ROW,
    &list_objects::ROW,
    &list_objects_v2::ROW,
    &list_parts::ROW,
    &put_bucket_acl::ROW,
    &put_bucket_policy::ROW,
    &put_bucket_tagging::ROW,
    &put_object::ROW,
    &put_object_acl::ROW,
    &put_object_tagging::ROW,
    &put_public_access_block::ROW,
    &upload_part::ROW,
    &upload_part_copy::ROW,
];
