//! DeleteInstanceAccessControlAttributeConfiguration.

use portcullis_base::Value;

use super::{attributes, row, scope};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::change(
    "DeleteInstanceAccessControlAttributeConfiguration",
    row::on!("DeleteInstanceAccessControlAttributeConfiguration", scope::On::Instance),
    |ask, draft| {
        attributes::held(ask)?;
        attributes::put(ask, draft, None)?;
        Ok(Value::structure())
    },
);
