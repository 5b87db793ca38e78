//! The canonical request: the one spelling of a request that both sides hash.
//!
//! AWS's text is "Create a signed AWS API request" in the IAM User Guide. Its rules differ for S3, whose paths are
//! object keys: they are encoded once and never normalised, where every other service's are cleaned of dots and
//! doubled slashes and encoded a second time.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::Scope;
use crate::frame::Head;

/// The one algorithm that is accepted, as it stands in headers, queries and strings to sign.
pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// The SHA-256 of nothing, which strings to sign name where there is no payload.
pub(super) const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const ENCODED_BUT_SLASH: &AsciiSet = &ENCODED.remove(b'/');

/// How a service spells its paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PathRule {
    /// S3: the path as sent, in the one spelling of its percent-encoding.
    Verbatim,
    /// Every other service: normalised, then what was sent is encoded again.
    Normalised,
}

/// Whether session tokens stand in the text. They are hidden in what is shown to a caller whose signature failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tokens {
    Shown,
    Hidden,
}

const HIDDEN: &str = "(hidden)";

/// The canonical request. `signed_headers` is in the order of the signature; a header that was not sent counts as
/// one with an empty value, so that it cannot be added afterwards.
pub(super) fn request(
    head: &Head,
    rule: PathRule,
    signed_headers: &[String],
    payload: &str,
    tokens: Tokens,
) -> String {
    let mut text = String::with_capacity(512);
    text.push_str(&head.method);
    text.push('\n');
    text.push_str(&uri(head, rule));
    text.push('\n');
    text.push_str(&query(head, tokens));
    text.push('\n');
    for name in signed_headers {
        push_header_line(&mut text, head, name, tokens);
    }
    text.push('\n');
    text.push_str(&signed_headers.join(";"));
    text.push('\n');
    text.push_str(payload);
    text
}

/// The string whose keyed hash is the signature.
pub(super) fn string_to_sign(amz_date: &str, scope: &Scope, canonical_request: &str) -> String {
    format!("{ALGORITHM}\n{amz_date}\n{scope}\n{}", hex::encode(Sha256::digest(canonical_request)))
}

/// Percent-encodes everything but unreserved characters (RFC 3986 section 2.3).
pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

fn uri(head: &Head, rule: PathRule) -> String {
    match rule {
        PathRule::Verbatim => recoded(&head.path),
        PathRule::Normalised => utf8_percent_encode(&normalised(&head.path), ENCODED_BUT_SLASH).to_string(),
    }
}

/// Every segment decoded and encoded again, so that all spellings of a letter are one. An encoded slash stays what it
/// is: clients sign the path they send.
fn recoded(path: &str) -> String {
    let segments = path.split('/').map(|segment| {
        let bytes: Vec<u8> = percent_decode_str(segment).collect();
        percent_encode(&bytes, ENCODED).to_string()
    });
    segments.collect::<Vec<_>>().join("/")
}

/// Without empty and dot segments (RFC 3986 section 5.2.4, and AWS also joins doubled slashes).
fn normalised(path: &str) -> String {
    let mut kept = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            _ => kept.push(segment),
        }
    }
    let end = if path.ends_with('/') && !kept.is_empty() { "/" } else { "" };
    format!("/{}{end}", kept.join("/"))
}

/// Every parameter but the signature itself, encoded first and sorted then: sorting decoded names would order
/// some of them otherwise.
fn query(head: &Head, tokens: Tokens) -> String {
    let mut pairs: Vec<(String, String)> = head
        .query_pairs()
        .iter()
        .filter(|(name, _)| name != "X-Amz-Signature")
        .map(|(name, value)| {
            let is_hidden = tokens == Tokens::Hidden && name == "X-Amz-Security-Token";
            (encode(name), if is_hidden { HIDDEN.to_owned() } else { encode(value) })
        })
        .collect();
    pairs.sort_unstable();
    let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

fn push_header_line(text: &mut String, head: &Head, name: &str, tokens: Tokens) {
    text.push_str(name);
    text.push(':');
    if tokens == Tokens::Hidden && name == "x-amz-security-token" {
        text.push_str(HIDDEN);
    } else {
        for (at, value) in head.headers.all(name).enumerate() {
            if at > 0 {
                text.push(',');
            }
            push_trimmed(text, value);
        }
    }
    text.push('\n');
}

/// Joins runs of spaces to one; the ends are trimmed already.
fn push_trimmed(text: &mut String, value: &str) {
    let mut was_space = false;
    for letter in value.chars() {
        let is_space = letter == ' ';
        if !(is_space && was_space) {
            text.push(letter);
        }
        was_space = is_space;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Headers;

    fn head(path: &str, query: &str) -> Head {
        Head::new("GET", path, Some(query), Headers::new([("a", "  x   y  "), ("a", "z")]).unwrap()).unwrap()
    }

    #[test]
    fn s3_paths_are_encoded_once_and_kept() {
        let rule = PathRule::Verbatim;
        assert_eq!(uri(&head("/b//./../k%20(1)%2B+", ""), rule), "/b//./../k%20%281%29%2B%2B");
        assert_eq!(uri(&head("/b/%e1%88%b4%7E", ""), rule), "/b/%E1%88%B4~");
        assert_eq!(uri(&head("/b%2fk", ""), rule), "/b%2Fk");
    }

    #[test]
    fn other_paths_are_normalised_and_encoded_twice() {
        let rule = PathRule::Normalised;
        for (sent, canonical) in [
            ("/", "/"),
            ("//", "/"),
            ("/.", "/"),
            ("/a/..", "/"),
            ("/../a/./b//c/", "/a/b/c/"),
            ("/a%20b", "/a%2520b"),
        ] {
            assert_eq!(uri(&head(sent, ""), rule), canonical, "{sent}");
        }
    }

    #[test]
    fn parameters_are_encoded_then_sorted() {
        assert_eq!(
            query(&head("/", "a&a=&a=1&A=2&%61=3&b=%26&_=&X-Amz-Signature=f"), Tokens::Shown),
            "A=2&_=&a=&a=&a=1&a=3&b=%26"
        );
    }

    #[test]
    fn header_values_are_trimmed_and_joined() {
        let mut text = String::new();
        push_header_line(&mut text, &head("/", ""), "a", Tokens::Shown);
        push_header_line(&mut text, &head("/", ""), "absent", Tokens::Shown);
        assert_eq!(text, "a:x y,z\nabsent:\n");
    }
}
