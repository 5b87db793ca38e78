//! Refusals in OAuth's words beside AWS's (SSO OIDC API reference; RFC 6749 section 5.2, RFC 8628 section 3.5).

use crate::error::ApiError;

/// AWS's name, OAuth's word, HTTP status.
type Words = (&'static str, &'static str, u16);

/// Nobody has said yes or no.
pub const PENDING: Words = ("AuthorizationPendingException", "authorization_pending", 400);
/// It asks too often.
pub const SLOW_DOWN: Words = ("SlowDownException", "slow_down", 400);
/// Somebody said no.
pub const DENIED: Words = ("AccessDeniedException", "access_denied", 400);
/// The code is over, or is none.
pub const EXPIRED: Words = ("ExpiredTokenException", "expired_token", 400);
/// The code or token is not good.
pub const GRANT: Words = ("InvalidGrantException", "invalid_grant", 400);
/// The request is not complete.
pub const REQUEST: Words = ("InvalidRequestException", "invalid_request", 400);
/// Id and secret are no client's.
pub const CLIENT: Words = ("InvalidClientException", "invalid_client", 401);
/// The client may not do this.
pub const UNAUTHORIZED: Words = ("UnauthorizedClientException", "unauthorized_client", 400);
/// There is no such grant.
pub const UNSUPPORTED: Words = ("UnsupportedGrantTypeException", "unsupported_grant_type", 400);
/// What a client wants to be it cannot be.
pub const METADATA: Words = ("InvalidClientMetadataException", "invalid_client_metadata", 400);
/// Where a client wants answers they cannot go.
pub const REDIRECT: Words = ("InvalidRedirectUriException", "invalid_redirect_uri", 400);
/// A scope that there is not.
pub const SCOPE: Words = ("InvalidScopeException", "invalid_scope", 400);

/// A refusal.
pub fn refuse((code, word, status): Words, message: &str) -> ApiError {
    ApiError::caller(code, status, message).with("error", word).with("error_description", message)
}
