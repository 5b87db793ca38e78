//! Sealed bytes open where they belong, under the key that sealed them, and nowhere else.

use std::{fs, os::unix::fs::PermissionsExt};

use super::*;
use crate::{conformance::Scratch, engine::memory};

fn master() -> MasterKey {
    MasterKey::generate(&World::system()).unwrap()
}

/// A directory that exists, and a path in it.
fn place(name: &str) -> (Scratch, std::path::PathBuf) {
    let scratch = Scratch::new(name);
    fs::create_dir_all(scratch.path()).unwrap();
    let path = scratch.path().join("master.key");
    (scratch, path)
}

fn detail(result: Result<MasterKey, StoreError>) -> String {
    match result {
        Err(StoreError::MasterKey { detail, .. }) => detail,
        other => panic!("{other:?}"),
    }
}

fn write(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_was_sealed_opens() {
    let master = master();
    let long = vec![7; 100_000];
    for text in [b"".as_slice(), b"x", &long] {
        let sealed = master.seal(b"place", text);
        assert_eq!(master.open(b"place", &sealed).unwrap().expose_bytes(), text);
        assert_eq!(sealed.len(), 1 + 12 + text.len() + 16);
    }
}

#[test]
fn equal_secrets_do_not_look_equal() {
    let master = master();
    assert_ne!(master.seal(b"place", b"secret"), master.seal(b"place", b"secret"));
}

#[test]
fn sealed_bytes_do_not_open_in_another_place_or_under_another_key() {
    let master = master();
    let sealed = master.seal(b"i/key/AKIA1", b"secret");
    assert!(matches!(master.open(b"i/key/AKIA2", &sealed), Err(StoreError::Unsealable { .. })));
    assert!(matches!(master.open(b"", &sealed), Err(StoreError::Unsealable { .. })));
    assert!(matches!(self::master().open(b"i/key/AKIA1", &sealed), Err(StoreError::Unsealable { .. })));
}

#[test]
fn every_single_change_of_sealed_bytes_is_noticed() {
    let master = master();
    let sealed = master.seal(b"place", b"secret");
    for at in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[at] ^= 1;
        assert!(master.open(b"place", &altered).is_err(), "byte {at}");
        assert!(master.open(b"place", &sealed[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn the_file_is_made_once_for_the_owner_alone_and_read_again() {
    let (scratch, path) = place("key-file");
    let world = World::system();
    let made = MasterKey::load_or_create(&path, &world).unwrap();
    let read = MasterKey::load_or_create(&path, &world).unwrap();
    assert_eq!(made.fingerprint(), read.fingerprint());
    let sealed = made.seal(b"place", b"secret");
    assert_eq!(read.open(b"place", &sealed).unwrap().expose_text(), "secret");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1);
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().next(), Some("portcullis master key 1"));
    assert!(!text.contains(&made.fingerprint().to_string()));
}

#[test]
fn a_file_that_others_may_read_is_refused() {
    let (_scratch, path) = place("key-mode");
    MasterKey::load_or_create(&path, &World::system()).unwrap();
    for mode in [0o640, 0o604, 0o660, 0o601] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let refused = detail(MasterKey::load(&path, &World::system()));
        assert!(refused.contains("set its mode to 600"), "{refused}");
    }
}

#[test]
fn a_file_that_holds_something_else_is_refused_and_left_as_it_is() {
    let (_scratch, path) = place("key-other");
    let digits = "0".repeat(64);
    let header = "portcullis master key 1";
    let texts = [
        String::new(),
        header.to_owned(),
        digits.clone(),
        format!("portcullis master key 2\n{digits}\n"),
        format!("{header}\n{}\n", &digits[1..]),
        format!("{header}\n{digits}\n{digits}\n"),
        format!("{header}\n{}\n", "x".repeat(64)),
        "store".repeat(4096),
    ];
    for text in texts {
        write(&path, &text, 0o600);
        detail(MasterKey::load_or_create(&path, &World::system()));
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    write(&path, &format!("{header}\n{digits}"), 0o600);
    MasterKey::load(&path, &World::system()).unwrap();
}

#[tokio::test]
async fn a_store_knows_its_master_key() {
    let (_scratch, path) = place("key-store");
    let world = World::system();
    let engine = memory();
    let made = MasterKey::for_store(&path, &engine, &world).await.unwrap();
    let again = MasterKey::for_store(&path, &engine, &world).await.unwrap();
    assert_eq!(made.fingerprint(), again.fingerprint());

    fs::remove_file(&path).unwrap();
    let missing = detail(MasterKey::for_store(&path, &engine, &world).await);
    assert!(missing.contains("put the key back"), "{missing}");
    assert!(!path.exists(), "no key that opens nothing is made");

    MasterKey::load_or_create(&path, &world).unwrap();
    let wrong = detail(MasterKey::for_store(&path, &engine, &world).await);
    assert!(wrong.contains(&made.fingerprint().to_string()), "{wrong}");
}

#[test]
fn a_master_key_does_not_print() {
    let master = master();
    assert_eq!(format!("{master:?}"), format!("MasterKey({})", master.fingerprint()));
}
