//! SetSecurityTokenServicePreferences: which tokens the global endpoint of STS is to give out. Tokens made here are
//! good in every region in any case; the choice is kept and shown.

use portcullis_base::Value;

use super::{account_settings, row};
use crate::action::{Row, no_resources};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::change(
    "SetSecurityTokenServicePreferences",
    row::anywhere("iam:SetSecurityTokenServicePreferences"),
    no_resources,
    plan,
);

fn plan(ask: &Authorized<'_>, draft: &mut Draft) -> Result<Value, ApiError> {
    let mut settings = account_settings::of(ask);
    // The model knows two values.
    settings.global_token_version =
        Some(if ask.text("GlobalEndpointTokenVersion")? == "v2Token" { 2 } else { 1 });
    draft.put_account_settings(&settings);
    Ok(Value::structure())
}
