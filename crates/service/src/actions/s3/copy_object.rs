//! CopyObject: reads one object and writes another, each side against its own bucket's policy.

use portcullis_base::{Tags, Value};
use portcullis_store::record::ObjectRecord;

use super::attributes::{Attributes, refuse_unkept};
use super::content::{content, watched};
use super::copy_source::{self, CopySource, TagsRead};
use super::object::{checksum_type, with_checksum};
use super::place::{Target, quoted};
use super::precondition::Writing;
use super::publish::publish;
use super::refusal::{invalid_argument, invalid_request};
use super::writing::Creation;
use super::{incoming, row, tagging, writing};
use crate::action::{Access, Ask, Need, Output, Row};
use crate::error::ApiError;
use crate::flow::Flow;
use crate::vigil::Vigil;

/// The action.
pub const ROW: Row = row::object_several(
    "CopyObject",
    &[
        "s3:GetObject",
        "s3:GetObjectTagging",
        "s3:GetObjectVersion",
        "s3:GetObjectVersionTagging",
        "s3:PutObject",
        "s3:PutObjectAcl",
        "s3:PutObjectLegalHold",
        "s3:PutObjectRetention",
        "s3:PutObjectTagging",
    ],
    needs,
    Access::Write,
    Some(copy_source::load),
    |flow| Box::pin(copy(flow)),
);

/// Whether something is taken from the source or from the request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Directive {
    Copy,
    Replace,
}

fn directive(input: &Value, member: &str, header: &str) -> Result<Directive, ApiError> {
    match input.text(member) {
        None | Some("COPY") => Ok(Directive::Copy),
        Some("REPLACE") => Ok(Directive::Replace),
        Some(other) => Err(invalid_argument(header, other, "Unknown directive.")),
    }
}

fn tagging_directive(input: &Value) -> Result<Directive, ApiError> {
    directive(input, "TaggingDirective", "x-amz-tagging-directive")
}

/// The tags that the request itself gives.
fn given_tags(input: &Value) -> Result<Tags, ApiError> {
    match tagging_directive(input)? {
        Directive::Copy => Ok(Tags::new()),
        Directive::Replace => tagging::of_header(input),
    }
}

fn needs(ask: &Ask<'_>) -> Result<Vec<Need>, ApiError> {
    let target = Target::of(ask)?;
    let mut needs = vec![copy_source::need(ask, TagsRead::No)?];
    let copies_tags = tagging_directive(ask.input)? == Directive::Copy
        && ask.loaded.source.as_ref().is_some_and(|(source, _)| !source.tags.is_empty());
    if copies_tags {
        needs.push(copy_source::need(ask, TagsRead::Yes)?);
    }
    let tags = given_tags(ask.input)?;
    needs.extend(writing::needs(ask, &target, &tags, Creation::Yes));
    let is_asked = needs.iter().any(|need| need.action == "s3:PutObjectTagging");
    if copies_tags && !is_asked {
        needs.push(writing::need(ask, &target, "s3:PutObjectTagging", &tags, Creation::Yes));
    }
    Ok(needs)
}

async fn copy(flow: &mut Flow) -> Result<Output, ApiError> {
    let target = Target::of(&flow.ask())?;
    refuse_unkept(&flow.input)?;
    let condition = Writing::of(&flow.input)?;
    let source = copy_source::loaded(flow)?.clone();
    let metadata = directive(&flow.input, "MetadataDirective", "x-amz-metadata-directive")?;
    refuse_idle(flow, &target, metadata)?;
    let given = Attributes::of(&flow.input)?;
    let attributes = if metadata == Directive::Replace { given } else { kept(&source, given) };
    let tags = match tagging_directive(&flow.input)? {
        Directive::Copy => source.tags.clone(),
        Directive::Replace => given_tags(&flow.input)?,
    };
    let length = source.size();
    let bytes = content(&flow.service.blobs, &source, &(0..length), flow.loaded.pin.clone());
    let incoming = incoming::copy(&flow.service, watched(bytes, Vigil::over(flow)), length).await?;
    let (blobs, blob_sizes) = incoming.blobs();
    let record = ObjectRecord {
        blobs,
        blob_sizes,
        etag: incoming.etag(),
        modified: flow.service.world.clock.now(),
        tags,
        metadata: attributes.metadata,
        headers: attributes.headers,
        // The checksum of the whole stays what it is; one of parts has no meaning without them.
        checksum: source.checksum.clone().filter(|(_, sum)| checksum_type(sum) == "FULL_OBJECT"),
    };
    let result = Value::structure().with("ETag", quoted(&record.etag)).with("LastModified", record.modified);
    let result = with_checksum(result, record.checksum.as_ref());
    let output = Value::structure().with("CopyObjectResult", result);
    match publish(flow, &target, &record, &condition, &output).await {
        Ok(()) => Ok(output.into()),
        Err(why) => {
            incoming.give_up(&flow.service, &why).await;
            Err(why.into())
        }
    }
}

/// The source's attributes. Storage class and redirection are never the source's (S3 API reference, CopyObject).
fn kept(source: &ObjectRecord, given: Attributes) -> Attributes {
    let is_of_request =
        |name: &str| matches!(name, "x-amz-storage-class" | "x-amz-website-redirect-location");
    let of_source = source.headers.iter().filter(|(name, _)| !is_of_request(name)).cloned();
    let of_request = given.headers.into_iter().filter(|(name, _)| is_of_request(name));
    Attributes { metadata: source.metadata.clone(), headers: of_source.chain(of_request).collect() }
}

/// A copy onto itself must change something.
fn refuse_idle(flow: &Flow, target: &Target, metadata: Directive) -> Result<(), ApiError> {
    let source = CopySource::of(&flow.input)?;
    let is_same = source.bucket == target.bucket.record.name && source.key == target.key;
    let changes = metadata == Directive::Replace
        || ["StorageClass", "WebsiteRedirectLocation", "ServerSideEncryption"]
            .iter()
            .any(|member| flow.input.member(member).is_some());
    if is_same && !changes {
        return Err(invalid_request(
            "This copy request is illegal because it is trying to copy an object to itself without changing the \
             object's metadata, storage class, website redirect location or encryption attributes.",
        ));
    }
    Ok(())
}
