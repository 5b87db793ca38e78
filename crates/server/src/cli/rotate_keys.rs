//! `portcullis rotate-keys`: a new key seals session tokens from now on.

use clap::Args;
use serde_json::json;

use super::{Asked, Shared};

/// The flags.
#[derive(Debug, Args)]
pub struct RotateKeys {
    #[command(flatten)]
    shared: Shared,
}

impl RotateKeys {
    /// The call.
    pub(super) fn asked(self) -> Asked {
        Asked::once(self.shared, "RotateKeys", json!({}))
    }
}
