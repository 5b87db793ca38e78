//! XML signatures: which element was signed, by one of the provider's keys.
//!
//! A library verifies (bergshamra-dsig, over AWS-LC). It is asked only about signatures of one form, because of all that
//! signatures may be (W3C, "XML Signature Syntax and Processing") no identity provider needs another: one reference to
//! the element in which the signature stands, the two transforms that SAML allows (SAML core section 5.4), and a short
//! list of algorithms. `KeyInfo` is passed over: whoever signs does not say by which key they are believed. What comes
//! out is read anew from the very bytes whose hash was signed, so nothing that stands around, beside or above them can
//! be taken for them.

use std::collections::HashSet;

use aws_lc_rs::digest::{Algorithm, SHA256, SHA384, SHA512, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra_c14n::{C14nMode, canonicalize_doc};
use bergshamra_dsig::VerifyResult;
use bergshamra_xml::nodeset::{NodeSet, NodeSetType};
use portcullis_base::xml::{self, Element};
use uppsala::NodeId;

use super::Refusal;
use super::certificate::SigningKey;
use super::document::Document;
use super::scoped::{ASSERTION, SIGNATURE, Scoped};

const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const DIGESTS: [(&str, &Algorithm); 3] = [
    ("http://www.w3.org/2001/04/xmlenc#sha256", &SHA256),
    ("http://www.w3.org/2001/04/xmldsig-more#sha384", &SHA384),
    ("http://www.w3.org/2001/04/xmlenc#sha512", &SHA512),
];

/// An element that was signed.
pub struct Signed {
    // INVARIANT: read from bytes whose digest one of the provider's keys signed, or encrypted among such bytes.
    element: Element,
    was_encrypted: bool,
}

impl Signed {
    /// Whether it came out of an encrypted assertion.
    pub fn was_encrypted(&self) -> bool {
        self.was_encrypted
    }

    /// The assertion: the element itself, or the only one in the response.
    ///
    /// # Errors
    /// [`Refusal::Signature`] when it is none and has not exactly one.
    pub fn assertion(&self) -> Result<Scoped<'_>, Refusal> {
        let root = Scoped::root(&self.element);
        if root.is(ASSERTION, "Assertion") {
            return Ok(root);
        }
        root.one(ASSERTION, "Assertion").ok().flatten().ok_or(Refusal::Signature)
    }
}

/// Verifies every signature of a document, and returns what the innermost one covers; nothing if there is none.
///
/// # Errors
/// [`Refusal::Signature`] when one does not hold, or is of a form that is not taken.
pub fn verify(document: &Document<'_>, keys: &[SigningKey]) -> Result<Option<Signed>, Refusal> {
    let claims =
        document.signatures.iter().map(|(signature, parent)| Claim::of(document, *signature, *parent));
    // The library is not asked about a document before all of its signatures have the one form.
    let claims: Vec<Claim> = claims.collect::<Result<_, _>>()?;
    let mut innermost = None;
    let mut covered = HashSet::new();
    // In the order of the document: a response's own signature may stand before or behind its assertion.
    for claim in &claims {
        if !covered.insert(claim.parent) || !keys.iter().any(|key| claim.holds(document, key)) {
            return Err(Refusal::Signature);
        }
        let element = xml::read(&claim.content).map_err(|_| Refusal::Signature)?;
        if innermost.is_none() || claim.parent != document.root {
            innermost = Some(Signed { element, was_encrypted: false });
        }
    }
    Ok(innermost)
}

/// What is signed in a document whose assertion was encrypted: the assertion itself, or as part of the whole response that was
/// `sent`.
///
/// # Errors
/// [`Refusal::Signature`], whatever it is: what a key opens is told to nobody who has not signed it.
pub fn verify_opened(text: &str, sent: Option<&Signed>, keys: &[SigningKey]) -> Result<Signed, Refusal> {
    let document = Document::opened(text).map_err(|_| Refusal::Signature)?;
    let assertion = document.opened_assertion().ok_or(Refusal::Signature)?;
    let own = verify(&document, keys)?.map(|signed| signed.element);
    let element = match (own, sent) {
        (Some(element), _) => element,
        (None, Some(_)) => {
            let content = canonical(&document, assertion, None, &[])?;
            xml::read(&content).map_err(|_| Refusal::Signature)?
        }
        (None, None) => return Err(Refusal::Signature),
    };
    Ok(Signed { element, was_encrypted: true })
}

/// What a signature of the one form says.
struct Claim {
    signature: NodeId,
    parent: NodeId,
    algorithm: String,
    // INVARIANT: the canonical form of the parent without the signature; its digest is the one that is said.
    content: Vec<u8>,
}

impl Claim {
    fn of(document: &Document<'_>, signature: NodeId, parent: NodeId) -> Result<Self, Refusal> {
        let parts = Parts::of(document, signature).ok_or(Refusal::Signature)?;
        let canonical = canonical(document, parts.signed_info, None, &parts.prefixes(document))?;
        let element = xml::read(&canonical).map_err(|_| Refusal::Signature)?;
        let statement = Statement::of(&Scoped::root(&element)).ok_or(Refusal::Signature)?;
        let id = document.tree.element(parent).and_then(|element| element.get_attribute("ID"));
        if id.is_none_or(|id| id.is_empty() || statement.target.strip_prefix('#') != Some(id)) {
            return Err(Refusal::Signature);
        }
        let content = self::canonical(document, parent, Some(signature), &statement.prefixes)?;
        if digest(statement.digest, &content).as_ref() != statement.value {
            return Err(Refusal::Signature);
        }
        Ok(Self { signature, parent, algorithm: statement.algorithm.to_owned(), content })
    }

    /// Whether the library finds that this key signed just that.
    fn holds(&self, document: &Document<'_>, key: &SigningKey) -> bool {
        let Some(context) = key.alone().filter(|_| key.is_for(&self.algorithm)) else { return false };
        let results = bergshamra_dsig::verify::verify_all_document(&context, &document.tree);
        results.is_ok_and(|results| results.iter().any(|result| self.is_meant_by(result)))
    }

    fn is_meant_by(&self, result: &VerifyResult) -> bool {
        let VerifyResult::Valid { signature_node, references, .. } = result else { return false };
        let [reference] = references.as_slice() else { return false };
        *signature_node == self.signature
            && reference.digest_verified
            && reference.resolved_node == Some(self.parent)
    }
}

/// The canonical bytes of an element, without one that stands in it.
fn canonical(
    document: &Document<'_>,
    node: NodeId,
    without: Option<NodeId>,
    prefixes: &[String],
) -> Result<Vec<u8>, Refusal> {
    let ids =
        |node: NodeId| document.tree.descendants(node).into_iter().chain([node]).map(|node| node.index());
    let hidden: HashSet<usize> = without.into_iter().flat_map(ids).collect();
    let visible = ids(node).filter(|id| !hidden.contains(id)).collect();
    let set = NodeSet::from_ids(visible, NodeSetType::Normal);
    let bytes = canonicalize_doc(&document.tree, C14nMode::Exclusive, Some(&set), prefixes);
    bytes.ok().filter(|bytes| !bytes.is_empty()).ok_or(Refusal::Signature)
}

/// The parts of a `Signature`.
struct Parts {
    signed_info: NodeId,
}

impl Parts {
    fn of(document: &Document<'_>, signature: NodeId) -> Option<Self> {
        let mut children = document.elements(signature);
        let mut next = |local: &str| {
            let child = children.next()?;
            document.tree.element(child)?.matches_name_ns(SIGNATURE, local).then_some(child)
        };
        let (signed_info, value) = (next("SignedInfo")?, next("SignatureValue")?);
        let rest: Vec<NodeId> = children.collect();
        let is_key_info = |node: &NodeId| {
            document.tree.element(*node).is_some_and(|it| it.matches_name_ns(SIGNATURE, "KeyInfo"))
        };
        let is_plain = document.elements(value).next().is_none();
        (is_plain && rest.len() <= 1 && rest.iter().all(is_key_info)).then_some(Self { signed_info })
    }

    /// The prefixes that the canonical form of `SignedInfo` keeps: known before it is read.
    fn prefixes(&self, document: &Document<'_>) -> Vec<String> {
        let list = document
            .elements(self.signed_info)
            .next()
            .and_then(|method| document.elements(method).next())
            .and_then(|parameter| document.tree.element(parameter)?.get_attribute("PrefixList"));
        list.map(split).unwrap_or_default()
    }
}

/// What a `SignedInfo` says.
struct Statement<'a> {
    algorithm: &'a str,
    target: &'a str,
    prefixes: Vec<String>,
    digest: &'static Algorithm,
    value: Vec<u8>,
}

impl<'a> Statement<'a> {
    fn of(info: &Scoped<'a>) -> Option<Self> {
        let [canonicalization, method, reference] =
            exactly(info, ["CanonicalizationMethod", "SignatureMethod", "Reference"])?;
        exclusive(&canonicalization)?;
        let [transforms, digest_method, digest_value] =
            exactly(&reference, ["Transforms", "DigestMethod", "DigestValue"])?;
        let [enveloped, last] = exactly(&transforms, ["Transform", "Transform"])?;
        let is_enveloped = enveloped.attribute("Algorithm") == Some(ENVELOPED);
        let are_bare = [&method, &enveloped, &digest_method].iter().all(|it| it.children().next().is_none());
        if !is_enveloped || !are_bare {
            return None;
        }
        let named = digest_method.attribute("Algorithm")?;
        let (_, digest) = DIGESTS.iter().find(|(name, _)| *name == named)?;
        Some(Self {
            algorithm: method.attribute("Algorithm")?,
            target: reference.attribute("URI")?,
            prefixes: exclusive(&last)?,
            digest,
            value: STANDARD.decode(digest_value.exact_text()?).ok()?,
        })
    }
}

/// The children of an element, if they are these and no others, in this order.
fn exactly<'a, const N: usize>(element: &Scoped<'a>, names: [&str; N]) -> Option<[Scoped<'a>; N]> {
    let children: Vec<Scoped<'a>> = element.children().collect();
    let children: [Scoped<'a>; N] = children.try_into().ok()?;
    children.iter().zip(names).all(|(child, name)| child.is(SIGNATURE, name)).then_some(children)
}

/// The prefixes that an exclusive canonicalization keeps, if the element names that algorithm and nothing else.
fn exclusive(element: &Scoped<'_>) -> Option<Vec<String>> {
    if element.attribute("Algorithm") != Some(EXCLUSIVE) {
        return None;
    }
    let mut parameters = element.children();
    match (parameters.next(), parameters.next()) {
        (None, _) => Some(Vec::new()),
        (Some(only), None) if only.is(EXCLUSIVE, "InclusiveNamespaces") => {
            Some(split(only.attribute("PrefixList").unwrap_or_default()))
        }
        _ => None,
    }
}

fn split(list: &str) -> Vec<String> {
    list.split_ascii_whitespace().map(str::to_owned).collect()
}
