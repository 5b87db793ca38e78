//! A document before anything in it is believed: bounded, without anything that two readers could read differently,
//! and every signature in a place where one may stand.

use std::collections::HashSet;
use std::ops::Range;

use bergshamra_c14n::{C14nMode, canonicalize_doc};
use bergshamra_xml::nodeset::{NodeSet, NodeSetType};
use portcullis_base::xml::{self, Element};
use uppsala::{Document as Tree, NodeId, NodeKind};

use super::Refusal;
use super::scoped::{ASSERTION, PROTOCOL, SIGNATURE};

/// Elements of a document. A value of an attribute takes some forty letters, so that more do not fit into the parameter.
const ELEMENTS_MAX: usize = 5000;

/// A document that may be looked at.
pub struct Document<'a> {
    /// Its tree.
    pub tree: Tree<'a>,
    /// Its outermost element.
    pub root: NodeId,
    /// The same as the strict reader has it.
    pub outline: Element,
    /// The signatures in it, each with the element in which it stands.
    pub signatures: Vec<(NodeId, NodeId)>,
}

impl<'a> Document<'a> {
    /// Reads a document.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] when it is no XML, or has what no assertion needs: document types, entities, processing
    /// instructions, comments, names of namespaces that are relative, ids that come twice, a second assertion,
    /// signatures elsewhere than in the response or its assertion.
    pub fn read(text: &'a str) -> Result<Self, Refusal> {
        let mut found = Self::parse(text)?;
        found.signatures = found.look_through(1)?;
        Ok(found)
    }

    fn parse(text: &'a str) -> Result<Self, Refusal> {
        // The strict reader comes first: the tree is never built of what it does not take.
        let outline =
            xml::read(text.as_bytes()).map_err(|_| Refusal::Malformed("markup that is not taken"))?;
        let tree = uppsala::parse(text).map_err(|_| Refusal::Malformed("markup that is not well-formed"))?;
        let root = tree.document_element().ok_or(Refusal::Malformed("no element"))?;
        Ok(Self { tree, root, outline, signatures: Vec::new() })
    }

    /// Reads a document again once its encrypted assertion has been opened, which now stands in the `EncryptedAssertion`.
    /// Only the assertion's own signature counts here: the response's is of the document as it was sent.
    ///
    /// # Errors
    /// As [`Document::read`].
    pub fn opened(text: &'a str) -> Result<Self, Refusal> {
        let mut found = Self::parse(text)?;
        found.signatures = found.look_through(2)?;
        let root = found.root;
        found.signatures.retain(|(_, parent)| *parent != root);
        Ok(found)
    }

    fn look_through(&self, assertions_max: usize) -> Result<Vec<(NodeId, NodeId)>, Refusal> {
        let mut ids = HashSet::new();
        let mut signatures = Vec::new();
        let (mut assertions, mut elements) = (0, 0);
        for node in self.tree.descendants(self.tree.root()) {
            let element = match self.tree.node_kind(node) {
                Some(NodeKind::Element(element)) => element,
                Some(NodeKind::Document | NodeKind::Text(_) | NodeKind::CData(_)) => continue,
                _ => return Err(Refusal::Malformed("a comment or a processing instruction")),
            };
            elements += 1;
            if elements > ELEMENTS_MAX {
                return Err(Refusal::Malformed("more elements than are read"));
            }
            if !element.namespace_declarations.iter().all(|(prefix, uri)| is_absolute(prefix, uri)) {
                return Err(Refusal::Malformed("a namespace whose name is relative"));
            }
            for attribute in &element.attributes {
                let is_id = attribute.name.local_name.eq_ignore_ascii_case("id");
                if is_id && !ids.insert(attribute.value.as_ref()) {
                    return Err(Refusal::Malformed("an id that comes twice"));
                }
            }
            let is_assertion = ["Assertion", "EncryptedAssertion"];
            assertions +=
                usize::from(is_assertion.iter().any(|name| element.matches_name_ns(ASSERTION, name)));
            if assertions > assertions_max {
                return Err(Refusal::Malformed("a second assertion"));
            }
            if element.matches_name_ns(SIGNATURE, "Signature") {
                let parent = self.tree.parent(node).filter(|parent| self.may_be_signed(*parent));
                signatures.push((node, parent.ok_or(Refusal::Malformed("a signature out of place"))?));
            }
        }
        Ok(signatures)
    }

    /// The document's element, or the assertion directly in it.
    fn may_be_signed(&self, node: NodeId) -> bool {
        let Some(element) = self.tree.element(node) else { return false };
        let is_assertion = element.matches_name_ns(ASSERTION, "Assertion");
        if node == self.root {
            return is_assertion || element.matches_name_ns(PROTOCOL, "Response");
        }
        is_assertion
            && self.tree.parent(node).is_some_and(|parent| parent == self.root || self.is_opened(parent))
    }

    /// Whether this holds an assertion that was encrypted.
    fn is_opened(&self, node: NodeId) -> bool {
        let element = self.tree.element(node);
        element.is_some_and(|element| element.matches_name_ns(ASSERTION, "EncryptedAssertion"))
            && self.tree.parent(node) == Some(self.root)
    }

    /// The assertion that was encrypted, if it is all of what was opened.
    pub fn opened_assertion(&self, opened: &Range<usize>) -> Option<NodeId> {
        let holder = self.elements(self.root).find(|node| self.is_opened(*node))?;
        let is_assertion = |node: &NodeId| {
            self.tree.element(*node).is_some_and(|element| element.matches_name_ns(ASSERTION, "Assertion"))
        };
        let found = self.elements(holder).find(is_assertion)?;
        (self.tree.node_range(found).as_ref() == Some(opened)).then_some(found)
    }

    /// The canonical form of an element, without one that stands in it (W3C, "Exclusive XML Canonicalization").
    pub fn canonical(&self, node: NodeId, without: Option<NodeId>, prefixes: &[String]) -> Option<String> {
        let ids =
            |node: NodeId| self.tree.descendants(node).into_iter().chain([node]).map(|node| node.index());
        let hidden: HashSet<usize> = without.into_iter().flat_map(ids).collect();
        let visible = ids(node).filter(|id| !hidden.contains(id)).collect();
        let set = NodeSet::from_ids(visible, NodeSetType::Normal);
        let bytes = canonicalize_doc(&self.tree, C14nMode::Exclusive, Some(&set), prefixes).ok()?;
        String::from_utf8(bytes).ok().filter(|text| !text.is_empty())
    }

    /// The elements in an element.
    pub fn elements(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.tree.children_iter(node).filter(|child| self.tree.element(*child).is_some())
    }
}

/// Whether the name of a namespace begins with a scheme (RFC 3986 section 4.3). What a relative one means is not
/// defined, and readers differ (Canonical XML 1.0, section 1.3); only the default namespace can be undone.
fn is_absolute(prefix: &str, uri: &str) -> bool {
    if uri.is_empty() {
        return prefix.is_empty();
    }
    uri.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
    })
}
