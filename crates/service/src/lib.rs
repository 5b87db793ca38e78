//! What IAM, STS, S3 and event history mean: who is calling, what may be done, and the doing of it.
//!
//! Begin with [`handle`], which reads like the life of a request; then [`gate`], the single door; then any file below
//! [`actions`], each of which is one action. A request comes in through [`port`], and [`bootstrap`] makes the
//! [`service::Service`] that answers it.

#![deny(missing_docs)]
#![allow(
    clippy::unnecessary_wraps,
    reason = "the functions of a row share one signature, also those that cannot fail"
)]

pub mod action;
pub mod actions;
pub mod audit;
pub mod blob;
pub mod bootstrap;
pub mod caller;
pub mod context;
pub mod credential;
pub mod draft;
pub mod error;
pub mod federation;
pub mod flow;
pub mod follow;
pub mod gate;
pub mod gather;
pub mod handle;
pub mod identity_center;
pub mod import;
pub mod issue;
pub mod last_use;
pub mod limits;
pub mod lint;
pub mod mfa;
mod network;
pub mod offline;
pub mod password;
#[cfg(feature = "planted-bugs")]
pub mod planted;
pub mod port;
mod preview;
pub mod receipt;
mod recent;
pub mod report;
mod retire;
mod revocation;
pub mod service;
pub mod sessions;
pub mod sign_in;
pub mod snapshot;
pub mod tend;
pub mod token;
pub mod vigil;
mod why;
