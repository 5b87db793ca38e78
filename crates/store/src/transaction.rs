//! A change of the store: everything in it happens, at one revision, or nothing does.
//!
//! A transaction says under which conditions it is meant ([`Guard`]) and what it then writes. This is how two
//! administrators who change the same role do not overwrite each other:
//!
//! ```
//! use portcullis_store::{Guard, Key, Revision, Transaction};
//!
//! let role = Key(b"role/auditor".to_vec());
//! let change = Transaction::new().guard(Guard::At(role.clone(), Revision(41))).put(role, b"new text".to_vec());
//! assert_eq!(change.guards.len(), 1);
//! ```

use std::collections::HashSet;

use crate::{error::StoreError, key::Key, limits, revision::Revision};

/// Something that must hold at the moment of the commit, or the transaction is a conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    /// Nothing stands under this key.
    Absent(Key),
    /// The key's record was last written at exactly this revision.
    At(Key, Revision),
    /// No key begins with these bytes.
    Empty(Key),
}

/// Guards, and what to write if they all hold. No key may be written twice in one transaction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Transaction {
    /// What must hold.
    pub guards: Vec<Guard>,
    /// Records to write, over what stood there.
    pub puts: Vec<(Key, Vec<u8>)>,
    /// Records to remove; one that is absent is no error.
    pub deletes: Vec<Key>,
    /// Whether it is as large as a whole account, with bounds of its own ([`limits::BULK_OPERATIONS`]).
    pub is_bulk: bool,
}

impl Transaction {
    /// A transaction that asks nothing and writes nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a condition.
    #[must_use]
    pub fn guard(mut self, guard: Guard) -> Self {
        self.guards.push(guard);
        self
    }

    /// Adds a record to write.
    #[must_use]
    pub fn put(mut self, key: Key, value: Vec<u8>) -> Self {
        self.puts.push((key, value));
        self
    }

    /// Adds a record to remove.
    #[must_use]
    pub fn delete(mut self, key: Key) -> Self {
        self.deletes.push(key);
        self
    }

    /// Bytes of all keys and values in it.
    pub fn size(&self) -> usize {
        let guards: usize = self.guards.iter().map(|guard| guard.key().0.len()).sum();
        let puts: usize = self.puts.iter().map(|(key, value)| key.0.len() + value.len()).sum();
        let deletes: usize = self.deletes.iter().map(|key| key.0.len()).sum();
        guards + puts + deletes
    }

    /// Holds it against the rules that every engine keeps, before anything is read or written.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let refused = |detail: String| Err(StoreError::Refused { detail });
        let (most, bytes_most) = if self.is_bulk {
            (limits::BULK_OPERATIONS, limits::BULK_BYTES)
        } else {
            (limits::TRANSACTION_OPERATIONS, limits::TRANSACTION_BYTES)
        };
        if self.guards.len() > most {
            return refused(format!("it has {} guards, and {most} are the most", self.guards.len()));
        }
        let writes = self.puts.len() + self.deletes.len();
        if writes > most {
            return refused(format!("it writes {writes} keys, and {most} are the most"));
        }
        let size = self.size();
        if size > bytes_most {
            return refused(format!("it holds {size} bytes, and {bytes_most} are the most"));
        }
        let mut written = HashSet::with_capacity(writes);
        for key in self.puts.iter().map(|(key, _)| key).chain(&self.deletes) {
            if key.0.is_empty() || key.0.len() > limits::KEY_BYTES {
                return refused(format!("a key has {} bytes", key.0.len()));
            }
            if !written.insert(key) {
                return refused("it writes one key twice".to_owned());
            }
        }
        Ok(())
    }

    /// Whether all guards hold in this view of the store.
    pub(crate) fn holds(&self, view: &impl View) -> Result<bool, StoreError> {
        for guard in &self.guards {
            let holds = match guard {
                Guard::Absent(key) => view.written_at(&key.0)?.is_none(),
                Guard::At(key, revision) => view.written_at(&key.0)? == Some(*revision),
                Guard::Empty(prefix) => !view.any_with_prefix(&prefix.0)?,
            };
            if !holds {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Guard {
    fn key(&self) -> &Key {
        match self {
            Self::Absent(key) | Self::At(key, _) | Self::Empty(key) => key,
        }
    }
}

/// What guards look at: the state of an engine as it stands when the transaction has its turn.
pub(crate) trait View {
    /// The revision of the record under this key, if there is one.
    fn written_at(&self, key: &[u8]) -> Result<Option<Revision>, StoreError>;

    /// Whether any key begins with these bytes.
    fn any_with_prefix(&self, prefix: &[u8]) -> Result<bool, StoreError>;
}
