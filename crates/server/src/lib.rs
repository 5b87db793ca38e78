//! The server: sockets, configuration, start and stop, and the bridge between HTTP and the service. No rule of IAM
//! lives here.

pub mod announce;
pub mod bridge;
pub mod cli;
pub mod config;
pub mod home;
pub mod listen;
pub mod node;
pub mod outside;
mod portal;
pub mod recover;
pub mod tls;
