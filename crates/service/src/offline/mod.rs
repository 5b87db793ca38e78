//! What can be asked without a server: text in, text out.

mod case;
mod explain;

pub use explain::{Refused, Told, explain};
