//! The values of conditions: whether their operator can read them, and whether they are what was meant.

use super::code::{Code, codes};
use super::report::Report;
use super::tree::{Node, Value};
use super::view::{Test, Text, View};
use crate::document::Version;

codes! {
    TYPE_MISMATCH_NUMBER Error
        "A value under a Numeric operator is no decimal number."
        "Write a number.";
    TYPE_MISMATCH_DATE Error
        "A value under a Date operator is no date."
        "Write a date such as 2026-11-26T12:00:00Z, or seconds since 1970.";
    TYPE_MISMATCH_BOOLEAN Error
        "A value under Bool or Null is neither true nor false."
        "Write \"true\" or \"false\".";
    TYPE_MISMATCH_IP_RANGE Error
        "A value under IpAddress or NotIpAddress is no address and no range of addresses."
        "Write an address, or a range such as 192.0.2.0/24.";
    TYPE_MISMATCH_STRING Error
        "A value under BinaryEquals is not base64."
        "Write the bytes as base64.";
    INVALID_VARIABLE_FOR_OPERATOR Error
        "A variable stands under an operator that takes none."
        "Use variables under String, Arn and Bool operators.";
    INVALID_CONDITION_MULTIPLE_BOOLEAN Error
        "Bool has several values for one key: both hold always, the same twice says nothing."
        "Keep one.";
    INVALID_CONDITION_DATA_TYPE Error
        "The values of a key are of several JSON types."
        "Write all of them as strings.";
    INVALID_VPC_FORMAT Error
        "A value of aws:SourceVpc is no VPC's id."
        "Write vpc- and 8 or 17 hexadecimal digits.";
    INVALID_VPCE_FORMAT Error
        "A value of aws:SourceVpce is no VPC endpoint's id."
        "Write vpce- and 8 or 17 hexadecimal digits.";
    INVALID_KMS_KEY_VALUE Error
        "A value that names a KMS key is not its ARN."
        "Write arn:aws:kms:REGION:ACCOUNT:key/ID.";
    IMPROVE_IP_RANGE Suggestion
        "A range of addresses is given by an address in its middle."
        "Write its first address.";
    PLACEHOLDER_VALUE Warning
        "A value looks like a placeholder that was to be filled in, so that the condition or resource matches nothing."
        "Fill it in.";
}

pub(super) fn check(view: &View<'_>, report: &mut Report<'_>) {
    for statement in &view.statements {
        for test in &statement.tests {
            check_types(test, report);
            for value in &test.values {
                check_readable(view.version, test, *value, report);
                check_format(test, *value, report);
                check_placeholder(*value, report);
            }
        }
        statement.resources.items.iter().for_each(|item| check_placeholder(*item, report));
    }
}

fn check_readable(version: Version, test: &Test<'_>, value: Text<'_>, report: &mut Report<'_>) {
    let Some(written) = test.written else { return };
    let read = written.operator.read;
    let Err(wanted) = read(value.text, version) else { return };
    let name = written.operator.name;
    let at = value.node.range.start;
    if value.text.contains("${") {
        let message = format!("{name} takes no variables");
        return report.raise(&INVALID_VARIABLE_FOR_OPERATOR, at, message);
    }
    let code: &'static Code = match name {
        "Bool" | "Null" => &TYPE_MISMATCH_BOOLEAN,
        "BinaryEquals" => &TYPE_MISMATCH_STRING,
        "IpAddress" | "NotIpAddress" => &TYPE_MISMATCH_IP_RANGE,
        _ if name.starts_with("Date") => &TYPE_MISMATCH_DATE,
        _ => &TYPE_MISMATCH_NUMBER,
    };
    let trimmed = value.text.trim();
    let fix = read(trimmed, version).is_ok().then(|| Report::quoted(&value.node.range, trimmed));
    report.raise_with(code, at, format!("{name} needs {wanted}, not {:?}", value.text), fix);
}

fn check_types(test: &Test<'_>, report: &mut Report<'_>) {
    let nodes = test.key.node.one_or_many();
    let is_bool = test.written.is_some_and(|written| matches!(written.operator.name, "Bool" | "Null"));
    if let Some(second) = nodes.get(1).filter(|_| is_bool) {
        let message = format!("{} has several values, and one is all that can be meant", test.key.name);
        report.raise(&INVALID_CONDITION_MULTIPLE_BOOLEAN, second.range.start, message);
    }
    let kind = |node: &Node| std::mem::discriminant(&node.value);
    let Some(first) = nodes.first() else { return };
    let odd = nodes.iter().find(|node| kind(node) != kind(first) && node.scalar().is_some());
    if let (Some(odd), Some(_)) = (odd, first.scalar()) {
        // A text among others that are none stays; the others become texts.
        let texts = nodes.iter().filter(|node| matches!(node.value, Value::Text(_))).count();
        let is_last_odd = texts + 1 == nodes.len() && odd.text().is_none();
        let fix = odd.scalar().filter(|_| is_last_odd).map(|text| Report::quoted(&odd.range, text));
        let message = "values of one key are of one JSON type: write them all as strings";
        report.raise_with(&INVALID_CONDITION_DATA_TYPE, odd.range.start, message, fix);
    }
}

fn check_format(test: &Test<'_>, value: Text<'_>, report: &mut Report<'_>) {
    let (content, at) = (value.text, value.node.range.start);
    if matches!(test.written.map(|written| written.operator.name), None | Some("Null")) {
        return;
    }
    if let Some(written) = test.written.filter(|written| written.operator.name.ends_with("IpAddress")) {
        if let Some(range) =
            (written.operator.read)(content, Version::V2012).ok().and_then(|_| truncated(content))
        {
            let message = format!("{content} lies in the middle of {range}: write its first address");
            let fix = Report::quoted(&value.node.range, &range);
            report.raise_with(&IMPROVE_IP_RANGE, at, message, Some(fix));
        }
        return;
    }
    if content.contains(['*', '?', '$']) {
        return;
    }
    let is_id = |stem: &str| {
        content.strip_prefix(stem).is_some_and(|id| {
            matches!(id.len(), 8 | 17)
                && id.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        })
    };
    match test.key.name.to_ascii_lowercase().as_str() {
        "aws:sourcevpc" | "aws:ec2instancesourcevpc" if !is_id("vpc-") => {
            report.raise(&INVALID_VPC_FORMAT, at, format!("{content:?} is not the id of a VPC"));
        }
        "aws:sourcevpce" if !is_id("vpce-") => {
            report.raise(&INVALID_VPCE_FORMAT, at, format!("{content:?} is not the id of a VPC endpoint"));
        }
        "s3:x-amz-server-side-encryption-aws-kms-key-id" if !content.starts_with("arn:") => {
            report.raise(&INVALID_KMS_KEY_VALUE, at, format!("{content:?} is not the ARN of a KMS key"));
        }
        _ => {}
    }
}

/// The range as its first address gives it, if another one does.
fn truncated(text: &str) -> Option<String> {
    let range: ipnet::IpNet = text.parse().ok()?;
    let first = range.trunc();
    (first != range).then(|| first.to_string())
}

/// Words of instructions, and the brackets in which AWS's pages put what is to be filled in.
fn check_placeholder(value: Text<'_>, report: &mut Report<'_>) {
    let folded = value.text.to_ascii_lowercase();
    let bracketed = |text: &str| {
        [('<', '>'), ('[', ']'), ('{', '}')].into_iter().any(|(open, close)| {
            text.split_once(open)
                .and_then(|(_, rest)| rest.split_once(close))
                .is_some_and(|(inside, _)| inside.contains(|letter: char| letter.is_alphabetic()))
        })
    };
    let starts =
        ["add ", "enter ", "insert ", "replace ", "your ", "your-", "your_", "placeholder", "example id"];
    let parts = [
        " here",
        "-here",
        "_here",
        "account-id-without-hyphens",
        "your-account-id",
        "your_account_id",
        ":account-id:",
        "your-bucket",
        "your_bucket",
        "example-bucket-name",
        "changeme",
        "replace_me",
        "replace-me",
        "yyyy-mm-dd",
    ];
    let without_variables = value.text.replace("${", "$(");
    let is_placeholder = starts.iter().any(|start| folded.starts_with(start))
        || parts.iter().any(|part| folded.contains(part))
        || folded.starts_with("account-id:")
        || bracketed(&without_variables);
    if is_placeholder {
        let message = format!("{:?} looks like a placeholder that was to be filled in", value.text);
        report.raise(&PLACEHOLDER_VALUE, value.node.range.start, message);
    }
}
