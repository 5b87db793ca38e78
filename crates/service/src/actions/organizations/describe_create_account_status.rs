//! DescribeCreateAccountStatus: what came of a request to make an account.

use portcullis_base::Value;

use super::scope::{self, refuse};
use super::{row, shown};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::read(
    "DescribeCreateAccountStatus",
    row::anywhere("organizations:DescribeCreateAccountStatus"),
    |ask| {
        scope::organization(ask)?;
        let id = ask.text("CreateAccountRequestId")?;
        let record = ask.snapshot.accounts.request(id).ok_or_else(|| {
            refuse(
                "CreateAccountStatusNotFoundException",
                format!("There is no request {id} to make an account."),
            )
        })?;
        Ok(Value::structure().with("CreateAccountStatus", shown::request(record)))
    },
);
