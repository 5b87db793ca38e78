//! ListManagedPoliciesInPermissionSet: the policies of AWS's, in the order in which they were attached.

use portcullis_base::Value;

use super::{row, scope};
use crate::action::Row;
use crate::actions::paging::Page;

/// The action.
pub const ROW: Row = row::read(
    "ListManagedPoliciesInPermissionSet",
    row::on!("ListManagedPoliciesInPermissionSet", scope::On::Instance, scope::On::Set),
    |ask| {
        let mut all = scope::set(ask)?.managed.clone();
        all.sort();
        let show = |arn: &String| {
            let name = arn.rsplit('/').next().unwrap_or_default();
            Value::structure().with("Name", name).with("Arn", arn.as_str())
        };
        Ok(Page::center(ask, "set-managed")?.answer("AttachedManagedPolicies", all, String::clone, show))
    },
);
