//! ListPermissionSets: the ARNs of all.

use portcullis_base::Value;

use super::{row, scope};
use crate::action::Row;
use crate::actions::paging::Page;

/// The action.
pub const ROW: Row =
    row::read("ListPermissionSets", row::on!("ListPermissionSets", scope::On::Instance), |ask| {
        let instance = scope::instance(ask)?;
        let page = Page::center(ask, "permission-sets")?;
        let sets = ask.snapshot.identity_center.sets_after(page.after().unwrap_or_default());
        let show = |set: &&std::sync::Arc<_>| Value::from(scope::set_arn(instance, id(set)));
        Ok(page.answer("PermissionSets", sets, |set| set.id.clone(), show))
    });

fn id(set: &portcullis_store::record::PermissionSetRecord) -> &str {
    &set.id
}
