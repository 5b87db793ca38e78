//! DeleteObject. What is not there is deleted successfully (S3 API reference, DeleteObject).

use portcullis_base::Value;
use portcullis_store::Key;

use super::garbage::Garbage;
use super::place::{Target, on_object, with_headers};
use super::precondition::Writing;
use super::publish::unchanged;
use super::refusal::overtaken;
use super::{object, row};
use crate::action::{Access, Ask, Need, Output, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::flow::{Flow, NotCommitted};
use crate::service::ATTEMPTS_MAX;

/// The action.
pub const ROW: Row =
    row::object_several("DeleteObject", ACTIONS, needs, Access::Write, None, |flow| Box::pin(delete(flow)));

/// Every permission that deleting can need.
pub(super) const ACTIONS: &[&str] =
    &["s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion"];

/// The permissions of deleting an object, or one version of it.
pub(super) fn needs_of(ask: &Ask<'_>, target: &Target, version: Option<&str>) -> Vec<Need> {
    let need = |action| {
        with_headers(ask, on_object(ask, &target.bucket, &target.key, action))
            .key_some("s3:VersionId", version)
    };
    let mut needs = vec![need(if version.is_some() { "s3:DeleteObjectVersion" } else { "s3:DeleteObject" })];
    if ask.input.bool("BypassGovernanceRetention") == Some(true) {
        needs.push(need("s3:BypassGovernanceRetention"));
    }
    needs
}

fn needs(ask: &Ask<'_>) -> Result<Vec<Need>, ApiError> {
    Ok(needs_of(ask, &Target::of(ask)?, ask.input.text("VersionId")))
}

async fn delete(flow: &mut Flow) -> Result<Output, ApiError> {
    let target = Target::of(&flow.ask())?;
    let condition = Writing::of(&flow.input)?;
    let output = Value::structure();
    // Any other version is one that does not exist, and deleting it is done.
    if flow.input.text("VersionId").is_some_and(|version| version != "null") {
        return Ok(output.into());
    }
    for _ in 0..ATTEMPTS_MAX {
        let bucket_id = &target.bucket.record.id;
        let held = object::read(&flow.service, bucket_id, &target.key).await?;
        condition.check(&target.key, held.as_ref())?;
        let Some(object) = &held else { return Ok(output.into()) };
        let key = Key::object(bucket_id, &target.key);
        let mut draft = Draft::new();
        draft.guard(unchanged(key.clone(), held.as_ref()));
        draft.delete(key);
        let garbage = Garbage::draft(&flow.service, &mut draft, object.0.blobs.clone(), None);
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
