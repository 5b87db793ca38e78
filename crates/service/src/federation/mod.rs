//! Federation: whose word about people from elsewhere is good, and what must hold before it is taken.
//!
//! ```text
//! token -> provider of the role's account -> keys of its issuer -> claims -> Vouched -> the gate, like any caller
//! ```

pub mod fetch;
pub mod oidc;
pub mod refusals;
pub mod saml;
