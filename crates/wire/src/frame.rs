//! A request's head as it came off the wire: method, path, query and headers, refused if they are not text.
//!
//! Nothing is normalised. The path and the query stay as they were sent, because signatures cover that spelling;
//! their decoded forms are read once, here, so that the signature and whoever handles the request see the same
//! path, the same parameters and the same headers.
//!
//! ```
//! use portcullis_wire::frame::{Head, Headers};
//! let headers = Headers::new([("Host", "localhost:7070")])?;
//! let head = Head::new("GET", "/photos/a%20b.jpg", Some("versionId=3&tagging"), headers)?;
//! assert_eq!(head.decoded_path(), "/photos/a b.jpg");
//! assert_eq!(head.query_value("versionId"), Some("3"));
//! assert_eq!(head.query_value("tagging"), Some(""));
//! assert_eq!(head.headers.get("host"), Some("localhost:7070"));
//! # Ok::<(), portcullis_wire::frame::FrameFault>(())
//! ```

use std::fmt;

/// What is wrong with a head that is refused before anything else is read of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameFault {
    /// The method is not a token (RFC 9110 section 9.1).
    #[error("the request method is not a word")]
    Method,
    /// The path does not begin with `/`, or has a character that must be percent-encoded.
    #[error("the request path is not a percent-encoded path that begins with a slash")]
    Path,
    /// The query has a character that must be percent-encoded, or does not decode to UTF-8.
    #[error("the query string is not percent-encoded UTF-8")]
    Query,
    /// A header's name is not a token (RFC 9110 section 5.1).
    #[error("a header name has characters that are not allowed")]
    HeaderName,
    /// A header's value is not UTF-8 or has control characters.
    #[error("the value of the header '{name}' is not text")]
    HeaderValue {
        /// The header, in lower case.
        name: String,
    },
}

/// Headers in the order they came, names in lower case, values as received. A name may occur more than once.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(
    // INVARIANT: names are lower-case tokens; values are UTF-8 without control characters but the tab, and without
    // white space at their ends, which is no part of a value (RFC 9110 section 5.5).
    Vec<(String, String)>,
);

impl Headers {
    /// Takes the header fields of a request.
    ///
    /// # Errors
    /// [`FrameFault::HeaderName`] and [`FrameFault::HeaderValue`] for what is not text: such a value could not be
    /// signed, logged or compared without guessing.
    pub fn new<N, V>(fields: impl IntoIterator<Item = (N, V)>) -> Result<Self, FrameFault>
    where
        N: AsRef<[u8]>,
        V: AsRef<[u8]>,
    {
        let mut headers = Self::default();
        for (name, value) in fields {
            headers.push(name.as_ref(), value.as_ref())?;
        }
        Ok(headers)
    }

    /// Adds a field at the end.
    ///
    /// # Errors
    /// As [`Headers::new`].
    pub fn push(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Result<(), FrameFault> {
        let name = name.as_ref();
        if name.is_empty() || !name.iter().copied().all(is_token_byte) {
            return Err(FrameFault::HeaderName);
        }
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        match std::str::from_utf8(value.as_ref()) {
            Ok(text) if text.bytes().all(|byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f)) => {
                self.0.push((name, text.trim_matches([' ', '\t']).to_owned()));
                Ok(())
            }
            _ => Err(FrameFault::HeaderValue { name }),
        }
    }

    /// The first value under a lower-case name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(held, _)| *held == name).map(|(_, value)| value)
    }

    /// Every value under a lower-case name, in order.
    pub fn all<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        self.iter().filter(move |(held, _)| *held == name).map(|(_, value)| value)
    }

    /// How often a lower-case name occurs.
    pub fn count(&self, name: &str) -> usize {
        self.all(name).count()
    }

    /// Every field in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl fmt::Debug for Headers {
    /// Names only: values hold signatures and tokens.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

/// The head of one request.
#[derive(Clone, PartialEq, Eq)]
pub struct Head {
    /// The method, as sent.
    pub method: String,
    /// The path, percent-encoded as sent.
    pub path: String,
    /// The query, as sent, without the question mark.
    pub query: Option<String>,
    /// The headers.
    pub headers: Headers,
    // INVARIANT: the two below are `path` and `query` decoded, by the one constructor.
    decoded_path: String,
    pairs: Vec<(String, String)>,
}

impl Head {
    /// Takes the head of a request and decodes its path and query. To change either, make a new head.
    ///
    /// # Errors
    /// The [`FrameFault`] of the first part that is not well formed.
    pub fn new(method: &str, path: &str, query: Option<&str>, headers: Headers) -> Result<Self, FrameFault> {
        if method.is_empty() || !method.bytes().all(is_token_byte) {
            return Err(FrameFault::Method);
        }
        if !path.starts_with('/') {
            return Err(FrameFault::Path);
        }
        let decoded_path = percent_decoded(path, PlusSign::IsItself).ok_or(FrameFault::Path)?;
        let pairs = decoded_pairs(query.unwrap_or_default()).ok_or(FrameFault::Query)?;
        Ok(Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.map(str::to_owned),
            headers,
            decoded_path,
            pairs,
        })
    }

    /// The same head with further headers at its end.
    #[must_use]
    pub fn with_headers(mut self, more: &Headers) -> Self {
        self.headers.0.extend(more.0.iter().cloned());
        self
    }

    /// The path with its percent-encoding undone, dots and doubled slashes kept. An object's key is to be read from
    /// here and from nowhere else.
    pub fn decoded_path(&self) -> &str {
        &self.decoded_path
    }

    /// The parameters of the query, decoded, in order. A name without `=` has the empty value; `+` is a space.
    pub fn query_pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// The first value of a parameter.
    pub fn query_value(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Head {
    /// Without values of headers and parameters: they hold signatures and tokens.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.pairs.iter().map(|(name, _)| name.as_str()).collect();
        out.debug_struct("Head")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("parameters", &names)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}

/// Characters of a token (RFC 9110 section 5.6.2).
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[derive(Clone, Copy)]
pub(crate) enum PlusSign {
    IsItself,
    IsSpace,
}

fn decoded_pairs(query: &str) -> Option<Vec<(String, String)>> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((percent_decoded(name, PlusSign::IsSpace)?, percent_decoded(value, PlusSign::IsSpace)?))
        })
        .collect()
}

/// Undoes percent-encoding; `None` if an escape is broken, a character should have been escaped, or the result is
/// not UTF-8. A lenient reading would let the signature and the handler see different text.
pub(crate) fn percent_decoded(text: &str, plus: PlusSign) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match (byte, plus) {
            (b'%', _) => hex_digit(bytes.next()?)? << 4 | hex_digit(bytes.next()?)?,
            (b'+', PlusSign::IsSpace) => b' ',
            (0x21..=0x7e, _) => byte,
            _ => return None,
        });
    }
    String::from_utf8(decoded).ok()
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(path: &str, query: Option<&str>) -> Result<Head, FrameFault> {
        Head::new("GET", path, query, Headers::default())
    }

    #[test]
    fn headers_keep_order_and_repeats_and_lose_case() {
        let headers = Headers::new([("X-Amz-Meta-A", "1"), ("host", "h"), ("x-amz-meta-a", " 2\t")]).unwrap();
        assert_eq!(headers.get("x-amz-meta-a"), Some("1"));
        assert_eq!(headers.all("x-amz-meta-a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!((headers.count("x-amz-meta-a"), headers.count("absent")), (2, 0));
    }

    #[test]
    fn headers_that_are_not_text_are_refused() {
        assert_eq!(Headers::new([("a b", "1")]), Err(FrameFault::HeaderName));
        assert_eq!(Headers::new([("", "1")]), Err(FrameFault::HeaderName));
        for value in [&b"a\r\nb"[..], b"\0", b"\xff", b"\x7f"] {
            assert_eq!(Headers::new([("a", value)]), Err(FrameFault::HeaderValue { name: "a".into() }));
        }
        assert!(Headers::new([("a", "tab\tand ünïcode")]).is_ok());
    }

    #[test]
    fn a_path_is_decoded_and_never_normalised() {
        assert_eq!(head("/b//./../%2e%2F%E1%88%B4+", None).unwrap().decoded_path(), "/b//./.././ሴ+");
        for path in ["", "*", "b", "http://h/b", "/a b", "/a%", "/a%2", "/a%zz", "/a%ff", "/ሴ"] {
            assert_eq!(head(path, None), Err(FrameFault::Path), "{path}");
        }
    }

    #[test]
    fn a_query_keeps_every_pair_in_order() {
        let head = head("/", Some("b&a=&&a=1%262&c=x+y&=z")).unwrap();
        let pairs: Vec<_> = head.query_pairs().iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(pairs, [("b", ""), ("a", ""), ("a", "1&2"), ("c", "x y"), ("", "z")]);
        assert_eq!(Head::new("GET", "/", Some("a=%"), Headers::default()), Err(FrameFault::Query));
    }

    #[test]
    fn debug_output_holds_no_values() {
        let headers =
            Headers::new([("authorization", "AWS4 canary"), ("x-amz-security-token", "canary")]).unwrap();
        let head = Head::new("GET", "/b", Some("X-Amz-Signature=canary"), headers).unwrap();
        assert!(!format!("{head:?}").contains("canary"));
    }
}
