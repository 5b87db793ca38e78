//! Places put together account by account, as changes come, and all of them put together at once are the same places.

use std::collections::BTreeMap;

use portcullis_base::{Tags, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const ORG: &str = "o-a1b2c3d4e5";
const ROOT: &str = "r-ab12";
const UNITS: [&str; 3] = ["ou-ab12-00000000", "ou-ab12-11111111", "ou-ab12-22222222"];
/// The first manages the organization.
const ACCOUNTS: [&str; 4] = ["111122223333", "222233334444", "333344445555", "444455556666"];
/// The last is never there: what is attached and not there must deny.
const POLICIES: [&str; 5] = ["p-FullAWSAccess", "p-deny0000", "p-broken00", "p-resource", "p-missing0"];
/// The last is nowhere.
const PARENTS: [&str; 5] = [ROOT, UNITS[0], UNITS[1], UNITS[2], "ou-ab12-nowhere0"];
const DENY: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}"#;

/// A record written or, with nothing in it, deleted.
#[derive(Debug, Clone)]
enum Step {
    Account { at: usize, place: Option<(usize, u8)>, is_closed: bool },
    AccountGone(usize),
    Unit { at: usize, parent: usize, attached: u8 },
    UnitGone(usize),
    Policy(usize),
    PolicyGone(usize),
    Organization { types: u8, attached: u8 },
    OrganizationGone,
}

/// What is put, by its place in the store.
type Records = BTreeMap<String, Step>;

fn attached(bits: u8) -> Vec<String> {
    let held = POLICIES.iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0);
    held.map(|(_, id)| (*id).to_owned()).collect()
}

fn id(at: usize) -> AccountId {
    ACCOUNTS[at].parse().unwrap()
}

fn account(at: usize, place: Option<(usize, u8)>, is_closed: bool) -> AccountRecord {
    let membership = place.map(|(parent, bits)| MembershipRecord {
        parent: PARENTS[parent].to_owned(),
        joined: Timestamp::EPOCH,
        is_invited: false,
        attached: attached(bits),
        tags: Tags::new(),
    });
    let (name, email) = (format!("a{at}"), format!("a{at}@example.com"));
    AccountRecord { id: id(at), name, email, created: Timestamp::EPOCH, is_closed, membership }
}

fn policy(at: usize) -> OrganizationPolicyRecord {
    OrganizationPolicyRecord {
        id: POLICIES[at].to_owned(),
        name: format!("p{at}"),
        description: String::new(),
        kind: if at == 3 { RCP } else { SCP }.to_owned(),
        text: if at == 2 { "nonsense" } else { DENY }.to_owned(),
        tags: Tags::new(),
    }
}

fn organization(types: u8, bits: u8) -> OrganizationRecord {
    let kinds = [SCP, RCP].into_iter().enumerate().filter(|(at, _)| types & (1 << at) != 0);
    OrganizationRecord {
        id: ORG.to_owned(),
        management: id(0),
        root_id: ROOT.to_owned(),
        created: Timestamp::EPOCH,
        policy_types: kinds.map(|(_, kind)| kind.to_owned()).collect(),
        attached: attached(bits),
        tags: Tags::new(),
        services: Vec::new(),
        administrators: Vec::new(),
        root_features: Vec::new(),
        resource_policy: None,
    }
}

/// Does a step, and notes what is there after it.
fn take(step: &Step, accounts: &mut Accounts, records: &mut Records) {
    let key = match step {
        Step::Account { at, .. } | Step::AccountGone(at) => format!("account {at}"),
        Step::Unit { at, .. } | Step::UnitGone(at) => format!("unit {at}"),
        Step::Policy(at) | Step::PolicyGone(at) => format!("policy {at}"),
        Step::Organization { .. } | Step::OrganizationGone => "organization".to_owned(),
    };
    records.remove(&key);
    let put = || records.insert(key, step.clone());
    match *step {
        Step::Account { at, place, is_closed } => {
            put();
            accounts.put_account(account(at, place, is_closed));
        }
        Step::AccountGone(at) => accounts.delete_account(id(at)),
        Step::Unit { at, parent, attached: bits } => {
            put();
            accounts.put_unit(UnitRecord {
                id: UNITS[at].to_owned(),
                parent: PARENTS[parent].to_owned(),
                name: format!("u{at}"),
                attached: attached(bits),
                tags: Tags::new(),
            });
        }
        Step::UnitGone(at) => accounts.delete_unit(UNITS[at]),
        Step::Policy(at) => {
            put();
            accounts.put_policy(policy(at));
        }
        Step::PolicyGone(at) => accounts.delete_policy(POLICIES[at]),
        Step::Organization { types, attached } => {
            put();
            accounts.put_organization(organization(types, attached));
        }
        Step::OrganizationGone => accounts.delete_organization(),
    }
}

/// The same records put together at once.
fn anew(records: &Records) -> Accounts {
    let (mut accounts, mut again) = (Accounts::default(), Records::new());
    for step in records.values() {
        take(step, &mut accounts, &mut again);
    }
    accounts.unsettled = Unsettled::Everybody;
    accounts.settle();
    accounts
}

/// All that a request could see of the places.
fn seen(accounts: &Accounts) -> Vec<String> {
    let levels = |rails: &Option<Vec<Arc<super::super::guardrail::Level>>>| {
        let level = |level: &Arc<super::super::guardrail::Level>| {
            let policies = level.iter().map(|(arn, document)| format!("{arn} {document:?}"));
            policies.collect::<Vec<_>>()
        };
        rails.as_ref().map(|rails| rails.iter().map(level).collect::<Vec<_>>())
    };
    let place = |place: &Arc<Place>| {
        let Place { organization, paths, scps, rcps } = place.as_ref();
        format!("{organization} {paths:?} {:?} {:?}", levels(scps), levels(rcps))
    };
    let one = |at| format!("{at} {:?}", accounts.place(id(at)).map(place));
    (0..ACCOUNTS.len()).map(one).collect()
}

fn beginning() -> Vec<Step> {
    let unit = |at, parent| Step::Unit { at, parent, attached: 1 };
    let policies = (1..4).map(Step::Policy);
    let first = [Step::Organization { types: 3, attached: 1 }, unit(0, 0), unit(1, 1), unit(2, 0)];
    first.into_iter().chain(policies).collect()
}

/// Does transactions one after another, and holds the places against those put together anew after each.
fn follow(transactions: &[Vec<Step>]) {
    let (mut accounts, mut records) = (Accounts::default(), Records::new());
    for steps in std::iter::once(&beginning()).chain(transactions) {
        for step in steps {
            take(step, &mut accounts, &mut records);
        }
        accounts.settle();
        assert_eq!(seen(&accounts), seen(&anew(&records)), "after {steps:?}");
    }
}

fn step() -> impl Strategy<Value = Step> {
    let place = proptest::option::weighted(0.8, (0..PARENTS.len(), 0..32_u8));
    prop_oneof![
        12 => (0..ACCOUNTS.len(), place, any::<bool>())
            .prop_map(|(at, place, is_closed)| Step::Account { at, place, is_closed }),
        3 => (0..ACCOUNTS.len()).prop_map(Step::AccountGone),
        // A unit lies in an earlier one, or in none.
        1 => (0..UNITS.len(), 0..PARENTS.len(), 0..32_u8).prop_map(|(at, parent, attached)| Step::Unit {
            at,
            parent: if parent > at && parent < 4 { at } else { parent },
            attached,
        }),
        1 => (0..UNITS.len()).prop_map(Step::UnitGone),
        1 => (1..4_usize).prop_map(Step::Policy),
        1 => (1..4_usize).prop_map(Step::PolicyGone),
        1 => (0..4_u8, 0..32_u8).prop_map(|(types, attached)| Step::Organization { types, attached }),
        1 => Just(Step::OrganizationGone),
    ]
}

#[test]
fn an_account_that_comes_moves_is_closed_or_leaves_is_where_it_would_be_anew() {
    let at = |at, parent, bits| Step::Account { at, place: Some((parent, bits)), is_closed: false };
    let closed = Step::Account { at: 1, place: Some((2, 3)), is_closed: true };
    let left = Step::Account { at: 1, place: None, is_closed: false };
    follow(&[
        vec![at(0, 0, 1), at(1, 0, 1)],
        // Moved, given a policy, moved with others, one of them twice.
        vec![at(1, 2, 1)],
        vec![at(1, 2, 3)],
        vec![at(1, 3, 3), at(2, 1, 1), at(1, 2, 3)],
        vec![closed],
        vec![left],
        vec![at(3, 4, 1)],
        vec![Step::AccountGone(2), at(1, 1, 9)],
        // With the account, something that concerns everybody.
        vec![at(2, 3, 1), Step::Unit { at: 0, parent: 0, attached: 3 }, at(3, 1, 17)],
    ]);
}

#[test]
fn what_concerns_one_account_leaves_the_places_of_others_as_they_are() {
    let (mut accounts, mut records) = (Accounts::default(), Records::new());
    let at = |at, parent| Step::Account { at, place: Some((parent, 1)), is_closed: false };
    let steps = beginning().into_iter().chain([at(1, 0), at(2, 1)]);
    steps.for_each(|step| take(&step, &mut accounts, &mut records));
    accounts.settle();
    let before = Arc::clone(accounts.place(id(2)).unwrap());
    take(&at(1, 2), &mut accounts, &mut records);
    accounts.settle();
    assert!(Arc::ptr_eq(&before, accounts.place(id(2)).unwrap()), "it is not put together again");
    assert_eq!(accounts.place(id(1)).unwrap().paths, [format!("{ORG}/{ROOT}/{}/{}/", UNITS[0], UNITS[1])]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn places_that_followed_are_those_put_together_anew(transactions in vec(vec(step(), 1..4), 1..20)) {
        follow(&transactions);
    }
}
