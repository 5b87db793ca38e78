//! ListBuckets: all buckets of the caller's account, whatever their policies say.

use portcullis_base::Value;

use super::continuation::Listing;
use super::owner::owner;
use super::place::with_signature;
use super::refusal::invalid_argument;
use crate::action::{Access, Category, Handler, Need, Permission, Row, no_resources};
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::Bucket;

/// The action.
pub const ROW: Row = Row {
    service: "s3",
    name: "ListBuckets",
    permission: Permission::Named("s3:ListAllMyBuckets", |ask, action| {
        Ok(with_signature(ask, Need::anywhere(action, ask.account())))
    }),
    access: Access::Read,
    category: Category::Management,
    hides: &[],
    resources: no_resources,
    prepare: None,
    handler: Handler::Read(answer),
};

/// Buckets of one answer (S3 API reference, ListBuckets).
const BUCKETS_MAX: usize = 10_000;

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let prefix = ask.input.text("Prefix").unwrap_or_default();
    let region = ask.input.text("BucketRegion");
    let most = match ask.input.int("MaxBuckets") {
        None => BUCKETS_MAX,
        Some(number) => usize::try_from(number)
            .ok()
            .filter(|number| (1..=BUCKETS_MAX).contains(number))
            .ok_or_else(|| {
                let message = "Argument max-buckets must be an integer between 1 and 10000";
                invalid_argument("max-buckets", &number.to_string(), message)
            })?,
    };
    let parts = ["", prefix, region.unwrap_or_default()];
    let listing = Listing(&parts);
    let after = ask.input.text("ContinuationToken").map(|token| listing.open(ask, token)).transpose()?;
    let is_wanted = |bucket: &&std::sync::Arc<Bucket>| {
        bucket.record.account == ask.account()
            && bucket.record.name.starts_with(prefix)
            && region.is_none_or(|region| region == bucket.record.region)
    };
    let mut buckets: Vec<&Bucket> = ask
        .snapshot
        .buckets_after(after.as_deref().unwrap_or_default())
        .filter(is_wanted)
        .take(most + 1)
        .map(AsRef::as_ref)
        .collect();
    let more = buckets.len() > most;
    buckets.truncate(most);
    let next = buckets.last().filter(|_| more).map(|last| listing.token(ask, &last.record.name));
    Ok(Value::structure()
        .with("Buckets", buckets.into_iter().map(shown).collect::<Value>())
        .with("Owner", owner(ask.account()))
        .with_some("ContinuationToken", next)
        .with_some("Prefix", ask.input.text("Prefix")))
}

fn shown(bucket: &Bucket) -> Value {
    Value::structure()
        .with("Name", bucket.record.name.as_str())
        .with("CreationDate", bucket.record.created)
        .with("BucketRegion", bucket.record.region.as_str())
        .with("BucketArn", bucket.arn.as_str())
}
