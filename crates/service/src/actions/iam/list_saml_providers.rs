//! ListSAMLProviders: all at once, without their metadata.

use portcullis_base::{Timestamp, Value};

use super::row;
use crate::action::{Row, no_resources};
use crate::snapshot::SamlProvider;

/// The action.
pub const ROW: Row =
    row::read("ListSAMLProviders", row::anywhere("iam:ListSAMLProviders"), no_resources, |ask| {
        let providers = ask.snapshot.saml_providers.list(ask.account(), None);
        let shown: Value = providers.map(|provider| entry(provider)).collect();
        Ok(Value::structure().with("SAMLProviderList", shown))
    });

fn entry(provider: &SamlProvider) -> Value {
    let record = &provider.record;
    Value::structure()
        .with("Arn", provider.arn.as_str())
        .with_some("ValidUntil", record.valid_until_ms.map(Timestamp::from_millis))
        .with("CreateDate", record.created)
}
