//! DisablePolicyType: policies of a type are detached everywhere and count no longer.

use super::{row, scope, switching};
use crate::action::{Permission, Row};

/// The action.
pub const ROW: Row = row::change(
    "DisablePolicyType",
    Permission::Named("organizations:DisablePolicyType", |ask, action| scope::one(ask, action, "RootId")),
    |ask, draft| switching::disable(ask, draft),
);
