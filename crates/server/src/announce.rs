//! What a start prints: what was made, where the root key lies, and what to type next.

use std::fmt::Write;
use std::path::Path;

use portcullis_base::AccountId;
use portcullis_service::bootstrap::RootKey;

/// What there is to tell.
pub struct Started<'a> {
    /// `http://127.0.0.1:7070`.
    pub endpoint: &'a str,
    /// The account of the root user.
    pub account: AccountId,
    /// The regions served.
    pub regions: &'a [String],
    /// The data directory; none for an ephemeral server.
    pub directory: Option<&'a Path>,
    /// What happened to the root key.
    pub root_key: &'a RootKey,
    /// Where the root key's file is or would be.
    pub root_key_file: &'a Path,
}

/// The text for a person at a terminal.
pub fn text(started: &Started<'_>) -> String {
    let mut text = String::new();
    // Writing into a string cannot fail.
    let _ = write_text(&mut text, started);
    text
}

fn write_text(out: &mut String, started: &Started<'_>) -> std::fmt::Result {
    let regions = started.regions.join(", ");
    writeln!(out, "Portcullis {} serves {}", env!("CARGO_PKG_VERSION"), started.endpoint)?;
    writeln!(out, "  account   {}    region {regions}", started.account)?;
    match started.directory {
        Some(directory) => writeln!(out, "  data      {}", directory.display())?,
        None => writeln!(out, "  data      in memory, gone when the server stops")?,
    }
    let file = started.root_key_file.display();
    match started.root_key {
        RootKey::Made(id) => writeln!(out, "  root key  {id} made; its secret is in {file} (mode 0600)")?,
        RootKey::Kept(id) if started.root_key_file.exists() => writeln!(out, "  root key  {id}, in {file}")?,
        RootKey::Kept(id) => writeln!(out, "  root key  {id}, as given in the environment")?,
        RootKey::Replaced(id) => {
            writeln!(out, "  root key  {id}, as given in the environment; any other is dead")?;
        }
    }
    writeln!(out, "\nNext, in another terminal:")?;
    let region =
        started.regions.first().filter(|region| *region != "any").map_or("us-east-1", String::as_str);
    let credentials = if started.root_key_file.exists() {
        format!(" AWS_SHARED_CREDENTIALS_FILE={file}")
    } else {
        String::new()
    };
    writeln!(out, "  export AWS_ENDPOINT_URL={} AWS_DEFAULT_REGION={region}{credentials}", started.endpoint)?;
    writeln!(out, "  aws sts get-caller-identity")?;
    writeln!(out, "  aws iam create-user --user-name alice")
}
