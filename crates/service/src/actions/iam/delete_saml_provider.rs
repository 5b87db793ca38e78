//! DeleteSAMLProvider: roles that trust it go on naming it and can be assumed by nobody through it.

use portcullis_base::Value;
use portcullis_store::Key;

use super::{row, target};
use crate::action::{Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::SamlProvider;

/// The action.
pub const ROW: Row = row::change(
    "DeleteSAMLProvider",
    Permission::Named("iam:DeleteSAMLProvider", target::need::<SamlProvider>),
    target::concerned::<SamlProvider>,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let record = &target::find::<SamlProvider>(ask)?.record;
    draft.delete(Key::saml_provider(record.account, record.id));
    Ok(Value::structure())
}
