//! What a record comes to before it is put into a snapshot. Most of the work of loading many records is done here, and
//! it depends on nothing but the record, so that several threads can do it.

use std::sync::Arc;

use portcullis_store::record::{GroupRecord, PolicyRecord, RoleRecord, UserRecord};
use portcullis_store::{Key, key};

use super::apply::{Unreadable, family, is_place, read};
use super::entity::{Group, ManagedPolicy, Role, User};

/// An entity of a kind of which there can be very many.
pub enum Ready {
    /// A user.
    User(Arc<User>),
    /// A role.
    Role(Arc<Role>),
    /// A group.
    Group(Arc<Group>),
    /// A managed policy.
    Policy(Arc<ManagedPolicy>),
}

impl Ready {
    /// Whether records under this key are made ready here.
    pub fn is_for(key: &Key) -> bool {
        [key::USERS, key::ROLES, key::GROUPS, key::POLICIES].contains(&family(key))
    }

    /// Reads a record.
    ///
    /// # Errors
    /// [`Unreadable`] when it cannot be read, stands where another belongs, or is of no such kind.
    pub fn of(key: &Key, value: &[u8]) -> Result<Self, Unreadable> {
        match family(key) {
            key::USERS => {
                let record: UserRecord = read(key, value)?;
                is_place(key, &Key::user(record.account, record.id))?;
                Ok(Self::User(User::new(record)))
            }
            key::ROLES => {
                let record: RoleRecord = read(key, value)?;
                is_place(key, &Key::role(record.account, record.id))?;
                Ok(Self::Role(Role::new(record)))
            }
            key::GROUPS => {
                let record: GroupRecord = read(key, value)?;
                is_place(key, &Key::group(record.account, record.id))?;
                Ok(Self::Group(Group::new(record)))
            }
            key::POLICIES => {
                let record: PolicyRecord = read(key, value)?;
                is_place(key, &Key::policy(record.account, record.id))?;
                Ok(Self::Policy(ManagedPolicy::new(record)))
            }
            _ => Err(Unreadable::unknown(key)),
        }
    }

    /// Compiles its documents, so that the next decision need not.
    pub fn compile(&self) {
        match self {
            Self::User(user) => user.inline().for_each(drop),
            Self::Role(role) => {
                role.trust();
                role.inline().for_each(drop);
            }
            Self::Group(group) => group.inline().for_each(drop),
            Self::Policy(policy) => {
                policy.document();
            }
        }
    }
}
