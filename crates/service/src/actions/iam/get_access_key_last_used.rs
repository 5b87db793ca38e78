//! GetAccessKeyLastUsed: when, where and for what a long-term key last signed a request, as far as events are kept.
//! Sessions made with the key have keys of their own.

use portcullis_base::{Arn, Value};
use portcullis_store::record::AccessKeyOwner;

use super::{row, target};
use crate::action::{Ask, Need, Output, Permission, Row, no_resources};
use crate::audit::{AuditEvent, LookupKey, LookupQuery};
use crate::error::ApiError;
use crate::flow::Flow;
use crate::port::BoxFuture;
use crate::snapshot::AccessKey;

/// The action.
pub const ROW: Row = row::search(
    "GetAccessKeyLastUsed",
    Permission::Named("iam:GetAccessKeyLastUsed", |ask, action| {
        Ok(need(ask, action).told(format!("access key {}", ask.text("AccessKeyId")?)))
    }),
    no_resources,
    answer,
);

fn key<'a>(ask: &Ask<'a>) -> Option<&'a AccessKey> {
    let id = ask.input.text("AccessKeyId")?.parse().ok()?;
    ask.snapshot.access_key(&id).filter(|key| key.account == ask.account()).map(AsRef::as_ref)
}

/// On the key's user; on everything when there is no such key, so that only who may ask for all learns that.
fn need(ask: &Ask<'_>, action: &'static str) -> Need {
    let account = ask.account();
    match key(ask).map(|key| key.owner) {
        Some(AccessKeyOwner::Root) => Need::new(action, Arn::iam(account, "root").to_string(), account),
        Some(AccessKeyOwner::User(id)) => match ask.snapshot.users.get(id) {
            Some(user) => target::need_on(action, user.as_ref()),
            None => Need::anywhere(action, account),
        },
        None => Need::anywhere(action, account),
    }
}

fn answer(flow: &mut Flow) -> BoxFuture<'_, Result<Output, ApiError>> {
    Box::pin(async move {
        let ask = flow.ask();
        let text = ask.text("AccessKeyId")?;
        let Some(key) = key(&ask) else {
            // The model declares no error for this, so that keys of other accounts are not told from none.
            return Err(ApiError::access_denied(
                ask.family,
                format!(
                    "User: {} is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key \
                     {text}",
                    ask.caller.arn
                ),
            ));
        };
        let user = match key.owner {
            AccessKeyOwner::Root => None,
            AccessKeyOwner::User(id) => ask.snapshot.users.get(id).map(|user| user.record.name.as_str()),
        };
        let query = LookupQuery {
            account: key.account,
            attribute: Some((LookupKey::AccessKeyId, key.id.to_string())),
            start: None,
            end: None,
            max_results: 1,
            resume: None,
        };
        let page = flow.service.audit.lookup(query).await.map_err(|error| {
            tracing::error!(%error, "the last use of a key cannot be looked up");
            ApiError::unavailable()
        })?;
        let last = shown(page.events.first().map(AsRef::as_ref));
        Ok(Value::structure().with_some("UserName", user).with("AccessKeyLastUsed", last).into())
    })
}

fn shown(event: Option<&AuditEvent>) -> Value {
    match event {
        Some(event) => Value::structure()
            .with("LastUsedDate", event.at)
            .with("ServiceName", event.source.split('.').next().unwrap_or_default())
            .with("Region", event.region.as_str()),
        None => Value::structure().with("ServiceName", "N/A").with("Region", "N/A"),
    }
}
