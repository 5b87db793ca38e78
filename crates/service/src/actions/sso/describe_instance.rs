//! DescribeInstance: the instance with its identity store.

use super::{row, scope, shown};
use crate::action::Row;

/// The action.
pub const ROW: Row =
    row::read("DescribeInstance", row::on!("DescribeInstance", scope::On::Instance), |ask| {
        Ok(shown::instance(scope::instance(ask)?))
    });
