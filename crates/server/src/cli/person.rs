//! `portcullis person …`: a person's password, sign-in sessions, and whether the person may sign in at all. What AWS has
//! in its console alone.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use serde_json::Value as Json;

use super::revoke::members;
use super::{Asked, Shared};

/// Sessions on a page that is asked for.
const PAGE: u32 = 1000;

/// What `--help` says below the flags.
const HELP: &str = "\
USER is a user of the identity store: a user name or a user id.

None of these ends a session of a role that the person has already. For that: portcullis revoke person USER";

/// The command.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Person {
    #[command(subcommand)]
    what: What,
}

/// What is done.
#[derive(Debug, Subcommand)]
enum What {
    /// Give a person a password for one sign-in, at which another has to be chosen. The person is signed out everywhere.
    SetPassword {
        #[command(flatten)]
        who: Who,
        /// Take the person's authenticator app away as well: it was lost.
        #[arg(long)]
        remove_authenticator: bool,
    },
    /// List who is signed in to the access portal, or where one person is.
    Sessions {
        /// The person.
        #[arg(value_name = "USER", value_parser = NonEmptyStringValueParser::new())]
        user: Option<String>,
        #[command(flatten)]
        shared: Shared,
    },
    /// End a person's sign-in sessions.
    SignOut {
        #[command(flatten)]
        who: Who,
        /// Only this one, as `sessions` has it.
        #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
        session_id: Option<String>,
    },
    /// Let a person sign in no more.
    Disable(Who),
    /// Let a person sign in again.
    Enable(Who),
}

/// Whom it is about.
#[derive(Debug, Args)]
struct Who {
    /// The person.
    #[arg(value_name = "USER", value_parser = NonEmptyStringValueParser::new())]
    user: String,
    #[command(flatten)]
    shared: Shared,
}

impl Person {
    /// The call.
    pub(super) fn asked(self) -> Asked {
        let about = |who: Who, operation: &'static str, more: Option<(&str, Json)>| {
            let more = more.map_or(("", None), |(name, value)| (name, Some(value)));
            Asked::once(who.shared, operation, members([("User", Some(Json::from(who.user))), more]))
        };
        match self.what {
            // The password is made by the server, so that it is in no shell's history.
            What::SetPassword { who, remove_authenticator } => {
                let more = remove_authenticator.then(|| ("RemoveAuthenticator", Json::from(true)));
                about(who, "SetPersonPassword", more)
            }
            What::SignOut { who, session_id } => {
                about(who, "EndPortalSessions", session_id.map(|id| ("SessionId", Json::from(id))))
            }
            What::Disable(who) => about(who, "DisablePerson", None),
            What::Enable(who) => about(who, "EnablePerson", None),
            What::Sessions { user, shared } => {
                let input = members([("User", user.map(Json::from)), ("MaxResults", Some(PAGE.into()))]);
                Asked { paged: Some("PortalSessions"), ..Asked::once(shared, "ListPortalSessions", input) }
            }
        }
    }
}
