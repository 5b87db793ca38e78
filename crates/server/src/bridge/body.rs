//! Bodies on their way in.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use portcullis_service::error::ApiError;
use portcullis_service::port::{Body, BodyDigest, BoxFuture};
use portcullis_wire::fault::Fault;
use portcullis_wire::sigv4::{BodyCheck, BodyFault};

use super::InBody;
use super::exchange::api_error;

/// Bytes of a body that is gathered before its operation is known (IAM's largest document, encoded, fits thrice).
pub const GATHERED_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Bytes of an S3 document: ten thousand parts with checksums fit.
pub const DOCUMENT_BYTES_MAX: usize = 8 * 1024 * 1024;
/// A client that sends nothing for so long is cut off.
const PIECE_WAIT: Duration = Duration::from_mins(1);

fn too_slow() -> Fault {
    let message =
        "Your socket connection to the server was not read from or written to within the timeout period.";
    Fault::new("RequestTimeout", 400, message)
}

fn broken() -> Fault {
    Fault::new("IncompleteBody", 400, "The request body ended before all of it was received.")
}

/// The next piece of data; `None` at the end.
async fn piece(incoming: &mut InBody) -> Result<Option<Bytes>, Fault> {
    loop {
        match tokio::time::timeout(PIECE_WAIT, incoming.frame()).await {
            Err(_) => return Err(too_slow()),
            Ok(None) => return Ok(None),
            Ok(Some(Err(_))) => return Err(broken()),
            // HTTP trailers carry nothing that is signed; they are passed over.
            Ok(Some(Ok(frame))) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

/// The whole of a body of bounded size.
///
/// # Errors
/// 413 when it is larger, 400 when it does not come.
pub async fn gathered(mut incoming: InBody, bytes_max: usize) -> Result<Bytes, Fault> {
    let mut whole = BytesMut::new();
    while let Some(data) = piece(&mut incoming).await? {
        if whole.len() + data.len() > bytes_max {
            let message = format!("The request body is larger than {bytes_max} bytes.");
            return Err(Fault::new("RequestEntityTooLarge", 413, message));
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
}

fn refused(fault: &BodyFault) -> ApiError {
    let (status, code, message) = fault.code();
    let mut error = ApiError::caller(code, status, message);
    error.extra = fault.details().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    error
}

/// A body that is checked against what the signature and the headers promise while it comes in.
pub struct CheckedBody {
    incoming: InBody,
    check: Option<BodyCheck>,
    ready: VecDeque<Bytes>,
    digest: Option<BodyDigest>,
}

impl CheckedBody {
    /// Begins.
    pub fn new(incoming: InBody, check: BodyCheck) -> Self {
        Self { incoming, check: Some(check), ready: VecDeque::new(), digest: None }
    }

    async fn advance(&mut self) -> Result<Option<Bytes>, ApiError> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Ok(Some(piece));
            }
            let Some(check) = self.check.as_mut() else { return Ok(None) };
            match piece(&mut self.incoming).await.map_err(|fault| api_error(&fault))? {
                Some(data) => self.ready.extend(check.push(data).map_err(|fault| refused(&fault))?),
                None => self.end()?,
            }
        }
    }

    fn end(&mut self) -> Result<(), ApiError> {
        let Some(check) = self.check.take() else { return Ok(()) };
        let digest = check.finish().map_err(|fault| refused(&fault))?;
        self.digest = Some(BodyDigest {
            length: digest.length,
            md5: digest.md5,
            checksum: digest
                .checksum
                .map(|(algorithm, value)| (format!("Checksum{}", algorithm.name()), value)),
        });
        Ok(())
    }

    /// The whole of a document.
    ///
    /// # Errors
    /// When it is too large or not what was promised.
    pub async fn document(mut self) -> Result<Bytes, ApiError> {
        let mut whole = BytesMut::new();
        while let Some(data) = self.advance().await? {
            if whole.len() + data.len() > DOCUMENT_BYTES_MAX {
                let message = "Your proposed upload exceeds the maximum allowed size";
                return Err(ApiError::caller("EntityTooLarge", 400, message));
            }
            whole.extend_from_slice(&data);
        }
        Ok(whole.freeze())
    }

    /// A body about which nothing can be promised, as an error to give when it is used.
    pub fn begin(incoming: InBody, check: Result<BodyCheck, BodyFault>) -> Result<Self, ApiError> {
        check.map(|check| Self::new(incoming, check)).map_err(|fault| refused(&fault))
    }
}

impl Body for CheckedBody {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, ApiError>> {
        Box::pin(self.advance())
    }

    fn digest(&mut self) -> Result<BodyDigest, ApiError> {
        self.end()?;
        self.digest.clone().ok_or_else(|| api_error(&broken()))
    }
}
