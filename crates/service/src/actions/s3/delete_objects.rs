//! DeleteObjects: up to a thousand objects at once. Each is asked for and answered alone.

use std::sync::Arc;

use portcullis_base::Value;
use portcullis_store::Key;

use super::delete_object::{ACTIONS, needs_of};
use super::garbage::Garbage;
use super::name::check_key;
use super::place::{Target, bucket, bucket_resources};
use super::precondition::Writing;
use super::publish::unchanged;
use super::refusal::{malformed_xml, overtaken};
use super::{object, row};
use crate::action::{Access, Ask, Need, Output, Permission, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::flow::{Flow, NotCommitted};
use crate::service::ATTEMPTS_MAX;
use crate::snapshot::Bucket;

/// The action.
pub const ROW: Row = Row {
    access: Access::Write,
    resources: bucket_resources,
    ..row::listing("DeleteObjects", Permission::EachItem(ACTIONS, |ask| bucket(ask).map(drop)), |flow| {
        Box::pin(delete(flow))
    })
};

/// Objects of one request (S3 API reference, DeleteObjects).
const OBJECTS_MAX: usize = 1000;
/// Objects of one transaction: each takes a guard and a write, of which the store takes a limited number.
const BATCH: usize = 50;
/// Blobs of the objects of one transaction.
const BATCH_BLOBS: usize = 10_000;

/// What became of one object.
enum Fate {
    Deleted,
    Refused(ApiError),
}

async fn delete(flow: &mut Flow) -> Result<Output, ApiError> {
    let bucket = Arc::clone(bucket(&flow.ask())?);
    let wanted = flow.input.member("Delete").ok_or_else(malformed_xml)?.clone();
    let items = wanted.list("Objects");
    if items.is_empty() || items.len() > OBJECTS_MAX {
        return Err(malformed_xml());
    }
    let is_quiet = wanted.bool("Quiet") == Some(true);
    let needs: Vec<Need> = items.iter().flat_map(|item| needs(&flow.ask(), &bucket, item)).collect();
    flow.foresee(&needs);
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for batch in items.chunks(BATCH) {
        let mut rest = batch;
        while !rest.is_empty() {
            let fates = delete_batch(flow, &bucket, rest).await?;
            let (done, left) = rest.split_at_checked(fates.len()).unwrap_or((rest, &[]));
            for (item, fate) in done.iter().zip(fates) {
                let named = named(item);
                match fate {
                    Fate::Deleted if is_quiet => {}
                    Fate::Deleted => deleted.push(named),
                    Fate::Refused(error) => {
                        errors.push(named.with("Code", error.code.as_ref()).with("Message", error.message));
                    }
                }
            }
            rest = left;
        }
    }
    Ok(Value::structure().with("Deleted", Value::List(deleted)).with("Errors", Value::List(errors)).into())
}

fn named(item: &Value) -> Value {
    Value::structure()
        .with("Key", item.text("Key").unwrap_or_default())
        .with_some("VersionId", item.text("VersionId"))
}

/// The permissions of deleting one object; none for an item that names none, which is refused for that.
fn needs(ask: &Ask<'_>, bucket: &Arc<Bucket>, item: &Value) -> Vec<Need> {
    let Some(key) = item.text("Key") else { return Vec::new() };
    let target = Target { bucket: Arc::clone(bucket), key: key.to_owned() };
    needs_of(ask, &target, item.text("VersionId"))
}

/// Deletes as many of the first of these as go into one transaction, and tells the fate of each: of one at least.
async fn delete_batch(flow: &mut Flow, bucket: &Arc<Bucket>, items: &[Value]) -> Result<Vec<Fate>, ApiError> {
    let output = Value::structure();
    for _ in 0..ATTEMPTS_MAX {
        flow.forget_items();
        let mut draft = Draft::new();
        let (mut fates, mut blobs) = (Vec::new(), Vec::new());
        for item in items {
            if blobs.len() >= BATCH_BLOBS {
                break;
            }
            let fate = match plan(flow, bucket, item, &mut draft).await {
                Ok(more) => {
                    blobs.extend(more);
                    Fate::Deleted
                }
                Err(error) if error.whose == crate::error::Whose::Caller => Fate::Refused(error),
                Err(error) => return Err(error),
            };
            fates.push(fate);
        }
        if draft.is_empty() {
            return Ok(fates);
        }
        let garbage = Garbage::draft(&flow.service, &mut draft, blobs, None);
        match flow.commit(&draft, &output).await {
            Ok(_) => {
                garbage.collect(&flow.service);
                return Ok(fates);
            }
            Err(NotCommitted::Overtaken) => {}
            // The policies changed against one of the objects: ask for each again.
            Err(NotCommitted::Refused(error)) if error.code == "AccessDenied" => {}
            Err(why) => return Err(why.into()),
        }
    }
    Err(overtaken())
}

/// Drafts the end of one object, if it is there and may be deleted; gives its blobs.
async fn plan(
    flow: &mut Flow,
    bucket: &Arc<Bucket>,
    item: &Value,
    draft: &mut Draft,
) -> Result<Vec<String>, ApiError> {
    let key = item.text("Key").ok_or_else(malformed_xml)?;
    check_key(key)?;
    let version = item.text("VersionId");
    for need in needs(&flow.ask(), bucket, item) {
        flow.permit(need)?;
    }
    if version.is_some_and(|version| version != "null") {
        return Ok(Vec::new());
    }
    let held = object::read(&flow.service, &bucket.record.id, key).await?;
    if let Some(etag) = item.text("ETag") {
        Writing::matching(etag).check(key, held.as_ref())?;
    }
    let Some((record, _)) = &held else { return Ok(Vec::new()) };
    let place = Key::object(&bucket.record.id, key);
    draft.guard(unchanged(place.clone(), held.as_ref()));
    draft.delete(place);
    Ok(record.blobs.clone())
}
