//! What is forgotten of an organization's past, and what is not.

use std::time::Duration;

use portcullis_base::{AccountId, Tags, Timestamp, Value};
use portcullis_store::record::{AccountRecord, CreateAccountRecord, HandshakeRecord};

use super::create_account::REQUESTS_MAX;
use super::invite_account_to_organization::{FORGOTTEN_MAX, KEPT_S};
use crate::actions::testing::Ground;
use crate::draft::Draft;

/// Records that one transaction takes.
const AT_ONCE: usize = 50;

async fn ground() -> Ground {
    let ground = Ground::new().await;
    let features = Value::structure().with("FeatureSet", "ALL");
    ground.ask(&ground.root, "organizations", "CreateOrganization", features).await.unwrap();
    ground
}

async fn write<T>(ground: &Ground, records: &[T], put: impl Fn(&mut Draft, &T)) {
    for some in records.chunks(AT_ONCE) {
        let mut draft = Draft::new();
        for record in some {
            put(&mut draft, record);
        }
        ground.write(draft).await;
    }
}

#[tokio::test]
async fn of_many_requests_to_make_accounts_the_oldest_is_forgotten() {
    let ground = ground().await;
    let now = ground.service.world.clock.now();
    let request = |at: usize| CreateAccountRecord {
        // Ids in another order than the dates.
        id: format!("car-{:032}", (at * 7) % REQUESTS_MAX),
        account_name: format!("n{at}"),
        requested: Timestamp::from_millis(now.millis() - 1_000_000 + i64::try_from(at).unwrap()),
        account: None,
        failure: Some("EMAIL_ALREADY_EXISTS".to_owned()),
    };
    let requests: Vec<_> = (0..REQUESTS_MAX - 1).map(request).collect();
    write(&ground, &requests, Draft::put_create_account).await;
    let oldest = || {
        let snapshot = ground.service.snapshot();
        let requests = || snapshot.accounts.requests();
        let oldest = requests().min_by_key(|held| held.requested).map(|held| held.account_name.clone());
        (requests().count(), oldest.unwrap())
    };
    let make = async |name: &str| {
        let email = format!("{name}@example.com");
        let input = Value::structure().with("Email", email).with("AccountName", name);
        ground.ask(&ground.root, "organizations", "CreateAccount", input).await.unwrap()
    };
    make("one").await;
    assert_eq!(oldest(), (REQUESTS_MAX, "n0".to_owned()), "as many as are remembered");
    let answer = make("two").await;
    assert_eq!(oldest(), (REQUESTS_MAX, "n1".to_owned()));
    make("three").await;
    assert_eq!(oldest(), (REQUESTS_MAX, "n2".to_owned()));
    // What is asked about lately is told.
    let id = answer.member("CreateAccountStatus").unwrap().text("Id").unwrap();
    let input = Value::structure().with("CreateAccountRequestId", id);
    let told = ground.ask(&ground.root, "organizations", "DescribeCreateAccountStatus", input).await.unwrap();
    assert_eq!(told.member("CreateAccountStatus").unwrap().text("State"), Some("SUCCEEDED"));
}

#[tokio::test]
async fn invitations_that_ended_long_ago_are_forgotten_and_no_others() {
    let ground = ground().await;
    let now = ground.service.world.clock.now();
    let ids: Vec<AccountId> = (1..=3).map(|at| format!("22223333444{at}").parse().unwrap()).collect();
    let alone = |id: &AccountId| AccountRecord {
        id: *id,
        name: id.to_string(),
        email: format!("{id}@example.com"),
        created: now,
        is_closed: false,
        membership: None,
    };
    write(&ground, &ids.iter().map(alone).collect::<Vec<_>>(), Draft::put_account).await;
    let invitation = |name: &str, state: &str, expires: Timestamp| HandshakeRecord {
        id: format!("h-{name:0>32}"),
        account: ids[2],
        target: ("ACCOUNT".to_owned(), ids[2].to_string()),
        requested: Timestamp::from_millis(now.millis() - 100 * 24 * 3_600_000),
        expires,
        state: state.to_owned(),
        notes: None,
        tags: Tags::new(),
    };
    let ago = |seconds: u64| Timestamp::from_millis(now.millis() - i64::try_from(seconds * 1000).unwrap());
    let old = ago(KEPT_S + 1);
    let mut records: Vec<HandshakeRecord> = (0..FORGOTTEN_MAX + 2)
        .map(|at| invitation(&format!("old{at}"), if at % 2 == 0 { "DECLINED" } else { "OPEN" }, old))
        .collect();
    records.push(invitation("kept", "CANCELED", ago(KEPT_S)));
    records.push(invitation("expired", "OPEN", ago(1)));
    records.push(invitation("accepted", "ACCEPTED", now.plus(Duration::from_hours(1))));
    records.push(invitation("open", "OPEN", now.plus(Duration::from_hours(1))));
    write(&ground, &records, Draft::put_handshake).await;
    let invite = async |id: &AccountId| {
        let party = Value::structure().with("Type", "ACCOUNT").with("Id", id.to_string());
        let input = Value::structure().with("Target", party);
        ground.ask(&ground.root, "organizations", "InviteAccountToOrganization", input).await.unwrap();
        let snapshot = ground.service.snapshot();
        let names = snapshot.accounts.handshakes().map(|held| held.id.trim_start_matches("h-0").to_owned());
        let known = names.map(|name| name.trim_start_matches('0').to_owned());
        known.partition::<Vec<_>, _>(|name| name.starts_with("old"))
    };
    let (old, others) = invite(&ids[0]).await;
    assert_eq!((old.len(), others.len()), (2, 5), "so many at a time; the new one and those that stay");
    let (old, others) = invite(&ids[1]).await;
    assert_eq!((old.len(), others.len()), (0, 6));
    for name in ["kept", "expired", "accepted", "open"] {
        assert!(others.iter().any(|held| held == name), "{name} is forgotten: {others:?}");
    }
}
