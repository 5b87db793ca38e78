//! A snapshot that followed every change and one that was loaded at the end are the same snapshot.

mod federation;

use std::collections::{BTreeMap, BTreeSet};

use ecow::EcoString;
use portcullis_base::name::FoldedName;
use portcullis_base::unique_id::AccessKeyKind;
use portcullis_base::world::{Entropy, SystemEntropy, World};
use portcullis_base::{Tags, Timestamp, UniqueIdKind};
use portcullis_policy::serving::Compiled;
use portcullis_store::record::{
    AccessKeyRecord, BucketRecord, DocumentRecord, EpochRecord, GroupRecord, InlinePolicyRecord,
    PolicyRecord, PolicyVersionRecord, RoleRecord, UserRecord,
};
use portcullis_store::{Change, Engine, Key, MasterKey, Transaction, codec, memory};
use proptest::collection::vec;
use proptest::prelude::*;
use thin_vec::{ThinVec, thin_vec};

use super::*;
use crate::follow::load;

const ALLOW: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*"}}"#;
/// Not a policy; what is stored so must deny.
const NONSENSE: &str = "nonsense";

/// How many there are of each kind of thing, and how many names they share.
const THINGS: u8 = 4;
const NAMES: [&str; 5] = ["alice", "Bob", "BOB", "carol", "dora"];

/// What there is to be found in the universe of these tests.
struct Universe {
    account: AccountId,
    master: MasterKey,
    users: Vec<UniqueId>,
    roles: Vec<UniqueId>,
    groups: Vec<UniqueId>,
    policies: Vec<UniqueId>,
    devices: Vec<UniqueId>,
    issuers: Vec<UniqueId>,
    providers: Vec<UniqueId>,
    keys: Vec<AccessKeyId>,
}

/// Random bytes that are the same each time.
struct Counting(std::sync::atomic::AtomicU8);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
    }
}

impl Universe {
    fn new() -> Self {
        let account: AccountId = "123456789012".parse().unwrap();
        let entropy = Counting(0.into());
        let ids = |kind| (0..THINGS).map(|_| UniqueId::generate(kind, &entropy)).collect();
        Self {
            account,
            master: MasterKey::generate(&World::system()).unwrap(),
            users: ids(UniqueIdKind::User),
            roles: ids(UniqueIdKind::Role),
            groups: ids(UniqueIdKind::Group),
            policies: ids(UniqueIdKind::Policy),
            devices: ids(UniqueIdKind::MfaDevice),
            issuers: ids(UniqueIdKind::OidcProvider),
            providers: ids(UniqueIdKind::SamlProvider),
            keys: (0..THINGS)
                .map(|_| AccessKeyId::generate(AccessKeyKind::LongTerm, account, &SystemEntropy))
                .collect(),
        }
    }

    fn record(&self, step: &Step) -> (Key, Vec<u8>) {
        let Step { thing, name, links, flag, .. } = *step;
        let at = usize::from(thing);
        let name = EcoString::from(NAMES[usize::from(name)]);
        let path = EcoString::from(if flag { "/" } else { "/team/" });
        let (account, created) = (self.account, Timestamp::EPOCH);
        let linked = |ids: &[UniqueId]| -> ThinVec<UniqueId> {
            ids.iter().enumerate().filter(|(at, _)| links & (1 << at) != 0).map(|(_, id)| *id).collect()
        };
        let attached = linked(&self.policies);
        let boundary = flag.then(|| self.policies[at]);
        let document = |text: &str| DocumentRecord { text: text.to_owned(), principals: ThinVec::new() };
        let text = if links & 1 == 0 { ALLOW } else { NONSENSE };
        let inline = thin_vec![InlinePolicyRecord { name: name.clone(), document: document(text) }];
        match step.kind {
            Kind::User => {
                let (id, groups) = (self.users[at], linked(&self.groups));
                let tags = Tags::new();
                let record =
                    UserRecord { id, account, name, path, created, tags, boundary, attached, inline, groups };
                (Key::user(account, id), codec::to_bytes(&record))
            }
            Kind::Role => {
                let (id, tags, trust) = (self.roles[at], Tags::new(), document(TRUST));
                let (description, max_session_s) = (None, 3600);
                let record = RoleRecord {
                    id,
                    account,
                    name,
                    path,
                    created,
                    tags,
                    boundary,
                    attached,
                    inline,
                    trust,
                    description,
                    max_session_s,
                };
                (Key::role(account, id), codec::to_bytes(&record))
            }
            Kind::Group => {
                let id = self.groups[at];
                let record = GroupRecord { id, account, name, path, created, attached, inline };
                (Key::group(account, id), codec::to_bytes(&record))
            }
            Kind::Policy => {
                let id = self.policies[at];
                let versions = thin_vec![PolicyVersionRecord { number: 1, text: text.to_owned(), created }];
                let record = PolicyRecord {
                    id,
                    account,
                    name,
                    path,
                    created,
                    updated: created,
                    tags: Tags::new(),
                    description: None,
                    default_version: if flag { 1 } else { 2 },
                    last_version: 2,
                    versions,
                };
                (Key::policy(account, id), codec::to_bytes(&record))
            }
            Kind::AccessKey => self.access_key(step),
            Kind::Bucket => self.bucket(step),
            _ => self.federated(step),
        }
    }

    fn bucket(&self, step: &Step) -> (Key, Vec<u8>) {
        let nonsense = DocumentRecord { text: NONSENSE.to_owned(), principals: ThinVec::new() };
        let record = BucketRecord {
            id: format!("{}", step.links),
            name: format!("bucket-{}", step.thing),
            account: self.account,
            region: NAMES[usize::from(step.name)].to_owned(),
            created: Timestamp::EPOCH,
            policy: step.flag.then_some(nonsense),
            public_access_block: None,
            tags: Tags::new(),
        };
        (Key::bucket(&record.name), codec::to_bytes(&record))
    }

    fn access_key(&self, step: &Step) -> (Key, Vec<u8>) {
        let id = self.keys[usize::from(step.thing)].clone();
        let place = Key::access_key(&id);
        let owner = match step.links {
            0..8 => AccessKeyOwner::Root,
            links => AccessKeyOwner::User(self.users[usize::from(links % THINGS)]),
        };
        let sealed_secret = self.master.seal(&place.0, NAMES[usize::from(step.name)].as_bytes());
        let (account, is_active, created) = (self.account, step.flag, Timestamp::EPOCH);
        (place, codec::to_bytes(&AccessKeyRecord { id, account, owner, sealed_secret, is_active, created }))
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    User,
    Role,
    Group,
    Policy,
    AccessKey,
    Bucket,
    MfaDevice,
    OidcProvider,
    SamlProvider,
}

const KINDS: [Kind; 9] = [
    Kind::User,
    Kind::Role,
    Kind::Group,
    Kind::Policy,
    Kind::AccessKey,
    Kind::Bucket,
    Kind::MfaDevice,
    Kind::OidcProvider,
    Kind::SamlProvider,
];

/// One record written or deleted.
#[derive(Debug, Clone)]
struct Step {
    kind: Kind,
    thing: u8,
    name: u8,
    links: u8,
    flag: bool,
    is_deletion: bool,
}

fn step() -> impl Strategy<Value = Step> {
    (
        proptest::sample::select(KINDS.to_vec()),
        0..THINGS,
        0..5_u8,
        0..16_u8,
        any::<bool>(),
        proptest::bool::weighted(0.3),
    )
        .prop_map(|(kind, thing, name, links, flag, is_deletion)| Step {
            kind,
            thing,
            name,
            links,
            flag,
            is_deletion,
        })
}

/// The steps of one transaction, as far as they leave every name with one holder, as every action does.
fn transaction(
    universe: &Universe,
    steps: &[Step],
    names: &mut BTreeMap<Key, (Kind, FoldedName)>,
) -> Transaction {
    let mut transaction =
        Transaction::new().put(Key::epoch(), codec::to_bytes(&EpochRecord { at: Timestamp::EPOCH }));
    let mut after = names.clone();
    for step in steps {
        let (key, value) = universe.record(step);
        let is_written =
            transaction.puts.iter().any(|(held, _)| *held == key) || transaction.deletes.contains(&key);
        if is_written {
            continue;
        }
        if step.is_deletion {
            after.remove(&key);
            transaction = transaction.delete(key);
        } else {
            if !matches!(step.kind, Kind::AccessKey | Kind::Bucket) {
                after.insert(key.clone(), (step.kind, FoldedName::new(NAMES[usize::from(step.name)])));
            }
            transaction = transaction.put(key, value);
        }
    }
    let held: Vec<_> = after.values().map(|(kind, name)| format!("{kind:?} {name:?}")).collect();
    if held.iter().collect::<BTreeSet<_>>().len() < held.len() {
        return Transaction::new();
    }
    *names = after;
    transaction
}

/// Everything that anybody can see of a snapshot.
fn seen(universe: &Universe, snapshot: &Snapshot) -> Vec<String> {
    let account = universe.account;
    let mut seen = vec![format!("{} {}", snapshot.revision, snapshot.epoch)];
    macro_rules! table {
        ($table:ident, $ids:ident, $show:expr) => {
            seen.push(format!("{} {}", stringify!($table), snapshot.$table.count(account)));
            seen.extend(universe.$ids.iter().filter_map(|id| snapshot.$table.get(*id)).map($show));
            seen.extend(snapshot.$table.list(account, None).map($show));
            seen.extend(
                NAMES
                    .iter()
                    .map(|name| format!("{name} {:?}", snapshot.$table.named(account, name).map($show))),
            );
        };
    }
    table!(users, users, |user| format!("{} {:?} {:?}", user.arn, user.record, shown(user.inline())));
    table!(roles, roles, |role| format!("{} {:?} {:?}", role.arn, role.record, shown(role.inline())));
    table!(groups, groups, |group| format!("{} {:?} {:?}", group.arn, group.record, shown(group.inline())));
    table!(policies, policies, |policy| format!(
        "{} {:?} {:?}",
        policy.arn,
        policy.record,
        policy.document()
    ));
    for key in universe.keys.iter().filter_map(|id| snapshot.access_key(id)) {
        let secret = key.secret.expose_text();
        seen.push(format!("{} {:?} {secret} {} {:?}", key.id, key.owner, key.is_active, key.account));
    }
    for owner in universe.users.iter().map(|id| Some(*id)).chain([None]) {
        let keys: Vec<_> =
            snapshot.access_keys_of(account, owner).iter().map(|key| key.id.to_string()).collect();
        seen.push(format!("keys of {owner:?} {keys:?}"));
    }
    for group in &universe.groups {
        let members: Vec<_> = snapshot.members_of(*group).map(|user| user.record.id).collect();
        seen.push(format!("members of {group} {members:?}"));
    }
    for policy in &universe.policies {
        seen.push(format!(
            "usages of {policy} {:?}",
            snapshot.usages_of(universe.account, *policy).collect::<Vec<_>>()
        ));
    }
    for bucket in snapshot.buckets_after("") {
        seen.push(format!("{} {:?} {:?} {}", bucket.arn, bucket.record, bucket.policy, bucket.is_public));
    }
    seen.extend(federation::seen(universe, snapshot));
    for kind in ["user", "role", "policy"] {
        for arn in
            NAMES.iter().flat_map(|name| ["/", "/team/"].map(|path| iam_arn(account, kind, path, name)))
        {
            let policy = snapshot.policy_by_arn(&arn).map(|policy| policy.record.id);
            seen.push(format!("{arn} {:?} {policy:?}", snapshot.principal_id(&arn)));
        }
    }
    seen
}

fn shown<'a>(inline: impl Iterator<Item = (&'a str, &'a Arc<Compiled>)>) -> Vec<String> {
    inline.map(|(name, document)| format!("{name} {document:?}")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn applying_changes_comes_to_the_same_as_loading(steps in vec(vec(step(), 1..5), 1..25)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (universe, engine) = (Universe::new(), memory());
            let mut watch = engine.watch(engine.revision());
            let mut followed = Snapshot::empty(universe.account);
            let mut names = BTreeMap::new();
            for steps in &steps {
                let before = engine.revision();
                engine.commit(transaction(&universe, steps, &mut names)).await.unwrap();
                if engine.revision() > before {
                    followed = followed.apply(&watch.next().await.unwrap(), &universe.master).unwrap();
                }
            }
            let loaded = load(&engine, universe.account, &universe.master).await.unwrap();
            prop_assert_eq!(seen(&universe, &followed), seen(&universe, &loaded));
            Ok(())
        })?;
    }
}

fn put(key: Key, value: Vec<u8>) -> Change {
    Change { revision: Revision(1), puts: vec![(key, value)], deletes: Vec::new() }
}

#[test]
fn a_record_that_stands_where_another_belongs_is_not_believed() {
    let universe = Universe::new();
    let snapshot = Snapshot::empty(universe.account);
    for kind in KINDS {
        let of = |thing| {
            universe.record(&Step { kind, thing, name: thing, links: 0, flag: true, is_deletion: false })
        };
        let ((one, value), (other, _)) = (of(0), of(1));
        assert!(snapshot.apply(&put(one, value.clone()), &universe.master).is_ok(), "{kind:?}");
        assert!(snapshot.apply(&put(other, value), &universe.master).is_err(), "{kind:?}");
    }
}

#[test]
fn what_this_version_does_not_know_is_not_passed_over() {
    let universe = Universe::new();
    let snapshot = Snapshot::empty(universe.account);
    for key in ["i/", "i/revocation/1", "i/user/", "i/user/123456789012/AIDA", "i/\u{e9}/x"] {
        assert!(snapshot.apply(&put(Key::text(key), vec![0xa0]), &universe.master).is_err(), "{key}");
        let deletion = Change { revision: Revision(1), puts: Vec::new(), deletes: vec![Key::text(key)] };
        assert!(snapshot.apply(&deletion, &universe.master).is_err(), "{key}");
    }
    let outside = put(Key::text("o/anything"), Vec::new());
    assert_eq!(snapshot.apply(&outside, &universe.master).unwrap().revision, Revision(1));
}
