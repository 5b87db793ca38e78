//! What can go wrong between the steps of a request: somebody else changes the policies, the store does not answer,
//! the audit log is full. Every test asks over the whole road.

mod failures;
mod overtaken;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use md5::{Digest, Md5};
use portcullis_base::Value;
use portcullis_store::{
    CommitError, Engine, Key, MemoryEngine, Page, Range, Revision, StoreError, Transaction, Versioned, Watch,
    memory,
};

use crate::actions::testing::{Asked, Creds, Ground};
use crate::audit::{AuditEvent, AuditSettings};
use crate::error::ApiError;
use crate::port::{Body, BodyDigest, BoxFuture};

/// Denies everything.
const DENY_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;

/// Something that is to happen at a certain point.
type Happening = BoxFuture<'static, ()>;

/// A store in memory into whose work something else can come in between, once each.
pub(super) struct Interposed {
    inner: MemoryEngine,
    before_commit: Mutex<Option<Happening>>,
    before_look: Mutex<Option<Happening>>,
}

impl Interposed {
    fn new() -> Arc<Self> {
        Arc::new(Self { inner: memory(), before_commit: Mutex::default(), before_look: Mutex::default() })
    }

    /// Before the next commit that is asked for is begun.
    fn before_commit(&self, happening: impl Future<Output = ()> + Send + 'static) {
        *self.before_commit.lock().unwrap() = Some(Box::pin(happening));
    }

    /// Before the next record or range is read.
    fn before_look(&self, happening: impl Future<Output = ()> + Send + 'static) {
        *self.before_look.lock().unwrap() = Some(Box::pin(happening));
    }

    async fn happen(slot: &Mutex<Option<Happening>>) {
        let happening = slot.lock().unwrap().take();
        if let Some(happening) = happening {
            happening.await;
        }
    }
}

impl Engine for Interposed {
    fn read<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Versioned>, StoreError>> {
        Box::pin(async move {
            Self::happen(&self.before_look).await;
            self.inner.read(key).await
        })
    }

    fn range(&self, range: Range) -> BoxFuture<'_, Result<Page, StoreError>> {
        Box::pin(async move {
            Self::happen(&self.before_look).await;
            self.inner.range(range).await
        })
    }

    fn commit(&self, transaction: Transaction) -> BoxFuture<'_, Result<Revision, CommitError>> {
        Box::pin(async move {
            Self::happen(&self.before_commit).await;
            self.inner.commit(transaction).await
        })
    }

    fn revision(&self) -> Revision {
        self.inner.revision()
    }

    fn watch(&self, after: Revision) -> Watch {
        self.inner.watch(after)
    }
}

/// A body that comes in pieces, with something happening in between.
struct Pieces {
    steps: VecDeque<Step>,
    md5: Md5,
    length: u64,
}

enum Step {
    Bytes(&'static str),
    Happens(Happening),
}

fn in_pieces(steps: impl IntoIterator<Item = Step>) -> Box<dyn Body> {
    Box::new(Pieces { steps: steps.into_iter().collect(), md5: Md5::new(), length: 0 })
}

impl Body for Pieces {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, ApiError>> {
        Box::pin(async move {
            loop {
                match self.steps.pop_front() {
                    Some(Step::Bytes(text)) => {
                        self.md5.update(text);
                        self.length += text.len() as u64;
                        return Ok(Some(Bytes::from_static(text.as_bytes())));
                    }
                    Some(Step::Happens(happening)) => happening.await,
                    None => return Ok(None),
                }
            }
        })
    }

    fn digest(&mut self) -> Result<BodyDigest, ApiError> {
        let md5 = self.md5.clone().finalize().into();
        Ok(BodyDigest { length: self.length, md5, checksum: None })
    }
}

/// A service on a store that can be interposed.
async fn ground() -> (Arc<Ground>, Arc<Interposed>) {
    let engine = Interposed::new();
    let ground = Ground::on(Arc::clone(&engine) as Arc<_>, AuditSettings::new(None)).await;
    (Arc::new(ground), engine)
}

fn of(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().fold(Value::structure(), |value, (name, text)| value.with(name, *text))
}

/// Gives a user one inline policy, in place of the one that it has under this name.
fn put_policy(ground: &Arc<Ground>, user: &'static str, text: &'static str) -> Happening {
    let ground = Arc::clone(ground);
    Box::pin(async move {
        let input = of(&[("UserName", user), ("PolicyName", "own"), ("PolicyDocument", text)]);
        ground.ask(&ground.root, "iam", "PutUserPolicy", input).await.unwrap();
    })
}

async fn bucket(ground: &Ground) {
    ground.ask(&ground.root, "s3", "CreateBucket", of(&[("Bucket", "box")])).await.unwrap();
}

async fn put_object(
    ground: &Ground,
    creds: &Creds,
    steps: impl IntoIterator<Item = Step>,
) -> Result<(), ApiError> {
    let input = of(&[("Bucket", "box"), ("Key", "k")]);
    let mut asked = Asked::new(creds, "s3", "PutObject", input);
    asked.body = Some(in_pieces(steps));
    ground.service.handle(&mut asked).await.outcome.map(drop)
}

/// What stands below these prefixes.
async fn held(ground: &Ground, prefix: &str) -> usize {
    ground.service.engine.range(Range::prefix(prefix.as_bytes())).await.unwrap().items.len()
}

/// The events of this name.
async fn events(ground: &Ground, name: &str) -> Vec<Arc<AuditEvent>> {
    ground.events().await.into_iter().filter(|event| event.name == name).collect()
}

/// How the requests of this name ended, by their events.
async fn ends(ground: &Ground, name: &str) -> Vec<String> {
    let end = |event: &Arc<AuditEvent>| {
        let record: serde_json::Value = serde_json::from_str(&event.json).unwrap();
        record["errorCode"].as_str().unwrap_or("allowed").to_owned()
    };
    let mut ends: Vec<String> = events(ground, name).await.iter().map(end).collect();
    ends.sort();
    ends
}

fn code<T>(outcome: &Result<T, ApiError>) -> &str {
    outcome.as_ref().err().map_or("allowed", |error| error.code.as_ref())
}
