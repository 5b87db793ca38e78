//! Fetching what identity providers publish, from addresses that tokens and provider records name: so from addresses that
//! somebody else may have chosen.
//!
//! ```text
//! https URL -> name -> addresses -> those that are public -> TLS with whoever is vouched for -> one answer, bounded
//! ```
//!
//! An address is judged after the name was resolved, and exactly that address is connected to, so that a name which means
//! something else a moment later is of no use. Redirects are answers like any other, proxies of the environment are not
//! asked, and nothing is sent but a plain GET.

mod place;
mod trust;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, HOST, USER_AGENT};
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use portcullis_service::federation::fetch::{BYTES_MAX, Fetch, FetchError, WAIT, Wanted};
use portcullis_service::port::BoxFuture;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub use place::Allowed;
use trust::Trust;

/// The port of https.
const PORT: u16 = 443;
/// Addresses of one name that are tried.
const TRIES_MAX: usize = 4;

/// Fetches documents from outside.
pub struct Outside {
    allowed: Vec<Allowed>,
    trust: Trust,
}

impl Outside {
    /// Fetches from public addresses, and from these. Whom the machine trusts is read now.
    pub fn new(allowed: Vec<Allowed>) -> Self {
        Self { allowed, trust: Trust::of_this_machine() }
    }

    async fn document(&self, wanted: Wanted<'_>) -> Result<Bytes, FetchError> {
        let uri: Uri = wanted.url.parse().map_err(|_| forbidden("it is no URL"))?;
        let host = uri.host().filter(|_| uri.scheme_str() == Some("https"));
        let host = host.ok_or_else(|| forbidden("only https is spoken"))?;
        let authority = uri.authority().map(hyper::http::uri::Authority::as_str).unwrap_or_default();
        if authority.contains('@') {
            return Err(forbidden("it names a user"));
        }
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let port = uri.port_u16().unwrap_or(PORT);
        let stream = self.connect(bare, port).await?;
        let stream = self.greet(stream, bare, wanted.thumbprints).await?;
        ask(stream, &uri, authority).await
    }

    async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, FetchError> {
        let mut last = forbidden("the name has no address from which anything is fetched");
        for address in self.addresses(host, port).await?.into_iter().take(TRIES_MAX) {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = unreachable(&error),
            }
        }
        Err(last)
    }

    /// Where to connect to for this name: no other address than these is connected to.
    async fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, FetchError> {
        if let Some(at) = self.allowed.iter().find_map(|allowed| allowed.place_of(host, port)) {
            return Ok(vec![at]);
        }
        // Asked once: a name that means another address a moment later is not asked for that.
        let found = tokio::net::lookup_host((host, port)).await.map_err(|error| unreachable(&error))?;
        Ok(self.let_through(found))
    }

    /// Those of a name's addresses from which something may be fetched.
    fn let_through(&self, found: impl Iterator<Item = SocketAddr>) -> Vec<SocketAddr> {
        found.filter(|address| place::is_allowed(address.ip(), &self.allowed)).collect()
    }

    async fn greet(
        &self,
        stream: TcpStream,
        host: &str,
        thumbprints: &[String],
    ) -> Result<TlsStream<TcpStream>, FetchError> {
        let config = self.trust.config(thumbprints).map_err(|error| unreachable(&error))?;
        let name = ServerName::try_from(host.to_owned()).map_err(|error| unreachable(&error))?;
        let connector = TlsConnector::from(Arc::new(config));
        connector.connect(name, stream).await.map_err(|error| unreachable(&error))
    }
}

impl Fetch for Outside {
    fn fetch<'a>(&'a self, wanted: Wanted<'a>) -> BoxFuture<'a, Result<Bytes, FetchError>> {
        Box::pin(async move {
            let fetched = tokio::time::timeout(WAIT, self.document(wanted)).await;
            fetched.unwrap_or(Err(FetchError::TooSlow))
        })
    }
}

async fn ask(stream: TlsStream<TcpStream>, uri: &Uri, authority: &str) -> Result<Bytes, FetchError> {
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| unreachable(&error))?;
    let request = Request::get(uri.path_and_query().map_or("/", |path| path.as_str()))
        .header(HOST, authority)
        .header(ACCEPT, "application/json")
        .header(USER_AGENT, concat!("portcullis/", env!("CARGO_PKG_VERSION")))
        .body(Empty::<Bytes>::new())
        .map_err(|error| unreachable(&error))?;
    let exchange = async {
        let answer = sender.send_request(request).await.map_err(|error| unreachable(&error))?;
        if answer.status() != hyper::StatusCode::OK {
            return Err(FetchError::Status { status: answer.status().as_u16() });
        }
        let body = Limited::new(answer.into_body(), BYTES_MAX).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() { FetchError::TooLarge } else { unreachable(&error) }
        })?;
        Ok(body.to_bytes())
    };
    // The connection does the reading; that it has ended does not mean that everything was taken from it.
    let driver = async {
        let _ = connection.await;
        std::future::pending::<Infallible>().await
    };
    tokio::select! {
        answered = exchange => answered,
        never = driver => match never {},
    }
}

fn forbidden(reason: &str) -> FetchError {
    FetchError::Forbidden { reason: reason.to_owned() }
}

fn unreachable(error: &dyn std::fmt::Display) -> FetchError {
    FetchError::Unreachable { reason: error.to_string() }
}

#[cfg(test)]
mod tests;
