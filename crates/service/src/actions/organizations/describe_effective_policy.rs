//! DescribeEffectivePolicy: what the policies of a type come to for an account, root to account. Service control and
//! resource control policies are not put together but each has its say; [`super::effective`] tells how others are.

use portcullis_base::Value;

use super::scope::{self, constraint, refuse};
use super::{effective, policy_type, row};
use crate::action::{Ask, Permission, Row};
use crate::error::ApiError;
use crate::snapshot::organization::Node;

/// The action.
pub const ROW: Row = row::read(
    "DescribeEffectivePolicy",
    Permission::Named("organizations:DescribeEffectivePolicy", |ask, action| {
        match ask.input.text("TargetId") {
            Some(_) => scope::one(ask, action, "TargetId"),
            // Of itself every account may ask.
            None => Ok(crate::action::Need::anywhere(action, ask.account())),
        }
    }),
    |ask| answer(ask),
);

fn answer(ask: &Ask<'_>) -> Result<Value, ApiError> {
    let organization = scope::organization(ask)?;
    let target = ask.input.text("TargetId").map_or_else(|| ask.account().to_string(), str::to_owned);
    let kind = policy_type::named(ask.text("PolicyType")?)
        .map_err(|error| constraint("POLICY_TYPE_ENABLED_FOR_THIS_SERVICE", error.message))?;
    let accounts = &ask.snapshot.accounts;
    if accounts.node(&target).is_none() {
        return Err(refuse("TargetNotFoundException", format!("{target} is not in your organization.")));
    }
    let line = accounts.line(&target);
    let attached = line.iter().flat_map(Node::attached).filter_map(|id| accounts.policy(id));
    let texts: Vec<&str> = attached
        .filter(|policy| policy.record.kind == kind.name)
        .map(|policy| policy.record.text.as_str())
        .collect();
    if texts.is_empty() || !organization.policy_types.iter().any(|held| held == kind.name) {
        return Err(refuse(
            "EffectivePolicyNotFoundException",
            format!("No policy of type {} is attached to {target} or above it.", kind.name),
        ));
    }
    let policy = Value::structure()
        .with("PolicyContent", effective::together(texts.into_iter()))
        .with("LastUpdatedTimestamp", ask.now)
        .with("TargetId", target)
        .with("PolicyType", kind.name);
    Ok(Value::structure().with("EffectivePolicy", policy))
}
