//! XML as AWS's services speak it: a reader that is bounded and knows no DTD, and a writer that escapes everything.
//!
//! Entities other than the five of XML itself, document types and processing instructions are refused rather than
//! ignored: nothing that a client of AWS sends has them, and every attack on XML parsers does. Namespaces are not
//! resolved; a name is compared as it is written.

use std::fmt::Write as _;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// How deep elements of an XML document may stand in each other. S3's deepest configuration has nine levels.
const XML_DEPTH_MAX: usize = 32;
/// The most elements of an XML document: 10,000 parts of a multipart upload with nine elements each fit.
const XML_ELEMENTS_MAX: usize = 100_000;
/// The most attributes of an XML element. Clients write a namespace and a type.
const XML_ATTRIBUTES_MAX: usize = 16;

/// One element with all that is in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element {
    /// Its name, with the prefix if it has one.
    pub name: String,
    /// Its attributes, namespace declarations included, in order.
    pub attributes: Vec<(String, String)>,
    /// The elements in it, in order.
    pub children: Vec<Element>,
    /// The text directly in it, joined.
    pub text: String,
}

impl Element {
    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str())
    }
}

/// Why text is not XML that is read here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason} at byte {position}")]
pub struct XmlFault {
    /// Where.
    pub position: u64,
    /// What is wrong.
    pub reason: &'static str,
}

/// Reads a document and returns its root element.
///
/// # Errors
/// [`XmlFault`] when the text is not UTF-8 or not well-formed, has a document type, an entity of its own or a
/// processing instruction, or exceeds the bounds on depth and number of elements.
pub fn read(body: &[u8]) -> Result<Element, XmlFault> {
    let text = std::str::from_utf8(body).map_err(|error| XmlFault {
        position: u64::try_from(error.valid_up_to()).unwrap_or(u64::MAX),
        reason: "text that is not UTF-8",
    })?;
    // A byte order mark is not part of the document.
    let mut reader = Reader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    reader.config_mut().check_comments = true;
    let mut tree = Tree::default();
    loop {
        let position = reader.buffer_position();
        let fault = |reason| XmlFault { position, reason };
        let event = reader.read_event().map_err(|_| fault("markup that is not well-formed"))?;
        match event {
            Event::Start(tag) => tree.start(&tag).map_err(fault)?,
            Event::Empty(tag) => {
                tree.start(&tag).map_err(fault)?;
                tree.end();
            }
            Event::End(_) => tree.end(),
            Event::Text(content) => tree.text(&content.xml10_content()).map_err(fault)?,
            Event::CData(content) => tree.text(&content.xml10_content()).map_err(fault)?,
            Event::GeneralRef(reference) => {
                let letter = resolved(&reference).ok_or_else(|| fault("an entity that is not known"))?;
                tree.letter(letter).map_err(fault)?;
            }
            Event::Comment(_) => {}
            Event::Decl(_) if position == 0 => {}
            Event::Decl(_) | Event::PI(_) => return Err(fault("a processing instruction")),
            Event::DocType(_) => return Err(fault("a document type")),
            Event::Eof => return tree.finish().map_err(fault),
        }
    }
}

fn resolved(reference: &BytesRef<'_>) -> Option<char> {
    if reference.is_char_ref() {
        return reference.resolve_char_ref().ok().flatten().filter(|letter| *letter != '\0');
    }
    match reference.as_ref() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    root: Option<Element>,
    count: usize,
}

impl Tree {
    fn start(&mut self, tag: &BytesStart<'_>) -> Result<(), &'static str> {
        self.count += 1;
        if self.root.is_some() {
            return Err("an element after the document's end");
        }
        if self.open.len() >= XML_DEPTH_MAX || self.count > XML_ELEMENTS_MAX {
            return Err("more elements than are read");
        }
        let mut element = Element { name: tag.name().as_ref().to_owned(), ..Element::default() };
        for attribute in tag.attributes() {
            // The reader compares each name with all before it: without a bound that takes quadratic time.
            if element.attributes.len() >= XML_ATTRIBUTES_MAX {
                return Err("more attributes than are read");
            }
            let attribute = attribute.map_err(|_| "an attribute that is not well-formed")?;
            let value = attribute.normalized_value(quick_xml::XmlVersion::Explicit1_0);
            let value = value.map_err(|_| "an attribute that is not well-formed")?;
            element.attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
        }
        self.open.push(element);
        Ok(())
    }

    /// The reader has checked that the names of start and end agree.
    fn end(&mut self) {
        if let Some(element) = self.open.pop() {
            match self.open.last_mut() {
                Some(parent) => parent.children.push(element),
                None => self.root = Some(element),
            }
        }
    }

    fn text(&mut self, text: &str) -> Result<(), &'static str> {
        // XML 1.0 section 2.2: other control characters are not characters of a document.
        if text.chars().any(|letter| letter < ' ' && !matches!(letter, '\t' | '\n' | '\r')) {
            return Err("a control character");
        }
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err("text outside the document"),
        }
        Ok(())
    }

    fn letter(&mut self, letter: char) -> Result<(), &'static str> {
        let element = self.open.last_mut().ok_or("text outside the document")?;
        element.text.push(letter);
        Ok(())
    }

    fn finish(self) -> Result<Element, &'static str> {
        if !self.open.is_empty() {
            return Err("an element that is not closed");
        }
        self.root.ok_or("no element")
    }
}

/// Writes XML. Text and attribute values are escaped; names are the caller's, from the models.
#[derive(Debug, Default)]
pub struct Writer {
    out: String,
}

impl Writer {
    /// Begins without an XML declaration, as the query services answer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins with the XML declaration, as S3 answers.
    pub fn with_declaration() -> Self {
        Self { out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned() }
    }

    /// Opens an element.
    pub fn open(&mut self, name: &str) {
        self.open_with(name, []);
    }

    /// Opens an element with attributes.
    pub fn open_with<'a>(&mut self, name: &str, attributes: impl IntoIterator<Item = (&'a str, &'a str)>) {
        self.out.push('<');
        self.out.push_str(name);
        for (name, value) in attributes {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            escape(value, &mut self.out, Within::Attribute);
            self.out.push('"');
        }
        self.out.push('>');
    }

    /// Closes an element.
    pub fn close(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    /// Writes text.
    pub fn text(&mut self, text: &str) {
        escape(text, &mut self.out, Within::Text);
    }

    /// Writes an element that holds text.
    pub fn element(&mut self, name: &str, text: &str) {
        self.open(name);
        self.text(text);
        self.close(name);
    }

    /// The document.
    pub fn finish(self) -> String {
        self.out
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Text,
    Attribute,
}

/// A control character that XML 1.0 has no way to hold is written as a numeric reference, as S3 does for keys with
/// such bytes; clients avoid it by asking for `encoding-type=url`. A carriage return would be read as a line feed if
/// it stood there itself.
fn escape(text: &str, out: &mut String, within: Within) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' if within == Within::Text => out.push(letter),
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{fffe}' | '\u{ffff}' => {
                // Writing to a string cannot fail.
                let _ = write!(out, "&#x{:x};", u32::from(letter));
            }
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> &'static str {
        read(text.as_bytes()).unwrap_err().reason
    }

    #[test]
    fn a_document_is_read_with_its_text() {
        let root = read(
            b"<?xml version=\"1.0\"?>\n<Delete xmlns=\"urn:x\"><!-- no --><Object><Key> a&amp;b&#x1;&lt;<![CDATA[<&>]]>\
              </Key></Object><Quiet/></Delete>\n",
        )
        .unwrap();
        assert_eq!(root.name, "Delete");
        assert_eq!(root.attribute("xmlns"), Some("urn:x"));
        assert_eq!(root.children[0].children[0].text, " a&b\u{1}<<&>");
        assert_eq!(root.children[1], Element { name: "Quiet".into(), ..Element::default() });
    }

    #[test]
    fn entities_document_types_and_instructions_are_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbb\"><!ENTITY c \"&b;&b;&b;\">]><a>&c;</a>";
        assert_eq!(reason(bomb), "a document type");
        assert_eq!(reason("<a>&c;</a>"), "an entity that is not known");
        assert_eq!(reason("<a b=\"&c;\"/>"), "an attribute that is not well-formed");
        assert_eq!(reason("<a><?php?></a>"), "a processing instruction");
        assert_eq!(reason("<a>&#0;</a>"), "an entity that is not known");
        assert_eq!(reason("<a>&#xD800;</a>"), "an entity that is not known");
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for text in ["<a><b></a></b>", "<a", "<a b=></a>", "<a>&</a>", "</a>"] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(reason(""), "no element");
        assert_eq!(reason("<a>"), "an element that is not closed");
        assert_eq!(reason("<a/><b/>"), "an element after the document's end");
        assert_eq!(reason("x<a/>"), "text outside the document");
        assert_eq!(reason("<a>\u{8}</a>"), "a control character");
        assert_eq!(reason("<a b=\"1\" b=\"2\"/>"), "an attribute that is not well-formed");
        assert_eq!(
            read(b"<a>\xff</a>").unwrap_err(),
            XmlFault { position: 3, reason: "text that is not UTF-8" }
        );
    }

    #[test]
    fn depth_and_number_are_bounded() {
        let deep = "<a>".repeat(100_000);
        assert_eq!(reason(&deep), "more elements than are read");
        let many = format!("<a>{}</a>", "<b/>".repeat(XML_ELEMENTS_MAX + 1));
        assert_eq!(reason(&many), "more elements than are read");
        let attributes: Vec<String> = (0..200_000).map(|n| format!(" a{n}=''")).collect();
        assert_eq!(reason(&format!("<a{}/>", attributes.concat())), "more attributes than are read");
    }

    #[test]
    fn everything_is_escaped() {
        let mut xml = Writer::new();
        xml.open_with("a", [("b", "\"<\n>&'")]);
        xml.text("]]><script>&\r\n\u{0}\u{b}é");
        xml.close("a");
        assert_eq!(
            xml.finish(),
            "<a b=\"&quot;&lt;&#xa;&gt;&amp;'\">]]&gt;&lt;script&gt;&amp;&#xd;\n&#x0;&#xb;é</a>"
        );
    }
}
