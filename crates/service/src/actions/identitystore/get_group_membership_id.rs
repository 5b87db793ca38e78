//! GetGroupMembershipId: the membership of a user in a group.

use super::{row, scope, shown};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::read(
    "GetGroupMembershipId",
    row::on!(
        "GetGroupMembershipId",
        scope::On::One(scope::Kind::Group, "GroupId"),
        scope::On::Found(scope::Kind::Membership),
        scope::On::Store,
        scope::On::Member
    ),
    |ask| {
        let (store, group) = (scope::store(ask)?, scope::group(ask)?);
        let user = scope::user(ask, scope::member(ask)?)?;
        let held = ask.snapshot.directory.membership_of(&group.id, &user.id);
        let held = held.ok_or_else(|| scope::absent("GROUP_MEMBERSHIP", &user.id))?;
        Ok(shown::membership_ids(store, held))
    },
);
