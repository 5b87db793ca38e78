//! ExplainAccess: why something would be allowed or denied now, to whoever asks or to somebody else of the account.
//! Without an action it tells who asks.

use portcullis_base::{AccountId, Value};
use portcullis_policy::{Layer, known_actions};

use super::revocation::lift::{is_shown, stored};
use crate::action::{Access, Ask, Category, Handler, Need, Output, Permission, Row, no_resources};
use crate::actions;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::flow::Flow;
use crate::port::BoxFuture;
use crate::preview::guarded;
use crate::why::{Asked, Told, whom};

/// The action. Its permission is asked on the ARN of whom it is about.
pub const ROW: Row = Row {
    service: "portcullis",
    name: "ExplainAccess",
    permission: Permission::Named("portcullis:ExplainAccess", |ask, action| {
        let about = match ask.input.text("Principal") {
            None => ask.caller.principal_arn().unwrap_or("*"),
            Some(text) if text.starts_with("arn:") => text,
            Some(_) => "*",
        };
        Ok(Need::new(action, about, ask.account()))
    }),
    access: Access::Read,
    category: Category::Management,
    hides: &[],
    resources: no_resources,
    prepare: None,
    handler: Handler::Flow(run),
};

fn invalid(message: String) -> ApiError {
    ApiError::caller("InvalidInputException", 400, message)
}

/// The only account whose policies are read, if not all are.
pub fn limit(ask: &Ask<'_>) -> Option<AccountId> {
    (ask.account() != ask.snapshot.account).then_some(ask.account())
}

fn run(flow: &mut Flow) -> BoxFuture<'_, Result<Output, ApiError>> {
    Box::pin(async move {
        // Whoever has just been given a session finds it.
        flow.service.catch_up().await;
        flow.still_stands()?;
        let limit = limit(&flow.ask());
        let caller = match flow.input.text("Principal") {
            Some(text) => whom::caller(flow, text, limit).await?,
            None => flow.caller.clone(),
        };
        let answer = Value::structure().with("Caller", shown(&caller));
        let (action, resource) = match (flow.input.text("Action"), flow.input.text("Resource")) {
            (None, None) => return Ok(answer.into()),
            (Some(action), resource) => (served(action)?, resource.unwrap_or("*").to_owned()),
            (None, Some(_)) => return Err(invalid("A resource goes with an action.".to_owned())),
        };
        let keys = keys(&flow.input)?;
        let own = caller.account.unwrap_or(flow.snapshot.account);
        let need = guarded(&flow.snapshot, action, resource, own);
        let input = Value::structure();
        let asked = Asked {
            snapshot: &flow.snapshot,
            caller: &caller,
            facts: &flow.facts,
            input: &input,
            keys: &keys,
            now: flow.now,
            limit,
        };
        let told = asked.told(&need)?;
        let revocation = revocation(flow, &told).await?;
        let answer = answer.with("Action", action).with("Resource", need.resource.as_str());
        let answer = decided(answer, &told).with_some("Revocation", revocation);
        Ok(answer.into())
    })
}

/// A decision as it is told.
pub fn decided(answer: Value, told: &Told) -> Value {
    answer
        .with("Verdict", told.answer.word)
        .with_some("Because", told.answer.because.as_deref())
        .with("Statements", told.statements.clone())
        .with_some("Explanation", told.explanation.as_deref())
}

/// The name of an action as the tables have it.
fn served(text: &str) -> Result<&'static str, ApiError> {
    let unknown =
        || invalid(format!("{text} is no action: a service and an operation, such as s3:GetObject."));
    if text.contains(['*', '?']) {
        return Err(unknown());
    }
    let mut own = actions::all().flat_map(|row| row.permission.names());
    let own = own.find(|name| name.eq_ignore_ascii_case(text));
    own.or_else(|| known_actions(text, 1).0.first().copied()).ok_or_else(unknown)
}

/// Condition keys that take the place of those that the request would have.
fn keys(input: &Value) -> Result<Vec<(String, String)>, ApiError> {
    let given = input.list("Context").iter().map(|entry| {
        let (name, value) = (entry.text("Key").unwrap_or_default(), entry.text("Value").unwrap_or_default());
        if name.contains(':') {
            Ok((name.to_owned(), value.to_owned()))
        } else {
            Err(invalid(format!("{name} is no condition key, such as aws:SourceIp.")))
        }
    });
    given.collect()
}

/// By whom, when and why somebody was cut off, if that is what decided and whoever asks may know.
pub async fn revocation(flow: &Flow, told: &Told) -> Result<Option<Value>, ApiError> {
    let by = told.decision.deciding.iter().find(|deciding| deciding.layer == Layer::Revocation);
    let Some(by) = by else { return Ok(None) };
    let Ok(held) = stored(&flow.service, &by.policy).await else { return Ok(None) };
    if !is_shown(flow, held.record.account) {
        return Ok(None);
    }
    let (record, cutoff) = (&held.record, held.record.cutoff(held.revision));
    Ok(Some(
        Value::structure()
            .with("RevocationId", by.policy.as_str())
            .with("RevokedBy", record.by.as_str())
            .with("Time", record.at)
            .with_some("Reason", record.reason.as_deref())
            .with("Statement", crate::snapshot::revocation::text(record, cutoff)),
    ))
}

/// Who that is, with what its session is.
fn shown(caller: &Caller) -> Value {
    let shown = Value::structure()
        .with_some("Account", caller.account.map(|account| account.to_string()))
        .with("Arn", caller.arn.as_str())
        .with("UserId", caller.user_id.as_str())
        .with_some("AccessKeyId", caller.access_key_id.as_ref().map(ToString::to_string));
    let Some(session) = &caller.session else { return shown };
    let claims = &session.claims;
    let chain = claims.ancestors.iter().map(|ancestor| Value::from(ancestor.access_key_id.as_str()));
    let tags = claims.passed.tags.iter();
    let tags =
        tags.map(|tag| Value::structure().with("Key", tag.key.as_str()).with("Value", tag.value.as_str()));
    shown
        .with("Issued", claims.issued)
        .with("Expires", claims.expires)
        .with("MultiFactorAuth", claims.mfa_at.is_some())
        .with("SessionPolicies", claims.passed.has_policy())
        .with_some("SourceIdentity", claims.source_identity.as_deref())
        .with("Tags", tags.collect::<Value>())
        .with("Chain", chain.collect::<Value>())
}
