//! GetRole: a role with its trust policy, boundary and tags.

use portcullis_base::Value;

use super::{row, shown, target};
use crate::action::{Permission, Row};
use crate::snapshot::Role;

/// The action.
pub const ROW: Row = row::read(
    "GetRole",
    Permission::Named("iam:GetRole", target::need::<Role>),
    target::concerned::<Role>,
    |ask| Ok(Value::structure().with("Role", shown::whole_role(ask.snapshot, target::find::<Role>(ask)?))),
);
