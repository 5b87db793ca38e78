//! The summary as text: a row for each service, what is denied first, as the console has it.

use std::fmt::Write as _;

use super::access::EVERY;
use super::{Access, Extent, ServiceSummary, Summary, SummaryCondition, SummaryResource};

const HEAD: [&str; 4] = ["Service", "Access level", "Resource", "Request condition"];

impl ServiceSummary {
    /// `Full access`, `Full: List, Read Limited: Write`, or `None`.
    pub fn access_text(&self) -> String {
        let of = |extent: Extent| {
            let levels = self.access.iter().filter(move |access| access.extent == extent);
            levels.map(|access| access.level).collect::<Vec<&str>>()
        };
        let (full, limited) = (of(Extent::Full), of(Extent::Limited));
        match (full.is_empty(), limited.is_empty()) {
            (true, true) => "None".to_owned(),
            (false, true) if self.is_whole() => "Full access".to_owned(),
            (false, true) => format!("Full: {}", full.join(", ")),
            (true, false) => format!("Limited: {}", limited.join(", ")),
            (false, false) => format!("Full: {} Limited: {}", full.join(", "), limited.join(", ")),
        }
    }

    /// Whether every action of the service is reached.
    fn is_whole(&self) -> bool {
        let reached: usize = self.access.iter().map(|Access { actions, .. }| actions.len()).sum();
        let service = crate::service_data::services().service(&self.prefix);
        self.prefix == EVERY || service.is_some_and(|service| service.actions.len() == reached)
    }

    /// `All resources`, `bucket data`, `Multiple`, or `None` where no resource of the service is listed.
    pub fn resource_text(&self) -> String {
        match self.resources.as_slice() {
            [] => "None".to_owned(),
            [one] => one.to_string(),
            _ => "Multiple".to_owned(),
        }
    }

    /// `None`, `aws:SourceIp IpAddress 192.0.2.0/24`, or `Multiple`.
    pub fn condition_text(&self) -> String {
        match self.conditions.as_slice() {
            [] => "None".to_owned(),
            [one] => one.to_string(),
            _ => "Multiple".to_owned(),
        }
    }
}

impl std::fmt::Display for SummaryResource {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_excepted {
            out.write_str("All but ")?;
        }
        match (&self.kind, &self.name) {
            _ if self.text == "*" => out.write_str("All resources"),
            (Some(kind), Some(name)) => write!(out, "{kind} {name}"),
            _ => out.write_str(&self.text),
        }
    }
}

impl std::fmt::Display for SummaryCondition {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} {} {}", self.key, self.operator, self.values.join(", "))
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = String::new();
        for (title, rows) in [("Explicit deny", &self.deny), ("Allow", &self.allow)] {
            if !rows.is_empty() {
                let _ = writeln!(text, "{title} ({})", count(rows, self.services));
                table(rows, &mut text);
                text.push('\n');
            }
        }
        for (title, actions) in [
            ("Unrecognized services", &self.unrecognized_services),
            ("Unrecognized actions", &self.unrecognized_actions),
        ] {
            if !actions.is_empty() {
                let _ = writeln!(text, "{title}: {}", actions.join(", "));
            }
        }
        if text.is_empty() {
            text.push_str("The policy says nothing about any known action.");
        }
        writeln!(out, "{}", text.trim_end())
    }
}

fn count(rows: &[ServiceSummary], services: usize) -> String {
    if rows.iter().any(|row| row.prefix == EVERY) {
        return "all services".to_owned();
    }
    format!("{} of {services} services", rows.len())
}

fn table(rows: &[ServiceSummary], text: &mut String) {
    let has_others = rows.len() > 1;
    let cells = rows.iter().map(|row| {
        let name = if row.prefix == EVERY && has_others { "All other services" } else { row.name.as_str() };
        [name.to_owned(), row.access_text(), row.resource_text(), row.condition_text()]
    });
    let lines: Vec<[String; 4]> = std::iter::once(HEAD.map(str::to_owned)).chain(cells).collect();
    let mut widths = [0; 4];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.chars().count().max(*width);
        }
    }
    for line in &lines {
        let padded: Vec<String> =
            line.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        let _ = writeln!(text, "  {}", padded.join("  ").trim_end());
    }
}
