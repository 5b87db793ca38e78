use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use portcullis_base::unique_id::AccessKeyKind;
use portcullis_base::world::SystemEntropy;
use portcullis_base::{Timestamp, UniqueIdKind};
use portcullis_store::record::SessionKind;
use portcullis_store::{Transaction, memory};

use super::*;
use crate::actions::testing::{ALLOW_ALL, Creds, Ground, trust};

const ACCOUNT: &str = "123456789012";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn account() -> AccountId {
    ACCOUNT.parse().unwrap()
}

fn record(role: UniqueId, name: &str, issued: Timestamp, chain: &[&AccessKeyId]) -> SessionRecord {
    let (parent, above) = chain.split_last().unwrap();
    SessionRecord {
        access_key_id: AccessKeyId::generate(AccessKeyKind::Temporary, account(), &SystemEntropy),
        kind: SessionKind::AssumeRole,
        account: account(),
        principal: Some(role),
        arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/r/{name}"),
        name: Some(name.to_owned()),
        issued,
        expires: issued.plus(Duration::from_mins(15)),
        parent: Some((*parent).clone()),
        source_identity: None,
        caller_arn: "arn:aws:iam::123456789012:user/alice".to_owned(),
        source_ip: "127.0.0.1".to_owned(),
        user_agent: "test".to_owned(),
        above: (!above.is_empty()).then(|| above.iter().map(ToString::to_string).collect()),
        token_mark: Some(token_mark(name)),
        claims: None,
        provider: None,
        person: None,
    }
}

fn put(record: &SessionRecord) -> (Key, Vec<u8>) {
    (Key::session(&record.access_key_id), codec::to_bytes(record))
}

fn change(revision: u64, records: &[SessionRecord]) -> Change {
    Change { revision: Revision(revision), puts: records.iter().map(put).collect(), deletes: Vec::new() }
}

fn role() -> UniqueId {
    UniqueId::generate(UniqueIdKind::Role, &SystemEntropy)
}

fn long_term() -> AccessKeyId {
    AccessKeyId::generate(AccessKeyKind::LongTerm, account(), &SystemEntropy)
}

fn keys(sessions: &[Arc<Live>]) -> Vec<AccessKeyId> {
    let mut keys: Vec<_> = sessions.iter().map(|live| live.access_key_id.clone()).collect();
    keys.sort();
    keys
}

#[test]
fn a_session_is_found_by_all_that_it_has_until_it_ends() {
    let (sessions, key, role) = (Sessions::default(), long_term(), role());
    let made = SessionRecord {
        source_identity: Some("mary".to_owned()),
        ..record(role, "deploy", at(1000), &[&key])
    };
    sessions.apply(&change(7, std::slice::from_ref(&made)));
    let id = &made.access_key_id;
    let found = |now: Timestamp| {
        [
            sessions.get(id, now).into_iter().collect(),
            sessions.children(&key, now),
            sessions.descendants(&key, now),
            sessions.of_principal(role, now),
            sessions.of_name(role, "deploy", now),
            sessions.of_source_identity("mary", now),
        ]
    };
    for live in found(at(1899)) {
        assert_eq!(keys(&live), std::slice::from_ref(id));
    }
    for live in found(at(1900)) {
        assert!(live.is_empty());
    }
    let live = sessions.get(id, at(1000)).unwrap();
    assert_eq!((live.arn(), live.parent(), live.revision), (made.arn, key.as_str(), Revision(7)));
    assert!(sessions.of_federated(account(), "deploy", at(1000)).is_empty());
    assert!(
        sessions
            .of_name(UniqueId::generate(UniqueIdKind::Role, &SystemEntropy), "deploy", at(1000))
            .is_empty()
    );
}

#[test]
fn a_change_told_twice_keeps_what_was_seen_and_a_delete_leaves_nothing() {
    let (sessions, key) = (Sessions::default(), long_term());
    let made = [record(role(), "a", at(1000), &[&key])];
    let id = &made[0].access_key_id;
    sessions.apply(&change(1, &made));
    sessions.get(id, at(1000)).unwrap().see("s3", IpAddr::V4(Ipv4Addr::LOCALHOST), Outcome::Denied, at(1001));
    sessions.apply(&change(1, &made));
    let live = sessions.get(id, at(1000)).unwrap();
    assert_eq!(live.verdicts(), (0, 1));
    let used =
        |service: &str| UsedFilter { service: Some(service.to_owned()), denied: 1, ..UsedFilter::default() };
    let listed =
        |used| sessions.list(&Filter { used, ..Filter::default() }, None, 9, at(1002)).sessions.len();
    assert_eq!((listed(used("s3")), listed(used("iam"))), (1, 0));
    let deletes = vec![Key::session(id)];
    sessions.apply(&Change { revision: Revision(2), puts: Vec::new(), deletes });
    assert_eq!(sessions.count(), 0);
    assert!(sessions.children(&key, at(1000)).is_empty() && sessions.get(id, at(1000)).is_none());
    assert!(sessions.list(&Filter::default(), None, 10, at(1000)).sessions.is_empty());
}

#[test]
fn descendants_are_found_past_a_session_that_is_gone() {
    let (sessions, key) = (Sessions::default(), long_term());
    let first = record(role(), "first", at(1000), &[&key]);
    let second = record(role(), "second", at(1500), &[&key, &first.access_key_id]);
    let third = record(role(), "third", at(1600), &[&key, &first.access_key_id, &second.access_key_id]);
    sessions.apply(&change(1, &[first.clone(), second.clone(), third.clone()]));
    sessions.apply(&Change {
        revision: Revision(2),
        puts: Vec::new(),
        deletes: vec![Key::session(&second.access_key_id)],
    });
    assert_eq!(
        keys(&sessions.descendants(&first.access_key_id, at(1700))),
        std::slice::from_ref(&third.access_key_id)
    );
    assert!(sessions.children(&first.access_key_id, at(1700)).is_empty());
    let third = sessions.get(&third.access_key_id, at(1700)).unwrap();
    let chain: Vec<&str> = third.ancestors().collect();
    assert_eq!(chain, [key.as_str(), first.access_key_id.as_str(), second.access_key_id.as_str()]);
}

#[test]
fn pages_have_everything_once_in_order_whatever_comes_between() {
    let (sessions, key, role) = (Sessions::default(), long_term(), role());
    let made: Vec<SessionRecord> =
        (0..2000).map(|n| record(role, &format!("s{}", n % 3), at(1000 + n / 5), &[&key])).collect();
    sessions.apply(&change(1, &made));
    let wanted = Filter { any_of: vec![vec![Which::Name("s1".to_owned())]], ..Filter::default() };
    for filter in [wanted, Filter::default(), Filter { account: Some(account()), ..Filter::default() }] {
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let page = sessions.list(&filter, before, 7, at(1001));
            found.extend(page.sessions);
            // The token of one node is good on another.
            before = page.next.map(|place| Place::of_text(&place.text()).unwrap());
            if before.is_none() {
                break;
            }
            let later = record(role, "s1", at(3000), &[&key]);
            sessions.apply(&change(2, &[later]));
        }
        let count =
            made.iter().filter(|it| filter.any_of.is_empty() || it.name.as_deref() == Some("s1")).count();
        found.retain(|live| live.issued < at(3000));
        assert_eq!(found.len(), count);
        assert!(found.is_sorted_by_key(|live| std::cmp::Reverse(live.issued)));
    }
}

#[test]
fn a_filter_that_fits_hardly_anything_gives_short_pages_that_come_to_an_end() {
    let (sessions, key, role) = (Sessions::default(), long_term(), role());
    let mut made: Vec<SessionRecord> =
        (0..15_000).map(|n| record(role, "s", at(1000 + n / 100), &[&key])).collect();
    made[0].source_ip = "10.0.0.1".to_owned();
    sessions.apply(&change(1, &made));
    let filter = Filter { source_ip: Some("10.0.0.1".to_owned()), ..Filter::default() };
    let first = sessions.list(&filter, None, 10, at(1001));
    assert!(first.sessions.is_empty());
    let second = sessions.list(&filter, Some(first.next.unwrap()), 10, at(1001));
    assert_eq!(keys(&second.sessions), [made[0].access_key_id.clone()]);
    assert!(second.next.is_none());
}

#[tokio::test]
async fn a_start_reads_what_the_store_has_and_a_lost_history_keeps_what_was_seen() {
    let (engine, key) = (memory(), long_term());
    let made: Vec<SessionRecord> = (0..40).map(|n| record(role(), "s", at(1000 + n), &[&key])).collect();
    let mut revision = Revision::ZERO;
    for record in &made {
        let (key, value) = put(record);
        revision = engine.commit(Transaction::new().put(key, value)).await.unwrap();
    }
    let sessions = Sessions::take_up(&engine).await.unwrap();
    assert_eq!(sessions.count(), made.len());
    let last = sessions.get(&made[39].access_key_id, at(1001)).unwrap();
    assert_eq!(last.revision, revision);
    last.see("s3", IpAddr::V4(Ipv4Addr::LOCALHOST), Outcome::Allowed, at(1040));
    engine.commit(Transaction::new().delete(Key::session(&made[0].access_key_id))).await.unwrap();
    sessions.take_up_again(&engine).await.unwrap();
    assert_eq!(sessions.count(), made.len() - 1);
    assert_eq!(sessions.get(&made[39].access_key_id, at(1001)).unwrap().verdicts(), (1, 0));
}

#[tokio::test]
async fn whoever_sees_a_revision_finds_every_session_that_was_made_until_then() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    for number in 0..20 {
        let answer =
            ground.ask(&alice, "sts", "GetSessionToken", portcullis_base::Value::structure()).await.unwrap();
        // A change that the reply waits for, as a revocation is.
        ground.user(&format!("user-{number}"), None).await;
        let id: AccessKeyId = Creds::issued(&answer).key.parse().unwrap();
        let now = ground.service.world.clock.now();
        let live = ground.service.sessions.get(&id, now).unwrap();
        assert!(live.revision < ground.service.snapshot().revision);
    }
}

#[tokio::test]
async fn the_chain_of_a_record_is_that_of_its_token() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let account = format!("arn:aws:iam::{ACCOUNT}:root");
    let role = ground.role_with("r", &trust(&["sts:AssumeRole"], &account), Some(ALLOW_ALL), |_| {}).await;
    let assume = async |creds: &Creds, name: &str| {
        let input = portcullis_base::Value::structure();
        let input = input.with("RoleArn", role.as_str()).with("RoleSessionName", name);
        Creds::issued(&ground.ask(creds, "sts", "AssumeRole", input).await.unwrap())
    };
    let first = assume(&alice, "one").await;
    let second = assume(&first, "two").await;
    let third = assume(&second, "three").await;
    ground.service.catch_up().await;
    let live =
        ground.service.sessions.get(&third.key.parse().unwrap(), ground.service.world.clock.now()).unwrap();
    let chain: Vec<&str> = live.ancestors().collect();
    assert_eq!(chain, [&alice.key, &first.key, &second.key]);
    let found = Filter {
        any_of: vec![
            Handle::parse(&third.token.unwrap()).which(&ground.service.snapshot(), ground.account()),
        ],
        ..Filter::default()
    };
    let listed = ground.service.sessions.list(&found, None, 10, ground.service.world.clock.now());
    assert_eq!(keys(&listed.sessions), std::slice::from_ref(&live.access_key_id));
}
