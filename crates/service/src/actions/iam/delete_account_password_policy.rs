//! DeleteAccountPasswordPolicy: AWS's own rules for passwords hold again.

use portcullis_base::Value;

use super::{account_settings, password_rules, row};
use crate::action::{Row, no_resources};

/// The action.
pub const ROW: Row = row::change(
    "DeleteAccountPasswordPolicy",
    row::anywhere("iam:DeleteAccountPasswordPolicy"),
    no_resources,
    |ask, draft| {
        let mut settings = account_settings::of(ask);
        settings.password_policy.take().ok_or_else(|| password_rules::absent(ask))?;
        draft.put_account_settings(&settings);
        Ok(Value::structure())
    },
);
