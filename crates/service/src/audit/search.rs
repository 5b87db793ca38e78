//! Finds a page of events, newest first, over memory, closed segments and sealed files.
//!
//! Each source says how late its newest event is. They are read from the latest on, until the page is full of events
//! that nothing unread can come before. An event can be found twice while its segment is being sealed; equal instant
//! and id are one event.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis_base::Timestamp;

use super::catalog::LogFile;
use super::lane::Segment;
use super::{AuditError, AuditEvent, LookupPage, LookupQuery, Position, lane, limits, seal};

/// Where events can be, as of one moment.
pub(super) struct Sources {
    pub(super) root: Option<PathBuf>,
    pub(super) in_memory: Vec<Arc<AuditEvent>>,
    pub(super) segments: Vec<Arc<Segment>>,
    pub(super) files: Vec<LogFile>,
}

/// What came of a search.
pub(super) enum Found {
    Page(LookupPage),
    /// A segment was sealed meanwhile: look again, its events are in files now.
    Moved,
}

struct Candidate {
    event: Arc<AuditEvent>,
    /// The file that has the record, if the event does not.
    file: Option<LogFile>,
}

impl Candidate {
    fn order(&self) -> (Timestamp, &str) {
        (self.event.at, &self.event.id)
    }
}

enum Source {
    Segment(Arc<Segment>),
    File(LogFile),
}

impl Source {
    fn newest(&self) -> Timestamp {
        match self {
            Self::Segment(segment) => segment.newest,
            Self::File(file) => file.newest,
        }
    }
}

/// Finds the page.
pub(super) fn search(query: &LookupQuery, sources: Sources) -> Result<Found, AuditError> {
    let page = query.max_results.clamp(1, limits::PAGE_EVENTS);
    let mut best = Best { most: page + 1, candidates: Vec::new() };
    best.add(sources.in_memory.into_iter().map(|event| Candidate { event, file: None }).collect());
    let segments = sources.segments.into_iter().map(Source::Segment);
    let mut rest: Vec<_> = segments.chain(sources.files.into_iter().map(Source::File)).collect();
    rest.sort_by_key(|source| std::cmp::Reverse(source.newest()));
    let root = sources.root.unwrap_or_default();
    let mut unread = None;
    for (at, source) in rest.iter().enumerate() {
        if best.is_full_before(source.newest()) {
            break;
        }
        // Short of the place where the last page ended, stopping would never get further.
        let here = Position::before(source.newest());
        if at >= limits::FILES_PER_LOOKUP && query.resume.as_ref().is_none_or(|resume| here < *resume) {
            unread = Some(here);
            break;
        }
        let Some(candidates) = read(query, &root, source)? else { return Ok(Found::Moved) };
        best.add(candidates);
    }
    let mut candidates = best.candidates;
    if let Some(position) = &unread {
        // What lies behind unread events belongs to a later page.
        candidates.retain(|candidate| !position.is_beyond(&candidate.event));
    }
    let next = if candidates.len() > page {
        candidates.truncate(page);
        candidates.last().map(|last| Position::behind(&last.event))
    } else {
        unread
    };
    Ok(Found::Page(LookupPage { events: whole(&root, candidates)?, next }))
}

/// The events of a source that the query asks for, or nothing if it is gone and its events are elsewhere.
fn read(query: &LookupQuery, root: &Path, source: &Source) -> Result<Option<Vec<Candidate>>, AuditError> {
    let (events, file): (Vec<AuditEvent>, _) = match source {
        Source::Segment(segment) => {
            let Some(events) = lane::read(&segment.path)? else { return Ok(None) };
            (events.into_iter().map(|(event, _)| event).collect(), None)
        }
        // A file that was deleted is past its time, and its events with it.
        Source::File(file) => (seal::read_index(root, file)?.unwrap_or_default(), Some(file)),
    };
    let found = events.into_iter().filter(|event| query.matches(event));
    Ok(Some(found.map(|event| Candidate { event: Arc::new(event), file: file.cloned() }).collect()))
}

/// The newest events so far, the newest first.
struct Best {
    most: usize,
    candidates: Vec<Candidate>,
}

impl Best {
    fn add(&mut self, more: Vec<Candidate>) {
        self.candidates.extend(more);
        self.candidates.sort_by(|one, other| other.order().cmp(&one.order()));
        self.candidates.dedup_by(|one, other| one.order() == other.order());
        self.candidates.truncate(self.most);
    }

    /// Whether no event of this instant or an earlier one can be among them any more.
    fn is_full_before(&self, instant: Timestamp) -> bool {
        self.candidates.len() == self.most
            && self.candidates.last().is_some_and(|last| last.event.at > instant)
    }
}

/// The events with their records, each file opened once.
fn whole(root: &Path, candidates: Vec<Candidate>) -> Result<Vec<Arc<AuditEvent>>, AuditError> {
    let mut events = Vec::with_capacity(candidates.len());
    let mut in_files: BTreeMap<LogFile, Vec<AuditEvent>> = BTreeMap::new();
    for candidate in candidates {
        match candidate.file {
            Some(file) => in_files.entry(file).or_default().push(Arc::unwrap_or_clone(candidate.event)),
            None => events.push(candidate.event),
        }
    }
    for (file, without) in in_files {
        events.extend(seal::with_records(root, &file, without)?.into_iter().map(Arc::new));
    }
    events.sort_by(|one, other| (other.at, &other.id).cmp(&(one.at, &one.id)));
    Ok(events)
}
