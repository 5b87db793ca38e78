//! `portcullis revocations [REVOCATION-ID]`: all that are in force, or one.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use serde_json::json;

use super::{Asked, Shared};

/// Revocations on a page: the most that the interface gives.
const PAGE: u32 = 1000;

/// The flags.
#[derive(Debug, Args)]
pub struct Revocations {
    /// The one to show [default: all].
    #[arg(value_name = "REVOCATION-ID", value_parser = NonEmptyStringValueParser::new())]
    id: Option<String>,
    #[command(flatten)]
    shared: Shared,
}

impl Revocations {
    /// The call, or the first of several.
    pub(super) fn asked(self) -> Asked {
        match self.id {
            Some(id) => Asked::once(self.shared, "DescribeRevocation", json!({ "RevocationId": id })),
            None => Asked {
                paged: Some("Revocations"),
                ..Asked::once(self.shared, "ListRevocations", json!({ "MaxResults": PAGE }))
            },
        }
    }
}
