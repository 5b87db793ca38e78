//! `portcullis lift REVOCATION-ID`: undoes one revocation, and no other.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use serde_json::Value as Json;

use super::revoke::members;
use super::{Asked, Shared};

/// The flags.
#[derive(Debug, Args)]
pub struct Lift {
    /// The revocation, as `revoke` and `revocations` print it: rv-…
    #[arg(value_name = "REVOCATION-ID", value_parser = NonEmptyStringValueParser::new())]
    id: String,
    /// Why; the event of it tells.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    shared: Shared,
}

impl Lift {
    /// The call.
    pub(super) fn asked(self) -> Asked {
        let input =
            members([("RevocationId", Some(Json::from(self.id))), ("Reason", self.reason.map(Json::from))]);
        Asked::once(self.shared, "LiftRevocation", input)
    }
}
