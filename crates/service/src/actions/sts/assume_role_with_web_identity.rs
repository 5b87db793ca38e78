//! AssumeRoleWithWebIdentity: a session of a role for whoever an OpenID Connect issuer vouches for (STS API reference,
//! AssumeRoleWithWebIdentity).
//!
//! Nobody signs. The token is verified before anything is asked of the role, by the provider of the role's account, so that
//! nothing tells whether there is such a role. What the token says of tags and source identity stands in for what
//! AssumeRole has as parameters, and the trust policy must allow it likewise.

use std::sync::Arc;

use portcullis_base::Value;
use portcullis_store::record::SessionKind;

use super::role_session::{RoleSession, account_of_role};
use super::{assume_role, session_tags};
use crate::action::{Access, Ask, Category, Guarding, Handler, Need, Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::federation::oidc::{self, WebIdentity};
use crate::federation::refusals;
use crate::flow::Prospect;
use crate::gate::Authorized;
use crate::identity_center::provision;
use crate::port::BoxFuture;
use crate::snapshot::Role;

const ASSUME: &str = "sts:AssumeRoleWithWebIdentity";
const TAG: &str = "sts:TagSession";
const SET_SOURCE: &str = "sts:SetSourceIdentity";

/// The action.
pub const ROW: Row = Row {
    service: "sts",
    name: "AssumeRoleWithWebIdentity",
    permission: Permission::Vouched(&[ASSUME, TAG, SET_SOURCE], needs),
    access: Access::Read,
    category: Category::Management,
    hides: &["WebIdentityToken"],
    resources: |ask| {
        ask.input.text("RoleArn").map(|arn| ("AWS::IAM::Role", arn.to_owned())).into_iter().collect()
    },
    prepare: Some(verify),
    handler: Handler::Issue(assume),
};

fn verify(prospect: &mut Prospect) -> BoxFuture<'_, Result<(), ApiError>> {
    Box::pin(async move {
        let ask = prospect.ask();
        let account = account_of_role(&ask)?;
        if ask.input.text("ProviderId").is_some() {
            // It names who answers for an access token of OAuth 2.0, of which none is taken here.
            return Err(ApiError::validation("ProviderId must not be given for OpenID Connect ID tokens."));
        }
        let token = ask.text("WebIdentityToken")?;
        let verified = oidc::verify(&prospect.service, &prospect.snapshot, account, token);
        let identity = refusals::guarded(prospect, verified).await?;
        let provider = identity.provider_arn(&prospect.snapshot).ok_or_else(|| identity.no_provider())?;
        let vouched = identity.vouched(provider);
        prospect.loaded.vouched = Some(Arc::new(vouched));
        prospect.loaded.web_identity = Some(Arc::new(identity));
        Ok(())
    })
}

fn identity<'a>(ask: &Ask<'a>) -> Result<&'a WebIdentity, ApiError> {
    ask.loaded.web_identity.as_deref().ok_or_else(|| ApiError::unsigned(ask.family))
}

/// The role asked for. The roles that Identity Center makes are for whoever comes through its portal.
fn role<'a>(ask: &Ask<'a>) -> Option<&'a Arc<Role>> {
    let role = ask.snapshot.role_by_arn(ask.input.text("RoleArn")?)?;
    (!provision::is_of_center(&role.record)).then_some(role)
}

fn needs(ask: &Ask<'_>) -> Result<Vec<Need>, ApiError> {
    let identity = identity(ask)?;
    // The token was looked at before: by now its provider may be gone.
    if !identity.still_stands(ask.snapshot) {
        return Err(identity.no_provider());
    }
    let mut needs = vec![need(ask, identity, ASSUME)?];
    if !identity.claims.tags.is_empty() {
        needs.push(need(ask, identity, TAG)?);
    }
    if identity.claims.source_identity.is_some() {
        needs.push(need(ask, identity, SET_SOURCE)?);
    }
    Ok(needs)
}

fn need(ask: &Ask<'_>, identity: &WebIdentity, action: &'static str) -> Result<Need, ApiError> {
    let (role, claims) = (role(ask), &identity.claims);
    let guarding = role.map_or(Guarding::NoTrust, |role| Guarding::Trust(Arc::clone(role)));
    let need = Need::new(action, ask.text("RoleArn")?, account_of_role(ask)?)
        .guarded(guarding)
        .key_some("sts:RoleSessionName", ask.input.text("RoleSessionName"))
        .key_some("sts:SourceIdentity", claims.source_identity.as_deref())
        .quiet();
    let need = session_tags::with_tags_of_role(need, role.iter().flat_map(|role| role.record.tags.iter()));
    Ok(session_tags::with_keys_of(need, &claims.tags, &claims.transitive_keys))
}

fn assume(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let role = role(ask).ok_or_else(|| ApiError::internal("a role that is not there was assumed"))?;
    let identity = identity(ask)?;
    let claims = &identity.claims;
    let session = RoleSession {
        kind: SessionKind::WebIdentity,
        role,
        name: ask.text("RoleSessionName")?,
        duration_s: assume_role::duration(ask, role)?,
        tags: session_tags::of_token(&claims.tags, &claims.transitive_keys)?,
        source_identity: claims.source_identity.as_deref(),
    };
    let answer = session.issue(ask, draft)?;
    Ok(answer
        .with("SubjectFromWebIdentityToken", claims.subject.as_str())
        .with("Provider", identity.issuer.as_str())
        .with("Audience", claims.audience.as_str()))
}
