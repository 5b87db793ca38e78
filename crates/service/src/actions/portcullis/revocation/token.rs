//! The client's token of a Revoke: whoever got no answer asks again with the same token, and nothing is done twice.
//!
//! A token is its caller's own. What is stored of it and of the request are digests: a target may be a presigned URL.

use portcullis_base::Value;
use portcullis_store::record::ReceiptToken;
use portcullis_store::{Key, codec};
use sha2::{Digest, Sha256};

use crate::action::Ask;
use crate::error::ApiError;
use crate::receipt::Kept;
use crate::service::Service;

const MEMBER: &str = "ClientToken";
const LENGTH_MAX: usize = 64;

/// The token of a request, if it has one and does something.
///
/// # Errors
/// `InvalidInputException` for what can be none.
pub fn of(ask: &Ask<'_>) -> Result<Option<ReceiptToken>, ApiError> {
    let Some(text) = ask.input.text(MEMBER).filter(|_| ask.input.bool("DryRun") != Some(true)) else {
        return Ok(None);
    };
    if !(1..=LENGTH_MAX).contains(&text.chars().count()) {
        let message = format!("{MEMBER} must have 1 to {LENGTH_MAX} characters.");
        return Err(ApiError::caller("InvalidInputException", 400, message));
    }
    // The unique id, so that a re-created namesake has tokens of its own.
    let mark = digest(&(ask.account().to_string(), ask.caller.user_id.as_str(), text));
    let mut members: Vec<&(String, Value)> =
        ask.input.members().iter().filter(|(name, _)| name != MEMBER).collect();
    members.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(Some(ReceiptToken { mark, request: digest(&members) }))
}

fn digest(what: &impl std::fmt::Debug) -> String {
    // Quoted texts, so that two of them never look like others.
    hex::encode(Sha256::digest(format!("{what:?}").as_bytes()))
}

/// The receipt that an earlier request with this token got.
///
/// # Errors
/// `IdempotentParameterMismatchException` if it asked for something else; 503 when the store fails.
pub async fn earlier(service: &Service, token: &ReceiptToken) -> Result<Option<Kept>, ApiError> {
    let failed = |error| ApiError::undetermined(&error);
    let Some(held) = service.engine.read(&Key::receipt_token(&token.mark)).await.map_err(failed)? else {
        return Ok(None);
    };
    let number: u64 = codec::from_bytes(&held.value).map_err(failed)?;
    let kept = service.receipt(number).await.map_err(failed)?;
    match &kept {
        Some(kept) if kept.record.token.as_ref() != Some(token) => Err(ApiError::caller(
            "IdempotentParameterMismatchException",
            400,
            "The request uses the same client token as a previous, but non-identical request.",
        )),
        _ => Ok(kept),
    }
}

#[cfg(test)]
mod tests {
    use portcullis_store::{Range, key};

    use super::*;
    use crate::actions::testing::{ALLOW_ALL, Creds, Ground};

    fn revoke(user: &str, token: &str) -> Value {
        Value::structure().with("Kind", "user").with("Target", user).with("ClientToken", token)
    }

    async fn ask(ground: &Ground, creds: &Creds, input: Value) -> Result<String, String> {
        let answer = ground.ask(creds, "portcullis", "Revoke", input).await;
        answer.map(|told| told.text("ReceiptId").unwrap().to_owned()).map_err(|error| error.code.into_owned())
    }

    async fn receipts(ground: &Ground) -> usize {
        ground.service.engine.range(Range::prefix(key::RECEIPTS.as_bytes())).await.unwrap().items.len()
    }

    #[tokio::test]
    async fn a_retry_gets_the_same_receipt_and_changes_nothing() {
        let ground = Ground::new().await;
        let alice = ground.user("alice", None).await;
        let first = ask(&ground, &ground.root, revoke("alice", "t")).await.unwrap();
        let epoch = ground.service.snapshot().epoch;
        assert_eq!(ask(&ground, &ground.root, revoke("alice", "t")).await, Ok(first.clone()));
        assert_eq!((ground.service.snapshot().epoch, receipts(&ground).await), (epoch, 1));
        let tries = ground.events().await.iter().filter(|event| event.name == "Revoke").count();
        assert_eq!(tries, 2);
        // The order of the members is not the client's request.
        let turned = Value::structure().with("ClientToken", "t").with("Target", "alice").with("Kind", "user");
        assert_eq!(ask(&ground, &ground.root, turned).await, Ok(first.clone()));
        assert_ne!(ask(&ground, &ground.root, revoke("alice", "u")).await, Ok(first.clone()));
        // Nor does one that comes when it was lifted bring it back, or when its target is gone.
        let lift = Value::structure().with("RevocationId", first.as_str());
        ground.ask(&ground.root, "portcullis", "LiftRevocation", lift).await.unwrap();
        let key = Value::structure().with("UserName", "alice").with("AccessKeyId", alice.key.as_str());
        ground.ask(&ground.root, "iam", "DeleteAccessKey", key).await.unwrap();
        let user = Value::structure().with("UserName", "alice");
        ground.ask(&ground.root, "iam", "DeleteUser", user).await.unwrap();
        let again = ground.ask(&ground.root, "portcullis", "Revoke", revoke("alice", "t")).await.unwrap();
        assert_eq!((again.text("ReceiptId"), again.text("State")), (Some(first.as_str()), Some("lifted")));
    }

    #[tokio::test]
    async fn a_token_stands_for_one_request_of_one_caller() {
        let ground = Ground::new().await;
        let alice = ground.user("alice", Some(ALLOW_ALL)).await;
        let first = ask(&ground, &ground.root, revoke("alice", "t")).await.unwrap();
        let refused = Err("IdempotentParameterMismatchException".to_owned());
        ground.user("bob", None).await;
        assert_eq!(ask(&ground, &ground.root, revoke("bob", "t")).await, refused);
        assert_eq!(ask(&ground, &ground.root, revoke("alice", "t").with("Cascade", false)).await, refused);
        let other = ask(&ground, &alice, revoke("bob", "t")).await.unwrap();
        assert_ne!(other, first);
        assert_eq!(receipts(&ground).await, 2);
    }

    #[tokio::test]
    async fn tries_at_once_make_one() {
        let ground = Ground::new().await;
        ground.user("alice", None).await;
        let tries = (0..8).map(|_| ask(&ground, &ground.root, revoke("alice", "t")));
        let mut ids = futures_util::future::join_all(tries).await;
        ids.dedup();
        assert_eq!(
            (ids.len(), receipts(&ground).await, ground.service.snapshot().revocations.len()),
            (1, 1, 1)
        );
    }

    #[tokio::test]
    async fn a_token_has_a_length_and_is_not_stored() {
        let ground = Ground::new().await;
        ground.user("alice", None).await;
        for (length, code) in [(0, false), (1, true), (64, true), (65, false)] {
            let told = ask(&ground, &ground.root, revoke("alice", &"t".repeat(length))).await;
            assert_eq!(told.is_ok(), code, "{length}: {told:?}");
        }
        let all = ground.service.engine.range(Range::prefix(b"c/")).await.unwrap();
        let held = |bytes: &[u8]| bytes.windows(10).any(|part| part == b"tttttttttt");
        assert!(!all.items.iter().any(|(key, value)| held(&key.0) || held(&value.value)));
    }
}
