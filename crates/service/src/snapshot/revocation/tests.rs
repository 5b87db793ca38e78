//! Revocations are found by what they are about, one by one, and lifting one leaves the others.

use portcullis_base::Timestamp;
use portcullis_base::unique_id::AccessKeyKind;
use portcullis_base::world::SystemEntropy;
use portcullis_store::codec;

use super::*;

fn account() -> AccountId {
    AccountId::from_number(123_456_789_012).unwrap()
}

fn record(number: u64, target: RevocationTarget) -> RevocationRecord {
    RevocationRecord {
        number,
        target,
        scope: None,
        cascades: true,
        issued_before: None,
        cutoff: None,
        blocked: None,
        until: None,
        at: Timestamp::EPOCH,
        by: "arn:aws:iam::123456789012:user/responder".to_owned(),
        reason: None,
        event_id: String::new(),
        account: account(),
    }
}

fn put(revocations: &mut Revocations, record: &RevocationRecord, at: u64) {
    let key = Key::revocation(&record.target, record.number);
    revocations.put(&key, &codec::to_bytes(record), Revision(at)).unwrap();
}

fn delete(revocations: &mut Revocations, record: &RevocationRecord) {
    let key = Key::revocation(&record.target, record.number);
    revocations.delete(super::super::apply::family(&key), &key).unwrap();
}

fn targets() -> Vec<RevocationTarget> {
    let role: UniqueId = "AROAQ3EGRFOVF5LZ2A7JK".parse().unwrap();
    vec![
        RevocationTarget::AccessKey("AKIAIOSFODNN7EXAMPLE".parse().unwrap()),
        RevocationTarget::Role(role),
        RevocationTarget::RoleSession(role, "night".to_owned()),
        RevocationTarget::User("AIDAQ3EGRFOVF5LZ2A7JK".parse().unwrap()),
        RevocationTarget::Root(account()),
        RevocationTarget::FederatedUser(account(), "night".to_owned()),
        RevocationTarget::SourceIdentity("night".to_owned()),
    ]
}

#[test]
fn each_is_found_by_its_own_handle_and_by_no_other() {
    let mut revocations = Revocations::default();
    let records: Vec<_> = (1..).zip(targets()).map(|(number, target)| record(number, target)).collect();
    for record in &records {
        put(&mut revocations, record, 7);
    }
    assert_eq!(revocations.len(), records.len());
    for record in &records {
        let found: Vec<_> =
            revocations.of(handle(&record.target)).iter().map(|held| held.record.number).collect();
        assert_eq!(found, [record.number], "{:?}", record.target);
        assert_eq!(
            key_of(&id(&record.target, record.number)),
            Some(Key::revocation(&record.target, record.number))
        );
    }
    assert!(revocations.of(Handle::SourceIdentity("day")).is_empty());
    for record in &records {
        delete(&mut revocations, record);
    }
    assert!(revocations.is_empty());
}

#[test]
fn lifting_one_leaves_another_of_the_same_target() {
    let session = AccessKeyId::generate(AccessKeyKind::Temporary, account(), &SystemEntropy);
    for target in targets().into_iter().chain([RevocationTarget::Session(session.clone())]) {
        let mut revocations = Revocations::default();
        let (one, two) = (record(1, target.clone()), record(2, target.clone()));
        put(&mut revocations, &one, 7);
        put(&mut revocations, &two, 8);
        let before = revocations.clone();
        delete(&mut revocations, &one);
        let left = |revocations: &Revocations| match &target {
            RevocationTarget::Session(id) => {
                revocations.of_session(id).map(|cut| cut.number).collect::<Vec<_>>()
            }
            target => revocations.of(handle(target)).iter().map(|held| held.record.number).collect(),
        };
        assert_eq!(left(&revocations), [2], "{target:?}");
        assert_eq!(left(&before).len(), 2, "{target:?}");
    }
}

#[test]
fn the_cutoff_is_the_revision_of_the_first_writing() {
    let mut revocations = Revocations::default();
    let target = RevocationTarget::SourceIdentity("night".to_owned());
    put(&mut revocations, &record(1, target.clone()), 7);
    let cutoff = |revocations: &Revocations| revocations.of(handle(&target)).first().map(|held| held.cutoff);
    assert_eq!(cutoff(&revocations), Some(7));
    put(&mut revocations, &RevocationRecord { cutoff: Some(7), ..record(1, target.clone()) }, 90);
    assert_eq!((cutoff(&revocations), revocations.len()), (Some(7), 1));
}

#[test]
fn who_is_blocked_is_found_by_that() {
    let mut revocations = Revocations::default();
    let session = AccessKeyId::generate(AccessKeyKind::Temporary, account(), &SystemEntropy);
    let name = RevocationTarget::SourceIdentity("night".to_owned());
    let record = RevocationRecord {
        blocked: Some(name.clone()),
        ..record(1, RevocationTarget::Session(session.clone()))
    };
    put(&mut revocations, &record, 7);
    assert_eq!(revocations.blocking(handle(&name)).len(), 1);
    assert!(revocations.of(handle(&name)).is_empty());
    delete(&mut revocations, &record);
    assert!(revocations.blocking(handle(&name)).is_empty());
    assert_eq!(revocations.of_session(&session).count(), 0);
}

#[test]
fn what_cannot_be_read_or_stands_elsewhere_is_an_error() {
    let mut revocations = Revocations::default();
    let one = record(1, RevocationTarget::SourceIdentity("night".to_owned()));
    let bytes = codec::to_bytes(&one);
    let elsewhere = Key::text("i/revocation/0000000000000002");
    assert!(revocations.put(&elsewhere, &bytes, Revision(1)).is_err());
    assert!(revocations.put(&Key::revocation(&one.target, 1), b"\xff", Revision(1)).is_err());
    let no_session = RevocationTarget::Session("AKIAIOSFODNN7EXAMPLE".parse().unwrap());
    let bytes = codec::to_bytes(&record(1, no_session.clone()));
    assert!(revocations.put(&Key::revocation(&no_session, 1), &bytes, Revision(1)).is_err());
    for id in [
        "rv-",
        "rv-1",
        "rv-000000000000000G",
        "rv-000000000000000A",
        "x",
        "rv-ASIA-0000000000000001",
        "rv-+000000000000001",
    ] {
        assert_eq!(key_of(id), None, "{id}");
    }
}
