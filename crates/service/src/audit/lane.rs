//! One journal: the segment that is being written, its events in memory, and the closed segments that wait to be
//! sealed. Without a directory, only the events in memory.
//!
//! Everything happens in one critical section around one write, because lookups must see an event exactly when
//! its line is written, and lines must not mix. A segment's file is made with its first event: an idle log has none.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use portcullis_base::Timestamp;
use portcullis_base::world::World;
use portcullis_store::Key;

use super::catalog::Kind;
use super::line::{self, Origin};
use super::set_back::SetBacks;
use super::{AuditError, AuditEvent, AuditSettings, limits, place};

/// A journal.
pub(super) struct Lane {
    kind: Kind,
    /// Where segments are; nowhere, in memory.
    directory: Option<PathBuf>,
    events_max: usize,
    bytes_max: u64,
    world: World,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: Option<Open>,
    /// The events of the open segment; in memory, the latest ones.
    events: VecDeque<Arc<AuditEvent>>,
    bytes: u64,
    closed: Vec<Arc<Segment>>,
    /// What was written and is perhaps not on disk.
    unsynced: Vec<(PathBuf, Arc<File>)>,
    /// Events of committed writes that the journal could not take yet.
    unwritten: VecDeque<Arc<AuditEvent>>,
    /// In memory: records in the store that nobody needs any more.
    spent: Vec<Key>,
    /// In memory: the latest instant of an event that made room.
    made_room: Option<Timestamp>,
    /// When the clock was set back.
    set_backs: SetBacks,
}

/// The segment that is being written.
struct Open {
    path: PathBuf,
    file: Arc<File>,
    length: u64,
    /// Whether it is among the unsynced.
    is_unsynced: bool,
}

/// A segment that is written no more.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) kind: Kind,
    pub(super) path: PathBuf,
    pub(super) oldest: Timestamp,
    pub(super) newest: Timestamp,
    /// Bytes of it.
    pub(super) length: u64,
}

impl Segment {
    /// The name that the files made of it follow from.
    pub(super) fn name(&self) -> String {
        self.path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

impl Lane {
    /// A journal with these segments left over from before.
    pub(super) fn new(kind: Kind, settings: &AuditSettings, world: World, closed: Vec<Arc<Segment>>) -> Self {
        Self {
            kind,
            directory: settings.directory.as_deref().map(journal),
            events_max: settings.memory_events.max(1),
            bytes_max: settings.segment_bytes,
            world,
            state: Mutex::new(State { closed, ..State::default() }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the event. When this returns, the operating system has it and lookups see it.
    pub(super) fn write(&self, event: Arc<AuditEvent>, origin: Origin) -> Result<(), AuditError> {
        let line = line::encode(&event, origin);
        self.state().write(self, event, origin, &line)
    }

    /// Writes the event of a committed write, or keeps it in memory until that succeeds.
    pub(super) fn write_committed(&self, event: AuditEvent) {
        let event = Arc::new(event);
        let Err(error) = self.write(Arc::clone(&event), Origin::Write) else { return };
        tracing::error!(%error, cause = ?error, "the event of a write waits for its place in the journal");
        let mut state = self.state();
        // Beyond this the store alone has it, from where the next start takes it.
        if state.unwritten.len() < limits::UNWRITTEN {
            state.unwritten.push_back(event);
        }
    }

    /// Tries again what `write_committed` could not do.
    pub(super) fn write_waiting(&self) -> Result<(), AuditError> {
        let mut state = self.state();
        while let Some(event) = state.unwritten.front().cloned() {
            let line = line::encode(&event, Origin::Write);
            state.write(self, event, Origin::Write, &line)?;
            state.unwritten.pop_front();
        }
        Ok(())
    }

    /// How many events of committed writes wait.
    pub(super) fn waiting(&self) -> usize {
        self.state().unwritten.len()
    }

    /// Closes the open segment, if there is one.
    pub(super) fn close(&self) {
        self.state().close(self.kind);
    }

    /// The closed segments, the oldest first.
    pub(super) fn closed(&self) -> Vec<Arc<Segment>> {
        self.state().closed.clone()
    }

    /// How many bytes the closed segments have.
    pub(super) fn backlog(&self) -> u64 {
        self.state().closed.iter().map(|segment| segment.length).sum()
    }

    /// Forgets a segment whose events lookups find elsewhere.
    pub(super) fn forget(&self, segment: &Segment) {
        let mut state = self.state();
        state.closed.retain(|other| **other != *segment);
    }

    /// Has the disk take what was written. A disk that fails to gets a new segment: what it says of the old file
    /// cannot be believed any more.
    pub(super) fn sync(&self) -> Result<(), AuditError> {
        let Some(directory) = &self.directory else { return Ok(()) };
        let unsynced = self.state().take_unsynced();
        if unsynced.is_empty() {
            return Ok(());
        }
        let failed = unsynced.iter().filter_map(|(path, file)| Some((path, file.sync_data().err()?)));
        // All of them are tried; the first failure is told.
        if let Some((path, error)) = failed.collect::<Vec<_>>().into_iter().next() {
            self.close();
            return Err(AuditError::file(path)(error));
        }
        // For the names of segments that are new since the last time.
        place::sync_directory(directory)
    }

    /// In memory: the store's records that nobody needs any more.
    pub(super) fn take_spent(&self) -> Vec<Key> {
        std::mem::take(&mut self.state().spent)
    }

    /// The latest instant of an event that is kept no longer because others needed its room.
    pub(super) fn made_room(&self) -> Option<Timestamp> {
        self.state().made_room
    }

    /// When the clock was set back.
    pub(super) fn set_backs(&self) -> SetBacks {
        self.state().set_backs.clone()
    }

    /// Goes on from what was known before this process began.
    pub(super) fn remember(&self, set_backs: SetBacks) {
        self.state().set_backs = set_backs;
    }

    /// The events in memory that pass, and the closed segments, as of one moment.
    pub(super) fn view(
        &self,
        passes: impl Fn(&AuditEvent) -> bool,
    ) -> (Vec<Arc<AuditEvent>>, Vec<Arc<Segment>>) {
        let state = self.state();
        let all = state.events.iter().chain(&state.unwritten);
        (all.filter(|event| passes(event)).cloned().collect(), state.closed.clone())
    }

    /// Has the next write fail as on a full disk.
    #[cfg(test)]
    pub(super) fn fill_disk(&self) {
        self.close();
        let file = fs::OpenOptions::new().append(true).open("/dev/full").unwrap();
        // Not the device's own path: a segment without events is removed.
        let path = PathBuf::from("/nowhere/full");
        self.state().open = Some(Open { path, file: Arc::new(file), length: 0, is_unsynced: false });
    }
}

impl State {
    fn write(
        &mut self,
        lane: &Lane,
        event: Arc<AuditEvent>,
        origin: Origin,
        bytes: &[u8],
    ) -> Result<(), AuditError> {
        if let Some(directory) = &lane.directory {
            if self.bytes >= lane.bytes_max || self.events.len() >= lane.events_max {
                self.close(lane.kind);
            }
            self.write_line(lane, directory, bytes)?;
        } else if origin == Origin::Write {
            self.spent.push(Key::event(event.at, &event.id));
        }
        self.set_backs.see(event.at);
        self.bytes += cost(&event);
        self.events.push_back(event);
        while lane.directory.is_none() && (self.events.len() > lane.events_max || self.bytes > lane.bytes_max)
        {
            let Some(oldest) = self.events.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(cost(&oldest));
            self.made_room = self.made_room.max(Some(oldest.at));
        }
        Ok(())
    }

    fn write_line(&mut self, lane: &Lane, directory: &Path, bytes: &[u8]) -> Result<(), AuditError> {
        let open = match &mut self.open {
            Some(open) => open,
            none => none.insert(Open::new(lane, directory)?),
        };
        let Err(error) = (&*open.file).write_all(bytes) else {
            open.length += u64::try_from(bytes.len()).unwrap_or(0);
            if !open.is_unsynced {
                open.is_unsynced = true;
                self.unsynced.push((open.path.clone(), Arc::clone(&open.file)));
            }
            return Ok(());
        };
        let error = AuditError::file(&open.path)(error);
        // A part of the line may stand there. Where it cannot be taken back, the segment ends with it.
        if open.file.set_len(open.length).is_err() {
            self.close(lane.kind);
        }
        Err(error)
    }

    fn take_unsynced(&mut self) -> Vec<(PathBuf, Arc<File>)> {
        if let Some(open) = &mut self.open {
            open.is_unsynced = false;
        }
        std::mem::take(&mut self.unsynced)
    }

    fn close(&mut self, kind: Kind) {
        let Some(open) = self.open.take() else { return };
        let instants = || self.events.iter().map(|event| event.at);
        let (Some(oldest), Some(newest)) = (instants().min(), instants().max()) else {
            // No event is in it. If this fails, the next start removes the file.
            let _ = fs::remove_file(&open.path);
            return;
        };
        let length = open.length;
        self.closed.push(Arc::new(Segment { kind, path: open.path, oldest, newest, length }));
        self.events.clear();
        self.bytes = 0;
    }
}

impl Open {
    fn new(lane: &Lane, directory: &Path) -> Result<Self, AuditError> {
        let mut random = [0; 8];
        lane.world.entropy.fill(&mut random);
        let millis = lane.world.clock.now().millis().max(0);
        let name = format!("{}-{millis:016x}-{}.lines", lane.kind.name(), hex::encode(random));
        let path = directory.join(name);
        let file = place::new_file(&path).map_err(AuditError::file(&path))?;
        Ok(Self { path, file: Arc::new(file), length: 0, is_unsynced: false })
    }
}

/// About how many bytes the event takes, in memory as in a segment.
fn cost(event: &AuditEvent) -> u64 {
    let resources: usize = event.resources.iter().map(|(kind, name)| kind.len() + name.len() + 50).sum();
    u64::try_from(event.json.len() + resources + 400).unwrap_or(u64::MAX)
}

/// Where segments are, below the log's directory.
pub(super) fn journal(root: &Path) -> PathBuf {
    root.join("journal")
}

/// All events of a closed segment, or nothing if it is gone because it has been sealed.
pub(super) fn read(path: &Path) -> Result<Option<Vec<(AuditEvent, Origin)>>, AuditError> {
    Ok(read_counting(path)?.map(|(events, _)| events))
}

/// Events, and how many lines are damaged.
type Counted = (Vec<(AuditEvent, Origin)>, usize);

/// The same, and how many of its lines are damaged.
pub(super) fn read_counting(path: &Path) -> Result<Option<Counted>, AuditError> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        bytes => bytes.map_err(AuditError::file(path))?,
    };
    let (events, damaged) = line::decode_all(&bytes);
    if damaged > 0 {
        tracing::warn!(path = %path.display(), damaged, "lines of the journal are damaged, as after a crash; they are dropped");
    }
    Ok(Some((events, damaged)))
}
