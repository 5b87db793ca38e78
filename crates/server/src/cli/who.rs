//! `portcullis whoami [--why ACTION [RESOURCE]]`: whose credentials these are, and why they may or may not do something.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value as Json, json};

use super::error::{ClientError, printable};
use super::revoke::members;
use super::why::{revocation, statements, verdict};
use super::{Shared, client_of, ended, shown};

/// What `--help` says below the flags.
const HELP: &str = "\
Who one is needs no permission. What a session is, and --why, need portcullis:ExplainAccess.

  portcullis whoami
  portcullis whoami --why s3:GetObject arn:aws:s3:::data/report.txt
  portcullis whoami --of ASIA... --why iam:CreateUser

Exit status: 0 it is told, whatever it is; 1 it was refused, or nobody answered; 2 the command line is wrong.";

/// The flags.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Whoami {
    /// Whether this may be done, on this resource, and why.
    #[arg(long, num_args = 1..=2, value_names = ["ACTION", "RESOURCE"])]
    why: Vec<String>,
    /// A condition key that the request would have, like aws:SourceIp=203.0.113.7.
    #[arg(long, value_name = "KEY=VALUE", requires = "why")]
    context: Vec<String>,
    /// Ask about somebody else of the account: an access key id, or the ARN of a session, a user or a role.
    #[arg(long, value_name = "KEY|ARN")]
    of: Option<String>,
    #[command(flatten)]
    shared: Shared,
}

impl Whoami {
    /// Asks and prints.
    pub(super) async fn run(self) -> ExitCode {
        ended(self.told().await)
    }

    async fn told(&self) -> Result<String, ClientError> {
        let client = client_of(&self.shared)?;
        let answer = match client.call("ExplainAccess", &self.input()).await {
            // Who one is, everybody is told.
            Err(ClientError::Refused { code, .. }) if code == "AccessDeniedException" && self.is_plain() => {
                json!({ "Caller": client.identity().await? })
            }
            other => other?,
        };
        shown(&client, "ExplainAccess", &answer, text)
    }

    fn is_plain(&self) -> bool {
        self.why.is_empty() && self.of.is_none()
    }

    fn input(&self) -> Json {
        let keys = self.context.iter().map(|entry| {
            let (key, value) = entry.split_once('=').unwrap_or((entry, ""));
            json!({ "Key": key, "Value": value })
        });
        let keys: Vec<Json> = keys.collect();
        members([
            ("Action", self.why.first().map(|action| json!(action))),
            ("Resource", self.why.get(1).map(|resource| json!(resource))),
            ("Principal", self.of.as_ref().map(|of| json!(of))),
            ("Context", (!keys.is_empty()).then(|| json!(keys))),
        ])
    }
}

fn text(answer: &Json) -> String {
    let mut told = String::new();
    let caller = answer.get("Caller").and_then(Json::as_object);
    let width = caller.into_iter().flatten().map(|(name, _)| name.len()).max().unwrap_or_default();
    for (name, value) in caller.into_iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let _ = writeln!(told, "{name:width$}  {}", printable(&value));
    }
    if answer.get("Verdict").is_none() {
        return told;
    }
    let field = |name: &str| answer.get(name).and_then(Json::as_str).map(printable).unwrap_or_default();
    let _ = write!(told, "\n{} on {}\n  {}\n", field("Action"), field("Resource"), verdict(answer));
    statements(answer.get("Statements"), &mut told);
    revocation(answer, &mut told);
    if let Some(explanation) = answer.get("Explanation").and_then(Json::as_str) {
        told.push('\n');
        explanation.lines().for_each(|line| {
            let _ = writeln!(told, "{}", printable(line).trim_end());
        });
    }
    told
}
