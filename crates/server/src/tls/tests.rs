//! Files that are a pair, and files that are not.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use portcullis_base::world::World;

use super::*;

/// A directory that goes with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("portcullis-tls-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn authority(&self, below: &str) -> Authority {
        let listens = "192.0.2.7".parse().unwrap();
        Authority::open(&self.0.join(below), listens, &["s3.test".to_owned()], &World::system()).unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn an_authority_is_made_once_and_its_files_are_its_owners() {
    let scratch = Scratch::new("authority");
    let first = scratch.authority("tls");
    let (ca, server) = (std::fs::read(&first.cert).unwrap(), std::fs::read(&first.pair.cert).unwrap());
    let second = scratch.authority("tls");
    assert_eq!(std::fs::read(&second.cert).unwrap(), ca, "what clients trust stays");
    assert_ne!(std::fs::read(&second.pair.cert).unwrap(), server, "the server's own is made anew");
    for file in std::fs::read_dir(scratch.0.join("tls")).unwrap() {
        let mode = file.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
    assert!(Tls::new(second.pair).is_ok());
}

#[test]
fn files_that_are_no_pair_are_refused_by_name_and_what_was_used_stays() {
    let scratch = Scratch::new("pair");
    let (one, other) = (scratch.authority("one").pair, scratch.authority("other").pair);
    let error = |pair: Pair| Tls::new(pair).err().unwrap().to_string();
    let mixed = Pair { cert: one.cert.clone(), key: other.key.clone() };
    let said = error(mixed);
    assert!(said.contains("server.pem") && said.contains("server.key"), "{said}");
    let gone = Pair { cert: scratch.0.join("nowhere"), key: one.key.clone() };
    assert!(error(gone).contains("nowhere cannot be read"));
    let swapped = Pair { cert: one.key.clone(), key: one.cert.clone() };
    assert!(error(swapped).contains("holds no certificate"));
    let keyless = Pair { cert: one.cert.clone(), key: one.cert.clone() };
    assert!(error(keyless).contains("holds no private key"));
    let tls = Tls::new(one.clone()).unwrap();
    let before = tls.current.0.load_full();
    std::fs::write(&one.key, "nonsense").unwrap();
    assert!(tls.reload().is_err());
    assert!(Arc::ptr_eq(&before, &tls.current.0.load_full()));
    std::fs::copy(&other.key, &one.key).unwrap();
    std::fs::copy(&other.cert, &one.cert).unwrap();
    tls.reload().unwrap();
    assert!(!Arc::ptr_eq(&before, &tls.current.0.load_full()));
}
