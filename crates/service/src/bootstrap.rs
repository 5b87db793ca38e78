//! Opening a deployment: the first time it is made, later times it is checked to be the same.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arc_swap::ArcSwap;
use portcullis_base::unique_id::AccessKeyKind;
use portcullis_base::world::World;
use portcullis_base::{AccessKeyId, AccountId, Secret, Tags, Timestamp};
use portcullis_store::record::{
    AccessKeyOwner, AccessKeyRecord, DeploymentRecord, EpochRecord, InstanceRecord, IssueMarkRecord,
    KeyRingRecord,
};
use portcullis_store::{CommitError, Engine, Guard, Key, MasterKey, StoreError, Transaction, codec};
use tokio::sync::{Mutex, watch};

use crate::actions::iam::Reports;
use crate::actions::s3::{Swept, sweep};
use crate::audit::{AuditEvent, AuditLog, OwnDoing};
use crate::blob::Blobs;
use crate::credential::SessionPolicies;
use crate::federation::fetch::Fetch;
use crate::federation::oidc::Issuers;
use crate::federation::refusals::Refusals;
use crate::follow::{LoadError, load};
use crate::issue::{IssueClock, secret_access_key};
use crate::last_use::LastUses;
use crate::password::Passwords;
use crate::port::Inputs;
use crate::recent::Recent;
use crate::service::{Service, Settings};
use crate::sessions::Sessions;
use crate::snapshot::{AccessKey, Snapshot};
use crate::token::Ring;

/// The root key that the operator gives.
#[derive(Clone)]
pub struct GivenRootKey {
    /// Its id.
    pub id: AccessKeyId,
    /// Its secret.
    pub secret: Secret,
}

/// What happened to the root key at start.
pub enum RootKey {
    /// Made; its secret has been told.
    Made(AccessKeyId),
    /// As it was.
    Kept(AccessKeyId),
    /// The operator's in place of the old one, which is dead.
    Replaced(AccessKeyId),
}

impl RootKey {
    /// Its id.
    pub fn id(&self) -> &AccessKeyId {
        match self {
            Self::Made(id) | Self::Kept(id) | Self::Replaced(id) => id,
        }
    }
}

/// Why a deployment does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The data belong to another account.
    #[error(
        "the data directory belongs to account {stored}; start without --account-id or with --account-id {stored}"
    )]
    OtherAccount {
        /// The account of the data.
        stored: AccountId,
    },
    /// The key ring does not open under this master key.
    #[error("the master key is not the one this data directory was made with")]
    OtherMasterKey,
    /// The root key that the operator gives is a user's already.
    #[error("the access key {id} belongs to a user; give the root user another one")]
    KeyOfAUser {
        /// The key.
        id: AccessKeyId,
    },
    /// The root key that was made could not be told, and so was not made.
    #[error("the root key cannot be written to its file: {reason}")]
    NotTold {
        /// Why not.
        reason: String,
    },
    /// A write at start failed.
    #[error("the deployment could not be written")]
    Write(#[from] CommitError),
    /// The store failed.
    #[error("the store could not be read: {0}")]
    Store(#[from] StoreError),
    /// A record cannot be read.
    #[error("{0}")]
    Load(#[from] LoadError),
}

/// The account that the data belong to, if they belong to one yet.
///
/// # Errors
/// When the store cannot be read.
pub async fn account_of(engine: &dyn Engine) -> Result<Option<AccountId>, StoreError> {
    let Some(held) = engine.read(&Key::deployment()).await? else { return Ok(None) };
    codec::from_bytes::<DeploymentRecord>(&held.value).map(|record| Some(record.account))
}

/// What a deployment stands on.
pub struct Foundation {
    /// What the operator decides.
    pub settings: Settings,
    /// Time and randomness.
    pub world: World,
    /// Where records lie.
    pub engine: Arc<dyn Engine>,
    /// Where bytes lie.
    pub blobs: Blobs,
    /// Where events go.
    pub audit: Arc<AuditLog>,
    /// Seals secrets.
    pub master: MasterKey,
    /// Where a root key that is made here is told, such as a file that only its owner can read.
    pub tell_root_key: TellRootKey,
    /// Reads inputs that somebody wrote down.
    pub inputs: Arc<dyn Inputs>,
    /// Fetches what identity providers publish.
    pub fetch: Arc<dyn Fetch>,
}

/// Tells a root key to whoever is to have it; it becomes valid only when this has succeeded.
pub type TellRootKey = Box<dyn Fn(&GivenRootKey) -> std::io::Result<()> + Send + Sync>;

impl Foundation {
    /// Opens the deployment, making it if there is none.
    ///
    /// # Errors
    /// [`OpenError`]: nothing is served then.
    pub async fn open(self, root: Option<GivenRootKey>) -> Result<(Arc<Service>, RootKey), OpenError> {
        let (deployment, founded) = self.deployment().await?;
        let found = self.with_instance(self.snapshot().await?).await?;
        let root_key = self.root_key(&found, root).await?;
        // A key that was kept changed nothing; a large store is not read twice for it.
        let snapshot = if matches!(root_key, RootKey::Kept(_)) { found } else { self.snapshot().await? };
        let ring = self.ring(&deployment).await?;
        let mark: Option<IssueMarkRecord> = self.record(&Key::issue_mark()).await?;
        let revision = snapshot.revision;
        let now = self.world.clock.now();
        let last_uses = LastUses::take_up(self.engine.as_ref(), &self.audit, &snapshot, now).await;
        let last_uses = last_uses.unwrap_or_else(|error| {
            // Advice is no reason not to serve: it begins anew, and says so by leaving out what may have been before.
            tracing::error!(%error, "when users and roles were last used cannot be read");
            LastUses::since(now)
        });
        // After the snapshot: what is committed from then on is told again by the watch that begins there.
        let sessions = Sessions::take_up(self.engine.as_ref()).await?;
        // No decision needs them.
        let recent = Recent::take_up(&self.audit, &snapshot).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "recent requests could not be taken up");
            Recent::default()
        });
        let service = Service {
            #[cfg(feature = "planted-bugs")]
            planted: crate::planted::Planted::with(self.settings.planted),
            settings: self.settings,
            world: self.world,
            engine: self.engine,
            blobs: self.blobs,
            audit: self.audit,
            master: self.master,
            inputs: self.inputs,
            issuers: Issuers::new(self.fetch),
            refusals: Refusals::default(),
            last_uses,
            sessions,
            recent,
            passwords: Passwords::default(),
            sign_in: crate::sign_in::Desk::default(),
            credential_reports: crate::report::Reports::default(),
            reports: Reports::default(),
            founded,
            deployment,
            snapshot: ArcSwap::from_pointee(snapshot),
            applied: watch::Sender::new(revision),
            ring: ArcSwap::from_pointee(ring),
            session_policies: SessionPolicies::default(),
            issue_clock: IssueClock::after(mark.map_or(Timestamp::EPOCH, |mark| mark.at)),
            writer: Mutex::new(()),
            is_sound: AtomicBool::new(true),
        };
        match sweep(&service).await {
            Ok(swept) if swept == Swept::default() => {}
            Ok(swept) => tracing::info!(?swept, "cleared up what an earlier run left behind"),
            Err(error) => tracing::warn!(%error, "clearing up failed; the next start goes on with it"),
        }
        Ok((Arc::new(service), root_key))
    }

    /// Makes a new root key; the old ones die. For a server that is stopped.
    ///
    /// # Errors
    /// [`OpenError`]: nothing was changed then.
    pub async fn recover(self) -> Result<(Arc<Service>, AccessKeyId), OpenError> {
        // Whether this is the right data directory and master key is asked before anything is overwritten.
        let (deployment, _) = self.deployment().await?;
        self.ring(&deployment).await?;
        let made = self.fresh_root_key();
        self.tell(&made)?;
        let given = GivenRootKey { id: made.id.clone(), secret: made.secret };
        let (service, _) = self.open(Some(given)).await?;
        Ok((service, made.id))
    }

    async fn record<T: for<'b> codec::Decode<'b>>(&self, key: &Key) -> Result<Option<T>, StoreError> {
        match self.engine.read(key).await? {
            Some(held) => codec::from_bytes(&held.value).map(Some),
            None => Ok(None),
        }
    }

    /// The deployment's id and when it was made; the first start makes it, with its key ring, in one transaction.
    async fn deployment(&self) -> Result<(String, Timestamp), OpenError> {
        let now = self.world.clock.now();
        if let Some(held) = self.record::<DeploymentRecord>(&Key::deployment()).await? {
            return if held.account == self.settings.account {
                Ok((held.id, held.created))
            } else {
                Err(OpenError::OtherAccount { stored: held.account })
            };
        }
        let mut id = [0_u8; 16];
        self.world.entropy.fill(&mut id);
        let record = DeploymentRecord { id: hex::encode(id), account: self.settings.account, created: now };
        let ring = Ring::first_record(now, &self.master, self.world.entropy.as_ref());
        let transaction = Transaction::new()
            .guard(Guard::Absent(Key::deployment()))
            .put(Key::deployment(), codec::to_bytes(&record))
            .put(Key::key_ring(), codec::to_bytes(&ring))
            .put(Key::instance(), codec::to_bytes(&self.new_instance()))
            .put(Key::epoch(), codec::to_bytes(&EpochRecord { at: now }));
        self.engine.commit(transaction).await?;
        Ok((record.id, record.created))
    }

    fn new_instance(&self) -> InstanceRecord {
        let mut drawn = [0_u8; 13];
        self.world.entropy.fill(&mut drawn);
        let drawn = hex::encode(drawn);
        let (id, store) = drawn.split_at(16);
        InstanceRecord {
            id: format!("ssoins-{id}"),
            store: format!("d-{store}"),
            account: self.settings.account,
            created: self.world.clock.now(),
            name: None,
            tags: Tags::new(),
            attributes: None,
        }
    }

    /// Data of an earlier version have no instance of Identity Center yet.
    async fn with_instance(&self, found: Snapshot) -> Result<Snapshot, OpenError> {
        if found.identity_center.instance().is_some() {
            return Ok(found);
        }
        let transaction = Transaction::new()
            .guard(Guard::Absent(Key::instance()))
            .put(Key::instance(), codec::to_bytes(&self.new_instance()))
            .put(Key::epoch(), codec::to_bytes(&EpochRecord { at: self.world.clock.now() }));
        self.engine.commit(transaction).await?;
        Ok(self.snapshot().await?)
    }

    async fn ring(&self, deployment: &str) -> Result<Ring, OpenError> {
        let record: KeyRingRecord = self.record(&Key::key_ring()).await?.ok_or(OpenError::OtherMasterKey)?;
        Ring::open(deployment, record, &self.master).map_err(|_| OpenError::OtherMasterKey)
    }

    async fn snapshot(&self) -> Result<Snapshot, LoadError> {
        load(self.engine.as_ref(), self.settings.account, &self.master).await
    }

    /// Sees to it that the root user has a key: the given one, the one there is, or a new one.
    async fn root_key(&self, snapshot: &Snapshot, given: Option<GivenRootKey>) -> Result<RootKey, OpenError> {
        let held = snapshot.access_keys_of(self.settings.account, None);
        if let Some(given) = given {
            let is_same = |key: &AccessKey| key.is_active && key.id == given.id && key.secret == given.secret;
            if held.iter().any(|key| is_same(key)) {
                return Ok(RootKey::Kept(given.id));
            }
            if snapshot.access_key(&given.id).is_some_and(|key| key.owner != AccessKeyOwner::Root) {
                return Err(OpenError::KeyOfAUser { id: given.id });
            }
            let old: Vec<AccessKeyId> = held.iter().map(|key| key.id.clone()).collect();
            self.write_root_key(&given, &old).await?;
            return Ok(RootKey::Replaced(given.id));
        }
        // One that works, if there is one.
        if let Some(key) = held.iter().find(|key| key.is_active).or_else(|| held.first()) {
            return Ok(RootKey::Kept(key.id.clone()));
        }
        let made = self.fresh_root_key();
        self.tell(&made)?;
        self.write_root_key(&made, &[]).await?;
        Ok(RootKey::Made(made.id))
    }

    fn fresh_root_key(&self) -> GivenRootKey {
        let entropy = self.world.entropy.as_ref();
        let id = AccessKeyId::generate(AccessKeyKind::LongTerm, self.settings.account, entropy);
        GivenRootKey { id, secret: secret_access_key(entropy) }
    }

    /// Tells a made key before it is written: a start that is cut short between the two leaves a file that the next
    /// start writes again, never a key that nobody knows.
    fn tell(&self, made: &GivenRootKey) -> Result<(), OpenError> {
        (self.tell_root_key)(made).map_err(|error| OpenError::NotTold { reason: error.to_string() })
    }

    async fn write_root_key(&self, root: &GivenRootKey, old: &[AccessKeyId]) -> Result<(), CommitError> {
        let now = self.world.clock.now();
        let key = Key::access_key(&root.id);
        let record = AccessKeyRecord {
            id: root.id.clone(),
            account: self.settings.account,
            owner: AccessKeyOwner::Root,
            sealed_secret: self.master.seal(&key.0, root.secret.expose_bytes()),
            is_active: true,
            created: now,
        };
        let event = self.root_key_event(&root.id, old);
        let (event_key, event_value) = AuditLog::draft(&event);
        let mut transaction = Transaction::new()
            .put(key, codec::to_bytes(&record))
            .put(Key::epoch(), codec::to_bytes(&EpochRecord { at: now }))
            .put(event_key, event_value);
        for id in old.iter().filter(|id| **id != root.id) {
            transaction = transaction.delete(Key::access_key(id));
        }
        self.engine.commit(transaction).await?;
        self.audit.committed(event);
        Ok(())
    }

    /// The event of a root key that came from outside or was made at first start.
    fn root_key_event(&self, id: &AccessKeyId, old: &[AccessKeyId]) -> AuditEvent {
        let old: Vec<&str> = old.iter().map(AccessKeyId::as_str).collect();
        let doing = OwnDoing {
            name: if old.is_empty() { "RootAccessKeyCreated" } else { "RootAccessKeyReplaced" },
            source: "iam.amazonaws.com",
            username: Some("root".to_owned()),
            resources: vec![("AWS::IAM::AccessKey".to_owned(), id.to_string())],
            details: serde_json::json!({ "accessKeyId": id.as_str(), "replaced": old }),
        };
        doing.event(&self.world, self.settings.account, &self.settings.region)
    }
}

#[cfg(test)]
mod tests;
