//! ListGroupMembershipsForMember: in which groups a user is.

use std::sync::Arc;

use portcullis_store::record::DirectoryMembershipRecord;

use super::{row, scope, shown};
use crate::action::Row;
use crate::actions::paging::Page;

/// The action.
pub const ROW: Row = row::read(
    "ListGroupMembershipsForMember",
    row::on!(
        "ListGroupMembershipsForMember",
        scope::On::Every(scope::Kind::Membership),
        scope::On::Store,
        scope::On::Member
    ),
    |ask| {
        let store = scope::store(ask)?;
        let user = scope::user(ask, scope::member(ask)?)?;
        let groups = ask.snapshot.directory.groups_of(&user.id);
        let key = |held: &&Arc<DirectoryMembershipRecord>| held.group.clone();
        let page = Page::center(ask, "directory-groups-of")?;
        Ok(page.answer("GroupMemberships", groups, key, |held| shown::membership(store, held)))
    },
);
