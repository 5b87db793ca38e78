//! Encrypted assertions (SAML core section 2.3.4; W3C, "XML Encryption Syntax and Processing 1.1"): one of the provider's
//! private keys opens a key, and that opens the assertion.
//!
//! One form is taken: one `EncryptedData` with its key in it or beside it, RSA-OAEP for the key, AES for the content. What
//! comes out is markup that nobody vouches for yet; its signature is looked at like any other's. Until that holds, one
//! answer is given for whatever goes wrong, after the same work as far as that goes. AES-CBC under no signature of the response
//! stays what it is: who may try often enough to measure times learns from them.

use std::ops::Range;

use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OAEP_SHA512_MGF1SHA512,
    OaepAlgorithm, OaepPrivateDecryptingKey, PrivateDecryptingKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra_crypto::cipher;
use portcullis_base::Secret;
use zeroize::Zeroizing;

use super::Refusal;
use super::document::Document;
use super::scoped::{ASSERTION, SIGNATURE, Scoped};

const SPACE: &str = "http://www.w3.org/2001/04/xmlenc#";
const SPACE_11: &str = "http://www.w3.org/2009/xmlenc11#";
const ELEMENT: &str = "http://www.w3.org/2001/04/xmlenc#Element";

/// Ciphers of the content (IAM User Guide, "Manage SAML encryption keys": AES-GCM or AES-CBC).
const CIPHERS: [&str; 6] = [
    "http://www.w3.org/2009/xmlenc11#aes128-gcm",
    "http://www.w3.org/2009/xmlenc11#aes192-gcm",
    "http://www.w3.org/2009/xmlenc11#aes256-gcm",
    "http://www.w3.org/2001/04/xmlenc#aes128-cbc",
    "http://www.w3.org/2001/04/xmlenc#aes192-cbc",
    "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
];

const OAEP: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
const OAEP_11: &str = "http://www.w3.org/2009/xmlenc11#rsa-oaep";
const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";
const MGF1_SHA1: &str = "http://www.w3.org/2009/xmlenc11#mgf1sha1";

/// Forms of RSA-OAEP (section 5.5.2): method, digest, mask generation. RSA of PKCS #1 version 1.5 tells whoever asks often
/// enough what the key opens, and is not among them.
const TRANSPORTS: [(&str, &str, &str, &OaepAlgorithm); 5] = [
    (OAEP, SHA1, MGF1_SHA1, &OAEP_SHA1_MGF1SHA1),
    (OAEP_11, SHA1, MGF1_SHA1, &OAEP_SHA1_MGF1SHA1),
    (
        OAEP_11,
        "http://www.w3.org/2001/04/xmlenc#sha256",
        "http://www.w3.org/2009/xmlenc11#mgf1sha256",
        &OAEP_SHA256_MGF1SHA256,
    ),
    (
        OAEP_11,
        "http://www.w3.org/2001/04/xmldsig-more#sha384",
        "http://www.w3.org/2009/xmlenc11#mgf1sha384",
        &OAEP_SHA384_MGF1SHA384,
    ),
    (
        OAEP_11,
        "http://www.w3.org/2001/04/xmlenc#sha512",
        "http://www.w3.org/2009/xmlenc11#mgf1sha512",
        &OAEP_SHA512_MGF1SHA512,
    ),
];

/// What a provider's record says of encryption.
pub struct Opener<'a> {
    /// Whether assertions must be encrypted.
    pub is_required: bool,
    /// The private keys, as PKCS #8; asked for only when there is something to open.
    pub keys: &'a dyn Fn() -> Vec<Secret>,
}

/// What is encrypted in a response.
#[derive(PartialEq, Eq)]
pub struct Sealed {
    cipher: &'static str,
    content: Vec<u8>,
    // Where its form of RSA-OAEP stands in the table.
    transport: usize,
    label: Option<Vec<u8>>,
    key: Vec<u8>,
}

/// A document with what was opened in the place of what was encrypted.
pub struct Opened {
    /// All of it.
    pub text: String,
    /// What was opened.
    pub place: Range<usize>,
}

impl Sealed {
    /// The encrypted assertion of a response; nothing if it has none.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] for one of a form that is not taken.
    pub fn of(response: &Scoped<'_>) -> Result<Option<Self>, Refusal> {
        let odd = Refusal::Malformed("an assertion that is encrypted in a form that is not taken");
        match response.one(ASSERTION, "EncryptedAssertion") {
            Ok(None) => Ok(None),
            Ok(Some(found)) => Self::read(&found).map(Some).ok_or(odd),
            Err(_) => Err(odd),
        }
    }

    fn read(assertion: &Scoped<'_>) -> Option<Self> {
        let data = assertion.one(SPACE, "EncryptedData").ok()??;
        if data.attribute("Type").is_some_and(|kind| kind != ELEMENT) {
            return None;
        }
        let method = data.one(SPACE, "EncryptionMethod").ok()??;
        let cipher = CIPHERS.into_iter().find(|name| method.attribute("Algorithm") == Some(name))?;
        let info = data.one(SIGNATURE, "KeyInfo").ok()?;
        let within = info.map(|info| info.one(SPACE, "EncryptedKey")).transpose().ok()?.flatten();
        let key = within.xor(assertion.one(SPACE, "EncryptedKey").ok()?)?;
        let method = key.one(SPACE, "EncryptionMethod").ok()??;
        let named = |space, name| {
            let element = method.one(space, name).ok()?;
            Some(element.and_then(|element| element.attribute("Algorithm")))
        };
        let digest = named(SIGNATURE, "DigestMethod")?.unwrap_or(SHA1);
        let mask = named(SPACE_11, "MGF")?.unwrap_or(MGF1_SHA1);
        let wanted = (method.attribute("Algorithm")?, digest, mask);
        let transport =
            TRANSPORTS.iter().position(|(name, digest, mask, _)| (*name, *digest, *mask) == wanted)?;
        let label = method.one(SPACE, "OAEPparams").ok()?;
        let label = label.map(|label| base64(&label).ok_or(())).transpose().ok()?;
        Some(Self { cipher, content: value(&data)?, transport, label, key: value(&key)? })
    }

    /// The document with what the first of the keys opens that opens anything; with nothing there if none does, so that
    /// it takes the same way from here.
    pub fn opened(&self, document: &Document<'_>, text: &str, keys: &[Secret]) -> Option<Opened> {
        let place = place(document)?;
        let plain = keys.iter().find_map(|key| self.plain(key)).unwrap_or_default();
        let plain = plain.trim();
        let (before, after) = (text.get(..place.start)?, text.get(place.end..)?);
        let place = before.len()..before.len() + plain.len();
        Some(Opened { text: [before, plain, after].concat(), place })
    }

    fn plain(&self, key: &Secret) -> Option<String> {
        let key = PrivateDecryptingKey::from_pkcs8(key.expose_bytes()).ok()?;
        let key = OaepPrivateDecryptingKey::new(key).ok()?;
        let mut room = Zeroizing::new(vec![0; key.min_output_size()]);
        let (.., transport) = TRANSPORTS.get(self.transport)?;
        let opened = key.decrypt(transport, &self.key, &mut room, self.label.as_deref()).ok()?;
        let cipher = cipher::from_uri(self.cipher).ok().filter(|cipher| cipher.key_size() == opened.len())?;
        let plain = cipher.decrypt(opened, &self.content).ok()?;
        String::from_utf8(plain).ok()
    }
}

/// Where the one `EncryptedData` of a document stands.
fn place(document: &Document<'_>) -> Option<Range<usize>> {
    let tree = &document.tree;
    let is_data =
        |node| tree.element(node).is_some_and(|element| element.matches_name_ns(SPACE, "EncryptedData"));
    let mut found = tree.descendants(document.root).into_iter().filter(|node| is_data(*node));
    match (found.next(), found.next()) {
        (Some(node), None) => tree.node_range(node),
        _ => None,
    }
}

/// What stands in the `CipherValue` of an element.
fn value(of: &Scoped<'_>) -> Option<Vec<u8>> {
    base64(&of.one(SPACE, "CipherData").ok()??.one(SPACE, "CipherValue").ok()??)
}

fn base64(of: &Scoped<'_>) -> Option<Vec<u8>> {
    let text: String = of.exact_text()?.split_ascii_whitespace().collect();
    STANDARD.decode(text).ok()
}
