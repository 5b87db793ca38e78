//! AssumeRole: a session of a role (STS API reference, AssumeRole).
//!
//! The role's trust policy is the resource policy that must consent; where it names no more than an account, and in
//! every other account, the caller's own policies must allow it too. A role that does not exist answers like one
//! that refuses: whatever tells the two apart is said only behind the gate.

use std::sync::Arc;

use portcullis_base::{Arn, Tags, Value};
use portcullis_store::record::SessionKind;

use super::role_session::RoleSession;
use super::{mfa, session_tags};
use crate::action::{Access, Ask, Category, Guarding, Handler, Need, Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::limits::CHAINED_SESSION_S_MAX;
use crate::mfa::standing;
use crate::snapshot::Role;

const ASSUME: &str = "sts:AssumeRole";
const TAG: &str = "sts:TagSession";
const SET_SOURCE: &str = "sts:SetSourceIdentity";
/// How long a session lasts if the caller does not say: never the role's maximum.
const DURATION_S: u32 = 3600;

/// The action.
pub const ROW: Row = Row {
    service: "sts",
    name: "AssumeRole",
    permission: Permission::Several(&[ASSUME, TAG, SET_SOURCE], needs),
    access: Access::Read,
    category: Category::Management,
    hides: &[],
    resources,
    prepare: Some(mfa::prepare),
    handler: Handler::Issue(assume),
};

fn resources(ask: &Ask<'_>) -> Vec<(&'static str, String)> {
    ask.input.text("RoleArn").map(|arn| ("AWS::IAM::Role", arn.to_owned())).into_iter().collect()
}

/// The source identity that the session will have: inherited if there is one, otherwise the one asked for.
fn source_identity<'a>(ask: &Ask<'a>) -> Option<&'a str> {
    ask.caller.source_identity().or_else(|| ask.input.text("SourceIdentity"))
}

fn needs(ask: &Ask<'_>) -> Result<Vec<Need>, ApiError> {
    let asked = Asked::of(ask)?;
    let mut needs = vec![asked.need(ask, ASSUME)];
    if session_tags::are_given(ask) {
        needs.push(asked.need(ask, TAG));
    }
    if source_identity(ask).is_some() {
        needs.push(asked.need(ask, SET_SOURCE));
    }
    // Down a chain both sides must consent to the source identity, even one that is only inherited and however the
    // trust policy names the caller (IAM User Guide, "Monitor and control actions taken with assumed roles").
    if ask.caller.source_identity().is_some() {
        needs.push(asked.own_side(ask, SET_SOURCE));
    }
    Ok(needs)
}

/// The role asked for, which need not exist.
struct Asked<'a> {
    arn: &'a str,
    account: portcullis_base::AccountId,
    role: Option<&'a Arc<Role>>,
}

impl<'a> Asked<'a> {
    fn of(ask: &Ask<'a>) -> Result<Self, ApiError> {
        let text = ask.text("RoleArn")?;
        let arn: Arn = text.parse().map_err(|_| ApiError::validation(format!("{text} is invalid")))?;
        let account = arn.account_id().unwrap_or_else(|| ask.account());
        Ok(Self { arn: text, account, role: ask.snapshot.role_by_arn(text) })
    }

    fn need(&self, ask: &Ask<'_>, action: &'static str) -> Need {
        let guarding = self.role.map_or(Guarding::NoTrust, |role| Guarding::Trust(Arc::clone(role)));
        self.with_keys(ask, Need::new(action, self.arn, self.account).guarded(guarding)).quiet()
    }

    /// The caller's own consent, which no trust policy can stand in for: asked as in the caller's account.
    fn own_side(&self, ask: &Ask<'_>, action: &'static str) -> Need {
        self.with_keys(ask, Need::new(action, self.arn, ask.account()).owned_by(self.account)).quiet()
    }

    fn with_keys(&self, ask: &Ask<'_>, need: Need) -> Need {
        let need = need
            .key_some("sts:RoleSessionName", ask.input.text("RoleSessionName"))
            .key_some("sts:ExternalId", ask.input.text("ExternalId"))
            .key_some("sts:SourceIdentity", source_identity(ask));
        let mut need = session_tags::with_key(need, ask.input);
        // For this decision alone: the session that comes of it knows nothing of MFA.
        if standing(ask).is_some() {
            need = need.key("aws:MultiFactorAuthPresent", "true").key("aws:MultiFactorAuthAge", "0");
        }
        session_tags::with_tags_of_role(need, &self.tags(ask))
    }

    /// The role's tags as its trust policy sees them: an inherited transitive tag stands in for the role's own of
    /// the same key (IAM User Guide, "Pass session tags in AWS STS", chaining roles).
    fn tags(&self, ask: &Ask<'_>) -> Tags {
        let mut tags = self.role.map(|role| role.record.tags.clone()).unwrap_or_default();
        for tag in &ask.caller.transitive_tags() {
            if tags.value(&tag.key).is_some() {
                tags.set(tag.clone());
            }
        }
        tags
    }
}

fn assume(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let role =
        Asked::of(ask)?.role.ok_or_else(|| ApiError::internal("a role that is not there was assumed"))?;
    mfa::proved(ask)?;
    if !ask.input.list("ProvidedContexts").is_empty() {
        // Passed over, it would look as if somebody had vouched for the context.
        return Err(ApiError::validation(
            "ProvidedContexts names a context provider that does not exist here.",
        ));
    }
    let source_identity = checked_source_identity(ask)?;
    let duration_s = duration(ask, role)?;
    let session = RoleSession {
        kind: SessionKind::AssumeRole,
        role,
        name: ask.text("RoleSessionName")?,
        duration_s,
        tags: session_tags::of(ask)?,
        source_identity,
    };
    session.issue(ask, draft)
}

/// Once set, a source identity is that of the whole chain.
fn checked_source_identity<'a>(ask: &Ask<'a>) -> Result<Option<&'a str>, ApiError> {
    let (held, given) = (ask.caller.source_identity(), ask.input.text("SourceIdentity"));
    if let (Some(held), Some(given)) = (held, given)
        && held != given
    {
        return Err(ApiError::access_denied(
            ask.family,
            format!(
                "User: {} is not authorized to perform: {SET_SOURCE} on resource: {}",
                ask.caller.arn,
                ask.text("RoleArn")?
            ),
        ));
    }
    if let Some(given) = given.filter(|given| given.to_ascii_lowercase().starts_with("aws:")) {
        return Err(ApiError::validation(format!(
            "1 validation error detected: Value '{given}' at 'sourceIdentity' failed to satisfy constraint: Member \
             must not begin with aws:"
        )));
    }
    Ok(source_identity(ask))
}

/// How long a session of a role lasts: as asked, an hour if nothing is, and never longer than the role lets it.
///
/// # Errors
/// `ValidationError` for more than that.
pub fn duration(ask: &Ask<'_>, role: &Role) -> Result<u32, ApiError> {
    let asked = ask.input.int("DurationSeconds").unwrap_or_else(|| i64::from(DURATION_S));
    if ask.caller.session.is_some() && asked > i64::from(CHAINED_SESSION_S_MAX) {
        return Err(ApiError::validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        ));
    }
    u32::try_from(asked).ok().filter(|asked| *asked <= role.record.max_session_s).ok_or_else(|| {
        ApiError::validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        )
    })
}
