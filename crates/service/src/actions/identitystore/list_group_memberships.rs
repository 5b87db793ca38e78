//! ListGroupMemberships: who is in a group.

use std::sync::Arc;

use portcullis_store::record::DirectoryMembershipRecord;

use super::{row, scope, shown};
use crate::action::Row;
use crate::actions::paging::Page;

/// The action.
pub const ROW: Row = row::read(
    "ListGroupMemberships",
    row::on!(
        "ListGroupMemberships",
        scope::On::Every(scope::Kind::Membership),
        scope::On::One(scope::Kind::Group, "GroupId"),
        scope::On::Store
    ),
    |ask| {
        let (store, group) = (scope::store(ask)?, scope::group(ask)?);
        let members = ask.snapshot.directory.members(&group.id);
        let key = |held: &&Arc<DirectoryMembershipRecord>| held.user.clone();
        let page = Page::center(ask, "directory-members")?;
        Ok(page.answer("GroupMemberships", members, key, |held| shown::membership(store, held)))
    },
);
