//! Quotas that what was found exceeds. An import is not refused for it: the real account may have had others. It is
//! told, because nothing more of the kind can be made until the quota is raised.

use std::collections::BTreeMap;

use portcullis_base::AccountId;

use super::Remark;
use super::found::{Found, Holder};
use super::plan::{Desk, Plan};
use super::report::Kind;

/// Notes them.
pub fn note(found: &Found, desk: &Desk<'_>, plan: &mut Plan) {
    let mut over = Vec::new();
    let mut held_against = |quota: &str, entity: String, count: usize| {
        let most = desk.limits.quota(quota);
        if count > most {
            let reason = format!("{count} are more than the quota {quota}={most}");
            over.push(Remark { file: String::new(), entity, reason });
        }
    };
    let mut made: BTreeMap<(AccountId, Kind), usize> = plan.report.taken.clone();
    for ((account, kind), count) in &mut made {
        let (quota, held) = match kind {
            Kind::User => ("users", desk.here.users.count(*account)),
            Kind::Group => ("groups", desk.here.groups.count(*account)),
            Kind::Role => ("roles", desk.here.roles.count(*account)),
            Kind::Policy => ("policies", desk.here.policies.count(*account)),
            Kind::InstanceProfile => {
                ("instance-profiles", desk.here.belongings.instance_profiles.count(*account))
            }
            _ => continue,
        };
        *count += held;
        held_against(quota, account.to_string(), *count);
    }
    let accounts = plan.report.taken.keys().filter(|(_, kind)| *kind == Kind::Account).count();
    held_against("accounts", "organization".to_owned(), accounts + desk.here.accounts.all().count());
    for (entity, held) in &found.listings.tags {
        held_against("tags", entity.clone(), held.it.len());
    }
    for policy in found.managed.iter().map(|held| &held.it) {
        held_against("versions-per-policy", policy.arn(), policy.versions.len());
        let longest = policy.versions.iter().map(|(_, text, _)| size(text)).max();
        held_against("policy-size", policy.arn(), longest.unwrap_or(0));
    }
    for holder in found.holders.iter().map(|held| &held.it) {
        let inline = holder.inline.iter().map(|(_, text)| size(text)).sum();
        for (quota, count) in counts(holder, inline) {
            held_against(quota, holder.arn(), count);
        }
    }
    plan.report.quotas = over;
}

fn counts(holder: &Holder, inline: usize) -> Vec<(&'static str, usize)> {
    let (attached, tags) = (holder.attached.len(), ("tags", holder.tags.len()));
    match holder.kind {
        Kind::User => vec![
            ("policies-per-user", attached),
            ("inline-policy-size-user", inline),
            ("groups-per-user", holder.groups.len()),
            tags,
        ],
        Kind::Group => vec![("policies-per-group", attached), ("inline-policy-size-group", inline)],
        _ => vec![
            ("policies-per-role", attached),
            ("inline-policy-size-role", inline),
            ("trust-policy-size", size(holder.trust.as_deref().unwrap_or_default())),
            tags,
        ],
    }
}

/// The size that quotas count: characters that are no white space (IAM User Guide, "IAM and AWS STS quotas").
fn size(text: &str) -> usize {
    text.chars().filter(|character| !character.is_ascii_whitespace()).count()
}
