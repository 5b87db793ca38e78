//! The resources of a statement, as far as they are of one service: each with its type, where that is plain.

use super::access::EVERY;
use crate::lint::overlap::Wanted;
use crate::lint::view::Statement;
use crate::service_data::services;

/// A resource of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryResource {
    /// As written: `*` or an ARN.
    pub text: String,
    /// Whether it stands in NotResource, so that it is everything else.
    pub is_excepted: bool,
    /// The type of resource, where there is just one that it can be.
    pub kind: Option<&'static str>,
    /// The name within the type.
    pub name: Option<String>,
}

/// The statement's resources that are of this service.
pub(super) fn of(statement: &Statement<'_>, prefix: &str) -> Vec<SummaryResource> {
    let is_excepted = statement.resources.is_negated;
    let items = statement.resources.items.iter().filter(|item| {
        item.text == "*"
            || prefix == EVERY
            || item.text.split(':').nth(2).is_some_and(|service| is_of(service, prefix))
    });
    items
        .map(|item| {
            let (kind, name) = kind_and_name(item.text, prefix).unzip();
            SummaryResource { text: item.text.to_owned(), is_excepted, kind, name }
        })
        .collect()
}

/// Whether a service has resources whose ARNs have this service.
fn is_of(arn_service: &str, prefix: &str) -> bool {
    let Some(service) = services().service(prefix) else { return false };
    let mut arns = service.resources.iter().flat_map(|kind| &kind.arns);
    arn_service.eq_ignore_ascii_case(prefix) || arns.any(|arn| arn.split(':').nth(2) == Some(arn_service))
}

/// The type whose form fits with the longest beginning in common, if no other fits as well.
fn kind_and_name(text: &str, prefix: &str) -> Option<(&'static str, String)> {
    let path = text.splitn(6, ':').nth(5)?;
    let wanted = Wanted::new(path);
    let kinds = services().service(prefix)?.resources.iter();
    let fitting =
        kinds.flat_map(|kind| kind.arns.iter().map(|arn| (kind.name, *arn))).filter_map(|(kind, arn)| {
            let form = arn.splitn(6, ':').nth(5)?;
            let fixed = form.split("${").next().unwrap_or_default();
            (wanted.overlaps(form) && path.starts_with(fixed)).then_some((fixed.len(), kind, fixed))
        });
    let mut fitting: Vec<(usize, &'static str, &str)> = fitting.collect();
    fitting.sort_by_key(|(length, _, _)| std::cmp::Reverse(*length));
    let (length, kind, fixed) = *fitting.first()?;
    let is_only = fitting.iter().all(|(other, name, _)| *other < length || *name == kind);
    is_only.then(|| (kind, path.strip_prefix(fixed).unwrap_or(path).to_owned()))
}
