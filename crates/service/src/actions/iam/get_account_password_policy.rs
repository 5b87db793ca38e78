//! GetAccountPasswordPolicy: the rules for passwords, if the account has set any.

use portcullis_base::Value;

use super::{password_rules, row};
use crate::action::{Row, no_resources};

/// The action.
pub const ROW: Row = row::read(
    "GetAccountPasswordPolicy",
    row::anywhere("iam:GetAccountPasswordPolicy"),
    no_resources,
    |ask| {
        let rules = ask.snapshot.belongings.password_policy_of(ask.account());
        let rules = rules.ok_or_else(|| password_rules::absent(ask))?;
        Ok(Value::structure().with("PasswordPolicy", password_rules::shown(rules)))
    },
);
