//! Policy documents as decisions read them: compiled once for each distinct text and shared by all who have it.
//!
//! A document that no longer parses denies everything in its layer: leaving it out would allow.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

use portcullis_base::UniqueId;
use portcullis_policy::serving::Compiled;
use portcullis_policy::{Document, PolicyKind};
use portcullis_store::record::DocumentRecord;
use sha2::{Digest as _, Sha256};

/// The fewest documents of a shelf at which those that nobody has any more are forgotten.
const SWEEP_MIN: usize = 64;
/// Shelves there are: whoever needs a document for the first time waits at most for those who do just that with one of
/// the same shelf, and for no sweep but of this shelf.
const SHELVES: usize = 64;

/// What is compiled, by what it was compiled from, as long as somebody has it.
#[derive(Default)]
struct Shelf {
    documents: HashMap<[u8; 32], Weak<Compiled>>,
    sweep_at: usize,
}

static SHELF: LazyLock<[Mutex<Shelf>; SHELVES]> = LazyLock::new(|| std::array::from_fn(|_| Mutex::default()));
static UNREADABLE: LazyLock<Arc<Compiled>> =
    LazyLock::new(|| Arc::new(Compiled::new(&Document::unreadable())));

impl Shelf {
    fn put(&mut self, digest: [u8; 32], compiled: &Arc<Compiled>) {
        if self.documents.len() >= self.sweep_at {
            self.documents.retain(|_, held| held.strong_count() > 0);
            self.sweep_at = (self.documents.len() * 2).max(SWEEP_MIN);
        }
        self.documents.insert(digest, Arc::downgrade(compiled));
    }
}

/// Where a document stands: digests are spread evenly.
fn shelf(digest: &[u8; 32]) -> &'static Mutex<Shelf> {
    let [first, ..] = *digest;
    let [shelf, ..] = &*SHELF;
    SHELF.get(usize::from(first) % SHELVES).unwrap_or(shelf)
}

/// The document that denies everything.
pub fn unreadable() -> &'static Arc<Compiled> {
    &UNREADABLE
}

/// A stored text of this kind.
pub fn compiled(text: &str, kind: PolicyKind) -> Arc<Compiled> {
    shared(text, kind, &[])
}

/// A stored text that names principals, resolved to the unique ids that they had when it was saved. Names that were
/// not resolved, as imported documents may have them, stand for nobody.
pub fn bound(record: &DocumentRecord, kind: PolicyKind) -> Arc<Compiled> {
    let ids: Vec<(String, UniqueId)> =
        record.principals.iter().map(|principal| (principal.arn.clone(), principal.id)).collect();
    shared(&record.text, kind, &ids)
}

fn shared(text: &str, kind: PolicyKind, ids: &[(String, UniqueId)]) -> Arc<Compiled> {
    let digest = digest(text, kind, ids);
    let shelf = || shelf(&digest).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(held) = shelf().documents.get(&digest).and_then(Weak::upgrade) {
        return held;
    }
    let compiled = match portcullis_policy::parse(text, kind) {
        Ok(parsed) => {
            let mut document = parsed.document;
            document.settle(ids);
            Arc::new(Compiled::new(&document))
        }
        Err(error) => {
            tracing::error!(%error, "a stored policy cannot be read; it denies everything");
            return Arc::clone(unreadable());
        }
    };
    shelf().put(digest, &compiled);
    compiled
}

/// Everything that the compiled form depends on, each part with its length.
fn digest(text: &str, kind: PolicyKind, ids: &[(String, UniqueId)]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hasher.update(bytes.len().to_le_bytes());
        hasher.update(bytes);
    };
    part(format!("{kind:?}").as_bytes());
    part(text.as_bytes());
    for (arn, id) in ids {
        part(arn.as_bytes());
        part(id.to_string().as_bytes());
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;

    #[test]
    fn one_text_is_compiled_once_and_another_kind_is_another_document() {
        let first = compiled(TEXT, PolicyKind::Identity);
        assert!(Arc::ptr_eq(&first, &compiled(TEXT, PolicyKind::Identity)));
        assert!(!Arc::ptr_eq(&first, &compiled(TEXT, PolicyKind::Session)));
        assert!(Arc::ptr_eq(&compiled("{", PolicyKind::Identity), unreadable()));
    }

    #[test]
    fn principals_that_resolve_otherwise_are_another_document() {
        let id = |text: &str| text.parse::<UniqueId>().unwrap();
        let ids = |text: &str| vec![("arn:aws:iam::123456789012:role/a".to_owned(), id(text))];
        let (one, two) = (ids("AROAAAAAAAAAAAAAAAAAA"), ids("AROABBBBBBBBBBBBBBBBB"));
        let trust = PolicyKind::Trust;
        assert_eq!(digest(TEXT, trust, &one), digest(TEXT, trust, &one));
        assert_ne!(digest(TEXT, trust, &one), digest(TEXT, trust, &two));
        assert_ne!(digest(TEXT, trust, &one), digest(TEXT, trust, &[]));
    }

    #[test]
    fn what_nobody_has_is_forgotten() {
        let mut shelf = Shelf::default();
        for number in 0_u64..5_000 {
            let mut digest = [0; 32];
            digest[..8].copy_from_slice(&number.to_le_bytes());
            shelf.put(digest, &Arc::new(Compiled::new(&Document::unreadable())));
        }
        assert!(shelf.documents.len() <= SWEEP_MIN);
    }
}
