//! TLS: a certificate and its key from files, looked at again when they change, or from an authority of one's own for
//! development.
//!
//! ```text
//! --tls-cert, --tls-key -> Certificate (read, fits its key) -> what each handshake uses
//!            files changed, SIGHUP -> read again -> the same, or the old one stays and the log says why
//! ```

mod authority;
mod files;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;

pub use authority::Authority;
pub use files::{Pair, certificates};

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{file} cannot be read: {source}")]
    Unreadable {
        /// Which.
        file: String,
        /// Why not.
        source: std::io::Error,
    },
    /// A file holds nothing of the kind.
    #[error("{file} holds no {what} in PEM form")]
    Absent {
        /// Which.
        file: String,
        /// What is looked for.
        what: &'static str,
    },
    /// Certificate and key are no pair, or cannot be used.
    #[error("{cert} and {key} cannot be used together: {reason}")]
    NoPair {
        /// The certificate's file.
        cert: String,
        /// The key's file.
        key: String,
        /// Why not.
        reason: String,
    },
    /// The authority for development could not be made.
    #[error("the certificate authority for development could not be made: {reason}")]
    Authority {
        /// Why not.
        reason: String,
    },
}

/// The certificate that handshakes use now.
#[derive(Debug)]
struct Current(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// TLS as a server speaks it: 1.2 and 1.3, with HTTP/2 and HTTP/1.1 to choose from.
pub struct Tls {
    current: Arc<Current>,
    pair: Pair,
    config: Arc<ServerConfig>,
}

impl Tls {
    /// Reads the certificate and its key.
    ///
    /// # Errors
    /// [`TlsError`]: nothing is served then.
    pub fn new(pair: Pair) -> Result<Self, TlsError> {
        let current = Arc::new(Current(ArcSwap::from(pair.read()?)));
        let provider = Arc::new(aws_lc_rs::default_provider());
        let versions = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let versions = versions.map_err(|error| TlsError::Authority { reason: error.to_string() })?;
        let mut config = versions.with_no_client_auth().with_cert_resolver(Arc::<Current>::clone(&current));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { current, pair, config: Arc::new(config) })
    }

    /// What makes connections of accepted sockets.
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }

    /// Uses the files as they are now. Connections that there are go on as they began.
    ///
    /// # Errors
    /// [`TlsError`]: what was used before stays in use.
    pub fn reload(&self) -> Result<(), TlsError> {
        self.current.0.store(self.pair.read()?);
        Ok(())
    }

    /// Looks at the files from time to time and when SIGHUP comes, and takes over what is new.
    pub async fn keep_up(self: Arc<Self>) {
        files::keep_up(&self.pair, || match self.reload() {
            Ok(()) => tracing::info!("the certificate was read again"),
            Err(error) => tracing::error!(%error, "the certificate stays as it was"),
        })
        .await;
    }
}

/// How a file is called in messages.
fn shown(file: &Path) -> String {
    file.display().to_string()
}
