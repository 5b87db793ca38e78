//! PutUserPermissionsBoundary: sets the managed policy that a user's permissions never exceed.

use super::{boundary, row, target};
use crate::action::{Permission, Row};
use crate::snapshot::User;

/// The action.
pub const ROW: Row = row::change(
    "PutUserPermissionsBoundary",
    Permission::Named("iam:PutUserPermissionsBoundary", boundary::need_put::<User>),
    target::concerned::<User>,
    boundary::put::<User>,
);
