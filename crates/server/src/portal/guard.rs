//! Whether a form that came was sent by one of our own pages, in this browser.
//!
//! Three things are asked, each of which alone would do in today's browsers: the browser says that the page was of this
//! origin, the cookie came (it is `SameSite=Strict`), and the form has the token that only a page made for this cookie
//! has.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_wire::frame::{Head, Headers};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Whether the host is one that a browser can have meant: said once, and nothing but a host and a port.
pub fn is_host(headers: &Headers) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    headers.count("host") == 1
        && headers
            .get("host")
            .is_some_and(|host| !host.is_empty() && host.len() <= 260 && host.bytes().all(is_plain))
}

/// Whether the browser says that a page of this origin sent the form. One that says nothing at all is no browser of
/// today, and is not believed.
pub fn is_own(head: &Head, is_secure: bool) -> bool {
    let headers = &head.headers;
    if headers.count("origin") > 1 || headers.count("sec-fetch-site") > 1 {
        return false;
    }
    let origin = headers.get("origin").map(|origin| is_origin(origin, headers.get("host"), is_secure));
    let site = headers.get("sec-fetch-site").map(|site| site == "same-origin");
    matches!((origin, site), (Some(true), None | Some(true)) | (None, Some(true)))
}

/// Whether an origin is this host's. Where no TLS is spoken, a proxy before us may do it.
fn is_origin(origin: &str, host: Option<&str>, is_secure: bool) -> bool {
    let plain = if is_secure { None } else { origin.strip_prefix("http://") };
    let Some((said, host)) = plain.or_else(|| origin.strip_prefix("https://")).zip(host) else {
        return false;
    };
    said.eq_ignore_ascii_case(host)
}

/// The token of forms that are made for a cookie. The cookie's value cannot be found from it.
pub fn token(cookie: &str) -> String {
    let digest = Sha256::new().chain_update("portcullis portal form\n").chain_update(cookie).finalize();
    URL_SAFE_NO_PAD.encode(digest)
}

/// Whether a form's token is the one for this cookie.
pub fn is_token(said: &str, cookie: &str) -> bool {
    said.as_bytes().ct_eq(token(cookie).as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(headers: &[(&str, &str)]) -> Head {
        Head::new("POST", "/_portcullis/portal/sign-in", None, Headers::new(headers.iter().copied()).unwrap())
            .unwrap()
    }

    #[test]
    fn a_form_is_believed_only_where_the_browser_says_that_it_is_ours() {
        let (host, origin, site) = ("host", "origin", "sec-fetch-site");
        let here = "http://localhost:7070";
        for (headers, is_believed) in [
            (vec![(origin, here)], true),
            (vec![(origin, here), (site, "same-origin")], true),
            (vec![(site, "same-origin")], true),
            (vec![(origin, "https://localhost:7070")], true),
            (vec![], false),
            (vec![(origin, "null")], false),
            (vec![(origin, "null"), (site, "same-origin")], false),
            (vec![(origin, "http://localhost:7071")], false),
            (vec![(origin, "http://localhost")], false),
            (vec![(origin, "http://localhost:7070.evil.example")], false),
            (vec![(origin, "http://evil.example")], false),
            (vec![(origin, "http://evil.example"), (site, "same-origin")], false),
            (vec![(origin, here), (site, "same-site")], false),
            (vec![(origin, here), (site, "cross-site")], false),
            (vec![(origin, here), (site, "none")], false),
            (vec![(origin, here), (origin, here)], false),
        ] {
            let all: Vec<_> = headers.iter().copied().chain([(host, "localhost:7070")]).collect();
            assert_eq!(is_own(&head(&all), false), is_believed, "{headers:?}");
        }
        assert!(!is_own(&head(&[(host, "localhost:7070"), (origin, here)]), true), "TLS is spoken");
        assert!(!is_own(&head(&[(origin, here)]), false), "no host");
    }

    #[test]
    fn a_host_is_a_host_and_a_port() {
        for (said, is_one) in [
            (vec!["localhost:7070"], true),
            (vec!["[::1]:7070"], true),
            (vec!["portal.example.com"], true),
            (vec![], false),
            (vec![""], false),
            (vec!["a", "b"], false),
            (vec!["a/b"], false),
            (vec!["a@b"], false),
            (vec!["a b"], false),
            (vec!["a\"><b"], false),
        ] {
            let headers = Headers::new(said.iter().map(|host| ("host", *host))).unwrap();
            assert_eq!(is_host(&headers), is_one, "{said:?}");
        }
    }

    #[test]
    fn a_token_is_good_for_one_cookie() {
        assert!(is_token(&token("one"), "one"));
        assert!(!is_token(&token("one"), "two"));
        assert!(!is_token("", "one"));
        assert_ne!(token("one"), "one");
    }
}
