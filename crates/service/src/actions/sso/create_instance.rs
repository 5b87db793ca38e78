//! CreateInstance: there is one from the first start, and there is never a second.

use super::{row, scope};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::change("CreateInstance", row::on!("CreateInstance", scope::On::All), |_, _| {
    Err(scope::conflict("There is an instance of IAM Identity Center already; list it with ListInstances."))
});
