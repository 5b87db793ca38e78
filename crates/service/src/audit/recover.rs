//! What the last run left behind, whether it ended in order or not.
//!
//! - Files without their names yet (in `scratch/`) are half written: removed. Their segment is still there.
//! - Segments are taken over as closed ones; sealing them is the same whether for the first time or again.
//! - Event records in the store whose event no segment and no file has: their write was committed, then the
//!   process died, or the disk did not get the journal's last second. They are written to the journal now.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis_store::{Engine, Key, Range, key};

use super::catalog::{Catalog, Kind};
use super::lane::{self, Lane, Segment};
use super::line::{self, Origin};
use super::{AuditError, AuditEvent, limits, log, place, retain, seal};

/// What is in the log's directory at the start.
#[derive(Default)]
pub(super) struct Leftovers {
    pub(super) catalog: Catalog,
    pub(super) main: Vec<Arc<Segment>>,
    pub(super) refused: Vec<Arc<Segment>>,
    /// The ids of all events in these segments.
    pub(super) ids: HashSet<String>,
}

impl Leftovers {
    /// Makes the directory where there is none, cleans it, and reads what is in it.
    pub(super) fn find(root: &Path) -> Result<Self, AuditError> {
        let (scratch, journal) = (seal::scratch(root), lane::journal(root));
        for directory in [root, &scratch, &journal, &root.join("AWSLogs"), &root.join("index")] {
            place::make_directory(directory)?;
        }
        place::files(&scratch)?.iter().try_for_each(|path| retain::delete(path))?;
        let mut found = Self { catalog: Catalog::load(root)?, ..Self::default() };
        for path in place::files(&journal)? {
            found.take_over(path)?;
        }
        place::sync_directory(root)?;
        Ok(found)
    }

    /// Takes over a segment. Names begin with the time that they were made at, so this is in order.
    fn take_over(&mut self, path: PathBuf) -> Result<(), AuditError> {
        let is_segment = path.extension().is_some_and(|extension| extension == "lines");
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let is_of = |kind: &Kind| is_segment && name.starts_with(&format!("{}-", kind.name()));
        let Some(kind) = [Kind::Main, Kind::Refused].into_iter().find(is_of) else {
            tracing::warn!(path = %path.display(), "not a segment of the journal; it is left alone");
            return Ok(());
        };
        let events = lane::read(&path)?.unwrap_or_default();
        let instants = || events.iter().map(|(event, _)| event.at);
        let (Some(oldest), Some(newest)) = (instants().min(), instants().max()) else {
            return retain::delete(&path);
        };
        self.ids.extend(events.into_iter().map(|(event, _)| event.id));
        let length = std::fs::metadata(&path).map_err(AuditError::file(&path))?.len();
        let segment = Arc::new(Segment { kind, path, oldest, newest, length });
        match kind {
            Kind::Main => self.main.push(segment),
            Kind::Refused => self.refused.push(segment),
        }
        Ok(())
    }
}

/// Writes to the journal what only the store has, and deletes from the store what files have.
pub(super) async fn adopt_from_store(
    engine: &dyn Engine,
    root: Option<&Path>,
    lane: &Lane,
    catalog: &Arc<Catalog>,
    ids: &HashSet<String>,
) -> Result<(), AuditError> {
    let mut range = Range::prefix(key::EVENTS.as_bytes()).limit(limits::STORE_PAGE);
    loop {
        let page = engine.range(range.clone()).await?;
        let Some((last, _)) = page.items.last() else { return Ok(()) };
        range = range.beyond(last);
        let read = page.items.iter().filter_map(|(key, record)| Some((key, event_of(key, &record.value)?)));
        let missing: Vec<_> = read.filter(|(_, event)| !ids.contains(&event.id)).collect();
        let sealed = match root {
            Some(root) => sealed_ids(root.to_owned(), Arc::clone(catalog), &missing).await?,
            None => HashSet::new(),
        };
        let (spent, adopted): (Vec<_>, Vec<_>) =
            missing.into_iter().partition(|(_, event)| sealed.contains(&event.id));
        if !adopted.is_empty() {
            tracing::info!(
                events = adopted.len(),
                "events of committed writes were not in the audit log; added"
            );
        }
        for (_, event) in adopted {
            lane.write(Arc::new(event), Origin::Write)?;
        }
        log::delete_records(engine, spent.into_iter().map(|(key, _)| key.clone()).collect()).await?;
        if !page.more {
            return Ok(());
        }
    }
}

fn event_of(key: &Key, record: &[u8]) -> Option<AuditEvent> {
    let line = record.strip_suffix(b"\n").unwrap_or(record);
    let event = line::decode(line).map(|(event, _)| event);
    if event.is_none() {
        tracing::error!(?key, "an event record in the store cannot be read; it stays there");
    }
    event
}

/// Which of these events sealed files have: after a restored copy of the store, say.
async fn sealed_ids(
    root: PathBuf,
    catalog: Arc<Catalog>,
    events: &[(&Key, AuditEvent)],
) -> Result<HashSet<String>, AuditError> {
    let instants = || events.iter().map(|(_, event)| event.at);
    let (Some(oldest), Some(newest)) = (instants().min(), instants().max()) else {
        return Ok(HashSet::new());
    };
    let wanted: HashSet<String> = events.iter().map(|(_, event)| event.id.clone()).collect();
    log::on_thread(move || {
        let mut found = HashSet::new();
        for file in catalog.around(oldest, newest) {
            let events = seal::read_index(&root, &file)?.unwrap_or_default();
            found.extend(events.into_iter().map(|event| event.id).filter(|id| wanted.contains(id)));
        }
        Ok(found)
    })
    .await
}
