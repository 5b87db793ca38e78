//! GetServiceLastAccessedDetails: the services of a report.

use portcullis_base::Value;
use portcullis_policy::service_name;

use super::advice::{self, Report};
use super::paging::Page;
use super::row;
use crate::action::{Row, no_resources};
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::read(
    "GetServiceLastAccessedDetails",
    row::anywhere("iam:GetServiceLastAccessedDetails"),
    no_resources,
    answer,
);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let report = advice::of_job(ask)?;
    let page = Page::of(ask, "services of a report")?;
    let (services, rest) = page.cut(&report.services, |service| (*service).clone());
    let services: Value = services.into_iter().map(|service| shown(&report, service)).collect();
    Ok(rest.finish(report.shown().with("JobType", report.kind()).with("ServicesLastAccessed", services)))
}

fn shown(report: &Report, service: &str) -> Value {
    let users = report.by_entity(service);
    let mut shown = Value::structure()
        .with("ServiceName", service_name(service))
        .with("ServiceNamespace", service)
        .with("TotalAuthenticatedEntities", users.len());
    if let Some((last, entity)) = users.iter().max_by_key(|(last, _)| last.at) {
        shown = shown
            .with("LastAuthenticated", last.at)
            .with("LastAuthenticatedEntity", entity.arn.as_str())
            .with("LastAuthenticatedRegion", last.region.as_str());
    }
    let actions = report.by_action(service);
    if !actions.is_empty() {
        let actions = actions.into_iter().map(|(action, (last, entity))| {
            Value::structure()
                .with("ActionName", action)
                .with("LastAccessedEntity", entity.arn.as_str())
                .with("LastAccessedTime", last.at)
                .with("LastAccessedRegion", last.region.as_str())
        });
        shown.insert("TrackedActionsLastAccessed", actions.collect::<Value>());
    }
    shown
}
