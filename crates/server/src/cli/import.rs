//! `portcullis import FILE…`: real accounts, as AWS's own tools print them, into a data directory or a running server.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use portcullis_base::{AccountId, Value};
use portcullis_service::import::{File, Options, UNPACKED_MAX, pack};
use portcullis_wire::protocol::model;
use serde_json::{Map, Value as Json, json};

use super::error::{ClientError, printable};
use super::output::{self, Format};
use super::{Shared, call, client_of};
use crate::config::Place;
use crate::node;

/// The operation of a running server.
const OPERATION: &str = "Import";

/// What `--help` says below the flags.
const HELP: &str = "\
A file is the output of one of these, told by what is in it; a folder stands for every *.json in it:
  aws iam get-account-authorization-details      all pages, of one account or several
  aws organizations describe-organization, list-roots, list-accounts, list-policies, describe-policy
  aws organizations list-accounts-for-parent, list-organizational-units-for-parent
  aws organizations list-policies-for-target, list-targets-for-policy
  aws organizations describe-resource-policy, list-tags-for-resource
  aws s3api get-bucket-policy                    in a file called BUCKET.json; or the policy alone
Let the AWS CLI page by itself: resumed with --starting-token it loses groups, roles and policies.

A listing that does not say what it was asked about takes it from the file's name, which must contain the id:
  accounts-ou-ab12-cdefgh34.json                 the parent of its accounts; the same for units without a Path
  policies-for-target-111122223333.json          the target: r-…, ou-… or twelve digits
  targets-p-abcd1234.json                        the policy
  tags-ou-ab12-cdefgh34.json                     what has the tags: r-…, ou-…, twelve digits, p-… or rp-…, and no other

Everything is taken or nothing. Unique ids, dates, paths, tags, boundaries, groups, versions, inline and attached
policies, trust and instance profiles that hold a role are kept; buckets are made empty. Not in these files, and so not
taken: a role's longest session (3600 s here), tags of managed policies, instance profiles without a role, access keys
and passwords. AWS's own policies are attached where they exist here. A user or role that a policy names, and that is neither in the files nor here, stands
for nobody.

Exit status: 0 everything was taken, but for what is named; 1 nothing was stored; 2 the command line is wrong.";

/// The flags.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Import {
    /// Files, or folders of them.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Import into this data directory, which nobody may serve meanwhile, and which is made if there is none [default:
    /// into a running server].
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The master key of that directory [default: DIR/master.key].
    #[arg(long, value_name = "FILE", requires = "data")]
    master_key_file: Option<PathBuf>,
    /// The account of a new data directory [default: the one that manages the organization, or the only one].
    #[arg(long, env = "PORTCULLIS_ACCOUNT_ID", value_name = "ID")]
    account_id: Option<AccountId>,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
    /// Leave out what cannot be read, always the whole user, group, role, policy or bucket.
    #[arg(long)]
    skip_unreadable: bool,
    /// The account that owns the buckets [default: the deployment's].
    #[arg(long, value_name = "ID")]
    bucket_account: Option<AccountId>,
    #[command(flatten)]
    shared: Shared,
}

/// A report, as the interface answers it.
struct Told {
    format: Format,
    report: Json,
}

impl Import {
    /// Does it.
    pub async fn run(self) -> ExitCode {
        let (files, faults) = read(&self.files);
        let told = if self.data.is_some() {
            self.offline(&files, !faults.is_empty()).await
        } else {
            self.online(&files, !faults.is_empty()).await
        };
        let Told { format, mut report } = match told {
            Ok(told) => told,
            Err(text) => {
                eprint!("{text}");
                return ExitCode::from(1);
            }
        };
        if let Some(problems) = report.get_mut("Problems").and_then(Json::as_array_mut) {
            problems.extend(faults);
        }
        let is_refused = report.get("Problems").and_then(Json::as_array).is_none_or(|held| !held.is_empty());
        let shape = model(call::SERVICE).and_then(|model| Some((model, model.operation(OPERATION)?.output?)));
        let Some((model, shape)) = shape else { return ExitCode::from(1) };
        if let Err(error) = super::print(&output::text(format, model, shape, &report)) {
            eprint!("{}", error.report());
            return ExitCode::from(1);
        }
        if is_refused {
            eprintln!("portcullis: nothing was stored");
        }
        ExitCode::from(u8::from(is_refused))
    }

    async fn offline(&self, files: &[File], is_broken: bool) -> Result<Told, String> {
        let options = Options {
            account: self.account_id,
            bucket_account: self.bucket_account,
            skips_unreadable: self.skip_unreadable,
            region: node::FIRST_REGION.to_owned(),
            is_operator: true,
        };
        let place = Place {
            data: self.data.clone(),
            master_key_file: self.master_key_file.clone(),
            account_id: self.account_id,
        };
        let is_dry = self.dry_run || is_broken;
        let report = node::import(&place, files, &options, is_dry).await.map_err(|error| {
            let cause = error.source().map(|cause| format!("  because {}\n", printable(&cause.to_string())));
            format!("portcullis: {}\n{}", printable(&error.to_string()), cause.unwrap_or_default())
        })?;
        Ok(Told { format: self.shared.output.unwrap_or(Format::Json), report: json_of(&report.value()) })
    }

    async fn online(&self, files: &[File], is_broken: bool) -> Result<Told, String> {
        let told = |error: ClientError| error.report();
        let bundle = pack(files).map_err(|reason| format!("portcullis: {reason}\n"))?;
        let client = client_of(&self.shared).map_err(told)?;
        let mut input = json!({
            "Bundle": STANDARD.encode(bundle),
            "DryRun": self.dry_run || is_broken,
            "SkipUnreadable": self.skip_unreadable,
        });
        if let (Some(account), Some(members)) = (self.bucket_account, input.as_object_mut()) {
            members.insert("BucketAccount".to_owned(), json!(account.to_string()));
        }
        let report = client.call(OPERATION, &input).await.map_err(told)?;
        Ok(Told { format: client.settings.output, report })
    }
}

/// Reads files, and every *.json of folders. What cannot be read is a problem of the report's form.
fn read(paths: &[PathBuf]) -> (Vec<File>, Vec<Json>) {
    let (mut files, mut faults) = (Vec::new(), Vec::new());
    let mut fault = |path: &Path, reason: String| {
        faults.push(json!({ "File": path.display().to_string(), "Entity": "", "Reason": reason }));
    };
    for path in paths {
        if !path.is_dir() {
            match text(path) {
                Ok(text) => files.push(File { name: path.display().to_string(), text }),
                Err(reason) => fault(path, reason),
            }
            continue;
        }
        let inside = match std::fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
            Ok(inside) => inside,
            Err(error) => {
                fault(path, format!("cannot be read: {error}"));
                continue;
            }
        };
        let mut inside: Vec<PathBuf> = inside.into_iter().map(|entry| entry.path()).collect();
        inside.retain(|path| path.extension().is_some_and(|end| end == "json") && path.is_file());
        inside.sort();
        if inside.is_empty() {
            fault(path, "has no *.json in it".to_owned());
        }
        for path in inside {
            match text(&path) {
                Ok(text) => files.push(File { name: path.display().to_string(), text }),
                Err(reason) => fault(&path, reason),
            }
        }
    }
    (files, faults)
}

fn text(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    let read =
        std::fs::File::open(path).and_then(|file| file.take(UNPACKED_MAX + 1).read_to_string(&mut text));
    read.map_err(|error| format!("cannot be read: {error}"))?;
    if u64::try_from(text.len()).is_ok_and(|length| length > UNPACKED_MAX) {
        return Err(format!("is longer than {UNPACKED_MAX} bytes"));
    }
    Ok(text)
}

/// A report as JSON; it holds nothing but texts, numbers and truths.
fn json_of(value: &Value) -> Json {
    match value {
        Value::Map(members) => {
            let member = |(name, value): &(String, Value)| (name.clone(), json_of(value));
            Json::Object(members.iter().map(member).collect::<Map<_, _>>())
        }
        Value::List(items) => items.iter().map(json_of).collect(),
        Value::Text(text) => Json::from(text.as_str()),
        Value::Int(number) => Json::from(*number),
        Value::Bool(truth) => Json::from(*truth),
        _ => Json::Null,
    }
}
