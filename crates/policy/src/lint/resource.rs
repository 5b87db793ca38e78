//! Actions and resources together: whether the resources are any that the actions are about.

use std::collections::BTreeMap;

use super::code::codes;
use super::overlap::Wanted;
use super::report::{Report, quote};
use super::view::{Meaning, Statement, View};
use crate::document::PolicyKind;
use crate::service_data::{Action, Service};

codes! {
    ACTION_WITHOUT_RESOURCE Warning
        "None of the statement's resources is one that the action is about, so that the statement says nothing about it."
        "Add a resource of a type that the action is about, or \"*\" for an action that is about none.";
    BUCKET_WITHOUT_OBJECTS Warning
        "A Deny of everything names a bucket and not its objects, which stay as they were."
        "Name BUCKET/* as well.";
    NOT_RESOURCE_IN_ALLOW SecurityWarning
        "An Allow has NotResource: it allows the actions on everything that is not listed, resources of others included."
        "List in Resource what is allowed.";
}

pub(super) fn check(view: &View<'_>, report: &mut Report<'_>) {
    for statement in &view.statements {
        let resources = &statement.resources;
        let gives = matches!(view.kind, PolicyKind::Identity | PolicyKind::Resource);
        if let Some(member) = resources.member.filter(|_| resources.is_negated) {
            if statement.is_allow() && gives {
                let message = "this allows the actions on every resource that is not listed";
                report.raise(&NOT_RESOURCE_IN_ALLOW, member.range.start, message);
            }
        } else if !resources.items.is_empty() && !resources.has_star() {
            check_actions(statement, report);
            check_bucket(statement, report);
        }
    }
}

fn check_actions(statement: &Statement<'_>, report: &mut Report<'_>) {
    let texts = &statement.actions.texts;
    if texts.is_negated {
        return;
    }
    let mut reached = Reached::new(statement);
    for (item, meaning) in texts.items.iter().zip(&statement.actions.meanings) {
        let Meaning::Of(service, actions) = &**meaning else { continue };
        if actions.is_empty() || actions.iter().any(|action| reached.has_resource(service, action)) {
            continue;
        }
        let mut kinds = actions.iter().flat_map(|action| service.resources_of(action));
        let message = match kinds.next() {
            Some(kind) => format!(
                "{} is about resources like {}, and none is listed",
                item.text,
                kind.arns.join(" or ")
            ),
            None => format!(
                "{} is about no resource of its own: it only works with \"Resource\": \"*\"",
                item.text
            ),
        };
        report.raise(&ACTION_WITHOUT_RESOURCE, item.node.range.start, message);
    }
}

/// Which forms of ARNs the statement's resources reach; each form is asked for once.
struct Reached<'t> {
    /// The service and the last part of each resource.
    wanted: Vec<(&'t str, Wanted)>,
    known: BTreeMap<&'static str, bool>,
}

impl<'t> Reached<'t> {
    fn new(statement: &Statement<'t>) -> Self {
        let parts = statement.resources.items.iter().filter_map(|item| {
            let mut parts = item.text.splitn(6, ':');
            Some((parts.nth(2)?, Wanted::new(parts.nth(2)?)))
        });
        Self { wanted: parts.collect(), known: BTreeMap::new() }
    }

    fn has_resource(&mut self, service: &'static Service, action: &Action) -> bool {
        service.resources_of(action).flat_map(|kind| &kind.arns).any(|arn| self.has_form(arn))
    }

    fn has_form(&mut self, arn: &'static str) -> bool {
        let wanted = &self.wanted;
        *self.known.entry(arn).or_insert_with(|| {
            let mut parts = arn.splitn(6, ':');
            let (Some(service), Some(path)) = (parts.nth(2), parts.nth(2)) else { return false };
            wanted.iter().any(|(named, wanted)| *named == service && wanted.overlaps(path))
        })
    }
}

/// A Deny of `s3:*` on the bucket alone leaves its objects readable.
fn check_bucket(statement: &Statement<'_>, report: &mut Report<'_>) {
    let actions = &statement.actions.texts;
    let is_about_objects =
        actions.items.iter().any(|action| action.text == "*" || action.text.eq_ignore_ascii_case("s3:*"));
    if !statement.is_deny() || actions.is_negated || !is_about_objects {
        return;
    }
    let items = &statement.resources.items;
    let buckets = items.iter().map(|item| {
        let bucket = item.text.strip_prefix("arn:")?.split_once(":s3:::")?.1;
        (!bucket.contains(['/', '*'])).then_some(bucket)
    });
    let buckets: Option<Vec<&str>> = buckets.collect();
    let (Some(buckets), Some(member)) = (buckets, statement.resources.member) else { return };
    let Some(bucket) = buckets.first() else { return };
    let listed = items.iter().flat_map(|item| [quote(item.text), quote(&format!("{}/*", item.text))]);
    let list: Vec<String> = listed.collect();
    let fix = Report::replace(&member.node.range, format!("[{}]", list.join(", ")));
    let message = format!(
        "this denies actions on the bucket {bucket} but none on its objects: add arn:aws:s3:::{bucket}/*"
    );
    report.raise_with(&BUCKET_WITHOUT_OBJECTS, member.node.range.start, message, Some(fix));
}
