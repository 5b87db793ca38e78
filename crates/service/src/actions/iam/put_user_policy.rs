//! PutUserPolicy: writes a policy into a user, over the one of the same name.

use super::{boundary, inline, row, target};
use crate::action::{Permission, Row};
use crate::snapshot::User;

/// The action.
pub const ROW: Row = row::change(
    "PutUserPolicy",
    Permission::Named("iam:PutUserPolicy", boundary::need_held::<User>),
    target::concerned::<User>,
    inline::put::<User>,
);
