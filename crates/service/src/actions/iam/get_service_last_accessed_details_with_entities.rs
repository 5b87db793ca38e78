//! GetServiceLastAccessedDetailsWithEntities: who of a report could have asked for a service, the latest first.

use std::cmp::Reverse;

use portcullis_base::Value;

use super::advice;
use super::paging::Page;
use super::row;
use crate::action::{Row, no_resources};
use crate::error::ApiError;
use crate::gate::Authorized;

/// The action.
pub const ROW: Row = row::read(
    "GetServiceLastAccessedDetailsWithEntities",
    row::anywhere("iam:GetServiceLastAccessedDetailsWithEntities"),
    no_resources,
    answer,
);

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let report = advice::of_job(ask)?;
    let service = ask.text("ServiceNamespace")?.to_ascii_lowercase();
    let is_granted = report.services.contains(&service);
    if !is_granted && !advice::is_known(&service) {
        return Err(advice::no_such_service(&service));
    }
    let uses = report.by_entity(&service);
    let last = |arn: &str| uses.iter().find(|(_, entity)| entity.arn == arn).map(|(last, _)| last.at);
    let mut entities: Vec<_> = report.entities.iter().filter(|_| is_granted).collect();
    entities.sort_by_cached_key(|entity| Reverse(last(&entity.arn)));
    let page = Page::of(ask, "entities of a report")?;
    let (entities, rest) = page.cut(entities.into_iter().enumerate(), |(place, _)| format!("{place:08}"));
    let shown = entities.into_iter().map(|(_, entity)| {
        let info = Value::structure()
            .with("Arn", entity.arn.as_str())
            .with("Name", entity.name.as_str())
            .with("Type", entity.kind)
            .with("Id", entity.id.to_string())
            .with("Path", entity.path.as_str());
        Value::structure().with("EntityInfo", info).with_some("LastAuthenticated", last(&entity.arn))
    });
    Ok(rest.finish(report.shown().with("EntityDetailsList", shown.collect::<Value>())))
}
