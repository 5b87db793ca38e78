//! ListTagsForResource.

use portcullis_base::Value;

use super::{row, scope, tagging};
use crate::action::Row;

/// The action.
pub const ROW: Row =
    row::read("ListTagsForResource", row::on!("ListTagsForResource", scope::On::Resource), |ask| {
        Ok(Value::structure().with("Tags", tagging::shown(tagging::of_resource(ask)?)))
    });
