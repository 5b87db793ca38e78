//! DeleteBucket: only without objects in it. Unfinished uploads end with their bucket.

use std::sync::Arc;

use portcullis_base::Value;
use portcullis_store::{Guard, Key, Range};

use super::garbage::Garbage;
use super::place::{bucket, bucket_need, bucket_resources};
use super::refusal::overtaken;
use crate::action::{Access, Category, Handler, Output, Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::flow::{Flow, NotCommitted};
use crate::service::ATTEMPTS_MAX;
use crate::snapshot::Bucket;

/// The action. It waits for the store to tell whether the bucket is empty.
pub const ROW: Row = Row {
    service: "s3",
    name: "DeleteBucket",
    permission: Permission::Named("s3:DeleteBucket", bucket_need),
    access: Access::Write,
    category: Category::Management,
    hides: &[],
    resources: bucket_resources,
    prepare: None,
    handler: Handler::Flow(|flow| Box::pin(delete(flow))),
};

async fn delete(flow: &mut Flow) -> Result<Output, ApiError> {
    let bucket = Arc::clone(bucket(&flow.ask())?);
    let objects = Key::objects(&bucket.record.id);
    let output = Value::structure();
    for _ in 0..ATTEMPTS_MAX {
        refuse_unless_empty(flow, &bucket, &objects).await?;
        let mut draft = Draft::new();
        // What is written meanwhile depends on the policies, which this changes; and this on nothing being there.
        draft.guard(Guard::Empty(objects.clone()));
        draft.delete(Key::bucket(&bucket.record.name));
        let garbage = Garbage::draft_uploads(&flow.service, &mut draft, &bucket.record.id);
        match flow.commit(&draft, &output).await {
            Ok(_) => {
                garbage.collect(&flow.service);
                return Ok(output.into());
            }
            Err(NotCommitted::Overtaken) => {}
            Err(why) => return Err(why.into()),
        }
    }
    Err(overtaken())
}

async fn refuse_unless_empty(flow: &Flow, bucket: &Bucket, held: &Key) -> Result<(), ApiError> {
    let page = flow.service.engine.range(Range::prefix(&held.0).limit(1)).await?;
    if page.items.is_empty() {
        return Ok(());
    }
    Err(ApiError::caller("BucketNotEmpty", 409, "The bucket you tried to delete is not empty")
        .with("BucketName", bucket.record.name.as_str()))
}
