use portcullis_base::world::SystemEntropy;
use portcullis_base::{Tags, Timestamp};
use portcullis_store::codec;

use super::*;

fn account(number: u64) -> AccountId {
    AccountId::from_number(number).unwrap()
}

fn id(kind: UniqueIdKind) -> UniqueId {
    UniqueId::generate(kind, &SystemEntropy)
}

fn settings(number: u64, alias: Option<&str>) -> (Key, Vec<u8>) {
    let record = AccountSettingsRecord {
        account: account(number),
        alias: alias.map(str::to_owned),
        password_policy: None,
        global_token_version: None,
    };
    (Key::account_settings(account(number)), codec::to_bytes(&record))
}

fn ssh_key(id: UniqueId, user: UniqueId) -> (Key, Vec<u8>) {
    let record = SshKeyRecord {
        id,
        account: account(1),
        user,
        blob: Vec::new(),
        is_active: true,
        uploaded: Timestamp::EPOCH,
    };
    (Key::ssh_key(account(1), id), codec::to_bytes(&record))
}

fn profile(id: UniqueId, role: Option<UniqueId>) -> (Key, Vec<u8>) {
    let record = InstanceProfileRecord {
        id,
        account: account(1),
        name: id.to_string(),
        path: "/".to_owned(),
        created: Timestamp::EPOCH,
        tags: Tags::new(),
        role,
    };
    (Key::instance_profile(account(1), id), codec::to_bytes(&record))
}

fn login(user: UniqueId) -> (Key, Vec<u8>) {
    let record = LoginProfileRecord {
        user,
        account: account(1),
        created: Timestamp::EPOCH,
        changed: Timestamp::EPOCH,
        reset_required: false,
        sealed_hashes: Vec::new(),
    };
    (Key::login_profile(account(1), user), codec::to_bytes(&record))
}

fn put(held: &mut Belongings, family: &str, (key, value): &(Key, Vec<u8>)) {
    held.put(family, key, value).unwrap();
}

#[test]
fn an_alias_goes_from_one_account_to_another_in_any_order() {
    let mut held = Belongings::default();
    put(&mut held, key::ACCOUNT_SETTINGS, &settings(1, Some("one")));
    put(&mut held, key::ACCOUNT_SETTINGS, &settings(2, Some("one")));
    put(&mut held, key::ACCOUNT_SETTINGS, &settings(1, Some("two")));
    assert_eq!((held.aliased("one"), held.aliased("two")), (Some(account(2)), Some(account(1))));
    put(&mut held, key::ACCOUNT_SETTINGS, &settings(1, None));
    assert_eq!((held.aliased("one"), held.aliased("two")), (Some(account(2)), None));
    held.delete(key::ACCOUNT_SETTINGS, &settings(2, None).0).unwrap();
    assert_eq!((held.aliased("one"), held.settings_of(account(2))), (None, None));
    assert!(held.settings_of(account(1)).is_some());
}

#[test]
fn keys_profiles_and_passwords_are_found_by_their_owner_as_long_as_they_are_there() {
    let mut held = Belongings::default();
    let (user, role) = (id(UniqueIdKind::User), id(UniqueIdKind::Role));
    let (key, place) = (id(UniqueIdKind::PublicKey), id(UniqueIdKind::InstanceProfile));
    put(&mut held, key::SSH_KEYS, &ssh_key(key, user));
    put(&mut held, key::INSTANCE_PROFILES, &profile(place, Some(role)));
    put(&mut held, key::LOGIN_PROFILES, &login(user));
    let counts = |held: &Belongings| {
        let login = usize::from(held.login_of(user).is_some());
        [held.ssh_keys_of(user).count(), held.profiles_of(role).count(), login]
    };
    let before = held.clone();
    assert_eq!(counts(&held), [1, 1, 1]);
    put(&mut held, key::INSTANCE_PROFILES, &profile(place, None));
    assert_eq!(counts(&held), [1, 0, 1]);
    held.delete(key::SSH_KEYS, &ssh_key(key, user).0).unwrap();
    held.delete(key::LOGIN_PROFILES, &login(user).0).unwrap();
    held.delete(key::INSTANCE_PROFILES, &profile(place, None).0).unwrap();
    assert_eq!(counts(&held), [0, 0, 0]);
    assert_eq!((held.ssh_key(key), held.instance_profiles.count(account(1))), (None, 0));
    assert_eq!(counts(&before), [1, 1, 1]);
}

#[test]
fn what_stands_where_another_belongs_or_cannot_be_read_is_refused() {
    let of = |kind| (id(kind), id(UniqueIdKind::User));
    let pairs = |make: &dyn Fn() -> (Key, Vec<u8>)| (make().0, make().1);
    let cases = [
        (key::SSH_KEYS, pairs(&|| ssh_key(of(UniqueIdKind::PublicKey).0, of(UniqueIdKind::User).1))),
        (key::INSTANCE_PROFILES, pairs(&|| profile(of(UniqueIdKind::InstanceProfile).0, None))),
        (key::LOGIN_PROFILES, pairs(&|| login(of(UniqueIdKind::User).0))),
        (key::ACCOUNT_SETTINGS, (settings(1, None).0, settings(2, None).1)),
    ];
    for (family, (key, value)) in &cases {
        let mut held = Belongings::default();
        assert!(held.put(family, key, value).is_err(), "{family}");
        assert!(held.put(family, key, &[0xa0]).is_err(), "{family}");
        assert!(held.delete(family, &Key::text(&format!("{family}x"))).is_err(), "{family}");
    }
}
