//! ListPermissionSetsProvisionedToAccount: which have become roles there.

use portcullis_base::Value;

use super::{row, scope, shown};
use crate::action::Row;
use crate::actions::paging::Page;

/// The action.
pub const ROW: Row = row::read(
    "ListPermissionSetsProvisionedToAccount",
    row::on!("ListPermissionSetsProvisionedToAccount", scope::On::Account("AccountId"), scope::On::Instance),
    |ask| {
        let (instance, account) = (scope::instance(ask)?, scope::account(ask, "AccountId")?);
        let center = &ask.snapshot.identity_center;
        let all = center.all_provisioned().filter(|held| held.account == account);
        let all =
            all.filter(|held| center.set(&held.set).is_some_and(|set| shown::is_wanted(ask, set, held)));
        let page = Page::center(ask, "provisioned-sets")?;
        let show = |held: &&std::sync::Arc<portcullis_store::record::ProvisionedRecord>| {
            Value::from(scope::set_arn(instance, &held.set))
        };
        Ok(page.answer("PermissionSets", all, |held| held.set.clone(), show))
    },
);
