//! Going through the events of some credentials, wherever they lie: for what must be proved, and so says whether all of
//! them were seen.
//!
//! Unlike a lookup it makes no pages: every source is opened once, however many credentials are asked about.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis_base::{AccountId, Timestamp};

use super::catalog::LogFile;
use super::lane::{self, Segment};
use super::{AuditError, AuditEvent, AuditLog, limits, log, seal};

/// Whose events, and from when to when.
#[derive(Debug, Clone)]
pub struct Trace {
    /// The accounts in whose logs they are; absent for all.
    pub accounts: Option<BTreeSet<AccountId>>,
    /// The access keys that signed.
    pub keys: Arc<HashSet<String>>,
    /// Those not before this instant; if the clock was set back to an earlier one, not before that.
    pub start: Timestamp,
    /// Those not after this instant.
    pub end: Option<Timestamp>,
}

/// What looks at events. It may see an event twice, and events in any order within a source.
pub trait Witness: Clone + Send + 'static {
    /// Looks at an event.
    fn see(&mut self, event: &AuditEvent);

    /// Whether events of this instant and earlier ones say nothing more. The latest sources come first.
    fn has_enough(&self, _newest: Timestamp) -> bool {
        false
    }
}

impl Trace {
    fn passes(&self, event: &AuditEvent) -> bool {
        self.overlaps(event.at, event.at)
            && event.access_key_id.as_ref().is_some_and(|key| self.keys.contains(key))
            && self.concerns(event.account)
    }

    fn concerns(&self, account: AccountId) -> bool {
        self.accounts.as_ref().is_none_or(|accounts| accounts.contains(&account))
    }

    fn overlaps(&self, oldest: Timestamp, newest: Timestamp) -> bool {
        newest >= self.start && self.end.is_none_or(|end| oldest <= end)
    }
}

/// Where events can be, as of one moment.
struct Sources {
    root: PathBuf,
    in_memory: Vec<Arc<AuditEvent>>,
    rest: Vec<Source>,
    is_complete: bool,
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

/// The events of a source; nothing of one that is gone.
struct Read {
    events: Vec<AuditEvent>,
    is_whole: bool,
}

impl AuditLog {
    /// Shows a witness the events of authenticated requests, the latest sources first. Answers whether it saw all that
    /// it could not do without: nothing was too much, damaged, or too old to be kept.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub async fn trace<W: Witness>(&self, trace: Trace, witness: W) -> Result<(W, bool), AuditError> {
        let _permit = self.lookup_permit().await?;
        for _ in 0..limits::LOOKUP_AGAIN {
            let mut trace = trace.clone();
            trace.start = self.main.set_backs().earliest_after(trace.start);
            let (sources, witness) = (self.traced(&trace), witness.clone());
            if let Some(traced) = log::on_thread(move || go_through(&trace, &sources, witness)).await? {
                return Ok(traced);
            }
        }
        Err(AuditError::Missing)
    }

    /// Memory and segments first, files second, as for a lookup. The journal of unauthenticated refusals has nothing.
    fn traced(&self, trace: &Trace) -> Sources {
        let (in_memory, segments) = self.main.view(|event| trace.passes(event));
        let made_room = self.main.made_room().is_some_and(|newest| newest >= trace.start);
        let segments = segments.into_iter().filter(|segment| trace.overlaps(segment.oldest, segment.newest));
        let files = self
            .catalog
            .main(|file| trace.concerns(file.account) && trace.overlaps(file.oldest, file.newest));
        let mut rest: Vec<Source> =
            segments.map(Source::Segment).chain(files.into_iter().map(Source::File)).collect();
        rest.sort_by_key(|source| std::cmp::Reverse(source.newest()));
        Sources {
            root: self.directory().unwrap_or_default(),
            in_memory,
            rest,
            is_complete: !made_room && trace.start >= self.first_kept(),
        }
    }
}

/// Nothing if a segment was sealed meanwhile: its events are in files now.
fn go_through<W: Witness>(
    trace: &Trace,
    sources: &Sources,
    mut witness: W,
) -> Result<Option<(W, bool)>, AuditError> {
    sources.in_memory.iter().for_each(|event| witness.see(event));
    let (mut is_whole, mut seen) = (true, 0);
    for (at, source) in sources.rest.iter().enumerate() {
        if witness.has_enough(source.newest()) {
            // What is older than this is not asked about, whether it is there or not.
            return Ok(Some((witness, is_whole)));
        }
        if at >= limits::FILES_PER_LOOKUP || seen >= limits::EVENTS_PER_TRACE {
            return Ok(Some((witness, false)));
        }
        let Some(read) = read(trace, &sources.root, source)? else { return Ok(None) };
        is_whole &= read.is_whole;
        seen += read.events.len();
        read.events.iter().for_each(|event| witness.see(event));
    }
    Ok(Some((witness, is_whole && sources.is_complete)))
}

fn read(trace: &Trace, root: &Path, source: &Source) -> Result<Option<Read>, AuditError> {
    match source {
        Source::Segment(segment) => {
            let Some((events, damaged)) = lane::read_counting(&segment.path)? else { return Ok(None) };
            let events = events.into_iter().map(|(event, _)| event).filter(|event| trace.passes(event));
            Ok(Some(Read { events: events.collect(), is_whole: damaged == 0 }))
        }
        Source::File(file) => {
            let Some((events, damaged)) = seal::read_index_counting(root, file)? else {
                return Ok(Some(Read { events: Vec::new(), is_whole: false }));
            };
            let events: Vec<_> = events.into_iter().filter(|event| trace.passes(event)).collect();
            let found = events.len();
            // A file that holds nothing of theirs is not opened.
            let events = if found == 0 { events } else { seal::with_records(root, file, events)? };
            let is_whole = damaged == 0 && events.len() == found;
            Ok(Some(Read { events, is_whole }))
        }
    }
}
