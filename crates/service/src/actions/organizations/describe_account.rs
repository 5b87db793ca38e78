//! DescribeAccount: an account of the organization.

use portcullis_base::Value;

use super::{row, scope, shown};
use crate::action::{Permission, Row};

/// The action.
pub const ROW: Row = row::read(
    "DescribeAccount",
    Permission::Named("organizations:DescribeAccount", |ask, action| scope::one(ask, action, "AccountId")),
    |ask| {
        let organization = scope::organization(ask)?;
        let account = scope::member(ask)?;
        Ok(Value::structure().with("Account", shown::account(ask, organization, &account)))
    },
);
