//! The explanation as text for a terminal.

use std::fmt::Write as _;

use super::json::{effect, says};
use super::{Change, Element, Explanation, Failure, Flip, LayerReport, Match, StatementReport, Tested};
use crate::context::ContextValue;
use crate::layers::{Layer, Verdict};

/// Columns of a line.
const WIDTH: usize = 96;

impl Element {
    /// The element's name in a policy.
    pub fn name(self) -> &'static str {
        match self {
            Self::Principal => "Principal",
            Self::Action => "Action",
            Self::Resource => "Resource",
            Self::Condition => "Condition",
        }
    }
}

impl Explanation {
    /// As lines for a terminal.
    pub fn to_text(&self) -> String {
        let mut page = Page::default();
        page.line(0, verdict(&self.decision.verdict));
        page.line(2, &self.why);
        page.line(0, "");
        page.line(2, &format!("caller    {}", self.caller));
        page.line(2, &format!("action    {}", self.action));
        page.line(2, &format!("resource  {}", self.resource));
        page.line(0, "");
        page.line(0, "What each kind of policy says");
        for report in &self.layers {
            layer(&mut page, report);
        }
        page.line(0, "");
        page.line(0, &format!("Statements that could have matched, of {} in all", self.statements_in_all));
        for report in &self.statements {
            statement(&mut page, report);
        }
        if self.statements.is_empty() {
            page.line(2, "none");
        }
        left_out(&mut page, self.statements_left_out, "further from matching");
        page.line(0, "");
        let turned = if self.decision.is_allowed() { "deny" } else { "allow" };
        page.line(0, &format!("One change that would {turned} it"));
        for change in &self.flips {
            flip(&mut page, change);
        }
        if self.flips.is_empty() {
            page.line(2, "none was found");
        }
        left_out(&mut page, self.flips_left_out, "found");
        if let Some(remark) = &self.remark {
            page.line(2, remark);
        }
        page.text
    }
}

fn left_out(page: &mut Page, count: usize, which: &str) {
    if count > 0 {
        page.line(2, &format!("and {count} more, {which}"));
    }
}

fn verdict(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Allow => "ALLOWED",
        Verdict::ExplicitDeny(_) => "DENIED, explicitly",
        Verdict::ImplicitDeny(_) => "DENIED, because nothing allows it",
        Verdict::Forbidden(_) => "DENIED, whatever policies say",
    }
}

fn level(level: Option<usize>) -> String {
    level.map(|level| format!(", level {}", level + 1)).unwrap_or_default()
}

fn titled(layer: Layer, at: Option<usize>) -> String {
    format!("{}{}", layer.title(), level(at))
}

fn layer(page: &mut Page, report: &LayerReport) {
    let title = titled(report.layer, report.level);
    page.line(2, &format!("{title:<36}{:<11}{}", says(report.says), report.note));
}

fn named(policy: &str, sid: Option<&String>, index: usize) -> String {
    let sid = sid.filter(|sid| !sid.is_empty()).map(|sid| format!(" ({sid})")).unwrap_or_default();
    format!("{policy}, statement {}{sid}", index + 1)
}

fn statement(page: &mut Page, report: &StatementReport) {
    let place = &report.place;
    let layer = titled(place.layer, place.level);
    let name = named(&place.policy, report.sid.as_ref(), report.index);
    let effect = effect(report.effect);
    match &report.result {
        Match::Applies { worth } => {
            page.line(2, &format!("{effect} applies: {layer}: {name}"));
            if let Some(worth) = worth {
                page.line(6, worth);
            }
        }
        Match::SetAside => {
            page.line(2, &format!("{effect} set aside: {layer}: {name}"));
            page.line(6, "the root user of the bucket's account cannot be locked out of the bucket policy");
        }
        Match::Fails(failure) => {
            page.line(2, &format!("{effect} does not apply: {layer}: {name}"));
            failed(page, failure);
        }
    }
}

fn values(tested: &Tested) -> String {
    let mut text = tested.values.join(", ");
    if tested.left_out > 0 {
        let _ = write!(text, " and {} more", tested.left_out);
    }
    text
}

fn failed(page: &mut Page, failure: &Failure) {
    let what = match (&failure.operator, &failure.key) {
        (Some(operator), Some(key)) => format!("Condition {operator} {key}"),
        _ => failure.written.to_owned(),
    };
    page.line(6, &format!("fails on {what}"));
    let is_empty = |seen: &Tested| seen.values.is_empty();
    let seen = match &failure.seen {
        None => "absent".to_owned(),
        Some(seen) if is_empty(seen) => "present, without a value".to_owned(),
        Some(seen) => values(seen),
    };
    page.line(8, &format!("seen    {seen}"));
    let wanted = if failure.wanted.values.is_empty() { "nobody".to_owned() } else { values(&failure.wanted) };
    let but = if failure.written.starts_with("Not") { "all but " } else { "" };
    page.line(8, &format!("wanted  {but}{wanted}"));
    if let Some(remark) = failure.remark {
        page.line(8, remark);
    }
    if !failure.also.is_empty() {
        let also: Vec<&str> = failure.also.iter().map(|element| element.name()).collect();
        page.line(8, &format!("and on {}", also.join(", ")));
    } else if failure.conditions_failing > 1 {
        page.line(8, &format!("and on {} further conditions", failure.conditions_failing - 1));
    }
}

fn value(value: Option<&ContextValue>) -> String {
    match value {
        None => "absent".to_owned(),
        Some(ContextValue::One(value)) => value.clone(),
        Some(ContextValue::Many(values)) => format!("[{}]", values.join(", ")),
    }
}

fn flip(page: &mut Page, flip: &Flip) {
    match &flip.change {
        Change::Remove { place, sid, index, effect: of } => {
            let layer = titled(place.layer, place.level);
            let name = named(&place.policy, sid.as_ref(), *index);
            page.line(2, &format!("remove the {} from the {layer}: {name}", effect(*of)));
        }
        Change::Add { layer, level, statement } => {
            page.line(2, &format!("add to the {}:", titled(*layer, *level)));
            page.line(6, statement);
        }
        Change::Context { key, from, to, is_fixed_by_caller } => {
            let note = if *is_fixed_by_caller { " (another caller: this key says who asks)" } else { "" };
            let (from, to) = (value(from.as_ref()), value(to.as_ref()));
            page.line(2, &format!("send the request with {key} = {to} instead of {from}{note}"));
        }
    }
}

/// Lines, wrapped.
#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    /// A line; what does not fit goes on below, indented by two more. Characters that could steer a terminal are
    /// written out: names and values may be a stranger's.
    fn line(&mut self, indent: usize, text: &str) {
        let shown: String = text
            .chars()
            .flat_map(
                |letter| if letter.is_control() { letter.escape_default().collect() } else { vec![letter] },
            )
            .collect();
        let mut column = 0;
        for word in shown.split_inclusive(' ') {
            let length = word.trim_end().chars().count();
            if column == 0 {
                self.text.push_str(&" ".repeat(if shown.trim().is_empty() { 0 } else { indent }));
                column = indent;
            } else if column + length > WIDTH {
                self.text.truncate(self.text.trim_end_matches(' ').len());
                self.text.push('\n');
                self.text.push_str(&" ".repeat(indent + 2));
                column = indent + 2;
            }
            self.text.push_str(word);
            column += word.chars().count();
        }
        self.text.truncate(self.text.trim_end_matches(' ').len());
        self.text.push('\n');
    }
}
