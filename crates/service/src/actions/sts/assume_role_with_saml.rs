//! AssumeRoleWithSAML: a session of a role for whoever brings an identity provider's assertion (STS API reference,
//! AssumeRoleWithSAML).
//!
//! Nobody signs the request: who asks is what the assertion says, and the role's trust policy must let the provider's
//! people in. A role that does not exist, one that the assertion does not list and one that refuses answer alike.

use std::sync::Arc;

use portcullis_base::{Arn, Secret, Value};
use portcullis_store::Key;
use portcullis_store::record::{SamlPrivateKeyRecord, SessionKind};

use super::role_session::{RoleSession, account_of_role};
use super::session_tags::{self, SessionTags};
use crate::action::{Access, Ask, Category, Guarding, Handler, Need, Permission, Row};
use crate::caller::{Vouched, VouchedBy};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::federation::refusals;
use crate::federation::saml::{self, Audience, Opener, Redeemable, Refusal, attributes, keys, private_key};
use crate::flow::Prospect;
use crate::gate::Authorized;
use crate::identity_center::provision;
use crate::port::BoxFuture;
use crate::service::Service;
use crate::snapshot::{Role, SamlProvider, Snapshot};
use crate::token::Federation;

const ASSUME: &str = "sts:AssumeRoleWithSAML";
const TAG: &str = "sts:TagSession";
const SET_SOURCE: &str = "sts:SetSourceIdentity";
/// How long a session lasts if neither the caller nor the assertion says.
const DURATION_S: u32 = 3600;

/// The action.
pub const ROW: Row = Row {
    service: "sts",
    name: "AssumeRoleWithSAML",
    permission: Permission::Vouched(&[ASSUME, TAG, SET_SOURCE], needs),
    access: Access::Read,
    category: Category::Management,
    hides: &["SAMLAssertion"],
    resources,
    prepare: Some(prepare),
    handler: Handler::Issue(assume),
};

fn resources(ask: &Ask<'_>) -> Vec<(&'static str, String)> {
    let named = |member, kind| ask.input.text(member).map(|arn| (kind, arn.to_owned()));
    let role = named("RoleArn", "AWS::IAM::Role");
    role.into_iter().chain(named("PrincipalArn", "AWS::IAM::SAMLProvider")).collect()
}

fn prepare(prospect: &mut Prospect) -> BoxFuture<'_, Result<(), ApiError>> {
    Box::pin(async move {
        let verified = async {
            let (redeemable, vouched) = verified(prospect)?;
            redeemable.refuse_redeemed(&prospect.service).await?;
            Ok((redeemable, vouched))
        };
        let (redeemable, vouched) = refusals::guarded(prospect, verified).await?;
        prospect.loaded.vouched = Some(Arc::new(vouched));
        prospect.loaded.assertion = Some(Arc::new(redeemable));
        Ok(())
    })
}

/// What the request's assertion says, if it is to be believed.
fn verified(prospect: &Prospect) -> Result<(Redeemable, Vouched), ApiError> {
    let ask = prospect.ask();
    account_of_role(&ask)?;
    let provider = provider(&ask);
    let audience = Audience {
        recipients: &ask.service.settings.saml_recipients,
        uuid: provider.map(|it| it.record.uuid.as_str()).unwrap_or_default(),
    };
    let trust = provider.and_then(|provider| provider.trust(ask.now));
    let keys = || provider.map(|provider| private_keys(ask.service, provider)).unwrap_or_default();
    let encryption = provider.and_then(|provider| provider.record.encryption.as_deref());
    let opener = Opener { is_required: encryption == Some("Required"), keys: &keys };
    let assertion = saml::redeem(ask.text("SAMLAssertion")?, trust, &opener, &audience, ask.now)?;
    let provider = provider.ok_or(Refusal::Signature)?;
    let qualifier = keys::name_qualifier(&assertion, provider);
    let vouched = Vouched {
        by: VouchedBy::Saml,
        provider: provider.arn.clone(),
        name: assertion.subject.clone(),
        user_id: format!("{qualifier}:{}", assertion.subject),
        account: provider.record.account,
        keys: keys::of_request(&assertion, provider)?,
        federation: Federation { provider: provider.arn.clone(), keys: keys::lasting(&assertion, provider) },
        person: None,
    };
    let claims = attributes::Claims::of(&assertion)?;
    Ok((Redeemable { provider: Arc::clone(provider), assertion, claims }, vouched))
}

/// The keys that open what the provider encrypts. One that cannot be had opens nothing.
fn private_keys(service: &Service, provider: &SamlProvider) -> Vec<Secret> {
    let place = Key::saml_provider(provider.record.account, provider.record.id);
    let opened = |key: &SamlPrivateKeyRecord| {
        let pem = service.master.open(&place.0, &key.sealed_key).ok()?;
        private_key::pkcs8(&pem)
    };
    provider.record.private_keys.iter().filter_map(opened).collect()
}

fn provider<'a>(ask: &Ask<'a>) -> Option<&'a Arc<SamlProvider>> {
    let snapshot: &Snapshot = ask.snapshot;
    let text = ask.input.text("PrincipalArn")?;
    let arn: Arn = text.parse().ok()?;
    let name = text.rsplit_once(":saml-provider/").map(|(_, name)| name)?;
    snapshot.saml_providers.named(arn.account_id()?, name).filter(|provider| provider.arn == text)
}

fn redeemable<'a>(ask: &Ask<'a>) -> Result<&'a Redeemable, ApiError> {
    ask.loaded.assertion.as_deref().ok_or_else(|| Refusal::Signature.into())
}

/// The role asked for, if it exists, the assertion lists it, and it is not one that only Identity Center gives out.
fn role<'a>(ask: &Ask<'a>) -> Result<Option<&'a Arc<Role>>, ApiError> {
    let (text, provider_text) = (ask.text("RoleArn")?, ask.text("PrincipalArn")?);
    let is_listed = attributes::lists(&redeemable(ask)?.assertion, text, provider_text);
    let provider = provider(ask);
    Ok(ask.snapshot.role_by_arn(text).filter(|role| {
        is_listed
            && !provision::is_of_center(&role.record)
            && provider.is_some_and(|it| it.record.account == role.record.account)
    }))
}

fn needs(ask: &Ask<'_>) -> Result<Vec<Need>, ApiError> {
    let redeemable = redeemable(ask)?;
    // The provider may have changed since the assertion was verified: it is good for the metadata it was verified by.
    if !provider(ask).is_some_and(|provider| redeemable.is_verified_by(provider, ask.now)) {
        return Err(Refusal::Signature.into());
    }
    let claims = &redeemable.claims;
    let asked = role(ask)?;
    let need = |action| need(ask, action, asked, claims);
    let mut needs = vec![need(ASSUME)?];
    if !claims.tags.is_empty() {
        needs.push(need(TAG)?);
    }
    if claims.source_identity.is_some() {
        needs.push(need(SET_SOURCE)?);
    }
    Ok(needs)
}

fn need(
    ask: &Ask<'_>,
    action: &'static str,
    role: Option<&Arc<Role>>,
    claims: &attributes::Claims,
) -> Result<Need, ApiError> {
    let text = ask.text("RoleArn")?;
    let account = account_of_role(ask)?;
    let guarding = role.map_or(Guarding::NoTrust, |role| Guarding::Trust(Arc::clone(role)));
    let need = Need::new(action, text, account)
        .guarded(guarding)
        .key("sts:RoleSessionName", claims.session_name.as_str())
        .key_some("sts:SourceIdentity", claims.source_identity.as_deref());
    let need = session_tags::with_tags_of_role(need, role.iter().flat_map(|role| role.record.tags.iter()));
    Ok(session_tags::with_keys_of(need, claims.tags.iter(), &claims.transitive_keys).quiet())
}

fn assume(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let role = role(ask)?.ok_or_else(|| ApiError::internal("a role that is not there was assumed"))?;
    let provider = provider(ask).ok_or(Refusal::Signature)?;
    let redeemable = redeemable(ask)?;
    let Redeemable { assertion, claims, .. } = redeemable;
    let tags = SessionTags { tags: claims.tags.clone(), transitive_keys: claims.transitive_keys.clone() };
    let session = RoleSession {
        kind: SessionKind::Saml,
        role,
        name: &claims.session_name,
        duration_s: duration(ask, role, redeemable)?,
        tags,
        source_identity: claims.source_identity.as_deref(),
    };
    let answer = session.issue(ask, draft)?;
    redeemable.spend(draft);
    Ok(answer
        .with("Subject", assertion.subject.as_str())
        .with_some("SubjectType", keys::subject_type(assertion))
        .with("Issuer", assertion.issuer.as_str())
        .with("Audience", assertion.recipient.as_str())
        .with("NameQualifier", keys::name_qualifier(assertion, provider)))
}

/// The shortest of what the caller, the assertion's sign-in and its attribute say.
fn duration(ask: &Ask<'_>, role: &Role, redeemable: &Redeemable) -> Result<u32, ApiError> {
    let asked = ask.input.int("DurationSeconds").unwrap_or_else(|| i64::from(DURATION_S));
    let asked = u32::try_from(asked).ok().filter(|asked| *asked <= role.record.max_session_s);
    let asked = asked.ok_or_else(|| {
        ApiError::validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        )
    })?;
    let left = redeemable.assertion.session_ends.map(|ends| ends.since(ask.now).as_secs());
    let left = left.map(|seconds| u32::try_from(seconds).unwrap_or(u32::MAX));
    let shortest = [left, redeemable.claims.duration_s].into_iter().flatten().fold(asked, u32::min);
    if shortest == 0 {
        return Err(Refusal::Expired("The sign-in that the assertion tells of has ended.").into());
    }
    Ok(shortest)
}
