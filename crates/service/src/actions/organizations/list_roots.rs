//! ListRoots: the organization's root, of which there is one.

use portcullis_base::Value;

use super::{row, scope, shown};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::read("ListRoots", row::anywhere("organizations:ListRoots"), |ask| {
    let organization = scope::organization(ask)?;
    let roots: Value = std::iter::once(shown::root(organization)).collect();
    Ok(Value::structure().with("Roots", roots))
});
