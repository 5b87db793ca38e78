//! TLS towards the server: whom to believe, and the greeting.
//!
//! As with the AWS CLI, the certificates in `AWS_CA_BUNDLE`, or in the profile's `ca_bundle`, stand in place of those
//! that the machine trusts.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::endpoint::Endpoint;
use super::error::ClientError;
use crate::tls;

/// Speaks TLS with whoever is at the other end, if it is who the endpoint says.
///
/// # Errors
/// [`ClientError::NotTrusted`].
pub async fn greeted(
    stream: TcpStream,
    endpoint: &Endpoint,
    bundle: Option<&PathBuf>,
) -> Result<TlsStream<TcpStream>, ClientError> {
    let refused = |reason: String| ClientError::NotTrusted { endpoint: endpoint.clone(), reason };
    let roots = roots(bundle).map_err(refused)?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let versions = versions.map_err(|error| refused(error.to_string()))?;
    let config = versions.with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from(endpoint.host.clone()).map_err(|error| refused(error.to_string()))?;
    let connector = TlsConnector::from(Arc::new(config));
    connector.connect(name, stream).await.map_err(|error| refused(error.to_string()))
}

fn roots(bundle: Option<&PathBuf>) -> Result<RootCertStore, String> {
    let certificates = match bundle {
        Some(file) => tls::certificates(file).map_err(|error| error.to_string())?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    let mut roots = RootCertStore::empty();
    // One that cannot be used is passed over: machines trust some that are of another age.
    let (usable, _) = roots.add_parsable_certificates(certificates);
    if usable == 0 {
        return Err("no certificate is trusted".to_owned());
    }
    Ok(roots)
}
