//! Requests that clients wait for: assignments, and provisioning. Each is done, or found to be impossible, when it is
//! answered; the answer says IN_PROGRESS, as AWS's does, and whoever asks again is told what came of it.

use portcullis_base::Value;
use portcullis_store::Key;
use portcullis_store::record::{SsoRequestKind, SsoRequestRecord};

use super::scope;
use crate::action::Ask;
use crate::actions::paging::Page;
use crate::draft::Draft;
use crate::error::ApiError;

/// Requests that are remembered; of more the oldest is forgotten.
pub const REQUESTS_MAX: usize = 1000;

/// Drafts the record of a request, and gives it.
pub fn remember(ask: &Ask<'_>, draft: &mut Draft, mut record: SsoRequestRecord) -> SsoRequestRecord {
    record.id = ask.service.uuid();
    record.at = ask.now;
    let center = &ask.snapshot.identity_center;
    if center.requests().count() >= REQUESTS_MAX
        && let Some(oldest) = center.requests().min_by_key(|held| (held.at, held.id.clone()))
    {
        draft.delete(Key::sso_request(&oldest.id));
    }
    draft.put_sso_request(&record);
    record
}

/// What it has come to.
fn state(record: &SsoRequestRecord) -> &'static str {
    if record.failure.is_some() { "FAILED" } else { "SUCCEEDED" }
}

/// The first answer: it is on its way.
pub fn begun(ask: &Ask<'_>, record: &SsoRequestRecord) -> Result<Value, ApiError> {
    let mut shown = whole(ask, record)?;
    shown.insert("Status", "IN_PROGRESS");
    shown.remove("FailureReason");
    Ok(shown)
}

/// All that is known of it.
pub fn whole(ask: &Ask<'_>, record: &SsoRequestRecord) -> Result<Value, ApiError> {
    let instance = scope::instance(ask)?;
    let account = record.account.map(|account| account.to_string());
    let shown = Value::structure()
        .with("Status", state(record))
        .with("RequestId", record.id.as_str())
        .with_some("FailureReason", record.failure.as_deref())
        .with("PermissionSetArn", scope::set_arn(instance, &record.set))
        .with("CreatedDate", record.at);
    let Some(assignee) = &record.assignee else { return Ok(shown.with_some("AccountId", account)) };
    let (kind, id) = scope::words(assignee);
    Ok(shown
        .with_some("TargetId", account)
        .with("TargetType", "AWS_ACCOUNT")
        .with("PrincipalType", kind)
        .with("PrincipalId", id))
}

/// The answer to whoever asks for one.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn described(ask: &Ask<'_>, kind: SsoRequestKind, member: &str, answer: &str) -> Result<Value, ApiError> {
    scope::instance(ask)?;
    let id = ask.text(member)?;
    let found = ask.snapshot.identity_center.request(id).filter(|record| record.kind == kind);
    let record = found.ok_or_else(|| scope::absent(format!("Request with id {id} was not found.")))?;
    Ok(Value::structure().with(answer, whole(ask, record)?))
}

/// The answer to whoever asks for all, the newest first.
///
/// # Errors
/// `ResourceNotFoundException`, `ValidationException`.
pub fn listed(
    ask: &Ask<'_>,
    kind: SsoRequestKind,
    list: &'static str,
    answer: &str,
) -> Result<Value, ApiError> {
    scope::instance(ask)?;
    let wanted = ask.input.member("Filter").and_then(|filter| filter.text("Status"));
    let mut all: Vec<_> = ask.snapshot.identity_center.requests().collect();
    all.retain(|record| record.kind == kind && wanted.is_none_or(|wanted| wanted == state(record)));
    let key = |record: &&std::sync::Arc<SsoRequestRecord>| {
        let before_the_end = i64::MAX.saturating_sub(record.at.millis().max(0));
        format!("{before_the_end:016x}/{}", record.id)
    };
    all.sort_by_key(key);
    Ok(Page::center(ask, list)?.answer(answer, all, key, |record| {
        Value::structure()
            .with("Status", state(record))
            .with("RequestId", record.id.as_str())
            .with("CreatedDate", record.at)
    }))
}
