//! ListChildren: the ids of the units or accounts right below a root or unit.

use portcullis_base::Value;

use super::{policy_type, row, scope};
use crate::action::{Permission, Row};
use crate::actions::paging::Page;

/// The action.
pub const ROW: Row = row::read(
    "ListChildren",
    Permission::Named("organizations:ListChildren", |ask, action| scope::one(ask, action, "ParentId")),
    |ask| {
        let parent = scope::parent(ask, "ParentId", "ParentNotFoundException")?.id();
        let (kind, accounts) = (ask.text("ChildType")?, &ask.snapshot.accounts);
        let children: Vec<String> = if kind == policy_type::UNIT {
            accounts.units().filter(|unit| unit.parent == parent).map(|unit| unit.id.clone()).collect()
        } else {
            let members = accounts.members().filter(|(_, membership)| membership.parent == parent);
            members.map(|(account, _)| account.id.to_string()).collect()
        };
        Ok(Page::next(ask, "children")?.answer("Children", children, Clone::clone, |id| {
            Value::structure().with("Id", id.as_str()).with("Type", kind)
        }))
    },
);
