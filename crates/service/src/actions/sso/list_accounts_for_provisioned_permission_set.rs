//! ListAccountsForProvisionedPermissionSet: where it has become a role.

use portcullis_base::Value;

use super::{row, scope, shown};
use crate::action::Row;
use crate::actions::paging::Page;

/// The action.
pub const ROW: Row = row::read(
    "ListAccountsForProvisionedPermissionSet",
    row::on!("ListAccountsForProvisionedPermissionSet", scope::On::Instance, scope::On::Set),
    |ask| {
        let set = scope::set(ask)?;
        let all = ask.snapshot.identity_center.all_provisioned();
        let all = all.filter(|held| held.set == set.id && shown::is_wanted(ask, set, held));
        let page = Page::center(ask, "provisioned-accounts")?;
        let key =
            |held: &&std::sync::Arc<portcullis_store::record::ProvisionedRecord>| held.account.to_string();
        Ok(page.answer("AccountIds", all, key, |held| Value::from(key(held))))
    },
);
