//! Session policies: what a caller passes along so that a session may do less than its principal.
//!
//! STS API reference, AssumeRole: one inline policy and up to ten managed ones of the principal's account or of AWS, together
//! at most 2,048 characters. They only ever limit, and are part of the session from then on: managed ones are held
//! by unique id, so a namesake made later changes nothing.

use portcullis_base::{AccountId, UniqueId};
use portcullis_policy::PolicyKind;

use crate::action::Ask;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::limits::{SESSION_POLICIES_MAX, SESSION_POLICY_CHARS_MAX};

/// The session policies of a request.
pub struct SessionPolicies {
    /// The inline one, as given.
    pub inline: Option<String>,
    /// The managed ones.
    pub managed: Vec<UniqueId>,
}

/// Reads the session policies of a request for a principal of this account. Advice about the inline one goes into
/// the draft.
///
/// # Errors
/// `ValidationError` when they are too long or too many, or a managed one does not exist in the account;
/// `MalformedPolicyDocument` when the inline one is not a policy.
pub fn of(ask: &Ask<'_>, account: AccountId, draft: &mut Draft) -> Result<SessionPolicies, ApiError> {
    let inline = ask.input.text("Policy");
    let arns: Vec<&str> = ask.input.list("PolicyArns").iter().filter_map(|item| item.text("arn")).collect();
    check_size(inline, &arns)?;
    if let Some(text) = inline {
        portcullis_policy::parse(text, PolicyKind::Session)
            .map_err(|malformed| ApiError::malformed_policy(malformed.to_string()))?;
        crate::lint::note(text, PolicyKind::Session, draft);
    }
    let mut managed: Vec<UniqueId> = Vec::new();
    for arn in arns {
        let id = managed_policy(ask, account, arn)?;
        if !managed.contains(&id) {
            managed.push(id);
        }
    }
    Ok(SessionPolicies { inline: inline.map(str::to_owned), managed })
}

fn check_size(inline: Option<&str>, arns: &[&str]) -> Result<(), ApiError> {
    let too_much = |member: &str, most: usize| {
        Err(ApiError::validation(format!(
            "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must have length \
             less than or equal to {most}"
        )))
    };
    if arns.len() > SESSION_POLICIES_MAX {
        return too_much("policyArns", SESSION_POLICIES_MAX);
    }
    let characters: usize = inline.iter().chain(arns).map(|text| text.chars().count()).sum();
    if characters > SESSION_POLICY_CHARS_MAX {
        return too_much("policy", SESSION_POLICY_CHARS_MAX);
    }
    Ok(())
}

fn managed_policy(ask: &Ask<'_>, account: AccountId, arn: &str) -> Result<UniqueId, ApiError> {
    ask.snapshot
        .policy_for(account, arn)
        .map(|policy| policy.record.id)
        .ok_or_else(|| ApiError::validation(format!("The policy {arn} does not exist in account {account}.")))
}
