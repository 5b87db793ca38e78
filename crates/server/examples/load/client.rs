//! A client of IAM on one connection: it signs a form before the clock runs, sends it and reads the answer.

use std::time::Duration;

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

use crate::Failure;
use crate::server::instant;

/// A connection and whose it is.
pub struct Client {
    sender: SendRequest<Full<Bytes>>,
    endpoint: String,
    credentials: Credentials,
    world: World,
}

/// An answer, and how long it took from the request's first byte to its own last.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub text: String,
    /// How long.
    pub took: Duration,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn connect(endpoint: &str, credentials: Credentials) -> Result<Self, Failure> {
        let stream = TcpStream::connect(endpoint).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { sender, endpoint: endpoint.to_owned(), credentials, world: World::system() })
    }

    /// Asks IAM.
    ///
    /// # Errors
    /// When the connection breaks; every status is an answer.
    pub async fn ask(&mut self, action: &str, parameters: &[(&str, &str)]) -> Result<Answer, Failure> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", action).append_pair("Version", "2010-05-08").extend_pairs(parameters);
        let request = self.signed(form.finish())?;
        let began = instant();
        let response = self.sender.send_request(request).await?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await?.to_bytes();
        let took = began.elapsed();
        Ok(Answer { status, text: String::from_utf8(body.to_vec())?, took })
    }

    /// The same, and only success will do.
    ///
    /// # Errors
    /// The server's words.
    pub async fn done(&mut self, action: &str, parameters: &[(&str, &str)]) -> Result<Answer, Failure> {
        let answer = self.ask(action, parameters).await?;
        if answer.status == 200 {
            return Ok(answer);
        }
        Err(format!("{action} {parameters:?} was answered {}: {}", answer.status, answer.text).into())
    }

    fn signed(&self, form: String) -> Result<Request<Full<Bytes>>, Failure> {
        let headers = Headers::new([
            ("host", self.endpoint.as_str()),
            ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
        ])?;
        let head = Head::new("POST", "/", None, headers)?;
        let payload = PayloadMode::Sha256(Sha256::digest(form.as_bytes()).into());
        let now = self.world.clock.now();
        let signed = sign(&head, &payload, &self.credentials, &Scope::new(now, "us-east-1", "iam"), now)?;
        let mut request = Request::builder().method("POST").uri("/");
        for (name, value) in signed.headers.iter() {
            request = request.header(name, value);
        }
        Ok(request.body(Full::new(Bytes::from(form)))?)
    }
}

impl Answer {
    /// The text of an element, if there is one.
    pub fn element(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.text.split_once(&format!("<{name}>"))?;
        rest.split_once('<').map(|(text, _)| text)
    }

    /// How many elements of a name there are.
    pub fn count(&self, name: &str) -> usize {
        self.text.matches(&format!("<{name}>")).count()
    }
}
