//! Configurations of buckets that do not exist here: each is read as S3 shows a bucket that was never configured.
//!
//! Tools read all of them to compare a bucket with its description, so the codes matter. Writing them is not served.

use portcullis_base::Value;

use super::place::bucket;
use super::row::bucket_read;
use crate::action::{Ask, Row};
use crate::error::ApiError;
use crate::gate::Authorized;

/// One line for each: the constant, the action's name, its permission, and the answer.
macro_rules! configurations {
    ($($row:ident $name:literal $permission:literal $answer:expr;)*) => {
        $(
            /// The action.
            pub const $row: Row = bucket_read($name, $permission, $answer);
        )*
    };
}

configurations! {
    ABAC "GetBucketAbac" "s3:GetBucketAbac" |_| Ok(nested("AbacStatus", "Status", "Disabled"));
    ACCELERATE "GetBucketAccelerateConfiguration" "s3:GetAccelerateConfiguration" |_| empty();
    ANALYTICS "GetBucketAnalyticsConfiguration" "s3:GetAnalyticsConfiguration" none_of_id;
    ANALYTICS_LIST "ListBucketAnalyticsConfigurations" "s3:GetAnalyticsConfiguration" |_| no_list();
    CORS "GetBucketCors" "s3:GetBucketCORS"
        |ask| none(ask, "NoSuchCORSConfiguration", "The CORS configuration does not exist");
    ENCRYPTION "GetBucketEncryption" "s3:GetEncryptionConfiguration"
        |ask| none(
            ask,
            "ServerSideEncryptionConfigurationNotFoundError",
            "The server side encryption configuration was not found",
        );
    INTELLIGENT_TIERING "GetBucketIntelligentTieringConfiguration" "s3:GetIntelligentTieringConfiguration"
        none_of_id;
    INTELLIGENT_TIERING_LIST "ListBucketIntelligentTieringConfigurations" "s3:GetIntelligentTieringConfiguration"
        |_| no_list();
    INVENTORY "GetBucketInventoryConfiguration" "s3:GetInventoryConfiguration" none_of_id;
    INVENTORY_LIST "ListBucketInventoryConfigurations" "s3:GetInventoryConfiguration" |_| no_list();
    LIFECYCLE "GetBucketLifecycleConfiguration" "s3:GetLifecycleConfiguration"
        |ask| none(ask, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist");
    LOGGING "GetBucketLogging" "s3:GetBucketLogging" |_| empty();
    METRICS "GetBucketMetricsConfiguration" "s3:GetMetricsConfiguration" none_of_id;
    METRICS_LIST "ListBucketMetricsConfigurations" "s3:GetMetricsConfiguration" |_| no_list();
    NOTIFICATION "GetBucketNotificationConfiguration" "s3:GetBucketNotification" |_| empty();
    OBJECT_LOCK "GetObjectLockConfiguration" "s3:GetBucketObjectLockConfiguration"
        |ask| none(
            ask,
            "ObjectLockConfigurationNotFoundError",
            "Object Lock configuration does not exist for this bucket",
        );
    OWNERSHIP_CONTROLS "GetBucketOwnershipControls" "s3:GetBucketOwnershipControls" |_| Ok(ownership());
    REPLICATION "GetBucketReplication" "s3:GetReplicationConfiguration"
        |ask| none(
            ask,
            "ReplicationConfigurationNotFoundError",
            "The replication configuration was not found",
        );
    REQUEST_PAYMENT "GetBucketRequestPayment" "s3:GetBucketRequestPayment"
        |_| Ok(Value::structure().with("Payer", "BucketOwner"));
    VERSIONING "GetBucketVersioning" "s3:GetBucketVersioning" |_| empty();
    WEBSITE "GetBucketWebsite" "s3:GetBucketWebsite"
        |ask| none(
            ask,
            "NoSuchWebsiteConfiguration",
            "The specified bucket does not have a website configuration",
        );
}

fn empty() -> Result<Value, ApiError> {
    Ok(Value::structure())
}

fn no_list() -> Result<Value, ApiError> {
    Ok(Value::structure().with("IsTruncated", false))
}

fn nested(outer: &str, inner: &str, value: &str) -> Value {
    Value::structure().with(outer, Value::structure().with(inner, value))
}

/// The owner of the bucket owns every object, and ACLs are off, as in every new bucket of S3.
fn ownership() -> Value {
    let rule = Value::structure().with("ObjectOwnership", "BucketOwnerEnforced");
    Value::structure().with("OwnershipControls", Value::structure().with("Rules", Value::List(vec![rule])))
}

fn none(ask: &Ask<'_>, code: &'static str, message: &str) -> Result<Value, ApiError> {
    Err(ApiError::caller(code, 404, message).with("BucketName", bucket(ask)?.record.name.as_str()))
}

fn none_of_id(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    none(ask, "NoSuchConfiguration", "The specified configuration does not exist.")
}
