//! Where somebody goes on after signing in: to one of our own pages, never elsewhere.

use super::PORTAL;

/// Longest that is kept: an OAuth client's request fits.
const BYTES_MAX: usize = 4096;

/// The path, if it is one of ours; otherwise the portal's first page.
pub fn safe(said: &str) -> &str {
    let is_ours = said.starts_with(PORTAL) || said.starts_with("/authorize?");
    // A backslash is a slash to browsers, and what no URL has in it is no URL (URL Standard, "path state").
    let is_plain = said.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    // Two dots are also what browsers read as such when they are written with percent signs.
    let has_dots =
        said.split(['?', '#']).next().is_some_and(|path| path.contains("..") || path.contains('%'));
    if is_ours && is_plain && !has_dots && said.len() <= BYTES_MAX { said } else { PORTAL }
}

/// The query that keeps where to go on.
pub fn query(path: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair("next", path).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for ours in ["/_portcullis/portal/", "/_portcullis/portal/device?user_code=A-B", "/authorize?state=x"]
        {
            assert_eq!(safe(ours), ours);
        }
        for other in [
            "",
            "/",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/_portcullis/portal/",
            "/_portcullis/portal/../../bucket/key",
            "/_portcullis/portal/%2e%2e/..\\x",
            "/_portcullis/portal/%2e%2E/%2e%2e/bucket/key",
            "/_portcullis/portal/.%2e/.%2e/bucket/key",
            "/_portcullis/portal/\r\nSet-Cookie: a=b",
            "/_portcullis/portal",
            "/authorized?x",
            "/authorize",
            "javascript:alert(1)",
        ] {
            assert_eq!(safe(other), PORTAL, "{other:?}");
        }
        assert_eq!(safe(&format!("{PORTAL}{}", "x".repeat(BYTES_MAX))), PORTAL);
    }
}
