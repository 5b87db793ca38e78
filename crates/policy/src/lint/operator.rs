//! Operators: whether there are such operators, and whether they suit their keys and values.

use super::Fix;
use super::code::codes;
use super::report::Report;
use super::tree::Member;
use super::view::{Statement, Test, View};
use crate::condition::{Quantifier, Sense, Written, operator_names};
use crate::service_data::{KeyType, services};

codes! {
    INVALID_CONDITION_OPERATOR Error
        "There is no such condition operator."
        "Write it as the language spells it.";
    NULL_WITH_IF_EXISTS Error
        "Null has IfExists; whether a key exists is what it asks."
        "Write Null.";
    NULL_WITH_QUALIFIER Error
        "Null has ForAllValues or ForAnyValue; it asks about a key and not about its values."
        "Write Null.";
    MISSING_QUALIFIER Error
        "A key that may have several values stands under an operator without ForAllValues or ForAnyValue, which never matches it."
        "Write ForAnyValue: in front, or ForAllValues:.";
    FORALLVALUES_WITH_SINGLE_VALUED_KEY SecurityWarning
        "ForAllValues stands with a key that has one value, and holds when the key is absent."
        "Leave ForAllValues: out.";
    FORANYVALUE_WITH_SINGLE_VALUED_KEY Warning
        "ForAnyValue stands with a key that has one value."
        "Leave ForAnyValue: out.";
    FOR_ALL_VALUES_IN_ALLOW Warning
        "An Allow has ForAllValues, which holds when the key is absent, so that it allows more than it seems to."
        "Ask with Null that the key be there.";
    WILDCARD_WITHOUT_LIKE_OPERATOR Warning
        "A value has * or ?, which mean themselves under this operator."
        "Write StringLike or StringNotLike.";
    TYPE_MISMATCH Warning
        "The operator compares values of another type than the key has."
        "Use the operator of the key's type.";
}

const SETS: [&str; 2] = ["ForAllValues:", "ForAnyValue:"];

pub(super) fn check(view: &View<'_>, report: &mut Report<'_>) {
    for statement in &view.statements {
        let Some(condition) = statement.member("Condition") else { continue };
        for operator in condition.node.members() {
            if Written::find(&operator.name).is_none() {
                report_unknown(condition, operator, report);
            }
        }
        for test in &statement.tests {
            let Some(written) = test.written else { continue };
            let case = Case { statement, condition, test, written };
            case.check_set(report);
            case.check_wildcards(report);
            case.check_type(report);
        }
    }
}

fn report_unknown(condition: &Member, operator: &Member, report: &mut Report<'_>) {
    let name = operator.name.as_str();
    let folded = name.to_ascii_lowercase();
    let (set, stem) = SETS
        .iter()
        .find(|set| folded.starts_with(&set.to_ascii_lowercase()))
        .map_or(("", name), |set| (*set, name.get(set.len()..).unwrap_or_default()));
    let (stem, suffix) =
        match stem.len().checked_sub("IfExists".len()).and_then(|at| stem.split_at_checked(at)) {
            Some((before, end)) if end.eq_ignore_ascii_case("IfExists") => (before, "IfExists"),
            _ => (stem, ""),
        };
    if stem.eq_ignore_ascii_case("Null") {
        let code = if set.is_empty() { &NULL_WITH_IF_EXISTS } else { &NULL_WITH_QUALIFIER };
        let message = format!("there is no {name}: write Null");
        return report.raise_with(code, operator.range.start, message, renamed(condition, operator, "Null"));
    }
    let meant = report.nearest(stem, operator_names()).map(|meant| format!("{set}{meant}{suffix}"));
    let message = match &meant {
        Some(meant) => format!("there is no operator {name}; {meant} is probably meant"),
        None => format!("there is no operator {name}"),
    };
    let fix = meant.and_then(|meant| renamed(condition, operator, &meant));
    report.raise_with(&INVALID_CONDITION_OPERATOR, operator.range.start, message, fix);
}

/// The operator under another name, unless that name stands already.
pub(super) fn renamed(condition: &Member, operator: &Member, name: &str) -> Option<Fix> {
    let is_free = condition.node.members().iter().all(|other| !other.name.eq_ignore_ascii_case(name));
    is_free.then(|| Report::quoted(&operator.name_range, name))
}

/// One key under one operator, and where they stand.
pub(super) struct Case<'v, 't> {
    pub(super) statement: &'v Statement<'t>,
    pub(super) condition: &'t Member,
    pub(super) test: &'v Test<'t>,
    pub(super) written: Written,
}

impl Case<'_, '_> {
    /// The operator renamed, if that changes nothing for another key.
    pub(super) fn with_operator(&self, name: &str) -> Option<Fix> {
        let is_alone = self.test.operator.node.members().len() == 1;
        if is_alone { renamed(self.condition, self.test.operator, name) } else { None }
    }

    /// The condition with a demand in front that the key be there, if there is no Null yet.
    pub(super) fn with_presence(&self) -> Option<Fix> {
        let has_null =
            self.condition.node.members().iter().any(|other| other.name.eq_ignore_ascii_case("Null"));
        let at = self.test.operator.range.start;
        let demand = format!("\"Null\": {{{}: \"false\"}}, ", super::report::quote(&self.test.key.name));
        (!has_null).then(|| Report::replace(&(at..at), demand))
    }

    fn check_set(&self, report: &mut Report<'_>) {
        let name = &self.test.key.name;
        let at = self.test.operator.range.start;
        let bare = self.test.operator.name.split_once(':').map_or("", |(_, bare)| bare);
        let is_multivalued = services().key(name).map(|key| key.is_multivalued);
        match (self.written.quantifier, is_multivalued) {
            (Quantifier::Single, Some(true)) if !self.is_null() => {
                let is_positive = self.written.operator.sense == Sense::Positive;
                let fix = is_positive
                    .then(|| self.with_operator(&format!("ForAnyValue:{}", self.test.operator.name)))
                    .flatten();
                let message =
                    format!("{name} may have several values, which only ForAnyValue and ForAllValues reach");
                report.raise_with(&MISSING_QUALIFIER, at, message, fix);
            }
            (Quantifier::ForAllValues, Some(false)) => {
                let message = format!("{name} has one value, and ForAllValues holds when it is absent");
                let fix = self.with_operator(bare);
                report.raise_with(&FORALLVALUES_WITH_SINGLE_VALUED_KEY, at, message, fix);
            }
            (Quantifier::ForAnyValue, Some(false)) => {
                let message = format!("{name} has one value: leave ForAnyValue out");
                let fix = self.with_operator(bare);
                report.raise_with(&FORANYVALUE_WITH_SINGLE_VALUED_KEY, at, message, fix);
            }
            _ => {}
        }
        let is_wide = self.written.quantifier == Quantifier::ForAllValues && self.statement.is_allow();
        if is_wide && !self.statement.requires(name) {
            let message =
                format!("ForAllValues holds when {name} is absent: add \"Null\": {{\"{name}\": \"false\"}}");
            report.raise_with(&FOR_ALL_VALUES_IN_ALLOW, at, message, self.with_presence());
        }
    }

    fn is_null(&self) -> bool {
        self.written.operator.name == "Null"
    }

    fn check_wildcards(&self, report: &mut Report<'_>) {
        let like = match self.written.operator.name {
            "StringEquals" | "StringEqualsIgnoreCase" => "StringLike",
            "StringNotEquals" | "StringNotEqualsIgnoreCase" => "StringNotLike",
            _ => return,
        };
        for value in self.test.values.iter().filter(|value| has_wildcard(value.text)) {
            let message = format!(
                "* and ? mean themselves under {}: write {like}, or ${{*}} for the character",
                self.written.operator.name
            );
            let fix = self.with_operator(&self.test.operator.name.replace(self.written.operator.name, like));
            let at = value.node.range.start;
            report.raise_with(&WILDCARD_WITHOUT_LIKE_OPERATOR, at, message, fix);
        }
    }

    fn check_type(&self, report: &mut Report<'_>) {
        let Some(key) = services().key(&self.test.key.name) else { return };
        let operator = self.written.operator.name;
        let starts = |stem: &str| operator.starts_with(stem) || operator.starts_with(&format!("Not{stem}"));
        let is_epoch = key.name.eq_ignore_ascii_case("aws:EpochTime");
        let suits = match key.kind {
            // AWS has no type for ARNs in some keys that hold them.
            KeyType::Text => starts("String") || starts("Arn"),
            KeyType::Arn => starts("Arn") || starts("String"),
            KeyType::Bool => starts("Bool"),
            KeyType::Date => starts("Date") || (is_epoch && starts("Numeric")),
            KeyType::IpAddress => starts("IpAddress"),
            KeyType::Number => starts("Numeric"),
        };
        if suits || matches!(operator, "Null" | "BinaryEquals") {
            return;
        }
        let wanted = match key.kind {
            KeyType::Text => "String",
            KeyType::Arn => "Arn",
            KeyType::Bool => "Bool",
            KeyType::Date => "Date",
            KeyType::IpAddress => "IpAddress",
            KeyType::Number => "Numeric",
        };
        let message =
            format!("{operator} does not suit {}, which wants an operator of the {wanted} family", key.name);
        let is_truth = key.kind == KeyType::Bool && operator == "StringEquals";
        let bool_name = self.test.operator.name.replace("StringEquals", "Bool");
        let fix = is_truth.then(|| self.with_operator(&bool_name)).flatten();
        report.raise_with(&TYPE_MISMATCH, self.test.operator.range.start, message, fix);
    }
}

/// Whether there is `*` or `?` outside variables.
pub(super) fn has_wildcard(text: &str) -> bool {
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        if before.contains(['*', '?']) {
            return true;
        }
        rest = behind.split_once('}').map_or("", |(_, rest)| rest);
    }
    rest.contains(['*', '?'])
}
