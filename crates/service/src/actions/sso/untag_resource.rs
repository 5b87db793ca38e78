//! UntagResource.

use portcullis_base::Value;

use super::{row, scope, tagging};
use crate::action::Row;

/// The action.
pub const ROW: Row =
    row::change("UntagResource", row::on!("UntagResource", scope::On::Resource), |ask, draft| {
        let keys = ask.input.list("TagKeys");
        tagging::change(ask, draft, |tags| {
            keys.iter().filter_map(Value::as_text).for_each(|key| tags.remove(key));
        })?;
        Ok(Value::structure())
    });
