//! The words every other crate speaks: ARNs, account and unique ids, names, tags, instants, secrets, the
//! protocol-neutral [`value::Value`] with the [`shape`]s that describe it, and the two doors through which
//! the outside world comes in, [`world::Clock`] and [`world::Entropy`].
//!
//! Nothing here knows a protocol, a policy, a record or an action.

#![deny(missing_docs)]

pub mod account;
pub mod arn;
pub mod name;
pub mod secret;
pub mod shape;
pub mod tag;
pub mod timestamp;
pub mod unique_id;
pub mod value;
pub mod world;
pub mod xml;

pub use account::AccountId;
pub use arn::Arn;
pub use secret::Secret;
pub use tag::{Tag, Tags};
pub use timestamp::Timestamp;
pub use unique_id::{AccessKeyId, UniqueId, UniqueIdKind};
pub use value::Value;
