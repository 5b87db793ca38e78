//! `portcullis stale-denies`: denies about sessions that no live session can match any more.

use clap::Args;
use serde_json::json;

use super::{Asked, Shared};

/// What `--help` says below the flags.
const HELP: &str = "\
Reported are Deny statements of your account's identity, bucket, trust and service control policies that are about sessions
(aws:userid, aws:TokenIssueTime before a time, aws:SourceIdentity, a session as Principal) and match no live session. Each
comes with the command that takes it out; nothing is taken out here.";

/// The flags.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct StaleDenies {
    #[command(flatten)]
    shared: Shared,
}

impl StaleDenies {
    /// The call.
    pub(super) fn asked(self) -> Asked {
        Asked::once(self.shared, "ListStaleDenies", json!({}))
    }
}
