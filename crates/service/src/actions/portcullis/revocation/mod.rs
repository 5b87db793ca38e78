//! Revocations: who is cut off, made, shown and lifted.

mod aim;
mod by_recipe;
mod closing;
pub mod describe_receipt;
pub mod lift;
pub mod list;
pub mod list_receipts;
mod manner;
mod offline;
pub mod own;
pub mod prepare;
mod prepared;
mod receipt;
mod recipe;
pub mod revoke;
mod shown;
mod sid;
mod sources;
mod step;
pub mod target;
mod token;
mod undo;

use portcullis_base::AccountId;

use crate::action::{Access, Ask, Handler, Need, Permission, Row};

/// An action on revocations that are there, under its own permission on all of them.
const fn row(name: &'static str, permission: &'static str, access: Access, handler: Handler) -> Row {
    Row::management(
        "portcullis",
        name,
        Permission::Named(permission, |ask, action| Ok(need(ask, action, "*", None))),
        access,
        handler,
    )
}

/// A permission on what a revocation is about, asked of the caller's side alone: accounts do not share this one.
fn need(ask: &Ask<'_>, action: &'static str, arn: &str, owner: Option<AccountId>) -> Need {
    let need = Need::new(action, arn, ask.account());
    match owner {
        Some(owner) => need.owned_by(owner),
        None => need,
    }
}
