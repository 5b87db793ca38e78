//! Between HTTP and the service: frames in, values across, bytes out.
//!
//! ```text
//! hyper request -> Head -> Presentation -> Routed -> Exchange -> Service::handle -> Response
//! ```
//!
//! What a request means is not known here; which bytes it was is known nowhere else.

mod body;
mod exchange;
mod facts;
mod inputs;
mod reply;

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::http::request::Parts;
use hyper::{Request, Response};
use ipnet::IpNet;
use portcullis_service::error::ApiError;
use portcullis_service::service::Service;
use portcullis_wire::fault::Fault;
use portcullis_wire::frame::{FrameFault, Head, Headers};
use portcullis_wire::route::{self, RouteConfig, Routed};
use portcullis_wire::sigv4::{self, Presentation, ServedRegions, SignatureFault};

use crate::portal;
pub(crate) use body::form;
use exchange::{HttpExchange, Payload};
pub use inputs::WrittenInputs;

/// Why a body broke off.
pub type Broken = Box<dyn std::error::Error + Send + Sync>;
/// A body on its way in.
pub type InBody = UnsyncBoxBody<Bytes, Broken>;
/// A body on its way out.
pub type OutBody = UnsyncBoxBody<Bytes, Broken>;

/// Everything that answering an HTTP request needs.
pub struct Bridge {
    /// Who answers.
    pub service: Arc<Service>,
    /// The regions whose scopes are taken.
    pub regions: ServedRegions,
    /// The region of what names none.
    pub home_region: String,
    /// How hosts are routed.
    pub routes: RouteConfig,
    /// Proxies whose X-Forwarded-For is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether TLS is spoken.
    pub is_secure: bool,
}

/// Own paths begin so; no bucket can.
const OWN_PATHS: &str = "/_portcullis/";
/// Well-known documents (RFC 8615).
const WELL_KNOWN: &str = "/.well-known/";

/// A body that is all there.
pub(crate) fn whole(bytes: impl Into<Bytes>) -> OutBody {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

fn plain(status: u16, text: &'static str) -> Response<OutBody> {
    let mut response = Response::new(whole(text));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    response.headers_mut().insert(
        hyper::header::CONTENT_TYPE,
        hyper::header::HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}

impl Bridge {
    /// Answers one request, whatever it is.
    pub async fn answer<B>(self: Arc<Self>, request: Request<B>, peer: IpAddr) -> Response<OutBody>
    where
        B: hyper::body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Broken>,
    {
        let (parts, incoming) = request.into_parts();
        let incoming = incoming.map_err(Into::into).boxed_unsync();
        let head = match head(&parts) {
            Ok(head) => head,
            Err(unreadable) => return self.unreadable(&parts, peer, &unreadable),
        };
        // A host that names a bucket comes before any path: such a key is as good as another.
        let is_own =
            head.path.starts_with(OWN_PATHS) || head.path.starts_with(WELL_KNOWN) || portal::is_place(&head);
        let is_own = is_own && !route::has_bucket_host(&head, &self.routes);
        // A client that goes away must not take its request with it half-way: what was begun is ended and recorded.
        let answering = tokio::spawn(async move {
            if is_own {
                self.own(head, incoming, peer).await
            } else {
                self.exchange(head, incoming, peer).await
            }
        });
        answering.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a request failed");
            plain(500, "the request failed because of an internal error\n")
        })
    }

    async fn own(&self, head: Head, incoming: InBody, peer: IpAddr) -> Response<OutBody> {
        let mut response = match head.path.as_str() {
            "/_portcullis/health" if !self.service.is_sound() => plain(503, "unavailable\n"),
            "/_portcullis/health" => plain(200, "ready\n"),
            _ if portal::is_place(&head) => portal::answer(self, &head, incoming, peer).await,
            _ => plain(404, "there is nothing here\n"),
        };
        reply::stamp(&mut response, &self.service.uuid(), self.service.snapshot().revision);
        response
    }

    /// What cannot be read is refused, and recorded with what can be read of it.
    fn unreadable(&self, parts: &Parts, peer: IpAddr, unreadable: &Unreadable) -> Response<OutBody> {
        let facts = self.bare_facts(parts, peer);
        let request_id = facts.request_id.clone();
        let error = ApiError::caller("BadRequest", 400, format!("The request cannot be read: {unreadable}."));
        reply::unreadable(parts.method.as_str(), &request_id, self.service.refuse(facts, error))
    }

    async fn exchange(&self, head: Head, incoming: InBody, peer: IpAddr) -> Response<OutBody> {
        let presented = sigv4::present(&head);
        let (signed_service, meant) = match &presented {
            Ok(Presentation::Signed(presented)) => {
                (Some(presented.scope.service.clone()), presented.meant(&head))
            }
            Ok(Presentation::Unsigned) | Err(_) => (None, None),
        };
        let (head, sent) = match meant {
            Some(meant) => (meant, Some(head)),
            None => (head, None),
        };
        let model = route::answering(&head, signed_service.as_deref(), &self.routes);
        let (routed, payload) = self.routed(&head, signed_service.as_deref(), incoming, &presented).await;
        let routed = facts::check_revision(&head).and(routed);
        let facts = self.facts(&head, peer, &presented, model.map(|model| model.service.as_str()));
        let mut exchange =
            HttpExchange::new((head, sent), facts, model, presented, routed, payload, self.regions.clone());
        let reply = self.service.handle(&mut exchange).await;
        reply::encode(&exchange, reply)
    }

    /// Finds the operation. Bodies are gathered first for the services that name it there.
    async fn routed(
        &self,
        head: &Head,
        signed_service: Option<&str>,
        incoming: InBody,
        presented: &Result<Presentation, SignatureFault>,
    ) -> (Result<Routed, Fault>, Payload) {
        // A signature that cannot even be read is answered by its own fault; its body is of no interest.
        if presented.is_err() || route::is_s3(head, signed_service, &self.routes) {
            let routed = route::route(head, signed_service, &[], &self.routes);
            return (routed, Payload::Incoming(incoming));
        }
        match body::gathered(incoming, signed_service).await {
            Ok(gathered) => (
                route::route(head, signed_service, &gathered.bytes, &self.routes),
                Payload::Gathered(gathered),
            ),
            Err(fault) => (Err(fault.clone()), Payload::Failed(fault)),
        }
    }
}

/// Why a request has no head that anything could be done with.
#[derive(Debug, thiserror::Error)]
enum Unreadable {
    /// HTTP/1.1 requests to a proxy carry a whole URI; this is no proxy, and the signature covers the path alone.
    #[error("the request target is not a path")]
    WholeUri,
    #[error(transparent)]
    Frame(#[from] FrameFault),
}

/// The head of a request, if it has the form of one.
fn head(parts: &Parts) -> Result<Head, Unreadable> {
    let is_http2 = parts.version == hyper::Version::HTTP_2;
    if !is_http2 && parts.uri.authority().is_some() {
        return Err(Unreadable::WholeUri);
    }
    let mut headers =
        Headers::new(parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())))?;
    // HTTP/2 carries the host as :authority (RFC 9113 section 8.3.1).
    if is_http2
        && headers.get("host").is_none()
        && let Some(authority) = parts.uri.authority()
    {
        headers.push("host", authority.as_str())?;
    }
    Ok(Head::new(parts.method.as_str(), parts.uri.path(), parts.uri.query(), headers)?)
}

#[cfg(test)]
pub(crate) mod tests;
