//! GetAccountPasswordPolicy: the rules for passwords, which nobody has set here.

use super::row;
use crate::action::{Row, no_resources};
use crate::error::ApiError;

/// The action.
pub const ROW: Row = row::read(
    "GetAccountPasswordPolicy",
    row::anywhere("iam:GetAccountPasswordPolicy"),
    no_resources,
    |ask| {
        let account = ask.account();
        Err(ApiError::no_such_entity(format!(
            "The Password Policy with domain name {account} cannot be found."
        )))
    },
);
