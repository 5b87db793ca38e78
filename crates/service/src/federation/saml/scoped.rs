//! Elements with their namespaces: `saml:Issuer`, `a:Issuer` and `Issuer` are the same if their prefixes are bound to
//! the same name (W3C, "Namespaces in XML 1.0", sections 5 and 6).

use portcullis_base::xml::Element;

/// The namespace of SAML's assertions.
pub const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// The namespace of SAML's protocol messages.
pub const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
/// The namespace of XML signatures.
pub const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";

/// An element and the prefixes that are bound there.
#[derive(Debug, Clone)]
pub struct Scoped<'a> {
    element: &'a Element,
    bound: Vec<(&'a str, &'a str)>,
}

/// There is more than one where one is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotOne;

impl<'a> Scoped<'a> {
    /// The root of a document.
    pub fn root(element: &'a Element) -> Self {
        Self { element, bound: Vec::new() }.within()
    }

    /// With what the element itself binds.
    fn within(mut self) -> Self {
        for (name, value) in &self.element.attributes {
            if name == "xmlns" {
                self.bound.push(("", value));
            } else if let Some(prefix) = name.strip_prefix("xmlns:") {
                self.bound.push((prefix, value));
            }
        }
        self
    }

    /// Whether it has this name in this namespace.
    pub fn is(&self, space: &str, local: &str) -> bool {
        let (prefix, name) = self.element.name.split_once(':').unwrap_or(("", &self.element.name));
        let bound = self.bound.iter().rev().find(|(held, _)| *held == prefix);
        name == local && bound.is_some_and(|(_, uri)| *uri == space)
    }

    /// The elements in it.
    pub fn children(&self) -> impl Iterator<Item = Self> + '_ {
        self.element.children.iter().map(|element| Self { element, bound: self.bound.clone() }.within())
    }

    /// The elements in it of this name.
    pub fn all<'s>(&'s self, space: &'s str, local: &'s str) -> impl Iterator<Item = Self> + 's {
        self.children().filter(move |child| child.is(space, local))
    }

    /// The one element in it of this name.
    ///
    /// # Errors
    /// [`NotOne`] if there are more.
    pub fn one(&self, space: &str, local: &str) -> Result<Option<Self>, NotOne> {
        let mut found = self.all(space, local);
        match (found.next(), found.next()) {
            (first, None) => Ok(first),
            _ => Err(NotOne),
        }
    }

    /// An attribute without a namespace.
    pub fn attribute(&self, name: &str) -> Option<&'a str> {
        self.element.attribute(name)
    }

    /// Whether it has no attributes but these and declarations of namespaces.
    pub fn has_only(&self, names: &[&str]) -> bool {
        let mut all = self.element.attributes.iter().map(|(name, _)| name.as_str());
        all.all(|name| name == "xmlns" || name.starts_with("xmlns:") || names.contains(&name))
    }

    /// Its text without white space around it, if there is no element in it.
    pub fn text(&self) -> Option<&'a str> {
        self.element.children.is_empty().then(|| self.element.text.trim())
    }

    /// Its text as it stands, if there is no element in it.
    pub fn exact_text(&self) -> Option<&'a str> {
        self.element.children.is_empty().then_some(self.element.text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use portcullis_base::xml;

    use super::*;

    #[test]
    fn names_are_told_by_what_their_prefixes_are_bound_to() {
        let text = "<a xmlns='urn:one' xmlns:p='urn:two'><p:b/><b/><c xmlns='urn:two'><b>x</b></c><p:d xmlns:p='urn:3'/></a>";
        let element = xml::read(text.as_bytes()).unwrap();
        let root = Scoped::root(&element);
        assert!(root.is("urn:one", "a") && !root.is("urn:two", "a"));
        assert_eq!((root.all("urn:two", "b").count(), root.all("urn:one", "b").count()), (1, 1));
        let inner = root.one("urn:two", "c").unwrap().unwrap();
        assert_eq!(inner.one("urn:two", "b").unwrap().unwrap().text(), Some("x"));
        assert!(inner.text().is_none());
        assert!(root.one("urn:two", "d").unwrap().is_none() && root.one("urn:3", "d").unwrap().is_some());
        let twice = xml::read(b"<a xmlns='u'><b/><b/></a>").unwrap();
        assert!(Scoped::root(&twice).one("u", "b").is_err());
        let unbound = xml::read(b"<q:a/>").unwrap();
        assert!(!Scoped::root(&unbound).is("", "a"));
    }
}
