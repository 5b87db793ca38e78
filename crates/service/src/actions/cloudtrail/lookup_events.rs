//! LookupEvents: what happened in the account, newest first (CloudTrail API reference, LookupEvents).
//!
//! A NextToken is sealed and holds the query it was given out for: it opens for the same account and attribute and
//! the same range of time, or not at all.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_base::Value;

use crate::action::{Access, Ask, Category, Handler, Need, Output, Permission, Row, no_resources};
use crate::audit::{AuditError, AuditEvent, LookupKey, LookupQuery, Position};
use crate::error::ApiError;
use crate::flow::Flow;
use crate::port::BoxFuture;

/// Events on a page, at most and unless the caller says otherwise.
const RESULTS_MAX: usize = 50;
/// What a token is sealed for, so that nothing else that was sealed passes for one.
const TOKEN_CONTEXT: &[u8] = b"token/LookupEvents";

/// The action.
pub const ROW: Row = Row {
    service: "cloudtrail",
    name: "LookupEvents",
    permission: Permission::Named("cloudtrail:LookupEvents", |ask, action| {
        Ok(Need::anywhere(action, ask.account()))
    }),
    access: Access::Read,
    category: Category::Management,
    hides: &[],
    resources: no_resources,
    prepare: None,
    handler: Handler::Flow(lookup),
};

fn lookup(flow: &mut Flow) -> BoxFuture<'_, Result<Output, ApiError>> {
    Box::pin(async move {
        let query = query(&flow.ask())?;
        // Events of this category tell of unusual numbers of calls; nothing here makes any.
        if flow.input.text("EventCategory").is_some() {
            return Ok(answer(Vec::new(), None).into());
        }
        let page = flow.service.audit.lookup(query.clone()).await.map_err(|error| failed(&error))?;
        let next = page.next.map(|position| sealed(&flow.ask(), &position, &query));
        Ok(answer(page.events.iter().map(|event| shown(event)).collect(), next).into())
    })
}

fn query(ask: &Ask<'_>) -> Result<LookupQuery, ApiError> {
    let mut query = LookupQuery {
        account: ask.account(),
        attribute: attribute(ask.input)?,
        start: ask.input.time("StartTime"),
        end: ask.input.time("EndTime"),
        max_results: results(ask.input)?,
        resume: None,
    };
    if let (Some(start), Some(end)) = (query.start, query.end)
        && start > end
    {
        return Err(refused("InvalidTimeRange", "The start time must not be after the end time."));
    }
    if let Some(token) = ask.input.text("NextToken") {
        query.resume = Some(opened(ask, token, &query)?);
    }
    Ok(query)
}

fn attribute(input: &Value) -> Result<Option<(LookupKey, String)>, ApiError> {
    let invalid = |message: &str| refused("InvalidLookupAttributes", message);
    match input.list("LookupAttributes") {
        [] => Ok(None),
        [only] => {
            let key = only.text("AttributeKey").and_then(|key| key.parse().ok());
            let value = only.text("AttributeValue").filter(|value| !value.is_empty());
            key.zip(value.map(str::to_owned))
                .map(Some)
                .ok_or_else(|| invalid("A lookup attribute has a key that does not exist, or no value."))
        }
        _ => Err(invalid("You can specify only one lookup attribute.")),
    }
}

fn results(input: &Value) -> Result<usize, ApiError> {
    let Some(asked) = input.int("MaxResults") else { return Ok(RESULTS_MAX) };
    usize::try_from(asked)
        .ok()
        .filter(|asked| (1..=RESULTS_MAX).contains(asked))
        .ok_or_else(|| refused("InvalidMaxResults", "The number of results must lie between 1 and 50."))
}

fn sealed(ask: &Ask<'_>, position: &Position, query: &LookupQuery) -> String {
    URL_SAFE_NO_PAD.encode(ask.service.master.seal(TOKEN_CONTEXT, position.token(query).as_bytes()))
}

fn opened(ask: &Ask<'_>, token: &str, query: &LookupQuery) -> Result<Position, ApiError> {
    let position = || {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let place = ask.service.master.open(TOKEN_CONTEXT, &bytes).ok()?;
        Position::from_token(place.expose_text(), query).ok()
    };
    position()
        .ok_or_else(|| refused("InvalidNextToken", "The token is not one that was given out for this query."))
}

fn shown(event: &AuditEvent) -> Value {
    let resources: Vec<Value> = event
        .resources
        .iter()
        .map(|(kind, name)| {
            Value::structure().with("ResourceType", kind.as_str()).with("ResourceName", name.as_str())
        })
        .collect();
    Value::structure()
        .with("EventId", event.id.as_str())
        .with("EventName", event.name.as_str())
        .with("ReadOnly", if event.read_only { "true" } else { "false" })
        .with_some("AccessKeyId", event.access_key_id.as_deref())
        .with("EventTime", event.at.whole_seconds())
        .with("EventSource", event.source.as_str())
        .with_some("Username", event.username.as_deref())
        .with("Resources", resources)
        .with("CloudTrailEvent", event.json.as_str())
}

fn answer(events: Vec<Value>, next: Option<String>) -> Value {
    Value::structure().with("Events", events).with_some("NextToken", next)
}

fn refused(what: &str, message: &str) -> ApiError {
    ApiError::caller(format!("{what}Exception"), 400, message)
}

fn failed(error: &AuditError) -> ApiError {
    tracing::error!(%error, "events could not be looked up");
    ApiError::unavailable()
}
