//! Making an object visible: one transaction puts its record, marks its bytes and ends those of the object that it
//! replaces. It depends on nobody having written the same key in between, so that no bytes are lost track of.

use portcullis_base::Value;
use portcullis_store::record::ObjectRecord;
use portcullis_store::{Guard, Key, codec};

use super::garbage::Garbage;
use super::object::{self, Held};
use super::place::Target;
use super::precondition::Writing;
use super::refusal::overtaken;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::flow::{Flow, NotCommitted};
use crate::service::ATTEMPTS_MAX;

/// The condition that what stands under this key is still what was read.
pub(super) fn unchanged(key: Key, held: Option<&Held>) -> Guard {
    match held {
        Some((_, revision)) => Guard::At(key, *revision),
        None => Guard::Absent(key),
    }
}

/// Tries once to put an object in its place, with whatever else the draft holds.
///
/// # Errors
/// [`NotCommitted`]; also when the write's condition does not hold.
pub(super) async fn publish_once(
    flow: &mut Flow,
    mut draft: Draft,
    target: &Target,
    record: &ObjectRecord,
    condition: &Writing,
    output: &Value,
) -> Result<(), NotCommitted> {
    let bucket_id = &target.bucket.record.id;
    let held = object::read(&flow.service, bucket_id, &target.key).await.map_err(NotCommitted::Refused)?;
    condition.check(&target.key, held.as_ref()).map_err(NotCommitted::Refused)?;
    let key = Key::object(bucket_id, &target.key);
    draft.guard(unchanged(key.clone(), held.as_ref()));
    draft.put(key, codec::to_bytes(record));
    let replaced = held.map(|(record, _)| record.blobs).unwrap_or_default();
    let garbage = Garbage::draft(&flow.service, &mut draft, replaced, None);
    flow.commit(&draft, output).await?;
    garbage.collect(&flow.service);
    Ok(())
}

/// Puts an object in its place, as often as others come first.
///
/// # Errors
/// The reason why not; nothing was changed then.
pub(super) async fn publish(
    flow: &mut Flow,
    target: &Target,
    record: &ObjectRecord,
    condition: &Writing,
    output: &Value,
) -> Result<(), NotCommitted> {
    for _ in 0..ATTEMPTS_MAX {
        let mut draft = Draft::new();
        for blob in &record.blobs {
            draft.put(Key::blob(blob), Vec::new());
        }
        match publish_once(flow, draft, target, record, condition, output).await {
            Err(NotCommitted::Overtaken) => {}
            ended => return ended,
        }
    }
    Err(NotCommitted::Overtaken)
}

impl From<NotCommitted> for ApiError {
    fn from(why: NotCommitted) -> Self {
        match why {
            NotCommitted::Overtaken => overtaken(),
            NotCommitted::Refused(error) => error,
        }
    }
}
