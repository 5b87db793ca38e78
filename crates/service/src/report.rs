//! Reports that are made in the background and kept in memory for a while, at most one for each account.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portcullis_base::{AccountId, Timestamp};

use crate::service::Service;

/// How long a report is the report (IAM User Guide, "Generate credential reports for your AWS account").
const GOOD_FOR: Duration = Duration::from_hours(4);

/// A report.
pub struct Report {
    /// When it was done.
    pub generated: Timestamp,
    /// Its text.
    pub content: Vec<u8>,
}

enum Held {
    Making,
    Done(Arc<Report>),
}

/// The reports of all accounts.
#[derive(Default)]
pub struct Reports(Mutex<HashMap<AccountId, Held>>);

/// What a wish for a report comes to.
pub enum Wished {
    /// One must be made now, by whoever holds this.
    Make(Making),
    /// One is being made.
    Making,
    /// There is one.
    Done,
}

/// Why there is no report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoReport {
    /// None was asked for.
    Absent,
    /// It is being made.
    Making,
    /// It is too old.
    Expired,
}

/// The right to make an account's report. If it is dropped before the report is done, there is none.
pub struct Making {
    service: Arc<Service>,
    account: AccountId,
}

impl Reports {
    fn held(&self) -> MutexGuard<'_, HashMap<AccountId, Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An account's report.
    ///
    /// # Errors
    /// [`NoReport`].
    pub fn of(&self, account: AccountId, now: Timestamp) -> Result<Arc<Report>, NoReport> {
        match self.held().get(&account) {
            None => Err(NoReport::Absent),
            Some(Held::Making) => Err(NoReport::Making),
            Some(Held::Done(report)) if now.since(report.generated) >= GOOD_FOR => Err(NoReport::Expired),
            Some(Held::Done(report)) => Ok(Arc::clone(report)),
        }
    }
}

impl Making {
    /// What a wish for an account's report comes to.
    pub fn wish(service: &Arc<Service>, account: AccountId, now: Timestamp) -> Wished {
        let mut held = service.credential_reports.held();
        match held.get(&account) {
            Some(Held::Making) => return Wished::Making,
            Some(Held::Done(report)) if now.since(report.generated) < GOOD_FOR => return Wished::Done,
            Some(Held::Done(_)) | None => {}
        }
        held.insert(account, Held::Making);
        Wished::Make(Self { service: Arc::clone(service), account })
    }

    /// The report is done.
    pub fn done(self, report: Report) {
        self.service.credential_reports.held().insert(self.account, Held::Done(Arc::new(report)));
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        let mut held = self.service.credential_reports.held();
        if matches!(held.get(&self.account), Some(Held::Making)) {
            held.remove(&self.account);
        }
    }
}
