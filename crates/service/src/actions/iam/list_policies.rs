//! ListPolicies: managed policies by scope, path and use: the account's own first, then AWS's.

use portcullis_base::{AccountId, Value};

use super::paging::Page;
use super::{listing, row, shown};
use crate::action::{Ask, Row, no_resources};
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::{ManagedPolicy, Usage};

/// The action.
pub const ROW: Row = row::read("ListPolicies", row::anywhere("iam:ListPolicies"), no_resources, answer);

/// The two scopes in the order in which they are listed, with the letters that keys in markers begin with.
const SCOPES: [(&str, &str); 2] = [("Local", "a/"), ("AWS", "b/")];

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let page = Page::of(ask, "policies")?;
    let wanted = ask.input.text("Scope").unwrap_or("All");
    let prefix = listing::prefix(ask);
    let scopes = SCOPES.iter().filter(|(scope, _)| [*scope, "All"].contains(&wanted));
    let policies = scopes.flat_map(|(scope, start)| {
        let account = if *scope == "AWS" { AccountId::AWS } else { ask.account() };
        let after = page.after().and_then(|after| after.strip_prefix(start));
        ask.snapshot.policies.list(account, after).map(|policy| (*start, policy))
    });
    let policies =
        policies.filter(|(_, policy)| policy.record.path.starts_with(prefix) && is_wanted(ask, policy));
    Ok(page.answer(
        "Policies",
        policies,
        |(start, policy)| format!("{start}{}", listing::key(policy.as_ref())),
        |(_, policy)| shown::policy(ask, policy),
    ))
}

/// Whether a policy is used as the filters ask.
fn is_wanted(ask: &Ask<'_>, policy: &ManagedPolicy) -> bool {
    let is_used = |usage| shown::uses(ask, policy, usage) > 0;
    let is_of_usage = match ask.input.text("PolicyUsageFilter") {
        Some("PermissionsPolicy") => is_used(Usage::Permissions),
        Some("PermissionsBoundary") => is_used(Usage::Boundary),
        _ => true,
    };
    let is_attached = is_used(Usage::Permissions) || is_used(Usage::Boundary);
    is_of_usage && (is_attached || ask.input.bool("OnlyAttached") != Some(true))
}
