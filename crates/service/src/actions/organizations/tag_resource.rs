//! TagResource: tags of a root, unit, account, policy or the resource policy; those of the same key are replaced.

use portcullis_base::Value;

use super::{retag, row, scope, tagging};
use crate::action::{Permission, Row};

/// The action.
pub const ROW: Row = row::change(
    "TagResource",
    Permission::Named("organizations:TagResource", |ask, action| scope::one(ask, action, "ResourceId")),
    |ask, draft| {
        let fresh = tagging::requested(ask)?;
        retag::change(ask, draft, |tags| {
            for tag in &fresh {
                tags.set(tag.clone());
            }
        })?;
        Ok(Value::structure())
    },
);
