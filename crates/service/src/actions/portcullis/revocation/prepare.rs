//! PrepareRevocation: makes the service control policy that stands ready to cut a person off, and attaches it.

use std::sync::Arc;

use portcullis_base::Value;

use super::step::{MADE, Step};
use super::{manner, prepared};
use crate::action::{Access, Handler, Output, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::flow::{Flow, NotCommitted};
use crate::port::BoxFuture;
use crate::service::ATTEMPTS_MAX;
use crate::snapshot::organization::SCP;

/// How the policy is called unless the request says otherwise.
const NAME: &str = "PreparedRevocation";

/// The action.
pub const ROW: Row = super::row(
    "PrepareRevocation",
    "portcullis:PrepareRevocation",
    Access::Write,
    Handler::Flow(|flow| run(flow)),
);

fn run(flow: &mut Flow) -> BoxFuture<'_, Result<Output, ApiError>> {
    Box::pin(async move {
        let service = Arc::clone(&flow.service);
        let _turn = service.writer.lock().await;
        for _ in 0..ATTEMPTS_MAX {
            let target = target(flow)?;
            if let Some(held) = standing(flow, &target) {
                return Ok(answer(flow, &held, &target, false).into());
            }
            let mut draft = Draft::new();
            let made = draft_policy(flow, &mut draft, &target).await?;
            let told = Value::structure().with("PolicyId", made.as_str()).with("TargetId", target.as_str());
            match flow.commit(&draft, &told).await {
                Ok(_) => return Ok(answer(flow, &made, &target, true).into()),
                Err(NotCommitted::Overtaken) => {}
                Err(NotCommitted::Refused(error)) => return Err(error),
            }
        }
        Err(ApiError::unavailable())
    })
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::caller("InvalidInputException", 400, message)
}

/// Where it is to be attached: the root, unless the request names another place.
fn target(flow: &Flow) -> Result<String, ApiError> {
    let own = flow.ask().account();
    let organization = flow.snapshot.accounts.organization().filter(|held| held.management == own);
    let organization = organization.ok_or_else(|| {
        invalid(
            "A service control policy needs an organization, and is made by its management account. Without one, \
             `portcullis revoke person` cuts people off all the same.",
        )
    })?;
    if !organization.policy_types.iter().any(|kind| kind == SCP) {
        return Err(invalid(
            "Service control policies are not enabled: aws organizations enable-policy-type --root-id ROOT \
             --policy-type SERVICE_CONTROL_POLICY",
        ));
    }
    let target = flow.input.text("TargetId").unwrap_or(&organization.root_id);
    let is_there = flow.snapshot.accounts.node(target).is_some();
    is_there
        .then(|| target.to_owned())
        .ok_or_else(|| ApiError::caller("ResourceNotFoundException", 400, format!("{target} was not found.")))
}

/// The policy that stands ready at this place already.
fn standing(flow: &Flow, target: &str) -> Option<String> {
    let attached = flow.snapshot.accounts.node(target)?.attached().to_vec();
    let ready = prepared::all(&flow.snapshot);
    ready.iter().find(|policy| attached.contains(&policy.record.id)).map(|policy| policy.record.id.clone())
}

/// Drafts the policy, by the actions of Organizations under their own permissions. Gives its id.
async fn draft_policy(flow: &mut Flow, draft: &mut Draft, target: &str) -> Result<String, ApiError> {
    let name = flow.input.text("PolicyName").unwrap_or(NAME).to_owned();
    let purpose = "a Deny that stands ready".to_owned();
    let document = prepared::document();
    let members = [
        ("Name", name.as_str()),
        ("Description", "Denies everything to the users whose ids it lists."),
        ("Type", SCP),
        ("Content", document.as_str()),
    ];
    let create = Step::of("organizations", "CreatePolicy", &members, purpose.clone());
    let members = [("PolicyId", MADE), ("TargetId", target)];
    let attach = Step::of("organizations", "AttachPolicy", &members, purpose);
    let made = manner::take_in(flow, draft, &[create, attach]).await?;
    made.ok_or_else(|| ApiError::internal("a policy was made without an id"))
}

fn answer(flow: &Flow, policy: &str, target: &str, is_made: bool) -> Value {
    let snapshot = flow.service.snapshot();
    let held = snapshot.accounts.policy(policy);
    let management = snapshot.accounts.organization().map(|held| held.management.to_string());
    let note = format!(
        "Service control policies do not reach the management account {}: there `portcullis revoke person` denies \
         beside all policies, or put the same statement into the permission sets' inline policy and provision them.",
        management.unwrap_or_default()
    );
    Value::structure()
        .with("PolicyId", policy)
        .with_some("Name", held.map(|held| held.record.name.as_str()))
        .with("TargetId", target)
        .with_some("Content", held.map(|held| held.record.text.as_str()))
        .with("Made", is_made)
        .with("Notes", Value::List(vec![Value::from(note)]))
}
