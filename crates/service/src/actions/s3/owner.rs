//! The canonical id under which S3 shows an account.

use portcullis_base::{AccountId, Value};
use sha2::{Digest, Sha256};

/// An account's canonical id: always the same, and not the account's number.
pub(super) fn canonical_id(account: AccountId) -> String {
    hex::encode(Sha256::digest(format!("canonical user id of {account}")))
}

/// The `Owner` of an answer.
pub(super) fn owner(account: AccountId) -> Value {
    Value::structure().with("ID", canonical_id(account))
}
