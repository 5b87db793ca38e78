//! A token of an OpenID Connect issuer, from its text to who it is about.
//!
//! The order is AWS's: the form, the provider, the key, the signature, the claims, the audience. The provider is looked up
//! by the issuer that the token names, in the account that the role's ARN names: whether there is such a role is not asked.

mod claims;
mod compact;
mod issuers;
mod json;
mod key;

use std::sync::Arc;

use portcullis_base::{AccountId, Timestamp, UniqueId};
use portcullis_policy::ContextValue;
use serde_json::Value as Json;

pub use claims::{Claims, LEEWAY_S};
pub use issuers::Issuers;

use crate::caller::{Vouched, VouchedBy};
use crate::error::ApiError;
use crate::service::Service;
use crate::snapshot::{OidcProvider, Snapshot};
use crate::token::{Federation, FederationKey};
use claims::Fault;
use compact::Unverified;
use issuers::{Named, NoKey};

/// The scheme of every issuer.
const SCHEME: &str = "https://";

/// Who a token is about, and who says so.
#[derive(Debug)]
pub struct WebIdentity {
    /// `iss`
    pub issuer: String,
    /// The account whose provider it is.
    pub account: AccountId,
    /// The provider whose issuer's keys it was verified with.
    pub provider: UniqueId,
    /// What the token says.
    pub claims: Claims,
}

/// Verifies a token for a role of this account.
///
/// # Errors
/// `InvalidIdentityToken`, `ExpiredTokenException`, `IDPCommunicationError`.
pub async fn verify(
    service: &Service,
    snapshot: &Snapshot,
    account: AccountId,
    token: &str,
) -> Result<WebIdentity, ApiError> {
    let unverified = Unverified::read(token).ok_or_else(|| {
        invalid(
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
        )
    })?;
    let issuer = unverified.claims.member("iss").and_then(Json::as_str);
    let issuer = issuer.ok_or_else(|| invalid("Missing a required claim: iss"))?;
    let provider = provider(snapshot, account, issuer).ok_or_else(|| no_provider(issuer))?;
    let named = Named { kid: unverified.kid.as_deref(), algorithm: unverified.algorithm };
    let key = service.issuers.key(&provider.record, named, service.world.clock.as_ref()).await;
    let key = key.map_err(no_key)?;
    if !key.verifies(unverified.algorithm, unverified.message, unverified.signature) {
        return Err(invalid("The signature of the token is not valid."));
    }
    let now = service.world.clock.now();
    let claims = Claims::read(&unverified.claims, &provider.record.client_ids, now)
        .map_err(|fault| refusal(&fault, now))?;
    Ok(WebIdentity { issuer: issuer.to_owned(), account, provider: provider.record.id, claims })
}

/// The provider of this account for an issuer: the same text, letter by letter.
fn provider<'a>(snapshot: &'a Snapshot, account: AccountId, issuer: &str) -> Option<&'a Arc<OidcProvider>> {
    let name = issuer.strip_prefix(SCHEME)?;
    // Names of tables are found in any case; those of issuers are not the same then.
    snapshot.oidc_providers.named(account, name).filter(|held| held.record.name == name)
}

impl WebIdentity {
    /// Whether its provider is there still, itself and no namesake, and takes tokens for this audience.
    pub fn still_stands(&self, snapshot: &Snapshot) -> bool {
        let held = snapshot.oidc_providers.get(self.provider);
        let clients = held.map(|held| &held.record.client_ids);
        let original = self.claims.original_audience.iter();
        clients.is_some_and(|clients| {
            std::iter::once(&self.claims.audience).chain(original).all(|client| clients.contains(client))
        })
    }

    /// The refusal of a token whose provider is not there.
    pub fn no_provider(&self) -> ApiError {
        no_provider(&self.issuer)
    }

    /// Who it is, for the gate and for the session.
    pub fn vouched(&self, provider_arn: &str) -> Vouched {
        let name = self.issuer.strip_prefix(SCHEME).unwrap_or(&self.issuer);
        let key = |word: &str, values: &[String], is_multivalued| FederationKey {
            name: format!("{name}:{word}"),
            values: values.to_vec(),
            is_multivalued,
        };
        let claims = &self.claims;
        let mut kept = vec![
            key("aud", std::slice::from_ref(&claims.audience), false),
            key("sub", std::slice::from_ref(&claims.subject), false),
        ];
        if !claims.methods.is_empty() {
            kept.push(key("amr", &claims.methods, true));
        }
        let mut keys: Vec<(String, ContextValue)> = kept.iter().filter_map(shown).collect();
        if let Some(original) = &claims.original_audience {
            keys.push((format!("{name}:oaud"), ContextValue::One(original.clone())));
        }
        Vouched {
            by: VouchedBy::WebIdentity,
            provider: provider_arn.to_owned(),
            name: claims.subject.clone(),
            user_id: format!("{provider_arn}:{}:{}", claims.audience, claims.subject),
            account: self.account,
            keys,
            federation: Federation { provider: provider_arn.to_owned(), keys: kept },
            person: None,
        }
    }

    /// The ARN of its provider.
    pub fn provider_arn<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a str> {
        provider(snapshot, self.account, &self.issuer).map(|held| held.arn.as_str())
    }
}

/// A kept key as this request has it.
fn shown(key: &FederationKey) -> Option<(String, ContextValue)> {
    let value = match key.values.as_slice() {
        values if key.is_multivalued => ContextValue::Many(values.to_vec()),
        [value] => ContextValue::One(value.clone()),
        _ => return None,
    };
    Some((key.name.clone(), value))
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::caller("InvalidIdentityToken", 400, message)
}

fn no_provider(issuer: &str) -> ApiError {
    invalid(format!("No OpenIDConnect provider found in your account for {issuer}"))
}

/// The issuer cannot be reached: no fault of the token's.
pub const UNREACHABLE: &str = "IDPCommunicationError";

fn no_key(why: NoKey) -> ApiError {
    match why {
        NoKey::Unknown => invalid(
            "Couldn't retrieve verification key from your identity provider,  please reference \
             AssumeRoleWithWebIdentity documentation for requirements",
        ),
        NoKey::Unreachable => ApiError::caller(
            UNREACHABLE,
            400,
            "The identity provider (IdP) could not be reached to verify the incoming identity token.",
        ),
    }
}

fn refusal(fault: &Fault, now: Timestamp) -> ApiError {
    match fault {
        Fault::Missing(claim) => invalid(format!("Missing a required claim: {claim}")),
        Fault::Malformed(claim) => invalid(format!("The claim {claim} is not what it must be.")),
        Fault::Expired(at) => ApiError::caller(
            "ExpiredTokenException",
            400,
            format!(
                "Token expired: current date/time {} must be before the expiration date/time {at}",
                now.seconds()
            ),
        ),
        Fault::Early => invalid("The token is not valid yet."),
        Fault::Audience => invalid("Incorrect token audience"),
    }
}

#[cfg(test)]
mod tests;
