//! Types of policies that organizations have, and what is asked of each.

use portcullis_policy::PolicyKind;
use portcullis_store::record::OrganizationRecord;

use super::scope::{constraint, invalid, refuse};
use crate::action::Ask;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::snapshot::organization::{AWS_POLICIES, Node, RCP, SCP};

/// AWS's word for a unit where kinds of nodes are told apart.
pub const UNIT: &str = "ORGANIZATIONAL_UNIT";

/// A type of policy that is honoured here.
pub struct PolicyType {
    /// AWS's name.
    pub name: &'static str,
    /// Its grammar; none for documents that are put together from level to level and say nothing about access.
    pub grammar: Option<PolicyKind>,
    size_quota: &'static str,
    attached_quota: &'static str,
}

/// The types that are honoured here (Organizations User Guide, "Quotas").
const TYPES: [PolicyType; 5] = [
    PolicyType {
        name: SCP,
        grammar: Some(PolicyKind::Scp),
        size_quota: "scp-size",
        attached_quota: "scps-per-target",
    },
    PolicyType {
        name: RCP,
        grammar: Some(PolicyKind::Rcp),
        size_quota: "rcp-size",
        attached_quota: "rcps-per-target",
    },
    PolicyType {
        name: "TAG_POLICY",
        grammar: None,
        size_quota: "management-policy-size",
        attached_quota: "management-policies-per-target",
    },
    PolicyType {
        name: "BACKUP_POLICY",
        grammar: None,
        size_quota: "management-policy-size",
        attached_quota: "management-policies-per-target",
    },
    PolicyType {
        name: "AISERVICES_OPT_OUT_POLICY",
        grammar: None,
        size_quota: "management-policy-size",
        attached_quota: "management-policies-per-target",
    },
];

/// A type by AWS's name.
///
/// # Errors
/// `PolicyTypeNotAvailableForOrganizationException` for types of services that do not exist here.
pub fn named(name: &str) -> Result<&'static PolicyType, ApiError> {
    TYPES.iter().find(|kind| kind.name == name).ok_or_else(|| {
        refuse(
            "PolicyTypeNotAvailableForOrganizationException",
            format!("Policies of type {name} are of a service that does not exist here."),
        )
    })
}

/// The type that a member of the input names, if it is enabled.
///
/// # Errors
/// `PolicyTypeNotEnabledException`, and those of [`named`].
pub fn enabled(organization: &OrganizationRecord, name: &str) -> Result<&'static PolicyType, ApiError> {
    let kind = named(name)?;
    if organization.policy_types.iter().any(|held| held == name) {
        return Ok(kind);
    }
    Err(refuse(
        "PolicyTypeNotEnabledException",
        format!("Policies of type {name} are not enabled in the root; enable them with EnablePolicyType."),
    ))
}

/// Checks a policy's text.
///
/// # Errors
/// `MalformedPolicyDocumentException`, `ConstraintViolationException`.
pub fn check(ask: &Ask<'_>, kind: &PolicyType, text: &str, draft: &mut Draft) -> Result<(), ApiError> {
    let most = ask.service.settings.limits.quota(kind.size_quota);
    let characters = text.chars().count();
    if characters > most {
        return Err(constraint(
            "POLICY_CONTENT_LIMIT_EXCEEDED",
            format!("The policy has {characters} characters, more than the {most} that its type may have."),
        ));
    }
    well_formed(kind, text).map_err(|message| refuse("MalformedPolicyDocumentException", message))?;
    if let Some(grammar) = kind.grammar {
        crate::lint::note(text, grammar, draft);
    }
    Ok(())
}

/// Checks a policy's text by the grammar of its type, whatever its size.
///
/// # Errors
/// What is wrong with it.
pub fn well_formed(kind: &PolicyType, text: &str) -> Result<(), String> {
    match kind.grammar {
        Some(grammar) => portcullis_policy::parse(text, grammar).map(|_| ()).map_err(|error| error.message),
        None => super::effective::check(text),
    }
}

/// What is attached where policies of a type are enabled, so that nothing is forbidden at first.
pub fn first_policies(kinds: &[String]) -> Vec<String> {
    let of_kinds = AWS_POLICIES.iter().filter(|policy| kinds.iter().any(|kind| kind == policy.kind));
    of_kinds.map(|policy| policy.id.to_owned()).collect()
}

/// What may be attached besides.
///
/// # Errors
/// `ConstraintViolationException` at the quota.
pub fn within(ask: &Ask<'_>, kind: &PolicyType, node: &Node) -> Result<(), ApiError> {
    let most = ask.service.settings.limits.quota(kind.attached_quota);
    if of_kind(ask, kind.name, node) >= most {
        return Err(constraint(
            "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
            format!("{} has {most} policies of this type, and can have no more.", node.id()),
        ));
    }
    Ok(())
}

/// How many policies of a type are attached.
pub fn of_kind(ask: &Ask<'_>, kind: &str, node: &Node) -> usize {
    let accounts = &ask.snapshot.accounts;
    let is_of = |id: &&String| accounts.policy(id).is_some_and(|policy| policy.record.kind == kind);
    node.attached().iter().filter(is_of).count()
}

/// Refuses what only AWS changes.
///
/// # Errors
/// `InvalidInputException`.
pub fn immutable(id: &str) -> Result<(), ApiError> {
    if AWS_POLICIES.iter().any(|policy| policy.id == id) {
        return Err(invalid("IMMUTABLE_POLICY", "You can't change a policy that AWS manages."));
    }
    Ok(())
}
