//! SAML providers: named by their ARN, with the metadata of an identity provider and the keys that open what it
//! encrypts.

use std::sync::Arc;

use portcullis_base::{AccountId, Arn, Secret, Tags};
use portcullis_store::Key;
use portcullis_store::record::{SamlPrivateKeyRecord, SamlProviderRecord};

use super::saml_metadata;
use super::target::{self, Target, named_by_arn, stored};
use crate::action::Ask;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::federation::saml::private_key;
use crate::snapshot::{SamlProvider, Snapshot, Table};

/// Private keys of one provider (IAM API reference, GetSAMLProvider: `PrivateKeyList`).
const PRIVATE_KEYS_MAX: usize = 2;

impl Target for SamlProvider {
    stored!(SamlProviderRecord, saml_providers, put_saml_provider);
    const WORD: &'static str = "saml-provider";
    const TITLE: &'static str = "SAMLProvider";
    const MEMBER: &'static str = "SAMLProviderArn";
    const KIND: &'static str = "AWS::IAM::SAMLProvider";
    const QUOTA: (&'static str, &'static str) = ("saml-providers", "SAMLProvidersPerAccount");
    const HAS_IAM_TAGS: bool = false;

    named_by_arn!();

    fn absent(text: &str) -> ApiError {
        ApiError::no_such_entity(format!("Manifest not found for arn {text}"))
    }

    fn taken(name: &str) -> ApiError {
        ApiError::already_exists(format!("SAMLProvider with name {name} already exists."))
    }
}

/// Gives a provider what the input says of its metadata, encryption and keys.
///
/// # Errors
/// `InvalidInput` for metadata or a key that cannot be used; `NoSuchEntity` for a key that is not there;
/// `LimitExceeded`.
pub fn configure(ask: &Ask<'_>, record: &mut SamlProviderRecord) -> Result<(), ApiError> {
    if let Some(text) = ask.input.text("SAMLMetadataDocument") {
        record.valid_until_ms = saml_metadata::check(text)?.map(portcullis_base::Timestamp::millis);
        text.clone_into(&mut record.metadata);
    }
    if let Some(id) = ask.input.text("RemovePrivateKey") {
        let before = record.private_keys.len();
        record.private_keys.retain(|key| key.id != id);
        if record.private_keys.len() == before {
            return Err(ApiError::no_such_entity(format!("The private key {id} cannot be found.")));
        }
    }
    if let Some(text) = ask.input.text("AddPrivateKey") {
        if record.private_keys.len() >= PRIVATE_KEYS_MAX {
            return Err(ApiError::limit_exceeded(format!(
                "Cannot exceed quota for PrivateKeysPerSAMLProvider: {PRIVATE_KEYS_MAX}"
            )));
        }
        let key = Secret::from(text.to_owned());
        if private_key::pkcs8(&key).is_none() {
            let message = "The private key is no RSA key in PEM format without a password.";
            return Err(ApiError::invalid_input(message));
        }
        let place = Key::saml_provider(record.account, record.id);
        record.private_keys.push(SamlPrivateKeyRecord {
            id: random_name(ask),
            sealed_key: ask.service.master.seal(&place.0, key.expose_bytes()),
            added: ask.now,
        });
    }
    if let Some(mode) = ask.input.text("AssertionEncryptionMode") {
        record.encryption = Some(mode.to_owned());
    }
    if record.encryption.as_deref() == Some("Required") && record.private_keys.is_empty() {
        return Err(ApiError::invalid_input(
            "Assertions cannot be required to be encrypted without a private key that opens them.",
        ));
    }
    Ok(())
}

/// What AWS calls a provider's UUID or a key's id: thirty-two random digits.
pub fn random_name(ask: &Ask<'_>) -> String {
    ask.service.random_id(16).to_uppercase()
}
