//! TagResource: tags of the instance or of a permission set.

use portcullis_base::Value;

use super::{row, scope, tagging};
use crate::action::Row;

/// The action.
pub const ROW: Row =
    row::change("TagResource", row::on!("TagResource", scope::On::Resource), |ask, draft| {
        let given = tagging::requested(ask)?;
        tagging::change(ask, draft, |tags| given.iter().for_each(|tag| tags.set(tag.clone())))?;
        Ok(Value::structure())
    });
