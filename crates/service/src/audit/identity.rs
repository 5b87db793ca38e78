//! `userIdentity` for each kind of caller (CloudTrail User Guide, "CloudTrail userIdentity element").

use portcullis_base::AccountId;
use portcullis_policy::{FederatedParent, Principal};
use serde_json::{Value as Json, json};

use crate::caller::{Caller, Holder, VouchedBy};
use crate::token::Federation;

/// The `userIdentity` element of a caller.
pub fn of(caller: &Caller) -> Json {
    let mut identity = match &caller.principal {
        Principal::Anonymous => {
            return json!({ "type": "AWSAccount", "principalId": "", "accountId": "anonymous" });
        }
        Principal::Root { account, .. } => named("Root", caller, *account),
        Principal::User { account, .. } => named("IAMUser", caller, *account),
        Principal::Federated { account, .. } => named("FederatedUser", caller, *account),
        Principal::RoleSession { account, .. } => named("AssumedRole", caller, *account),
        Principal::Service { name } => return json!({ "type": "AWSService", "invokedBy": name }),
        Principal::ExternalIdentity { .. } => return vouched(caller),
    };
    if let (Some(members), Some(user)) = (identity.as_object_mut(), caller.own_user()) {
        members.insert("userName".to_owned(), json!(user.record.name.as_str()));
    }
    if let (Some(members), Some(context)) = (identity.as_object_mut(), session_context(caller)) {
        members.insert("sessionContext".to_owned(), context);
    }
    identity
}

/// Of somebody without an access key: who it is, and who says so.
fn vouched(caller: &Caller) -> Json {
    let Some(vouched) = &caller.vouched else { return json!({ "type": "Unknown" }) };
    match vouched.by {
        VouchedBy::WebIdentity | VouchedBy::Saml => json!({
            "type": if vouched.by == VouchedBy::Saml { "SAMLUser" } else { "WebIdentityUser" },
            "principalId": vouched.user_id,
            "userName": vouched.name,
            "identityProvider": vouched.provider,
        }),
        VouchedBy::Client => json!({ "type": "Unknown", "principalId": vouched.user_id }),
        VouchedBy::Portal => json!({
            "type": "IdentityCenterUser",
            "onBehalfOf": { "userId": vouched.person, "identityStoreArn": vouched.federation.provider },
            "credentialId": vouched.user_id,
        }),
    }
}

fn named(kind: &str, caller: &Caller, account: AccountId) -> Json {
    json!({
        "type": kind,
        "principalId": caller.user_id,
        "arn": caller.arn,
        "accountId": account.to_string(),
        "accessKeyId": caller.access_key_id.as_ref().map(ToString::to_string),
    })
}

fn session_context(caller: &Caller) -> Option<Json> {
    let claims = &caller.session.as_ref()?.claims;
    let mut context = json!({
        "attributes": {
            "creationDate": claims.issued.iso_seconds(),
            "mfaAuthenticated": if claims.mfa_at.is_some() { "true" } else { "false" },
        },
    });
    let members = context.as_object_mut()?;
    if let Some(issuer) = session_issuer(caller) {
        members.insert("sessionIssuer".to_owned(), issuer);
    }
    if matches!(caller.principal, Principal::RoleSession { .. }) {
        members.insert("webIdFederationData".to_owned(), federation_data(claims.federation.as_ref()));
    }
    if let Some(identity) = &claims.source_identity {
        members.insert("sourceIdentity".to_owned(), json!(identity));
    }
    Some(context)
}

/// `webIdFederationData`: of a session that came of a token of an OpenID Connect provider, whose token it was.
fn federation_data(federation: Option<&Federation>) -> Json {
    match federation {
        Some(held) if held.provider.contains(":oidc-provider/") => {
            json!({ "federatedProvider": held.provider, "attributes": {} })
        }
        _ => json!({}),
    }
}

fn session_issuer(caller: &Caller) -> Option<Json> {
    let account = caller.account?.to_string();
    match (&caller.principal, &caller.holder) {
        (Principal::RoleSession { .. }, Holder::Role(role)) => Some(json!({
            "type": "Role",
            "principalId": role.record.id.to_string(),
            "arn": role.arn,
            "accountId": account,
            "userName": role.record.name.as_str(),
        })),
        (Principal::Federated { parent: FederatedParent::User { .. }, .. }, Holder::User(user)) => {
            Some(json!({
                "type": "IAMUser",
                "principalId": user.record.id.to_string(),
                "arn": user.arn,
                "accountId": account,
                "userName": user.record.name.as_str(),
            }))
        }
        (Principal::Federated { parent: FederatedParent::Root, .. }, _) => Some(json!({
            "type": "Root",
            "principalId": account,
            "arn": format!("arn:aws:iam::{account}:root"),
            "accountId": account,
        })),
        _ => None,
    }
}

/// What LookupEvents calls `Username`: the user's name, the session's name, or `root`.
pub fn username(caller: &Caller) -> Option<String> {
    match &caller.principal {
        Principal::Root { .. } => Some("root".to_owned()),
        Principal::User { .. } => caller.own_user().map(|user| user.record.name.to_string()),
        Principal::Federated { arn, .. } => arn.rsplit('/').next().map(str::to_owned),
        Principal::RoleSession { session_arn, .. } => session_arn.rsplit('/').next().map(str::to_owned),
        Principal::ExternalIdentity { .. } => caller.vouched.as_ref().map(|vouched| vouched.name.clone()),
        _ => None,
    }
}
