//! An import into a data directory that nobody serves.

use portcullis_store::{CommitError, StoreError};
use serde_json::{Value as Json, json};

use super::report::Counts;
use super::{File, Here, Options, Report, plan, refuse_revived};
use crate::audit::{AuditLog, OwnDoing};
use crate::draft::Draft;
use crate::service::Service;

/// Why an import did not come to an end.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The store could not be read.
    #[error("the store could not be read: {0}")]
    Store(#[from] StoreError),
    /// The store did not take it.
    #[error("the import could not be written")]
    Write(#[from] CommitError),
}

impl Service {
    /// Imports files, unless there is a problem or they are only to be planned: all of it in one transaction with its
    /// event. It is for whoever holds the data directory, who can do anything; nothing is asked of policies.
    ///
    /// # Errors
    /// [`ImportError`]: nothing was stored then, or it is not known whether all of it was.
    pub async fn import(
        &self,
        files: &[File],
        options: &Options,
        is_dry: bool,
    ) -> Result<Report, ImportError> {
        let here = self.snapshot();
        let mut plan = plan(files, Here::There(&here), options, &self.settings.limits, &self.world);
        let now = self.world.clock.now();
        refuse_revived(&mut plan, &here, self.engine.as_ref(), now).await?;
        let mut report = plan.report;
        if is_dry || !report.problems.is_empty() {
            return Ok(report);
        }
        report.is_stored = true;
        if plan.records.is_empty() {
            return Ok(report);
        }
        let doing = OwnDoing {
            name: "AccountsImported",
            source: "portcullis.amazonaws.com",
            username: None,
            resources: Vec::new(),
            details: details(&report),
        };
        let event = doing.event(&self.world, self.settings.account, &self.settings.region);
        let mut draft = Draft::new();
        draft.put_all(plan.records);
        let mut transaction = draft.into_transaction(here.epoch, now);
        transaction.puts.push(AuditLog::draft(&event));
        self.engine.commit(transaction).await?;
        self.audit.committed(event);
        Ok(report)
    }
}

fn details(report: &Report) -> Json {
    let files: Vec<Json> =
        report.files.iter().map(|(kind, count)| json!({ "kind": kind, "count": count })).collect();
    json!({
        "files": files,
        "taken": counts(&report.taken),
        "unchanged": counts(&report.unchanged),
        "notTaken": report.not_taken.len(),
    })
}

fn counts(counts: &Counts) -> Vec<Json> {
    let line = |((account, kind), count): (&(portcullis_base::AccountId, super::Kind), &usize)| json!({ "account": account.to_string(), "kind": kind.word(), "count": count });
    counts.iter().map(line).collect()
}
