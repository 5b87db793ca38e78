//! AddClientIDToOpenIDConnectProvider: one audience more; one that is there already is no error.

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
    "AddClientIDToOpenIDConnectProvider",
    Permission::Named("iam:AddClientIDToOpenIDConnectProvider", target::need::<OidcProvider>),
    target::concerned::<OidcProvider>,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let provider = target::find::<OidcProvider>(ask)?;
    let mut record = provider.record.clone();
    open_id::add_client_id(&mut record.client_ids, ask.text("ClientID")?)?;
    if record != provider.record {
        OidcProvider::put(draft, &record);
    }
    Ok(Value::structure())
}
