//! Bodies on their way in.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use portcullis_service::error::ApiError;
use portcullis_service::import::BUNDLE_MAX;
use portcullis_service::port::{Body, BodyDigest, BoxFuture};
use portcullis_wire::fault::Fault;
use portcullis_wire::sigv4::{BodyCheck, BodyFault};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::InBody;
use super::exchange::api_error;

/// Bytes of a body that is gathered before its operation is known (IAM's largest document, encoded, fits thrice).
const GATHERED_BYTES_MAX: usize = 2 * 1024 * 1024;
/// The same of Portcullis's own interface, which takes whole accounts, packed and in base64.
const OWN_BYTES_MAX: usize = BUNDLE_MAX / 3 * 4 + 64 * 1024;
/// Bytes of an S3 document: ten thousand parts with checksums fit.
const DOCUMENT_BYTES_MAX: usize = 8 * 1024 * 1024;
/// A form of the portal's: its longest field is an OAuth client's request.
const FORM_BYTES_MAX: usize = 32 * 1024;
/// A client that sends nothing for so long is cut off.
const PIECE_WAIT: Duration = Duration::from_mins(1);
/// A body that is gathered must be there by then.
const WHOLE_WAIT: Duration = Duration::from_mins(5);
/// Bytes by which a gathered body takes its room.
const ROOM_PIECE: usize = 16 * 1024;
/// Room for all bodies that are gathered at a time: 256 MiB. What comes beyond is asked to come again.
static ROOM: Semaphore = Semaphore::const_new(256 * 1024 * 1024 / ROOM_PIECE);

fn too_slow() -> Fault {
    let message =
        "Your socket connection to the server was not read from or written to within the timeout period.";
    Fault::new("RequestTimeout", 400, message)
}

fn broken() -> Fault {
    Fault::new("IncompleteBody", 400, "The request body ended before all of it was received.")
}

fn too_busy() -> Fault {
    Fault::new("SlowDown", 503, "Please reduce your request rate.")
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

/// A body that is all there. The room that it takes is free again when this is dropped.
pub struct Gathered {
    /// Its bytes.
    pub bytes: Bytes,
    _room: Option<SemaphorePermit<'static>>,
}

/// A body while it is gathered.
struct Gathering {
    whole: BytesMut,
    bytes_max: usize,
    too_large: fn(usize) -> Fault,
    room: &'static Semaphore,
    taken: Option<SemaphorePermit<'static>>,
    has_room_for: usize,
}

impl Gathering {
    fn new(room: &'static Semaphore, bytes_max: usize, too_large: fn(usize) -> Fault) -> Self {
        Self { whole: BytesMut::new(), bytes_max, too_large, room, taken: None, has_room_for: 0 }
    }

    fn add(&mut self, data: &Bytes) -> Result<(), Fault> {
        let length = self.whole.len() + data.len();
        if length > self.bytes_max {
            return Err((self.too_large)(self.bytes_max));
        }
        while self.has_room_for < length {
            let more = self.room.try_acquire().map_err(|_| too_busy())?;
            match &mut self.taken {
                Some(taken) => taken.merge(more),
                none => *none = Some(more),
            }
            self.has_room_for += ROOM_PIECE;
        }
        self.whole.extend_from_slice(data);
        Ok(())
    }

    fn end(self) -> Gathered {
        Gathered { bytes: self.whole.freeze(), _room: self.taken }
    }
}

/// The whole of a body of bounded size.
///
/// # Errors
/// 413 when it is larger, 400 when it does not come or comes too slowly, 503 when too many come at once.
pub async fn gathered(incoming: InBody, signed_service: Option<&str>) -> Result<Gathered, Fault> {
    let is_own = signed_service == Some("portcullis");
    let bytes_max = if is_own { OWN_BYTES_MAX } else { GATHERED_BYTES_MAX };
    gathered_in(&ROOM, incoming, bytes_max).await
}

/// The whole of a form.
///
/// # Errors
/// As for others, only that it is larger sooner.
pub async fn form(incoming: InBody) -> Result<Gathered, Fault> {
    gathered_in(&ROOM, incoming, FORM_BYTES_MAX).await
}

async fn gathered_in(
    room: &'static Semaphore,
    mut incoming: InBody,
    bytes_max: usize,
) -> Result<Gathered, Fault> {
    let mut gathering = Gathering::new(room, bytes_max, |bytes_max| {
        let message = format!("The request body is larger than {bytes_max} bytes.");
        Fault::new("RequestEntityTooLarge", 413, message)
    });
    let gathered = async move {
        while let Some(data) = piece(&mut incoming).await? {
            gathering.add(&data)?;
        }
        Ok(gathering.end())
    };
    tokio::time::timeout(WHOLE_WAIT, gathered).await.unwrap_or_else(|_| Err(too_slow()))
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
    /// When it is too large or not what was promised, comes too slowly, or too many come at once.
    pub async fn document(mut self) -> Result<Gathered, ApiError> {
        let mut gathering = Gathering::new(&ROOM, DOCUMENT_BYTES_MAX, |_| {
            Fault::new("EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size")
        });
        let gathered = async move {
            while let Some(data) = self.advance().await? {
                gathering.add(&data).map_err(|fault| api_error(&fault))?;
            }
            Ok(gathering.end())
        };
        let waited = tokio::time::timeout(WHOLE_WAIT, gathered).await;
        waited.unwrap_or_else(|_| Err(api_error(&too_slow())))
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

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{StreamExt, stream};
    use http_body_util::{Full, StreamBody};
    use hyper::body::Frame;

    fn of(length: usize) -> InBody {
        Full::new(Bytes::from(vec![b'x'; length])).map_err(|never| match never {}).boxed_unsync()
    }

    #[tokio::test]
    async fn gathered_bodies_take_room_until_they_are_dropped() {
        let room: &'static Semaphore = Box::leak(Box::new(Semaphore::new(3)));
        let one = gathered_in(room, of(2 * ROOM_PIECE), GATHERED_BYTES_MAX).await.unwrap();
        assert_eq!((one.bytes.len(), room.available_permits()), (2 * ROOM_PIECE, 1));
        assert_eq!(
            gathered_in(room, of(ROOM_PIECE + 1), GATHERED_BYTES_MAX).await.err().unwrap().code,
            "SlowDown"
        );
        let small = gathered_in(room, of(1), GATHERED_BYTES_MAX).await.unwrap();
        assert_eq!(room.available_permits(), 0);
        assert!(gathered_in(room, of(0), GATHERED_BYTES_MAX).await.is_ok(), "nothing needs no room");
        drop((one, small));
        assert_eq!(room.available_permits(), 3);
    }

    #[tokio::test]
    async fn a_body_that_is_too_large_is_not_read_to_its_end() {
        let endless = stream::repeat_with(|| Ok(Frame::data(Bytes::from_static(&[b'x'; 4096]))));
        let fault = gathered(StreamBody::new(endless).boxed_unsync(), None).await.err().unwrap();
        assert_eq!((fault.code.as_str(), fault.status), ("RequestEntityTooLarge", 413));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_drips_is_cut_off() {
        let began = tokio::time::Instant::now();
        let dripping = stream::repeat(()).then(|()| async {
            tokio::time::sleep(PIECE_WAIT / 2).await;
            Ok(Frame::data(Bytes::from_static(b"x")))
        });
        let fault = gathered(StreamBody::new(dripping.boxed()).boxed_unsync(), None).await.err().unwrap();
        assert_eq!((fault.code.as_str(), began.elapsed()), ("RequestTimeout", WHOLE_WAIT));
        let silent = stream::pending::<Result<Frame<Bytes>, super::super::Broken>>();
        let began = tokio::time::Instant::now();
        let fault = gathered(StreamBody::new(silent).boxed_unsync(), None).await.err().unwrap();
        assert_eq!((fault.code.as_str(), began.elapsed()), ("RequestTimeout", PIECE_WAIT));
    }
}
