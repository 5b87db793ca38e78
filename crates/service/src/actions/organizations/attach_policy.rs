//! AttachPolicy: a policy counts for a root, unit or account and for all below it, at once.

use portcullis_base::Value;

use super::scope::{self, refuse};
use super::{node, policy_type, row};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

const ATTACH: &str = "organizations:AttachPolicy";

/// The action.
pub const ROW: Row = row::change(
    "AttachPolicy",
    Permission::Several(&[ATTACH], |ask| scope::each(ask, ATTACH, &["PolicyId", "TargetId"])),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let organization = scope::organization(ask)?;
    let policy = scope::policy(ask)?;
    let target = scope::node(ask, "TargetId", "TargetNotFoundException")?;
    let kind = policy_type::enabled(organization, &policy.record.kind)?;
    if target.attached().contains(&policy.record.id) {
        return Err(refuse("DuplicatePolicyAttachmentException", "The policy is already attached there."));
    }
    policy_type::within(ask, kind, &target)?;
    node::change(draft, &target, |attached, _| attached.push(policy.record.id.clone()));
    Ok(Value::structure())
}
