//! CreateAccountAlias: another name of the account, unique over all accounts. An account has one; a new one takes the
//! place of the old (IAM User Guide, "Your AWS account identifiers"). It is a name and nothing else: nothing is
//! granted or found by it.

use portcullis_base::Value;

use super::{account_settings, row};
use crate::action::{Row, no_resources};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row =
    row::change("CreateAccountAlias", row::anywhere("iam:CreateAccountAlias"), no_resources, plan);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let alias = ask.text("AccountAlias")?;
    if alias.len() == 12 && alias.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ApiError::validation(
            "The account alias must not be twelve digits: it would look like an account id.",
        ));
    }
    if ask.snapshot.belongings.aliased(alias).is_some() {
        return Err(ApiError::already_exists(format!("The account alias {alias} already exists.")));
    }
    let mut settings = account_settings::of(ask);
    settings.alias = Some(alias.to_owned());
    draft.put_account_settings(&settings);
    Ok(Value::structure())
}
