//! `portcullis revoke KIND TARGET`: cuts somebody's sessions off, from the next request on.

use clap::{Args, ValueEnum};
use portcullis_base::{AccountId, Timestamp};
use serde_json::{Map, Value as Json, json};

use super::again::TOKEN;
use super::{Asked, Shared};

/// What `--help` says below the flags.
const HELP: &str = "\
KIND             TARGET
session          an access key id ASIA…, or a presigned URL or the id of a request that it signed (of one that issued
                 a session to a long-term key: that session); an ARN or aws:userid means all sessions of that name
access-key       an access key id AKIA…, or a presigned URL that it signed
role             a name or an ARN: all its sessions
role-session     ROLE/SESSION, the session's ARN, or its aws:userid: all sessions of that name
user             a name, an ARN or a unique id: all sessions that the user made; root for the account's root user
federated-user   a name or an ARN
source-identity  its text: all sessions that carry it
person           a user of the identity store, by name or id: all sessions that came of its sign-ins, in all accounts

What is cut off was issued before; what is issued after works, unless --block-reissue is given. The keys of a user stay
as they are: make one inactive with `aws iam update-access-key`, or revoke it as an access-key.

A person is cut off in this order: the deny, which also keeps the person from every new session; then the end of the
sign-in sessions; then sign-in is disabled; then, with --remove-assignments, assignments and memberships of assigned
groups are taken away. What could not be done is told with the command that does it, and the whole can be run again.

Exit status: 0 it holds; 1 it was refused, nobody answered, or steps are left; 2 the command line is wrong.";

/// Whom a revocation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Session,
    AccessKey,
    Role,
    RoleSession,
    User,
    FederatedUser,
    SourceIdentity,
    Person,
}

/// Where the denial is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Style {
    Native,
    Aws,
}

/// The flags.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Revoke {
    /// What the target is.
    #[arg(value_name = "KIND")]
    kind: Kind,
    /// Which one.
    #[arg(value_name = "TARGET", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    target: String,
    /// The account in which names are looked up [default: the caller's].
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// Only what was issued before this time, like 2026-11-22T10:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_iso)]
    issued_before: Option<Timestamp>,
    /// Why; it is shown with the revocation.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Leave alone what the sessions made: those that were assumed with them go on.
    #[arg(long)]
    no_cascade: bool,
    /// Give the target no new session either, until the revocation is lifted.
    #[arg(long)]
    block_reissue: bool,
    /// How: by a revocation beside all policies, or by denies written into policies as AWS's pages have them
    /// [default: native].
    #[arg(long, value_enum)]
    style: Option<Style>,
    /// Deny the target in every bucket and trust policy that still lets it in, in the same change.
    #[arg(long)]
    close_doors: bool,
    /// Print a shell script of AWS CLI commands that do the same to a real account, and change nothing.
    #[arg(long, conflicts_with = "dry_run")]
    export: bool,
    /// Tell whom it would hit, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Of a person: only deny, and leave sign-in as it is.
    #[arg(long, conflicts_with = "remove_assignments")]
    deny_only: bool,
    /// Of a person: take the assignments away too, and the memberships of groups that have some.
    #[arg(long)]
    remove_assignments: bool,
    /// A text of up to 64 characters that marks this request: whoever sends it again with the same one gets the same
    /// receipt, and nothing is done twice [default: a random one].
    #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    client_token: Option<String>,
    #[command(flatten)]
    shared: Shared,
}

impl Revoke {
    /// Whether it is only to tell what it would do.
    pub(super) fn is_dry(&self) -> bool {
        self.dry_run
    }

    /// Whether there is more to do than to deny.
    pub(super) fn is_runbook(&self) -> bool {
        self.kind == Kind::Person && !self.deny_only
    }

    /// Whom it is about.
    pub(super) fn target(&self) -> &str {
        &self.target
    }

    /// Whether assignments go too.
    pub(super) fn removes_assignments(&self) -> bool {
        self.remove_assignments
    }

    /// The call.
    pub(super) fn asked(self) -> Asked {
        // A portal session that is still open must give nothing new. AWS's style denies that by itself.
        let is_native = !self.export && self.style != Some(Style::Aws);
        let blocks = self.block_reissue || (self.is_runbook() && is_native);
        let kind = self.kind.to_possible_value().map(|value| value.get_name().to_owned());
        let style = self.style.and_then(|style| Some(style.to_possible_value()?.get_name().to_owned()));
        let input = members([
            ("Kind", kind.map(Json::from)),
            ("Target", Some(Json::from(self.target))),
            ("AccountId", self.account.map(|account| json!(account.to_string()))),
            ("IssuedBefore", self.issued_before.map(epoch)),
            ("Reason", self.reason.map(Json::from)),
            ("Cascade", self.no_cascade.then(|| json!(false))),
            ("BlockReissue", blocks.then(|| json!(true))),
            ("Style", style.map(Json::from)),
            ("CloseDoors", self.close_doors.then(|| json!(true))),
            ("Export", self.export.then(|| json!(true))),
            ("DryRun", self.dry_run.then(|| json!(true))),
            (TOKEN, self.client_token.map(Json::from)),
        ]);
        Asked { is_sent_again: true, ..Asked::once(self.shared, "Revoke", input) }
    }

    /// Whether a script is wanted, and not a receipt.
    pub(super) fn exports(&self) -> bool {
        self.export
    }
}

/// The commands of an answer as a shell script, with what it does on top.
pub(super) fn script(answer: &Json) -> String {
    let texts = |name: &str| -> Vec<&str> {
        let all = answer.get(name).and_then(Json::as_array);
        all.into_iter().flatten().filter_map(Json::as_str).collect()
    };
    let target = answer.pointer("/Target/Id").and_then(Json::as_str).unwrap_or_default();
    let mut script =
        format!("#!/bin/sh\n# Cuts off {}. Stops at the first command that fails.\nset -eu\n", plain(target));
    script.extend(texts("Findings").into_iter().map(|finding| format!("# {}\n", plain(finding))));
    script.extend(texts("Commands").into_iter().map(|command| format!("\n{command}\n")));
    script
}

/// A comment ends with its line.
fn plain(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

/// The members that are there.
pub(super) fn members<const N: usize>(all: [(&str, Option<Json>); N]) -> Json {
    let held = all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Json::Object(held.collect::<Map<_, _>>())
}

/// An instant as awsJson has it: seconds since 1970, with a fraction where there is one.
fn epoch(at: Timestamp) -> Json {
    let (seconds, millis) = (at.millis().div_euclid(1000), at.millis().rem_euclid(1000));
    if millis == 0 {
        return json!(seconds);
    }
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of any date that can be written fit")]
    let exact = at.millis() as f64 / 1000.0;
    json!(exact)
}
