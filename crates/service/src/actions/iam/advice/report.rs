//! Reports: made at once, kept in memory, found by whoever asked for them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use portcullis_base::{AccountId, Timestamp, UniqueId, Value};

use super::subject::{Entity, Subject};
use crate::action::Ask;
use crate::error::ApiError;
use crate::last_use::Use;

/// Reports that are kept.
const REPORTS_MAX: usize = 256;
/// Services, entities and uses that all of them may hold together; the oldest make room.
const LINES_MAX: usize = 500_000;

/// Who asks: the account, and the user or role, or else root.
type Asker = (AccountId, Option<UniqueId>);

/// A report.
pub struct Report {
    id: String,
    asker: Asker,
    made: Timestamp,
    is_by_action: bool,
    /// The services that are granted, in order.
    pub services: Vec<String>,
    /// Who could have used them.
    pub entities: Vec<Entity>,
    // INVARIANT: in the order of the entities.
    uses: Vec<Vec<(String, Use)>>,
}

/// A use, and whose it was.
pub type Last<'r> = (&'r Use, &'r Entity);

impl Report {
    /// Makes a report of how things stand.
    pub fn of(ask: &Ask<'_>, subject: &Subject<'_>) -> Self {
        let entities = subject.entities(ask.snapshot, ask.account());
        let uses = entities.iter().map(|entity| {
            let uses = ask.service.last_uses.all_of(entity.id, ask.now);
            uses.into_iter().map(|(name, last)| (name.into_owned(), last)).collect()
        });
        Self {
            id: ask.service.uuid(),
            asker: asker(ask),
            made: ask.now,
            is_by_action: ask.input.text("Granularity") == Some("ACTION_LEVEL"),
            services: subject.grants(ask.snapshot).services(),
            uses: uses.collect(),
            entities,
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What both answers say of the job.
    pub fn shown(&self) -> Value {
        Value::structure()
            .with("JobStatus", "COMPLETED")
            .with("JobCreationDate", self.made)
            .with("JobCompletionDate", self.made)
    }

    /// `ACTION_LEVEL` or `SERVICE_LEVEL`.
    pub fn kind(&self) -> &'static str {
        if self.is_by_action { "ACTION_LEVEL" } else { "SERVICE_LEVEL" }
    }

    /// The last use of a service by each entity that used it.
    pub fn by_entity(&self, service: &str) -> Vec<Last<'_>> {
        let each = self.entities.iter().zip(&self.uses);
        let last = each.filter_map(|(entity, uses)| {
            let of_service = uses.iter().filter(|(name, _)| action_of(name, service).is_some());
            Some((of_service.map(|(_, last)| last).max_by_key(|last| last.at)?, entity))
        });
        last.collect()
    }

    /// The last use of each action of a service, in the order of their names, if the report goes so far.
    pub fn by_action(&self, service: &str) -> Vec<(&str, Last<'_>)> {
        let mut last: std::collections::BTreeMap<&str, Last<'_>> = std::collections::BTreeMap::new();
        let each = self.entities.iter().zip(&self.uses).filter(|_| self.is_by_action);
        for (entity, uses) in each {
            for (name, used) in uses {
                let Some(action) = action_of(name, service).filter(|action| !action.is_empty()) else {
                    continue;
                };
                if last.get(action).is_none_or(|(held, _)| held.at < used.at) {
                    last.insert(action, (used, entity));
                }
            }
        }
        last.into_iter().collect()
    }

    fn lines(&self) -> usize {
        self.services.len() + self.entities.len() + self.uses.iter().map(Vec::len).sum::<usize>()
    }
}

/// The name of an action of this service.
fn action_of<'n>(name: &'n str, service: &str) -> Option<&'n str> {
    name.strip_prefix(service)?.strip_prefix(':')
}

fn asker(ask: &Ask<'_>) -> Asker {
    (ask.account(), ask.caller.holder_id())
}

/// The reports that are kept.
#[derive(Default)]
pub struct Reports(Mutex<VecDeque<Arc<Report>>>);

impl Reports {
    /// Keeps a report.
    pub fn keep(&self, report: Report) {
        let mut reports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reports.push_back(Arc::new(report));
        let mut lines: usize = reports.iter().map(|report| report.lines()).sum();
        while reports.len() > REPORTS_MAX || (lines > LINES_MAX && reports.len() > 1) {
            lines -= reports.pop_front().map_or(0, |report| report.lines());
        }
    }

    fn find(&self, id: &str, asker: Asker) -> Option<Arc<Report>> {
        let reports = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reports.iter().find(|report| report.id == id && report.asker == asker).map(Arc::clone)
    }
}

/// The report of the job that the input names.
///
/// # Errors
/// `NoSuchEntity`, also for a job of somebody else (IAM API reference, GetServiceLastAccessedDetails: a JobId must be
/// used by the same role or user that it was given to).
pub fn of_job(ask: &Ask<'_>) -> Result<Arc<Report>, ApiError> {
    let id = ask.text("JobId")?;
    let found = ask.service.reports.find(id, asker(ask));
    found.ok_or_else(|| ApiError::no_such_entity(format!("The job with id {id} cannot be found.")))
}
