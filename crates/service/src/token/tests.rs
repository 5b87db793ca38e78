//! Tokens open as they were sealed, or not at all.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_base::unique_id::AccessKeyKind;
use portcullis_base::world::{SystemEntropy, World};
use portcullis_base::{AccessKeyId, AccountId, Tag, Timestamp};
use portcullis_store::MasterKey;
use portcullis_store::record::KeyRingRecord;

use super::*;
use crate::issue::secret_access_key;

const HOUR: u64 = 3600;

fn start() -> Timestamp {
    Timestamp::from_millis(1_795_000_000_123)
}

fn after(seconds: u64) -> Timestamp {
    start().plus(Duration::from_secs(seconds))
}

fn account() -> AccountId {
    "123456789012".parse().unwrap()
}

/// Claims with something in every place.
fn claims() -> Claims {
    let key = |kind| AccessKeyId::generate(kind, account(), &SystemEntropy);
    let tag = |key: &str, value: &str| Tag { key: key.to_owned(), value: value.to_owned() };
    Claims {
        access_key_id: key(AccessKeyKind::Temporary),
        secret: secret_access_key(&SystemEntropy),
        account: account(),
        subject: Subject::Role {
            role: "AROAABCDEFGHIJKLMNOPQ".parse().unwrap(),
            session_name: "mary".to_owned(),
        },
        issued: start(),
        issue_revision: 42,
        expires: after(36 * HOUR),
        passed: Passed {
            policy: Some(r#"{"Statement":[]}"#.to_owned()),
            policy_ids: vec!["ANPAABCDEFGHIJKLMNOPQ".parse().unwrap()],
            tags: [tag("Team", "blue"), tag("übung", "")].into_iter().collect(),
            transitive_keys: vec!["Team".to_owned()],
        },
        source_identity: Some("jane".to_owned()),
        mfa_at: Some(after(1)),
        ancestors: vec![
            Ancestor {
                access_key_id: key(AccessKeyKind::LongTerm),
                principal: Some("AIDAABCDEFGHIJKLMNOPQ".parse().unwrap()),
                issued_ms: None,
                issue_revision: None,
                name: None,
            },
            Ancestor {
                access_key_id: key(AccessKeyKind::Temporary),
                principal: None,
                issued_ms: Some(start().millis()),
                issue_revision: Some(41),
                name: Some("night-shift".to_owned()),
            },
        ],
        federation: Some(Federation {
            provider: "arn:aws:iam::123456789012:oidc-provider/issuer.example".to_owned(),
            keys: vec![FederationKey {
                name: "issuer.example:amr".to_owned(),
                values: vec!["pwd".to_owned(), "otp".to_owned()],
                is_multivalued: true,
            }],
        }),
        person: Some("a1b2c3d4-0000-4000-8000-000000000000".to_owned()),
    }
}

fn master() -> MasterKey {
    MasterKey::generate(&World::system()).unwrap()
}

fn first(master: &MasterKey) -> KeyRingRecord {
    Ring::first_record(start(), master, &SystemEntropy)
}

#[test]
fn what_was_sealed_is_opened() {
    let master = master();
    let ring = Ring::open("one", first(&master), &master).unwrap();
    for subject in [
        claims().subject,
        Subject::Root,
        Subject::User { user: "AIDAABCDEFGHIJKLMNOPQ".parse().unwrap() },
        Subject::Federated { parent: None, name: "Bob".to_owned() },
        Subject::Federated { parent: Some("AIDAABCDEFGHIJKLMNOPQ".parse().unwrap()), name: "Bob".to_owned() },
    ] {
        let claims = Claims { subject, ..claims() };
        let token = ring.seal(&claims, &SystemEntropy).unwrap();
        assert_eq!(ring.open_token(&token, claims.access_key_id.as_str()), Ok(claims));
    }
}

#[test]
fn no_byte_of_a_token_can_be_changed_cut_or_added() {
    let master = master();
    let ring = Ring::open("one", first(&master), &master).unwrap();
    let claims = claims();
    let key = claims.access_key_id.as_str();
    let token = ring.seal(&claims, &SystemEntropy).unwrap();
    let bytes = STANDARD.decode(&token).unwrap();
    for at in 0..bytes.len() {
        for bit in [1_u8, 0x80] {
            let mut changed = bytes.clone();
            changed[at] ^= bit;
            assert_eq!(ring.open_token(&STANDARD.encode(changed), key), Err(CannotOpen), "byte {at}");
        }
        assert_eq!(ring.open_token(&STANDARD.encode(&bytes[..at]), key), Err(CannotOpen), "cut at {at}");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert_eq!(ring.open_token(&STANDARD.encode(longer), key), Err(CannotOpen));
    for text in [format!("{token}AAAA"), format!(" {token}"), token.to_lowercase(), "A".repeat(5000)] {
        assert_eq!(ring.open_token(&text, key), Err(CannotOpen));
    }
}

#[test]
fn a_token_is_good_beside_its_own_key_and_where_it_was_made() {
    let master = master();
    let record = first(&master);
    let ring = Ring::open("one", record.clone(), &master).unwrap();
    let (mine, other) = (claims(), claims());
    let token = ring.seal(&mine, &SystemEntropy).unwrap();
    let key = mine.access_key_id.as_str();
    assert!(ring.open_token(&token, key).is_ok());
    assert_eq!(ring.open_token(&token, other.access_key_id.as_str()), Err(CannotOpen));
    let elsewhere = Ring::open("two", record, &master).unwrap();
    assert_eq!(elsewhere.open_token(&token, key), Err(CannotOpen));
    // Another ring of the same numbers holds other keys.
    let stranger = Ring::open("one", first(&master), &master).unwrap();
    assert_eq!(stranger.open_token(&token, key), Err(CannotOpen));
}

#[test]
fn a_token_cannot_be_passed_off_as_sealed_by_another_key_of_the_ring() {
    let master = master();
    let old = Ring::open("one", first(&master), &master).unwrap();
    let ring = Ring::open("one", old.rotated(after(24 * HOUR), &master, &SystemEntropy), &master).unwrap();
    let claims = claims();
    let mut bytes = STANDARD.decode(ring.seal(&claims, &SystemEntropy).unwrap()).unwrap();
    assert_eq!(bytes[1..5], [0, 0, 0, 2]);
    bytes[4] = 1;
    assert_eq!(ring.open_token(&STANDARD.encode(bytes), claims.access_key_id.as_str()), Err(CannotOpen));
}

#[test]
fn a_copied_ring_opens_under_its_own_master_key_only() {
    let (mine, other) = (master(), master());
    assert!(Ring::open("one", first(&mine), &other).is_err());
    assert!(Ring::open("one", KeyRingRecord { keys: Vec::new() }, &mine).is_err());
}

#[test]
fn a_replaced_key_opens_for_36_hours_and_is_then_destroyed() {
    let master = master();
    let mut record = first(&master);
    let open = |record: &KeyRingRecord| Ring::open("one", record.clone(), &master).unwrap();
    assert!(!open(&record).is_due(after(24 * HOUR - 1)) && open(&record).is_due(after(24 * HOUR)));
    let claims = claims();
    let token = open(&record).seal(&claims, &SystemEntropy).unwrap();
    let opens =
        |record: &KeyRingRecord| open(record).open_token(&token, claims.access_key_id.as_str()).is_ok();
    record = open(&record).rotated(after(24 * HOUR), &master, &SystemEntropy);
    assert_eq!(open(&record).key_ids(), [1, 2]);
    assert!(opens(&record) && !open(&record).is_due(after(24 * HOUR)));
    record = open(&record).rotated(after(48 * HOUR), &master, &SystemEntropy);
    assert!(opens(&record));
    // The longest session sealed in the last moment of the first key ends 60 hours after the beginning.
    assert!(!open(&record).has_spent(after(60 * HOUR)));
    assert_eq!(open(&record).pruned(after(60 * HOUR)), record);
    assert!(open(&record).has_spent(after(60 * HOUR + 60)));
    record = open(&record).pruned(after(60 * HOUR + 60));
    assert_eq!(open(&record).key_ids(), [2, 3]);
    assert!(!opens(&record));
    // Numbers are not used again, and the sealing key is never destroyed.
    record = open(&record).pruned(after(1000 * HOUR));
    assert_eq!(open(&record).key_ids(), [3]);
    record = open(&record).rotated(after(1000 * HOUR), &master, &SystemEntropy);
    assert_eq!(open(&record).key_ids(), [3, 4]);
}

#[test]
fn a_secret_is_not_compressed_with_what_a_caller_chose() {
    let claims = claims();
    // The same claims with a tag that repeats the secret are longer by the whole tag: nothing of it was found.
    let master = master();
    let ring = Ring::open("one", first(&master), &master).unwrap();
    let length = |value: &str| {
        let mut claims = claims.clone();
        claims.passed.tags.set(Tag { key: "guess".to_owned(), value: value.to_owned() });
        ring.seal(&claims, &SystemEntropy).unwrap().len()
    };
    let wrong = secret_access_key(&SystemEntropy);
    let (right, wrong) = (length(claims.secret.expose_text()), length(wrong.expose_text()));
    assert!(right.abs_diff(wrong) <= 8, "{right} and {wrong}");
}
