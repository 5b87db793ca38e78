//! Random transactions on each engine give what the plainest model of a store gives.
#![expect(clippy::unwrap_used, reason = "a test is meant to panic")]

use std::collections::BTreeMap;

use portcullis_store::{
    CommitError, EmbeddedEngine, Engine, Guard, Key, Range, Revision, Transaction, conformance::Scratch,
    memory,
};
use proptest::{collection::vec, prelude::*, test_runner::TestCaseError};

/// What an engine may be asked.
#[derive(Debug, Clone)]
enum Step {
    Commit(Vec<RandomGuard>, Vec<(Key, Vec<u8>)>, Vec<Key>),
    Range(Range),
    Restart,
}

/// A guard, before it is known which revisions there are.
#[derive(Debug, Clone)]
enum RandomGuard {
    Absent(Key),
    /// At the revision that the model has, or so many before it.
    At(Key, u64),
    Empty(Key),
}

/// Few bytes and short keys, so that keys meet; 0 and 0xff, because the ends of ranges are odd.
fn key() -> impl Strategy<Value = Key> {
    vec(prop_oneof![Just(0_u8), Just(b'a'), Just(b'b'), Just(0xff)], 1..4).prop_map(Key)
}

fn prefix() -> impl Strategy<Value = Key> {
    prop_oneof![4 => key(), 1 => Just(Key(vec![]))]
}

fn guard() -> impl Strategy<Value = RandomGuard> {
    prop_oneof![
        key().prop_map(RandomGuard::Absent),
        (key(), prop_oneof![4 => Just(0_u64), 1 => 1..3_u64])
            .prop_map(|(key, back)| RandomGuard::At(key, back)),
        key().prop_map(RandomGuard::Empty),
    ]
}

fn range() -> impl Strategy<Value = Range> {
    let stretch = prop_oneof![
        (prefix(), prefix()).prop_map(|(start, end)| Range::between(start, end)),
        prefix().prop_map(|prefix| Range::prefix(&prefix.0)),
    ];
    (stretch, prop_oneof![Just(usize::MAX), 0..5_usize], any::<bool>()).prop_map(
        |(range, limit, descending)| {
            let range = range.limit(limit);
            if descending { range.descending() } else { range }
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    let commit = (vec(guard(), 0..2), vec((key(), vec(any::<u8>(), 0..4)), 0..4), vec(key(), 0..3))
        .prop_map(|(guards, puts, deletes)| Step::Commit(guards, puts, deletes));
    prop_oneof![12 => commit, 4 => range().prop_map(Step::Range), 1 => Just(Step::Restart)]
}

/// A store, as one would explain it.
#[derive(Debug, Default)]
struct Model {
    records: BTreeMap<Key, (Vec<u8>, Revision)>,
    revision: Revision,
}

impl Model {
    fn transaction(&self, guards: &[RandomGuard], puts: &[(Key, Vec<u8>)], deletes: &[Key]) -> Transaction {
        let puts: BTreeMap<Key, Vec<u8>> = puts.iter().cloned().collect();
        let mut deletes: Vec<Key> = deletes.iter().filter(|key| !puts.contains_key(key)).cloned().collect();
        deletes.sort();
        deletes.dedup();
        let guards = guards.iter().map(|guard| match guard {
            RandomGuard::Absent(key) => Guard::Absent(key.clone()),
            RandomGuard::Empty(key) => Guard::Empty(key.clone()),
            RandomGuard::At(key, back) => {
                let at = self.records.get(key).map_or(self.revision, |(_, revision)| *revision);
                Guard::At(key.clone(), Revision(at.0.saturating_sub(*back)))
            }
        });
        Transaction { guards: guards.collect(), puts: puts.into_iter().collect(), deletes, is_bulk: false }
    }

    fn holds(&self, guard: &Guard) -> bool {
        match guard {
            Guard::Absent(key) => !self.records.contains_key(key),
            Guard::At(key, at) => self.records.get(key).is_some_and(|(_, revision)| revision == at),
            Guard::Empty(prefix) => !self.records.keys().any(|key| key.0.starts_with(&prefix.0)),
        }
    }

    fn commit(&mut self, transaction: &Transaction) -> Result<Revision, CommitError> {
        if !transaction.guards.iter().all(|guard| self.holds(guard)) {
            return Err(CommitError::Conflict);
        }
        let removed = transaction.deletes.iter().filter(|key| self.records.remove(key).is_some()).count();
        if removed + transaction.puts.len() > 0 {
            self.revision = Revision(self.revision.0 + 1);
        }
        for (key, value) in &transaction.puts {
            self.records.insert(key.clone(), (value.clone(), self.revision));
        }
        Ok(self.revision)
    }

    fn range(&self, range: &Range) -> (Vec<(Key, Vec<u8>, Revision)>, bool) {
        let mut found: Vec<_> = self
            .records
            .iter()
            .filter(|(key, _)| **key >= range.start && (range.end.0.is_empty() || **key < range.end))
            .map(|(key, (value, revision))| (key.clone(), value.clone(), *revision))
            .collect();
        if range.descending {
            found.reverse();
        }
        let more = found.len() > range.limit;
        found.truncate(range.limit);
        (found, more)
    }
}

/// Walks an engine and the model through the same steps; `restart` gives the engine that follows on this one.
fn compare<E: Engine>(engine: E, restart: impl Fn(E) -> E, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut model = Model::default();
    let mut watch = engine.watch(Revision::ZERO);
    let mut engine = Some(engine);
    for step in steps {
        let now = engine.as_ref().unwrap();
        match step {
            Step::Commit(guards, puts, deletes) => {
                let transaction = model.transaction(&guards, &puts, &deletes);
                let before = model.revision;
                let expected = model.commit(&transaction);
                prop_assert_eq!(runtime.block_on(now.commit(transaction.clone())), expected);
                if model.revision > before {
                    let change = runtime.block_on(watch.next()).unwrap();
                    prop_assert_eq!(change.revision, model.revision);
                    prop_assert_eq!(&change.puts, &transaction.puts);
                }
            }
            Step::Range(range) => {
                let page = runtime.block_on(now.range(range.clone())).unwrap();
                let items = page.items.into_iter().map(|(key, record)| (key, record.value, record.revision));
                prop_assert_eq!((items.collect(), page.more), model.range(&range));
                prop_assert_eq!(page.revision, model.revision);
            }
            Step::Restart => {
                engine = engine.take().map(&restart);
                watch = engine.as_ref().unwrap().watch(model.revision);
            }
        }
        prop_assert_eq!(engine.as_ref().unwrap().revision(), model.revision);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn the_memory_engine_is_the_model(steps in vec(step(), 0..80)) {
        compare(memory(), |engine| engine, steps)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn the_embedded_engine_is_the_model_also_over_restarts(steps in vec(step(), 0..60)) {
        let scratch = Scratch::new("model");
        let open = || EmbeddedEngine::open(scratch.path()).unwrap();
        compare(open(), |engine| { drop(engine); open() }, steps)?;
    }
}
