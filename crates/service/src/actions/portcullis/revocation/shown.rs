//! Revocations as they are shown.

use portcullis_base::{Arn, Value};
use portcullis_store::record::{RevocationRecord, RevocationTarget};

use crate::snapshot::Snapshot;
use crate::snapshot::revocation;

/// What the event of its making tells.
pub fn identified(record: &RevocationRecord) -> Value {
    Value::structure().with("RevocationId", revocation::id(&record.target, record.number))
}

/// One with all that it says.
pub fn revocation(snapshot: &Snapshot, record: &RevocationRecord, cutoff: u64) -> Value {
    identified(record)
        .with("Target", target(snapshot, &record.target))
        .with("Revision", i64::try_from(cutoff).unwrap_or(i64::MAX))
        .with("Time", record.at)
        .with("RevokedBy", record.by.as_str())
        .with("EventId", record.event_id.as_str())
        .with("Cascade", record.cascades)
        .with("BlockReissue", record.blocked.is_some())
        .with("Statement", revocation::text(record, cutoff))
        .with_some("AccountId", record.scope.map(|account| account.to_string()))
        .with_some("IssuedBefore", record.issued_before)
        .with_some("Reason", record.reason.as_deref())
        .with_some("Until", record.until)
}

/// Whom it is about, in the words that Revoke takes.
pub fn target(snapshot: &Snapshot, target: &RevocationTarget) -> Value {
    let of = |kind: &str, id: String, arn: Option<String>| {
        Value::structure().with("Kind", kind).with("Id", id).with_some("Arn", arn)
    };
    let arn_of = |id| snapshot.principal_arn(id).map(str::to_owned);
    match target {
        RevocationTarget::Session(id) => of("session", id.to_string(), None),
        RevocationTarget::AccessKey(id) => of("access-key", id.to_string(), None),
        RevocationTarget::Role(id) => of("role", id.to_string(), arn_of(*id)),
        RevocationTarget::RoleSession(role, name) => {
            let role_record = snapshot.roles.get(*role).map(|role| &role.record);
            let arn = role_record.map(|role| {
                Arn::sts(role.account, &format!("assumed-role/{}/{name}", role.name)).to_string()
            });
            of("role-session", format!("{role}:{name}"), arn)
        }
        RevocationTarget::User(id) => of("user", id.to_string(), arn_of(*id)),
        RevocationTarget::Root(account) => {
            of("user", account.to_string(), Some(Arn::iam(*account, "root").to_string()))
        }
        RevocationTarget::FederatedUser(account, name) => of(
            "federated-user",
            format!("{account}:{name}"),
            Some(Arn::sts(*account, &format!("federated-user/{name}")).to_string()),
        ),
        RevocationTarget::SourceIdentity(identity) => of("source-identity", identity.clone(), None),
        RevocationTarget::Person(user) => of("person", user.clone(), Some(crate::sessions::person_arn(user))),
    }
}
