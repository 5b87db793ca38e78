//! DeleteGroupMembership: a user leaves a group, and loses from the next request on what only the group had. Role
//! sessions that came of it go on.

use portcullis_base::Value;
use portcullis_store::Key;

use super::{row, scope};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::change(
    "DeleteGroupMembership",
    row::on!(
        "DeleteGroupMembership",
        scope::On::One(scope::Kind::Membership, "MembershipId"),
        scope::On::Store,
        scope::On::Both
    ),
    |ask, draft| {
        draft.delete(Key::directory_membership(&scope::membership(ask)?.id));
        Ok(Value::structure())
    },
);
