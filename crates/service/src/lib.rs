//! What IAM, STS, S3 and event history mean: who is calling, what may be done, and the doing of it.

#![deny(missing_docs)]

pub mod audit;
