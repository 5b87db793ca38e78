//! DescribeSession: one live temporary credential, with where it comes from and what it made.

use std::sync::Arc;

use portcullis_base::{AccessKeyId, Value};

use super::viewer::Viewer;
use crate::action::{Access, Ask, Category, Handler, Need, Output, Permission, Row};
use crate::error::ApiError;
use crate::flow::Flow;
use crate::port::BoxFuture;
use crate::sessions::Live;

/// Descendants that are shown; of more it is only said how many there are.
const DESCENDANTS_MAX: usize = 1000;

/// The action.
pub const ROW: Row = Row {
    service: "portcullis",
    name: "DescribeSession",
    permission: Permission::Named("portcullis:DescribeSession", |ask, action| {
        Ok(Need::anywhere(action, ask.account()))
    }),
    access: Access::Read,
    category: Category::Management,
    hides: &[],
    resources: |ask| {
        let id = ask.input.text("AccessKeyId");
        id.map(|id| ("AWS::IAM::AccessKey", id.to_owned())).into_iter().collect()
    },
    prepare: None,
    handler: Handler::Flow(describe),
};

fn describe(flow: &mut Flow) -> BoxFuture<'_, Result<Output, ApiError>> {
    Box::pin(async move {
        // Whoever has just been given a session finds it.
        flow.service.catch_up().await;
        answer(&flow.ask()).map(Output::from)
    })
}

fn answer(ask: &Ask<'_>) -> Result<Value, ApiError> {
    let viewer = Viewer::of(ask);
    let id = ask.text("AccessKeyId")?;
    let sessions = &ask.service.sessions;
    let live = id.parse().ok().and_then(|id: AccessKeyId| sessions.get(&id, ask.now));
    // What another account has is answered as what nobody has.
    let Some(live) = live.filter(|live| viewer.sees(live)) else {
        let message = format!("There is no live session with the access key {id}.");
        return Err(ApiError::caller("NoSuchSessionException", 400, message));
    };
    let mut below = sessions.descendants(&live.access_key_id, ask.now);
    below.retain(|live| viewer.sees(live));
    // Parents before their children, and among those of one parent the oldest first.
    below.sort_by_key(|live| (live.ancestors().count(), live.issued, live.access_key_id.clone()));
    let omitted = below.len().saturating_sub(DESCENDANTS_MAX);
    below.truncate(DESCENDANTS_MAX);
    Ok(Value::structure()
        .with("Session", viewer.shown(&live))
        .with("Ancestors", ancestors(ask, &viewer, &live))
        .with("Descendants", below.iter().map(|live| viewer.shown(live)).collect::<Value>())
        .with_some("DescendantsOmitted", (omitted > 0).then(|| i64::try_from(omitted).unwrap_or(i64::MAX))))
}

/// The access keys that led to it, the long-term one first; of a session that has ended only its key is left.
fn ancestors(ask: &Ask<'_>, viewer: &Viewer<'_>, live: &Arc<Live>) -> Value {
    let known = live.ancestors().filter(|id| viewer.knows_key(id));
    known
        .map(|id| {
            let session = id.parse().ok().and_then(|id| ask.service.sessions.get(&id, ask.now));
            session
                .filter(|live| viewer.sees(live))
                .map_or_else(|| viewer.key_shown(id), |live| viewer.shown(&live))
        })
        .collect()
}
