//! Calls that some credentials may never make, whatever any policy says (AWS: "Compare AWS STS credentials").

use crate::layers::{Principal, Request, SessionFacts};

/// Permissions under a service's prefix that are asked for along with another call and are no API call themselves.
const PERMISSIONS_ONLY: [&str; 4] =
    ["iam:PassRole", "sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext"];

/// What a GetSessionToken session may still ask of STS; GetCallerIdentity is allowed before this is asked.
const STS_FOR_SESSIONS: [&str; 1] = ["sts:AssumeRole"];

/// What every credential that is not revoked may ask: who it is (AWS: "GetCallerIdentity"), and to end itself.
/// Whoever has signed in to the access portal asks what is theirs, and what tokens are good for is looked at elsewhere.
const NO_PERMISSION: [&str; 8] = [
    "sts:GetCallerIdentity",
    "portcullis:RevokeOwnSession",
    "sso:ListAccountRoles",
    "sso:ListAccounts",
    "sso:Logout",
    "sso-oauth:CreateToken",
    "sso-oauth:RegisterClient",
    "sso-oauth:StartDeviceAuthorization",
];

/// Whether an action needs no permission and no policy can forbid it.
pub(crate) fn needs_no_permission(action: &str) -> bool {
    NO_PERMISSION.iter().any(|name| is_action(action, name))
}

pub(crate) fn is_action(action: &str, name: &str) -> bool {
    action.eq_ignore_ascii_case(name)
}

fn is_of_service(action: &str, service: &str) -> bool {
    action.split_once(':').is_some_and(|(prefix, _)| prefix.eq_ignore_ascii_case(service))
}

/// GetSessionToken needs no permission for the long-term keys of a user or of root.
pub(crate) fn may_get_session_token(request: &Request<'_>) -> bool {
    long_term_get_session_token(request.principal, request.action)
}

pub(crate) fn long_term_get_session_token(principal: &Principal, action: &str) -> bool {
    let is_long_term =
        matches!(principal, Principal::User { session: None, .. } | Principal::Root { session: None, .. });
    is_long_term && is_action(action, "sts:GetSessionToken")
}

/// Why these credentials may never make this call, if they may not.
pub(crate) fn refusal(request: &Request<'_>) -> Option<&'static str> {
    refusal_of(request.principal, request.action)
}

/// The same of principal and action.
pub(crate) fn refusal_of(principal: &Principal, action: &str) -> Option<&'static str> {
    let is_permission_only = PERMISSIONS_ONLY.iter().any(|name| is_action(action, name));
    match principal {
        Principal::Root { .. } if is_action(action, "sts:AssumeRole") => {
            Some("Roles may not be assumed by root accounts.")
        }
        // STS API reference, AssumeRoot: never with root user credentials.
        Principal::Root { .. } if is_action(action, "sts:AssumeRoot") => {
            Some("AssumeRoot may not be called with root user credentials.")
        }
        Principal::RoleSession { .. } => token_refusal(action),
        Principal::Federated { .. } if !is_permission_only => token_refusal(action).or_else(|| {
            is_of_service(action, "iam").then_some("Cannot call IAM with federated user credentials").or_else(
                || is_of_service(action, "sts").then_some("Cannot call STS with federated user credentials"),
            )
        }),
        Principal::User { session: Some(facts), .. } | Principal::Root { session: Some(facts), .. }
            if !is_permission_only =>
        {
            token_refusal(action).or_else(|| session_refusal(action, *facts))
        }
        _ => None,
    }
}

fn token_refusal(action: &str) -> Option<&'static str> {
    if is_action(action, "sts:GetSessionToken") {
        Some("Cannot call GetSessionToken with session credentials")
    } else if is_action(action, "sts:GetFederationToken") {
        Some("Cannot call GetFederationToken with session credentials")
    } else {
        None
    }
}

fn session_refusal(action: &str, facts: SessionFacts) -> Option<&'static str> {
    if is_of_service(action, "iam") && !facts.mfa {
        return Some("Cannot call IAM with session credentials that were issued without MFA");
    }
    let may_call = STS_FOR_SESSIONS.iter().any(|name| is_action(action, name));
    (is_of_service(action, "sts") && !may_call)
        .then_some("Cannot call this STS action with session credentials")
}
