//! The credential report: a line for every user of the account, with the state of all its credentials (IAM User Guide,
//! "Generate credential reports for your AWS account").
//!
//! When keys were last used is found in one walk through the history of events, which can take a while. So a report is
//! made in the background, and kept in memory for four hours.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::Arc;

use portcullis_base::{AccountId, Arn, Timestamp, UniqueId};

use super::password_rules;
use crate::audit::{AuditError, LookupQuery};
use crate::report::{Making, Report};
use crate::service::Service;
use crate::snapshot::{AccessKey, Snapshot, User};

/// The columns.
const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
    password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
    access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
    access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
    cert_1_last_rotated,cert_2_active,cert_2_last_rotated";
/// Keys of one user in a report.
const KEYS: usize = 2;
/// Certificates, of which nobody has any here.
const CERTIFICATES: [&str; 4] = ["false", NOTHING, "false", NOTHING];
const NOTHING: &str = "N/A";
/// Events on a page of the walk.
const PAGE: usize = 1000;

/// Where and when a key was last used.
struct Use {
    at: Timestamp,
    region: String,
    service: String,
}

type Uses = HashMap<String, Use>;

/// Makes the report of an account as it is in the snapshot.
pub async fn make(service: Arc<Service>, snapshot: Arc<Snapshot>, account: AccountId, making: Making) {
    match uses(&service, &snapshot, account).await {
        Ok(uses) => {
            let content = text(&service, &snapshot, account, &uses).into_bytes();
            making.done(Report { generated: service.world.clock.now(), content });
        }
        Err(error) => tracing::error!(%error, "a credential report cannot be made"),
    }
}

/// The last uses of all keys, as far back as events are kept.
async fn uses(service: &Service, snapshot: &Snapshot, account: AccountId) -> Result<Uses, AuditError> {
    let owners = std::iter::once(None).chain(users(snapshot, account).map(|user| Some(user.record.id)));
    let mut wanted: HashSet<String> = owners
        .flat_map(|owner| snapshot.access_keys_of(account, owner))
        .map(|key| key.id.to_string())
        .collect();
    let mut found = Uses::new();
    let mut resume = None;
    while !wanted.is_empty() {
        let query =
            LookupQuery { account, attribute: None, start: None, end: None, max_results: PAGE, resume };
        let page = service.audit.lookup(query).await?;
        for event in &page.events {
            // Events come newest first, so that the first one of a key is its last use.
            if let Some(key) = event.access_key_id.as_deref().filter(|key| wanted.remove(*key)) {
                let service = event.source.split('.').next().unwrap_or_default().to_owned();
                found.insert(key.to_owned(), Use { at: event.at, region: event.region.clone(), service });
            }
        }
        match page.next {
            Some(next) => resume = Some(next),
            None => break,
        }
    }
    Ok(found)
}

fn users(snapshot: &Snapshot, account: AccountId) -> impl Iterator<Item = &Arc<User>> {
    snapshot.users.list(account, None)
}

fn text(service: &Service, snapshot: &Snapshot, account: AccountId, uses: &Uses) -> String {
    let mut text = HEADER.to_owned();
    let root = Arn::iam(account, "root").to_string();
    let not_supported = "not_supported".to_owned();
    let root_password =
        [&not_supported, &NOTHING.to_owned(), &not_supported, &not_supported].map(Clone::clone);
    let mut add =
        |name: &str, arn: &str, created: Timestamp, password: [String; 4], owner: Option<UniqueId>| {
            let mut fields = vec![quoted(name), quoted(arn), instant(created)];
            fields.extend(password);
            fields.push(has_mfa(snapshot, account, owner).to_string());
            fields.extend(keys(snapshot.access_keys_of(account, owner), uses));
            fields.extend(CERTIFICATES.map(str::to_owned));
            let _ = write!(text, "\n{}", fields.join(","));
        };
    add("<root_account>", &root, service.founded, root_password, None);
    for user in users(snapshot, account) {
        let record = &user.record;
        add(&record.name, &user.arn, record.created, password(snapshot, user), Some(record.id));
    }
    text
}

/// Whether a user, or root, has a second factor.
fn has_mfa(snapshot: &Snapshot, account: AccountId, owner: Option<UniqueId>) -> bool {
    !snapshot.mfa_devices_of(account, owner).is_empty()
}

/// Enabled, last used, last changed, next rotation.
fn password(snapshot: &Snapshot, user: &User) -> [String; 4] {
    let Some(login) = snapshot.belongings.login_of(user.record.id) else {
        return ["false", NOTHING, NOTHING, NOTHING].map(str::to_owned);
    };
    let rules = snapshot.belongings.password_policy_of(user.record.account);
    let next = password_rules::expires(rules, login.changed).map_or_else(|| NOTHING.to_owned(), instant);
    ["true".to_owned(), "no_information".to_owned(), instant(login.changed), next]
}

/// For each of a user's two keys: active, made, and the last use.
fn keys(mut keys: Vec<&Arc<AccessKey>>, uses: &Uses) -> Vec<String> {
    keys.sort_by_key(|key| key.created);
    (0..KEYS).flat_map(|at| key(keys.get(at).map(AsRef::as_ref), uses)).collect()
}

fn key(key: Option<&AccessKey>, uses: &Uses) -> [String; 5] {
    let last = key.and_then(|key| uses.get(key.id.as_str()));
    let or_nothing = |text: Option<String>| text.unwrap_or_else(|| NOTHING.to_owned());
    [
        key.is_some_and(|key| key.is_active).to_string(),
        or_nothing(key.map(|key| instant(key.created))),
        or_nothing(last.map(|last| instant(last.at))),
        or_nothing(last.map(|last| last.region.clone())),
        or_nothing(last.map(|last| last.service.clone())),
    ]
}

/// As reports have it: `2015-05-06T22:32:31+00:00`.
fn instant(at: Timestamp) -> String {
    at.format("%Y-%m-%dT%H:%M:%S+00:00")
}

/// A field of CSV: user names may hold a comma (RFC 4180, section 2).
fn quoted(text: &str) -> String {
    if text.contains(',') { format!("\"{text}\"") } else { text.to_owned() }
}
