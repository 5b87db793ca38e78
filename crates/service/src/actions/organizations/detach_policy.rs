//! DetachPolicy: a policy counts no longer for a root, unit or account by itself. One service control policy at least
//! stays everywhere: with none, everything would be forbidden.

use portcullis_base::Value;

use super::scope::{self, constraint, invalid, refuse};
use super::{node, policy_type, row};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::organization::{RCP, SCP};

const DETACH: &str = "organizations:DetachPolicy";

/// The action.
pub const ROW: Row = row::change(
    "DetachPolicy",
    Permission::Several(&[DETACH], |ask| scope::each(ask, DETACH, &["PolicyId", "TargetId"])),
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let policy = scope::policy(ask)?;
    let target = scope::node(ask, "TargetId", "TargetNotFoundException")?;
    let record = &policy.record;
    if !target.attached().contains(&record.id) {
        return Err(refuse(
            "PolicyNotAttachedException",
            "The policy isn't attached to the specified target.",
        ));
    }
    if policy.is_aws_managed && record.kind == RCP {
        return Err(invalid("NON_DETACHABLE_POLICY", format!("{} cannot be detached.", record.name)));
    }
    if record.kind == SCP && policy_type::of_kind(ask, SCP, &target) == 1 {
        return Err(constraint(
            "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
            "At least one service control policy must stay attached; attach another one first.",
        ));
    }
    node::change(draft, &target, |attached, _| attached.retain(|held| *held != record.id));
    Ok(Value::structure())
}
