//! `portcullis explain FILE|-`: why a request is allowed or denied, without a server.

use clap::Args;
use portcullis_service::offline;

use super::super::error::printable;
use super::super::output::Format;
use super::{Said, document};

/// The longest case read, in bytes.
const CASE_MAX_BYTES: u64 = 64 << 20;

/// What `--help` says below the flags.
const HELP: &str = "A case is a JSON object: caller, action, resource, resource_account (the caller's own unless \
                    given), context, and policies by layer: revocations, identity, boundary, session, resource or \
                    trust, scps, rcps. See examples/denied.json.\n\nExit status: 0 the decision is explained, \
                    whatever it is; 1 the case is refused; 2 the file cannot be read or the command line is wrong.";

/// The flags.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Explain {
    /// The case; - reads standard input.
    #[arg(value_name = "FILE|-")]
    file: String,
    /// How to print the explanation.
    #[arg(long, value_enum, default_value = "text")]
    output: Format,
}

impl Explain {
    /// The explanation; 1, with the reason on standard error, if the case is refused.
    ///
    /// # Errors
    /// Why the file cannot be read.
    pub(super) fn said(&self) -> Result<Said, String> {
        let (name, case) = document::read(&self.file, CASE_MAX_BYTES, "which no case is")?;
        match offline::explain(&case) {
            Ok(told) => {
                let text = match self.output {
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
