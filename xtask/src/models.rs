//! `cargo xtask models --from DIR`: turns the service models that botocore ships into the compact tables in
//! `crates/wire/models`.
//!
//! DIR is botocore's package directory, or one that holds it (an unpacked wheel). Kept are names, types, members,
//! limits, locations, errors and HTTP bindings of the operations named here; every word of prose is dropped. One
//! operation or shape stands on one line, so that a new version of the models reads well as a diff.

#![expect(clippy::indexing_slicing, reason = "an absent part of a JSON value reads as null")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

/// One service whose model is wanted.
struct Service {
    /// botocore's directory, which is also the table's name.
    name: &'static str,
    /// The operations wanted.
    operations: Wanted,
    /// What the models as shipped leave out.
    corrections: &'static [Correction],
}

enum Wanted {
    Only(&'static [&'static str]),
    AllBut(&'static [&'static str]),
}

/// A fact of the wire that botocore does not need and therefore does not ship.
struct Correction {
    operation: &'static str,
    fact: Fact,
}

enum Fact {
    /// The root element of the answer, where there is no payload member.
    Root(&'static str),
    /// The root element of the answer, whose text is the output's only member.
    Bare(&'static str),
}

const fn root(operation: &'static str, element: &'static str) -> Correction {
    Correction { operation, fact: Fact::Root(element) }
}

/// Shapes that the models do not call sensitive, and whose values nobody should read in an error or an event: codes of
/// MFA devices, session tokens, and the codes of a sign-in, of which the one that a person types is worth as much as the
/// one that the device keeps.
const SECRETS: &[&str] = &[
    "AuthCode",
    "DeviceCode",
    "IdentityContext",
    "UserCode",
    "authenticationCodeType",
    "tokenCodeType",
    "tokenType",
];

/// Shapes whose limits are not those of the wire: a copy source is matched before it is decoded, so that
/// `bucket%2Fkey`, which AWS takes, would not match; the list of locations holds the regions of AWS, not those that are
/// served here; and the name of a holder of excluded policies may have wildcards, as its description says. Whoever
/// handles them says what is wrong with them. The pattern of a duration looks ahead, which no linear matcher does.
const LOOSE: &[&str] = &["AttachmentName", "CopySource", "BucketLocationConstraint", "Duration"];

/// What a table calls a shape that can be anything; botocore calls it a structure.
static DOCUMENT: std::sync::LazyLock<Value> = std::sync::LazyLock::new(|| json!("document"));

/// Operations of S3 that want a checksum in a header or trailer even where the hash of the body is signed ("Missing
/// required header for this request: Content-MD5"). Of the others the models say only that SDKs send one.
const CHECKSUM_SENT: &[&str] =
    &["DeleteObjects", "PutBucketCors", "PutBucketLifecycleConfiguration", "PutBucketTagging"];

const SERVICES: &[Service] = &[
    Service { name: "sts", operations: Wanted::AllBut(&[]), corrections: &[] },
    Service { name: "iam", operations: Wanted::AllBut(&[]), corrections: &[] },
    Service {
        name: "s3",
        operations: Wanted::AllBut(&[
            // Spoken on endpoints of their own; here they would share an address with another operation.
            "ListDirectoryBuckets",
            "WriteGetObjectResponse",
            // Replaced long ago by an operation of the same address.
            "GetBucketLifecycle",
            "GetBucketNotification",
            "PutBucketLifecycle",
            "PutBucketNotification",
            // Not an S3 answer but an event stream.
            "SelectObjectContent",
        ]),
        corrections: S3_CORRECTIONS,
    },
    Service { name: "cloudtrail", operations: Wanted::Only(&["LookupEvents"]), corrections: &[] },
    Service { name: "organizations", operations: Wanted::AllBut(&[]), corrections: &[] },
    Service { name: "identitystore", operations: Wanted::AllBut(&[]), corrections: &[] },
    Service { name: "sso-admin", operations: Wanted::AllBut(&[]), corrections: &[] },
    Service { name: "sso", operations: Wanted::AllBut(&[]), corrections: &[] },
    Service { name: "sso-oidc", operations: Wanted::AllBut(&[]), corrections: &[] },
];

/// Root elements as the S3 API Reference prints them under "Response Syntax".
const S3_CORRECTIONS: &[Correction] = &[
    root("CompleteMultipartUpload", "CompleteMultipartUploadResult"),
    root("CreateMultipartUpload", "InitiateMultipartUploadResult"),
    root("CreateSession", "CreateSessionResult"),
    root("DeleteObjects", "DeleteResult"),
    root("GetBucketAccelerateConfiguration", "AccelerateConfiguration"),
    root("GetBucketAcl", "AccessControlPolicy"),
    root("GetBucketCors", "CORSConfiguration"),
    root("GetBucketLifecycleConfiguration", "LifecycleConfiguration"),
    Correction { operation: "GetBucketLocation", fact: Fact::Bare("LocationConstraint") },
    root("GetBucketLogging", "BucketLoggingStatus"),
    root("GetBucketNotificationConfiguration", "NotificationConfiguration"),
    root("GetBucketRequestPayment", "RequestPaymentConfiguration"),
    root("GetBucketTagging", "Tagging"),
    root("GetBucketVersioning", "VersioningConfiguration"),
    root("GetBucketWebsite", "WebsiteConfiguration"),
    root("GetObjectAcl", "AccessControlPolicy"),
    root("GetObjectAttributes", "GetObjectAttributesResponse"),
    root("GetObjectTagging", "Tagging"),
    root("ListBucketAnalyticsConfigurations", "ListBucketAnalyticsConfigurationResult"),
    root("ListBucketIntelligentTieringConfigurations", "ListBucketIntelligentTieringConfigurationsResult"),
    root("ListBucketInventoryConfigurations", "ListInventoryConfigurationsResult"),
    root("ListBucketMetricsConfigurations", "ListMetricsConfigurationsResult"),
    root("ListBuckets", "ListAllMyBucketsResult"),
    root("ListMultipartUploads", "ListMultipartUploadsResult"),
    root("ListObjectVersions", "ListVersionsResult"),
    root("ListObjects", "ListBucketResult"),
    root("ListObjectsV2", "ListBucketResult"),
    root("ListParts", "ListPartsResult"),
];

/// Runs the task with the arguments after its name.
///
/// # Errors
/// A sentence that says what is wrong with the arguments, the models or the tables' place.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let from = match arguments {
        [flag, directory] if flag == "--from" => Path::new(directory),
        _ => return Err("usage: cargo xtask models --from BOTOCORE_DIRECTORY".to_owned()),
    };
    let data = data_directory(from)?;
    let tables = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/wire/models");
    for service in SERVICES {
        let model = read_model(&data, service.name)?;
        let table = compact(service, &model)?;
        let path = tables.join(format!("{}.json", service.name));
        std::fs::write(&path, table).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    Ok(())
}

fn data_directory(from: &Path) -> Result<PathBuf, String> {
    ["data", "botocore/data", "."]
        .iter()
        .map(|below| from.join(below))
        .find(|path| path.join("sts").is_dir())
        .ok_or_else(|| format!("{} holds no service models of botocore", from.display()))
}

/// The newest version of a service's model.
fn read_model(data: &Path, service: &str) -> Result<Value, String> {
    let directory = data.join(service);
    let listing =
        std::fs::read_dir(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let newest = listing.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).max();
    let newest = newest.ok_or_else(|| format!("{} is empty", directory.display()))?;
    let (plain, packed) = (newest.join("service-2.json"), newest.join("service-2.json.gz"));
    let path = if plain.exists() { plain } else { packed };
    let fault = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let bytes = std::fs::read(&path).map_err(|error| fault(&error))?;
    let mut text = String::new();
    if path.extension().is_some_and(|extension| extension == "gz") {
        flate2::read::GzDecoder::new(bytes.as_slice())
            .read_to_string(&mut text)
            .map_err(|error| fault(&error))?;
    } else {
        text = String::from_utf8(bytes).map_err(|error| fault(&error))?;
    }
    serde_json::from_str(&text).map_err(|error| fault(&error))
}

fn compact(service: &Service, model: &Value) -> Result<String, String> {
    let operations = model["operations"].as_object().ok_or("the model has no operations")?;
    let wanted: BTreeMap<&String, &Value> = operations
        .iter()
        .filter(|(name, _)| match service.operations {
            Wanted::Only(names) => names.contains(&name.as_str()),
            Wanted::AllBut(names) => !names.contains(&name.as_str()),
        })
        .collect();
    let mut reached = BTreeSet::new();
    let mut rows = Vec::new();
    for operation in wanted.values() {
        for role in ["input", "output"] {
            reach(model, &operation[role]["shape"], &mut reached);
        }
        for error in list(&operation["errors"]) {
            reach(model, &error["shape"], &mut reached);
        }
        rows.push(compact_operation(service, operation).to_string());
    }
    let shapes: Vec<String> = reached.iter().map(|name| compact_shape(model, name).to_string()).collect();
    let metadata = &model["metadata"];
    let mut head = Map::new();
    head.insert("service".into(), json!(signing_name(metadata)));
    head.insert("protocol".into(), metadata["protocol"].clone());
    head.insert("version".into(), metadata["apiVersion"].clone());
    let namespace = match metadata["protocol"].as_str() {
        // The model of S3 names its namespace at every request body instead.
        Some("rest-xml") => json!("http://s3.amazonaws.com/doc/2006-03-01/"),
        _ => metadata["xmlNamespace"].clone(),
    };
    put(&mut head, "namespace", &namespace);
    put(&mut head, "target", &metadata["targetPrefix"]);
    let head = Value::Object(head).to_string();
    let head = head.strip_suffix('}').unwrap_or(&head);
    Ok(format!(
        "{head},\n\"operations\":[\n{}\n],\n\"shapes\":[\n{}\n]}}\n",
        rows.join(",\n"),
        shapes.join(",\n")
    ))
}

fn signing_name(metadata: &Value) -> &Value {
    if metadata["signingName"].is_string() { &metadata["signingName"] } else { &metadata["endpointPrefix"] }
}

/// Adds a shape and all that it is made of.
fn reach(model: &Value, name: &Value, reached: &mut BTreeSet<String>) {
    let Some(name) = name.as_str() else { return };
    if !reached.insert(name.to_owned()) {
        return;
    }
    let shape = &model["shapes"][name];
    for member in shape["members"].as_object().into_iter().flat_map(Map::values) {
        reach(model, &member["shape"], reached);
    }
    for part in ["member", "key", "value"] {
        reach(model, &shape[part]["shape"], reached);
    }
}

fn compact_operation(service: &Service, operation: &Value) -> Value {
    let mut row = Map::new();
    put(&mut row, "name", &operation["name"]);
    put(&mut row, "method", &operation["http"]["method"]);
    put(&mut row, "uri", &operation["http"]["requestUri"]);
    if operation["http"]["responseCode"] != 200 {
        put(&mut row, "status", &operation["http"]["responseCode"]);
    }
    put(&mut row, "input", &operation["input"]["shape"]);
    put(&mut row, "output", &operation["output"]["shape"]);
    put(&mut row, "wrapper", &operation["output"]["resultWrapper"]);
    for correction in service.corrections.iter().filter(|row| operation["name"] == row.operation) {
        match correction.fact {
            Fact::Root(element) => row.insert("root".into(), json!(element)),
            Fact::Bare(element) => {
                row.insert("bare".into(), json!(true));
                row.insert("root".into(), json!(element))
            }
        };
    }
    let errors: Vec<&Value> = list(&operation["errors"]).iter().map(|error| &error["shape"]).collect();
    if !errors.is_empty() {
        row.insert("errors".into(), json!(errors));
    }
    let is_sent = CHECKSUM_SENT.iter().any(|name| operation["name"] == *name);
    match &operation["httpChecksum"] {
        _ if is_sent => row.insert("checksum".into(), json!("sent")),
        rule if rule["requestChecksumRequired"] == true => row.insert("checksum".into(), json!("required")),
        rule if rule["requestAlgorithmMember"].is_string() => {
            row.insert("checksum".into(), json!("optional"))
        }
        _ => None,
    };
    if operation["authtype"] == "none" {
        row.insert("unsigned".into(), json!(true));
    }
    Value::Object(row)
}

fn compact_shape(model: &Value, name: &str) -> Value {
    let shape = &model["shapes"][name];
    let mut row = Map::new();
    row.insert("name".into(), json!(name));
    put(&mut row, "type", if shape["document"] == true { &DOCUMENT } else { &shape["type"] });
    for limit in ["min", "max"] {
        put(&mut row, limit, &shape[limit]);
    }
    for (fact, origin) in [
        ("pattern", "pattern"),
        ("enum", "enum"),
        ("sensitive", "sensitive"),
        ("format", "timestampFormat"),
        ("required", "required"),
        ("payload", "payload"),
    ] {
        put(&mut row, fact, &shape[origin]);
    }
    if SECRETS.contains(&name) {
        row.insert("sensitive".into(), json!(true));
    }
    if LOOSE.contains(&name) {
        row.remove("pattern");
        row.remove("enum");
    }
    put(&mut row, "item", &shape["member"]["shape"]);
    put(&mut row, "item_as", &shape["member"]["locationName"]);
    put(&mut row, "key", &shape["key"]["shape"]);
    put(&mut row, "value", &shape["value"]["shape"]);
    if let Some(prefix) = shape["xmlNamespace"]["prefix"].as_str() {
        row.insert("namespace".into(), json!([prefix, shape["xmlNamespace"]["uri"]]));
    }
    if shape["exception"] == true {
        row.insert("error".into(), compact_error(shape));
    }
    let members: Vec<Value> = shape["members"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, member)| compact_member(model, name, member))
        .collect();
    if !members.is_empty() {
        row.insert("members".into(), json!(members));
    }
    Value::Object(row)
}

fn compact_error(shape: &Value) -> Value {
    let mut error = Map::new();
    put(&mut error, "code", &shape["error"]["code"]);
    let is_fault = shape["fault"] == true;
    let default = if is_fault { 500 } else { 400 };
    error.insert("status".into(), json!(shape["error"]["httpStatusCode"].as_u64().unwrap_or(default)));
    error.insert("sender".into(), json!(!is_fault));
    Value::Object(error)
}

/// `[name, shape]`, with a third part for what is out of the ordinary. What a member and its shape both say is
/// resolved here, the member's word first.
fn compact_member(model: &Value, name: &str, member: &Value) -> Value {
    let shape = &model["shapes"][member["shape"].as_str().unwrap_or_default()];
    let is_flat = member["flattened"] == true || shape["flattened"] == true;
    let item_name = shape["member"]["locationName"].as_str().filter(|_| is_flat && shape["type"] == "list");
    let wire_name = item_name.or(member["locationName"].as_str()).or(shape["locationName"].as_str());
    let mut facts = Map::new();
    if let Some(wire_name) = wire_name.filter(|wire_name| *wire_name != name) {
        facts.insert("as".into(), json!(wire_name));
    }
    put(&mut facts, "in", &member["location"]);
    if is_flat {
        facts.insert("flat".into(), json!(true));
    }
    put(&mut facts, "attribute", &member["xmlAttribute"]);
    if member["streaming"] == true || shape["streaming"] == true {
        facts.insert("streaming".into(), json!(true));
    }
    let mut parts = vec![json!(name), member["shape"].clone()];
    if !facts.is_empty() {
        parts.push(Value::Object(facts));
    }
    Value::Array(parts)
}

fn put(row: &mut Map<String, Value>, name: &str, value: &Value) {
    if !value.is_null() {
        row.insert(name.into(), value.clone());
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
