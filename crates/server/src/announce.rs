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
    /// The certificate of the authority that was made for development, if one was.
    pub authority: Option<&'a Path>,
    /// What happened to the root key.
    pub root_key: &'a RootKey,
    /// The file that holds the root key, if one does.
    pub root_key_file: Option<&'a Path>,
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
    let given = "as given in the environment";
    match (started.root_key, started.root_key_file) {
        (RootKey::Made(id), Some(file)) => {
            writeln!(out, "  root key  {id} made; its secret is in {} (mode 0600)", file.display())?;
        }
        (RootKey::Made(id), None) => writeln!(out, "  root key  {id} made")?,
        (RootKey::Kept(id), Some(file)) => writeln!(out, "  root key  {id}, in {}", file.display())?,
        (RootKey::Kept(id), None) => writeln!(out, "  root key  {id}, {given}")?,
        (RootKey::Replaced(id), _) => writeln!(out, "  root key  {id}, {given}; any other is dead")?,
    }
    if let Some(authority) = started.authority {
        writeln!(out, "  TLS       for development; clients are to trust {}", authority.display())?;
    }
    writeln!(out, "\nNext, in another terminal:")?;
    let region =
        started.regions.first().filter(|region| *region != "any").map_or("us-east-1", String::as_str);
    let credentials = started
        .root_key_file
        .map_or_else(String::new, |file| format!(" AWS_SHARED_CREDENTIALS_FILE={}", file.display()));
    writeln!(out, "  export AWS_ENDPOINT_URL={} AWS_DEFAULT_REGION={region}{credentials}", started.endpoint)?;
    if let Some(authority) = started.authority {
        let file = authority.display();
        writeln!(out, "  export AWS_CA_BUNDLE={file} NODE_EXTRA_CA_CERTS={file}")?;
    }
    writeln!(out, "  aws sts get-caller-identity")?;
    writeln!(out, "  aws iam create-user --user-name alice")
}
