//! PutObjectTagging: all tags of an object at once.

use portcullis_base::{Tags, Value};

use super::place::with_request_tags;
use super::refusal::malformed_xml;
use super::tagging::{OBJECT_TAGS_MAX, of_set};
use super::version::either;
use super::{object, retag, row};
use crate::action::{Access, Ask, Need, Row};
use crate::error::ApiError;

/// The action.
pub const ROW: Row = row::object_several(
    "PutObjectTagging",
    &["s3:PutObjectTagging", "s3:PutObjectVersionTagging"],
    needs,
    Access::Write,
    Some(object::load),
    |flow| {
        Box::pin(async move {
            let tags = tags(&flow.input)?;
            retag::retag(flow, tags).await
        })
    },
);

fn tags(input: &Value) -> Result<Tags, ApiError> {
    of_set(input.member("Tagging").ok_or_else(malformed_xml)?.list("TagSet"), OBJECT_TAGS_MAX)
}

fn needs(ask: &Ask<'_>) -> Result<Vec<Need>, ApiError> {
    let tags = tags(ask.input)?;
    let needs = either(ask, "s3:PutObjectTagging", "s3:PutObjectVersionTagging")?;
    Ok(needs.into_iter().map(|need| with_request_tags(need, &tags)).collect())
}
