//! GetRole: a role with its trust policy, boundary, tags and last use.

use portcullis_base::Value;

use super::{boundary, row, shown, target};
use crate::action::{Permission, Row};
use crate::snapshot::Role;

/// The action.
pub const ROW: Row = row::read(
    "GetRole",
    Permission::Named("iam:GetRole", boundary::need_held::<Role>),
    target::concerned::<Role>,
    |ask| {
        let role = target::find::<Role>(ask)?;
        let shown = shown::whole_role(ask.snapshot, role)
            .with_some("RoleLastUsed", shown::last_use(&ask.service.last_uses, role));
        Ok(Value::structure().with("Role", shown))
    },
);
