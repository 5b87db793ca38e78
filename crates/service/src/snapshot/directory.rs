//! The identity store: its users, its groups, and who is in which.

use std::ops::Bound;
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use portcullis_base::name::FoldedName;
use portcullis_store::record::{
    DirectoryGroupRecord, DirectoryMembershipRecord, DirectoryUserRecord, ExternalIdRecord,
};
use portcullis_store::{Key, key};

use super::apply::{Unreadable, is_place, last_part, read};

/// The identity store.
#[derive(Clone, Default)]
pub struct Directory {
    users: OrdMap<String, Arc<DirectoryUserRecord>>,
    user_names: OrdMap<FoldedName, String>,
    emails: OrdMap<FoldedName, String>,
    external_users: OrdMap<ExternalIdRecord, String>,
    groups: OrdMap<String, Arc<DirectoryGroupRecord>>,
    group_names: OrdMap<FoldedName, String>,
    external_groups: OrdMap<ExternalIdRecord, String>,
    memberships: OrdMap<String, Arc<DirectoryMembershipRecord>>,
    // Group, user, membership; and user, group, membership.
    by_group: OrdSet<(String, String, String)>,
    by_user: OrdSet<(String, String, String)>,
}

/// What a relation has for its first part, in order.
fn related<'a>(
    relation: &'a OrdSet<(String, String, String)>,
    of: &'a str,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let first = (of.to_owned(), String::new(), String::new());
    relation
        .range((Bound::Included(first), Bound::Unbounded))
        .take_while(move |(held, ..)| held == of)
        .map(|(_, other, membership)| (other.as_str(), membership.as_str()))
}

fn external(issuer: &str, id: &str) -> ExternalIdRecord {
    ExternalIdRecord { issuer: issuer.to_owned(), id: id.to_owned() }
}

/// Forgets what was found by this, unless somebody else has it by now.
fn forget<K: Ord + Clone>(index: &mut OrdMap<K, String>, by: &K, id: &str) {
    if index.get(by).is_some_and(|held| held == id) {
        index.remove(by);
    }
}

impl Directory {
    /// A user, by id.
    pub fn user(&self, id: &str) -> Option<&Arc<DirectoryUserRecord>> {
        self.users.get(id)
    }

    /// A user, by name, whatever its case.
    pub fn user_named(&self, name: &str) -> Option<&Arc<DirectoryUserRecord>> {
        self.user_names.get(&FoldedName::new(name)).and_then(|id| self.users.get(id))
    }

    /// A user, by email address, whatever its case.
    pub fn user_at(&self, email: &str) -> Option<&Arc<DirectoryUserRecord>> {
        self.emails.get(&FoldedName::new(email)).and_then(|id| self.users.get(id))
    }

    /// A user, by the id that another directory gave.
    pub fn user_of(&self, issuer: &str, id: &str) -> Option<&Arc<DirectoryUserRecord>> {
        self.external_users.get(&external(issuer, id)).and_then(|id| self.users.get(id))
    }

    /// All users after an id, in the order of ids.
    pub fn users_after(&self, id: &str) -> impl Iterator<Item = &Arc<DirectoryUserRecord>> {
        self.users.range::<_, str>((Bound::Excluded(id), Bound::Unbounded)).map(|(_, user)| user)
    }

    /// A group, by id.
    pub fn group(&self, id: &str) -> Option<&Arc<DirectoryGroupRecord>> {
        self.groups.get(id)
    }

    /// A group, by name, whatever its case.
    pub fn group_named(&self, name: &str) -> Option<&Arc<DirectoryGroupRecord>> {
        self.group_names.get(&FoldedName::new(name)).and_then(|id| self.groups.get(id))
    }

    /// A group, by the id that another directory gave.
    pub fn group_of(&self, issuer: &str, id: &str) -> Option<&Arc<DirectoryGroupRecord>> {
        self.external_groups.get(&external(issuer, id)).and_then(|id| self.groups.get(id))
    }

    /// All groups after an id, in the order of ids.
    pub fn groups_after(&self, id: &str) -> impl Iterator<Item = &Arc<DirectoryGroupRecord>> {
        self.groups.range::<_, str>((Bound::Excluded(id), Bound::Unbounded)).map(|(_, group)| group)
    }

    /// A membership, by id.
    pub fn membership(&self, id: &str) -> Option<&Arc<DirectoryMembershipRecord>> {
        self.memberships.get(id)
    }

    /// The membership of a user in a group.
    pub fn membership_of(&self, group: &str, user: &str) -> Option<&Arc<DirectoryMembershipRecord>> {
        let (_, id) = related(&self.by_group, group).find(|(held, _)| *held == user)?;
        self.memberships.get(id)
    }

    /// The memberships of a group, in the order of its users' ids.
    pub fn members<'a>(&'a self, group: &'a str) -> impl Iterator<Item = &'a Arc<DirectoryMembershipRecord>> {
        related(&self.by_group, group).filter_map(|(_, id)| self.memberships.get(id))
    }

    /// The memberships of a user, in the order of the groups' ids.
    pub fn groups_of<'a>(
        &'a self,
        user: &'a str,
    ) -> impl Iterator<Item = &'a Arc<DirectoryMembershipRecord>> {
        related(&self.by_user, user).filter_map(|(_, id)| self.memberships.get(id))
    }

    /// How many users there are.
    pub fn user_count(&self) -> usize {
        self.users.len()
    }

    /// How many groups there are.
    pub fn group_count(&self) -> usize {
        self.groups.len()
    }

    /// Puts a record of this family in; `false` if the family is none of the directory's.
    pub(super) fn put(&mut self, family: &str, key: &Key, value: &[u8]) -> Result<bool, Unreadable> {
        match family {
            key::DIRECTORY_USERS => {
                let record: DirectoryUserRecord = read(key, value)?;
                is_place(key, &Key::directory_user(&record.id))?;
                self.forget_user(&record.id);
                self.user_names.insert(FoldedName::new(&record.user_name), record.id.clone());
                if let Some(email) = &record.email {
                    self.emails.insert(FoldedName::new(email), record.id.clone());
                }
                for external in &record.external_ids {
                    self.external_users.insert(external.clone(), record.id.clone());
                }
                self.users.insert(record.id.clone(), Arc::new(record));
            }
            key::DIRECTORY_GROUPS => {
                let record: DirectoryGroupRecord = read(key, value)?;
                is_place(key, &Key::directory_group(&record.id))?;
                self.forget_group(&record.id);
                self.group_names.insert(FoldedName::new(&record.display_name), record.id.clone());
                for external in &record.external_ids {
                    self.external_groups.insert(external.clone(), record.id.clone());
                }
                self.groups.insert(record.id.clone(), Arc::new(record));
            }
            key::DIRECTORY_MEMBERSHIPS => {
                let record: DirectoryMembershipRecord = read(key, value)?;
                is_place(key, &Key::directory_membership(&record.id))?;
                self.forget_membership(&record.id);
                let (group, user, id) = (record.group.clone(), record.user.clone(), record.id.clone());
                self.by_group.insert((group.clone(), user.clone(), id.clone()));
                self.by_user.insert((user, group, id.clone()));
                self.memberships.insert(id, Arc::new(record));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Takes a record of this family away; `false` if the family is none of the directory's.
    pub(super) fn delete(&mut self, family: &str, key: &Key) -> bool {
        let id = last_part(key);
        match family {
            key::DIRECTORY_USERS => self.forget_user(id),
            key::DIRECTORY_GROUPS => self.forget_group(id),
            key::DIRECTORY_MEMBERSHIPS => self.forget_membership(id),
            _ => return false,
        }
        true
    }

    fn forget_user(&mut self, id: &str) {
        if let Some(old) = self.users.remove(id) {
            forget(&mut self.user_names, &FoldedName::new(&old.user_name), id);
            if let Some(email) = &old.email {
                forget(&mut self.emails, &FoldedName::new(email), id);
            }
            for external in &old.external_ids {
                forget(&mut self.external_users, external, id);
            }
        }
    }

    fn forget_group(&mut self, id: &str) {
        if let Some(old) = self.groups.remove(id) {
            forget(&mut self.group_names, &FoldedName::new(&old.display_name), id);
            for external in &old.external_ids {
                forget(&mut self.external_groups, external, id);
            }
        }
    }

    fn forget_membership(&mut self, id: &str) {
        if let Some(old) = self.memberships.remove(id) {
            self.by_group.remove(&(old.group.clone(), old.user.clone(), old.id.clone()));
            self.by_user.remove(&(old.user.clone(), old.group.clone(), old.id.clone()));
        }
    }
}
