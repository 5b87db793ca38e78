//! `portcullis set-password`: a person gets a password for one sign-in to the access portal.

use clap::Args;
use serde_json::json;

use super::{Asked, Shared};

/// The flags.
#[derive(Debug, Args)]
pub struct SetPassword {
    /// The user of the identity store: name or id.
    #[arg(value_name = "USER")]
    user: String,
    /// Take the user's authenticator app away as well: it was lost.
    #[arg(long)]
    remove_authenticator: bool,
    #[command(flatten)]
    shared: Shared,
}

impl SetPassword {
    /// The call. The password is made by the server, so that it is in no shell's history.
    pub(super) fn asked(self) -> Asked {
        let input = json!({ "User": self.user, "RemoveAuthenticator": self.remove_authenticator });
        Asked::once(self.shared, "SetPersonPassword", input)
    }
}
