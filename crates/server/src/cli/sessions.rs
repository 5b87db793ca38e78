//! `portcullis sessions [HANDLE]`: every live temporary credential, or the one that a handle finds.
//!
//! A handle is whatever an investigator has: an access key id, an ARN, a user id, a source identity, a request id of a
//! log line, a presigned link, a session token. The server says what it is. If it finds one session, that one is
//! described, with where it comes from and what it made.

use std::process::ExitCode;

use clap::Args;
use portcullis_base::Timestamp;
use serde_json::{Map, Value as Json, json};

use super::call::Client;
use super::error::ClientError;
use super::{Shared, client_of, session_table, shown};

/// Sessions on a page that is asked for.
const PAGE: usize = 1000;

/// What `--help` says below the flags.
const HELP: &str = "\
HANDLE is an access key id, an ARN (of a session, role, user), a user id (AROA…:name), a source identity, a session
name, the id of a request or event, a presigned link, or a session token; in quotes if it is a link.

After a start of the server, earlier uses are read from its event history and are told a moment later.";

/// The flags.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Sessions {
    /// What is known of the session.
    #[arg(value_name = "HANDLE")]
    handle: Option<String>,
    /// Issued by this call: AssumeRole, AssumeRoleWithSAML, AssumeRoleWithWebIdentity, AssumeRoot, GetFederationToken,
    /// GetRoleCredentials or GetSessionToken.
    #[arg(long, value_name = "CALL")]
    kind: Option<String>,
    /// Of this account.
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// Of this role or user: ARN, unique id or name.
    #[arg(long, value_name = "NAME")]
    principal: Option<String>,
    /// Under this session name, or name of a federated user.
    #[arg(long, value_name = "NAME")]
    session_name: Option<String>,
    /// With this source identity.
    #[arg(long, value_name = "NAME")]
    source_identity: Option<String>,
    /// Of this user of the identity store, or made from such a session in turn: name, id or ARN.
    #[arg(long, value_name = "USER")]
    person: Option<String>,
    /// Asked for by this ARN.
    #[arg(long, value_name = "ARN")]
    caller_arn: Option<String>,
    /// Asked for from this address.
    #[arg(long, value_name = "ADDRESS")]
    source_ip: Option<String>,
    /// Asked for with a program whose name contains this.
    #[arg(long, value_name = "TEXT")]
    user_agent: Option<String>,
    /// Issued at this instant or later, such as 2026-11-22T10:00:00Z.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    issued_after: Option<Timestamp>,
    /// Issued before this instant.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    issued_before: Option<Timestamp>,
    /// Ending at this instant or later.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    expires_after: Option<Timestamp>,
    /// Ending before this instant.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    expires_before: Option<Timestamp>,
    /// Seen speaking to this service, such as s3.
    #[arg(long, value_name = "SERVICE")]
    used_service: Option<String>,
    /// Last used from this address.
    #[arg(long, value_name = "ADDRESS")]
    used_from: Option<String>,
    /// Last used at this instant or later.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    used_after: Option<Timestamp>,
    /// Last used before this instant.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    used_before: Option<Timestamp>,
    /// With so many allowed requests, or more.
    #[arg(long, value_name = "NUMBER")]
    allowed_at_least: Option<u32>,
    /// With so many denied requests, or more.
    #[arg(long, value_name = "NUMBER")]
    denied_at_least: Option<u32>,
    /// Issued with this access key.
    #[arg(long, value_name = "KEY")]
    parent: Option<String>,
    /// Issued with this access key, or along a chain from it.
    #[arg(long, value_name = "KEY")]
    ancestor: Option<String>,
    /// How many to list at most.
    #[arg(long, value_name = "NUMBER", default_value_t = 1000)]
    max_items: usize,
    #[command(flatten)]
    shared: Shared,
}

fn instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_iso(text).map_err(|_| "an instant is written like 2026-11-22T10:00:00Z".to_owned())
}

/// What was found.
enum Found {
    /// The answer of ListSessions, all pages of it, and whether there are more.
    Many(Json, bool),
    /// The answer of DescribeSession.
    One(Json),
}

impl Sessions {
    /// Does it.
    pub async fn run(self) -> ExitCode {
        match self.told().await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprint!("{}", error.report());
                ExitCode::from(1)
            }
        }
    }

    async fn told(self) -> Result<(), ClientError> {
        let client = client_of(&self.shared)?;
        let (text, is_more) = match self.found(&client).await? {
            Found::Many(list, is_more) => {
                (shown(&client, "ListSessions", &list, session_table::list)?, is_more)
            }
            Found::One(one) => (shown(&client, "DescribeSession", &one, session_table::one)?, false),
        };
        super::print(&text)?;
        if is_more {
            eprintln!("portcullis: there are more; see --max-items, or ask for less");
        }
        Ok(())
    }

    async fn found(&self, client: &Client) -> Result<Found, ClientError> {
        let (sessions, is_more) = self.listed(client).await?;
        if self.handle.is_some()
            && let [only] = sessions.as_slice()
            && let Some(id) = only.get("AccessKeyId")
        {
            let input = json!({ "AccessKeyId": id });
            return client.call("DescribeSession", &input).await.map(Found::One);
        }
        Ok(Found::Many(json!({ "Sessions": sessions }), is_more))
    }

    /// Page after page, until there are enough.
    async fn listed(&self, client: &Client) -> Result<(Vec<Json>, bool), ClientError> {
        let (mut sessions, mut input) = (Vec::new(), self.input());
        loop {
            let wanted = self.max_items.saturating_sub(sessions.len()).min(PAGE);
            if wanted == 0 {
                return Ok((sessions, true));
            }
            input.insert("MaxResults".to_owned(), json!(wanted));
            let mut page = client.call("ListSessions", &Json::Object(input.clone())).await?;
            if let Some(Json::Array(items)) = page.get_mut("Sessions") {
                sessions.append(items);
            }
            match page.get_mut("NextToken").map(Json::take) {
                Some(token @ Json::String(_)) => input.insert("NextToken".to_owned(), token),
                _ => return Ok((sessions, false)),
            };
        }
    }

    fn input(&self) -> Map<String, Json> {
        let texts = [
            ("Handle", &self.handle),
            ("Kind", &self.kind),
            ("AccountId", &self.account),
            ("Principal", &self.principal),
            ("SessionName", &self.session_name),
            ("SourceIdentity", &self.source_identity),
            ("Person", &self.person),
            ("CallerArn", &self.caller_arn),
            ("SourceIp", &self.source_ip),
            ("UserAgent", &self.user_agent),
            ("UsedService", &self.used_service),
            ("UsedFrom", &self.used_from),
            ("Parent", &self.parent),
            ("Ancestor", &self.ancestor),
        ];
        let instants = [
            ("IssuedAfter", self.issued_after),
            ("IssuedBefore", self.issued_before),
            ("ExpiresAfter", self.expires_after),
            ("ExpiresBefore", self.expires_before),
            ("UsedAfter", self.used_after),
            ("UsedBefore", self.used_before),
        ];
        let texts = texts.into_iter().filter_map(|(name, text)| Some((name, json!(text.as_deref()?))));
        let instants = instants.into_iter().filter_map(|(name, at)| Some((name, seconds(at?))));
        let counts = [("AllowedAtLeast", self.allowed_at_least), ("DeniedAtLeast", self.denied_at_least)];
        let counts = counts.into_iter().filter_map(|(name, least)| Some((name, json!(least?))));
        texts.chain(instants).chain(counts).map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// An instant as the interface takes it: seconds, with what is left of them.
fn seconds(at: Timestamp) -> Json {
    let whole = at.seconds();
    match at.millis() - whole * 1000 {
        0 => json!(whole),
        millis => {
            format!("{whole}.{millis:03}").parse::<serde_json::Number>().map_or(Json::Null, Json::Number)
        }
    }
}
