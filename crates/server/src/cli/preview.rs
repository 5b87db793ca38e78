//! `portcullis preview SERVICE ACTION …`: what a change would do, without making it.
//!
//! The words behind the action are those of the AWS CLI, so that a command that changes something is previewed by
//! another word in front of it.

use std::io::Read;
use std::process::ExitCode;

use clap::{Args, Parser};
use portcullis_base::shape::{Kind, Member, Model, Operation};
use portcullis_wire::protocol::model;
use serde_json::{Map, Value as Json, json};

use super::error::ClientError;
use super::{Shared, client_of, ended, preview_table, shown};

/// What `--help` says below the flags.
const HELP: &str = "\
The change is an action with its own input. Its members are given as the AWS CLI takes them, or all of them as JSON:

  portcullis preview iam put-role-policy --role-name worker --policy-name deny --policy-document file://deny.json
  portcullis preview s3 put-bucket-policy --parameters '{\"Bucket\": \"data\", \"Policy\": {...}}'
  portcullis preview portcullis revoke --kind role --target worker

Nothing is changed. It takes the permission to preview and every permission that the change itself needs.

Exit status: 0 it is told; 1 it was refused, as the change would be, or nobody answered; 2 the command line is wrong.";

/// The flags.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Preview {
    /// The service: iam, s3, organizations, portcullis.
    #[arg(value_name = "SERVICE")]
    service: String,
    /// The action, like put-role-policy or PutRolePolicy.
    #[arg(value_name = "ACTION")]
    action: String,
    /// The action's input as JSON: the text itself, a file, or - for what is piped in.
    #[arg(long, value_name = "JSON|FILE|-")]
    parameters: Option<String>,
    #[command(flatten)]
    shared: Shared,
    /// The action's input, member by member.
    #[arg(value_name = "--MEMBER VALUE", trailing_var_arg = true, allow_hyphen_values = true)]
    members: Vec<String>,
}

/// Flags of this command that stand among the members.
#[derive(Debug, Parser)]
#[command(no_binary_name = true)]
struct Own {
    #[arg(long)]
    parameters: Option<String>,
    #[command(flatten)]
    shared: Shared,
}

const OWN: [&str; 5] = ["parameters", "profile", "region", "endpoint-url", "output"];

/// Names are compared so: `put-role-policy` is `PutRolePolicy`.
fn folded(name: &str) -> String {
    name.replace(['-', '_'], "").to_lowercase()
}

/// What `file://` stands for.
fn text_of(value: &str) -> Result<String, String> {
    match value.strip_prefix("file://") {
        Some(path) => {
            std::fs::read_to_string(path).map_err(|error| format!("{path} cannot be read: {error}"))
        }
        None => Ok(value.to_owned()),
    }
}

impl Preview {
    /// Asks and prints.
    pub(super) async fn run(mut self) -> ExitCode {
        let input = match self.input() {
            Ok(input) => input,
            Err(reason) => {
                eprintln!("portcullis: {}", super::error::printable(&reason));
                return ExitCode::from(2);
            }
        };
        told(&self.shared, "PreviewPolicyChange", &input).await
    }

    /// The input of the call.
    fn input(&mut self) -> Result<Json, String> {
        let given = self.given()?;
        let service = if self.service == "s3api" { "s3" } else { self.service.as_str() };
        let model = model(service).ok_or_else(|| format!("there is no service {service}"))?;
        let operation = model
            .operations()
            .iter()
            .find(|operation| folded(&operation.name) == folded(&self.action))
            .ok_or_else(|| format!("{service} has no action {}", self.action))?;
        let mut parameters = self.whole()?;
        for (name, value) in given {
            let members = &model.structure(operation.input).members;
            let member = members
                .iter()
                .find(|member| folded(&member.name) == folded(&name))
                .ok_or_else(|| format!("{} has no --{name}", operation.name))?;
            parameters.insert(member.name.clone(), value_of(model, member, value.as_deref())?);
        }
        documents(model, operation, &mut parameters);
        let parameters = Json::Object(parameters).to_string();
        Ok(json!({ "Service": service, "Action": operation.name, "Parameters": parameters }))
    }

    /// The members that were given one by one; this command's own flags among them are taken out.
    fn given(&mut self) -> Result<Vec<(String, Option<String>)>, String> {
        let (mut own, mut given) = (Vec::new(), Vec::new());
        let mut words = std::mem::take(&mut self.members).into_iter().peekable();
        while let Some(word) = words.next() {
            let name = word.strip_prefix("--").ok_or_else(|| format!("{word} is no --MEMBER"))?;
            let (name, mut value) = match name.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (name.to_owned(), None),
            };
            if value.is_none() {
                value = words.next_if(|next| !next.starts_with("--"));
            }
            if OWN.contains(&name.as_str()) {
                own.push(format!("--{name}"));
                own.extend(value);
            } else {
                given.push((name, value));
            }
        }
        let own = Own::try_parse_from(own).map_err(|error| error.to_string())?;
        self.parameters = self.parameters.take().or(own.parameters);
        let shared = &mut self.shared;
        shared.profile = shared.profile.take().or(own.shared.profile);
        shared.region = shared.region.take().or(own.shared.region);
        shared.endpoint_url = shared.endpoint_url.take().or(own.shared.endpoint_url);
        shared.output = shared.output.take().or(own.shared.output);
        Ok(given)
    }

    /// The input that was given as a whole.
    fn whole(&self) -> Result<Map<String, Json>, String> {
        let Some(given) = &self.parameters else { return Ok(Map::new()) };
        let text = match given.as_str() {
            "-" => {
                let mut text = String::new();
                let read = std::io::stdin().read_to_string(&mut text);
                read.map_err(|error| format!("what is piped in cannot be read: {error}"))?;
                text
            }
            text if text.trim_start().starts_with('{') => text.to_owned(),
            path => text_of(&format!("file://{}", path.strip_prefix("file://").unwrap_or(path)))?,
        };
        serde_json::from_str(&text).map_err(|error| format!("the parameters are no JSON object: {error}"))
    }
}

/// Asks what a change would do, and prints it.
pub(super) async fn told(shared: &Shared, operation: &'static str, input: &Json) -> ExitCode {
    ended(asked(shared, operation, input).await)
}

async fn asked(shared: &Shared, operation: &'static str, input: &Json) -> Result<String, ClientError> {
    let client = client_of(shared)?;
    let answer = client.call(operation, input).await?;
    shown(&client, operation, &answer, preview_table::text_of)
}

/// A member's value by its shape.
fn value_of(model: &Model, member: &Member, given: Option<&str>) -> Result<Json, String> {
    let missing = || format!("--{} has no value", member.name);
    match &model.shape(member.shape).kind {
        Kind::Boolean => match given.unwrap_or("true") {
            "true" => Ok(json!(true)),
            "false" => Ok(json!(false)),
            other => Err(format!("{} is true or false, not {other}", member.name)),
        },
        Kind::Text => text_of(given.ok_or_else(missing)?).map(Json::String),
        _ => {
            let text = text_of(given.ok_or_else(missing)?)?;
            serde_json::from_str(&text).map_err(|error| format!("{} is JSON: {error}", member.name))
        }
    }
}

/// A document that stands as JSON where a text is wanted becomes that text.
fn documents(model: &Model, operation: &Operation, parameters: &mut Map<String, Json>) {
    for member in &model.structure(operation.input).members {
        let is_text = matches!(model.shape(member.shape).kind, Kind::Text);
        if let Some(value @ (Json::Object(_) | Json::Array(_))) = parameters.get_mut(&member.name)
            && is_text
        {
            *value = Json::String(value.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::Format;

    #[derive(Debug, Parser)]
    #[command(no_binary_name = true)]
    struct Line {
        #[command(flatten)]
        preview: Preview,
    }

    fn input(words: &[&str]) -> Result<(Json, Preview), String> {
        let mut preview = Line::try_parse_from(words).map_err(|error| error.to_string())?.preview;
        let input = preview.input()?;
        Ok((input, preview))
    }

    #[test]
    fn the_words_of_the_aws_cli_become_the_input() {
        let words =
            ["iam", "put-role-policy", "--role-name", "worker", "--output", "text", "--policy-name=deny"];
        let (told, preview) = input(&words).unwrap();
        assert_eq!(told["Action"], "PutRolePolicy");
        assert_eq!(told["Parameters"], r#"{"RoleName":"worker","PolicyName":"deny"}"#);
        assert_eq!(preview.shared.output, Some(Format::Text));
        let whole = r#"{"Bucket": "b", "Policy": {"Statement": []}}"#;
        let (told, _) = input(&["s3api", "PutBucketPolicy", "--parameters", whole]).unwrap();
        assert_eq!(told["Parameters"], r#"{"Bucket":"b","Policy":"{\"Statement\":[]}"}"#);
        let (told, _) = input(&["portcullis", "revoke", "--kind", "role", "--cascade", "false"]).unwrap();
        assert_eq!(told["Parameters"], r#"{"Kind":"role","Cascade":false}"#);
    }

    #[test]
    fn what_is_no_action_or_member_is_named() {
        for (words, wrong) in [
            (&["ec2", "run"][..], "there is no service ec2"),
            (&["iam", "run"], "iam has no action run"),
            (&["iam", "get-user", "--role", "r"], "GetUser has no --role"),
            (&["iam", "get-user", "--user-name"], "--UserName has no value"),
            (&["iam", "get-user", "--parameters", "{"], "the parameters are no JSON object"),
        ] {
            let refused = input(words).unwrap_err();
            assert!(refused.starts_with(wrong), "{refused}");
        }
    }
}
