//! One call of Portcullis's own interface: signed, sent, and its answer read.
//!
//! Nothing is tried twice here: whether a request that got no answer was done is not known. What may be sent again is
//! sent by `again`.

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use portcullis_base::world::World;
use portcullis_wire::frame::{FrameFault, Head, Headers};
use portcullis_wire::protocol::model;
use portcullis_wire::sigv4::sign::{Credentials, sign};
use portcullis_wire::sigv4::{PayloadMode, Scope};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::error::ClientError;
use super::secure;
use super::settings::Settings;

/// The name of Portcullis's own interface in scopes, and before its permissions.
pub const SERVICE: &str = "portcullis";
/// How long connecting may take.
const CONNECT_WAIT: Duration = Duration::from_secs(10);
/// How long the answer may take, the body included.
const ANSWER_WAIT: Duration = Duration::from_mins(1);
/// The largest answer that is read.
const ANSWER_MAX: usize = 64 * 1024 * 1024;
/// What the audit event shows as the client.
const USER_AGENT: &str = concat!("portcullis/", env!("CARGO_PKG_VERSION"));

/// What is spoken to the server: bytes as they are, or TLS.
trait Wire: AsyncRead + AsyncWrite + Send {}

impl<T: AsyncRead + AsyncWrite + Send> Wire for T {}

/// Somebody who calls.
pub struct Client {
    /// Whom, and for which region.
    pub settings: Settings,
    /// As whom.
    pub credentials: Credentials,
    /// When.
    pub world: World,
}

impl Client {
    /// Calls an operation and gives its output.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with the server's words; others when it does not come to that.
    pub async fn call(&self, operation: &str, input: &Json) -> Result<Json, ClientError> {
        self.call_of(SERVICE, operation, input).await
    }

    /// The same of another service that speaks awsJson, by the name that it is signed for.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn call_of(&self, service: &str, operation: &str, input: &Json) -> Result<Json, ClientError> {
        let prefix = model(service).and_then(|model| model.target_prefix.as_deref()).unwrap_or_default();
        let target = format!("{prefix}.{operation}");
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target.as_str())];
        let response = self.send(service, headers.into_iter().collect(), input.to_string()).await?;
        self.read(&response)
    }

    /// Asks STS who calls, which needs no permission.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with the server's words; others when it does not come to that.
    pub async fn identity(&self) -> Result<Json, ClientError> {
        let headers = vec![("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
        let body = "Action=GetCallerIdentity&Version=2011-06-15".to_owned();
        let response = self.send("sts", headers, body).await?;
        let text = String::from_utf8_lossy(response.body()).into_owned();
        let element = |name: &str| {
            let (_, rest) = text.split_once(&format!("<{name}>"))?;
            rest.split_once('<').map(|(value, _)| value.to_owned())
        };
        if let (Some(account), Some(arn), Some(id)) = (element("Account"), element("Arn"), element("UserId"))
        {
            return Ok(json!({ "Account": account, "Arn": arn, "UserId": id }));
        }
        Err(match element("Code") {
            Some(code) => ClientError::Refused {
                code,
                message: element("Message").unwrap_or_default(),
                request_id: element("RequestId"),
            },
            None => self.foreign(&response),
        })
    }

    async fn send(
        &self,
        service: &str,
        headers: Vec<(&str, &str)>,
        body: String,
    ) -> Result<Response<Bytes>, ClientError> {
        let head = self.signed(service, headers, &body).map_err(|_| ClientError::Unsendable)?;
        let mut request = Request::builder().method(head.method.as_str()).uri(&head.path);
        for (name, value) in head.headers.iter() {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(body))).map_err(|_| ClientError::Unsendable)?;
        self.exchange(request).await
    }

    fn signed(&self, service: &str, headers: Vec<(&str, &str)>, body: &str) -> Result<Head, FrameFault> {
        let authority = self.settings.endpoint.authority.as_str();
        let common = [("host", authority), ("user-agent", USER_AGENT)];
        let head = Head::new("POST", "/", None, Headers::new(common.into_iter().chain(headers))?)?;
        let payload = PayloadMode::Sha256(Sha256::digest(body.as_bytes()).into());
        let now = self.world.clock.now();
        sign(&head, &payload, &self.credentials, &Scope::new(now, &self.settings.region, service), now)
    }

    fn foreign(&self, response: &Response<Bytes>) -> ClientError {
        ClientError::Foreign { endpoint: self.settings.endpoint.clone(), status: response.status().as_u16() }
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, ClientError> {
        let endpoint = &self.settings.endpoint;
        let late = || Err(std::io::Error::from(std::io::ErrorKind::TimedOut));
        let stream = timeout(CONNECT_WAIT, TcpStream::connect((endpoint.host.as_str(), endpoint.port)));
        let stream = stream
            .await
            .unwrap_or_else(|_| late())
            .map_err(|source| ClientError::Unreachable { endpoint: endpoint.clone(), source })?;
        let wire: Pin<Box<dyn Wire>> = if endpoint.is_secure {
            let greeting = secure::greeted(stream, endpoint, self.settings.ca_bundle.as_ref());
            let late = || ClientError::NotTrusted {
                endpoint: endpoint.clone(),
                reason: "the greeting took too long".to_owned(),
            };
            Box::pin(timeout(CONNECT_WAIT, greeting).await.map_err(|_| late())??)
        } else {
            Box::pin(stream)
        };
        let silent = |reason: String| ClientError::NoAnswer { endpoint: endpoint.clone(), reason };
        let answer = async {
            let (mut sender, connection) = http1::handshake(TokioIo::new(wire)).await?;
            // It ends with the sender; what goes wrong on it reaches the answer below.
            tokio::spawn(connection);
            let (parts, body) = sender.send_request(request).await?.into_parts();
            let body = Limited::new(body, ANSWER_MAX).collect().await?.to_bytes();
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(Response::from_parts(parts, body))
        };
        match timeout(ANSWER_WAIT, answer).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(silent(error.to_string())),
            Err(_) => Err(silent(format!("none came within {} s", ANSWER_WAIT.as_secs()))),
        }
    }

    fn read(&self, response: &Response<Bytes>) -> Result<Json, ClientError> {
        let foreign = || self.foreign(response);
        let header = |name: &str| response.headers().get(name)?.to_str().ok().map(str::to_owned);
        let body: Json = serde_json::from_slice(response.body()).map_err(|_| foreign())?;
        if response.status().is_success() {
            return if body.is_object() { Ok(body) } else { Err(foreign()) };
        }
        let code = body.get("__type").and_then(Json::as_str).ok_or_else(foreign)?;
        // Some writers put a namespace before the code.
        let code = code.rsplit('#').next().unwrap_or(code).to_owned();
        let message = body.get("message").and_then(Json::as_str).unwrap_or_default().to_owned();
        Err(ClientError::Refused { code, message, request_id: header("x-amzn-requestid") })
    }
}
