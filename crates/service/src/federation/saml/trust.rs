//! What a provider's metadata is believed for: who it is, and the certificates of its keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_base::Timestamp;
use portcullis_base::xml::{self, Element};

use super::certificate::SigningKey;

/// The name and the certificates of an identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    /// `entityID`.
    pub entity_id: String,
    /// The certificates to sign with.
    pub certificates: Vec<Vec<u8>>,
}

impl Trust {
    /// Reads metadata that was checked when it was saved; nothing if it cannot be read after all.
    pub fn of(metadata: &str) -> Option<Self> {
        let root = xml::read(metadata.as_bytes()).ok()?;
        let entity_id = root.attribute("entityID").filter(|id| !id.is_empty())?.to_owned();
        let decoded = |element: &Element| {
            STANDARD.decode(element.text.split_ascii_whitespace().collect::<String>()).ok()
        };
        let certificates: Option<Vec<_>> = signing_certificates(&root).map(decoded).collect();
        Some(Self { entity_id, certificates: certificates? })
    }

    /// The keys whose certificates are valid at this instant.
    pub fn keys(&self, now: Timestamp) -> Vec<SigningKey> {
        self.certificates.iter().filter_map(|der| SigningKey::of(der, now)).collect()
    }
}

/// Whether metadata describes an identity provider.
pub fn is_identity_provider(root: &Element) -> bool {
    children(root, "IDPSSODescriptor").next().is_some()
}

/// The elements of metadata that hold certificates to sign with.
pub fn signing_certificates(root: &Element) -> impl Iterator<Item = &Element> {
    let keys = children(root, "IDPSSODescriptor").flat_map(|role| children(role, "KeyDescriptor"));
    // A key without a use is for both uses (SAML metadata section 2.4.1.1).
    let signing = keys.filter(|key| key.attribute("use").is_none_or(|usage| usage == "signing"));
    signing
        .flat_map(|key| children(key, "KeyInfo"))
        .flat_map(|info| children(info, "X509Data"))
        .flat_map(|data| children(data, "X509Certificate"))
}

/// The name without its prefix.
pub fn local(element: &Element) -> &str {
    element.name.rsplit(':').next().unwrap_or_default()
}

fn children<'a>(element: &'a Element, name: &'static str) -> impl Iterator<Item = &'a Element> {
    element.children.iter().filter(move |child| local(child) == name)
}
