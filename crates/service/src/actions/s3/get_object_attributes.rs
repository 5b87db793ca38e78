//! GetObjectAttributes: of an object's attributes those that the request names.

use portcullis_base::Value;

use super::object::{self, loaded, storage_class, with_checksum};
use super::place::{Target, object_need};
use super::precondition::{READ, reading};
use super::row;
use crate::action::{Access, Ask, Need, Output, Row};
use crate::error::ApiError;
use crate::flow::Flow;

/// The action.
pub const ROW: Row = row::object_several(
    "GetObjectAttributes",
    &["s3:GetObject", "s3:GetObjectAttributes", "s3:GetObjectVersion", "s3:GetObjectVersionAttributes"],
    needs,
    Access::Read,
    Some(object::load),
    |flow| Box::pin(async move { get(flow) }),
);

fn needs(ask: &Ask<'_>) -> Result<Vec<Need>, ApiError> {
    let actions = if ask.input.member("VersionId").is_some() {
        ["s3:GetObjectVersion", "s3:GetObjectVersionAttributes"]
    } else {
        ["s3:GetObject", "s3:GetObjectAttributes"]
    };
    actions.into_iter().map(|action| object_need(ask, action)).collect()
}

fn get(flow: &mut Flow) -> Result<Output, ApiError> {
    let target = Target::of(&flow.ask())?;
    let (record, _) = loaded(flow, &target)?;
    reading(&flow.input, &READ, record)?;
    let mut value = Value::structure().with("LastModified", record.modified);
    for wanted in flow.input.list("ObjectAttributes").iter().filter_map(Value::as_text) {
        match wanted {
            // The one place where S3 gives an etag without quotes.
            "ETag" => value.insert("ETag", record.etag.as_str()),
            "Checksum" if record.checksum.is_some() => {
                value.insert("Checksum", with_checksum(Value::structure(), record.checksum.as_ref()));
            }
            "ObjectParts" if record.etag.contains('-') => {
                let parts = Value::structure().with("TotalPartsCount", record.blobs.len());
                value.insert("ObjectParts", parts);
            }
            "StorageClass" => value.insert("StorageClass", storage_class(record)),
            "ObjectSize" => {
                value.insert("ObjectSize", i64::try_from(record.size()).unwrap_or(i64::MAX));
            }
            _ => {}
        }
    }
    Ok(value.into())
}
