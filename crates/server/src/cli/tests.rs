//! Plays the cases of `corpus/client`.

use std::path::{Path, PathBuf};

use clap::Parser;
use portcullis_base::Secret;
use serde_json::{Value as Json, json};

use super::error::ClientError;
use super::profile::Profiles;
use super::settings::Settings;
use super::{Asked, ClientCommand, Shared, Surroundings, credentials, every_page};
use crate::config::{Cli, Command};

const HOME: &str = "/home/p";

fn cases(name: &str) -> Vec<Json> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/client").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The flags as they are typed.
fn shared(case: &Json) -> Shared {
    let mut words = vec!["portcullis".to_owned(), "rotate-keys".to_owned()];
    for (name, value) in case["flags"].as_object().into_iter().flatten() {
        words.push(format!("--{}", name.replace('_', "-")));
        words.push(value.as_str().unwrap().to_owned());
    }
    let Command::Client(ClientCommand::RotateKeys(command)) = Cli::try_parse_from(words).unwrap().command
    else {
        panic!("another command");
    };
    command.asked().shared
}

fn file(case: &Json, path: &Path) -> Option<String> {
    let lines = match path.to_str() {
        Some("/home/p/.aws/config") => &case["config"],
        Some("/home/p/.aws/credentials") => &case["credentials"],
        Some(path) => &case["files"][path],
        None => &Json::Null,
    };
    let lines: Vec<&str> = lines.as_array()?.iter().map(|line| line.as_str().unwrap()).collect();
    Some(lines.join("\n"))
}

fn found<T>(
    case: &Json,
    find: impl FnOnce(&Surroundings<'_>, &Profiles, Settings) -> Result<T, ClientError>,
) -> Result<T, ClientError> {
    let variable = |name: &str| {
        let value = case["environment"][name].as_str()?;
        (!value.is_empty()).then(|| value.to_owned())
    };
    let file = |path: &Path| Ok(file(case, path));
    let surroundings = Surroundings { variable: &variable, file: &file, home: Some(PathBuf::from(HOME)) };
    let profiles = Profiles::read(&surroundings)?;
    let settings = Settings::find(&shared(case), &surroundings, &profiles)?;
    find(&surroundings, &profiles, settings)
}

/// Whether a case ended in the error that it expects, if it expects one.
fn failed<T>(case: &Json, found: &Result<T, ClientError>) -> bool {
    let rule = &case["rule"];
    match (found, case["expect"]["error"].as_str()) {
        (Ok(_), None) => false,
        (Ok(_), Some(error)) => panic!("{rule}: no error, but expected: {error}"),
        (Err(error), Some(expected)) => {
            assert!(error.to_string().starts_with(expected), "{rule}: {error}");
            true
        }
        (Err(error), None) => panic!("{rule}: {error}"),
    }
}

#[test]
fn credentials_are_found_in_the_aws_cli_s_order() {
    for case in cases("credentials.json") {
        let result = found(&case, |surroundings, profiles, settings| {
            credentials::find(&settings.profile, surroundings, profiles)
        });
        if !failed(&case, &result) {
            let held = result.unwrap();
            let expect = &case["expect"];
            let token = held.session_token.as_ref().map(Secret::expose_text);
            let held = [Some(held.access_key_id.as_str()), Some(held.secret.expose_text()), token];
            let expected = ["key", "secret", "token"].map(|name| expect[name].as_str());
            assert_eq!(held, expected, "{}", case["rule"]);
        }
    }
}

#[test]
fn settings_are_found_in_the_aws_cli_s_order() {
    for case in cases("settings.json") {
        let result = found(&case, |_, _, settings| Ok(settings));
        if !failed(&case, &result) {
            let held = result.unwrap();
            let output = format!("{:?}", held.output).to_lowercase();
            for (name, held) in [
                ("profile", held.profile.name()),
                ("region", &held.region),
                ("endpoint", &held.endpoint.to_string()),
                ("output", &output),
            ] {
                let expected = case["expect"].get(name).and_then(Json::as_str);
                assert!(expected.is_none_or(|it| it == held), "{}: {name} is {held}", case["rule"]);
            }
        }
    }
}

#[test]
fn what_cannot_be_understood_is_a_usage_error() {
    for words in [
        &["rotate-keys", "--output", "table"][..],
        &["rotate-keys", "--endpoint-url", "ftp://iam.example"],
        &["rotate-keys", "--endpoint-url", "nowhere"],
        &["rotate-keys", "now"],
        &["rotate-keys", "--profile"],
        &["import"],
        &["import", "a.json", "--bucket-account", "12"],
        &["explain"],
        &["explain", "a.json", "--output", "table"],
        &["turn-keys"],
        &["revoke"],
        &["revoke", "session"],
        &["revoke", "session", ""],
        &["revoke", "group", "jane"],
        &["revoke", "role", "worker", "--account", "12"],
        &["revoke", "role", "worker", "--issued-before", "yesterday"],
        &["revoke", "role", "worker", "--issued-before", "2026-11-27T10:00:00"],
        &["revoke", "role", "worker", "other"],
        &["lift"],
        &["lift", ""],
        &["revocations", "rv-1", "rv-2"],
        &["receipt"],
        &["receipts", "rv-1"],
        &["end-session", "ASIAQNZGKIQY56JQ7WML"],
    ] {
        let error = Cli::try_parse_from([&["portcullis"], words].concat()).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{words:?}");
    }
}

fn asked(words: &[&str]) -> Asked {
    match Cli::try_parse_from([&["portcullis"], words].concat()).unwrap().command {
        Command::Client(ClientCommand::Revoke(command)) => command.asked(),
        Command::Client(ClientCommand::Lift(command)) => command.asked(),
        Command::Client(ClientCommand::Revocations(command)) => command.asked(),
        Command::Client(ClientCommand::Receipt(command)) => command.asked(),
        Command::Client(ClientCommand::Receipts(command)) => command.asked(),
        Command::Client(ClientCommand::EndSession(command)) => command.asked(),
        _ => panic!("another command"),
    }
}

#[test]
fn commands_about_revocations_say_only_what_was_said() {
    let account = "123456789012";
    for (words, operation, input) in [
        (
            &["revoke", "session", "ASIAQNZGKIQY56JQ7WML"][..],
            "Revoke",
            json!({ "Kind": "session", "Target": "ASIAQNZGKIQY56JQ7WML" }),
        ),
        (
            &["revoke", "role-session", "worker/one", "--no-cascade", "--block-reissue", "--reason", "lost"],
            "Revoke",
            json!({ "Kind": "role-session", "Target": "worker/one", "Cascade": false, "BlockReissue": true,
                    "Reason": "lost" }),
        ),
        (
            &["revoke", "user", "root", "--account", account, "--issued-before", "2026-11-27T11:00:00+01:00"],
            "Revoke",
            json!({ "Kind": "user", "Target": "root", "AccountId": account, "IssuedBefore": 1_795_773_600 }),
        ),
        (
            &["revoke", "source-identity", "jane", "--issued-before", "2026-11-27T10:00:00.25Z"],
            "Revoke",
            json!({ "Kind": "source-identity", "Target": "jane", "IssuedBefore": 1_795_773_600.25 }),
        ),
        (&["revoke", "access-key", "k"], "Revoke", json!({ "Kind": "access-key", "Target": "k" })),
        (
            &["revoke", "role", "r", "--client-token", "t"],
            "Revoke",
            json!({ "Kind": "role", "Target": "r", "ClientToken": "t" }),
        ),
        (&["revoke", "role", "r"], "Revoke", json!({ "Kind": "role", "Target": "r" })),
        (&["revoke", "federated-user", "f"], "Revoke", json!({ "Kind": "federated-user", "Target": "f" })),
        (&["lift", "rv-1"], "LiftRevocation", json!({ "RevocationId": "rv-1" })),
        (
            &["lift", "rv-1", "--reason", "found"],
            "LiftRevocation",
            json!({ "RevocationId": "rv-1", "Reason": "found" }),
        ),
        (&["revocations"], "ListRevocations", json!({ "MaxResults": 1000 })),
        (&["revocations", "rv-1"], "DescribeRevocation", json!({ "RevocationId": "rv-1" })),
        (&["receipts"], "ListReceipts", json!({ "MaxResults": 200 })),
        (&["receipt", "rv-1"], "DescribeReceipt", json!({ "ReceiptId": "rv-1" })),
        (&["end-session"], "RevokeOwnSession", json!({})),
        (
            &["end-session", "--no-cascade", "--reason", "done"],
            "RevokeOwnSession",
            json!({ "Cascade": false, "Reason": "done" }),
        ),
    ] {
        let asked = asked(words);
        assert_eq!((asked.operation, asked.input), (operation, input), "{words:?}");
    }
}

#[tokio::test]
async fn a_list_is_asked_for_to_its_end() {
    let pages = async |input: &Json| {
        assert_eq!(input["MaxResults"], 2);
        Ok(match input["NextToken"].as_str() {
            None => json!({ "Names": ["a", "b"], "NextToken": "b" }),
            Some("b") => json!({ "Names": [], "NextToken": "c" }),
            Some(token) => json!({ "Names": [token] }),
        })
    };
    let all = every_page("Names", json!({ "MaxResults": 2 }), pages).await.unwrap();
    assert_eq!(all, json!({ "Names": ["a", "b", "c"] }));
    let refused = async |input: &Json| match input.get("NextToken") {
        None => Ok(json!({ "Names": ["a"], "NextToken": "a" })),
        Some(_) => Err(ClientError::Unsendable),
    };
    assert!(every_page("Names", json!({}), refused).await.is_err());
}
