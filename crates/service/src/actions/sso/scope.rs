//! Whose Identity Center is, and what a request in it is about.
//!
//! The instance and all in it belong to the account that it was made in; in an organization, an account that was made
//! administrator of the service gets in too, but for what reaches into the management account (IAM Identity Center User
//! Guide, "Delegated administration").

use std::sync::Arc;

use portcullis_base::{AccountId, Arn};
use portcullis_store::record::{Assignee, InstanceRecord, PermissionSetRecord};

use crate::action::{Ask, Need};
use crate::error::ApiError;
use crate::identity_center::reach;

/// The service's name as organizations delegate it.
const PRINCIPAL: &str = "sso.amazonaws.com";

/// A refusal by AWS's code; all of the service's have status 400.
pub fn refuse(code: &'static str, message: impl Into<String>) -> ApiError {
    ApiError::caller(code, 400, message)
}

/// `ResourceNotFoundException`.
pub fn absent(message: impl Into<String>) -> ApiError {
    refuse("ResourceNotFoundException", message)
}

/// `ValidationException`.
pub fn invalid(message: impl Into<String>) -> ApiError {
    refuse("ValidationException", message)
}

/// `ConflictException`.
pub fn conflict(message: impl Into<String>) -> ApiError {
    refuse("ConflictException", message)
}

/// `arn:aws:sso:::instance/ssoins-…`
pub fn instance_arn(instance: &InstanceRecord) -> String {
    Arn::new("sso", "", "", &format!("instance/{}", instance.id)).to_string()
}

/// `arn:aws:sso:::permissionSet/ssoins-…/ps-…`
pub fn set_arn(instance: &InstanceRecord, set: &str) -> String {
    Arn::new("sso", "", "", &format!("permissionSet/{}/{set}", instance.id)).to_string()
}

/// The instance, for an account that may administer it.
pub fn own_instance<'a>(ask: &Ask<'a>) -> Option<&'a Arc<InstanceRecord>> {
    let instance = ask.snapshot.identity_center.instance()?;
    let own = ask.account();
    let organization = ask.snapshot.accounts.organization_of(own);
    let is_delegate = organization.is_some_and(|organization| {
        let mut all = organization.administrators.iter();
        all.any(|held| held.account == own && held.principal == PRINCIPAL)
    });
    (instance.account == own || is_delegate).then_some(instance)
}

/// The instance that `InstanceArn` names, for an account that may administer it.
///
/// # Errors
/// `ResourceNotFoundException`; the same whether there is none or it is somebody else's.
pub fn instance<'a>(ask: &Ask<'a>) -> Result<&'a Arc<InstanceRecord>, ApiError> {
    let arn = ask.text("InstanceArn")?;
    own_instance(ask)
        .filter(|instance| instance_arn(instance) == arn)
        .ok_or_else(|| absent(format!("Instance with ARN {arn} was not found.")))
}

/// The permission set that `PermissionSetArn` names.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn set<'a>(ask: &Ask<'a>) -> Result<&'a Arc<PermissionSetRecord>, ApiError> {
    let (instance, arn) = (instance(ask)?, ask.text("PermissionSetArn")?);
    set_by_arn(ask, instance, arn)
        .ok_or_else(|| absent(format!("PermissionSet with ARN {arn} was not found.")))
}

/// The permission set of an ARN.
pub fn set_by_arn<'a>(
    ask: &Ask<'a>,
    instance: &InstanceRecord,
    arn: &str,
) -> Option<&'a Arc<PermissionSetRecord>> {
    let id = arn.strip_prefix(&set_arn(instance, ""))?;
    ask.snapshot.identity_center.set(id)
}

/// The same to change it, or what was made of it: what stands in the management account is the instance's alone, else
/// its delegate could write what an administrator of that account may do.
///
/// # Errors
/// `AccessDeniedException`, `ResourceNotFoundException`.
pub fn set_to_change<'a>(ask: &Ask<'a>) -> Result<&'a Arc<PermissionSetRecord>, ApiError> {
    let set = set(ask)?;
    within_reach(ask, instance(ask)?, set)?;
    Ok(set)
}

/// Refuses a delegate a permission set that is provisioned in the management account.
///
/// # Errors
/// `AccessDeniedException`.
pub fn within_reach(
    ask: &Ask<'_>,
    instance: &InstanceRecord,
    set: &PermissionSetRecord,
) -> Result<(), ApiError> {
    let center = &ask.snapshot.identity_center;
    if ask.account() == instance.account || center.provisioned(instance.account, &set.id).is_none() {
        return Ok(());
    }
    let message = "A delegated administrator cannot change a permission set that is provisioned in the management \
                   account.";
    Err(refuse("AccessDeniedException", message))
}

/// The account that a member of the input names, if people can be given access to it: the instance's own, or one of
/// its organization.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn account(ask: &Ask<'_>, member: &str) -> Result<AccountId, ApiError> {
    instance(ask)?;
    let text = ask.input.text(member).ok_or_else(|| invalid(format!("{member} must not be null.")))?;
    let gone = || absent(format!("Account {text} was not found."));
    let account: AccountId = text.parse().map_err(|_| gone())?;
    reach::reaches(ask.snapshot, account).then_some(account).ok_or_else(gone)
}

/// The same for a change of who has access to it: the management account is the instance's alone to open.
///
/// # Errors
/// `AccessDeniedException`, `ResourceNotFoundException`.
pub fn account_to_open(ask: &Ask<'_>, member: &str) -> Result<AccountId, ApiError> {
    unless_management(ask, account(ask, member)?)
}

/// The same to take access away, which a closed account does not hinder.
///
/// # Errors
/// `AccessDeniedException`, `ResourceNotFoundException`.
pub fn account_to_shut(ask: &Ask<'_>, member: &str) -> Result<AccountId, ApiError> {
    let named = ask.input.text(member).and_then(|text| text.parse().ok());
    let closed = named
        .filter(|id| ask.snapshot.accounts.organization_of(*id).is_some() && !ask.snapshot.has_account(*id));
    closed.map_or_else(|| account_to_open(ask, member), Ok)
}

fn unless_management(ask: &Ask<'_>, found: AccountId) -> Result<AccountId, ApiError> {
    if found == instance(ask)?.account && ask.account() != found {
        let message = "A delegated administrator cannot give access to the management account.";
        return Err(refuse("AccessDeniedException", message));
    }
    Ok(found)
}

/// Whom `PrincipalType` and `PrincipalId` name, whether there is anybody of that id or not.
///
/// # Errors
/// `ValidationException`.
pub fn assignee(ask: &Ask<'_>) -> Result<Assignee, ApiError> {
    let id = ask.text("PrincipalId")?.to_owned();
    match ask.text("PrincipalType")? {
        "USER" => Ok(Assignee::User(id)),
        "GROUP" => Ok(Assignee::Group(id)),
        other => Err(invalid(format!("{other} is no type of principal: USER or GROUP."))),
    }
}

/// AWS's two words for somebody.
pub fn words(assignee: &Assignee) -> (&'static str, &str) {
    match assignee {
        Assignee::User(id) => ("USER", id),
        Assignee::Group(id) => ("GROUP", id),
    }
}

/// What a permission is asked on.
#[derive(Debug, Clone, Copy)]
pub enum On {
    /// Everything: the action has no resources.
    All,
    /// What `InstanceArn` names.
    Instance,
    /// What `PermissionSetArn` names.
    Set,
    /// What this member names: an account.
    Account(&'static str),
    /// What `ResourceArn` names.
    Resource,
}

/// The permissions on all of these; of a member that is not given, none.
///
/// # Errors
/// When the input lacks a member that it must have.
pub fn needs(ask: &Ask<'_>, action: &'static str, on: &[On]) -> Result<Vec<Need>, ApiError> {
    let mut needs = Vec::with_capacity(on.len());
    for on in on {
        let arn = match on {
            On::All => "*".to_owned(),
            On::Instance => ask.text("InstanceArn")?.to_owned(),
            On::Set => ask.text("PermissionSetArn")?.to_owned(),
            On::Resource => ask.text("ResourceArn")?.to_owned(),
            On::Account(member) => match ask.input.text(member) {
                Some(account) => Arn::new("sso", "", "", &format!("account/{account}")).to_string(),
                None => continue,
            },
        };
        needs.push(need(ask, action, arn));
    }
    Ok(needs)
}

fn need(ask: &Ask<'_>, action: &'static str, arn: String) -> Need {
    let tags = own_instance(ask).and_then(|instance| {
        let own = (instance_arn(instance) == arn).then_some(&instance.tags);
        own.or_else(|| set_by_arn(ask, instance, &arn).map(|set| &set.tags))
    });
    let mut need = Need::new(action, arn, ask.account());
    for tag in tags.iter().flat_map(|tags| tags.iter()) {
        need = need.key(format!("aws:ResourceTag/{}", tag.key), tag.value.as_str());
    }
    need
}
