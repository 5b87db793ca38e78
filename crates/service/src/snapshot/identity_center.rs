//! Identity Center: the instance, permission sets, their assignments, and the roles made of them.

use std::ops::Bound;
use std::sync::Arc;

use imbl::{HashMap, OrdMap};
use portcullis_base::name::FoldedName;
use portcullis_base::{AccountId, UniqueId};
use portcullis_store::record::{
    Assignee, AssignmentRecord, InstanceRecord, PermissionSetRecord, ProvisionedRecord, SsoRequestRecord,
};
use portcullis_store::{Key, key};

use super::apply::{Unreadable, is_place, read};

/// Account, permission set, assignee.
type Place = (AccountId, String, Assignee);

/// Identity Center.
#[derive(Clone, Default)]
pub struct IdentityCenter {
    instance: Option<Arc<InstanceRecord>>,
    sets: OrdMap<String, Arc<PermissionSetRecord>>,
    set_names: OrdMap<FoldedName, String>,
    assignments: OrdMap<Place, Arc<AssignmentRecord>>,
    by_assignee: OrdMap<(Assignee, AccountId, String), Arc<AssignmentRecord>>,
    provisioned: OrdMap<(AccountId, String), Arc<ProvisionedRecord>>,
    by_role: HashMap<UniqueId, Arc<ProvisionedRecord>>,
    requests: OrdMap<String, Arc<SsoRequestRecord>>,
}

fn first_assignee() -> Assignee {
    Assignee::User(String::new())
}

impl IdentityCenter {
    /// The instance.
    pub fn instance(&self) -> Option<&Arc<InstanceRecord>> {
        self.instance.as_ref()
    }

    /// A permission set, by its id.
    pub fn set(&self, id: &str) -> Option<&Arc<PermissionSetRecord>> {
        self.sets.get(id)
    }

    /// A permission set, by its name, whatever its case.
    pub fn set_named(&self, name: &str) -> Option<&Arc<PermissionSetRecord>> {
        self.set_names.get(&FoldedName::new(name)).and_then(|id| self.sets.get(id))
    }

    /// All permission sets after an id, in the order of ids.
    pub fn sets_after(&self, id: &str) -> impl Iterator<Item = &Arc<PermissionSetRecord>> {
        self.sets.range::<_, str>((Bound::Excluded(id), Bound::Unbounded)).map(|(_, set)| set)
    }

    /// The assignment of a permission set in an account to somebody.
    pub fn assignment(&self, account: AccountId, set: &str, to: &Assignee) -> Option<&Arc<AssignmentRecord>> {
        self.assignments.get(&(account, set.to_owned(), to.clone()))
    }

    /// The assignments of a permission set in an account.
    pub fn assignments_of<'a>(
        &'a self,
        account: AccountId,
        set: &'a str,
    ) -> impl Iterator<Item = &'a Arc<AssignmentRecord>> {
        let first = (account, set.to_owned(), first_assignee());
        self.assignments
            .range((Bound::Included(first), Bound::Unbounded))
            .take_while(move |((held, of, _), _)| *held == account && of == set)
            .map(|(_, assignment)| assignment)
    }

    /// The assignments of a permission set in all accounts.
    pub fn assignments_of_set<'a>(&'a self, set: &'a str) -> impl Iterator<Item = &'a Arc<AssignmentRecord>> {
        self.assignments.values().filter(move |held| held.set == set)
    }

    /// What was assigned to a user or a group itself, by account and permission set.
    pub fn assignments_to<'a>(&'a self, to: &'a Assignee) -> impl Iterator<Item = &'a Arc<AssignmentRecord>> {
        let first = (to.clone(), AccountId::LEAST, String::new());
        self.by_assignee
            .range((Bound::Included(first), Bound::Unbounded))
            .take_while(move |((held, ..), _)| held == to)
            .map(|(_, assignment)| assignment)
    }

    /// The role that was made of a permission set in an account.
    pub fn provisioned(&self, account: AccountId, set: &str) -> Option<&Arc<ProvisionedRecord>> {
        self.provisioned.get(&(account, set.to_owned()))
    }

    /// All roles that were made of permission sets, by account.
    pub fn all_provisioned(&self) -> impl Iterator<Item = &Arc<ProvisionedRecord>> {
        self.provisioned.values()
    }

    /// What a role was made of, if it was made of a permission set.
    pub fn made_of(&self, role: UniqueId) -> Option<&Arc<ProvisionedRecord>> {
        self.by_role.get(&role)
    }

    /// A request about assignments or provisioning.
    pub fn request(&self, id: &str) -> Option<&Arc<SsoRequestRecord>> {
        self.requests.get(id)
    }

    /// All requests about assignments and provisioning that are remembered, in the order of their ids.
    pub fn requests(&self) -> impl Iterator<Item = &Arc<SsoRequestRecord>> {
        self.requests.values()
    }

    /// Puts a record of this family in; `false` if the family is none of Identity Center's.
    pub(super) fn put(&mut self, family: &str, key: &Key, value: &[u8]) -> Result<bool, Unreadable> {
        match family {
            key::INSTANCES => {
                is_place(key, &Key::instance())?;
                self.instance = Some(Arc::new(read(key, value)?));
            }
            key::PERMISSION_SETS => {
                let record: PermissionSetRecord = read(key, value)?;
                is_place(key, &Key::permission_set(&record.id))?;
                self.set_names.insert(FoldedName::new(&record.name), record.id.clone());
                self.sets.insert(record.id.clone(), Arc::new(record));
            }
            key::ASSIGNMENTS => {
                let record: AssignmentRecord = read(key, value)?;
                is_place(key, &Key::assignment(record.account, &record.set, &record.assignee))?;
                let record = Arc::new(record);
                let (account, set, assignee) = (record.account, record.set.clone(), record.assignee.clone());
                self.by_assignee.insert((assignee.clone(), account, set.clone()), Arc::clone(&record));
                self.assignments.insert((account, set, assignee), record);
            }
            key::PROVISIONED => {
                let record: ProvisionedRecord = read(key, value)?;
                is_place(key, &Key::provisioned(record.account, &record.set))?;
                let record = Arc::new(record);
                self.forget_provisioned(record.account, &record.set);
                self.by_role.insert(record.role, Arc::clone(&record));
                self.provisioned.insert((record.account, record.set.clone()), record);
            }
            key::SSO_REQUESTS => {
                let record: SsoRequestRecord = read(key, value)?;
                is_place(key, &Key::sso_request(&record.id))?;
                self.requests.insert(record.id.clone(), Arc::new(record));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Takes a record of this family away; `false` if the family is none of Identity Center's.
    pub(super) fn delete(&mut self, family: &str, key: &Key) -> bool {
        match family {
            key::INSTANCES => self.instance = None,
            key::SSO_REQUESTS => {
                self.requests.remove(super::apply::last_part(key));
            }
            key::PERMISSION_SETS => {
                if let Some(old) = self.sets.remove(super::apply::last_part(key)) {
                    self.set_names.remove(&FoldedName::new(&old.name));
                }
            }
            key::ASSIGNMENTS => {
                if let Some((account, set, assignee)) = assignment_place(key)
                    && let Some(old) = self.assignments.remove(&(account, set, assignee))
                {
                    self.by_assignee.remove(&(old.assignee.clone(), old.account, old.set.clone()));
                }
            }
            key::PROVISIONED => {
                let parts: Vec<&str> = parts(key);
                if let [_, _, account, set] = parts.as_slice()
                    && let Ok(account) = account.parse()
                {
                    self.forget_provisioned(account, set);
                }
            }
            _ => return false,
        }
        true
    }

    fn forget_provisioned(&mut self, account: AccountId, set: &str) {
        if let Some(old) = self.provisioned.remove(&(account, set.to_owned())) {
            self.by_role.remove(&old.role);
        }
    }
}

fn parts(key: &Key) -> Vec<&str> {
    std::str::from_utf8(&key.0).unwrap_or_default().split('/').collect()
}

fn assignment_place(key: &Key) -> Option<Place> {
    let parts = parts(key);
    let [_, _, account, set, kind, id] = parts.as_slice() else { return None };
    let id = (*id).to_owned();
    let assignee = if *kind == "group" { Assignee::Group(id) } else { Assignee::User(id) };
    Some((account.parse().ok()?, (*set).to_owned(), assignee))
}
