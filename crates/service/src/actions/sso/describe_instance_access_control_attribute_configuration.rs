//! DescribeInstanceAccessControlAttributeConfiguration.

use portcullis_base::Value;

use super::{attributes, row, scope};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::read(
    "DescribeInstanceAccessControlAttributeConfiguration",
    row::on!("DescribeInstanceAccessControlAttributeConfiguration", scope::On::Instance),
    |ask| {
        let held = attributes::held(ask)?;
        Ok(Value::structure()
            .with("Status", "ENABLED")
            .with("InstanceAccessControlAttributeConfiguration", attributes::shown(held)))
    },
);
