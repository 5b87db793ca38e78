//! Instance profiles, which the files have with the role that is in them.

use std::collections::HashSet;

use portcullis_base::name::FoldedName;
use portcullis_store::record::InstanceProfileRecord;
use portcullis_store::{Key, codec};

use super::found::{Found, FoundProfile, Holder};
use super::iam::{Standing, differing, standing, tags};
use super::needs;
use super::plan::{Desk, Plan};
use super::report::Kind;
use crate::actions::iam::RESERVED_PATHS;

/// Adds all of them to the plan.
pub fn add(found: &Found, desk: &Desk<'_>, plan: &mut Plan) {
    let (mut ids, mut names) = (HashSet::new(), HashSet::new());
    for held in &found.holders {
        let (role, file) = (&held.it, desk.file(held.file));
        for profile in &role.profiles {
            needs::profile(profile, role, desk, &mut plan.needs);
            let is_new_name = names.insert((profile.account, FoldedName::new(&profile.name)));
            if !(ids.insert(profile.id) && is_new_name) {
                let reason = "has the id or the name of another instance profile of the files";
                plan.report.problem(file, profile.arn(), reason);
            } else if RESERVED_PATHS.iter().any(|path| role.path.starts_with(path)) {
                // Nobody could put such a role into one.
                plan.report.problem(file, profile.arn(), "holds a role of AWS's own");
            } else {
                settle(profile, role, file, desk, plan);
            }
        }
    }
}

fn settle(found: &FoundProfile, role: &Holder, file: &str, desk: &Desk<'_>, plan: &mut Plan) {
    let here = &desk.here.belongings.instance_profiles;
    let by_id = here.get(found.id).map(|held| differs(found, role, &held.record));
    let by_name = here.named(found.account, &found.name).map(|held| held.record.id);
    match standing(by_id, by_name, found.id) {
        Standing::Same => plan.same(found.account, Kind::InstanceProfile),
        Standing::Conflict(reason) => plan.report.problem(file, found.arn(), reason),
        Standing::New => {
            let record = InstanceProfileRecord {
                id: found.id,
                account: found.account,
                name: found.name.clone(),
                path: found.path.clone(),
                created: found.created,
                tags: found.tags.clone(),
                role: Some(role.id),
            };
            let key = Key::instance_profile(found.account, found.id);
            plan.take(found.account, Kind::InstanceProfile, key, codec::to_bytes(&record));
        }
    }
}

fn differs(found: &FoundProfile, role: &Holder, held: &InstanceProfileRecord) -> Vec<&'static str> {
    // Details tell no tags of theirs: none there is no word on those here.
    let is_same_tags = found.tags.is_empty() || tags(&found.tags) == tags(&held.tags);
    differing(&[
        ("account", found.account == held.account),
        ("name", found.name == held.name),
        ("path", found.path == held.path),
        ("date", found.created == held.created),
        ("set of tags", is_same_tags),
        ("role", Some(role.id) == held.role),
    ])
}
