//! AWS protocols and request signatures: bytes in, values out.
//!
//! Nothing here knows an action by name, a record or a policy. This crate never decides and never finds a secret: it
//! is handed one.

#![deny(missing_docs)]

pub mod fault;
pub mod form;
pub mod frame;
pub mod limits;
pub mod protocol;
pub mod route;
pub mod sigv4;
pub use portcullis_base::xml;
