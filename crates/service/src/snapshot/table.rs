//! A table of entities by unique id and by name, with structural sharing: a changed copy costs a few nodes, and
//! whoever still reads the old one is not disturbed. Its indexes hold the entities and no copies of their names.

use std::cmp::Ordering;
use std::ops::Bound;
use std::sync::Arc;

use equivalent::{Comparable, Equivalent};
use imbl::{OrdMap, OrdSet};
use portcullis_base::name::folded_cmp;
use portcullis_base::{AccountId, UniqueId};

/// Something that has a unique id, an account and a name.
pub trait Entity {
    /// Never used twice.
    fn id(&self) -> UniqueId;
    /// Whose it is.
    fn account(&self) -> AccountId;
    /// Unique in the account, whatever its case.
    fn name(&self) -> &str;
}

/// An entity's place in the index of names. What was taken out may stay in memory as a mark between two nodes, where no
/// look-up finds it, until they change.
struct ByName<T>(Arc<T>);

/// Entities of one kind.
pub struct Table<T> {
    // By the ids' scattered form: filled in the order of ids, nodes would stay half empty.
    by_id: OrdMap<(u64, u32), Arc<T>>,
    by_name: OrdSet<ByName<T>>,
    counts: OrdMap<AccountId, usize>,
}

/// A name that is looked for.
struct Named<'a>(AccountId, &'a str);

impl<T: Entity> ByName<T> {
    fn compare(&self, account: AccountId, name: &str) -> Ordering {
        self.0.account().cmp(&account).then_with(|| folded_cmp(self.0.name(), name))
    }
}

impl<T: Entity> Ord for ByName<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.compare(other.0.account(), other.0.name())
    }
}

impl<T: Entity> Equivalent<ByName<T>> for Named<'_> {
    fn equivalent(&self, place: &ByName<T>) -> bool {
        place.compare(self.0, self.1).is_eq()
    }
}

impl<T: Entity> Comparable<ByName<T>> for Named<'_> {
    fn compare(&self, place: &ByName<T>) -> Ordering {
        place.compare(self.0, self.1).reverse()
    }
}

impl<T: Entity> PartialOrd for ByName<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Entity> PartialEq for ByName<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<T: Entity> Eq for ByName<T> {}

// Derived these would ask that `T` can be cloned; only the shared handles are.
impl<T> Clone for ByName<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Clone for Table<T> {
    fn clone(&self) -> Self {
        Self { by_id: self.by_id.clone(), by_name: self.by_name.clone(), counts: self.counts.clone() }
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { by_id: OrdMap::default(), by_name: OrdSet::default(), counts: OrdMap::default() }
    }
}

impl<T: Entity> Table<T> {
    /// The entity of this id.
    pub fn get(&self, id: UniqueId) -> Option<&Arc<T>> {
        self.by_id.get(&id.scattered())
    }

    /// The entity of this name, whatever the name's case.
    pub fn named(&self, account: AccountId, name: &str) -> Option<&Arc<T>> {
        self.by_name.get(&Named(account, name)).map(|held| &held.0)
    }

    /// How many an account has.
    pub fn count(&self, account: AccountId) -> usize {
        self.counts.get(&account).copied().unwrap_or(0)
    }

    /// An account's entities in the order of their folded names, those after `after` only.
    pub fn list<'t>(
        &'t self,
        account: AccountId,
        after: Option<&str>,
    ) -> impl Iterator<Item = &'t Arc<T>> + use<'t, T> {
        let start = match after {
            Some(name) => Bound::Excluded(Named(account, name)),
            None => Bound::Included(Named(account, "")),
        };
        self.by_name
            .range::<_, Named<'_>>((start, Bound::Unbounded))
            .map(|held| &held.0)
            .take_while(move |entity| entity.account() == account)
    }

    /// Takes an entity's name away, unless another has it already: one change can give a name from one to another.
    fn forget_name(&mut self, old: &T) {
        let name = Named(old.account(), old.name());
        if self.by_name.get(&name).is_some_and(|holder| holder.0.id() == old.id()) {
            self.by_name.remove(&name);
        }
    }

    fn count_changed(&mut self, account: AccountId, change: impl Fn(usize) -> usize) {
        self.counts.insert(account, change(self.count(account)));
    }

    /// Puts an entity in, in place of the one of the same id; a changed name leaves no trace.
    pub fn insert(&mut self, entity: Arc<T>) {
        match self.get(entity.id()).map(Arc::clone) {
            Some(old) => self.forget_name(&old),
            None => self.count_changed(entity.account(), |count| count + 1),
        }
        self.by_name.insert(ByName(Arc::clone(&entity)));
        self.by_id.insert(entity.id().scattered(), entity);
    }

    /// Takes an entity out and returns it.
    pub fn remove(&mut self, id: UniqueId) -> Option<Arc<T>> {
        let old = self.by_id.remove(&id.scattered())?;
        self.forget_name(&old);
        self.count_changed(old.account(), |count| count.saturating_sub(1));
        Some(old)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_base::UniqueIdKind;
    use portcullis_base::world::SystemEntropy;

    struct Thing(UniqueId, AccountId, String);

    impl Entity for Thing {
        fn id(&self) -> UniqueId {
            self.0
        }
        fn account(&self) -> AccountId {
            self.1
        }
        fn name(&self) -> &str {
            &self.2
        }
    }

    #[test]
    fn a_renamed_entity_is_found_by_its_new_name_only_and_counted_once() {
        let account = AccountId::from_number(1).unwrap();
        let other = AccountId::from_number(2).unwrap();
        let id = UniqueId::generate(UniqueIdKind::User, &SystemEntropy);
        let mut table = Table::default();
        table.insert(Arc::new(Thing(id, account, "Alice".to_owned())));
        let before = table.clone();
        table.insert(Arc::new(Thing(id, account, "Bob".to_owned())));
        assert!(table.named(account, "alice").is_none());
        assert_eq!(table.named(account, "BOB").unwrap().name(), "Bob");
        assert!(table.named(other, "bob").is_none());
        assert_eq!(table.count(account), 1);
        assert_eq!(table.list(account, None).count(), 1);
        assert_eq!(table.list(account, Some("bob")).count(), 0);
        assert_eq!(before.named(account, "alice").unwrap().name(), "Alice");
        table.remove(id);
        assert_eq!((table.count(account), table.list(account, None).count()), (0, 0));
    }
}
