//! `portcullis actions`: every operation that AWS's models have, whether it is served here, and what it asks for.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::Args;
use portcullis_service::action::{Access, Category, Permission};
use portcullis_service::actions::row;
use portcullis_wire::protocol::models;
use serde_json::{Value as Json, json};

use super::super::output::Format;
use super::Said;

/// The flags.
#[derive(Debug, Args)]
pub struct Actions {
    /// Only this service: `iam`, `sts`, `organizations`, `s3`, `cloudtrail`, `portcullis`.
    #[arg(value_name = "SERVICE")]
    service: Option<String>,
    /// How to print them [default: text].
    #[arg(long, value_enum, default_value_t = Format::Text)]
    output: Format,
}

impl Actions {
    /// The table.
    ///
    /// # Errors
    /// When there is no such service.
    pub(super) fn said(&self) -> Result<Said, String> {
        let is_asked = |name: &str| self.service.as_deref().is_none_or(|service| service == name);
        let mut tables: BTreeMap<&str, Vec<Json>> = BTreeMap::new();
        for model in models().filter(|model| is_asked(&model.service)) {
            let operations =
                model.operations().iter().map(|operation| entry(&model.service, &operation.name));
            tables.insert(&model.service, operations.collect());
        }
        if tables.is_empty() {
            let known: Vec<&str> = models().map(|model| model.service.as_str()).collect();
            return Err(format!("there is no such service here; there are {}", known.join(", ")));
        }
        let text = match self.output {
            Format::Json => format!("{:#}\n", json!(tables)),
            Format::Text => tables.iter().map(|(service, rows)| lines(service, rows)).collect(),
        };
        Ok(Said { text, code: 0 })
    }
}

fn entry(service: &str, name: &str) -> Json {
    let Some(row) = row(service, name) else {
        return json!({ "action": name, "served": false });
    };
    let asks = match row.permission {
        Permission::CallerOnly(_) => "valid credentials",
        Permission::Named(..) | Permission::Several(..) => "permission",
        Permission::EachItem(..) => "permission on each item",
        Permission::Vouched(..) => "permission of whom a token vouches for",
    };
    json!({
        "action": name,
        "served": true,
        "asks": asks,
        "permissions": row.permission.names(),
        "access": if row.access == Access::Read { "read" } else { "write" },
        "category": if row.category == Category::Data { "data" } else { "management" },
    })
}

fn lines(service: &str, rows: &[Json]) -> String {
    let is_served = |row: &&Json| row.get("served") == Some(&Json::Bool(true));
    let served = rows.iter().filter(is_served).count();
    let mut text = format!("{service}: {served} of {} operations served\n", rows.len());
    for row in rows {
        let word = |member: &str| row.get(member).and_then(Json::as_str).unwrap_or_default();
        let permissions = row.get("permissions").and_then(Json::as_array);
        let names: Vec<&str> = permissions.into_iter().flatten().filter_map(Json::as_str).collect();
        let rest = if is_served(&row) {
            format!("{:<6}{}", word("access"), names.join(", "))
        } else {
            "not served".to_owned()
        };
        // Writing into a text cannot fail.
        let _ = writeln!(text, "  {:<52}{rest}", word("action"));
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use portcullis_service::actions::all;

    use super::*;

    #[test]
    fn every_row_is_an_operation_of_its_service() {
        for row in all() {
            assert_eq!(entry(row.service, row.name).get("served"), Some(&Json::Bool(true)), "{}", row.name);
            let model = portcullis_wire::protocol::model(row.service).unwrap();
            assert!(model.operation(row.name).is_some(), "{} {}", row.service, row.name);
        }
    }
}
