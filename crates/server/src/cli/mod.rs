//! Client commands: the same binary as a client of a running server; and commands that need none, see `offline`.
//!
//! A command is a small file: its flags, and one call of Portcullis's own interface. Everything else is shared, and
//! each step hands the next one what it needs:
//!
//! ```text
//! flags, environment, files -> Settings (settings) + Credentials (credentials) -> call -> output
//! ```
//!
//! Credentials, profile, region and endpoint are found where the AWS CLI finds them, so that a person who can use one
//! can use the other. `portcullis rotate-keys --profile admin` is signed like `aws iam list-users --profile admin`.

mod advice;
mod again;
mod call;
mod credentials;
mod end_session;
mod endpoint;
mod error;
mod import;
mod lift;
mod offline;
mod output;
mod person;
mod prepare_revocation;
mod preview;
mod preview_table;
mod profile;
mod receipt_table;
mod receipts;
mod revocations;
mod revoke;
mod rotate_keys;
mod runbook;
mod secure;
mod session_table;
mod sessions;
mod settings;
mod stale_denies;
mod who;
mod why;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use portcullis_base::world::World;
use portcullis_wire::protocol::model;
use serde_json::{Value as Json, json};

use crate::config;
pub use error::printable;
pub use offline::{OfflineCommand, offline};
pub use output::Format;

use call::Client;
use endpoint::Endpoint;
use error::ClientError;
use profile::Profiles;
use settings::Settings;

/// The commands that speak to a running server.
#[derive(Debug, Subcommand)]
pub enum ClientCommand {
    /// Bring real accounts here, from what the AWS CLI prints of them.
    Import(Box<import::Import>),
    /// Make a new key that seals session tokens from now on. Live sessions go on working.
    RotateKeys(rotate_keys::RotateKeys),
    /// List the live temporary credentials, or describe the one that a handle finds.
    Sessions(Box<sessions::Sessions>),
    /// Cut sessions off from the next request on, and exactly those that are named.
    Revoke(Box<revoke::Revoke>),
    /// Tell what a change would do to live sessions and recent requests, and change nothing.
    Preview(Box<preview::Preview>),
    /// Put a Deny in place that stands ready to cut a person off in a whole organization.
    PrepareRevocation(prepare_revocation::PrepareRevocation),
    /// A person's password, sign-in sessions, and whether the person may sign in.
    Person(person::Person),
    /// Undo one revocation. Others that are about the same stay.
    Lift(lift::Lift),
    /// Show the revocations in force, or one with all that it says.
    Revocations(revocations::Revocations),
    /// Show what became of a revocation, and what the events prove of it.
    Receipt(receipts::Receipt),
    /// List what was revoked, also what was lifted or has retired since.
    Receipts(receipts::Receipts),
    /// Report denies about sessions that no live session can match any more.
    StaleDenies(stale_denies::StaleDenies),
    /// Say why a request is allowed or denied, and what would turn the answer: a case in a file, or a request that was
    /// made.
    Explain(Box<offline::explain::Explain>),
    /// Say whose credentials these are, and with --why whether they may do something and why.
    Whoami(who::Whoami),
    /// End the session whose credentials are used. Every session may.
    EndSession(end_session::EndSession),
}

/// What every client command can be told.
#[derive(Debug, Default, Args)]
pub struct Shared {
    /// The profile of the AWS configuration files to use.
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// The region to sign for.
    #[arg(long, value_name = "NAME")]
    pub region: Option<String>,
    /// The server [default: http://127.0.0.1:7070].
    #[arg(long, value_name = "URL")]
    pub endpoint_url: Option<Endpoint>,
    /// How to print the answer [default: json].
    #[arg(long, value_enum)]
    pub output: Option<Format>,
}

/// One call: which operation, with what.
struct Asked {
    shared: Shared,
    operation: &'static str,
    input: Json,
    /// The list that comes in pages, to be asked for to the end.
    paged: Option<&'static str>,
    /// Whether it carries a client token, and is sent again when its answer is lost.
    is_sent_again: bool,
    /// How the answer is shown as text, where lines of fields are not it.
    table: Option<fn(&Json) -> String>,
}

impl Asked {
    fn once(shared: Shared, operation: &'static str, input: Json) -> Self {
        Self { shared, operation, input, paged: None, is_sent_again: false, table: None }
    }
}

/// Where settings and credentials are looked for, so that tests can say what is there.
struct Surroundings<'a> {
    /// A variable of the environment; an empty one counts as absent, as the AWS CLI takes it.
    variable: &'a dyn Fn(&str) -> Option<String>,
    /// The text of a file; `None` if there is no such file.
    file: &'a dyn Fn(&Path) -> std::io::Result<Option<String>>,
    /// The user's home directory.
    home: Option<PathBuf>,
}

/// Does a command: 0 if it is done, 1 if it was refused or failed. (What cannot be understood was answered with 2
/// before.)
pub async fn run(command: ClientCommand) -> ExitCode {
    let asked = match command {
        ClientCommand::Import(command) => return command.run().await,
        ClientCommand::RotateKeys(command) => command.asked(),
        ClientCommand::Sessions(command) => return command.run().await,
        ClientCommand::Revoke(command) if command.exports() => return scripted(command.asked()).await,
        ClientCommand::Preview(command) => return command.run().await,
        ClientCommand::Explain(command) => return command.run().await,
        ClientCommand::Whoami(command) => return command.run().await,
        ClientCommand::Revoke(command) if command.is_dry() && command.is_runbook() => {
            return runbook::rehearse(*command).await;
        }
        ClientCommand::Revoke(command) if command.is_dry() => {
            let Asked { shared, operation, input, .. } = command.asked();
            return preview::told(&shared, operation, &input).await;
        }
        ClientCommand::Revoke(command) if command.is_runbook() => return runbook::run(*command).await,
        ClientCommand::Revoke(command) => command.asked(),
        ClientCommand::PrepareRevocation(command) => command.asked(),
        ClientCommand::Person(command) => command.asked(),
        ClientCommand::Lift(command) => command.asked(),
        ClientCommand::Revocations(command) => command.asked(),
        ClientCommand::Receipt(command) => command.asked(),
        ClientCommand::Receipts(command) => command.asked(),
        ClientCommand::StaleDenies(command) => command.asked(),
        ClientCommand::EndSession(command) => command.asked(),
    };
    ended(answer(asked).await)
}

/// Prints what is told, or why nothing is.
fn ended(told: Result<String, ClientError>) -> ExitCode {
    match told.and_then(|text| print(&text)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprint!("{}", error.report());
            ExitCode::from(1)
        }
    }
}

/// A call whose answer is a script.
async fn scripted(asked: Asked) -> ExitCode {
    let answer = async { client_of(&asked.shared)?.call(asked.operation, &asked.input).await }.await;
    ended(answer.map(|value| revoke::script(&value)))
}

async fn answer(asked: Asked) -> Result<String, ClientError> {
    let client = client_of(&asked.shared)?;
    let value = match asked.paged {
        None if asked.is_sent_again => {
            let input = again::with_token(asked.input, &client.world);
            again::until_answered(async || client.call(asked.operation, &input).await).await?
        }
        None => client.call(asked.operation, &asked.input).await?,
        Some(list) => {
            every_page(list, asked.input.clone(), async |input| client.call(asked.operation, input).await)
                .await?
        }
    };
    let output = model(call::SERVICE)
        .and_then(|model| Some((model, model.operation(asked.operation)?.output?)))
        .ok_or(ClientError::NoSuchOperation { operation: asked.operation })?;
    Ok(match (asked.table, client.settings.output) {
        (Some(table), Format::Text) => table(&output::readable(output.0, output.1, &value)),
        (_, format) => output::text(format, output.0, output.1, &value),
    })
}

/// An answer of an operation: as JSON, or by `text`.
fn shown(
    client: &Client,
    operation: &'static str,
    answer: &Json,
    text: fn(&Json) -> String,
) -> Result<String, ClientError> {
    let (model, shape) = model(call::SERVICE)
        .and_then(|model| Some((model, model.operation(operation)?.output?)))
        .ok_or(ClientError::NoSuchOperation { operation })?;
    Ok(match client.settings.output {
        Format::Json => output::text(Format::Json, model, shape, answer),
        Format::Text => text(&output::readable(model, shape, answer)),
    })
}

/// One answer with the items of all pages.
async fn every_page(
    list: &str,
    mut input: Json,
    ask: impl AsyncFn(&Json) -> Result<Json, ClientError>,
) -> Result<Json, ClientError> {
    let mut all = Vec::new();
    loop {
        let mut page = ask(&input).await?;
        if let Some(Json::Array(items)) = page.get_mut(list).map(Json::take) {
            all.extend(items);
        }
        match page.get_mut("NextToken").map(Json::take) {
            Some(token @ Json::String(_)) => {
                input.as_object_mut().map(|members| members.insert("NextToken".to_owned(), token));
            }
            _ => return Ok(json!({ list: all })),
        }
    }
}

/// Who calls, and whom, by flags, environment and files.
fn client_of(shared: &Shared) -> Result<Client, ClientError> {
    let variable = |name: &str| config::variable(name);
    let home = etcetera::home_dir().ok();
    let surroundings = Surroundings { variable: &variable, file: &read_file, home };
    let profiles = Profiles::read(&surroundings)?;
    let settings = Settings::find(shared, &surroundings, &profiles)?;
    let credentials = credentials::find(&settings.profile, &surroundings, &profiles)?;
    Ok(Client { settings, credentials, world: World::system() })
}

fn read_file(path: &Path) -> std::io::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn print(text: &str) -> Result<(), ClientError> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|source| ClientError::Print { source })
}

#[cfg(test)]
mod tests;
