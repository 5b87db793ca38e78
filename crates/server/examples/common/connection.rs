//! A connection on which anybody may ask: a request is signed before the clock runs, sent, and its answer read.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use portcullis_base::world::World;
use portcullis_wire::frame::{Head, Headers};
use portcullis_wire::sigv4::sign::{Credentials, sign};
use portcullis_wire::sigv4::{PayloadMode, Scope};
use sha2::{Digest, Sha256};
use tokio::net::TcpStream;

use super::{Failure, instant};

/// A connection.
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    endpoint: String,
    world: World,
}

/// A request that is still to be signed.
pub struct Ask<'a> {
    /// The service that the signature names.
    pub service: &'a str,
    /// The method.
    pub method: &'a str,
    /// The path.
    pub path: &'a str,
    /// Headers but for the host.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: String,
}

/// An answer, and when the request's first byte and its own last were.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub text: String,
    /// The request's id, as the server has it.
    pub request: Option<String>,
    /// Before the request was sent.
    pub began: Instant,
    /// After the answer was there.
    pub ended: Instant,
}

impl<'a> Ask<'a> {
    /// A form for a service that takes them.
    pub fn form(service: &'a str, version: &str, action: &str, parameters: &[(&str, &str)]) -> Self {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", action).append_pair("Version", version).extend_pairs(parameters);
        let headers = &[("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
        Self { service, method: "POST", path: "/", headers, body: form.finish() }
    }
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn open(endpoint: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(endpoint).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { sender, endpoint: endpoint.to_owned(), world: World::system() })
    }

    /// Asks.
    ///
    /// # Errors
    /// When the connection breaks; every status is an answer.
    pub async fn ask(&mut self, credentials: &Credentials, ask: Ask<'_>) -> Result<Answer, Failure> {
        let request = self.signed(credentials, ask)?;
        if self.sender.ready().await.is_err() {
            // The server ends connections that it has had enough of.
            *self = Self::open(&self.endpoint).await?;
        }
        let began = instant();
        let response = self.sender.send_request(request).await?;
        let status = response.status().as_u16();
        let request = response.headers().get("x-amzn-requestid").and_then(|id| id.to_str().ok());
        let request = request.map(str::to_owned);
        let body = response.into_body().collect().await?.to_bytes();
        let ended = instant();
        Ok(Answer { status, text: String::from_utf8(body.to_vec())?, request, began, ended })
    }

    fn signed(&self, credentials: &Credentials, ask: Ask<'_>) -> Result<Request<Full<Bytes>>, Failure> {
        let host = [("host", self.endpoint.as_str())];
        let headers = Headers::new(host.into_iter().chain(ask.headers.iter().copied()))?;
        let head = Head::new(ask.method, ask.path, None, headers)?;
        let payload = PayloadMode::Sha256(Sha256::digest(ask.body.as_bytes()).into());
        let now = self.world.clock.now();
        let scope = Scope::new(now, "us-east-1", ask.service);
        let signed = sign(&head, &payload, credentials, &scope, now)?;
        let mut request = Request::builder().method(ask.method).uri(ask.path);
        for (name, value) in signed.headers.iter() {
            request = request.header(name, value);
        }
        Ok(request.body(Full::new(Bytes::from(ask.body)))?)
    }
}

impl Answer {
    /// How long it took.
    pub fn took(&self) -> Duration {
        self.ended - self.began
    }

    /// The text of an element, if there is one.
    pub fn element(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.text.split_once(&format!("<{name}>"))?;
        rest.split_once('<').map(|(text, _)| text)
    }
}
