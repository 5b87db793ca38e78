//! `portcullis stale-denies`: denies against sessions that no live session meets any more, with the commands that take
//! them away. It takes nothing away itself.

use clap::Args;
use serde_json::json;

use super::{Asked, Shared};

/// Documents on a page: the most that the interface gives.
const PAGE: u32 = 1000;

/// The flags.
#[derive(Debug, Args)]
pub struct StaleDenies {
    /// Show those as well that a live session still meets, with when the last of these ends.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    shared: Shared,
}

impl StaleDenies {
    /// The call, the first of several.
    pub(super) fn asked(self) -> Asked {
        let input = json!({ "IncludeNeeded": self.all, "MaxResults": PAGE });
        Asked { paged: Some("Denies"), ..Asked::once(self.shared, "ListStaleDenies", input) }
    }
}
