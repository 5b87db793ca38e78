//! GetAccountPasswordPolicy: the rules for passwords, which nobody has set here.

use super::{nothing, row};
use crate::action::{Permission, Row, no_resources};
use crate::error::ApiError;

/// The action.
pub const ROW: Row = row::read(
    "GetAccountPasswordPolicy",
    Permission::Named("iam:GetAccountPasswordPolicy", nothing::need),
    no_resources,
    |ask| {
        let account = ask.account();
        Err(ApiError::no_such_entity(format!(
            "The Password Policy with domain name {account} cannot be found."
        )))
    },
);
