//! What could still make new sessions of those that were cut off, each with the command that closes it.

use std::collections::BTreeSet;

use portcullis_base::Value;
use portcullis_store::record::{RevocationRecord, RevocationTarget};

use crate::revocation::{Hits, holder, keys};
use crate::snapshot::Snapshot;

/// The sources that are open, long-term keys first.
pub fn open(snapshot: &Snapshot, record: &RevocationRecord, hits: &Hits) -> Vec<Value> {
    let mut long_term: BTreeSet<String> =
        keys(snapshot, &record.target).into_iter().map(|key| key.to_string()).collect();
    let all = hits.sessions.iter().chain(&hits.descendants);
    long_term.extend(all.filter_map(|live| live.ancestors().next().map(str::to_owned)));
    if let RevocationTarget::AccessKey(own) = &record.target {
        // It is cut off itself.
        long_term.remove(own.as_str());
    }
    let mut found: Vec<Value> = long_term.iter().filter_map(|key| of_key(snapshot, key)).collect();
    found.extend(trust(snapshot, record));
    found
}

fn of_key(snapshot: &Snapshot, key: &str) -> Option<Value> {
    let (arn, name) = holder(snapshot, key)?;
    let command = match name {
        Some(name) => {
            format!("aws iam update-access-key --user-name {name} --access-key-id {key} --status Inactive")
        }
        None => format!("portcullis revoke access-key {key}"),
    };
    Some(source("access-key", key, &arn, &command))
}

/// A role that others may go on assuming.
fn trust(snapshot: &Snapshot, record: &RevocationRecord) -> Option<Value> {
    let (RevocationTarget::Role(id) | RevocationTarget::RoleSession(id, _)) = &record.target else {
        return None;
    };
    let role = snapshot.roles.get(*id).filter(|_| record.blocked.is_none())?;
    let name = &role.record.name;
    let command = match &record.target {
        RevocationTarget::RoleSession(_, session) => {
            format!("portcullis revoke role-session {name}/{session} --block-reissue")
        }
        _ => format!("portcullis revoke role {name} --block-reissue"),
    };
    Some(source("trust-policy", &id.to_string(), &role.arn, &command))
}

fn source(kind: &str, id: &str, arn: &str, command: &str) -> Value {
    Value::structure().with("Kind", kind).with("Id", id).with("Arn", arn).with("Command", command)
}
