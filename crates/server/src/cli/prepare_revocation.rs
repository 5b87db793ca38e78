//! `portcullis prepare-revocation`: puts the Deny in place that stands ready to cut a person off.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use serde_json::Value as Json;

use super::revoke::members;
use super::{Asked, Shared};

/// What `--help` says below the flags.
const HELP: &str = "\
It makes a service control policy that denies everything to the users of the identity store whose ids it lists, and
attaches it to the organization's root. It lists nobody yet, and so changes no decision. Done twice, it changes nothing.

To cut somebody off with it: portcullis revoke person USER --style aws
By hand: put the user's id into the list with `aws organizations update-policy`.";

/// The flags.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct PrepareRevocation {
    /// The policy's name [default: PreparedRevocation].
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    policy_name: Option<String>,
    /// The root, unit or account that it is attached to [default: the root].
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    target_id: Option<String>,
    #[command(flatten)]
    shared: Shared,
}

impl PrepareRevocation {
    /// The call.
    pub(super) fn asked(self) -> Asked {
        let input = members([
            ("PolicyName", self.policy_name.map(Json::from)),
            ("TargetId", self.target_id.map(Json::from)),
        ]);
        Asked::once(self.shared, "PrepareRevocation", input)
    }
}
