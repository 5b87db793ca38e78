//! XML signatures: which element was signed, by one of the provider's keys.
//!
//! A library verifies (bergshamra-dsig, over AWS-LC). It is asked only about signatures of the one form ([`super::form`]),
//! because no identity provider needs another of all that signatures may be; and about a document of nothing but that
//! signature and what it covers. What comes out is read anew from the very bytes whose hash was signed, so nothing that stood
//! around, beside or above them can be taken for them.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra_dsig::VerifyResult;
use portcullis_base::xml::{self, Element};
use uppsala::NodeId;

use super::Refusal;
use super::certificate::SigningKey;
use super::document::Document;
use super::form::Form;
use super::scoped::{ASSERTION, SIGNATURE, Scoped};

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

    /// The element.
    pub fn root(&self) -> Scoped<'_> {
        Scoped::root(&self.element)
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
    let mut innermost = None;
    let mut covered = HashSet::new();
    // In the order of the document: a response's own signature may stand before or behind its assertion.
    for (signature, parent) in &document.signatures {
        if !covered.insert(*parent) {
            return Err(Refusal::Signature);
        }
        let content = verified(document, *signature, *parent, keys).ok_or(Refusal::Signature)?;
        let element = xml::read(content.as_bytes()).map_err(|_| Refusal::Signature)?;
        if innermost.is_none() || *parent != document.root {
            innermost = Some(Signed { element, was_encrypted: false });
        }
    }
    Ok(innermost)
}

/// What is signed in a document whose assertion was encrypted: the assertion itself, or as part of the whole response that
/// was `sent`.
///
/// # Errors
/// [`Refusal::Signature`], whatever it is: what a key opens is told to nobody who has not signed it.
pub fn verify_opened(
    document: &Document<'_>,
    assertion: NodeId,
    sent: Option<&Signed>,
    keys: &[SigningKey],
) -> Result<Signed, Refusal> {
    let own = verify(document, keys)?.map(|signed| signed.element);
    let element = match (own, sent) {
        (Some(element), _) => element,
        (None, Some(_)) => {
            let content = document.canonical(assertion, None, &[]).ok_or(Refusal::Signature)?;
            xml::read(content.as_bytes()).map_err(|_| Refusal::Signature)?
        }
        (None, None) => return Err(Refusal::Signature),
    };
    Ok(Signed { element, was_encrypted: true })
}

/// The bytes that one of the keys signed, if it did.
fn verified(document: &Document<'_>, signature: NodeId, of: NodeId, keys: &[SigningKey]) -> Option<String> {
    let form = Form::of(document, signature)?;
    // What costs most comes last: to get there one must be able to sign.
    let key = keys.iter().find(|key| key.has_signed(&form.algorithm, &form.signed_info, &form.value))?;
    let content = form.content(document, signature, of)?;
    holds(&alone(&content, &form)?, key).then_some(content)
}

/// A document of nothing but what was read of the signature, and of what it covers. The signature comes first in it: the
/// library looks at the first one, and at nothing that somebody else put anywhere.
fn alone(content: &str, form: &Form) -> Option<String> {
    let mut is_quoted = false;
    // In canonical form a quotation mark in a value is written otherwise.
    let start = content.find(|letter| {
        is_quoted ^= letter == '"';
        letter == '>' && !is_quoted
    })?;
    let (before, after) = content.split_at_checked(start + 1)?;
    let (signed_info, value) = (&form.signed_info, STANDARD.encode(&form.value));
    Some(format!(
        "{before}<ds:Signature xmlns:ds=\"{SIGNATURE}\">{signed_info}<ds:SignatureValue>{value}</ds:SignatureValue>\
         </ds:Signature>{after}"
    ))
}

/// Whether the library finds that this key signed the whole of the document.
fn holds(alone: &str, key: &SigningKey) -> bool {
    let Some(context) = key.alone() else { return false };
    let Ok(tree) = uppsala::parse(alone) else { return false };
    let Ok(result) = bergshamra_dsig::verify::verify_document(&context, &tree) else { return false };
    let VerifyResult::Valid { references, .. } = result else { return false };
    let [reference] = references.as_slice() else { return false };
    reference.digest_verified
        && reference.resolved_node.is_some()
        && reference.resolved_node == tree.document_element()
}
