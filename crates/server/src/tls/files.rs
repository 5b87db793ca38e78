//! Certificate and key as files.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use tokio::signal::unix::{SignalKind, signal};

use super::{TlsError, shown};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(5);

/// A certificate chain, the server's own first, and the key to it.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The file with the chain, in PEM form.
    pub cert: PathBuf,
    /// The file with the key, in PEM form.
    pub key: PathBuf,
}

fn unreadable(file: &Path, error: rustls::pki_types::pem::Error, what: &'static str) -> TlsError {
    match error {
        rustls::pki_types::pem::Error::Io(source) => TlsError::Unreadable { file: shown(file), source },
        _ => TlsError::Absent { file: shown(file), what },
    }
}

/// The certificates of a file.
///
/// # Errors
/// [`TlsError`] when it cannot be read or holds none.
pub fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    const WHAT: &str = "certificate";
    let all = CertificateDer::pem_file_iter(file).map_err(|error| unreadable(file, error, WHAT))?;
    let all: Result<Vec<_>, _> = all.collect();
    let all = all.map_err(|error| unreadable(file, error, WHAT))?;
    if all.is_empty() {
        return Err(TlsError::Absent { file: shown(file), what: WHAT });
    }
    Ok(all)
}

impl Pair {
    /// Reads both and holds them against each other.
    ///
    /// # Errors
    /// [`TlsError`] with the file that is wrong.
    pub fn read(&self) -> Result<Arc<CertifiedKey>, TlsError> {
        let chain = certificates(&self.cert)?;
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|error| unreadable(&self.key, error, "private key"))?;
        let refused =
            |reason: String| TlsError::NoPair { cert: shown(&self.cert), key: shown(&self.key), reason };
        let provider = aws_lc_rs::default_provider();
        // It compares the public halves.
        CertifiedKey::from_der(chain, key, &provider)
            .map(Arc::new)
            .map_err(|error| refused(error.to_string()))
    }

    /// When the files were last written; nothing for one that is gone.
    fn written(&self) -> [Option<SystemTime>; 2] {
        let written = |file: &Path| std::fs::metadata(file).and_then(|held| held.modified()).ok();
        [written(&self.cert), written(&self.key)]
    }
}

/// Calls `reload` when the files have changed and rest, and when SIGHUP comes. Never ends.
pub async fn keep_up(pair: &Pair, reload: impl Fn()) {
    let mut asked = signal(SignalKind::hangup())
        .inspect_err(|error| tracing::error!(%error, "SIGHUP cannot be caught"))
        .ok();
    let mut used = pair.written();
    let mut seen = used;
    loop {
        let told = async {
            match &mut asked {
                Some(asked) => asked.recv().await,
                None => std::future::pending().await,
            }
        };
        let is_told = tokio::select! {
            _ = told => true,
            () = tokio::time::sleep(LOOK) => false,
        };
        let now = pair.written();
        // Of two files the second may still be on its way: what has just changed is taken a look later.
        if is_told || (now != used && now == seen) {
            used = now;
            reload();
        }
        seen = now;
    }
}
