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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::testing::{ALLOW_ALL, Creds, Ground};

    async fn rotate(ground: &Ground, creds: &Creds) -> Result<Value, ApiError> {
        ground.ask(creds, "portcullis", "RotateKeys", Value::structure()).await
    }

    async fn session(ground: &Ground, creds: &Creds) -> Creds {
        Creds::issued(&ground.ask(creds, "sts", "GetSessionToken", Value::structure()).await.unwrap())
    }

    async fn works(ground: &Ground, creds: &Creds) -> bool {
        ground.ask(creds, "sts", "GetCallerIdentity", Value::structure()).await.is_ok()
    }

    #[tokio::test]
    async fn live_sessions_go_on_and_new_ones_have_the_new_key() {
        let ground = Ground::new().await;
        let before = session(&ground, &ground.root).await;
        let made = rotate(&ground, &ground.root).await.unwrap();
        assert_eq!(made.int("KeyId"), Some(2));
        assert_eq!(made.time("Created"), Some(ground.service.world.clock.now()));
        // The reply waits until this node seals with it.
        assert_eq!(ground.service.ring().key_ids(), [1, 2]);
        let after = session(&ground, &ground.root).await;
        assert!(works(&ground, &before).await && works(&ground, &after).await);
    }

    #[tokio::test]
    async fn it_needs_its_permission() {
        let ground = Ground::new().await;
        let nobody = ground.user("nobody", None).await;
        let error = rotate(&ground, &nobody).await.unwrap_err();
        assert_eq!(error.code, "AccessDeniedException");
        assert!(error.message.contains("portcullis:RotateKeys on resource: *"), "{}", error.message);
        assert_eq!(ground.service.ring().key_ids(), [1]);
        let admin = ground.user("admin", Some(ALLOW_ALL)).await;
        assert!(rotate(&ground, &admin).await.is_ok());
    }

    #[tokio::test]
    async fn rotations_at_once_lose_no_key() {
        let ground = Ground::new().await;
        let before = session(&ground, &ground.root).await;
        let (one, two, three) = tokio::join!(
            rotate(&ground, &ground.root),
            rotate(&ground, &ground.root),
            ground.service.rotate_keys()
        );
        // The server's own rotation gives way to another; those that were asked for do not.
        let others = usize::from(three.is_ok());
        assert_ne!(one.unwrap().int("KeyId"), two.unwrap().int("KeyId"));
        assert_eq!(ground.service.ring().key_ids().len(), 3 + others);
        assert!(works(&ground, &before).await);
    }

    #[tokio::test]
    async fn its_event_is_one_and_tells_the_key() {
        let ground = Ground::new().await;
        rotate(&ground, &ground.root).await.unwrap();
        let events = ground.events().await;
        let events: Vec<_> = events.iter().filter(|event| event.source.starts_with("portcullis")).collect();
        let [event] = events.as_slice() else { panic!("{} events", events.len()) };
        assert_eq!((event.name.as_str(), event.read_only), ("RotateKeys", false));
        assert!(event.json.contains(r#""keyId":2"#), "{}", event.json);
    }

    #[tokio::test]
    async fn the_ring_has_an_end() {
        let ground = Ground::new().await;
        for _ in 1..RING_KEYS_MAX {
            rotate(&ground, &ground.root).await.unwrap();
        }
        let error = rotate(&ground, &ground.root).await.unwrap_err();
        assert_eq!((error.code.as_ref(), error.status), ("LimitExceededException", 400));
        ground.forward(36 * 3600 + 60);
        assert!(rotate(&ground, &ground.root).await.is_ok());
        assert_eq!(ground.service.ring().key_ids().len(), 2);
    }
}
