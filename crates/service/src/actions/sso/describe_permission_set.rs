//! DescribePermissionSet: what a permission set is, without its policies.

use portcullis_base::Value;

use super::{row, scope, shown};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::read(
    "DescribePermissionSet",
    row::on!("DescribePermissionSet", scope::On::Instance, scope::On::Set),
    |ask| Ok(Value::structure().with("PermissionSet", shown::set(scope::instance(ask)?, scope::set(ask)?))),
);
