//! Session tokens: self-contained, sealed, bound to their access key and deployment.

mod claims;
mod encoding;
mod ring;
mod seal;

#[cfg(test)]
mod tests;

pub use claims::{Ancestor, Claims, Federation, FederationKey, Passed, Subject};
pub use encoding::{from_bytes, pack, without_secret};
pub use ring::{DESTROY_AFTER, ROTATE_AFTER, Ring};
pub use seal::CannotOpen;
