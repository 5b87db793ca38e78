//! Where the server is: `http://HOST[:PORT]` or `https://HOST[:PORT]`.

use std::str::FromStr;

use hyper::Uri;

/// The address of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The name or address to connect to.
    pub host: String,
    /// Whether TLS is spoken.
    pub is_secure: bool,
    /// The port.
    pub port: u16,
    /// What the `Host` header says.
    pub authority: String,
}

/// Why a text is no address of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoEndpoint {
    /// Not of the form.
    #[error("an endpoint has the form http://HOST:PORT or https://HOST:PORT")]
    Malformed,
}

impl Default for Endpoint {
    /// Where `portcullis serve` listens unless told otherwise.
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            is_secure: false,
            port: 7070,
            authority: "127.0.0.1:7070".to_owned(),
        }
    }
}

impl FromStr for Endpoint {
    type Err = NoEndpoint;

    fn from_str(text: &str) -> Result<Self, NoEndpoint> {
        let uri: Uri = text.parse().map_err(|_| NoEndpoint::Malformed)?;
        let authority = uri.authority().ok_or(NoEndpoint::Malformed)?;
        let is_secure = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(NoEndpoint::Malformed),
        };
        // Nothing else would be sent anywhere: the server answers at the root, and the signature says who calls.
        let is_plain = !authority.as_str().contains('@') && uri.path() == "/" && uri.query().is_none();
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        // `Uri` takes a port that is no number for none at all.
        let names_port = authority.as_str().len() > authority.host().len();
        if !is_plain || host.is_empty() || (names_port && authority.port_u16().is_none()) {
            return Err(NoEndpoint::Malformed);
        }
        Ok(Self {
            host: host.to_owned(),
            is_secure,
            port: authority.port_u16().unwrap_or(if is_secure { 443 } else { 80 }),
            authority: authority.as_str().to_owned(),
        })
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = if self.is_secure { "https" } else { "http" };
        write!(out, "{scheme}://{}", self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_host_and_a_port() {
        for (text, host, port, shown) in [
            ("http://127.0.0.1:7070", "127.0.0.1", 7070, "http://127.0.0.1:7070"),
            ("http://localhost:80/", "localhost", 80, "http://localhost:80"),
            ("http://iam.example", "iam.example", 80, "http://iam.example"),
            ("http://[::1]:7070/", "::1", 7070, "http://[::1]:7070"),
            ("https://iam.example", "iam.example", 443, "https://iam.example"),
            ("https://127.0.0.1:7070", "127.0.0.1", 7070, "https://127.0.0.1:7070"),
        ] {
            let endpoint: Endpoint = text.parse().unwrap();
            assert_eq!((endpoint.host.as_str(), endpoint.port), (host, port), "{text}");
            assert_eq!(endpoint.to_string(), shown);
        }
        assert_eq!("http://127.0.0.1:7070".parse(), Ok(Endpoint::default()));
    }

    #[test]
    fn anything_else_is_refused_with_the_reason() {
        for text in [
            "",
            "127.0.0.1",
            "127.0.0.1:7070",
            "/",
            "ftp://h",
            "http://",
            "http://u:p@h",
            "http://h:99999",
            "http://h/?a=b",
            "http://h h",
            "http://h/portcullis",
        ] {
            assert_eq!(text.parse::<Endpoint>(), Err(NoEndpoint::Malformed), "{text}");
        }
    }
}
