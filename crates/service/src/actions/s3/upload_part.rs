//! UploadPart. Each part is authorised anew, at its begin and again when it is committed.

use portcullis_base::Value;

use super::incoming::receive;
use super::place::{Target, quoted};
use super::upload::{Place, part_number};
use super::writing::Creation;
use super::{part, row, writing};
use crate::action::{Access, Ask, Need, Output, Row};
use crate::error::ApiError;
use crate::flow::{Flow, NotCommitted};

/// The action.
pub const ROW: Row =
    row::object_several("UploadPart", &["s3:PutObject"], needs, Access::Write, None, |flow| {
        Box::pin(upload(flow))
    });

/// The permission to add a part.
///
/// # Errors
/// Those of naming an object.
pub(super) fn needs(ask: &Ask<'_>) -> Result<Vec<Need>, ApiError> {
    let none = portcullis_base::Tags::new();
    Ok(vec![writing::need(ask, &Target::of(ask)?, "s3:PutObject", &none, Creation::No)])
}

async fn upload(flow: &mut Flow) -> Result<Output, ApiError> {
    let place = Place::of(&flow.ask())?;
    let number = part_number(&flow.ask())?;
    // Answered before the bytes come in.
    let upload = place.read(&flow.service).await?;
    let incoming = receive(flow).await?;
    let record = match part::record(flow, &upload, number, &incoming) {
        Ok(record) => record,
        Err(error) => {
            incoming.give_up(&flow.service, &NotCommitted::Refused(error.clone())).await;
            return Err(error);
        }
    };
    let mut output = Value::structure().with("ETag", quoted(&record.etag));
    if let Some((member, sum)) = &record.checksum {
        output.insert(member, sum.as_str());
    }
    part::add(flow, &place, &record, incoming, &output).await?;
    Ok(output.into())
}
