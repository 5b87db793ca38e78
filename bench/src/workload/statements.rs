//! The statements that workloads are made of: what people write for sessions of roles in S3, DynamoDB and SQS.

use super::ACCOUNT;
use crate::facts::{Caller, Facts};
use crate::policy::{Policy, Statement, Test};

/// No list in one condition is longer, so that every document stays below AWS's bound.
const IDS_MAX: usize = 2_500;

/// Statements of one document: some ten kilobytes.
const DOCUMENT_STATEMENTS: usize = 40;

/// A list longer than this stands in a document of its own.
const LIST_MIN: usize = 50;

/// Sessions that began before this are refused.
pub const REVOKED_BEFORE: i64 = 1_790_000_000;

const TEAMS: [&str; 2] = ["red", "blue"];

/// A role's id made of a number.
pub fn role_id(number: usize) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digit = |place: usize| char::from(LETTERS[(number >> (5 * place)) & 31]);
    let digits: String = (0..6).rev().map(digit).collect();
    format!("AROAXXXXXXXXXXX{digits}")
}

/// The denies of a set: a list of `ids` ids (half of roles, half of single sessions), a guard against plain HTTP, and
/// one against sessions from before a revocation.
pub fn denies(ids: usize) -> Vec<Statement> {
    let roles: Vec<String> = (0..ids.div_ceil(2)).map(|at| role_id(1_000_000 + at)).collect();
    let users: Vec<String> =
        (0..ids / 2).map(|at| format!("{}:session-{at}", role_id(2_000_000 + at))).collect();
    let everything = |test| Statement {
        denies: true,
        actions: vec!["*".to_owned()],
        resources: vec!["*".to_owned()],
        tests: vec![test],
    };
    let mut denies: Vec<Statement> =
        roles.chunks(IDS_MAX).map(|chunk| everything(Test::RoleIn(chunk.to_vec()))).collect();
    denies.extend(users.chunks(IDS_MAX).map(|chunk| everything(Test::UserIn(chunk.to_vec()))));
    let mut guard = everything(Test::Secure(false));
    guard.actions = vec!["s3:*".to_owned()];
    denies.push(guard);
    denies.push(everything(Test::IssuedBefore(REVOKED_BEFORE)));
    denies
}

/// The allow with this number: half of them are about `s3:GetObject`, the others about other actions. `stem` keeps the
/// names of one caller's resources apart from another's.
pub fn allow(stem: &str, number: usize) -> Statement {
    let owned = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>();
    let name = format!("{stem}{number}");
    let (actions, resources, tests) = match number % 4 {
        0 if number.is_multiple_of(16) => (
            owned(&["s3:GetObject", "s3:ListBucket"]),
            vec![format!("arn:aws:s3:::data-{name}"), format!("arn:aws:s3:::data-{name}/*")],
            Vec::new(),
        ),
        0 => (owned(&["s3:GetObject"]), vec![format!("arn:aws:s3:::data-{name}/*")], Vec::new()),
        1 => {
            let test = if number.is_multiple_of(3) {
                Test::SourceIn(owned(&["192.0.2.0/24", "203.0.113.0/24"]))
            } else {
                Test::Tag("team".to_owned(), TEAMS[number / 4 % 2].to_owned())
            };
            let resource = format!("arn:aws:s3:::logs-{name}/team/{}/*", number % 10);
            (owned(&["s3:GetObject", "s3:PutObject"]), vec![resource], vec![test])
        }
        2 => (
            owned(&["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"]),
            vec![format!("arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/orders-{name}")],
            Vec::new(),
        ),
        _ => (owned(&["sqs:*"]), vec![format!("arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs-{name}-*")], Vec::new()),
    };
    Statement { denies: false, actions, resources, tests }
}

/// An action and a resource that the allow of this number is about.
pub fn asked(stem: &str, number: usize, variant: usize) -> (&'static str, String) {
    let name = format!("{stem}{number}");
    let pick = |actions: &[&'static str]| actions[variant % actions.len()];
    match number % 4 {
        0 => ("s3:GetObject", format!("arn:aws:s3:::data-{name}/reports/2026/{variant}.csv")),
        1 => (
            pick(&["s3:GetObject", "s3:PutObject"]),
            format!("arn:aws:s3:::logs-{name}/team/{}/{variant}.log", number % 10),
        ),
        2 => (
            pick(&["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"]),
            format!("arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/orders-{name}"),
        ),
        _ => (
            pick(&["sqs:SendMessage", "sqs:ReceiveMessage"]),
            format!("arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs-{name}-{variant}"),
        ),
    }
}

/// Puts statements into documents of the usual size; a long list has one of its own.
pub fn documents(statements: Vec<Statement>) -> Vec<Policy> {
    let is_long = |statement: &Statement| {
        statement
            .tests
            .iter()
            .any(|test| matches!(test, Test::RoleIn(ids) | Test::UserIn(ids) if ids.len() > LIST_MIN))
    };
    let (long, short): (Vec<Statement>, Vec<Statement>) = statements.into_iter().partition(is_long);
    long.into_iter()
        .map(|statement| vec![statement])
        .chain(short.chunks(DOCUMENT_STATEMENTS).map(<[Statement]>::to_vec))
        .map(Policy::new)
        .collect()
}

/// The caller of this number.
pub fn caller(number: usize, policies: Vec<usize>) -> Caller {
    let tags = [("team", "red"), ("project", "atlas"), ("cost-center", "4711")];
    Caller {
        account: ACCOUNT.to_owned(),
        role_id: role_id(number),
        role_arn: format!("arn:aws:iam::{ACCOUNT}:role/teams/red/worker-{number}"),
        session_arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/worker-{number}/build"),
        tags: tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        policies,
    }
}

/// An ordinary request of a caller: over TLS, from the office, with a young session.
pub fn request(at: usize, caller: &Caller, action: &str, resource: String) -> Facts {
    let tags = caller.tags.iter().map(|(key, value)| (format!("aws:PrincipalTag/{key}"), value.clone()));
    Facts {
        caller: at,
        action: action.to_owned(),
        resource,
        source: [203, 0, 113, 9].into(),
        issued_at: REVOKED_BEFORE + 3_600,
        arrived_at: REVOKED_BEFORE + 4_000,
        secure: true,
        principal_arn: caller.role_arn.clone(),
        account: caller.account.clone(),
        user_id: format!("{}:build", caller.role_id),
        user_agent: "aws-sdk-rust/1.3 os/linux lang/rust/1.95 md/internal".to_owned(),
        region: "eu-west-1".to_owned(),
        source_identity: "alice@example.com".to_owned(),
        tags: tags.collect(),
    }
}
