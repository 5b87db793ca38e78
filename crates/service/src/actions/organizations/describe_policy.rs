//! DescribePolicy: a policy with its text.

use portcullis_base::Value;

use super::{row, scope, shown};
use crate::action::{Permission, Row};

/// The action.
pub const ROW: Row = row::read(
    "DescribePolicy",
    Permission::Named("organizations:DescribePolicy", |ask, action| scope::one(ask, action, "PolicyId")),
    |ask| Ok(Value::structure().with("Policy", shown::policy(scope::policy(ask)?))),
);
