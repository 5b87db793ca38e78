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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::testing::{ALLOW_ALL, Creds, Ground};

    async fn look(ground: &Ground, by: &Creds, input: Value) -> Result<Value, ApiError> {
        ground.ask(by, "cloudtrail", "LookupEvents", input).await
    }

    fn of(key: &str, value: &str) -> Value {
        let attribute = Value::structure().with("AttributeKey", key).with("AttributeValue", value);
        Value::structure().with("LookupAttributes", vec![attribute])
    }

    async fn three_calls(ground: &Ground) {
        for _ in 0..3 {
            ground.forward(1);
            ground.ask(&ground.root, "sts", "GetCallerIdentity", Value::structure()).await.unwrap();
        }
    }

    #[tokio::test]
    async fn pages_follow_one_another_from_the_newest_on() {
        let ground = Ground::new().await;
        three_calls(&ground).await;
        let mut input = of("EventName", "GetCallerIdentity").with("MaxResults", 2_i64);
        let first = look(&ground, &ground.root, input.clone()).await.unwrap();
        input.insert("NextToken", first.text("NextToken").unwrap());
        let second = look(&ground, &ground.root, input).await.unwrap();
        assert!(second.member("NextToken").is_none());
        let events: Vec<&Value> = first.list("Events").iter().chain(second.list("Events")).collect();
        let times: Vec<_> = events.iter().map(|event| event.time("EventTime").unwrap()).collect();
        assert!(times.len() == 3 && times.is_sorted_by(|later, earlier| later > earlier), "{times:?}");
        let [event, ..] = events.as_slice() else { unreachable!() };
        assert_eq!(event.text("Username"), Some("root"));
        assert_eq!(event.text("ReadOnly"), Some("true"));
        assert_eq!(event.text("AccessKeyId"), Some(ground.root.key.as_str()));
        let record: serde_json::Value = serde_json::from_str(event.text("CloudTrailEvent").unwrap()).unwrap();
        assert_eq!(record["eventID"], event.text("EventId").unwrap());
    }

    #[tokio::test]
    async fn a_token_opens_for_its_own_query_and_unchanged() {
        let ground = Ground::new().await;
        three_calls(&ground).await;
        let query = || of("EventName", "GetCallerIdentity").with("MaxResults", 1_i64);
        let answer = look(&ground, &ground.root, query()).await.unwrap();
        let token = answer.text("NextToken").unwrap();
        assert!(look(&ground, &ground.root, query().with("NextToken", token)).await.is_ok());
        // Within the token: of its last letter not every bit counts.
        let other_letter = if token.starts_with('A') { "B" } else { "A" };
        let changed = format!("{other_letter}{}", token.get(1..).unwrap());
        let position = URL_SAFE_NO_PAD.encode("0000000000000000/0/");
        let other = of("EventName", "CreateUser").with("MaxResults", 1_i64);
        for input in [
            other.with("NextToken", token),
            Value::structure().with("NextToken", token),
            query().with("EndTime", ground.service.world.clock.now()).with("NextToken", token),
            query().with("NextToken", changed),
            query().with("NextToken", position),
            query().with("NextToken", "made up"),
        ] {
            let refused = look(&ground, &ground.root, input).await.unwrap_err();
            assert_eq!((&*refused.code, refused.status), ("InvalidNextTokenException", 400));
        }
    }

    #[tokio::test]
    async fn what_cannot_be_asked_is_refused_in_the_service_s_own_words() {
        let ground = Ground::new().await;
        let now = ground.service.world.clock.now();
        let attribute = |key: &str| Value::structure().with("AttributeKey", key).with("AttributeValue", "x");
        let two = vec![attribute("EventName"), attribute("Username")];
        let backwards = Value::structure()
            .with("StartTime", now)
            .with("EndTime", now.minus(std::time::Duration::from_secs(1)));
        for (input, code) in [
            (Value::structure().with("LookupAttributes", two), "InvalidLookupAttributesException"),
            (of("Colour", "x"), "InvalidLookupAttributesException"),
            (backwards, "InvalidTimeRangeException"),
            (Value::structure().with("MaxResults", 51_i64), "InvalidMaxResultsException"),
            (Value::structure().with("MaxResults", 0_i64), "InvalidMaxResultsException"),
        ] {
            assert_eq!(look(&ground, &ground.root, input).await.unwrap_err().code, code);
        }
        let insight = Value::structure().with("EventCategory", "insight");
        assert!(look(&ground, &ground.root, insight).await.unwrap().list("Events").is_empty());
    }

    #[tokio::test]
    async fn looking_needs_its_permission_and_is_itself_an_event() {
        let ground = Ground::new().await;
        let stranger = ground.user("stranger", None).await;
        let refused = look(&ground, &stranger, Value::structure()).await.unwrap_err();
        assert_eq!((&*refused.code, refused.status), ("AccessDeniedException", 400));
        assert!(refused.message.contains("cloudtrail:LookupEvents"));
        let alice = ground.user("alice", Some(ALLOW_ALL)).await;
        look(&ground, &alice, Value::structure()).await.unwrap();
        let names: Vec<String> = ground.events().await.iter().map(|event| event.name.clone()).collect();
        assert_eq!(names.iter().filter(|name| *name == "LookupEvents").count(), 2);
    }
}
