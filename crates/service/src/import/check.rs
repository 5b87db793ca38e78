//! Whether what was found is sound: nothing twice, every document readable, nothing lost that holds somebody back.
//!
//! What is not sound is a problem, and then nothing is stored. Where the operator prefers, what cannot be read is left
//! out, always as a whole, and with it everything that would be freer without it.

use std::collections::{HashMap, HashSet};

use portcullis_base::name::FoldedName;
use portcullis_policy::{PolicyKind, parse};
use serde_json::Value;

use super::details::OF_AWS;
use super::found::{Found, From, Holder, Managed};
use super::plan::Options;
use super::principal::Names;
use super::report::{Kind, Report};
use crate::snapshot::Snapshot;

/// Policies of AWS's own that are there to deny, whatever a file says of them.
const DENYING: [&str; 2] = ["AWSDenyAll", "AWSCompromisedKeyQuarantine"];

/// Takes out of what was found all that is not sound, and says so in the report.
pub fn sound(found: &mut Found, files: &[&str], here: &Snapshot, options: &Options, report: &mut Report) {
    pages(found, report);
    found.holders = distinct(std::mem::take(&mut found.holders), files, report, |holder| {
        (holder.id.to_string(), holder.arn(), holder.kind)
    });
    found.managed = distinct(std::mem::take(&mut found.managed), files, report, |policy| {
        (policy.id.to_string(), policy.arn(), Kind::Policy)
    });
    let mut drop = Dropper { files, skips: options.skips_unreadable, report };
    found.managed.retain(|held| drop.keeps(held.file, &held.it.arn(), unreadable_policy(&held.it)));
    found.holders.retain(|held| drop.keeps(held.file, &held.it.arn(), unreadable(&held.it)));
    loop {
        let names = Names::of(found, here);
        let of_aws = &found.of_aws;
        let before = found.holders.len();
        found
            .holders
            .retain(|held| drop.keeps(held.file, &held.it.arn(), unfounded(&held.it, &names, of_aws)));
        // What was left out may have been a group of somebody who stays.
        if !options.skips_unreadable || found.holders.len() == before {
            return;
        }
    }
}

/// What pages are missing of is not known as a whole.
fn pages(found: &Found, report: &mut Report) {
    for (listing, (goes_on, ends)) in &found.pages {
        if *goes_on && !ends {
            report.problem(
                "",
                listing.as_str(),
                "every page of this says that another one follows; give all of them",
            );
        }
    }
}

struct Dropper<'a> {
    files: &'a [&'a str],
    skips: bool,
    report: &'a mut Report,
}

impl Dropper<'_> {
    fn keeps(&mut self, file: usize, entity: &str, fault: Option<String>) -> bool {
        let Some(fault) = fault else { return true };
        let file = self.files.get(file).copied().unwrap_or_default();
        if self.skips {
            self.report.omission(file, entity, fault);
        } else {
            self.report.problem(file, entity, fault);
        }
        !self.skips
    }
}

/// Leaves out what pages repeat, and refuses two things of one id or name.
fn distinct<T: PartialEq>(
    items: Vec<From<T>>,
    files: &[&str],
    report: &mut Report,
    keys: impl Fn(&T) -> (String, String, Kind),
) -> Vec<From<T>> {
    let mut ids: HashMap<String, usize> = HashMap::new();
    let mut names = HashSet::new();
    let mut kept: Vec<From<T>> = Vec::with_capacity(items.len());
    for item in items {
        let (id, arn, kind) = keys(&item.it);
        let file = files.get(item.file).copied().unwrap_or_default();
        let earlier = ids.get(&id).and_then(|at| kept.get(*at));
        if let Some(earlier) = earlier {
            if earlier.it != item.it {
                report.problem(file, arn, format!("has the id {id}, which another entity of the files has"));
            }
            continue;
        }
        // Names are unique in the account, whatever their case and the path.
        let account = arn.split(':').nth(4).unwrap_or_default().to_owned();
        let name = arn.rsplit('/').next().unwrap_or_default();
        if !names.insert((account, kind, FoldedName::new(name))) {
            report.problem(file, arn, "has the name of another entity of the files");
            continue;
        }
        ids.insert(id, kept.len());
        kept.push(item);
    }
    kept
}

fn refusal(what: &str, text: &str, kind: PolicyKind) -> Option<String> {
    parse(text, kind).err().map(|error| format!("{what} is refused: {}", error.message))
}

fn unreadable_policy(policy: &Managed) -> Option<String> {
    policy
        .versions
        .iter()
        .find_map(|(number, text, _)| refusal(&format!("its version v{number}"), text, PolicyKind::Identity))
}

/// What of its own documents cannot be taken.
fn unreadable(holder: &Holder) -> Option<String> {
    let mut inline = holder.inline.iter();
    inline
        .find_map(|(name, text)| refusal(&format!("its policy {name}"), text, PolicyKind::Identity))
        .or_else(|| {
            let trust = holder.trust.as_deref()?;
            refusal("its trust policy", trust, PolicyKind::Trust).or_else(|| unlike_aws(holder, trust))
        })
}

/// A service-linked role is out of reach of the organization's policies, so that it must be one.
fn unlike_aws(holder: &Holder, trust: &str) -> Option<String> {
    if !holder.path.starts_with(crate::snapshot::SERVICE_LINKED_PATH) {
        return None;
    }
    let document = super::json::read(trust).ok()?;
    let statements = match document.get("Statement") {
        Some(Value::Array(statements)) => statements.iter().collect(),
        Some(statement) => vec![statement],
        None => Vec::new(),
    };
    let is_service = |statement: &&Value| {
        let principal = statement.get("Principal").and_then(Value::as_object);
        principal.is_some_and(|kinds| kinds.keys().all(|kind| kind == "Service"))
    };
    let is_linked = statements.iter().all(is_service);
    (!is_linked).then(|| "lies where service-linked roles do, but trusts others than services".to_owned())
}

/// What it would be lost, or freer, without.
fn unfounded(
    holder: &Holder,
    names: &Names<'_>,
    of_aws: &std::collections::BTreeMap<String, String>,
) -> Option<String> {
    let own = format!("arn:aws:iam::{}:policy/", holder.account);
    let mut policies = holder.attached.iter().chain(&holder.boundary);
    if let Some(arn) = policies.find(|arn| !arn.starts_with(&own) && !arn.starts_with(OF_AWS)) {
        return Some(format!("has {arn}, which is of another account"));
    }
    if let Some(arn) = &holder.boundary
        && names.policy(arn).is_none()
    {
        return Some(format!("is bounded by {arn}, which is neither among the files nor here"));
    }
    let missing = holder.attached.iter().filter(|arn| names.policy(arn).is_none());
    for arn in missing {
        if !arn.starts_with(OF_AWS) {
            return Some(format!("has {arn} attached, which is neither among the files nor here"));
        }
        if denies(arn, of_aws) {
            return Some(format!(
                "has {arn} attached, which is not here, and which denies or whose text is not among the files"
            ));
        }
    }
    let mut groups = holder.groups.iter();
    let group = groups.find(|name| names.group(holder.account, name).is_none())?;
    Some(format!("is a member of the group {group}, which is neither among the files nor here"))
}

/// Whether losing a policy of AWS's could free somebody of what it denies.
fn denies(arn: &str, of_aws: &std::collections::BTreeMap<String, String>) -> bool {
    let name = arn.rsplit('/').next().unwrap_or_default();
    if DENYING.iter().any(|denying| name.starts_with(denying)) {
        return true;
    }
    let Some(Ok(document)) = of_aws.get(arn).map(|text| super::json::read(text)) else { return true };
    let allows = |statement: &Value| statement.get("Effect").and_then(Value::as_str) == Some("Allow");
    match document.get("Statement") {
        Some(Value::Array(statements)) => !statements.iter().all(allows),
        Some(statement) => !allows(statement),
        None => true,
    }
}
