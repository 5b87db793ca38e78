//! DeleteAccountAlias: takes the account's alias away.

use portcullis_base::Value;

use super::{account_settings, row};
use crate::action::{Row, no_resources};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row =
    row::change("DeleteAccountAlias", row::anywhere("iam:DeleteAccountAlias"), no_resources, plan);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let alias = ask.text("AccountAlias")?;
    let mut settings = account_settings::of(ask);
    if settings.alias.as_deref() != Some(alias) {
        return Err(ApiError::no_such_entity(format!("The account alias {alias} cannot be found.")));
    }
    settings.alias = None;
    draft.put_account_settings(&settings);
    Ok(Value::structure())
}
