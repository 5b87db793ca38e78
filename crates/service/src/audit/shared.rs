//! One request, several accounts: whoever owns what somebody of another account touched finds it in a history of his own.
//!
//! The copy says which account the caller is of, and by its unique id who, but nothing of that account's policies
//! (CloudTrail User Guide, "CloudTrail record contents", `sharedEventID`).

use portcullis_base::AccountId;
use serde_json::{Map, Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::AuditEvent;
use crate::caller::Caller;

/// The event, and its copies for these accounts; all of them know that they are one.
pub fn with_copies(mut own: AuditEvent, caller: Option<&Caller>, others: &[AccountId]) -> Vec<AuditEvent> {
    if others.is_empty() {
        return vec![own];
    }
    let shared = derived(&own.id, "shared");
    let Ok(Json::Object(mut record)) = serde_json::from_str(&own.json) else { return vec![own] };
    record.insert("sharedEventID".to_owned(), json!(shared));
    own.json = Json::Object(record.clone()).to_string();
    record.remove("additionalEventData");
    // It would say which kind of policy of the caller's account refused.
    record.remove("errorMessage");
    record.insert("userIdentity".to_owned(), stranger(caller));
    let copies: Vec<AuditEvent> = others.iter().map(|account| copy(&own, record.clone(), *account)).collect();
    std::iter::once(own).chain(copies).collect()
}

fn copy(own: &AuditEvent, mut record: Map<String, Json>, account: AccountId) -> AuditEvent {
    let id = derived(&own.id, &account.to_string());
    record.insert("eventID".to_owned(), json!(id));
    record.insert("recipientAccountId".to_owned(), json!(account.to_string()));
    AuditEvent {
        id,
        account,
        username: None,
        access_key_id: None,
        json: Json::Object(record).to_string(),
        ..own.clone()
    }
}

fn stranger(caller: Option<&Caller>) -> Json {
    json!({
        "type": "AWSAccount",
        "principalId": caller.map(|caller| caller.user_id.as_str()),
        "accountId": caller.and_then(|caller| caller.account).map(|account| account.to_string()),
    })
}

/// The same id for the same event and purpose, however often the write is tried.
pub(super) fn derived(id: &str, purpose: &str) -> String {
    let digest = Sha256::digest(format!("{id}/{purpose}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(digest.get(..16).unwrap_or(&[0; 16]));
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}
