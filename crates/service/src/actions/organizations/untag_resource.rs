//! UntagResource: tags of these keys go; keys that are not there are passed over.

use portcullis_base::Value;

use super::{retag, row, scope};
use crate::action::{Permission, Row};

/// The action.
pub const ROW: Row = row::change(
    "UntagResource",
    Permission::Named("organizations:UntagResource", |ask, action| scope::one(ask, action, "ResourceId")),
    |ask, draft| {
        let keys: Vec<&str> = ask.input.list("TagKeys").iter().filter_map(Value::as_text).collect();
        retag::change(ask, draft, |tags| keys.iter().for_each(|key| tags.remove(key)))?;
        Ok(Value::structure())
    },
);
