//! Whose an organization is, and what a request in it is about.
//!
//! An organization and all in it belong to its management account. Others get in by its resource policy, and to what
//! is only read also as administrators of a service (Organizations User Guide, "Delegated administrator").

use std::sync::Arc;

use portcullis_base::AccountId;
use portcullis_store::record::{OrganizationRecord, UnitRecord};

use crate::action::{Access, Ask, Guarding, Need};
use crate::error::ApiError;
use crate::snapshot::organization::{Node, OrganizationPolicy, arn};

/// Tagging, which making something with tags takes as well.
pub const TAG: &str = "organizations:TagResource";

/// Members of inputs that name something in the organization.
const MEMBERS: [&str; 11] = [
    "AccountId",
    "ChildId",
    "DestinationParentId",
    "HandshakeId",
    "OrganizationalUnitId",
    "ParentId",
    "PolicyId",
    "ResourceId",
    "RootId",
    "SourceParentId",
    "TargetId",
];

/// A refusal by AWS's code; all of Organizations' have status 400.
pub fn refuse(code: &'static str, message: impl Into<String>) -> ApiError {
    ApiError::caller(code, 400, message)
}

/// `InvalidInputException` with AWS's word for what is wrong.
pub fn invalid(reason: &'static str, message: impl Into<String>) -> ApiError {
    refuse("InvalidInputException", message).with("Reason", reason)
}

/// `ConstraintViolationException` with AWS's word for which.
pub fn constraint(reason: &'static str, message: impl Into<String>) -> ApiError {
    refuse("ConstraintViolationException", message).with("Reason", reason)
}

/// The organization that the caller's account is in.
///
/// # Errors
/// `AWSOrganizationsNotInUseException`.
pub fn organization<'a>(ask: &Ask<'a>) -> Result<&'a Arc<OrganizationRecord>, ApiError> {
    ask.snapshot.accounts.organization_of(ask.account()).ok_or_else(|| {
        refuse("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
    })
}

/// The root, unit or account that a member of the input names.
///
/// # Errors
/// That of the code, when there is none.
pub fn node(ask: &Ask<'_>, member: &str, code: &'static str) -> Result<Node, ApiError> {
    organization(ask)?;
    let id = ask.text(member)?;
    ask.snapshot
        .accounts
        .node(id)
        .ok_or_else(|| refuse(code, format!("{id} is not in your organization, which {member} names.")))
}

/// The root or unit that a member of the input names.
///
/// # Errors
/// That of the code, when there is none or it is an account.
pub fn parent(ask: &Ask<'_>, member: &str, code: &'static str) -> Result<Node, ApiError> {
    match node(ask, member, code)? {
        Node::Account(_) => Err(refuse(code, format!("{member} names an account, which holds nothing."))),
        node => Ok(node),
    }
}

/// The account of the organization that `AccountId` names.
///
/// # Errors
/// `AccountNotFoundException`.
pub fn member(ask: &Ask<'_>) -> Result<Arc<portcullis_store::record::AccountRecord>, ApiError> {
    match node(ask, "AccountId", "AccountNotFoundException") {
        Ok(Node::Account(account)) => Ok(account),
        Ok(_) => Err(refuse("AccountNotFoundException", "AccountId names no account.")),
        Err(error) => Err(error),
    }
}

/// The unit that `OrganizationalUnitId` names.
///
/// # Errors
/// `OrganizationalUnitNotFoundException`.
pub fn unit(ask: &Ask<'_>) -> Result<Arc<UnitRecord>, ApiError> {
    match node(ask, "OrganizationalUnitId", "OrganizationalUnitNotFoundException")? {
        Node::Unit(unit) => Ok(unit),
        _ => Err(refuse("OrganizationalUnitNotFoundException", "OrganizationalUnitId names no unit.")),
    }
}

/// The policy that `PolicyId` names.
///
/// # Errors
/// `PolicyNotFoundException`.
pub fn policy<'a>(ask: &Ask<'a>) -> Result<&'a Arc<OrganizationPolicy>, ApiError> {
    organization(ask)?;
    let id = ask.text("PolicyId")?;
    ask.snapshot.accounts.policy(id).ok_or_else(|| {
        refuse("PolicyNotFoundException", format!("There is no policy {id} in your organization."))
    })
}

/// The permission on the organization as a whole.
pub fn anywhere(ask: &Ask<'_>, action: &'static str) -> Need {
    typed(ask, ours(ask, Need::anywhere(action, ask.account())), None)
}

/// What a request that makes something asks for: one that begins with tags also takes the permission to tag.
pub fn tagged(ask: &Ask<'_>, make: Need) -> Vec<Need> {
    let tag = ask.input.list("Tags").first().map(|_| anywhere(ask, TAG));
    std::iter::once(make).chain(tag).collect()
}

/// The permission on what a member of the input names.
///
/// # Errors
/// When the input has no such member.
pub fn one(ask: &Ask<'_>, action: &'static str, member: &str) -> Result<Need, ApiError> {
    let id = ask.text(member)?;
    let mut need = Need::new(action, arn_of(ask, id), ask.account());
    let accounts = &ask.snapshot.accounts;
    for tag in tags_of(ask, id).iter().flat_map(|tags| tags.iter()) {
        need = need.key(format!("aws:ResourceTag/{}", tag.key), tag.value.as_str());
    }
    let mut need = typed(ask, ours(ask, need), Some(id));
    if accounts.policy(id).is_some() && organization(ask).is_ok() {
        // A policy's ARN holds its type: a refusal that had it would tell that the policy is there.
        need = need.told(absent_arn(ask, id));
    }
    Ok(need)
}

/// The permissions on everything that these members of the input name.
///
/// # Errors
/// When the input lacks one of them.
pub fn each(ask: &Ask<'_>, action: &'static str, members: &[&str]) -> Result<Vec<Need>, ApiError> {
    members.iter().map(|member| one(ask, action, member)).collect()
}

/// The type of policy and the service that a request speaks of, as condition keys. A policy's own type comes first.
fn typed(ask: &Ask<'_>, need: Need, id: Option<&str>) -> Need {
    let kind_of = |id| ask.snapshot.accounts.policy(id).map(|policy| policy.record.kind.as_str());
    let named = ["Type", "PolicyType", "Filter"].iter().find_map(|member| ask.input.text(member));
    let kind = id.and_then(kind_of).or(named);
    let kind = kind.or_else(|| ask.input.text("PolicyId").and_then(kind_of));
    need.key_some("organizations:PolicyType", kind)
        .key_some("organizations:ServicePrincipal", ask.input.text("ServicePrincipal"))
}

/// Whose the resource is as far as this caller is concerned, and the policy that lets others in.
fn ours(ask: &Ask<'_>, mut need: Need) -> Need {
    let Some(organization) = ask.snapshot.accounts.organization() else { return need };
    let is_read = crate::actions::row("organizations", need.action.trim_start_matches("organizations:"))
        .is_some_and(|row| row.access == Access::Read);
    if is_read && is_administrator(organization, ask.account()) {
        // What its own policies allow is enough for whoever administers a service, and needed.
        return need;
    }
    need.account = organization.management;
    match ask.snapshot.accounts.delegation().filter(|_| is_read || is_delegable(need.action)) {
        Some(delegation) => need.guarded(Guarding::Delegation(Arc::clone(delegation))),
        None => need,
    }
}

/// What beside reads can be delegated: policies and tags, but neither accounts nor the delegation itself (Organizations
/// User Guide, "Resource-based delegation policies").
const DELEGABLE: [&str; 9] = [
    "organizations:AttachPolicy",
    "organizations:CreatePolicy",
    "organizations:DeletePolicy",
    "organizations:DetachPolicy",
    "organizations:DisablePolicyType",
    "organizations:EnablePolicyType",
    "organizations:TagResource",
    "organizations:UntagResource",
    "organizations:UpdatePolicy",
];

fn is_delegable(action: &str) -> bool {
    DELEGABLE.contains(&action)
}

/// Refuses a resource policy that speaks of actions that cannot be delegated.
///
/// # Errors
/// `InvalidInputException`.
pub fn delegable(text: &str) -> Result<(), ApiError> {
    let refused = |what: &str| {
        let message =
            format!("The resource policy has {what}, which cannot be delegated; name actions that can be.");
        invalid("UNSUPPORTED_ACTION_IN_RESOURCE_POLICY", message)
    };
    let document: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let statements = document.get("Statement").cloned().unwrap_or_default();
    let statements = statements.as_array().cloned().unwrap_or_else(|| vec![statements]);
    for statement in statements {
        if statement.get("NotAction").is_some() {
            return Err(refused("NotAction"));
        }
        let actions = statement.get("Action").cloned().unwrap_or_default();
        for action in actions.as_array().cloned().unwrap_or_else(|| vec![actions]) {
            let pattern = action.as_str().unwrap_or_default();
            let mut rows = super::ROWS.iter().filter(|row| row.access == Access::Write);
            let is_too_wide = rows.any(|row| {
                let name = format!("organizations:{}", row.name);
                !is_delegable(&name) && portcullis_policy::action_matches(pattern, &name)
            });
            if is_too_wide {
                return Err(refused(pattern));
            }
        }
    }
    Ok(())
}

fn is_administrator(organization: &OrganizationRecord, account: AccountId) -> bool {
    organization.administrators.iter().any(|held| held.account == account)
}

/// Tags of a root, unit, account, policy or resource policy.
pub fn tags_of(ask: &Ask<'_>, id: &str) -> Option<portcullis_base::Tags> {
    let accounts = &ask.snapshot.accounts;
    if let Some(policy) = accounts.policy(id) {
        return Some(policy.record.tags.clone());
    }
    if let Some(delegation) = accounts.organization().and_then(|held| held.resource_policy.as_ref())
        && delegation.id == id
    {
        return Some(delegation.tags.clone());
    }
    match accounts.node(id)? {
        Node::Root(organization) => Some(organization.tags.clone()),
        Node::Unit(unit) => Some(unit.tags.clone()),
        Node::Account(account) => account.membership.as_ref().map(|membership| membership.tags.clone()),
    }
}

/// The ARN of whatever has this id, or the one it would have; `*` where the caller's account is not in the
/// organization, which is to hear nothing of it but an invitation of its own.
pub fn arn_of(ask: &Ask<'_>, id: &str) -> String {
    let is_invited = ask.snapshot.accounts.handshake(id).is_some_and(|held| held.account == ask.account());
    if organization(ask).is_err() && !is_invited {
        return "*".to_owned();
    }
    match ask.snapshot.accounts.policy(id) {
        Some(policy) => policy.arn.clone(),
        None => absent_arn(ask, id),
    }
}

/// What an id tells of by its first letters.
struct Kind {
    letters: &'static str,
    /// In ARNs.
    word: &'static str,
    /// In ARNs, behind the organization's id.
    detail: &'static str,
    /// In events.
    event: &'static str,
}

const fn kind(letters: &'static str, word: &'static str, detail: &'static str, event: &'static str) -> Kind {
    Kind { letters, word, detail, event }
}

const KINDS: [Kind; 5] = [
    kind("r", "root", "", "AWS::Organizations::Root"),
    kind("ou", "ou", "", "AWS::Organizations::OrganizationalUnit"),
    kind("h", "handshake", "invite/", "AWS::Organizations::Handshake"),
    kind("p", "policy", "", "AWS::Organizations::Policy"),
    kind("rp", "resourcepolicy", "", "AWS::Organizations::ResourcePolicy"),
];
/// Accounts have numbers.
const ACCOUNT: Kind = kind("", "account", "", "AWS::Organizations::Account");

fn kind_of(id: &str) -> &'static Kind {
    let letters = id.split_once('-').map_or("", |(letters, _)| letters);
    KINDS.iter().find(|kind| kind.letters == letters).unwrap_or(&ACCOUNT)
}

/// The ARN that an id alone tells of.
fn absent_arn(ask: &Ask<'_>, id: &str) -> String {
    let Some(organization) = ask.snapshot.accounts.organization() else { return "*".to_owned() };
    let Kind { word, detail, .. } = kind_of(id);
    arn(organization.management, &format!("{word}/{}/{detail}{id}", organization.id))
}

/// What the event of a request names.
pub fn concerned(ask: &Ask<'_>) -> Vec<(&'static str, String)> {
    let ids = MEMBERS.iter().filter_map(|member| ask.input.text(member));
    ids.map(|id| (kind_of(id).event, arn_of(ask, id))).filter(|(_, arn)| arn != "*").collect()
}
