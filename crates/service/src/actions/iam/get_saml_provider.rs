//! GetSAMLProvider: a provider with its metadata, byte for byte as it was given. Of private keys there is only the id.

use portcullis_base::{Timestamp, Value};

use super::{row, tagging, target};
use crate::action::{Permission, Row};
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::SamlProvider;

/// The action.
pub const ROW: Row = row::read(
    "GetSAMLProvider",
    Permission::Named("iam:GetSAMLProvider", target::need::<SamlProvider>),
    target::concerned::<SamlProvider>,
    answer,
);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let record = &target::find::<SamlProvider>(ask)?.record;
    let keys = record.private_keys.iter();
    let keys = keys.map(|key| Value::structure().with("KeyId", key.id.as_str()).with("Timestamp", key.added));
    Ok(Value::structure()
        .with("SAMLProviderUUID", record.uuid.as_str())
        .with("SAMLMetadataDocument", record.metadata.as_str())
        .with("CreateDate", record.created)
        .with_some("ValidUntil", record.valid_until_ms.map(Timestamp::from_millis))
        .with("Tags", tagging::shown(&record.tags))
        .with_some("AssertionEncryptionMode", record.encryption.as_deref())
        .with("PrivateKeyList", keys.collect::<Value>()))
}
