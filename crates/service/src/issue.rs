//! Issuing a session: the one place where temporary credentials are made.
//!
//! Every path that issues comes through [`issue`]: the child is never stronger than the parent, its chain is
//! recorded, and its issue time never goes back.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_base::unique_id::AccessKeyKind;
use portcullis_base::world::Entropy;
use portcullis_base::{AccessKeyId, Secret, Timestamp, Value};
use portcullis_store::record::{IssueMarkRecord, SessionKind, SessionRecord};
use portcullis_store::{Key, codec};

use crate::action::Ask;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::limits::{ANCESTORS_MAX, PACKED_BYTES_MAX, TOKEN_BYTES_MAX};
use crate::revocation;
use crate::sessions::token_mark;
use crate::token::{Ancestor, Claims, Federation, Passed, Subject, pack, without_secret};

/// How far ahead the stored mark runs, so that commits out of order never take it back.
const MARK_AHEAD: Duration = Duration::from_secs(1);

/// Gives issue times that never go back, whatever the machine's clock does.
pub struct IssueClock(AtomicI64);

impl IssueClock {
    /// Starts after the latest time given out before.
    pub fn after(mark: Timestamp) -> Self {
        Self(AtomicI64::new(mark.millis()))
    }

    /// Now, or the latest time given out if the clock went back.
    pub fn next(&self, now: Timestamp) -> Timestamp {
        let before = self.0.fetch_max(now.millis(), Ordering::SeqCst);
        Timestamp::from_millis(before.max(now.millis()))
    }
}

/// A fresh secret access key: forty characters.
pub fn secret_access_key(entropy: &dyn Entropy) -> Secret {
    let mut bytes = zeroize::Zeroizing::new([0_u8; 30]);
    entropy.fill(bytes.as_mut());
    STANDARD.encode(bytes.as_ref()).into()
}

/// What is to be issued.
pub struct Wanted {
    /// Which call asks.
    pub kind: SessionKind,
    /// Whose permissions it will have.
    pub subject: Subject,
    /// The account it acts in.
    pub account: portcullis_base::AccountId,
    /// The ARN under which it will act.
    pub arn: String,
    /// How long it lasts.
    pub duration_s: u32,
    /// Session policies and tags.
    pub passed: Passed,
    /// Source identity.
    pub source_identity: Option<String>,
    /// When MFA was proved, for a user's own session.
    pub mfa_at: Option<Timestamp>,
}

/// The link of the chain that asks for a session: an access key, or nothing where somebody vouched for the caller.
struct Maker {
    parent: Option<AccessKeyId>,
    ancestors: Vec<Ancestor>,
    federation: Option<Federation>,
    person: Option<String>,
}

impl Maker {
    fn of(ask: &Ask<'_>) -> Result<Self, ApiError> {
        if let Some(vouched) = &ask.caller.vouched {
            let (federation, person) = (Some(vouched.federation.clone()), vouched.person.clone());
            return Ok(Self { parent: None, ancestors: Vec::new(), federation, person });
        }
        let parent = ask.caller.access_key_id.clone().ok_or_else(|| ApiError::unsigned(ask.family))?;
        let person = ask.caller.session.as_ref().and_then(|session| session.claims.person.clone());
        Ok(Self { parent: Some(parent), ancestors: ancestors(ask)?, federation: None, person })
    }
}

/// What was issued.
pub struct Issued {
    /// The `Credentials` structure of the answer.
    pub credentials: Value,
    /// Percentage of the packed budget used; absent if nothing was passed.
    pub packed_percent: Option<u32>,
}

/// Issues a session and drafts its record.
///
/// # Errors
/// `PackedPolicyTooLarge`; a chain that is too deep.
pub fn issue(ask: &Ask<'_>, wanted: Wanted, draft: &mut Draft) -> Result<Issued, ApiError> {
    let packed_percent = packed_percent(&wanted.passed)?;
    let maker = Maker::of(ask)?;
    let service = ask.service;
    let entropy = service.world.entropy.as_ref();
    let issued = service.issue_clock.next(ask.now);
    let issue_revision = ask.snapshot.revision.0;
    #[cfg(feature = "planted-bugs")]
    let issue_revision = service.planted.issue_revision(issue_revision);
    let claims = Claims {
        access_key_id: AccessKeyId::generate(AccessKeyKind::Temporary, wanted.account, entropy),
        secret: secret_access_key(entropy),
        account: wanted.account,
        subject: wanted.subject,
        issued,
        issue_revision,
        // From the present time on: after the clock went back, an issue time lies ahead of it, and no session may last
        // longer for that.
        expires: ask.now.plus(Duration::from_secs(u64::from(wanted.duration_s))),
        passed: wanted.passed,
        source_identity: wanted.source_identity,
        mfa_at: wanted.mfa_at,
        ancestors: maker.ancestors,
        federation: maker.federation,
        person: maker.person,
    };
    refuse_blocked(ask, &claims)?;
    let token = service
        .ring()
        .seal(&claims, entropy)
        .map_err(|_| ApiError::internal("a session token could not be sealed"))?;
    if token.len() > TOKEN_BYTES_MAX {
        return Err(ApiError::caller("PackedPolicyTooLarge", 400, "The session token would be too large."));
    }
    let mut record = record(ask, &claims, wanted.kind, wanted.arn, maker.parent);
    record.token_mark = Some(token_mark(&token));
    draft.put_session(&record);
    draft.put(Key::issue_mark(), codec::to_bytes(&IssueMarkRecord { at: issued.plus(MARK_AHEAD) }));
    let credentials = Value::structure()
        .with("AccessKeyId", claims.access_key_id.as_str())
        .with("SecretAccessKey", claims.secret.expose_text())
        .with("SessionToken", token)
        .with("Expiration", claims.expires);
    Ok(Issued { credentials, packed_percent })
}

/// A revocation can keep somebody from getting a new session until it is lifted.
fn refuse_blocked(ask: &Ask<'_>, claims: &Claims) -> Result<(), ApiError> {
    let mut links = smallvec::SmallVec::new();
    revocation::of_claims(claims, &mut links);
    let Some(blocking) = revocation::blocks(ask.snapshot, &links) else { return Ok(()) };
    Err(ApiError::access_denied(
        ask.family,
        format!(
            "User: {} is not given a new session with an explicit deny in a revocation ({}).",
            ask.caller.arn,
            blocking.id()
        ),
    ))
}

/// The packed size as a percentage of its budget (STS API reference: `PackedPolicySize`).
fn packed_percent(passed: &Passed) -> Result<Option<u32>, ApiError> {
    if *passed == Passed::default() {
        return Ok(None);
    }
    let size = pack(passed).len();
    let percent = u32::try_from((size * 100).div_ceil(PACKED_BYTES_MAX)).unwrap_or(u32::MAX);
    if percent <= 100 {
        return Ok(Some(percent));
    }
    let message = if passed.has_policy() {
        format!("Packed policy consumes {percent}% of allotted space, please use smaller policy.")
    } else {
        format!("Packed size of session tags consumes {percent}% of allotted space.")
    };
    Err(ApiError::caller("PackedPolicyTooLarge", 400, message))
}

/// The chain of the child: the parent's, and the parent.
fn ancestors(ask: &Ask<'_>) -> Result<Vec<Ancestor>, ApiError> {
    let access_key_id = ask.caller.access_key_id.clone().ok_or_else(|| ApiError::unsigned(ask.family))?;
    let claims = ask.caller.session.as_ref().map(|session| &session.claims);
    let mut ancestors = claims.map(|claims| claims.ancestors.clone()).unwrap_or_default();
    ancestors.push(Ancestor {
        access_key_id,
        principal: ask.caller.holder_id(),
        issued_ms: claims.map(|claims| claims.issued.millis()),
        issue_revision: claims.map(|claims| claims.issue_revision),
        name: claims.and_then(|claims| match &claims.subject {
            Subject::Role { session_name, .. } => Some(session_name.clone()),
            _ => None,
        }),
    });
    if ancestors.len() > ANCESTORS_MAX {
        return Err(ApiError::validation(format!(
            "The session would be the end of a chain of more than {ANCESTORS_MAX} sessions; begin again from a \
             long-term key."
        )));
    }
    Ok(ancestors)
}

fn record(
    ask: &Ask<'_>,
    claims: &Claims,
    kind: SessionKind,
    arn: String,
    parent: Option<AccessKeyId>,
) -> SessionRecord {
    let name = match &claims.subject {
        Subject::Role { session_name, .. } => Some(session_name.clone()),
        Subject::Federated { name, .. } => Some(name.clone()),
        Subject::User { .. } | Subject::Root => None,
    };
    SessionRecord {
        access_key_id: claims.access_key_id.clone(),
        kind,
        account: claims.account,
        principal: claims.subject.principal(),
        arn,
        name,
        issued: claims.issued,
        expires: claims.expires,
        parent,
        source_identity: claims.source_identity.clone(),
        caller_arn: ask.caller.arn.clone(),
        source_ip: ask.facts.source_ip.to_canonical().to_string(),
        user_agent: ask.facts.user_agent.clone().unwrap_or_default(),
        above: above(&claims.ancestors),
        token_mark: None,
        claims: Some(without_secret(claims)),
        provider: claims.federation.as_ref().map(|federation| federation.provider.clone()),
        person: claims.person.clone(),
    }
}

/// The chain without its last link, which the record has as the parent.
fn above(ancestors: &[Ancestor]) -> Option<Vec<String>> {
    let (_, above) = ancestors.split_last()?;
    let ids: Vec<String> = above.iter().map(|ancestor| ancestor.access_key_id.to_string()).collect();
    (!ids.is_empty()).then_some(ids)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::testing::{BEGINNING, Creds, Ground};

    #[tokio::test]
    async fn after_the_clock_went_back_issue_times_do_not_and_sessions_last_no_longer() {
        let ground = Ground::new().await;
        let alice = ground.user("alice", None).await;
        let input = || Value::structure().with("DurationSeconds", 900_i64);
        let issue = async || ground.ask(&alice, "sts", "GetSessionToken", input()).await.unwrap();
        let record = async |answer: &Value| -> SessionRecord {
            let id = Creds::issued(answer).key.parse().unwrap();
            let held = ground.service.engine.read(&Key::session(&id)).await.unwrap().unwrap();
            codec::from_bytes(&held.value).unwrap()
        };
        let ahead = record(&issue().await).await;
        ground.clock.set(Timestamp::from_millis(BEGINNING - 30 * 24 * 3_600_000));
        let answer = issue().await;
        assert!(record(&answer).await.issued >= ahead.issued);
        let works = async || {
            let creds = Creds::issued(&answer);
            ground.ask(&creds, "sts", "GetCallerIdentity", Value::structure()).await.map(drop)
        };
        ground.forward(899);
        assert_eq!(works().await, Ok(()));
        ground.forward(1);
        assert_eq!(works().await.unwrap_err().code, "ExpiredToken");
    }
}
