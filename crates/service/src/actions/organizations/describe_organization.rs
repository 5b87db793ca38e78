//! DescribeOrganization: the organization that the caller's account is in. Every member may ask.

use portcullis_base::Value;

use super::{row, scope, shown};
use crate::action::Row;

/// The action.
pub const ROW: Row =
    row::read("DescribeOrganization", row::own_account("organizations:DescribeOrganization"), |ask| {
        let record = scope::organization(ask)?;
        Ok(Value::structure().with("Organization", shown::organization(ask, record)))
    });
