//! Which servers are believed to be who they say: those that a public authority vouches for, as the machine knows them, and
//! those that a thumbprint of the provider's record vouches for.
//!
//! A thumbprint is the SHA-1 of a certificate that the server itself shows. It stands in for a root: the server's own
//! certificate, its name and its dates are verified up to it like up to any other. Only an authority's certificate can
//! vouch so, or the server's own where that is signed by itself; a plain certificate among those shown is nobody's root.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use sha1::{Digest, Sha1};
use x509_parser::prelude::{FromDer, X509Certificate};

/// Certificates that a server may show.
const SHOWN_MAX: usize = 10;

/// Whom this machine trusts.
pub struct Trust {
    provider: Arc<CryptoProvider>,
    roots: Arc<RootCertStore>,
}

impl Trust {
    /// Reads what the system trusts.
    pub fn of_this_machine() -> Self {
        let mut roots = RootCertStore::empty();
        // One that cannot be used is passed over: machines trust some that are of another age.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Self { provider: Arc::new(aws_lc_rs::default_provider()), roots: Arc::new(roots) }
    }

    /// How to speak with a server for which these thumbprints may vouch.
    ///
    /// # Errors
    /// Never with the ciphers that are built in.
    pub fn config(&self, thumbprints: &[String]) -> Result<ClientConfig, Error> {
        let verifier = Verifier {
            provider: Arc::clone(&self.provider),
            public: verifier(&self.provider, Arc::clone(&self.roots)),
            thumbprints: thumbprints.iter().map(|print| print.to_ascii_lowercase()).collect(),
        };
        let config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok(config)
    }
}

/// Verifies up to these roots; nobody, where there are none.
fn verifier(provider: &Arc<CryptoProvider>, roots: Arc<RootCertStore>) -> Option<Arc<WebPkiServerVerifier>> {
    WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider)).build().ok()
}

#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    public: Option<Arc<WebPkiServerVerifier>>,
    thumbprints: Vec<String>,
}

impl Verifier {
    /// Whether a certificate that was shown can stand in for a root.
    fn vouches(&self, shown: &CertificateDer<'_>, is_own: bool, now: UnixTime) -> bool {
        if !self.thumbprints.contains(&hex(&Sha1::digest(shown))) {
            return false;
        }
        let Ok((rest, parsed)) = X509Certificate::from_der(shown) else { return false };
        let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let validity = parsed.validity();
        let is_in_time =
            validity.not_before.timestamp() <= seconds && seconds <= validity.not_after.timestamp();
        let is_root = if is_own { parsed.issuer() == parsed.subject() } else { parsed.is_ca() };
        rest.is_empty() && is_in_time && is_root
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if others.len() >= SHOWN_MAX {
            return Err(CertificateError::UnknownIssuer.into());
        }
        let refused = match &self.public {
            Some(public) => match public.verify_server_cert(own, others, name, ocsp, now) {
                Ok(verified) => return Ok(verified),
                Err(error) => error,
            },
            None => CertificateError::UnknownIssuer.into(),
        };
        let listed = others.iter().map(|shown| (shown, false)).chain([(own, true)]);
        for (shown, is_own) in listed {
            if !self.vouches(shown, is_own, now) {
                continue;
            }
            let mut roots = RootCertStore::empty();
            if roots.add(shown.clone().into_owned()).is_err() {
                continue;
            }
            if let Some(listed) = verifier(&self.provider, Arc::new(roots))
                && let Ok(verified) = listed.verify_server_cert(own, others, name, ocsp, now)
            {
                return Ok(verified);
            }
        }
        Err(refused)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or_default());
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair};

    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn now() -> UnixTime {
        UnixTime::since_unix_epoch(20_000 * DAY)
    }

    fn params(name: &str, is_ca: IsCa) -> CertificateParams {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = is_ca;
        params.not_before = rcgen::date_time_ymd(2024, 1, 1);
        params.not_after = rcgen::date_time_ymd(2025, 1, 1);
        params
    }

    /// Whether a server that shows these is believed to be `issuer.test`, where the last is listed.
    fn is_believed(own: &Certificate, others: &[&Certificate], listed: &Certificate) -> bool {
        let trust = Trust {
            provider: Arc::new(aws_lc_rs::default_provider()),
            roots: Arc::new(RootCertStore::empty()),
        };
        let verifier = Verifier {
            provider: Arc::clone(&trust.provider),
            public: verifier(&trust.provider, Arc::clone(&trust.roots)),
            thumbprints: vec![hex(&Sha1::digest(listed.der()))],
        };
        let others: Vec<CertificateDer<'_>> = others.iter().map(|cert| cert.der().clone()).collect();
        let name = ServerName::try_from("issuer.test").unwrap();
        verifier.verify_server_cert(own.der(), &others, &name, &[], now()).is_ok()
    }

    #[test]
    fn an_authority_that_is_listed_and_shown_vouches_and_nobody_else_does() {
        let key = KeyPair::generate().unwrap();
        let authority = IsCa::Ca(BasicConstraints::Unconstrained);
        let root_params = params("root", authority);
        let root = root_params.self_signed(&key).unwrap();
        let issuer = Issuer::from_params(&root_params, &key);
        let signed = |params: CertificateParams| {
            let own = KeyPair::generate().unwrap();
            (params.signed_by(&own, &issuer).unwrap(), own)
        };
        let (own, own_key) = signed(params("issuer.test", IsCa::ExplicitNoCa));
        assert!(is_believed(&own, &[&root], &root));
        assert!(!is_believed(&own, &[&root], &own), "a certificate that others signed is no root");
        assert!(!is_believed(&own, &[], &root), "it must be shown");
        let (other, _) = signed(params("other.test", IsCa::ExplicitNoCa));
        assert!(!is_believed(&other, &[&root], &root), "it is not the host's");
        // A plain certificate, listed or not, makes no others.
        let plain = params("issuer.test", IsCa::ExplicitNoCa);
        let liar = Issuer::from_params(&plain, &own_key);
        let forged_key = KeyPair::generate().unwrap();
        let forged = params("issuer.test", IsCa::ExplicitNoCa).signed_by(&forged_key, &liar).unwrap();
        assert!(!is_believed(&forged, &[&own], &own) && !is_believed(&forged, &[&own, &root], &root));
    }

    #[test]
    fn a_certificate_that_signed_itself_vouches_for_itself_while_it_lasts() {
        let key = KeyPair::generate().unwrap();
        let own = params("issuer.test", IsCa::ExplicitNoCa).self_signed(&key).unwrap();
        assert!(is_believed(&own, &[], &own));
        let mut over = params("issuer.test", IsCa::ExplicitNoCa);
        over.not_after = rcgen::date_time_ymd(2024, 2, 1);
        let over = over.self_signed(&key).unwrap();
        assert!(!is_believed(&over, &[], &over));
        let mut old_root = params("root", IsCa::Ca(BasicConstraints::Unconstrained));
        old_root.not_after = rcgen::date_time_ymd(2024, 2, 1);
        let root = old_root.self_signed(&key).unwrap();
        let leaf_key = KeyPair::generate().unwrap();
        let leaf = params("issuer.test", IsCa::ExplicitNoCa);
        let leaf = leaf.signed_by(&leaf_key, &Issuer::from_params(&old_root, &key)).unwrap();
        assert!(!is_believed(&leaf, &[&root], &root), "its authority is over");
    }
}
