//! Cookies: the sign-in session's, and before there is one, a visit's, to which forms are bound.

use portcullis_wire::frame::Headers;

/// The secret of a sign-in session.
pub const SESSION: Name = Name { secure: "__Host-portcullis-session", plain: "portcullis-session" };
/// What forms are bound to before somebody has signed in.
pub const VISIT: Name = Name { secure: "__Host-portcullis-visit", plain: "portcullis-visit" };

/// Longest value that is looked at.
const VALUE_MAX: usize = 512;

/// How a cookie is called. Browsers let nobody but this very host set `__Host-` ones, and only over TLS (RFC 6265bis
/// section 4.1.3.2).
#[derive(Debug, Clone, Copy)]
pub struct Name {
    secure: &'static str,
    plain: &'static str,
}

impl Name {
    fn of(self, is_secure: bool) -> &'static str {
        if is_secure { self.secure } else { self.plain }
    }

    /// The value that was sent. One that came twice is none: somebody else set one of them.
    pub fn read(self, headers: &Headers, is_secure: bool) -> Option<&str> {
        let wanted = self.of(is_secure);
        let mut values = headers
            .all("cookie")
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(name, _)| *name == wanted)
            .map(|(_, value)| value);
        let value = values.next().filter(|value| !value.is_empty() && value.len() <= VALUE_MAX)?;
        values.next().is_none().then_some(value)
    }

    /// Sets it until the browser is closed; the service knows how long it is good for.
    pub fn set(self, value: &str) -> SetCookie {
        SetCookie { name: self, value: Some(value.to_owned()) }
    }

    /// Takes it away.
    pub fn clear(self) -> SetCookie {
        SetCookie { name: self, value: None }
    }
}

/// A cookie on its way to the browser.
pub struct SetCookie {
    name: Name,
    value: Option<String>,
}

impl std::fmt::Debug for SetCookie {
    /// Without the value, which is a credential.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("SetCookie").field("name", &self.name.plain).finish_non_exhaustive()
    }
}

impl SetCookie {
    /// As the header says it.
    pub fn written(&self, is_secure: bool) -> String {
        let (name, value) = (self.name.of(is_secure), self.value.as_deref().unwrap_or_default());
        let secure = if is_secure { "; Secure" } else { "" };
        let end = if self.value.is_some() { "" } else { "; Max-Age=0" };
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{end}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(lines: &[&str]) -> Headers {
        Headers::new(lines.iter().map(|line| ("cookie", *line))).unwrap()
    }

    #[test]
    fn a_cookie_is_read_by_its_whole_name_and_once_only() {
        let one = sent(&["a=b; portcullis-session=secret; c=d"]);
        assert_eq!(SESSION.read(&one, false), Some("secret"));
        assert_eq!(SESSION.read(&one, true), None, "over TLS only what nobody else can set");
        assert_eq!(VISIT.read(&one, false), None);
        for twice in [
            sent(&["portcullis-session=one; portcullis-session=two"]),
            sent(&["portcullis-session=one", "portcullis-session=two"]),
            sent(&["portcullis-session="]),
            sent(&["xportcullis-session=one"]),
        ] {
            assert_eq!(SESSION.read(&twice, false), None, "{twice:?}");
        }
    }

    #[test]
    fn no_script_and_no_other_site_gets_at_it() {
        assert_eq!(
            SESSION.set("s").written(true),
            "__Host-portcullis-session=s; Path=/; HttpOnly; SameSite=Strict; Secure"
        );
        assert_eq!(VISIT.set("v").written(false), "portcullis-visit=v; Path=/; HttpOnly; SameSite=Strict");
        assert_eq!(
            SESSION.clear().written(true),
            "__Host-portcullis-session=; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=0"
        );
    }
}
