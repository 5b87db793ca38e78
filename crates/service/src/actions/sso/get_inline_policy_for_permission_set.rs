//! GetInlinePolicyForPermissionSet: the inline policy as it was put, whether it is provisioned already or not.

use portcullis_base::Value;

use super::{row, scope};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::read(
    "GetInlinePolicyForPermissionSet",
    row::on!("GetInlinePolicyForPermissionSet", scope::On::Instance, scope::On::Set),
    |ask| {
        // Without one AWS answers with an empty text.
        let inline = scope::set(ask)?.inline.as_deref().unwrap_or_default();
        Ok(Value::structure().with("InlinePolicy", inline))
    },
);
