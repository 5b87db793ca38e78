//! UpdateInstanceAccessControlAttributeConfiguration.

use portcullis_base::Value;

use super::{attributes, row, scope};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::change(
    "UpdateInstanceAccessControlAttributeConfiguration",
    row::on!("UpdateInstanceAccessControlAttributeConfiguration", scope::On::Instance),
    |ask, draft| {
        attributes::held(ask)?;
        let all = attributes::requested(ask)?;
        attributes::put(ask, draft, Some(all))?;
        Ok(Value::structure())
    },
);
