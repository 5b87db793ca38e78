//! Buckets with their policies. They are made empty, and block public access as new ones do.

use portcullis_base::{AccountId, Tags};
use portcullis_store::record::{BucketRecord, DocumentRecord, PublicAccessBlock};
use portcullis_store::{Key, codec};

use super::found::{Found, FoundBucket};
use super::iam::note_nobody;
use super::json::is_same;
use super::needs;
use super::plan::{Desk, Plan};
use super::principal::Names;
use super::report::Kind;
use crate::actions::s3::{bucket_policy_of, is_public};

/// Adds them to the plan.
pub fn add(found: &Found, desk: &Desk<'_>, names: &Names<'_>, plan: &mut Plan) {
    let account = desk.options.bucket_account.unwrap_or(desk.home);
    let mut seen: Vec<&FoundBucket> = Vec::new();
    for held in &found.buckets {
        let (bucket, file) = (&held.it, desk.file(held.file));
        needs::bucket(bucket, desk, &mut plan.needs);
        match seen.iter().find(|other| other.name == bucket.name) {
            Some(other) if is_same(&other.policy, &bucket.policy) => {}
            Some(_) => plan.report.problem(file, arn(bucket), "has another policy in another file"),
            None => add_one(bucket, account, file, desk, names, plan),
        }
        seen.push(bucket);
    }
    let is_here = desk.here.has_account(account) || account == desk.home;
    let is_made = plan.report.taken.contains_key(&(account, Kind::Account));
    if !seen.is_empty() && !is_here && !is_made {
        plan.report.problem("", account.to_string(), "is to own the buckets, but there is no such account");
    }
}

fn arn(bucket: &FoundBucket) -> String {
    format!("arn:aws:s3:::{}", bucket.name)
}

fn add_one(
    bucket: &FoundBucket,
    account: AccountId,
    file: &str,
    desk: &Desk<'_>,
    names: &Names<'_>,
    plan: &mut Plan,
) {
    let document = match bucket_policy_of(&arn(bucket), &bucket.policy) {
        Ok(document) => document,
        Err(error) => {
            let detail = error.extra.first().map(|(_, value)| format!(": {value}")).unwrap_or_default();
            let reason = format!("its policy is refused: {}{detail}", error.message);
            if desk.options.skips_unreadable {
                plan.report.omission(file, arn(bucket), reason);
            } else {
                plan.report.problem(file, arn(bucket), reason);
            }
            return;
        }
    };
    if let Some(held) = desk.here.bucket(&bucket.name) {
        let is_same_policy = held
            .record
            .policy
            .as_ref()
            .is_some_and(|policy| is_same(&desk.here.shown(policy), &bucket.policy));
        if held.record.account == account && is_same_policy {
            plan.same(account, Kind::Bucket);
        } else {
            plan.report.problem(
                file,
                arn(bucket),
                "is here already, of another account or with another policy",
            );
        }
        return;
    }
    let (policy, nobody) = names.resolved(&bucket.policy, &document);
    note_nobody(file, &arn(bucket), nobody, plan);
    if is_public(&bucket.policy) {
        let reason = "has a public policy, which counts for its own account alone until its public access block is \
                      deleted";
        plan.report.omission(file, arn(bucket), reason);
    }
    let record = made(bucket, policy, account, desk);
    plan.take(account, Kind::Bucket, Key::bucket(&bucket.name), codec::to_bytes(&record));
}

fn made(bucket: &FoundBucket, policy: DocumentRecord, account: AccountId, desk: &Desk<'_>) -> BucketRecord {
    let mut id = [0_u8; 16];
    desk.world.entropy.fill(&mut id);
    BucketRecord {
        id: hex::encode(id),
        name: bucket.name.clone(),
        account,
        region: desk.options.region.clone(),
        created: desk.now,
        policy: Some(policy),
        public_access_block: Some(PublicAccessBlock::ALL),
        tags: Tags::new(),
    }
}
