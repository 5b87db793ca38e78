//! RotateKeys: a new key seals session tokens from now on. Live sessions go on: the old keys open their tokens until
//! the last of them has ended. See [`crate::token::Ring`].

use portcullis_base::Value;
use portcullis_store::record::RingKeyRecord;
use portcullis_store::{Guard, Key, codec};

use crate::action::{Access, Category, Handler, Need, Output, Permission, Row, no_resources};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::flow::{Flow, NotCommitted};
use crate::limits::RING_KEYS_MAX;
use crate::port::BoxFuture;
use crate::service::{ATTEMPTS_MAX, Service};

/// The action.
pub const ROW: Row = Row {
    service: "portcullis",
    name: "RotateKeys",
    // The ring is the deployment's: no account but its own may turn it.
    permission: Permission::Named("portcullis:RotateKeys", |ask, action| {
        Ok(Need::anywhere(action, ask.snapshot.account))
    }),
    access: Access::Write,
    category: Category::Management,
    hides: &[],
    resources: no_resources,
    prepare: None,
    handler: Handler::Flow(rotate),
};

fn rotate(flow: &mut Flow) -> BoxFuture<'_, Result<Output, ApiError>> {
    Box::pin(async move {
        for _ in 0..ATTEMPTS_MAX {
            let (draft, made) = draft(&flow.service).await?;
            let value = answer(&made);
            match flow.commit(&draft, &value).await {
                Ok(_) => return Ok(value.into()),
                // Somebody else turned the ring just now; whoever asks for a new key gets one all the same.
                Err(NotCommitted::Overtaken) => {}
                Err(NotCommitted::Refused(error)) => return Err(error),
            }
        }
        Err(ApiError::unavailable())
    })
}

/// The ring as it is stored, with one more key. Read from the store and not from memory: a ring that lags behind
/// would write over a key that has sealed tokens, which the guard forbids.
async fn draft(service: &Service) -> Result<(Draft, RingKeyRecord), ApiError> {
    let (ring, revision) = service.stored_ring().await.map_err(|error| {
        tracing::error!(%error, "the session token keys could not be read");
        ApiError::unavailable()
    })?;
    let now = service.world.clock.now();
    let next = ring.rotated(now, &service.master, service.world.entropy.as_ref());
    if next.keys.len() > RING_KEYS_MAX {
        let message = format!(
            "The key ring already holds {RING_KEYS_MAX} keys. One is destroyed 36 hours after it was replaced; \
             rotate again then."
        );
        return Err(ApiError::caller("LimitExceededException", 400, message));
    }
    let made =
        next.keys.last().cloned().ok_or_else(|| ApiError::internal("a rotation left the ring empty"))?;
    let mut draft = Draft::new();
    draft.guard(Guard::At(Key::key_ring(), revision));
    draft.put(Key::key_ring(), codec::to_bytes(&next));
    Ok((draft, made))
}

fn answer(made: &RingKeyRecord) -> Value {
    Value::structure().with("KeyId", i64::from(made.id)).with("Created", made.created)
}
