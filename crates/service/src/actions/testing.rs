//! A whole service in memory, to ask things of: the same road as a request from outside, without HTTP.
//!
//! ```text
//! let ground = Ground::new().await;
//! let alice = ground.user("alice", Some(ALLOW_ALL)).await;
//! let answer = ground.ask(&alice, "sts", "GetCallerIdentity", Value::structure()).await?;
//! ```

mod facts;
mod outside;
mod people;
mod plain;

use std::sync::Arc;

use portcullis_base::unique_id::AccessKeyKind;
use portcullis_base::world::{Entropy, FixedClock, SystemEntropy, World};
use portcullis_base::{AccessKeyId, AccountId, Secret, Tags, Timestamp, UniqueId, UniqueIdKind, Value};
use portcullis_policy::PolicyKind;
use portcullis_store::record::{
    AccessKeyOwner, AccessKeyRecord, InlinePolicyRecord, PolicyRecord, PolicyVersionRecord, RoleRecord,
    UserRecord,
};
use portcullis_store::{Engine, Key, MasterKey, memory};
use thin_vec::{ThinVec, thin_vec};
use tokio::sync::watch;

use crate::action::Output;
use crate::audit::{AuditEvent, AuditLog, AuditSettings, LookupQuery};
use crate::blob::Blobs;
use crate::bootstrap::{Foundation, GivenRootKey};
use crate::draft::Draft;
use crate::error::{ApiError, Family};
use crate::issue::secret_access_key;
use crate::port::{Body, BoxFuture, Claim, Exchange, Facts, SignatureForm, Target};
use crate::service::Service;

pub use facts::{facts, settings};
pub use outside::Outside;
pub use plain::PlainInputs;

/// The account of every test.
pub const ACCOUNT: &str = "123456789012";
/// A policy that allows everything.
pub const ALLOW_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
/// When tests begin.
pub const BEGINNING: i64 = 1_795_000_000_000;

/// A trust policy that lets these actions be done by one principal.
pub fn trust(actions: &[&str], principal: &str) -> String {
    let statement = serde_json::json!({
        "Effect": "Allow", "Action": actions, "Principal": { "AWS": principal },
    });
    serde_json::json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
}

/// What signs a request.
#[derive(Clone)]
pub struct Creds {
    /// The access key id.
    pub key: String,
    /// The secret.
    pub secret: Secret,
    /// The session token.
    pub token: Option<String>,
}

impl Creds {
    /// None: the request is not signed.
    pub fn none() -> Self {
        Self { key: String::new(), secret: String::new().into(), token: None }
    }

    /// The credentials of an answer that issued some.
    pub fn issued(answer: &Value) -> Self {
        let issued = answer.member("Credentials").unwrap();
        Self {
            key: issued.text("AccessKeyId").unwrap().to_owned(),
            secret: issued.text("SecretAccessKey").unwrap().to_owned().into(),
            token: issued.text("SessionToken").map(str::to_owned),
        }
    }
}

/// A service, and the hands that hold it.
pub struct Ground {
    /// The service.
    pub service: Arc<Service>,
    /// Its clock, which stands still until it is set.
    pub clock: Arc<FixedClock>,
    /// The root user.
    pub root: Creds,
    /// What identity providers publish.
    pub outside: Arc<Outside>,
    stop: watch::Sender<bool>,
}

impl Drop for Ground {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

impl Ground {
    /// A new one, with nothing but its root user.
    pub async fn new() -> Self {
        Self::on(Arc::new(memory()), AuditSettings::new(None)).await
    }

    /// A new one on this store, with its events kept so.
    pub async fn on(engine: Arc<dyn Engine>, audit: AuditSettings) -> Self {
        Self::by_chance(engine, audit, Arc::new(SystemEntropy)).await
    }

    /// The same with this randomness.
    pub async fn by_chance(engine: Arc<dyn Engine>, audit: AuditSettings, entropy: Arc<dyn Entropy>) -> Self {
        let clock = Arc::new(FixedClock::at(Timestamp::from_millis(BEGINNING)));
        let world = World { clock: Arc::clone(&clock) as Arc<_>, entropy };
        let account: AccountId = ACCOUNT.parse().unwrap();
        let key = AccessKeyId::generate(AccessKeyKind::LongTerm, account, &SystemEntropy);
        let secret = secret_access_key(&SystemEntropy);
        let root = Creds { key: key.to_string(), secret: secret.clone(), token: None };
        let outside = Arc::new(Outside::default());
        let foundation = Foundation {
            tell_root_key: Box::new(|_| Ok(())),
            inputs: Arc::new(PlainInputs),
            fetch: Arc::clone(&outside) as Arc<_>,
            settings: settings(account),
            audit: AuditLog::open(audit, Arc::clone(&engine), world.clone()).await.unwrap(),
            master: MasterKey::generate(&world).unwrap(),
            blobs: Blobs::in_memory(),
            engine,
            world,
        };
        let (service, _) = foundation.open(Some(GivenRootKey { id: key, secret })).await.unwrap();
        let stop = watch::Sender::new(false);
        tokio::spawn(Arc::clone(&service).follow(stop.subscribe()));
        Self { service, clock, root, outside, stop }
    }

    /// The account of all this.
    pub fn account(&self) -> AccountId {
        self.service.settings.account
    }

    /// Has the service follow the store no longer.
    pub fn stop_following(&self) {
        self.stop.send_replace(true);
    }

    /// Sets the clock forward.
    pub fn forward(&self, seconds: u64) {
        let now = self.service.world.clock.now();
        self.clock.set(now.plus(std::time::Duration::from_secs(seconds)));
    }

    /// Asks, and gives the value that is answered.
    pub async fn ask(
        &self,
        creds: &Creds,
        service: &'static str,
        operation: &str,
        input: Value,
    ) -> Result<Value, ApiError> {
        let output = self.output(creds, service, operation, input).await?;
        Ok(output.value.unwrap_or_else(Value::structure))
    }

    /// Asks, and gives all that is answered.
    pub async fn output(
        &self,
        creds: &Creds,
        service: &'static str,
        operation: &str,
        input: Value,
    ) -> Result<Output, ApiError> {
        self.send(creds, service, operation, input, None).await
    }

    /// Asks with a body, and gives all that is answered.
    pub async fn send(
        &self,
        creds: &Creds,
        service: &'static str,
        operation: &str,
        input: Value,
        body: Option<Box<dyn Body>>,
    ) -> Result<Output, ApiError> {
        let asked = Asked::new(creds, service, operation, input);
        self.service.handle(&mut Asked { body, ..asked }).await.outcome
    }

    /// Every event so far, newest first.
    pub async fn events(&self) -> Vec<Arc<AuditEvent>> {
        let query = LookupQuery {
            account: self.account(),
            attribute: None,
            start: None,
            end: None,
            max_results: 10_000,
            resume: None,
        };
        self.service.audit.lookup(query).await.unwrap().events
    }

    /// Writes a draft past every action, and without an event.
    pub async fn write(&self, draft: Draft) {
        self.service.commit(draft, self.service.snapshot().epoch, Vec::new()).await.unwrap();
    }

    /// A user with a key and perhaps one inline policy.
    pub async fn user(&self, name: &str, policy: Option<&str>) -> Creds {
        let id = UniqueId::generate(UniqueIdKind::User, &SystemEntropy);
        let mut draft = Draft::new();
        draft.put_user(&self.user_record(id, name, policy));
        let key = AccessKeyId::generate(AccessKeyKind::LongTerm, self.account(), &SystemEntropy);
        let secret = secret_access_key(&SystemEntropy);
        let place = Key::access_key(&key);
        draft.put_access_key(&AccessKeyRecord {
            id: key.clone(),
            account: self.account(),
            owner: AccessKeyOwner::User(id),
            sealed_secret: self.service.master.seal(&place.0, secret.expose_bytes()),
            is_active: true,
            created: self.service.world.clock.now(),
        });
        self.write(draft).await;
        Creds { key: key.to_string(), secret, token: None }
    }

    fn user_record(&self, id: UniqueId, name: &str, policy: Option<&str>) -> UserRecord {
        UserRecord {
            id,
            account: self.account(),
            name: name.into(),
            path: "/".into(),
            created: self.service.world.clock.now(),
            tags: Tags::new(),
            boundary: None,
            attached: ThinVec::new(),
            inline: self.inline(policy),
            groups: ThinVec::new(),
        }
    }

    fn inline(&self, policy: Option<&str>) -> ThinVec<InlinePolicyRecord> {
        let document = |text: &str| {
            let parsed = portcullis_policy::parse(text, PolicyKind::Identity).unwrap();
            self.service.snapshot().resolved(text, &parsed.document).unwrap()
        };
        let inline = policy.map(|text| InlinePolicyRecord { name: "own".into(), document: document(text) });
        inline.into_iter().collect()
    }

    /// Writes a role, after a change to its record; gives its ARN.
    pub async fn role_with(
        &self,
        name: &str,
        trust: &str,
        policy: Option<&str>,
        change: impl FnOnce(&mut RoleRecord),
    ) -> String {
        let parsed = portcullis_policy::parse(trust, PolicyKind::Trust).unwrap();
        let mut record = RoleRecord {
            id: UniqueId::generate(UniqueIdKind::Role, &SystemEntropy),
            account: self.account(),
            name: name.into(),
            path: "/".into(),
            created: self.service.world.clock.now(),
            tags: Tags::new(),
            boundary: None,
            attached: ThinVec::new(),
            inline: self.inline(policy),
            trust: self.service.snapshot().resolved(trust, &parsed.document).unwrap(),
            description: None,
            max_session_s: 3600,
        };
        change(&mut record);
        let mut draft = Draft::new();
        draft.put_role(&record);
        self.write(draft).await;
        crate::snapshot::iam_arn(record.account, "role", &record.path, &record.name)
    }

    /// Writes a role; gives its ARN.
    pub async fn role(&self, name: &str, trust: &str, policy: Option<&str>) -> String {
        self.role_with(name, trust, policy, |_| {}).await
    }

    /// Writes a managed policy; gives its ARN.
    pub async fn policy(&self, name: &str, text: &str) -> String {
        let now = self.service.world.clock.now();
        let record = PolicyRecord {
            id: UniqueId::generate(UniqueIdKind::Policy, &SystemEntropy),
            account: self.account(),
            name: name.into(),
            path: "/".into(),
            created: now,
            updated: now,
            tags: Tags::new(),
            description: None,
            default_version: 1,
            last_version: 1,
            versions: thin_vec![PolicyVersionRecord { number: 1, text: text.to_owned(), created: now }],
        };
        let mut draft = Draft::new();
        draft.put_policy(&record);
        self.write(draft).await;
        crate::snapshot::iam_arn(record.account, "policy", &record.path, &record.name)
    }
}

/// A request. It is signed by whoever knows the secret.
pub struct Asked {
    target: Target,
    creds: Creds,
    input: Value,
    /// Where it comes from.
    pub facts: Facts,
    /// Its body, if it streams.
    pub body: Option<Box<dyn Body>>,
    /// What happens while its input is on its way.
    pub meanwhile: Option<BoxFuture<'static, ()>>,
}

impl Asked {
    /// A request of this operation.
    pub fn new(creds: &Creds, service: &'static str, operation: &str, input: Value) -> Self {
        let target = Target { service, operation: operation.to_owned() };
        Self { target, creds: creds.clone(), input, facts: facts(), body: None, meanwhile: None }
    }
}

impl Exchange for Asked {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn target(&self) -> Result<Target, ApiError> {
        Ok(self.target.clone())
    }

    fn service(&self) -> &'static str {
        self.target.service
    }

    fn claim(&self) -> Result<Option<Claim>, ApiError> {
        if self.creds.key.is_empty() {
            return Ok(None);
        }
        Ok(Some(Claim {
            access_key_id: self.creds.key.clone(),
            session_token: self.creds.token.clone(),
            form: SignatureForm::Header,
            signed_at: Timestamp::from_millis(BEGINNING),
        }))
    }

    fn verify(&mut self, secret: &Secret, _now: Timestamp) -> Result<(), ApiError> {
        if *secret == self.creds.secret {
            return Ok(());
        }
        let code = if self.target.family() == Family::Json {
            "InvalidSignatureException"
        } else {
            "SignatureDoesNotMatch"
        };
        Err(ApiError::caller(code, 403, "The request signature we calculated does not match."))
    }

    fn input(&mut self) -> BoxFuture<'_, Result<Value, ApiError>> {
        Box::pin(async move {
            if let Some(meanwhile) = self.meanwhile.take() {
                meanwhile.await;
            }
            Ok(std::mem::replace(&mut self.input, Value::structure()))
        })
    }

    fn body(&mut self) -> Result<Option<Box<dyn Body>>, ApiError> {
        Ok(self.body.take())
    }
}
