//! A table of entities by unique id and by name, with structural sharing: a changed copy costs a few nodes, and
//! whoever still reads the old one is not disturbed.

use std::ops::Bound;
use std::sync::Arc;

use portcullis_base::name::FoldedName;
use portcullis_base::{AccountId, UniqueId};
use rpds::{HashTrieMapSync, RedBlackTreeMapSync};

/// Something that has a unique id, an account and a name.
pub trait Entity {
    /// Never used twice.
    fn id(&self) -> UniqueId;
    /// Whose it is.
    fn account(&self) -> AccountId;
    /// Unique in the account, whatever its case.
    fn name(&self) -> &str;
}

/// Entities of one kind.
pub struct Table<T> {
    by_id: HashTrieMapSync<UniqueId, Arc<T>>,
    by_name: RedBlackTreeMapSync<(AccountId, FoldedName), Arc<T>>,
    counts: HashTrieMapSync<AccountId, usize>,
}

// Derived it would ask that `T` can be cloned; only the shared handles are.
impl<T> Clone for Table<T> {
    fn clone(&self) -> Self {
        Self { by_id: self.by_id.clone(), by_name: self.by_name.clone(), counts: self.counts.clone() }
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            by_id: HashTrieMapSync::new_sync(),
            by_name: RedBlackTreeMapSync::new_sync(),
            counts: HashTrieMapSync::new_sync(),
        }
    }
}

impl<T: Entity> Table<T> {
    /// The entity of this id.
    pub fn get(&self, id: UniqueId) -> Option<&Arc<T>> {
        self.by_id.get(&id)
    }

    /// The entity of this name, whatever the name's case.
    pub fn named(&self, account: AccountId, name: &str) -> Option<&Arc<T>> {
        self.by_name.get(&(account, FoldedName::new(name)))
    }

    /// How many an account has.
    pub fn count(&self, account: AccountId) -> usize {
        self.counts.get(&account).copied().unwrap_or(0)
    }

    /// An account's entities in the order of their folded names, those after `after` only.
    pub fn list(&self, account: AccountId, after: Option<&str>) -> impl Iterator<Item = &Arc<T>> {
        let start = match after {
            Some(name) => Bound::Excluded((account, FoldedName::new(name))),
            None => Bound::Included((account, FoldedName::new(""))),
        };
        self.by_name
            .range((start, Bound::Unbounded))
            .take_while(move |((held, _), _)| *held == account)
            .map(|(_, entity)| entity)
    }

    /// Takes an entity's name away, unless another has it already: one change can give a name from one to another.
    fn forget_name(&mut self, old: &T) {
        let name = (old.account(), FoldedName::new(old.name()));
        if self.by_name.get(&name).is_some_and(|holder| holder.id() == old.id()) {
            self.by_name.remove_mut(&name);
        }
    }

    fn count_changed(&mut self, account: AccountId, change: impl Fn(usize) -> usize) {
        self.counts.insert_mut(account, change(self.count(account)));
    }

    /// Puts an entity in, in place of the one of the same id; a changed name leaves no trace.
    pub fn insert(&mut self, entity: Arc<T>) {
        match self.by_id.get(&entity.id()) {
            Some(old) => {
                let old = Arc::clone(old);
                self.forget_name(&old);
            }
            None => self.count_changed(entity.account(), |count| count + 1),
        }
        self.by_name.insert_mut((entity.account(), FoldedName::new(entity.name())), Arc::clone(&entity));
        self.by_id.insert_mut(entity.id(), entity);
    }

    /// Takes an entity out and returns it.
    pub fn remove(&mut self, id: UniqueId) -> Option<Arc<T>> {
        let old = Arc::clone(self.by_id.get(&id)?);
        self.by_id.remove_mut(&id);
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
