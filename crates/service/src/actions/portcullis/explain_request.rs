//! ExplainRequest: how a request that was made was decided, and how the same would be decided now.
//!
//! What was decided then stands in its event, with the statements that decided; their texts are those that they have
//! now, where they are still there.

use std::sync::Arc;

use portcullis_base::Value;
use portcullis_policy::{Deciding, Effect, Layer};
use serde_json::Value as Json;

use super::event;
use super::explain_access::{decided, limit, revocation};
use crate::action::{Access, Category, Handler, Need, Output, Permission, Row, no_resources};
use crate::caller::Caller;
use crate::error::ApiError;
use crate::flow::Flow;
use crate::port::BoxFuture;
use crate::preview::{GONE, of_key};
use crate::recent::{Made, Needed, made_by};
use crate::why::Asked;

/// The action.
pub const ROW: Row = Row {
    service: "portcullis",
    name: "ExplainRequest",
    permission: Permission::Named("portcullis:ExplainRequest", |ask, action| {
        Ok(Need::anywhere(action, ask.account()))
    }),
    access: Access::Read,
    category: Category::Management,
    hides: &[],
    resources: no_resources,
    prepare: None,
    handler: Handler::Flow(run),
};

fn run(flow: &mut Flow) -> BoxFuture<'_, Result<Output, ApiError>> {
    Box::pin(async move {
        let id = flow.ask().text("RequestId")?.to_owned();
        let absent = || {
            let message = format!("There is no event of a request {id}.");
            ApiError::caller("ResourceNotFoundException", 400, message)
        };
        let event = event::find(flow, &id).await?.ok_or_else(absent)?;
        let record: Json = serde_json::from_str(&event.json).map_err(|_| absent())?;
        let made = flow
            .service
            .recent
            .find(&id)
            .or_else(|| made_by(&flow.snapshot, event.account, &event).map(Arc::new));
        let present = match &made {
            Some(made) => Some((made.as_ref(), caller_now(flow, made).await?)),
            None => None,
        };
        let text = |pointer: &str| record.pointer(pointer).and_then(Json::as_str).map(str::to_owned);
        let then = record.pointer("/additionalEventData/decisions").and_then(Json::as_array);
        let mut decisions = Vec::new();
        for decision in then.into_iter().flatten() {
            decisions.push(both(flow, decision, present.as_ref()).await?);
        }
        Ok(Value::structure()
            .with("RequestId", id.as_str())
            .with("EventId", event.id.as_str())
            .with("Time", event.at)
            .with("EventName", event.name.as_str())
            .with("EventSource", event.source.as_str())
            .with_some("Arn", text("/userIdentity/arn"))
            .with_some("AccessKeyId", text("/userIdentity/accessKeyId"))
            .with_some("SourceIp", text("/sourceIPAddress"))
            .with_some("ErrorCode", text("/errorCode"))
            .with_some("ErrorMessage", text("/errorMessage"))
            .with("Decisions", decisions)
            .into())
    })
}

/// Who made a request, as things are now; the error that the credential would get.
type Present = Result<Caller, ApiError>;

async fn caller_now(flow: &Flow, made: &Made) -> Result<Present, ApiError> {
    let Some(key) = &made.key else { return Ok(Ok(Caller::anonymous())) };
    let opened = of_key(&flow.service, &flow.snapshot, key).await?;
    let unknown = || ApiError::unknown_key(made.family);
    Ok(opened
        .ok_or_else(unknown)
        .and_then(|opened| Caller::of(&opened, &flow.snapshot, flow.now, made.family)))
}

fn text(value: &Json, name: &str) -> Option<String> {
    value.get(name).and_then(Json::as_str).map(str::to_owned)
}

/// One decision then and now.
async fn both(flow: &Flow, then: &Json, present: Option<&(&Made, Present)>) -> Result<Value, ApiError> {
    let (action, resource) = (text(then, "action"), text(then, "resource"));
    let needed = present.and_then(|(made, caller)| {
        let is_asked = |needed: &&Needed| {
            let need = &needed.need;
            action.as_deref() == Some(need.action) && resource.as_deref() == Some(need.resource.as_str())
        };
        Some((made, caller, made.needs.iter().find(is_asked)?.in_snapshot(&flow.snapshot)))
    });
    let statements = || then.get("statements").and_then(Json::as_array).into_iter().flatten();
    let (mut now, mut texts) = (None, Vec::new());
    match needed {
        None => {}
        Some((_, Err(error), _)) => {
            let gone = Value::structure().with("Verdict", GONE);
            now = Some(gone.with("Because", error.message.as_str()));
        }
        Some((made, Ok(caller), need)) => {
            let asked = Asked {
                snapshot: &flow.snapshot,
                caller,
                facts: &made.facts,
                input: &made.tags,
                keys: &[],
                now: flow.now,
                limit: limit(&flow.ask()),
            };
            let told = asked.told(&need)?;
            let revocation = revocation(flow, &told).await?;
            now = Some(decided(Value::structure(), &told).with_some("Revocation", revocation));
            texts = statements().map(|statement| asked.text(&deciding(statement)?, &need)).collect();
        }
    }
    let mut texts = texts.into_iter();
    let statements = statements().map(|statement| {
        Value::structure()
            .with_some("Layer", deciding(statement).map(|held| held.layer.name()))
            .with_some("Policy", text(statement, "policy"))
            .with_some("Sid", text(statement, "statement"))
            .with_some("Effect", text(statement, "effect"))
            .with_some("Text", texts.next().flatten())
    });
    let verdict = text(then, "verdict").unwrap_or_default();
    let (word, layer) = verdict.split_once(':').unwrap_or((&verdict, ""));
    Ok(Value::structure()
        .with_some("Action", action)
        .with_some("Resource", resource)
        .with("Then", word)
        .with_some("ThenLayer", layer_of(layer).map(Layer::name))
        .with("ThenStatements", statements.collect::<Value>())
        .with_some("Now", now))
}

/// Every layer, as events name them.
const LAYERS: [Layer; 8] = [
    Layer::Revocation,
    Layer::Scp,
    Layer::Rcp,
    Layer::Boundary,
    Layer::Session,
    Layer::Resource,
    Layer::Trust,
    Layer::Identity,
];

fn layer_of(name: &str) -> Option<Layer> {
    LAYERS.into_iter().find(|layer| format!("{layer:?}") == name)
}

/// A statement of an event.
fn deciding(statement: &Json) -> Option<Deciding> {
    let index = statement.get("index").and_then(Json::as_u64).and_then(|index| usize::try_from(index).ok());
    Some(Deciding {
        layer: layer_of(statement.get("layer")?.as_str()?)?,
        policy: text(statement, "policy")?,
        statement: text(statement, "statement"),
        index: index?,
        effect: if text(statement, "effect")? == "Deny" { Effect::Deny } else { Effect::Allow },
    })
}
