//! Clients of sso-oidc: whoever wants to be one is one. What was registered is sealed into the client's secret, so that
//! strangers write nothing here.

use std::time::Duration;

use minicbor::{Decode, Encode};
use portcullis_base::Timestamp;
use portcullis_store::codec;

use super::token::{self, Kind};
use crate::service::Service;

/// How long a registration lasts (SSO OIDC API reference, RegisterClient: 90 days).
pub const LIFE: Duration = Duration::from_hours(90 * 24);

/// What was registered.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Client {
    /// `clientId`.
    #[n(0)]
    pub id: String,
    /// `clientName`.
    #[n(1)]
    pub name: String,
    /// `scopes`.
    #[n(2)]
    pub scopes: Vec<String>,
    /// `grantTypes`; empty for all.
    #[n(3)]
    pub grants: Vec<String>,
    /// `redirectUris`.
    #[n(4)]
    pub redirects: Vec<String>,
    /// When it was registered.
    #[cbor(n(5), with = "codec::instant")]
    pub at: Timestamp,
    /// Until when it is good.
    #[cbor(n(6), with = "codec::instant")]
    pub expires: Timestamp,
}

impl Client {
    /// Whether it may ask with this kind of grant.
    pub fn may(&self, grant: &str) -> bool {
        self.grants.is_empty() || self.grants.iter().any(|held| held == grant)
    }

    /// Whether it gets tokens with which to go on (SSO OIDC API reference: with the scope `sso:account:access`).
    pub fn is_refreshed(&self) -> bool {
        self.scopes.iter().any(|scope| scope == "sso:account:access") && self.may("refresh_token")
    }
}

/// `clientSecret`.
pub fn secret(service: &Service, client: &Client) -> String {
    token::seal(service, Kind::Client, client)
}

/// The client of an id and a secret, whether it has expired or not.
pub fn opened(service: &Service, id: &str, secret: &str) -> Option<Client> {
    token::open::<Client>(service, Kind::Client, secret).filter(|client| client.id == id)
}
