//! Authorization codes with PKCE (RFC 6749 section 4.1, RFC 7636): a client that can open a browser gets one at an address
//! of the very machine that it runs on, and redeems it with what only it knows.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use minicbor::{Decode, Encode};
use portcullis_base::{Secret, Timestamp};
use portcullis_store::codec;
use sha2::{Digest, Sha256};

use super::SignedIn;
use super::client::Client;
use super::token::{self, Kind};
use crate::error::ApiError;
use crate::service::Service;

/// How long a code is good (RFC 6749 section 4.1.2 recommends ten minutes at most).
const LIFE: Duration = Duration::from_mins(1);

/// What a code says.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Code {
    /// By it the code is used up.
    #[n(0)]
    pub id: String,
    /// Who let the client in: a sign-in session.
    #[n(1)]
    pub session: String,
    /// The client.
    #[n(2)]
    pub client: String,
    /// Where it was sent.
    #[n(3)]
    pub redirect: String,
    /// What the client must know the other half of.
    #[n(4)]
    pub challenge: String,
    /// From this instant on it is refused.
    #[cbor(n(5), with = "codec::instant")]
    pub expires: Timestamp,
}

/// Codes that were redeemed, until they would have ended.
#[derive(Default)]
pub struct Spent(Mutex<HashMap<String, Timestamp>>);

/// A code.
pub fn made(service: &Service, session: &str, client: &str, redirect: &str, challenge: &str) -> String {
    let code = Code {
        id: service.uuid(),
        session: session.to_owned(),
        client: client.to_owned(),
        redirect: redirect.to_owned(),
        challenge: challenge.to_owned(),
        expires: service.world.clock.now().plus(LIFE),
    };
    token::seal(service, Kind::Code, &code)
}

/// What a client brought, and who let it in; or why nothing comes of it.
pub type Redeemed = Result<(Client, SignedIn), ApiError>;

/// The session by which a code lets this client in, once; none for any code that is not good.
pub fn redeemed(
    service: &Service,
    client: &str,
    code: &str,
    redirect: &str,
    verifier: &str,
) -> Option<String> {
    let now = service.world.clock.now();
    let code: Code = token::open(service, Kind::Code, code)?;
    let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    let is_its_own = Secret::from(hash) == Secret::from(code.challenge.clone());
    let is_good = now < code.expires && code.client == client && code.redirect == redirect && is_its_own;
    let mut spent = service.sign_in.spent.0.lock().unwrap_or_else(PoisonError::into_inner);
    spent.retain(|_, until| now < *until);
    // Whatever else is wrong with it: a code that was shown once is not good again.
    let is_first = spent.insert(code.id.clone(), code.expires).is_none();
    (is_good && is_first).then_some(code.session)
}

/// Whether an address is one of this very machine, as clients may register it (RFC 8252 section 7.3): by address and
/// not by name, whatever the port.
pub fn is_loopback(address: &str) -> bool {
    parts(address).is_some()
}

/// Whether an address is the registered one, but for the port, which the client chooses when it listens (RFC 8252
/// section 7.3).
pub fn is_registered(registered: &str, given: &str) -> bool {
    parts(registered).is_some_and(|registered| parts(given) == Some(registered))
}

/// Host and path of an address of this machine. Everything of it is read: nothing may stand where a browser would see
/// another host.
fn parts(address: &str) -> Option<(&str, &str)> {
    let is_plain = address.bytes().all(|byte| byte.is_ascii_graphic())
        && !address.contains(['@', '#', '\\', '"', '<', '>']);
    let rest = address.strip_prefix("http://").filter(|_| is_plain)?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = ["127.0.0.1", "[::1]"]
        .into_iter()
        .find_map(|host| authority.strip_prefix(host).map(|port| (host, port)))?;
    let is_port =
        |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse::<u16>().is_ok();
    let is_good = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
    is_good.then_some((host, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_machine_are_taken_whatever_their_port() {
        for good in
            ["http://127.0.0.1/oauth/callback", "http://127.0.0.1:5000/oauth/callback", "http://[::1]:1/x"]
        {
            assert!(is_loopback(good), "{good}");
        }
        for bad in [
            "https://127.0.0.1/x",
            "http://localhost/x",
            "http://127.0.0.1.example/x",
            "http://127.0.0.1@evil.example/x",
            "http://evil.example/127.0.0.1",
            "http://10.0.0.1/x",
            "http://127.0.0.1/x#y",
            "javascript:alert(1)",
            "",
        ] {
            assert!(!is_loopback(bad), "{bad}");
        }
        assert!(is_registered("http://127.0.0.1/oauth/callback", "http://127.0.0.1:4711/oauth/callback"));
        assert!(!is_registered("http://127.0.0.1/oauth/callback", "http://127.0.0.1:4711/other"));
        assert!(!is_registered("http://127.0.0.1/oauth/callback", "http://[::1]:4711/oauth/callback"));
    }
}
