//! The log itself: the doors through which events come in and are looked up, and the work in the background.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use portcullis_base::Timestamp;
use portcullis_base::world::World;
use portcullis_store::{CommitError, Engine, Key, StoreError, Transaction};
use tokio::sync::{Semaphore, SemaphorePermit, watch};
use tokio::time::{MissedTickBehavior, interval};

use super::catalog::{Catalog, Kind};
use super::flood::{Everything, Flood};
use super::lane::{Lane, Segment};
use super::line::{self, Origin};
use super::recover::{self, Leftovers};
use super::search::{self, Found, Sources};
use super::set_back::SetBacks;
use super::{AuditError, AuditEvent, AuditSettings, LookupPage, LookupQuery, limits, place, retain, seal};

/// The audit log of a node. See the [module](super) for how it works.
pub struct AuditLog {
    settings: AuditSettings,
    engine: Arc<dyn Engine>,
    world: World,
    pub(super) catalog: Arc<Catalog>,
    pub(super) main: Lane,
    pub(super) refused: Lane,
    flood: Flood,
    lookups: Semaphore,
    /// One sealing at a time.
    sealing: tokio::sync::Mutex<()>,
}

impl AuditLog {
    /// Opens the log and takes over what an earlier run left, so that all committed events are in it.
    ///
    /// # Errors
    /// When the directory cannot be used or the store not be read.
    pub async fn open(
        settings: AuditSettings,
        engine: Arc<dyn Engine>,
        world: World,
    ) -> Result<Arc<Self>, AuditError> {
        let left = match settings.directory.clone() {
            Some(root) => on_thread(move || Leftovers::find(&root)).await?,
            None => Leftovers::default(),
        };
        let log = Self {
            main: Lane::new(Kind::Main, &settings, world.clone(), left.main),
            refused: Lane::new(Kind::Refused, &settings, world.clone(), left.refused),
            flood: Flood::new(&settings, world.clone()),
            catalog: Arc::new(left.catalog),
            lookups: Semaphore::new(limits::LOOKUPS),
            sealing: tokio::sync::Mutex::new(()),
            settings,
            engine,
            world,
        };
        let newest = log.main.closed().iter().map(|held| held.newest).max().max(log.catalog.newest());
        let kept = log.engine.read(&Key::clock_set_back()).await?;
        log.main.remember(SetBacks::new(kept.as_ref().map_or(&[], |held| &held.value), newest));
        let root = log.settings.directory.as_deref();
        recover::adopt_from_store(&*log.engine, root, &log.main, &log.catalog, &left.ids).await?;
        Ok(Arc::new(log))
    }

    /// How long events are kept.
    pub fn retention(&self) -> Duration {
        self.settings.retention
    }

    /// Events before this instant may have been deleted.
    pub(super) fn first_kept(&self) -> Timestamp {
        self.world.clock.now().minus(self.settings.retention)
    }

    pub(super) fn directory(&self) -> Option<PathBuf> {
        self.settings.directory.clone()
    }

    /// Leave to search files, which few have at the same time.
    pub(super) async fn lookup_permit(&self) -> Result<SemaphorePermit<'_>, AuditError> {
        self.lookups.acquire().await.map_err(|_| AuditError::CutOff)
    }

    /// Records the event of a read or of a refusal. When this returns, the operating system has it.
    ///
    /// # Errors
    /// When it could not be written: then the request must not be answered as if nothing were wrong. The next
    /// event is tried anew.
    pub fn append(&self, event: AuditEvent) -> Result<(), AuditError> {
        self.main.write(Arc::new(event), Origin::Request)
    }

    /// Asked before a write is begun: whether its event will have a place.
    ///
    /// # Errors
    /// [`AuditError::Behind`] when too many events of committed writes wait already.
    pub fn ready(&self) -> Result<(), AuditError> {
        let waiting = self.main.waiting();
        if waiting < limits::UNWRITTEN { Ok(()) } else { Err(AuditError::Behind { waiting }) }
    }

    /// The store's record of the event of a write, to be put by the write's own transaction.
    pub fn draft(event: &AuditEvent) -> (Key, Vec<u8>) {
        (Key::event(event.at, &event.id), line::encode(event, Origin::Write))
    }

    /// Records the event of a write that was committed together with its [`AuditLog::draft`]. It cannot be lost any
    /// more: where the journal does not take it now, it is tried again.
    pub fn committed(&self, event: AuditEvent) {
        self.main.write_committed(event);
    }

    /// Records that a request was refused whose sender is unknown, or only counts it for its source if there are
    /// too many in this second. Counts become an event when the minute is over.
    ///
    /// # Errors
    /// As [`AuditLog::append`].
    pub fn append_unauthenticated(&self, source: IpAddr, event: AuditEvent) -> Result<(), AuditError> {
        let backlog_max = limits::REFUSALS_BACKLOG.saturating_mul(self.settings.segment_bytes);
        if self.flood.admits() && self.refused.backlog() < backlog_max {
            return self.refused.write(Arc::new(event), Origin::Request);
        }
        self.flood.count(source, &event);
        Ok(())
    }

    /// Finds events, newest first.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub async fn lookup(&self, query: LookupQuery) -> Result<LookupPage, AuditError> {
        let _permit = self.lookup_permit().await?;
        for _ in 0..limits::LOOKUP_AGAIN {
            let (sources, query) = (self.sources(&query), query.clone());
            if let Found::Page(page) = on_thread(move || search::search(&query, sources)).await? {
                return Ok(page);
            }
        }
        Err(AuditError::Missing)
    }

    /// Memory and segments first, files second: sealing adds files before it forgets segments, so nothing is missed.
    fn sources(&self, query: &LookupQuery) -> Sources {
        let (mut in_memory, mut segments) = self.main.view(|event| query.matches(event));
        let (refused, more) = self.refused.view(|event| query.matches(event));
        in_memory.extend(refused);
        segments.extend(more);
        let files = self.catalog.concerned(query);
        Sources { root: self.settings.directory.clone(), in_memory, segments, files }
    }

    /// Works in the background until told to stop, then brings all to disk and seals it.
    pub async fn run(self: Arc<Self>, stop: watch::Receiver<bool>) {
        tokio::join!(self.sync_each_second(stop.clone()), self.seal_in_time(stop));
        self.tell_counts(Everything::Yes);
        told("writing what waited", self.main.write_waiting());
        self.main.close();
        self.refused.close();
        told("writing to disk", Arc::clone(&self).sync().await);
        told("writing down that the clock was set back", self.keep_set_backs().await);
        told("sealing", self.seal_closed().await);
    }

    async fn sync_each_second(self: &Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut seconds = interval(Duration::from_secs(1));
        seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while until(&mut stop, seconds.tick()).await {
            told("writing what waited", self.main.write_waiting());
            told("writing to disk", Arc::clone(self).sync().await);
            told("writing down that the clock was set back", self.keep_set_backs().await);
        }
    }

    /// Writes down when the clock was set back, if that is new.
    pub(super) async fn keep_set_backs(&self) -> Result<(), AuditError> {
        let kept = self.main.set_backs().kept(self.first_kept());
        let held = self.engine.read(&Key::clock_set_back()).await?.map(|held| held.value);
        let is_new = held.map_or(kept != SetBacks::default().kept(Timestamp::EPOCH), |held| held != kept);
        if !is_new {
            return Ok(());
        }
        match self.engine.commit(Transaction::new().put(Key::clock_set_back(), kept)).await {
            Err(CommitError::Store(source)) => Err(source.into()),
            Ok(_) | Err(CommitError::Conflict) => Ok(()),
        }
    }

    async fn seal_in_time(self: &Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut seconds = interval(Duration::from_secs(1));
        seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut seals = interval(self.settings.seal_after);
        let mut hours = interval(Duration::from_hours(1));
        while until(&mut stop, seconds.tick()).await {
            self.tell_counts(Everything::No);
            if is_due(&mut seals).await {
                self.main.close();
                self.refused.close();
            }
            told("sealing", self.seal_closed().await);
            if is_due(&mut hours).await {
                told("deleting old files", Arc::clone(self).retain().await);
            }
        }
    }

    /// Records the counts of refusals that were not recorded one by one.
    pub(super) fn tell_counts(&self, everything: Everything) {
        for event in self.flood.finished(everything) {
            if let Err(error) = self.refused.write(Arc::new(event), Origin::Request) {
                tracing::error!(%error, cause = ?error, "a count of refused requests is lost");
            }
        }
    }

    async fn sync(self: Arc<Self>) -> Result<(), AuditError> {
        on_thread(move || self.main.sync().and(self.refused.sync())).await
    }

    async fn retain(self: Arc<Self>) -> Result<(), AuditError> {
        let Some(root) = self.settings.directory.clone() else { return Ok(()) };
        let now = self.world.clock.now();
        on_thread(move || retain::retain(&root, &self.catalog, &self.settings, now)).await
    }

    /// Seals all closed segments, and deletes what is needed no more from the store.
    pub(super) async fn seal_closed(self: &Arc<Self>) -> Result<(), AuditError> {
        let _alone = self.sealing.lock().await;
        let Some(root) = self.settings.directory.as_deref() else {
            return delete_records(&*self.engine, self.main.take_spent()).await;
        };
        let mut result = Ok(());
        for lane in [&self.main, &self.refused] {
            for segment in lane.closed() {
                // One that cannot be sealed does not keep the others.
                result = result.and(self.seal(root, lane, &segment).await);
            }
        }
        let (log, root) = (Arc::clone(self), root.to_owned());
        result.and(on_thread(move || retain::crowd_out(&root, &log.catalog, &log.settings)).await)
    }

    async fn seal(&self, root: &Path, lane: &Lane, segment: &Arc<Segment>) -> Result<(), AuditError> {
        let sealed = {
            let (root, segment) = (root.to_owned(), Arc::clone(segment));
            on_thread(move || seal::seal(&root, &segment)).await?
        };
        self.catalog.add(root, sealed.files);
        // The store's records go before the segment: while the segment is there, a start knows that they are in it.
        delete_records(&*self.engine, sealed.spent).await?;
        lane.forget(segment);
        let path = segment.path.clone();
        on_thread(move || {
            retain::delete(&path)?;
            path.parent().map_or(Ok(()), place::sync_directory)
        })
        .await
    }
}

/// Deletes these records, no more at once than a transaction holds.
pub(super) async fn delete_records(engine: &dyn Engine, keys: Vec<Key>) -> Result<(), AuditError> {
    for some in keys.chunks(limits::DELETIONS_AT_ONCE) {
        let transaction = some.iter().cloned().fold(Transaction::new(), Transaction::delete);
        match engine.commit(transaction).await {
            Ok(_) => {}
            Err(CommitError::Store(source)) => return Err(source.into()),
            // Without guards there is no conflict.
            Err(CommitError::Conflict) => {
                return Err(StoreError::Corrupt { reason: "a conflict without guards".to_owned() }.into());
            }
        }
    }
    Ok(())
}

/// Does what waits for a disk on a thread of its own.
pub(super) async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AuditError> + Send + 'static,
) -> Result<T, AuditError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| AuditError::CutOff)?
}

fn told(doing: &'static str, result: Result<(), AuditError>) {
    if let Err(error) = result {
        tracing::error!(%error, cause = ?error, "the audit log failed while {doing}; it tries again");
    }
}

/// Waits for the tick; false when it is time to stop instead.
async fn until<T>(stop: &mut watch::Receiver<bool>, tick: impl Future<Output = T>) -> bool {
    tokio::select! {
        biased;
        // The other end being gone means stop as well.
        _ = stop.wait_for(|is_stopped| *is_stopped) => false,
        _ = tick => true,
    }
}

/// Whether the interval has ticked since it was asked last.
async fn is_due(ticks: &mut tokio::time::Interval) -> bool {
    tokio::select! {
        biased;
        _ = ticks.tick() => true,
        () = std::future::ready(()) => false,
    }
}

impl std::fmt::Debug for AuditLog {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("AuditLog").field("directory", &self.settings.directory).finish_non_exhaustive()
    }
}
