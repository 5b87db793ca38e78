//! UpdateSAMLProvider: other metadata, another rule for encryption, one private key more or less.

use portcullis_base::Value;

use super::target::Target;
use super::{row, saml, target};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::SamlProvider;

/// The action.
pub const ROW: Row = row::change(
    "UpdateSAMLProvider",
    Permission::Named("iam:UpdateSAMLProvider", target::need::<SamlProvider>),
    target::concerned::<SamlProvider>,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let provider = target::find::<SamlProvider>(ask)?;
    let mut record = provider.record.clone();
    saml::configure(ask, &mut record)?;
    if record != provider.record {
        SamlProvider::put(draft, &record);
    }
    Ok(Value::structure().with("SAMLProviderArn", provider.arn.as_str()))
}
