//! GenerateServiceLastAccessedDetails: a report on which services somebody's policies allow, and when each was last
//! asked for.

use portcullis_base::Value;

use super::advice::{self, Report, Subject};
use super::row;
use crate::action::{Permission, Row};

/// The action.
pub const ROW: Row = row::read(
    "GenerateServiceLastAccessedDetails",
    Permission::Named("iam:GenerateServiceLastAccessedDetails", advice::need),
    advice::concerned,
    |ask| {
        let report = Report::of(ask, &Subject::of(ask)?);
        let answer = Value::structure().with("JobId", report.id());
        ask.service.reports.keep(report);
        Ok(answer)
    },
);
