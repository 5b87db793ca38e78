//! Starts: the first one, one that was cut short, and those with another root key.

use portcullis_base::Value;
use portcullis_base::world::{FixedClock, SystemEntropy};
use portcullis_store::decorate::{Fault, FaultyEngine};
use portcullis_store::{MemoryEngine, memory};

use super::*;
use crate::actions::testing::{ACCOUNT, Asked, BEGINNING, Creds};
use crate::audit::{AuditSettings, LookupQuery};
use crate::draft::Draft;
use crate::limits::Limits;

/// What outlives a process: the store, and the master key, which is made of the same bytes each time.
struct Disk {
    engine: Arc<FaultyEngine<MemoryEngine>>,
    world: World,
    told: Arc<std::sync::Mutex<Vec<GivenRootKey>>>,
}

/// Remembers the keys that were told.
fn telling(told: &Arc<std::sync::Mutex<Vec<GivenRootKey>>>) -> TellRootKey {
    let told = Arc::clone(told);
    Box::new(move |key| {
        told.lock().unwrap().push(key.clone());
        Ok(())
    })
}

struct Same(u8);

impl portcullis_base::world::Entropy for Same {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}

fn master(byte: u8) -> MasterKey {
    MasterKey::generate(&World { entropy: Arc::new(Same(byte)), ..World::system() }).unwrap()
}

impl Disk {
    fn new() -> Self {
        let clock = Arc::new(FixedClock::at(Timestamp::from_millis(BEGINNING)));
        let world = World { clock, entropy: Arc::new(SystemEntropy) };
        Self { engine: Arc::new(FaultyEngine::around(memory())), world, told: Arc::default() }
    }

    fn last_told(&self) -> GivenRootKey {
        self.told.lock().unwrap().last().unwrap().clone()
    }

    async fn foundation(&self) -> Foundation {
        let engine: Arc<dyn Engine> = Arc::clone(&self.engine) as _;
        Foundation {
            settings: Settings::new(ACCOUNT.parse().unwrap(), "us-east-1", Limits::default()),
            audit: AuditLog::open(AuditSettings::new(None), Arc::clone(&engine), self.world.clone())
                .await
                .unwrap(),
            blobs: Blobs::in_memory(),
            master: master(1),
            tell_root_key: telling(&self.told),
            inputs: Arc::new(crate::actions::testing::PlainInputs),
            fetch: Arc::new(crate::federation::fetch::Nowhere),
            world: self.world.clone(),
            engine,
        }
    }

    async fn start(&self, root: Option<&GivenRootKey>) -> Result<(Arc<Service>, RootKey), OpenError> {
        self.foundation().await.open(root.cloned()).await
    }
}

fn given(id: &str, secret: &str) -> GivenRootKey {
    GivenRootKey { id: id.parse().unwrap(), secret: secret.to_owned().into() }
}

/// How a request of this key ends.
async fn code(service: &Arc<Service>, key: &GivenRootKey) -> String {
    let creds = Creds { key: key.id.to_string(), secret: key.secret.clone(), token: None };
    let mut asked = Asked::new(&creds, "sts", "GetCallerIdentity", Value::structure());
    let outcome = service.handle(&mut asked).await.outcome;
    outcome.map_or_else(|error| error.code.into_owned(), |_| "works".to_owned())
}

async fn events(service: &Service) -> Vec<String> {
    let account = service.settings.account;
    let query =
        LookupQuery { account, attribute: None, start: None, end: None, max_results: 100, resume: None };
    let events = service.audit.lookup(query).await.unwrap().events;
    let mut names: Vec<String> = events.iter().map(|event| event.name.clone()).collect();
    names.retain(|name| name.starts_with("Root"));
    names
}

#[tokio::test]
async fn a_first_start_makes_a_root_key_and_the_next_one_keeps_it() {
    let disk = Disk::new();
    let (service, root) = disk.start(None).await.unwrap();
    let made = disk.last_told();
    assert!(matches!(&root, RootKey::Made(id) if *id == made.id));
    assert_eq!(code(&service, &made).await, "works");
    assert_eq!(events(&service).await, ["RootAccessKeyCreated"]);
    let (service, root) = disk.start(None).await.unwrap();
    assert!(matches!(&root, RootKey::Kept(id) if *id == made.id));
    assert_eq!(code(&service, &made).await, "works");
    assert_eq!(events(&service).await, ["RootAccessKeyCreated"], "no second event");
}

#[tokio::test]
async fn a_root_key_that_could_not_be_told_is_not_made() {
    let disk = Disk::new();
    let mut mute = disk.foundation().await;
    mute.tell_root_key = Box::new(|_| Err(std::io::Error::other("no room")));
    assert!(matches!(mute.open(None).await.err(), Some(OpenError::NotTold { .. })));
    let (service, root) = disk.start(None).await.unwrap();
    assert!(matches!(root, RootKey::Made(_)));
    assert_eq!(code(&service, &disk.last_told()).await, "works");
}

#[tokio::test]
async fn a_start_cut_short_after_the_telling_leaves_no_key_that_works() {
    let disk = Disk::new();
    let foundation = disk.foundation().await;
    foundation.deployment().await.unwrap();
    disk.engine.on_commit(1, Fault::Refuse);
    assert!(foundation.open(None).await.is_err());
    let first = disk.last_told();
    let (service, _) = disk.start(None).await.unwrap();
    assert_eq!(code(&service, &first).await, "InvalidClientTokenId");
    assert_eq!(code(&service, &disk.last_told()).await, "works");
    assert_eq!(events(&service).await, ["RootAccessKeyCreated"]);
}

#[tokio::test]
async fn a_first_start_that_fails_anywhere_can_be_tried_again() {
    for (nth, fault) in
        [(1, Fault::Refuse), (1, Fault::LoseAnswer), (2, Fault::Refuse), (2, Fault::LoseAnswer)]
    {
        let disk = Disk::new();
        let key = given("AKIAROOTROOTROOTROOT", "first-secret-first-secret");
        disk.engine.on_commit(nth, fault);
        assert!(disk.start(Some(&key)).await.is_err(), "{nth} {fault:?}");
        let (service, _) = disk.start(Some(&key)).await.unwrap();
        assert_eq!(code(&service, &key).await, "works", "{nth} {fault:?}");
        assert_eq!(events(&service).await.len(), 1, "{nth} {fault:?}");
    }
}

#[tokio::test]
async fn another_given_key_replaces_the_old_one_which_is_dead_at_once() {
    let disk = Disk::new();
    let one = given("AKIAROOTROOTROOTROOT", "first-secret-first-secret");
    let new_secret = given("AKIAROOTROOTROOTROOT", "other-secret-other-secret");
    let two = given("AKIAROOTROOTROOTROO2", "third-secret-third-secret");
    disk.start(Some(&one)).await.unwrap();
    let (service, root) = disk.start(Some(&new_secret)).await.unwrap();
    assert!(matches!(root, RootKey::Replaced(_)));
    assert_eq!(code(&service, &one).await, "SignatureDoesNotMatch");
    assert_eq!(code(&service, &new_secret).await, "works");
    let (service, _) = disk.start(Some(&two)).await.unwrap();
    assert_eq!(code(&service, &new_secret).await, "InvalidClientTokenId");
    assert_eq!(code(&service, &two).await, "works");
    let told = events(&service).await;
    assert_eq!(told.iter().filter(|name| *name == "RootAccessKeyReplaced").count(), 2);
}

#[tokio::test]
async fn recovering_kills_the_old_root_key_and_touches_nothing_of_another_account() {
    let disk = Disk::new();
    disk.start(None).await.unwrap();
    let old = disk.last_told();
    let mut stranger = disk.foundation().await;
    stranger.settings.account = "210987654321".parse().unwrap();
    assert!(matches!(stranger.recover().await.err(), Some(OpenError::OtherAccount { .. })));
    assert_eq!(disk.last_told().id, old.id);
    let (service, new) = disk.foundation().await.recover().await.unwrap();
    assert_eq!(new, disk.last_told().id);
    assert_eq!(code(&service, &old).await, "InvalidClientTokenId");
    assert_eq!(code(&service, &disk.last_told()).await, "works");
}

/// Another key beside those of the root user.
async fn another_key(service: &Service, key: &GivenRootKey, owner: AccessKeyOwner, is_active: bool) {
    let place = Key::access_key(&key.id);
    let mut draft = Draft::new();
    draft.put_access_key(&AccessKeyRecord {
        id: key.id.clone(),
        account: service.settings.account,
        owner,
        sealed_secret: service.master.seal(&place.0, key.secret.expose_bytes()),
        is_active,
        created: service.world.clock.now(),
    });
    let transaction = draft.into_transaction(service.snapshot().epoch, service.world.clock.now());
    service.engine.commit(transaction).await.unwrap();
}

#[tokio::test]
async fn a_second_root_key_lives_beside_the_given_one_and_an_inactive_one_is_made_good() {
    let disk = Disk::new();
    let one = given("AKIAROOTROOTROOTROOT", "first-secret-first-secret");
    let second = given("AKIAROOTROOTROOTROO2", "other-secret-other-secret");
    let (service, _) = disk.start(Some(&one)).await.unwrap();
    another_key(&service, &second, AccessKeyOwner::Root, true).await;
    let (service, root) = disk.start(Some(&one)).await.unwrap();
    assert!(matches!(root, RootKey::Kept(_)));
    assert_eq!(code(&service, &second).await, "works");
    another_key(&service, &one, AccessKeyOwner::Root, false).await;
    let (service, root) = disk.start(None).await.unwrap();
    assert!(matches!(root, RootKey::Kept(id) if id == second.id), "the one that works is named");
    assert_eq!(code(&service, &one).await, "InvalidClientTokenId");
    let (service, root) = disk.start(Some(&one)).await.unwrap();
    assert!(matches!(root, RootKey::Replaced(_)));
    assert_eq!(code(&service, &one).await, "works");
    assert_eq!(code(&service, &second).await, "InvalidClientTokenId");
}

#[tokio::test]
async fn the_key_of_a_user_is_not_taken_for_the_root_user() {
    let disk = Disk::new();
    let (service, _) = disk.start(None).await.unwrap();
    let alices = given("AKIAALICEALICEALICE2", "alice-secret-alice-secret");
    let alice = portcullis_base::UniqueId::generate(portcullis_base::UniqueIdKind::User, &SystemEntropy);
    another_key(&service, &alices, AccessKeyOwner::User(alice), true).await;
    assert!(matches!(disk.start(Some(&alices)).await.map(drop), Err(OpenError::KeyOfAUser { .. })));
}

#[tokio::test]
async fn data_of_another_account_or_under_another_master_key_do_not_open() {
    let disk = Disk::new();
    disk.start(None).await.unwrap();
    let mut other_account = disk.foundation().await;
    other_account.settings.account = "210987654321".parse().unwrap();
    assert!(matches!(other_account.open(None).await.map(drop), Err(OpenError::OtherAccount { .. })));
    let mut other_master = disk.foundation().await;
    other_master.master = master(2);
    assert!(other_master.open(None).await.is_err());
}
