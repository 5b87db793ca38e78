//! `portcullis summary FILE`: what a policy comes to, service by service.

use clap::Args;
use portcullis_service::lint::{Access, Extent, ServiceSummary, Summary, summary};
use serde_json::{Value as Json, json};

use super::super::error::printable;
use super::super::output::Format;
use super::Said;
use super::document::Which;

/// The flags.
#[derive(Debug, Args)]
pub struct Summarise {
    #[command(flatten)]
    which: Which,
}

impl Summarise {
    /// The summary; 1 if the document is no policy of its kind.
    ///
    /// # Errors
    /// Why the policy cannot be read.
    pub(super) fn said(&self) -> Result<Said, String> {
        let document = self.which.read()?;
        let said = match (summary(&document.text, document.kind), self.which.output) {
            (Ok(summary), Format::Json) => Said { text: format!("{:#}\n", as_json(&summary)), code: 0 },
            (Ok(summary), Format::Text) => {
                let lines = summary.to_string().lines().map(printable).collect::<Vec<_>>().join("\n");
                Said { text: format!("{}\n{lines}\n", document.reading()), code: 0 }
            }
            (Err(malformed), _) => {
                eprintln!("portcullis: {}: {}", printable(&document.name), printable(&malformed.message));
                Said { text: String::new(), code: 1 }
            }
        };
        Ok(said)
    }
}

fn as_json(summary: &Summary) -> Json {
    let rows = |rows: &[ServiceSummary]| Json::Array(rows.iter().map(row).collect());
    json!({
        "services": summary.services,
        "allow": rows(&summary.allow),
        "deny": rows(&summary.deny),
        "unrecognized_services": summary.unrecognized_services,
        "unrecognized_actions": summary.unrecognized_actions,
    })
}

fn row(row: &ServiceSummary) -> Json {
    let resources = row.resources.iter().map(|resource| {
        json!({
            "resource": resource.text, "excepted": resource.is_excepted,
            "type": resource.kind, "name": resource.name,
        })
    });
    let conditions = row.conditions.iter().map(
        |condition| json!({"operator": condition.operator, "key": condition.key, "values": condition.values}),
    );
    json!({
        "service": row.prefix,
        "name": row.name,
        "access": row.access.iter().map(access).collect::<Json>(),
        "access_level": row.access_text(),
        "resources": resources.collect::<Json>(),
        "resource": row.resource_text(),
        "conditions": conditions.collect::<Json>(),
        "request_condition": row.condition_text(),
    })
}

fn access(access: &Access) -> Json {
    let extent = match access.extent {
        Extent::Full => "Full",
        Extent::Limited => "Limited",
    };
    json!({"level": access.level, "extent": extent, "actions": access.actions})
}
