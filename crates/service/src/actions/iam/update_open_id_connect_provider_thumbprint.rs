//! UpdateOpenIDConnectProviderThumbprint: other thumbprints in place of those it has.

use portcullis_base::Value;

use super::target::Target;
use super::{open_id, row, target};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::OidcProvider;

/// The action.
pub const ROW: Row = row::change(
    "UpdateOpenIDConnectProviderThumbprint",
    Permission::Named("iam:UpdateOpenIDConnectProviderThumbprint", target::need::<OidcProvider>),
    target::concerned::<OidcProvider>,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let provider = target::find::<OidcProvider>(ask)?;
    let mut record = provider.record.clone();
    record.thumbprints = open_id::thumbprints(ask)?;
    if record != provider.record {
        OidcProvider::put(draft, &record);
    }
    Ok(Value::structure())
}
