//! The policy that a command is about: where it is read from, and of which kind it is.

use std::io::Read;

use clap::{Args, ValueEnum};
use portcullis_service::lint::{PolicyKind, guess_kind};

use super::super::output::Format;

/// The most that is read: far more than any policy, and not a whole disk by mistake.
const SIZE_MAX: u64 = 4 * 1024 * 1024;

/// What every command about a policy can be told.
#[derive(Debug, Args)]
pub struct Which {
    /// The file with the policy, or - for what is piped in.
    #[arg(value_name = "FILE")]
    file: String,
    /// What the policy is attached to [default: told from the policy].
    #[arg(long = "type", value_name = "TYPE", value_enum)]
    kind: Option<Type>,
    /// How to print the answer.
    #[arg(long, value_enum, default_value = "text")]
    pub output: Format,
}

/// The kinds of policies, as flags name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Type {
    Identity,
    Resource,
    Trust,
    Scp,
    Rcp,
    Session,
}

impl Type {
    fn kind(self) -> PolicyKind {
        match self {
            Self::Identity => PolicyKind::Identity,
            Self::Resource => PolicyKind::Resource,
            Self::Trust => PolicyKind::Trust,
            Self::Scp => PolicyKind::Scp,
            Self::Rcp => PolicyKind::Rcp,
            Self::Session => PolicyKind::Session,
        }
    }
}

/// A policy that was read.
pub struct Document {
    /// Its name in messages.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Its kind.
    pub kind: PolicyKind,
    /// Whether nobody said the kind.
    pub is_guessed: bool,
}

impl Which {
    /// Reads the policy.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn read(&self) -> Result<Document, String> {
        let (name, text) = read(&self.file, SIZE_MAX, "which no policy is")?;
        let kind = self.kind.map_or_else(|| guess_kind(&text), Type::kind);
        Ok(Document { name, text, kind, is_guessed: self.kind.is_none() })
    }
}

/// A file's name in messages, and its text; - is what is piped in.
///
/// # Errors
/// Why it cannot be read.
pub fn read(file: &str, bytes_max: u64, why: &str) -> Result<(String, String), String> {
    let is_piped = file == "-";
    let name = if is_piped { "standard input".to_owned() } else { file.to_owned() };
    let fault = |error: std::io::Error| format!("{name} cannot be read: {error}");
    let mut bytes = Vec::new();
    if is_piped {
        std::io::stdin().lock().take(bytes_max + 1).read_to_end(&mut bytes).map_err(fault)?;
    } else {
        let file = std::fs::File::open(file).map_err(fault)?;
        file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(fault)?;
    }
    if u64::try_from(bytes.len()).is_ok_and(|length| length > bytes_max) {
        return Err(format!("{name} is longer than {bytes_max} bytes, {why}"));
    }
    let text = String::from_utf8(bytes).map_err(|_| format!("{name} is not UTF-8 text"))?;
    Ok((name, text))
}

impl Document {
    /// How the policy was taken, for those who may have meant another kind.
    pub fn reading(&self) -> String {
        let kind = match self.kind {
            PolicyKind::Identity => "an identity policy",
            PolicyKind::Resource => "a policy on a resource",
            PolicyKind::Trust => "a role's trust policy",
            PolicyKind::Session => "a session policy",
            PolicyKind::Scp => "a service control policy",
            PolicyKind::Rcp => "a resource control policy",
        };
        let hint = if self.is_guessed { "; --type says otherwise" } else { "" };
        format!("{} is read as {kind}{hint}\n", super::super::error::printable(&self.name))
    }
}
