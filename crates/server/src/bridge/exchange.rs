//! One HTTP request as the service sees it.

use bytes::Bytes;
use portcullis_base::shape::{ChecksumRule, Model, Protocol};
use portcullis_base::{Secret, Timestamp, Value};
use portcullis_service::error::{ApiError, Whose};
use portcullis_service::port::{Body, BoxFuture, Claim, Exchange, Facts, SignatureForm, Target};
use portcullis_wire::fault::Fault;
use portcullis_wire::frame::Head;
use portcullis_wire::protocol::{decode, has_streaming_input};
use portcullis_wire::route::Routed;
use portcullis_wire::sigv4::{
    self, BodyCheck, ChecksumSubject, PayloadMode, Presentation, ServedRegions, ServiceFamily,
    SignatureFault, Verified,
};
use sha2::{Digest, Sha256};

use super::InBody;
use super::body::{CheckedBody, Gathered};
use super::facts::{GLOBAL_REGION, is_global};
use super::inputs::within_limits;

/// The one service that a host can name.
const S3: &str = "s3";

/// The body of a request, as far as it was touched.
pub enum Payload {
    /// All of it.
    Gathered(Gathered),
    /// Nothing of it.
    Incoming(InBody),
    /// It did not come, or was too large to be gathered.
    Failed(Fault),
    /// Somebody has it.
    Taken,
}

/// One HTTP request.
pub struct HttpExchange {
    /// Its head, as it is meant.
    pub head: Head,
    /// Its head as it was sent, where that is another one.
    sent: Option<Head>,
    facts: Facts,
    /// The model in whose protocol it is answered.
    pub model: Option<&'static Model>,
    presented: Result<Presentation, SignatureFault>,
    /// Its operation.
    pub routed: Result<Routed, Fault>,
    payload: Payload,
    verified: Option<Verified>,
    regions: ServedRegions,
    /// Members of the input that its shape does not have.
    ignored: Vec<String>,
}

/// A refusal of the protocol's as the service's error.
pub fn api_error(fault: &Fault) -> ApiError {
    let mut error = ApiError::caller(fault.code.clone(), fault.status, fault.message.clone());
    error.whose = match fault.status {
        503 => Whose::World,
        _ if fault.sender => Whose::Caller,
        _ => Whose::Ours,
    };
    error.extra.clone_from(&fault.extra);
    error
}

impl HttpExchange {
    /// Puts together what is known.
    pub fn new(
        (head, sent): (Head, Option<Head>),
        facts: Facts,
        model: Option<&'static Model>,
        presented: Result<Presentation, SignatureFault>,
        routed: Result<Routed, Fault>,
        payload: Payload,
        regions: ServedRegions,
    ) -> Self {
        Self {
            head,
            sent,
            facts,
            model,
            presented,
            routed,
            payload,
            verified: None,
            regions,
            ignored: Vec::new(),
        }
    }

    fn signature_error(&self, fault: &SignatureFault) -> ApiError {
        let family = match self.model.map(|model| model.protocol) {
            Some(Protocol::RestXml) => ServiceFamily::S3,
            Some(Protocol::Json) => ServiceFamily::Json,
            Some(Protocol::RestJson) => ServiceFamily::RestJson,
            Some(Protocol::Query) | None => ServiceFamily::Query,
        };
        let (status, code, message) = fault.code(family);
        let mut error = ApiError::caller(code, status, message);
        if family == ServiceFamily::S3 {
            error.extra = fault.details().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        }
        error
    }

    /// A scope is for the service that answers, and for a region that is served. Where the host names a bucket, S3
    /// answers whatever the scope says.
    fn check_scope(&self, presented: &sigv4::Presented) -> Result<(), SignatureFault> {
        if self.service() == S3 {
            presented.require_service(S3)?;
        }
        if presented.scope.region == GLOBAL_REGION && is_global(self.service()) {
            return Ok(());
        }
        presented.require_region(&self.regions)
    }

    fn checked_body(&mut self) -> Result<Option<CheckedBody>, ApiError> {
        // What has been gathered stays, with the room that it takes, until the answer is on its way.
        let Payload::Incoming(incoming) = &mut self.payload else { return Ok(None) };
        let incoming = std::mem::replace(incoming, super::whole(Bytes::new()));
        self.payload = Payload::Taken;
        let rule = self.routed.as_ref().map_or(ChecksumRule::None, |routed| routed.operation.checksum);
        let subject =
            if rule == ChecksumRule::None { ChecksumSubject::Object } else { ChecksumSubject::Body };
        let has_what_is_needed = match rule {
            ChecksumRule::None | ChecksumRule::Optional => true,
            ChecksumRule::Required => self.has_checksum() || self.is_body_signed(),
            ChecksumRule::Sent => self.has_checksum(),
        };
        if !has_what_is_needed {
            let message = "Missing required header for this request: Content-MD5 OR x-amz-checksum-*";
            return Err(ApiError::caller("InvalidRequest", 400, message));
        }
        CheckedBody::begin(incoming, BodyCheck::new(&self.head, self.verified.as_ref(), subject)).map(Some)
    }

    fn has_checksum(&self) -> bool {
        self.head.headers.iter().any(|(name, _)| {
            name == "content-md5" || name == "x-amz-trailer" || name.starts_with("x-amz-checksum-")
        })
    }

    /// Whether the signature covers the body's SHA-256, which says more than any checksum.
    fn is_body_signed(&self) -> bool {
        let verified = self.verified.as_ref();
        verified.is_some_and(|verified| matches!(verified.payload(), PayloadMode::Sha256(_)))
    }

    async fn decoded(&mut self) -> Result<Value, ApiError> {
        let routed = self.routed.clone().map_err(|fault| api_error(&fault))?;
        let is_document = !has_streaming_input(routed.model, routed.operation);
        if is_document
            && matches!(self.payload, Payload::Incoming(_))
            && let Some(body) = self.checked_body()?
        {
            self.payload = Payload::Gathered(body.document().await?);
        }
        let document = match &self.payload {
            Payload::Gathered(gathered) => gathered.bytes.clone(),
            Payload::Incoming(_) | Payload::Taken | Payload::Failed(_) => Bytes::new(),
        };
        let decoded = decode(&routed, &self.head, &document).map_err(|fault| api_error(&fault))?;
        self.ignored = decoded.unknown;
        within_limits(routed.model, routed.operation, decoded.value)
    }
}

impl Exchange for HttpExchange {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn target(&self) -> Result<Target, ApiError> {
        let routed = self.routed.as_ref().map_err(api_error)?;
        Ok(Target { service: &routed.model.service, operation: routed.operation.name.clone() })
    }

    fn service(&self) -> &'static str {
        self.model.map_or("sts", |model| model.service.as_str())
    }

    fn claim(&self) -> Result<Option<Claim>, ApiError> {
        match self.presented.as_ref().map_err(|fault| self.signature_error(fault))? {
            Presentation::Unsigned => Ok(None),
            Presentation::Signed(presented) => Ok(Some(Claim {
                access_key_id: presented.access_key_id.clone(),
                session_token: presented.session_token.clone(),
                form: match presented.form {
                    sigv4::SignatureForm::Header => SignatureForm::Header,
                    sigv4::SignatureForm::Query { .. } => SignatureForm::Query,
                },
                signed_at: presented.signed_at,
            })),
        }
    }

    fn verify(&mut self, secret: &Secret, now: Timestamp) -> Result<(), ApiError> {
        let Ok(Presentation::Signed(presented)) = &self.presented else {
            return Err(ApiError::internal("a secret was found for a request without a signature"));
        };
        let body_sha256 = match &self.payload {
            Payload::Gathered(gathered) => Some(Sha256::digest(&gathered.bytes).into()),
            // What was signed cannot be told, and the signature of something else would be wrong.
            Payload::Failed(fault) => return Err(api_error(fault)),
            Payload::Incoming(_) | Payload::Taken => None,
        };
        let sent = self.sent.as_ref().unwrap_or(&self.head);
        let verified = self
            .check_scope(presented)
            .and_then(|()| presented.verify(sent, secret, body_sha256, now))
            .map_err(|fault| self.signature_error(&fault))?;
        self.verified = Some(verified);
        Ok(())
    }

    fn input(&mut self) -> BoxFuture<'_, Result<Value, ApiError>> {
        Box::pin(self.decoded())
    }

    fn ignored(&self) -> &[String] {
        &self.ignored
    }

    fn body(&mut self) -> Result<Option<Box<dyn Body>>, ApiError> {
        Ok(self.checked_body()?.map(|body| Box::new(body) as Box<dyn Body>))
    }
}
