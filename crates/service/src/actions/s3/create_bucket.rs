//! CreateBucket. New buckets belong to the caller's account, have no policy and block all public access.

use portcullis_base::{Tags, Value};
use portcullis_store::Guard;
use portcullis_store::Key;
use portcullis_store::record::{BucketRecord, PublicAccessBlock};

use super::attributes::GRANTS;
use super::name::check_bucket;
use super::place::{bucket_resources, with_headers, with_signature};
use super::refusal::not_implemented;
use super::tagging::{self, BUCKET_TAGS_MAX, with_tag_keys};
use crate::action::{Access, Ask, Category, Handler, Need, Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = Row {
    service: "s3",
    name: "CreateBucket",
    permission: Permission::Several(ACTIONS, needs),
    access: Access::Write,
    category: Category::Management,
    hides: &[],
    resources: bucket_resources,
    prepare: None,
    handler: Handler::Change(plan),
};

const ACTIONS: &[&str] = &[
    "s3:CreateBucket",
    "s3:PutBucketAcl",
    "s3:PutBucketObjectLockConfiguration",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketVersioning",
    "s3:TagResource",
];
/// The region whose buckets have no location constraint.
pub(super) const CLASSIC_REGION: &str = "us-east-1";

fn tags(input: &Value) -> Result<Tags, ApiError> {
    let configuration = input.member("CreateBucketConfiguration");
    tagging::of_set(configuration.map_or(&[], |it| it.list("Tags")), BUCKET_TAGS_MAX)
}

fn location(input: &Value) -> Option<&str> {
    input.member("CreateBucketConfiguration").and_then(|it| it.text("LocationConstraint"))
}

fn needs(ask: &Ask<'_>) -> Result<Vec<Need>, ApiError> {
    let name = ask.text("Bucket")?;
    check_bucket(name)?;
    let tags = tags(ask.input)?;
    let has = |members: &[&str]| members.iter().any(|member| ask.input.member(member).is_some());
    let mut actions = vec!["s3:CreateBucket"];
    if has(&["ACL"]) || has(&GRANTS) {
        actions.push("s3:PutBucketAcl");
    }
    if has(&["ObjectOwnership"]) {
        actions.push("s3:PutBucketOwnershipControls");
    }
    if ask.input.bool("ObjectLockEnabledForBucket") == Some(true) {
        actions.extend(["s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning"]);
    }
    if !tags.is_empty() {
        actions.push("s3:TagResource");
    }
    let need = |action| {
        // The bucket does not exist yet, so there is no policy of its own to ask.
        let need = Need::new(action, format!("arn:aws:s3:::{name}"), ask.account());
        let need = with_headers(ask, with_signature(ask, need));
        with_tag_keys(need.key_some("s3:LocationConstraint", location(ask.input)), &tags)
    };
    Ok(actions.into_iter().map(need).collect())
}

/// The region in which a new bucket lies.
fn region(ask: &Ask<'_>) -> Result<String, ApiError> {
    let served = ask.facts.region.as_str();
    let refused = |message: String| Err(ApiError::caller("IllegalLocationConstraintException", 400, message));
    match location(ask.input) {
        None if served == CLASSIC_REGION => Ok(CLASSIC_REGION.to_owned()),
        None => refused(
            "The unspecified location constraint is incompatible for the region specific endpoint this request was \
             sent to."
                .to_owned(),
        ),
        Some(CLASSIC_REGION) => {
            let message = "The specified location-constraint is not valid";
            Err(ApiError::caller("InvalidLocationConstraint", 400, message)
                .with("LocationConstraint", CLASSIC_REGION))
        }
        Some(location) if location == served => Ok(location.to_owned()),
        Some(location) => refused(format!(
            "The {location} location constraint is incompatible for the region specific endpoint this request was \
             sent to."
        )),
    }
}

fn refuse_unkept(input: &Value) -> Result<(), ApiError> {
    let has_acl = input.text("ACL").is_some_and(|acl| acl != "private")
        || GRANTS.iter().any(|member| input.member(member).is_some());
    if has_acl {
        let message = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting";
        return Err(ApiError::caller("InvalidBucketAclWithObjectOwnership", 400, message));
    }
    if input.text("ObjectOwnership").is_some_and(|it| it != "BucketOwnerEnforced") {
        return Err(not_implemented("x-amz-object-ownership"));
    }
    if input.bool("ObjectLockEnabledForBucket") == Some(true) {
        return Err(not_implemented("x-amz-bucket-object-lock-enabled"));
    }
    Ok(())
}

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let name = ask.text("Bucket")?;
    refuse_unkept(ask.input)?;
    let region = region(ask)?;
    let output = Value::structure()
        .with("Location", format!("/{name}"))
        .with("BucketArn", format!("arn:aws:s3:::{name}"));
    let account = ask.account();
    match ask.snapshot.bucket(name) {
        // In the oldest region making one's own bucket again succeeds and changes nothing.
        Some(held) if held.record.account == account && region == CLASSIC_REGION => return Ok(output),
        Some(held) if held.record.account == account => {
            let message =
                "Your previous request to create the named bucket succeeded and you already own it.";
            return Err(ApiError::caller("BucketAlreadyOwnedByYou", 409, message).with("BucketName", name));
        }
        Some(_) => {
            let message = "The requested bucket name is not available. The bucket namespace is shared by all users \
                           of the system. Please select a different name and try again.";
            return Err(ApiError::caller("BucketAlreadyExists", 409, message).with("BucketName", name));
        }
        None => {}
    }
    let quota = ask.service.settings.limits.quota("buckets");
    let held = ask.snapshot.buckets_after("").filter(|bucket| bucket.record.account == account).count();
    if held >= quota {
        let message = "You have attempted to create more buckets than allowed";
        return Err(ApiError::caller("TooManyBuckets", 400, message));
    }
    draft.guard(Guard::Absent(Key::bucket(name)));
    draft.put_bucket(&BucketRecord {
        id: ask.service.random_id(16),
        name: name.to_owned(),
        account,
        region,
        created: ask.now,
        policy: None,
        public_access_block: Some(PublicAccessBlock::ALL),
        tags: tags(ask.input)?,
    });
    Ok(output)
}
