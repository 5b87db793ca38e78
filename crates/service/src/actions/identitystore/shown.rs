//! What answers show of users, groups and memberships.

use portcullis_base::Value;
use portcullis_store::record::{
    DirectoryGroupRecord, DirectoryMembershipRecord, DirectoryStamps, DirectoryUserRecord, InstanceRecord,
};

use super::attributes::Attributes;
use super::external;
use super::scope::Kind;

fn stamped(answer: Value, stamps: &DirectoryStamps) -> Value {
    answer
        .with("CreatedAt", stamps.created)
        .with("CreatedBy", stamps.created_by.as_str())
        .with("UpdatedAt", stamps.updated)
        .with("UpdatedBy", stamps.updated_by.as_str())
}

/// A user by its ids, as changes answer.
pub fn user_ids(store: &InstanceRecord, user: &DirectoryUserRecord) -> Value {
    Value::structure()
        .with("IdentityStoreId", store.store.as_str())
        .with("UserId", user.id.as_str())
        .with("UserArn", Kind::User.arn(&user.id))
        .with("Revision", user.revision.to_string())
}

/// All of a user, with the extensions that are asked for.
pub fn user(store: &InstanceRecord, user: &DirectoryUserRecord, extensions: &[Value]) -> Value {
    let answer = user_ids(store, user)
        .with("UserName", user.user_name.as_str())
        .with_some("ExternalIds", external::shown(&user.external_ids))
        .with("UserStatus", if user.is_enabled { "ENABLED" } else { "DISABLED" });
    stamped(Attributes::stored(&user.attributes).add_to(answer, extensions), &user.stamps)
}

/// A group by its ids, as changes answer.
pub fn group_ids(store: &InstanceRecord, group: &DirectoryGroupRecord) -> Value {
    Value::structure()
        .with("IdentityStoreId", store.store.as_str())
        .with("GroupId", group.id.as_str())
        .with("GroupArn", Kind::Group.arn(&group.id))
        .with("Revision", group.revision.to_string())
}

/// All of a group.
pub fn group(store: &InstanceRecord, group: &DirectoryGroupRecord) -> Value {
    let answer = group_ids(store, group)
        .with("DisplayName", group.display_name.as_str())
        .with_some("ExternalIds", external::shown(&group.external_ids))
        .with_some("Description", group.description.as_deref());
    stamped(answer, &group.stamps)
}

/// A membership by its ids.
pub fn membership_ids(store: &InstanceRecord, membership: &DirectoryMembershipRecord) -> Value {
    Value::structure()
        .with("IdentityStoreId", store.store.as_str())
        .with("MembershipId", membership.id.as_str())
        .with("MembershipArn", Kind::Membership.arn(&membership.id))
}

/// All of a membership.
pub fn membership(store: &InstanceRecord, held: &DirectoryMembershipRecord) -> Value {
    let answer = membership_ids(store, held)
        .with("GroupId", held.group.as_str())
        .with("MemberId", Value::structure().with("UserId", held.user.as_str()));
    stamped(answer, &held.stamps)
}
