//! RemoveAccountFromOrganization: the management account sends an account away.

use super::{leaving, row, scope};
use crate::action::{Permission, Row};

/// The action.
pub const ROW: Row = row::change(
    "RemoveAccountFromOrganization",
    Permission::Named("organizations:RemoveAccountFromOrganization", |ask, action| {
        scope::one(ask, action, "AccountId")
    }),
    |ask, draft| {
        let account = scope::member(ask)?.id;
        leaving::leave(ask, account, draft)
    },
);
