//! PutObject.

use portcullis_base::Value;
use portcullis_store::record::ObjectRecord;

use super::attributes::{Attributes, refuse_unkept};
use super::incoming::receive;
use super::object::{self, with_checksum};
use super::place::{Target, quoted};
use super::precondition::Writing;
use super::publish::publish;
use super::refusal::not_implemented;
use super::writing::Creation;
use super::{row, tagging, writing};
use crate::action::{Access, Ask, Need, Output, Row};
use crate::error::ApiError;
use crate::flow::Flow;

/// The action.
pub const ROW: Row = row::object_several("PutObject", writing::ACTIONS, needs, Access::Write, None, |flow| {
    Box::pin(put(flow))
});

fn needs(ask: &Ask<'_>) -> Result<Vec<Need>, ApiError> {
    Ok(writing::needs(ask, &Target::of(ask)?, &tagging::of_header(ask.input)?, Creation::Yes))
}

async fn put(flow: &mut Flow) -> Result<Output, ApiError> {
    let target = Target::of(&flow.ask())?;
    refuse_unkept(&flow.input)?;
    if flow.input.member("WriteOffsetBytes").is_some() {
        return Err(not_implemented("x-amz-write-offset-bytes"));
    }
    let tags = tagging::of_header(&flow.input)?;
    let attributes = Attributes::of(&flow.input)?;
    let condition = Writing::of(&flow.input)?;
    // Answered before the bytes come in, if it is clear already.
    let held = object::read(&flow.service, &target.bucket.record.id, &target.key).await?;
    condition.check(&target.key, held.as_ref())?;
    let incoming = receive(flow).await?;
    let (blobs, blob_sizes) = incoming.blobs();
    let record = ObjectRecord {
        blobs,
        blob_sizes,
        etag: incoming.etag(),
        modified: flow.service.world.clock.now(),
        tags,
        metadata: attributes.metadata,
        headers: attributes.headers,
        checksum: incoming.digest.checksum.clone(),
    };
    let output =
        with_checksum(Value::structure().with("ETag", quoted(&record.etag)), record.checksum.as_ref());
    match publish(flow, &target, &record, &condition, &output).await {
        Ok(()) => Ok(output.into()),
        Err(why) => {
            incoming.give_up(&flow.service, &why).await;
            Err(why.into())
        }
    }
}
