//! RemoveClientIDFromOpenIDConnectProvider: one audience less; one that is not there is no error.

use portcullis_base::Value;

use super::target::Target;
use super::{row, target};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::OidcProvider;

/// The action.
pub const ROW: Row = row::change(
    "RemoveClientIDFromOpenIDConnectProvider",
    Permission::Named("iam:RemoveClientIDFromOpenIDConnectProvider", target::need::<OidcProvider>),
    target::concerned::<OidcProvider>,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let provider = target::find::<OidcProvider>(ask)?;
    let mut record = provider.record.clone();
    let id = ask.text("ClientID")?;
    record.client_ids.retain(|held| held != id);
    if record != provider.record {
        OidcProvider::put(draft, &record);
    }
    Ok(Value::structure())
}
