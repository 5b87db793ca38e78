//! What must hold when requests, revocations and crashes come between each other.

mod bounds;
mod permissions;
mod races;
mod revocation;

use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt;
use futures_util::future::join_all;
use md5::{Digest, Md5};
use portcullis_base::Value;
use portcullis_store::record::PartRecord;
use portcullis_store::{Key, Range, Transaction, codec, key};

use super::{Swept, sweep};
use crate::action::{ByteStream, Output};
use crate::actions::testing::{ALLOW_ALL, Creds, Ground};
use crate::error::ApiError;
use crate::port::{Body, BodyDigest, BoxFuture};

const BUCKET: &str = "bucket";
const DENY_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}"#;

/// A body of these pieces; a hook runs before the last of them.
struct Pieces {
    left: std::collections::VecDeque<Result<Bytes, ApiError>>,
    hook: Option<BoxFuture<'static, ()>>,
    seen: Vec<u8>,
}

impl Body for Pieces {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, ApiError>> {
        Box::pin(async move {
            if self.left.len() == 1
                && let Some(hook) = self.hook.take()
            {
                hook.await;
            }
            let piece = self.left.pop_front().transpose()?;
            self.seen.extend(piece.iter().flatten());
            Ok(piece)
        })
    }

    fn digest(&mut self) -> Result<BodyDigest, ApiError> {
        Ok(BodyDigest { length: self.seen.len() as u64, md5: Md5::digest(&self.seen).into(), checksum: None })
    }
}

fn pieces(content: &[u8]) -> Pieces {
    let left =
        content.chunks(content.len().div_ceil(2).max(1)).map(|it| Ok(Bytes::copy_from_slice(it))).collect();
    Pieces { left, hook: None, seen: Vec::new() }
}

/// A service with a bucket.
struct Store {
    ground: Arc<Ground>,
}

fn place(key: &str) -> Value {
    Value::structure().with("Bucket", BUCKET).with("Key", key)
}

impl Store {
    async fn new() -> Arc<Self> {
        let store = Arc::new(Self { ground: Arc::new(Ground::new().await) });
        store.ask("CreateBucket", Value::structure().with("Bucket", BUCKET)).await.unwrap();
        store
    }

    fn root(&self) -> Creds {
        self.ground.root.clone()
    }

    async fn ask(&self, operation: &str, input: Value) -> Result<Value, ApiError> {
        self.ground.ask(&self.root(), "s3", operation, input).await
    }

    async fn send(
        &self,
        creds: &Creds,
        operation: &str,
        input: Value,
        body: Pieces,
    ) -> Result<Output, ApiError> {
        self.ground.send(creds, "s3", operation, input, Some(Box::new(body))).await
    }

    async fn put(&self, key: &str, content: &[u8]) -> Result<Output, ApiError> {
        self.send(&self.root(), "PutObject", place(key), pieces(content)).await
    }

    async fn get(&self, key: &str) -> Result<Vec<u8>, ApiError> {
        let output = self.ground.output(&self.root(), "s3", "GetObject", place(key)).await?;
        let pieces: Vec<Bytes> = output.stream.unwrap().1.try_collect().await?;
        Ok(pieces.concat())
    }

    async fn upload(&self, key: &str) -> Value {
        let answer = self.ask("CreateMultipartUpload", place(key)).await.unwrap();
        place(key).with("UploadId", answer.text("UploadId").unwrap())
    }

    async fn part(&self, upload: &Value, number: i64, content: &[u8]) -> Result<String, ApiError> {
        let input = upload.clone().with("PartNumber", number);
        let output = self.send(&self.root(), "UploadPart", input, pieces(content)).await?;
        Ok(output.value.unwrap().text("ETag").unwrap().to_owned())
    }

    async fn keys(&self, prefix: &str) -> Vec<Key> {
        let page = self.ground.service.engine.range(Range::prefix(prefix.as_bytes())).await.unwrap();
        page.items.into_iter().map(|(key, _)| key).collect()
    }

    /// Waits until clearing up has ended and gives the ids of all blobs, which must be those that are marked.
    async fn blobs(&self) -> Vec<String> {
        let mut marks: Vec<String> = Vec::new();
        let mut blobs: Vec<String> = Vec::new();
        for _ in 0..200 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            let marked = self.keys(key::BLOBS).await;
            marks = marked.iter().map(|key| String::from_utf8(key.0[2..].to_vec()).unwrap()).collect();
            blobs = self.ground.service.blobs.ids().await.unwrap();
            blobs.sort();
            if marks == blobs && self.keys(key::GARBAGE).await.is_empty() {
                return blobs;
            }
        }
        panic!("blobs {blobs:?} and marks {marks:?} differ");
    }
}

/// Runs on a thread of its own, so that requests really come between each other.
fn at_once<F: Future + Send + 'static>(
    store: &Arc<Store>,
    run: impl FnOnce(Arc<Store>) -> F,
) -> tokio::task::JoinHandle<F::Output>
where
    F::Output: Send,
{
    tokio::spawn(run(Arc::clone(store)))
}

fn listed(parts: &[(i64, String)]) -> Value {
    let items: Value = parts
        .iter()
        .map(|(number, etag)| Value::structure().with("PartNumber", *number).with("ETag", etag.as_str()))
        .collect();
    Value::structure().with("Parts", items)
}
