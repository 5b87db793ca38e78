//! UpdateAccountPasswordPolicy: sets the rules for passwords, as a whole. Passwords that are set already stay.

use portcullis_base::Value;

use super::{account_settings, password_rules, row};
use crate::action::{Row, no_resources};

/// The action.
pub const ROW: Row = row::change(
    "UpdateAccountPasswordPolicy",
    row::anywhere("iam:UpdateAccountPasswordPolicy"),
    no_resources,
    |ask, draft| {
        let mut settings = account_settings::of(ask);
        settings.password_policy = Some(password_rules::requested(ask.input));
        draft.put_account_settings(&settings);
        Ok(Value::structure())
    },
);
