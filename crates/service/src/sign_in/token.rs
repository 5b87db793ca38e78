//! Tokens of the portal: sealed, self-contained, and good for nothing without the sign-in session that they name.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use minicbor::{Decode, Encode};
use portcullis_base::Timestamp;
use portcullis_store::codec;

use super::session::SignedIn;
use crate::service::Service;

/// How long an access token lasts at most; it can be refreshed.
pub const ACCESS_LIFE: Duration = Duration::from_hours(1);
/// How long one lasts that cannot be refreshed (AWS CLI User Guide, "Legacy configuration for IAM Identity Center": it signs in
/// anew when it has expired).
pub const ONLY_LIFE: Duration = Duration::from_hours(8);
/// How long one of a page lasts, which no browser ever sees.
const PAGE_LIFE: Duration = Duration::from_mins(1);
/// Its client.
const PAGE: &str = "portal";
/// The longest token that is looked at.
const TOKEN_MAX: usize = 4096;

/// What a token is for. One kind never stands in for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// To call the portal.
    Access,
    /// To get the next access token.
    Refresh,
    /// To get the first ones, through a browser.
    Code,
    /// The id of a client.
    Client,
    /// The secret of a client.
    ClientSecret,
}

impl Kind {
    /// What it is sealed for.
    fn context(self) -> &'static [u8] {
        match self {
            Self::Access => b"portal/access",
            Self::Refresh => b"portal/refresh",
            Self::Code => b"portal/code",
            Self::Client => b"portal/client",
            Self::ClientSecret => b"portal/client-secret",
        }
    }
}

/// What access and refresh tokens say.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Grant {
    /// The sign-in session.
    #[n(0)]
    pub session: String,
    /// The client that it was given to.
    #[n(1)]
    pub client: String,
    /// From this instant on it is refused.
    #[cbor(n(2), with = "codec::instant")]
    pub expires: Timestamp,
}

/// Seals what a token says.
pub fn seal<T: Encode<()>>(service: &Service, kind: Kind, said: &T) -> String {
    URL_SAFE_NO_PAD.encode(service.master.seal(kind.context(), &codec::to_bytes(said)))
}

/// Opens a token; nothing if it is not of this kind, or not ours.
pub fn open<T: for<'b> codec::Decode<'b>>(service: &Service, kind: Kind, token: &str) -> Option<T> {
    if token.len() > TOKEN_MAX {
        return None;
    }
    let sealed = URL_SAFE_NO_PAD.decode(token).ok()?;
    let opened = service.master.open(kind.context(), &sealed).ok()?;
    codec::from_bytes(opened.expose_bytes()).ok()
}

/// A token for one call that a page makes for whoever is signed in.
pub fn of_page(service: &Service, who: &SignedIn) -> String {
    let expires = service.world.clock.now().plus(PAGE_LIFE);
    seal(service, Kind::Access, &Grant { session: who.session.id.clone(), client: PAGE.to_owned(), expires })
}
