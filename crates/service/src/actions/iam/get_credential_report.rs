//! GetCredentialReport: the credential report, if one was made in the last four hours.

use portcullis_base::Value;

use super::row;
use crate::action::{Row, no_resources};
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::report::NoReport;

/// The action.
pub const ROW: Row =
    row::read("GetCredentialReport", row::anywhere("iam:GetCredentialReport"), no_resources, answer);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let report = ask.service.credential_reports.of(ask.account(), ask.now).map_err(|why| {
        let (code, status, message) = match why {
            NoReport::Absent => ("ReportNotPresent", 410, "No report exists. Generate one first."),
            NoReport::Making => ("ReportInProgress", 404, "The report is still being generated."),
            NoReport::Expired => ("ReportExpired", 410, "The report has expired. Generate a new one."),
        };
        ApiError::caller(code, status, message)
    })?;
    Ok(Value::structure()
        .with("Content", Value::Blob(report.content.clone()))
        .with("ReportFormat", "text/csv")
        .with("GeneratedTime", report.generated))
}
