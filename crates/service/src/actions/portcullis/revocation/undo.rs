//! Taking out what a revocation wrote into policies: its own statements, as things are now. What others wrote
//! meanwhile stays, and so does what another revocation wrote.

use portcullis_store::record::{
    AccessKeyOwner, DocumentRecord, ReceiptRecord, ReceiptState, RevocationTarget, WrittenKind, WrittenPart,
};
use portcullis_store::{Range, codec, key};

use super::prepared;
use super::sid::{self, Left};
use super::step::Step;
use crate::error::ApiError;
use crate::flow::Flow;
use crate::snapshot::{Role, User};

/// Receipts that are read at once.
const PAGE: usize = 500;

/// What it takes.
///
/// # Errors
/// `InvalidInputException` where a policy is of another account than the caller's.
pub async fn steps(flow: &Flow, receipt: &ReceiptRecord) -> Result<Vec<Step>, ApiError> {
    let mut steps = Vec::new();
    for part in &receipt.written {
        let number = receipt.number;
        match part.kind {
            WrittenKind::RolePolicy => of_role(flow, part, number, &mut steps)?,
            WrittenKind::UserPolicy => of_user(flow, part, number, &mut steps)?,
            WrittenKind::TrustStatement => of_trust(flow, part, number, &mut steps)?,
            WrittenKind::BucketStatement => of_bucket(flow, part, number, &mut steps)?,
            WrittenKind::ServiceControlPolicy => of_organization(flow, part, number, &mut steps)?,
            WrittenKind::PreparedList => steps.extend(of_prepared(flow, part)),
            WrittenKind::AccessKey => {
                if !is_held_by_another(flow, receipt).await? {
                    of_key(flow, part, &mut steps)?;
                }
            }
        }
    }
    Ok(steps)
}

fn own(flow: &Flow, account: portcullis_base::AccountId) -> Result<(), ApiError> {
    if account == flow.ask().account() {
        return Ok(());
    }
    let message = "What was written for it lies in policies of another account: lift it there.";
    Err(ApiError::caller("InvalidInputException", 400, message))
}

fn purpose(part: &WrittenPart) -> String {
    format!("what was written into {} is taken out", part.name)
}

fn role<'a>(flow: &'a Flow, part: &WrittenPart) -> Result<Option<&'a Role>, ApiError> {
    let found = part.resource.parse().ok().and_then(|id| flow.snapshot.roles.get(id)).map(AsRef::as_ref);
    found.map(|role: &Role| own(flow, role.record.account).map(|()| role)).transpose()
}

fn user<'a>(flow: &'a Flow, part: &WrittenPart) -> Result<Option<&'a User>, ApiError> {
    let found = part.resource.parse().ok().and_then(|id| flow.snapshot.users.get(id)).map(AsRef::as_ref);
    found.map(|user: &User| own(flow, user.record.account).map(|()| user)).transpose()
}

fn of_role(flow: &Flow, part: &WrittenPart, number: u64, steps: &mut Vec<Step>) -> Result<(), ApiError> {
    let Some(role) = role(flow, part)? else { return Ok(()) };
    let held = role.record.inline.iter().find(|held| held.name == part.name);
    let Some(held) = held else { return Ok(()) };
    let named = [("RoleName", role.record.name.as_str()), ("PolicyName", part.name.as_str())];
    let left = sid::without(&held.document.text, number)?;
    steps.extend(inline(["PutRolePolicy", "DeleteRolePolicy"], &named, &left, part));
    Ok(())
}

fn of_user(flow: &Flow, part: &WrittenPart, number: u64, steps: &mut Vec<Step>) -> Result<(), ApiError> {
    let Some(user) = user(flow, part)? else { return Ok(()) };
    let held = user.record.inline.iter().find(|held| held.name == part.name);
    let Some(held) = held else { return Ok(()) };
    let named = [("UserName", user.record.name.as_str()), ("PolicyName", part.name.as_str())];
    let left = sid::without(&held.document.text, number)?;
    steps.extend(inline(["PutUserPolicy", "DeleteUserPolicy"], &named, &left, part));
    Ok(())
}

fn inline(
    [put, delete]: [&'static str; 2],
    named: &[(&str, &str); 2],
    left: &Left,
    part: &WrittenPart,
) -> Option<Step> {
    let [holder, policy] = *named;
    match left {
        Left::All => None,
        Left::Some(text) => Some(Step::iam(put, &[holder, policy, ("PolicyDocument", text)], purpose(part))),
        Left::Nothing => Some(Step::iam(delete, named, purpose(part))),
    }
}

/// The text without the statements, where they are in it still.
fn left_of(flow: &Flow, document: &DocumentRecord, number: u64) -> Result<Left, ApiError> {
    sid::without(&sid::current(&flow.snapshot, document), number)
}

fn of_trust(flow: &Flow, part: &WrittenPart, number: u64, steps: &mut Vec<Step>) -> Result<(), ApiError> {
    let Some(role) = role(flow, part)? else { return Ok(()) };
    // A trust policy that says nothing else trusts nobody, and cannot be empty: it may stay.
    if let Left::Some(text) = left_of(flow, &role.record.trust, number)? {
        let members = [("RoleName", role.record.name.as_str()), ("PolicyDocument", text.as_str())];
        steps.push(Step::iam("UpdateAssumeRolePolicy", &members, purpose(part)));
    }
    Ok(())
}

fn of_bucket(flow: &Flow, part: &WrittenPart, number: u64, steps: &mut Vec<Step>) -> Result<(), ApiError> {
    let name = part.resource.rsplit(':').next().unwrap_or_default();
    let Some(bucket) = flow.snapshot.bucket(name) else { return Ok(()) };
    let Some(policy) = &bucket.record.policy else { return Ok(()) };
    let step = match left_of(flow, policy, number)? {
        Left::All => return Ok(()),
        Left::Some(text) => {
            Step::of("s3", "PutBucketPolicy", &[("Bucket", name), ("Policy", &text)], purpose(part))
        }
        Left::Nothing => Step::of("s3", "DeleteBucketPolicy", &[("Bucket", name)], purpose(part)),
    };
    own(flow, bucket.record.account)?;
    steps.push(step);
    Ok(())
}

fn of_organization(
    flow: &Flow,
    part: &WrittenPart,
    number: u64,
    steps: &mut Vec<Step>,
) -> Result<(), ApiError> {
    let accounts = &flow.snapshot.accounts;
    let Some(policy) = accounts.policies().find(|policy| policy.record.name == part.name) else {
        return Ok(());
    };
    let id = policy.record.id.as_str();
    let step =
        |operation, members: &[(&str, &str)]| Step::of("organizations", operation, members, purpose(part));
    match sid::without(&policy.record.text, number)? {
        Left::All => {}
        Left::Some(text) => steps.push(step("UpdatePolicy", &[("PolicyId", id), ("Content", &text)])),
        Left::Nothing => {
            for node in accounts.targets(id) {
                steps.push(step("DetachPolicy", &[("PolicyId", id), ("TargetId", &node.id())]));
            }
            steps.push(step("DeletePolicy", &[("PolicyId", id)]));
        }
    }
    Ok(())
}

/// The person's id is taken out of the list, whatever else was put in meanwhile.
fn of_prepared(flow: &Flow, part: &WrittenPart) -> Option<Step> {
    let policy = flow.snapshot.accounts.policy(&part.resource)?;
    let ids = prepared::ids(&policy.record.text)?;
    let left: Vec<String> = ids.iter().filter(|id| **id != part.name).cloned().collect();
    if left.len() == ids.len() {
        return None;
    }
    let text = prepared::with_ids(&policy.record.text, &left)?;
    let members = [("PolicyId", part.resource.as_str()), ("Content", text.as_str())];
    Some(Step::of("organizations", "UpdatePolicy", &members, purpose(part)))
}

fn of_key(flow: &Flow, part: &WrittenPart, steps: &mut Vec<Step>) -> Result<(), ApiError> {
    let key = part.name.parse().ok().and_then(|id| flow.snapshot.access_key(&id));
    let Some(key) = key.filter(|key| !key.is_active) else { return Ok(()) };
    let AccessKeyOwner::User(owner) = key.owner else { return Ok(()) };
    let Some(user) = flow.snapshot.users.get(owner) else { return Ok(()) };
    own(flow, key.account)?;
    let members =
        [("UserName", user.record.name.as_str()), ("AccessKeyId", part.name.as_str()), ("Status", "Active")];
    steps.push(Step::iam("UpdateAccessKey", &members, format!("the key {} is active again", part.name)));
    Ok(())
}

/// Whether another revocation wants the same key inactive.
async fn is_held_by_another(flow: &Flow, receipt: &ReceiptRecord) -> Result<bool, ApiError> {
    let RevocationTarget::AccessKey(_) = &receipt.target else { return Ok(false) };
    let all = Range::prefix(key::RECEIPTS.as_bytes());
    let mut next = Some(all.clone().limit(PAGE));
    while let Some(range) = next.take() {
        let page = flow.service.engine.range(range).await;
        let page = page.map_err(|error| ApiError::undetermined(&error))?;
        next = page.items.last().filter(|_| page.more).map(|(last, _)| all.clone().limit(PAGE).beyond(last));
        for (_, held) in page.items {
            let other: ReceiptRecord =
                codec::from_bytes(&held.value).map_err(|error| ApiError::undetermined(&error))?;
            let is_other = other.number != receipt.number && other.state == ReceiptState::InForce;
            let wrote = other.written.iter().any(|part| part.kind == WrittenKind::AccessKey);
            if is_other && wrote && other.target == receipt.target {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use portcullis_base::Value;
    use serde_json::json;

    use crate::actions::testing::{ALLOW_ALL, Creds, Ground};

    async fn ask(ground: &Ground, service: &'static str, operation: &str, members: &[(&str, &str)]) -> Value {
        let input = members.iter().fold(Value::structure(), |input, (name, value)| input.with(name, *value));
        ground.ask(&ground.root, service, operation, input).await.unwrap()
    }

    fn statements(ground: &Ground) -> usize {
        let snapshot = ground.service.snapshot();
        let policy = snapshot.bucket("vault").unwrap().record.policy.clone().unwrap();
        let document: serde_json::Value = serde_json::from_str(&policy.text).unwrap();
        document["Statement"].as_array().unwrap().len()
    }

    #[tokio::test]
    async fn what_was_written_can_be_taken_out_when_the_revocation_has_retired() {
        let ground = Ground::new().await;
        let alice = ground.user("alice", Some(ALLOW_ALL)).await;
        let session = Value::structure().with("DurationSeconds", 900_i64);
        Creds::issued(&ground.ask(&alice, "sts", "GetSessionToken", session).await.unwrap());
        ask(&ground, "s3", "CreateBucket", &[("Bucket", "vault")]).await;
        let policy = json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::vault/*",
            "Principal": { "AWS": format!("arn:aws:iam::{}:user/alice", ground.account()) },
        }] });
        let policy = policy.to_string();
        ask(&ground, "s3", "PutBucketPolicy", &[("Bucket", "vault"), ("Policy", &policy)]).await;
        let input = Value::structure().with("Kind", "user").with("Target", "alice").with("CloseDoors", true);
        let receipt = ground.ask(&ground.root, "portcullis", "Revoke", input).await.unwrap();
        let id = receipt.text("RevocationId").unwrap();
        assert_eq!((statements(&ground), receipt.list("Written").len()), (2, 1));
        ground.forward(3600);
        assert_eq!(ground.service.retire_revocations().await.unwrap(), 1);
        assert_eq!(statements(&ground), 2, "nothing is taken out by itself");
        ask(&ground, "portcullis", "LiftRevocation", &[("RevocationId", id)]).await;
        assert_eq!(statements(&ground), 1);
        let again = Value::structure().with("RevocationId", id);
        let again = ground.ask(&ground.root, "portcullis", "LiftRevocation", again).await.unwrap_err();
        assert_eq!(again.code, "ResourceNotFoundException");
    }
}
