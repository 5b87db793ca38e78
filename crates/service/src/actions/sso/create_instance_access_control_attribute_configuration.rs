//! CreateInstanceAccessControlAttributeConfiguration.

use portcullis_base::Value;

use super::{attributes, row, scope};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::change(
    "CreateInstanceAccessControlAttributeConfiguration",
    row::on!("CreateInstanceAccessControlAttributeConfiguration", scope::On::Instance),
    |ask, draft| {
        if scope::instance(ask)?.attributes.is_some() {
            return Err(scope::conflict(
                "The instance has attributes for access control already; update them.",
            ));
        }
        let all = attributes::requested(ask)?;
        attributes::put(ask, draft, Some(all))?;
        Ok(Value::structure())
    },
);
