//! Private keys of a provider's record: they open what its identity provider encrypts.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::KeyPair;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_base::Secret;

/// An RSA key in PEM, itself not encrypted (RFC 7468: `PRIVATE KEY`; RFC 8017: `RSA PRIVATE KEY`), as PKCS #8; nothing if it
/// is no such key.
pub fn pkcs8(pem: &Secret) -> Option<Secret> {
    let text = pem.expose_text().trim();
    let body = |label: &str| {
        let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
        let body = text.strip_prefix(&begin)?.strip_suffix(&end)?;
        let body = Secret::from(body.split_ascii_whitespace().collect::<String>());
        STANDARD.decode(body.expose_bytes()).ok().map(Secret::new)
    };
    let key = match (body("PRIVATE KEY"), body("RSA PRIVATE KEY")) {
        (Some(der), _) => KeyPair::from_pkcs8(der.expose_bytes()),
        (None, Some(der)) => KeyPair::from_der(der.expose_bytes()),
        (None, None) => return None,
    };
    let encoded: Pkcs8V1Der<'_> = key.ok()?.as_der().ok()?;
    Some(Secret::new(encoded.as_ref().to_vec()))
}
