//! CreateMultipartUpload.

use portcullis_base::Value;
use portcullis_store::record::UploadRecord;
use portcullis_store::{Key, codec};

use super::attributes::{Attributes, refuse_unkept};
use super::place::Target;
use super::refusal::invalid_request;
use super::writing::Creation;
use super::{row, tagging, writing};
use crate::action::{Access, Ask, Need, Output, Row};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::flow::Flow;

/// The action.
pub const ROW: Row =
    row::object_several("CreateMultipartUpload", writing::ACTIONS, needs, Access::Write, None, |flow| {
        Box::pin(create(flow))
    });

fn needs(ask: &Ask<'_>) -> Result<Vec<Need>, ApiError> {
    Ok(writing::needs(ask, &Target::of(ask)?, &tagging::of_header(ask.input)?, Creation::No))
}

/// How the checksums of the parts will make that of the object (S3 User Guide, "Checking object integrity").
fn checksum_type(algorithm: Option<&str>, asked: Option<&str>) -> Result<Option<&'static str>, ApiError> {
    let mismatch = |name: &str| {
        invalid_request(&format!(
            "The {name} checksum type cannot be used with the specified checksum algorithm."
        ))
    };
    match (algorithm, asked) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(invalid_request(
            "The x-amz-checksum-type header can only be used with the \
                                                x-amz-checksum-algorithm header.",
        )),
        (Some("CRC64NVME"), None | Some("FULL_OBJECT")) | (Some("CRC32" | "CRC32C"), Some("FULL_OBJECT")) => {
            Ok(Some("FULL_OBJECT"))
        }
        (Some("CRC64NVME"), Some(name)) | (Some("SHA1" | "SHA256"), Some(name @ "FULL_OBJECT")) => {
            Err(mismatch(name))
        }
        (Some("CRC32" | "CRC32C" | "SHA1" | "SHA256"), _) => Ok(Some("COMPOSITE")),
        (Some(_), _) => Err(invalid_request(
            "Checksum algorithm provided is unsupported. Please try again with \
                                             any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
        )),
    }
}

async fn create(flow: &mut Flow) -> Result<Output, ApiError> {
    let target = Target::of(&flow.ask())?;
    refuse_unkept(&flow.input)?;
    let attributes = Attributes::of(&flow.input)?;
    let algorithm = flow.input.text("ChecksumAlgorithm").map(str::to_owned);
    let checksum_type = checksum_type(algorithm.as_deref(), flow.input.text("ChecksumType"))?;
    let record = UploadRecord {
        id: flow.service.random_id(32),
        object_key: target.key.clone(),
        started: flow.service.world.clock.now(),
        tags: tagging::of_header(&flow.input)?,
        metadata: attributes.metadata,
        headers: attributes.headers,
        initiator: flow.caller.arn.clone(),
        checksum_algorithm: algorithm,
        checksum_type: checksum_type.map(str::to_owned),
        is_frozen: false,
    };
    let bucket = &target.bucket.record;
    let output = Value::structure()
        .with("Bucket", bucket.name.as_str())
        .with("Key", target.key.as_str())
        .with("UploadId", record.id.as_str())
        .with_some("ChecksumAlgorithm", record.checksum_algorithm.as_deref())
        .with_some("ChecksumType", checksum_type);
    let mut draft = Draft::new();
    draft.put(Key::upload(&bucket.id, &target.key, &record.id), codec::to_bytes(&record));
    flow.commit(&draft, &output).await?;
    Ok(output.into())
}
