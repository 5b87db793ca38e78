//! The deployment: records as the actions would write them, many transactions to one sync.

use std::path::Path;

use clap::Args;
use futures_util::future::try_join_all;
use portcullis_base::unique_id::AccessKeyKind;
use portcullis_base::world::World;
use portcullis_base::{AccessKeyId, AccountId, Secret, Tag, Tags, Timestamp, UniqueId, UniqueIdKind};
use portcullis_store::record::{
    AccessKeyOwner, AccessKeyRecord, DocumentRecord, EpochRecord, GroupRecord, InlinePolicyRecord,
    PolicyRecord, PolicyVersionRecord, RoleRecord, UserRecord,
};
use portcullis_store::{EmbeddedEngine, Engine, Key, MasterKey, Transaction, codec};
use portcullis_wire::sigv4::sign::Credentials;
use thin_vec::{ThinVec, thin_vec};

use crate::common::Failure;
use crate::documents;

/// Records in one transaction.
const AT_ONCE: usize = 100;
/// Transactions that wait for the store at a time.
const QUEUED: usize = 256;
/// Groups there are; their members are spread over them.
const GROUPS: usize = 100;

/// How much there is of everything.
#[derive(Debug, Args)]
pub struct Sizes {
    /// Users.
    #[arg(long, default_value_t = 100_000, value_name = "COUNT")]
    pub users: usize,
    /// Roles.
    #[arg(long, default_value_t = 20_000, value_name = "COUNT")]
    pub roles: usize,
    /// Managed policies.
    #[arg(long, default_value_t = 50_000, value_name = "COUNT")]
    pub policies: usize,
}

/// A user who has a key and a managed policy that nobody of such a kind has.
pub struct Holder {
    /// The user's name.
    pub name: String,
    /// The policy's name.
    pub policy: String,
    /// The key.
    pub credentials: Credentials,
}

/// What was written.
#[derive(Default)]
pub struct Written {
    /// Users and roles.
    pub principals: u64,
    /// Policy documents.
    pub documents: u64,
    /// Bytes of their texts, as they were saved.
    pub document_bytes: u64,
    /// Access keys.
    pub keys: u64,
    /// Users whose policies can be edited.
    pub holders: Vec<Holder>,
}

struct Writer {
    engine: EmbeddedEngine,
    master: MasterKey,
    world: World,
    account: AccountId,
    now: Timestamp,
    waiting: Vec<Transaction>,
    written: Written,
    policies: Vec<UniqueId>,
    groups: Vec<UniqueId>,
}

/// Fills the deployment in this directory, which no server has open.
///
/// # Errors
/// When the store refuses.
pub async fn write(place: &Path, sizes: &Sizes) -> Result<Written, Failure> {
    let world = World::system();
    let ids = |kind, count| (0..count).map(|_| UniqueId::generate(kind, world.entropy.as_ref())).collect();
    let mut writer = Writer {
        engine: EmbeddedEngine::open(place)?,
        master: MasterKey::load(&place.join("master.key"), &world)?,
        account: AccountId::from_number(123_456_789_012)?,
        now: world.clock.now(),
        waiting: vec![Transaction::new()],
        written: Written::default(),
        policies: ids(UniqueIdKind::Policy, sizes.policies.max(1)),
        groups: ids(UniqueIdKind::Group, GROUPS),
        world: world.clone(),
    };
    for number in 0..writer.policies.len() {
        writer.policy(number).await?;
    }
    for number in 0..GROUPS {
        writer.group(number).await?;
    }
    for number in 0..sizes.users {
        writer.user(number).await?;
    }
    for number in 0..sizes.roles {
        writer.role(number).await?;
    }
    let epoch = codec::to_bytes(&EpochRecord { at: writer.now });
    writer.put(Key::epoch(), epoch).await?;
    writer.flush().await?;
    Ok(writer.written)
}

/// The name of an entity.
pub fn name(kind: &str, number: usize) -> String {
    format!("{kind}-{number:06}")
}

/// Every fourth is below a path of its team.
fn path(number: usize) -> String {
    if number.is_multiple_of(4) { format!("/team-{}/", number % 50) } else { "/".to_owned() }
}

/// Every third has tags.
fn tags(number: usize) -> Tags {
    let mut tags = Tags::new();
    if number.is_multiple_of(3) {
        tags.set(Tag { key: "team".to_owned(), value: format!("team-{}", number % 50) });
    }
    tags
}

impl Writer {
    async fn put(&mut self, key: Key, value: Vec<u8>) -> Result<(), Failure> {
        let is_full = self.waiting.last().is_none_or(|last| last.puts.len() >= AT_ONCE);
        if is_full && self.waiting.len() >= QUEUED {
            self.flush().await?;
        } else if is_full {
            self.waiting.push(Transaction::new());
        }
        if let Some(last) = self.waiting.last_mut() {
            last.puts.push((key, value));
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), Failure> {
        let waiting = std::mem::replace(&mut self.waiting, vec![Transaction::new()]);
        try_join_all(waiting.into_iter().map(|transaction| self.engine.commit(transaction))).await?;
        Ok(())
    }

    fn text(&mut self, text: String) -> String {
        self.written.documents += 1;
        self.written.document_bytes += text.len() as u64;
        text
    }

    fn document(&mut self, text: String) -> DocumentRecord {
        DocumentRecord { text: self.text(text), principals: thin_vec![] }
    }

    /// Every tenth has an inline policy.
    fn inline(&mut self, number: usize) -> ThinVec<InlinePolicyRecord> {
        if !number.is_multiple_of(10) {
            return thin_vec![];
        }
        let document = self.document(documents::identity(1_000_000 + number));
        thin_vec![InlinePolicyRecord { name: "own".into(), document }]
    }

    fn attached(&self, number: usize) -> ThinVec<UniqueId> {
        self.policies.get(number % self.policies.len()).copied().into_iter().collect()
    }

    async fn policy(&mut self, number: usize) -> Result<(), Failure> {
        let Some(id) = self.policies.get(number).copied() else { return Ok(()) };
        // One in ten has the text of another.
        let text = self.text(documents::identity(if number % 10 == 9 { number - 1 } else { number }));
        let record = PolicyRecord {
            id,
            account: self.account,
            name: name("policy", number).into(),
            path: path(number).into(),
            created: self.now,
            updated: self.now,
            tags: Tags::new(),
            description: None,
            default_version: 1,
            last_version: 1,
            versions: thin_vec![PolicyVersionRecord { number: 1, text, created: self.now }],
        };
        self.put(Key::policy(self.account, id), codec::to_bytes(&record)).await
    }

    async fn group(&mut self, number: usize) -> Result<(), Failure> {
        let Some(id) = self.groups.get(number).copied() else { return Ok(()) };
        let record = GroupRecord {
            id,
            account: self.account,
            name: name("group", number).into(),
            path: path(number).into(),
            created: self.now,
            // None of those that only one user has, which are edited.
            attached: self.attached(number * 10 + 1),
            inline: thin_vec![],
        };
        self.put(Key::group(self.account, id), codec::to_bytes(&record)).await
    }

    async fn user(&mut self, number: usize) -> Result<(), Failure> {
        let id = UniqueId::generate(UniqueIdKind::User, self.world.entropy.as_ref());
        let is_member = number.is_multiple_of(5);
        let group = self.groups.get(number / 5 % GROUPS).copied().filter(|_| is_member);
        let record = UserRecord {
            id,
            account: self.account,
            name: name("user", number).into(),
            path: path(number).into(),
            created: self.now,
            tags: tags(number),
            boundary: None,
            attached: self.attached(number),
            inline: thin_vec![],
            groups: group.into_iter().collect(),
        };
        self.written.principals += 1;
        self.put(Key::user(self.account, id), codec::to_bytes(&record)).await?;
        // Every tenth has an access key.
        if number.is_multiple_of(10) { self.key(number, id).await } else { Ok(()) }
    }

    async fn key(&mut self, number: usize, user: UniqueId) -> Result<(), Failure> {
        let id = AccessKeyId::generate(AccessKeyKind::LongTerm, self.account, self.world.entropy.as_ref());
        let secret = format!("secret-of-the-load-measurement-{number:09}");
        let place = Key::access_key(&id);
        let record = AccessKeyRecord {
            id: id.clone(),
            account: self.account,
            owner: AccessKeyOwner::User(user),
            sealed_secret: self.master.seal(&place.0, secret.as_bytes()),
            is_active: true,
            created: self.now,
        };
        self.written.keys += 1;
        if number < self.policies.len() {
            self.written.holders.push(Holder {
                name: name("user", number),
                policy: format!("{}{}", path(number), name("policy", number)),
                credentials: Credentials {
                    access_key_id: id.to_string(),
                    secret: Secret::from(secret),
                    session_token: None,
                },
            });
        }
        self.put(place, codec::to_bytes(&record)).await
    }

    async fn role(&mut self, number: usize) -> Result<(), Failure> {
        let id = UniqueId::generate(UniqueIdKind::Role, self.world.entropy.as_ref());
        let record = RoleRecord {
            id,
            account: self.account,
            name: name("role", number).into(),
            path: path(number).into(),
            created: self.now,
            tags: tags(number),
            boundary: None,
            attached: self.attached(number),
            inline: self.inline(number),
            trust: self.document(documents::trust(number)),
            description: None,
            max_session_s: 3600,
        };
        self.written.principals += 1;
        self.put(Key::role(self.account, id), codec::to_bytes(&record)).await
    }
}
