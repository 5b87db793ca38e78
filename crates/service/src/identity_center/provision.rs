//! The role that a permission set becomes in an account (IAM Identity Center User Guide, "Permission sets";
//! `AWSReservedSSO_<name>_<suffix>` under a path that IAM lets nobody change).

use portcullis_base::{AccountId, Tags, UniqueId, UniqueIdKind};
use portcullis_policy::PolicyKind;
use portcullis_store::Key;
use portcullis_store::record::{
    DocumentRecord, InlinePolicyRecord, PermissionSetRecord, PolicyReference, ProvisionedRecord, RoleRecord,
    SetBoundary,
};
use serde_json::json;
use thin_vec::ThinVec;

use crate::action::Ask;
use crate::draft::Draft;
use crate::snapshot::{ManagedPolicy, Snapshot};

/// Where the roles lie of an instance in us-east-1; elsewhere the region follows.
pub const PATH: &str = "/aws-reserved/sso.amazonaws.com/";
/// What their names begin with.
pub const PREFIX: &str = "AWSReservedSSO_";
/// Whether a role is one that only Identity Center gives out.
pub fn is_of_center(role: &RoleRecord) -> bool {
    role.path.starts_with(PATH) || role.name.starts_with(PREFIX)
}

/// What the name of the provider begins with that they trust.
const PROVIDER: &str = "AWSSSO_";
/// The name of their inline policy.
const INLINE: &str = "AwsSSOInlinePolicy";
/// The longest session of such a role; the permission set says how long one lasts.
const SESSION_S_MAX: u32 = 43_200;
/// Policies of a role, by the name of their quota.
const ATTACHED_QUOTA: &str = "policies-per-role";
/// Characters of a role's inline policies, without white space, the same.
const INLINE_QUOTA: &str = "inline-policy-size-role";

/// Why a permission set cannot become a role there.
pub type Failure = String;

/// Drafts the role of a permission set in an account, made anew or brought up to date.
///
/// # Errors
/// [`Failure`] with what the account lacks; nothing is drafted then.
pub fn provision(
    ask: &Ask<'_>,
    set: &PermissionSetRecord,
    account: AccountId,
    draft: &mut Draft,
) -> Result<(), Failure> {
    let snapshot = ask.snapshot;
    let attached = attached(ask, set, account)?;
    let boundary = boundary(snapshot, set, account)?;
    let inline = inline(ask, set)?;
    let held = snapshot.identity_center.provisioned(account, &set.id);
    let role = held.and_then(|held| snapshot.roles.get(held.role));
    if role.is_none() {
        room(ask, account)?;
    }
    let record = match role {
        Some(role) => RoleRecord {
            attached,
            boundary,
            inline,
            description: set.description.clone(),
            ..role.record.clone()
        },
        None => RoleRecord {
            id: UniqueId::generate(UniqueIdKind::Role, ask.service.world.entropy.as_ref()),
            account,
            name: name(ask, &set.name).into(),
            path: path(&ask.service.settings.region).into(),
            created: ask.now,
            tags: Tags::new(),
            boundary,
            attached,
            inline,
            trust: DocumentRecord { text: trust(ask, account), principals: ThinVec::new() },
            description: set.description.clone(),
            max_session_s: SESSION_S_MAX,
        },
    };
    draft.put_role(&record);
    draft.put_provisioned(&ProvisionedRecord {
        account,
        set: set.id.clone(),
        role: record.id,
        version: set.version,
        updated: ask.now,
    });
    Ok(())
}

/// Drafts that the role is gone, and with it its sessions.
pub fn remove(snapshot: &Snapshot, set: &str, account: AccountId, draft: &mut Draft) {
    let Some(held) = snapshot.identity_center.provisioned(account, set) else { return };
    draft.delete(Key::role(account, held.role));
    draft.delete(Key::provisioned(account, set));
}

/// A role of a permission set counts as any other.
fn room(ask: &Ask<'_>, account: AccountId) -> Result<(), Failure> {
    let most = ask.service.settings.limits.quota("roles");
    if ask.snapshot.roles.count(account) < most {
        return Ok(());
    }
    Err(format!("Account {account} cannot exceed quota for RolesPerAccount: {most}"))
}

fn path(region: &str) -> String {
    if region == "us-east-1" { PATH.to_owned() } else { format!("{PATH}{region}/") }
}

/// A name of its own in each account, so that a role that is made again is not taken for the one before.
fn name(ask: &Ask<'_>, set: &str) -> String {
    let mut drawn = [0_u8; 8];
    ask.service.world.entropy.fill(&mut drawn);
    format!("{PREFIX}{set}_{}", hex::encode(drawn))
}

/// Nobody has an assertion of this provider: Identity Center alone issues sessions of the role.
fn trust(ask: &Ask<'_>, account: AccountId) -> String {
    let mut drawn = [0_u8; 8];
    ask.service.world.entropy.fill(&mut drawn);
    let provider =
        format!("arn:aws:iam::{account}:saml-provider/{PROVIDER}{}_DO_NOT_DELETE", hex::encode(drawn));
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Federated": provider },
            "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
            "Condition": { "StringEquals": { "SAML:aud": super::access::AUDIENCE } },
        }],
    })
    .to_string()
}

/// Whether a SAML provider of this name could be taken for the one that the roles trust.
pub fn is_provider(name: &str) -> bool {
    name.get(..PROVIDER.len()).is_some_and(|start| start.eq_ignore_ascii_case(PROVIDER))
}

fn attached(
    ask: &Ask<'_>,
    set: &PermissionSetRecord,
    account: AccountId,
) -> Result<ThinVec<UniqueId>, Failure> {
    let snapshot = ask.snapshot;
    let managed = set.managed.iter().map(|arn| by_arn(snapshot, arn));
    let customer = set.customer.iter().map(|reference| by_reference(snapshot, account, reference));
    let attached: Vec<UniqueId> = managed.chain(customer).collect::<Result<_, _>>()?;
    let most = ask.service.settings.limits.quota(ATTACHED_QUOTA);
    if attached.len() > most {
        return Err(format!(
            "The permission set has {} managed policies, and a role in account {account} can have {most}.",
            attached.len()
        ));
    }
    Ok(attached.into_iter().collect())
}

fn by_arn(snapshot: &Snapshot, arn: &str) -> Result<UniqueId, Failure> {
    let found = snapshot.policy_by_arn(arn).filter(|policy| policy.record.account == AccountId::AWS);
    found.map(|policy| policy.record.id).ok_or_else(|| format!("The policy {arn} does not exist."))
}

fn by_reference(
    snapshot: &Snapshot,
    account: AccountId,
    reference: &PolicyReference,
) -> Result<UniqueId, Failure> {
    let is_it = |policy: &&std::sync::Arc<ManagedPolicy>| {
        *policy.record.path == *reference.path && *policy.record.name == *reference.name
    };
    let found = snapshot.policies.named(account, &reference.name).filter(is_it);
    found.map(|policy| policy.record.id).ok_or_else(|| {
        format!(
            "The policy arn:aws:iam::{account}:policy{}{} does not exist: each account must have it under this name \
             and path.",
            reference.path, reference.name
        )
    })
}

fn boundary(
    snapshot: &Snapshot,
    set: &PermissionSetRecord,
    account: AccountId,
) -> Result<Option<UniqueId>, Failure> {
    match &set.boundary {
        None => Ok(None),
        Some(SetBoundary::Managed(arn)) => by_arn(snapshot, arn).map(Some),
        Some(SetBoundary::Customer(reference)) => by_reference(snapshot, account, reference).map(Some),
    }
}

fn inline(ask: &Ask<'_>, set: &PermissionSetRecord) -> Result<ThinVec<InlinePolicyRecord>, Failure> {
    let Some(text) = &set.inline else { return Ok(ThinVec::new()) };
    inline_size(ask, text)?;
    if let Err(error) = portcullis_policy::parse(text, PolicyKind::Identity) {
        return Err(format!("The inline policy cannot be read: {}", error.message));
    }
    let document = DocumentRecord { text: text.clone(), principals: ThinVec::new() };
    Ok(std::iter::once(InlinePolicyRecord { name: INLINE.into(), document }).collect())
}

/// Refuses an inline policy that no role can hold (IAM Identity Center User Guide, "IAM Identity Center quotas": 10,240 bytes
/// without white space).
///
/// # Errors
/// [`Failure`].
pub fn inline_size(ask: &Ask<'_>, text: &str) -> Result<(), Failure> {
    let size = text.chars().filter(|letter| !letter.is_whitespace()).count();
    let most = ask.service.settings.limits.quota(INLINE_QUOTA);
    if size <= most {
        return Ok(());
    }
    Err(format!("The inline policy has {size} characters without white space, and a role can have {most}."))
}
