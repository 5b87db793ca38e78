//! CreateGroupMembership: a user joins a group, and has from the next request on what the group has.

use portcullis_base::Value;
use portcullis_store::record::DirectoryMembershipRecord;

use super::{naming, row, scope, shown};
use crate::action::Row;

/// The action.
pub const ROW: Row = row::change(
    "CreateGroupMembership",
    row::on!(
        "CreateGroupMembership",
        scope::On::One(scope::Kind::Group, "GroupId"),
        scope::On::Store,
        scope::On::Member
    ),
    |ask, draft| {
        let (store, group) = (scope::store(ask)?, scope::group(ask)?);
        let user = scope::user(ask, scope::member(ask)?)?;
        if ask.snapshot.directory.membership_of(&group.id, &user.id).is_some() {
            return Err(scope::taken("Member and Group relationship already exists."));
        }
        let held = ask.snapshot.directory.groups_of(&user.id).count();
        naming::room(ask, "groups-per-directory-user", held)?;
        let record = DirectoryMembershipRecord {
            id: ask.service.uuid(),
            group: group.id.clone(),
            user: user.id.clone(),
            stamps: naming::stamps(ask),
        };
        draft.put_directory_membership(&record);
        Ok::<Value, _>(shown::membership_ids(store, &record))
    },
);
