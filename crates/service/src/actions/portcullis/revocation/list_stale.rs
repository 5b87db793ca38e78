//! ListStaleDenies: denies about sessions that no live session can match any more, each with the command that takes it
//! out. Nothing is taken out here.

use std::sync::Arc;

use portcullis_base::Value;
use serde_json::Value as Json;

use super::step::Step;
use super::{closing, row};
use crate::action::{Access, Handler, Output, Row};
use crate::error::ApiError;
use crate::flow::Flow;
use crate::port::BoxFuture;
use crate::revocation::stale::{Found, Look, Place, Stale};

/// Denies that an answer has; all are counted.
const SHOWN_MAX: usize = 1000;

/// The action.
pub const ROW: Row = row("ListStaleDenies", "portcullis:ListStaleDenies", Access::Read, Handler::Flow(list));

fn list(flow: &mut Flow) -> BoxFuture<'_, Result<Output, ApiError>> {
    Box::pin(async move {
        let (service, snapshot) = (Arc::clone(&flow.service), Arc::clone(&flow.snapshot));
        let (account, now) = (flow.ask().account(), flow.now);
        // All policies are read: on a thread where nobody waits for the next request.
        let looking = tokio::task::spawn_blocking(move || {
            Look { snapshot: &snapshot, sessions: &service.sessions, account, now }.all()
        });
        let found = looking.await;
        let found =
            found.map_err(|error| ApiError::internal(&format!("looking for denies failed: {error}")))?;
        let Found { stale, is_incomplete } = found;
        let shown: Value = stale.iter().take(SHOWN_MAX).map(|stale| shown(flow, stale)).collect();
        let said = is_incomplete.then_some(
            "There are too many live sessions to hold bucket, trust and service control policies against them.",
        );
        Ok(Value::structure()
            .with("StaleDenies", shown)
            .with("Count", i64::try_from(stale.len()).unwrap_or(i64::MAX))
            .with("Findings", Value::List(said.into_iter().map(Value::from).collect()))
            .into())
    })
}

/// One, with what stands in it if the caller may read the policy.
fn shown(flow: &Flow, stale: &Stale) -> Value {
    let (kind, name, reading) = told(&stale.place);
    let value = Value::structure()
        .with("Kind", kind)
        .with("ResourceArn", stale.arn.as_str())
        .with_some("PolicyName", name)
        .with_some("Since", stale.since);
    let (service, operation, members) = reading;
    if !closing::may(flow, service, operation, &members) {
        return value;
    }
    let document: Json = serde_json::from_str(&stale.text).unwrap_or_default();
    let statement = match document.get("Statement") {
        Some(Json::Array(all)) => all.get(stale.index).cloned().unwrap_or_default(),
        Some(only) => only.clone(),
        None => Json::Null,
    };
    let sid = statement.get("Sid").and_then(Json::as_str).filter(|sid| !sid.is_empty());
    let place = sid.map_or_else(|| (stale.index + 1).to_string(), str::to_owned);
    let value = value.with("Statement", place).with("Text", statement.to_string());
    let note = stale.since.is_none().then_some(
        "No live session matches it. One that is issued anew under the same name would be denied as well.",
    );
    value
        .with_some("Note", note)
        .with("Command", command(&stale.place, without(document, stale.index).as_deref()))
}

/// Kind, name of the policy, and the action that reads it.
#[expect(clippy::type_complexity, reason = "three columns of a table")]
fn told(
    place: &Place,
) -> (&'static str, Option<&str>, (&'static str, &'static str, Vec<(&'static str, &str)>)) {
    match place {
        Place::Role(role, policy) => {
            let members = vec![("RoleName", role.as_str()), ("PolicyName", policy.as_str())];
            ("role-policy", Some(policy), ("iam", "GetRolePolicy", members))
        }
        Place::User(user, policy) => {
            let members = vec![("UserName", user.as_str()), ("PolicyName", policy.as_str())];
            ("user-policy", Some(policy), ("iam", "GetUserPolicy", members))
        }
        Place::Group(group, policy) => {
            let members = vec![("GroupName", group.as_str()), ("PolicyName", policy.as_str())];
            ("group-policy", Some(policy), ("iam", "GetGroupPolicy", members))
        }
        Place::Managed(arn) => {
            let members = vec![("PolicyArn", arn.as_str())];
            ("managed-policy", None, ("iam", "GetPolicyVersion", members))
        }
        Place::Bucket(bucket) => {
            ("bucket-policy", None, ("s3", "GetBucketPolicy", vec![("Bucket", bucket.as_str())]))
        }
        Place::Trust(role) => ("trust-policy", None, ("iam", "GetRole", vec![("RoleName", role.as_str())])),
        Place::Scp(id, name) => {
            let members = vec![("PolicyId", id.as_str())];
            ("service-control-policy", Some(name), ("organizations", "DescribePolicy", members))
        }
    }
}

/// The document without the statement; `None` if nothing else is in it.
fn without(mut document: Json, index: usize) -> Option<String> {
    let all = document.get_mut("Statement").and_then(Json::as_array_mut)?;
    if index < all.len() {
        all.remove(index);
    }
    (!all.is_empty()).then(|| document.to_string())
}

/// What takes the statement out.
fn command(place: &Place, left: Option<&str>) -> String {
    let step = |service, operation, members: &[(&str, &str)]| {
        Step::of(service, operation, members, String::new()).command()
    };
    let inline = |put, delete, member, name: &str, policy: &str| match left {
        Some(text) => step("iam", put, &[(member, name), ("PolicyName", policy), ("PolicyDocument", text)]),
        None => step("iam", delete, &[(member, name), ("PolicyName", policy)]),
    };
    match (place, left) {
        (Place::Role(role, policy), _) => {
            inline("PutRolePolicy", "DeleteRolePolicy", "RoleName", role, policy)
        }
        (Place::User(user, policy), _) => {
            inline("PutUserPolicy", "DeleteUserPolicy", "UserName", user, policy)
        }
        (Place::Group(group, policy), _) => {
            inline("PutGroupPolicy", "DeleteGroupPolicy", "GroupName", group, policy)
        }
        (Place::Managed(arn), Some(text)) => {
            let made = step("iam", "CreatePolicyVersion", &[("PolicyArn", arn), ("PolicyDocument", text)]);
            format!("{made} --set-as-default")
        }
        (Place::Managed(arn), None) => format!("# detach {arn} from all that have it; nothing else is in it"),
        (Place::Bucket(bucket), Some(text)) => {
            step("s3", "PutBucketPolicy", &[("Bucket", bucket), ("Policy", text)])
        }
        (Place::Bucket(bucket), None) => step("s3", "DeleteBucketPolicy", &[("Bucket", bucket)]),
        (Place::Trust(role), Some(text)) => {
            step("iam", "UpdateAssumeRolePolicy", &[("RoleName", role), ("PolicyDocument", text)])
        }
        (Place::Trust(role), None) => {
            format!("# nothing else is in the trust policy of {role}, which trusts nobody")
        }
        (Place::Scp(id, _), Some(text)) => {
            step("organizations", "UpdatePolicy", &[("PolicyId", id), ("Content", text)])
        }
        (Place::Scp(id, _), None) => format!(
            "# detach {id} from all that have it, then: {}",
            step("organizations", "DeletePolicy", &[("PolicyId", id)])
        ),
    }
}
