//! Changing an object's tags. Which tags it had may have decided whether they may be changed, so the change depends
//! on the very record that was decided on.

use portcullis_base::{Tags, Value};
use portcullis_store::{Guard, Key, codec};

use super::object::loaded;
use super::place::Target;
use super::refusal::overtaken;
use crate::action::Output;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::flow::{Flow, NotCommitted};

/// Gives the object of the request these tags and no others.
///
/// # Errors
/// That there is no such object, as far as the caller may know; `OperationAborted` when it was changed meanwhile.
pub(super) async fn retag(flow: &mut Flow, tags: Tags) -> Result<Output, ApiError> {
    let target = Target::of(&flow.ask())?;
    let (record, revision) = loaded(flow, &target)?;
    let (mut record, revision) = (record.clone(), *revision);
    record.tags = tags;
    let key = Key::object(&target.bucket.record.id, &target.key);
    let mut draft = Draft::new();
    draft.guard(Guard::At(key.clone(), revision));
    draft.put(key, codec::to_bytes(&record));
    let output = Value::structure();
    match flow.commit(&draft, &output).await {
        Ok(_) => Ok(output.into()),
        Err(NotCommitted::Overtaken) => Err(overtaken()),
        Err(NotCommitted::Refused(error)) => Err(error),
    }
}
