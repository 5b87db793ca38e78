//! Federation: somebody whom an identity provider vouches for, and what of its word is believed.
//!
//! ```text
//! token -> provider of the role's account -> keys of its issuer -> claims -> Vouched -> the gate, like any caller
//! ```

pub mod fetch;
pub mod oidc;
