//! The one form of a signature that is taken (W3C, "XML Signature Syntax and Processing"; SAML core section 5.4): one
//! reference to the element in which it stands, the two transforms that SAML allows, a short list of algorithms, and no
//! attribute that is not looked at here.

use aws_lc_rs::digest::{Algorithm, SHA256, SHA384, SHA512, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_base::xml;
use uppsala::NodeId;

use super::document::Document;
use super::scoped::{SIGNATURE, Scoped};

const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const DIGESTS: [(&str, &Algorithm); 3] = [
    ("http://www.w3.org/2001/04/xmlenc#sha256", &SHA256),
    ("http://www.w3.org/2001/04/xmldsig-more#sha384", &SHA384),
    ("http://www.w3.org/2001/04/xmlenc#sha512", &SHA512),
];
/// Prefixes that a canonicalization is told to keep. Each costs something at every element of the document.
const PREFIXES_MAX: usize = 16;
/// Letters of one.
const PREFIX_LETTERS_MAX: usize = 64;

/// A signature of that form.
pub struct Form {
    /// `SignatureMethod`.
    pub algorithm: String,
    /// `SignatureValue`.
    pub value: Vec<u8>,
    /// `SignedInfo` in canonical form: what is signed.
    pub signed_info: String,
    // What `SignedInfo` says.
    target: String,
    prefixes: Vec<String>,
    digest: &'static Algorithm,
    digest_value: Vec<u8>,
}

impl Form {
    /// Reads a signature; nothing if it has another form.
    pub fn of(document: &Document<'_>, signature: NodeId) -> Option<Self> {
        let (info, value) = parts(document, signature)?;
        let signed_info = document.canonical(info, None, &known_prefixes(document, info)?)?;
        let element = xml::read(signed_info.as_bytes()).ok()?;
        let info = Scoped::root(&element);
        let [canonicalization, method, reference] =
            exactly(&info, ["CanonicalizationMethod", "SignatureMethod", "Reference"])?;
        exclusive(&canonicalization)?;
        let [transforms, digest_method, digest_value] =
            exactly(&reference, ["Transforms", "DigestMethod", "DigestValue"])?;
        let [enveloped, last] = exactly(&transforms, ["Transform", "Transform"])?;
        let has_only = [
            info.has_only(&[]),
            reference.has_only(&["URI"]),
            transforms.has_only(&[]),
            digest_value.has_only(&[]),
            is_bare(&method),
            is_bare(&digest_method),
            is_bare(&enveloped),
            enveloped.attribute("Algorithm") == Some(ENVELOPED),
        ];
        if has_only.contains(&false) {
            return None;
        }
        let named = digest_method.attribute("Algorithm")?;
        let (_, digest) = DIGESTS.iter().find(|(name, _)| *name == named)?;
        Some(Self {
            algorithm: method.attribute("Algorithm")?.to_owned(),
            value,
            target: reference.attribute("URI")?.to_owned(),
            prefixes: exclusive(&last)?,
            digest,
            digest_value: STANDARD.decode(digest_value.exact_text()?).ok()?,
            signed_info,
        })
    }

    /// The canonical form of an element without this signature in it, if that is what the signature says it signed.
    pub fn content(&self, document: &Document<'_>, signature: NodeId, of: NodeId) -> Option<String> {
        let id = document.tree.element(of)?.get_attribute("ID").filter(|id| !id.is_empty())?;
        if self.target.strip_prefix('#') != Some(id) {
            return None;
        }
        let content = document.canonical(of, Some(signature), &self.prefixes)?;
        (digest(self.digest, content.as_bytes()).as_ref() == self.digest_value).then_some(content)
    }
}

/// `SignedInfo` and what stands in `SignatureValue`. `KeyInfo` may follow, and is passed over: whoever signs does not say by which
/// key they are believed.
fn parts(document: &Document<'_>, signature: NodeId) -> Option<(NodeId, Vec<u8>)> {
    let mut children = document.elements(signature);
    let is = |node: NodeId, local: &str| {
        document.tree.element(node).is_some_and(|element| element.matches_name_ns(SIGNATURE, local))
    };
    let info = children.next().filter(|node| is(*node, "SignedInfo"))?;
    let value = children.next().filter(|node| is(*node, "SignatureValue"))?;
    let is_rest_known = children.next().is_none_or(|node| is(node, "KeyInfo")) && children.next().is_none();
    let is_plain = document.elements(value).next().is_none();
    let text: String = document.tree.text_content_deep(value).split_ascii_whitespace().collect();
    let value = STANDARD.decode(text).ok().filter(|_| is_rest_known && is_plain)?;
    Some((info, value))
}

/// The prefixes that the canonical form of `SignedInfo` keeps: known before it is read.
fn known_prefixes(document: &Document<'_>, info: NodeId) -> Option<Vec<String>> {
    let parameter = document.elements(info).next().and_then(|method| document.elements(method).next());
    let list = parameter.and_then(|parameter| document.tree.element(parameter)?.get_attribute("PrefixList"));
    prefixes(list.unwrap_or_default())
}

/// The children of an element, if they are these and no others, in this order.
fn exactly<'a, const N: usize>(element: &Scoped<'a>, names: [&str; N]) -> Option<[Scoped<'a>; N]> {
    let children: Vec<Scoped<'a>> = element.children().collect();
    let children: [Scoped<'a>; N] = children.try_into().ok()?;
    children.iter().zip(names).all(|(child, name)| child.is(SIGNATURE, name)).then_some(children)
}

/// Whether an element names an algorithm and says nothing else.
fn is_bare(element: &Scoped<'_>) -> bool {
    element.has_only(&["Algorithm"]) && element.children().next().is_none()
}

/// The prefixes that an exclusive canonicalization keeps, if the element names that algorithm and nothing else.
fn exclusive(element: &Scoped<'_>) -> Option<Vec<String>> {
    if element.attribute("Algorithm") != Some(EXCLUSIVE) || !element.has_only(&["Algorithm"]) {
        return None;
    }
    let mut parameters = element.children();
    match (parameters.next(), parameters.next()) {
        (None, _) => Some(Vec::new()),
        (Some(only), None) if only.is(EXCLUSIVE, "InclusiveNamespaces") && only.has_only(&["PrefixList"]) => {
            prefixes(only.attribute("PrefixList").unwrap_or_default())
        }
        _ => None,
    }
}

fn prefixes(list: &str) -> Option<Vec<String>> {
    let all: Vec<String> = list.split_ascii_whitespace().take(PREFIXES_MAX + 1).map(str::to_owned).collect();
    let is_short = |prefix: &String| prefix.len() <= PREFIX_LETTERS_MAX;
    (all.len() <= PREFIXES_MAX && all.iter().all(is_short)).then_some(all)
}
