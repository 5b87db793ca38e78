//! `portcullis explain FILE|-|REQUEST-ID`: why a request is allowed or denied; of a case in a file without a server, of
//! a request that was made from the server that answered it.

use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use portcullis_service::offline;

use super::super::error::printable;
use super::super::output::Format;
use super::super::{Shared, why};
use super::{Said, document, finish};

/// The longest case read, in bytes.
const CASE_MAX_BYTES: u64 = 64 << 20;

/// What `--help` says below the flags.
const HELP: &str = "A case is a JSON object: caller, action, resource, resource_account (the caller's own unless \
                    given), context, and policies by layer: revocations, identity, boundary, session, resource or \
                    trust, scps, rcps. See examples/denied.json. \
                    The id of a request asks the server: how it was decided then, and how the same would be \
                    decided now.\n\nExit status: 0 the decision is explained, \
                    whatever it is; 1 the case is refused; 2 the file cannot be read or the command line is wrong.";

/// The flags.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Explain {
    /// The case, - for what is piped in; or the id of a request, as its answer and its event have it.
    #[arg(value_name = "FILE|-|REQUEST-ID")]
    file: String,
    #[command(flatten)]
    shared: Shared,
}

/// Whether this is the form of a request's id.
fn is_request(text: &str) -> bool {
    let digits = text.chars().filter(|letter| *letter != '-');
    matches!(text.len(), 32 | 36)
        && digits.clone().count() == 32
        && digits.clone().all(|it| it.is_ascii_hexdigit())
}

impl Explain {
    /// Explains and prints.
    pub async fn run(mut self) -> ExitCode {
        if is_request(&self.file) && !Path::new(&self.file).exists() {
            self.shared.output.get_or_insert(Format::Text);
            return why::request(&self.shared, &self.file).await;
        }
        finish(self.said())
    }

    /// The explanation; 1, with the reason on standard error, if the case is refused.
    ///
    /// # Errors
    /// Why the file cannot be read.
    fn said(&self) -> Result<Said, String> {
        let (name, case) = document::read(&self.file, CASE_MAX_BYTES, "which no case is")?;
        match offline::explain(&case) {
            Ok(told) => {
                let text = match self.shared.output.unwrap_or(Format::Text) {
                    Format::Json => format!("{:#}\n", told.json),
                    Format::Text => told.text,
                };
                Ok(Said { text, code: 0 })
            }
            Err(refused) => {
                eprintln!("portcullis: {}: {}", printable(&name), printable(&refused.to_string()));
                Ok(Said { text: String::new(), code: 1 })
            }
        }
    }
}
