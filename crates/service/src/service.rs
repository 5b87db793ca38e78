//! The service: one snapshot, one store, one audit log, and the tools that actions use.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use portcullis_base::world::World;
use portcullis_base::{AccountId, Timestamp, Value};
use portcullis_store::{CommitError, Engine, MasterKey, Revision, StoreError};
use tokio::sync::{Mutex, watch};

use crate::actions::iam::Reports;
use crate::audit::{AuditError, AuditEvent, AuditLog, Trail};
use crate::blob::Blobs;
use crate::credential::SessionPolicies;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::federation::oidc::Issuers;
use crate::federation::refusals::Refusals;
use crate::issue::IssueClock;
use crate::last_use::LastUses;
use crate::limits::Limits;
use crate::password::Passwords;
use crate::port::Inputs;
use crate::recent::Recent;
use crate::sessions::Sessions;
use crate::sign_in::session::Times;
use crate::snapshot::Snapshot;
use crate::token::Ring;

/// How often a write that was overtaken is decided and drafted anew before the client is asked to come again.
pub const ATTEMPTS_MAX: usize = 16;
/// How long a commit waits for its own change to reach the snapshot before the log tells of it.
const APPLY_WAIT: std::time::Duration = std::time::Duration::from_secs(10);
/// How long a request waits for a revision that its client has seen elsewhere.
const REACH_WAIT: std::time::Duration = std::time::Duration::from_secs(1);

/// What the operator decides.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The account of the root user.
    pub account: AccountId,
    /// The region of a bucket that names none.
    pub region: String,
    /// Quotas.
    pub limits: Limits,
    /// Addresses for which SAML assertions are taken, beside those of AWS's sign-in.
    pub saml_recipients: Vec<String>,
    /// How long people stay signed in.
    pub portal: Times,
    /// What is to go wrong.
    #[cfg(feature = "planted-bugs")]
    pub planted: Option<crate::planted::Bug>,
}

impl Settings {
    /// With nothing out of the ordinary.
    pub fn new(account: AccountId, region: impl Into<String>, limits: Limits) -> Self {
        Self {
            account,
            region: region.into(),
            limits,
            saml_recipients: Vec::new(),
            portal: Times::default(),
            #[cfg(feature = "planted-bugs")]
            planted: None,
        }
    }
}

/// Everything that answering a request needs.
pub struct Service {
    /// What the operator decided.
    pub settings: Settings,
    /// Time and randomness.
    pub world: World,
    /// Where records lie.
    pub engine: Arc<dyn Engine>,
    /// Where objects' bytes lie.
    pub blobs: Blobs,
    /// Where events go.
    pub audit: Arc<AuditLog>,
    /// Seals secrets in the store.
    pub master: MasterKey,
    /// Reads inputs that somebody wrote down.
    pub inputs: Arc<dyn Inputs>,
    /// The keys of identity providers.
    pub issuers: Issuers,
    /// What was refused of those who sign nothing.
    pub refusals: Refusals,
    /// When users and roles were last used.
    pub last_uses: LastUses,
    /// Every live temporary credential.
    pub sessions: Sessions,
    /// Requests that were made lately.
    pub recent: Recent,
    /// Hashes passwords, and counts wrong ones.
    pub passwords: Passwords,
    /// Who is about to sign in, or to be let in.
    pub sign_in: crate::sign_in::Desk,
    /// Credential reports that were asked for.
    pub credential_reports: crate::report::Reports,
    /// Reports on last uses.
    pub reports: Reports,
    /// When the deployment was made.
    pub founded: Timestamp,
    pub(crate) deployment: String,
    pub(crate) snapshot: ArcSwap<Snapshot>,
    pub(crate) applied: watch::Sender<Revision>,
    pub(crate) ring: ArcSwap<Ring>,
    pub(crate) session_policies: SessionPolicies,
    pub(crate) issue_clock: IssueClock,
    pub(crate) writer: Mutex<()>,
    pub(crate) is_sound: AtomicBool,
    #[cfg(feature = "planted-bugs")]
    pub(crate) planted: crate::planted::Planted,
}

impl Service {
    /// The newest snapshot.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// The newest snapshot, to decide on.
    ///
    /// # Errors
    /// 503 when it could not be brought up to date: what it lacks may be a deny.
    pub(crate) fn current(&self) -> Result<Arc<Snapshot>, ApiError> {
        if self.is_sound() { Ok(self.snapshot()) } else { Err(ApiError::unavailable()) }
    }

    /// The keys that seal and open tokens.
    pub fn ring(&self) -> Arc<Ring> {
        self.ring.load_full()
    }

    /// Whether requests may be answered: false from the moment on that a change could not be applied.
    pub fn is_sound(&self) -> bool {
        self.is_sound.load(Ordering::Acquire)
    }

    /// A random UUID.
    pub fn uuid(&self) -> String {
        let mut bytes = [0_u8; 16];
        self.world.entropy.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    /// So many random letters and digits, in lower case.
    pub fn random_id(&self, bytes: usize) -> String {
        let mut random = vec![0_u8; bytes];
        self.world.entropy.fill(&mut random);
        hex::encode(random)
    }

    /// The event of a request as it ends now, and its copies for other accounts whose resources it was about.
    pub fn events(&self, trail: &Trail, outcome: Result<&Value, &ApiError>) -> Vec<AuditEvent> {
        let exists = |account| self.snapshot().has_account(account);
        let events = trail.events(self.world.clock.now(), self.settings.account, outcome, exists);
        #[cfg(feature = "planted-bugs")]
        let events = self.planted.written(events);
        events
    }

    /// Commits a draft, guarded by the policies it was decided under, together with its events, unless an earlier
    /// commit of the same request carried them. Returns when it is durable and every later request on this node sees
    /// it, or is answered nothing at all.
    ///
    /// # Errors
    /// [`CommitError::Conflict`] when the policies, or something the draft depends on, changed; nothing was written.
    pub async fn commit(
        &self,
        draft: Draft,
        epoch: Revision,
        events: Vec<AuditEvent>,
    ) -> Result<Revision, CommitError> {
        if !events.is_empty() {
            self.audit.ready().map_err(|error| cannot_record(&error))?;
        }
        let is_followed = draft.is_followed();
        let now: Timestamp = self.world.clock.now();
        let mut transaction = draft.into_transaction(epoch, now);
        transaction.puts.extend(events.iter().map(AuditLog::draft));
        let revision = self.engine.commit(transaction).await?;
        for event in events {
            self.audit.committed(event);
        }
        if is_followed && let Err(error) = self.wait_applied(revision).await {
            // It is done and recorded, and a node that is fenced lets nobody past it: the answer is true all the same.
            tracing::error!(%error, "a committed change is not applied here");
        }
        Ok(revision)
    }

    /// Waits until a committed revision is in the snapshot.
    ///
    /// # Errors
    /// When it never will be, because the node is fenced.
    pub(crate) async fn wait_applied(&self, revision: Revision) -> Result<(), StoreError> {
        let mut applied = self.applied.subscribe();
        loop {
            let is_over = applied.wait_for(|applied| *applied >= revision || !self.is_sound());
            match tokio::time::timeout(APPLY_WAIT, is_over).await {
                Ok(Ok(applied)) if *applied >= revision => return Ok(()),
                Ok(_) => break,
                Err(_) => tracing::warn!(%revision, "a committed change takes long to be applied"),
            }
        }
        let detail = "the node no longer follows the store".to_owned();
        Err(StoreError::Unavailable { doing: "applying a committed change", detail })
    }

    /// Waits a moment for the snapshot to reach a revision that a client has seen elsewhere.
    ///
    /// # Errors
    /// 503 when it does not.
    pub async fn reach(&self, revision: Revision) -> Result<(), ApiError> {
        let mut applied = self.applied.subscribe();
        let is_there = applied.wait_for(|applied| *applied >= revision);
        match tokio::time::timeout(REACH_WAIT, is_there).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(ApiError::unavailable()),
        }
    }

    /// Waits until the snapshot is where the store is.
    pub async fn catch_up(&self) {
        let revision = self.engine.revision();
        if let Err(error) = self.wait_applied(revision).await {
            tracing::error!(%error, "the snapshot does not keep up");
        }
    }
}

fn cannot_record(error: &AuditError) -> StoreError {
    StoreError::Unavailable { doing: "recording an event", detail: error.to_string() }
}
