//! ListCustomerManagedPolicyReferencesInPermissionSet.

use super::{reference, row, scope};
use crate::action::Row;
use crate::actions::paging::Page;

/// The action.
pub const ROW: Row = row::read(
    "ListCustomerManagedPolicyReferencesInPermissionSet",
    row::on!("ListCustomerManagedPolicyReferencesInPermissionSet", scope::On::Instance, scope::On::Set),
    |ask| {
        let mut all = scope::set(ask)?.customer.clone();
        all.sort();
        let page = Page::center(ask, "set-customer")?;
        let key = |held: &portcullis_store::record::PolicyReference| format!("{}\0{}", held.name, held.path);
        Ok(page.answer("CustomerManagedPolicyReferences", all, key, reference::shown))
    },
);
