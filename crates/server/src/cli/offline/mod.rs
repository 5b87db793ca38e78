//! Commands that need no server: most read a policy and say something about it.
//!
//! A command is a small file: its flags, and a function from a document to what is printed. `portcullis lint
//! policy.json` and `… | portcullis summary -` need no credentials, no network and no data.

mod actions;
mod document;
pub mod explain;
mod lint;
mod summary;

use std::io::Write;
use std::process::ExitCode;

use clap::Subcommand;

/// The commands that need no server.
#[derive(Debug, Subcommand)]
pub enum OfflineCommand {
    /// List the operations of each service: whether it is served, and which permissions it asks for.
    Actions(actions::Actions),
    /// Say what is wrong with a policy, what is dangerous about it, and what to write instead.
    Lint(lint::Lint),
    /// Say what a policy comes to, service by service.
    Summary(summary::Summarise),
}

/// What a command has to say: to print, and how the program ends.
struct Said {
    text: String,
    code: u8,
}

/// How the program ends when a file cannot be read, as when a flag is not understood.
const UNUSABLE: u8 = 2;

/// Does a command.
pub fn offline(command: &OfflineCommand) -> ExitCode {
    let said = match command {
        OfflineCommand::Actions(command) => command.said(),
        OfflineCommand::Lint(command) => command.said(),
        OfflineCommand::Summary(command) => command.said(),
    };
    finish(said)
}

/// Prints what a command has to say.
fn finish(said: Result<Said, String>) -> ExitCode {
    match said {
        Ok(Said { text, code }) => match std::io::stdout().lock().write_all(text.as_bytes()) {
            Ok(()) => ExitCode::from(code),
            // Whoever closed the pipe has seen enough.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::from(code),
            Err(error) => failed(&format!("the answer could not be printed: {error}")),
        },
        Err(reason) => failed(&reason),
    }
}

fn failed(reason: &str) -> ExitCode {
    eprintln!("portcullis: {}", super::error::printable(reason));
    ExitCode::from(UNUSABLE)
}
