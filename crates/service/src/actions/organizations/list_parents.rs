//! ListParents: the root or unit right above a unit or account.

use portcullis_base::Value;

use super::{row, scope, shown};
use crate::action::{Permission, Row};

/// The action.
pub const ROW: Row = row::read(
    "ListParents",
    Permission::Named("organizations:ListParents", |ask, action| scope::one(ask, action, "ChildId")),
    |ask| {
        let child = scope::node(ask, "ChildId", "ChildNotFoundException")?;
        let above = child.parent().and_then(|parent| ask.snapshot.accounts.node(parent));
        let parents: Value = above.iter().map(shown::parent).collect();
        Ok(Value::structure().with("Parents", parents))
    },
);
