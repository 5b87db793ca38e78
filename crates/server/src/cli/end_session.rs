//! `portcullis end-session`: a workload ends the session that it signs with.

use clap::Args;
use serde_json::{Value as Json, json};

use super::revoke::members;
use super::{Asked, Shared};

/// The flags.
#[derive(Debug, Args)]
pub struct EndSession {
    /// Leave alone what the session made: those that were assumed with it go on.
    #[arg(long)]
    no_cascade: bool,
    /// Why; it is shown with the revocation.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    shared: Shared,
}

impl EndSession {
    /// The call.
    pub(super) fn asked(self) -> Asked {
        let input = members([
            ("Cascade", self.no_cascade.then(|| json!(false))),
            ("Reason", self.reason.map(Json::from)),
        ]);
        Asked::once(self.shared, "RevokeOwnSession", input)
    }
}
