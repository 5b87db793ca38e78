//! How records lie in the file: one table of records with the revision of each, one of the store's own figures.

use redb::{Database, ReadableDatabase, ReadableTable, Table, TableDefinition, TableError};

use crate::{
    engine::{Page, Range, Versioned},
    error::StoreError,
    key::Key,
    revision::Revision,
    transaction::{Transaction, View},
    watch::Change,
};

/// Key to revision and value.
const RECORDS: TableDefinition<'_, &[u8], (u64, &[u8])> = TableDefinition::new("records");
/// The store's own figures, by name.
const FIGURES: TableDefinition<'_, &str, u64> = TableDefinition::new("figures");

/// The figure that names the format of everything else.
const FORMAT: &str = "format";
/// The figure that counts the changes.
const REVISION: &str = "revision";

/// The newest format that this version reads and the one it writes. It rises whenever an older version would
/// misunderstand what a newer one writes.
const KNOWN_FORMAT: u64 = 1;

const READING: &str = "reading";
const WRITING: &str = "writing to disk";

/// Writes the first figures into a new file, and refuses one of a newer format before anything is done with it.
pub(super) fn prepare(database: &Database) -> Result<(), StoreError> {
    match figure(database, FORMAT)? {
        Some(found) if found > KNOWN_FORMAT => Err(StoreError::NewerFormat { found, known: KNOWN_FORMAT }),
        Some(_) => Ok(()),
        None => in_transaction(database, |tables| {
            set(&mut tables.figures, FORMAT, KNOWN_FORMAT)?;
            set(&mut tables.figures, REVISION, Revision::ZERO.0)?;
            Ok(Then::Commit)
        }),
    }
}

/// Claims that the file is of another format.
#[cfg(test)]
pub(super) fn write_format(database: &Database, format: u64) -> Result<(), StoreError> {
    in_transaction(database, |tables| {
        set(&mut tables.figures, FORMAT, format)?;
        Ok(Then::Commit)
    })
}

/// The revision of the last commit in the file.
pub(super) fn revision(database: &Database) -> Result<Revision, StoreError> {
    figure(database, REVISION)?
        .map(Revision)
        .ok_or_else(|| StoreError::Corrupt { reason: "it does not say at which revision it is".to_owned() })
}

fn figure(database: &Database, name: &str) -> Result<Option<u64>, StoreError> {
    let transaction = database.begin_read().map_err(|error| failure(READING, error))?;
    match transaction.open_table(FIGURES) {
        Ok(table) => {
            Ok(table.get(name).map_err(|error| failure(READING, error))?.map(|figure| figure.value()))
        }
        // Only a file in which nothing was ever committed has no such table.
        Err(TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(failure(READING, error)),
    }
}

/// The record under a key.
pub(super) fn read(database: &Database, key: &Key) -> Result<Option<Versioned>, StoreError> {
    let transaction = database.begin_read().map_err(|error| failure(READING, error))?;
    let records = transaction.open_table(RECORDS).map_err(|error| failure(READING, error))?;
    let found = records.get(key.0.as_slice()).map_err(|error| failure(READING, error))?;
    Ok(found.map(|record| versioned(record.value())))
}

/// The records of a range, with the revision that they show.
pub(super) fn page(database: &Database, range: &Range) -> Result<Page, StoreError> {
    let transaction = database.begin_read().map_err(|error| failure(READING, error))?;
    let records = transaction.open_table(RECORDS).map_err(|error| failure(READING, error))?;
    let figures = transaction.open_table(FIGURES).map_err(|error| failure(READING, error))?;
    let revision = figures.get(REVISION).map_err(|error| failure(READING, error))?;
    let revision = Revision(revision.map_or(0, |revision| revision.value()));
    let mut page = Page { items: Vec::new(), more: false, revision };
    let Some(bounds) = range.bounds() else { return Ok(page) };
    let mut found = records.range::<&[u8]>(bounds).map_err(|error| failure(READING, error))?;
    while let Some(record) = if range.descending { found.next_back() } else { found.next() } {
        if page.items.len() == range.limit {
            page.more = true;
            break;
        }
        let (key, record) = record.map_err(|error| failure(READING, error))?;
        page.items.push((Key(key.value().to_vec()), versioned(record.value())));
    }
    Ok(page)
}

fn versioned((revision, value): (u64, &[u8])) -> Versioned {
    Versioned { value: value.to_vec(), revision: Revision(revision) }
}

/// What became of the transactions of a batch, in their order.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// The revision that answers each transaction, or nothing for one whose guards did not hold.
    pub(super) answers: Vec<Option<Revision>>,
    /// What the batch changed.
    pub(super) changes: Vec<Change>,
}

/// Does what these transactions say, each on top of those before it, with one sync; all of it or nothing. The
/// outcome holds only if the result says so; after a failure it is what might have been.
pub(super) fn commit(
    database: &Database,
    transactions: Vec<Transaction>,
) -> (Outcome, Result<(), StoreError>) {
    let mut outcome = Outcome::default();
    let committed = in_transaction(database, |tables| {
        let mut revision = tables.revision()?;
        for transaction in transactions {
            if !transaction.holds(tables)? {
                outcome.answers.push(None);
                continue;
            }
            let change = tables.apply(transaction, revision.next())?;
            if !change.is_empty() {
                revision = change.revision;
                outcome.changes.push(change);
            }
            outcome.answers.push(Some(revision));
        }
        if outcome.changes.is_empty() {
            return Ok(Then::Leave);
        }
        set(&mut tables.figures, REVISION, revision.0)?;
        Ok(Then::Commit)
    });
    (outcome, committed)
}

/// The tables, open for writing.
struct Tables<'a> {
    records: Table<'a, &'static [u8], (u64, &'static [u8])>,
    figures: Table<'a, &'static str, u64>,
}

impl Tables<'_> {
    fn revision(&self) -> Result<Revision, StoreError> {
        let figure = self.figures.get(REVISION).map_err(|error| failure(READING, error))?;
        figure.map(|figure| Revision(figure.value())).ok_or_else(|| StoreError::Corrupt {
            reason: "it does not say at which revision it is".to_owned(),
        })
    }

    fn apply(&mut self, transaction: Transaction, revision: Revision) -> Result<Change, StoreError> {
        let mut change = Change { revision, puts: transaction.puts, deletes: Vec::new() };
        for key in transaction.deletes {
            let removed =
                self.records.remove(key.0.as_slice()).map_err(|error| failure(WRITING, error))?.is_some();
            if removed {
                change.deletes.push(key);
            }
        }
        for (key, value) in &change.puts {
            let record = (revision.0, value.as_slice());
            self.records.insert(key.0.as_slice(), record).map_err(|error| failure(WRITING, error))?;
        }
        Ok(change)
    }
}

impl View for Tables<'_> {
    fn written_at(&self, key: &[u8]) -> Result<Option<Revision>, StoreError> {
        let record = self.records.get(key).map_err(|error| failure(READING, error))?;
        Ok(record.map(|record| Revision(record.value().0)))
    }

    fn any_with_prefix(&self, prefix: &[u8]) -> Result<bool, StoreError> {
        let range = Range::prefix(prefix);
        let Some(bounds) = range.bounds() else { return Ok(false) };
        let mut found = self.records.range::<&[u8]>(bounds).map_err(|error| failure(READING, error))?;
        found.next().transpose().map(|record| record.is_some()).map_err(|error| failure(READING, error))
    }
}

/// What to do once everything is written.
enum Then {
    /// Make it durable.
    Commit,
    /// Nothing was changed: there is nothing to wait for.
    Leave,
}

/// Opens the tables, writes, and returns once it is on the disk. (redb's commits are durable unless told
/// otherwise.)
fn in_transaction(
    database: &Database,
    write: impl FnOnce(&mut Tables<'_>) -> Result<Then, StoreError>,
) -> Result<(), StoreError> {
    let transaction = database.begin_write().map_err(|error| failure(WRITING, error))?;
    let then = {
        let records = transaction.open_table(RECORDS).map_err(|error| failure(WRITING, error))?;
        let figures = transaction.open_table(FIGURES).map_err(|error| failure(WRITING, error))?;
        write(&mut Tables { records, figures })?
    };
    match then {
        Then::Commit => transaction.commit().map_err(|error| failure(WRITING, error)),
        Then::Leave => transaction.abort().map_err(|error| failure(WRITING, error)),
    }
}

fn set(figures: &mut Table<'_, &'static str, u64>, name: &str, value: u64) -> Result<(), StoreError> {
    figures.insert(name, value).map(|_| ()).map_err(|error| failure(WRITING, error))
}

/// redb's errors in the store's words.
pub(super) fn failure(doing: &'static str, error: impl Into<redb::Error>) -> StoreError {
    match error.into() {
        redb::Error::Corrupted(reason) => StoreError::Corrupt { reason },
        redb::Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            StoreError::Corrupt { reason: error.to_string() }
        }
        other => StoreError::Unavailable { doing, detail: other.to_string() },
    }
}
