//! ListPolicies: managed policies by scope, path and use. There are none of AWS's own here.

use portcullis_base::Value;

use super::paging::Page;
use super::{listing, row, shown};
use crate::action::{Ask, Row, no_resources};
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::{ManagedPolicy, Usage};

/// The action.
pub const ROW: Row = row::read("ListPolicies", row::anywhere("iam:ListPolicies"), no_resources, answer);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let page = Page::of(ask, "policies")?;
    let is_local = ask.input.text("Scope").unwrap_or("All") != "AWS";
    let prefix = listing::prefix(ask);
    let policies = ask
        .snapshot
        .policies
        .list(ask.account(), page.after())
        .filter(|policy| is_local && policy.record.path.starts_with(prefix) && is_wanted(ask, policy));
    Ok(page.answer(
        "Policies",
        policies,
        |policy| listing::key(policy.as_ref()),
        |policy| shown::policy(ask.snapshot, policy),
    ))
}

/// Whether a policy is used as the filters ask.
fn is_wanted(ask: &Ask<'_>, policy: &ManagedPolicy) -> bool {
    let is_used = |usage| shown::uses(ask.snapshot, policy, usage) > 0;
    let is_of_usage = match ask.input.text("PolicyUsageFilter") {
        Some("PermissionsPolicy") => is_used(Usage::Permissions),
        Some("PermissionsBoundary") => is_used(Usage::Boundary),
        _ => true,
    };
    let is_attached = is_used(Usage::Permissions) || is_used(Usage::Boundary);
    is_of_usage && (is_attached || ask.input.bool("OnlyAttached") != Some(true))
}
