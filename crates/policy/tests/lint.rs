//! Lint: every case of `corpus/lint`, a case and a documented row for every code, and what holds of any text.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use PolicyKind::{Identity, Rcp, Resource, Scp, Session, Trust};
use portcullis_policy::{Finding, PolicyKind, Severity, codes, guess_kind, lint, lint_accepted, parse};
use proptest::prelude::*;
use serde::Deserialize;

/// The cases of one code; what other codes say of their documents is not asked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    description: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    why: String,
    #[serde(rename = "type")]
    kind: String,
    /// Its lines.
    document: Vec<String>,
    /// Every finding of the code.
    expect: Vec<Expected>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    line: u32,
    column: u32,
    fix: Option<String>,
}

fn kind(name: &str) -> PolicyKind {
    match name {
        "identity" => Identity,
        "resource" => Resource,
        "trust" => Trust,
        "session" => Session,
        "scp" => Scp,
        "rcp" => Rcp,
        other => panic!("no kind of policies is called {other:?}"),
    }
}

/// The cases by their code, which is the name of their folder.
fn cases() -> Vec<(String, Case)> {
    let mut found = Vec::new();
    for path in support::case_files("lint") {
        let code = path.parent().unwrap().file_name().unwrap().to_str().unwrap().to_owned();
        let file: File = serde_json::from_value(support::read_json(&path))
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(!file.description.is_empty() && !file.cases.is_empty(), "{} says nothing", path.display());
        found.extend(file.cases.into_iter().map(|case| (code.clone(), case)));
    }
    found
}

fn of_code<'f>(findings: &'f [Finding], code: &str) -> Vec<&'f Finding> {
    findings.iter().filter(|finding| finding.code == code).collect()
}

#[test]
fn every_case_has_its_findings() {
    let mut failures = Vec::new();
    for (code, case) in cases() {
        let text = case.document.join("\n");
        let findings = lint(&text, kind(&case.kind));
        let expected = |finding: &&Finding| Expected {
            line: finding.line,
            column: finding.column,
            fix: finding.fix.as_ref().map(|fix| fix.text.clone()),
        };
        let found: Vec<Expected> = of_code(&findings, &code).iter().map(expected).collect();
        if found != case.expect {
            failures.push(format!("{code}: {}: {found:?}, expected {:?}\n{text}", case.why, case.expect));
        }
    }
    assert!(failures.is_empty(), "{} cases fail:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_code_has_a_case_that_fires_and_one_that_does_not() {
    let mut fires: BTreeMap<String, BTreeSet<bool>> = BTreeMap::new();
    for (code, case) in cases() {
        fires.entry(code).or_default().insert(!case.expect.is_empty());
    }
    let names: Vec<&str> = codes().map(|code| code.name).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "a code stands in two tables");
    for name in &names {
        let cases = fires.remove(*name).unwrap_or_default();
        assert_eq!(cases, BTreeSet::from([true, false]), "{name} has cases that fire and that do not");
    }
    assert!(fires.is_empty(), "cases of codes that are none: {:?}", fires.keys());
}

#[test]
fn every_code_is_documented() {
    let path = support::corpus().parent().unwrap().join("LINT.md");
    let text = std::fs::read_to_string(path).unwrap();
    let row = |code: &portcullis_policy::Code| {
        let severity = code.severity.name();
        format!("| `{}` | {severity} | {} | {} |", code.name, code.what, code.mend)
    };
    let rows: Vec<String> = codes().map(row).collect();
    let missing: Vec<&String> = rows.iter().filter(|row| !text.lines().any(|line| line == **row)).collect();
    assert!(missing.is_empty(), "LINT.md lacks the rows:\n{missing:#?}\nthe table is:\n{}", rows.join("\n"));
    let known: BTreeSet<&str> = codes().map(|code| code.name).collect();
    let is_code = |word: &&str| {
        word.contains('_') && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    };
    let written = text.lines().flat_map(|line| line.split('`').skip(1).step_by(2)).filter(is_code);
    let unknown: Vec<&str> = written.filter(|word| !known.contains(word)).collect();
    assert!(unknown.is_empty(), "LINT.md names codes that are none: {unknown:?}");
}

#[test]
fn a_mended_text_mends() {
    let mut fixes = 0;
    for (_, case) in cases() {
        let text = case.document.join("\n");
        fixes += check_fixes(&text, kind(&case.kind));
    }
    assert!(fixes > 60, "only {fixes} fixes");
}

/// Applies every fix on its own: the finding must be gone, and every other of its code stay or go as well.
fn check_fixes(text: &str, kind: PolicyKind) -> usize {
    let findings = lint(text, kind);
    for finding in &findings {
        let Some(fix) = &finding.fix else { continue };
        let mended = fix.applied(text);
        let left = of_code(&lint(&mended, kind), finding.code).len();
        let before = of_code(&findings, finding.code).len();
        assert!(left < before, "{} is still there {left} times in\n{mended}\nbefore:\n{text}", finding.code);
    }
    findings.iter().filter(|finding| finding.fix.is_some()).count()
}

#[test]
fn one_document_gets_everything_that_is_wrong_with_it() {
    let text = r#"{
  "Version": "2012-10-18",
  "Statement": [
    {"Effect": "allow", "Action": "s3:GetObjct", "Resource": "data"},
    {"Effect": "Deny", "Action": [], "Resource": "*", "Principal": "*"}
  ]
}"#;
    let found: Vec<(&str, u32)> =
        lint(text, Identity).iter().map(|finding| (finding.code, finding.line)).collect();
    assert_eq!(
        found,
        [
            ("INVALID_VERSION", 2),
            ("INVALID_EFFECT", 4),
            ("INVALID_ACTION", 4),
            ("INVALID_ARN_PREFIX", 4),
            ("EMPTY_ARRAY_ACTION", 5),
            ("UNSUPPORTED_PRINCIPAL", 5),
        ]
    );
}

#[test]
fn the_kind_of_a_document_is_told_from_what_it_names() {
    let statement = |body: &str| format!(r#"{{"Statement": {{{body}}}}}"#);
    for (body, kind) in [
        (r#""Effect": "Allow", "Action": "s3:*", "Resource": "*""#, Identity),
        (r#""Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*""#, Resource),
        (r#""Effect": "Allow", "Principal": "*", "Action": ["sts:AssumeRole", "sts:TagSession"]"#, Trust),
        (r#""Effect": "Deny", "NotPrincipal": "*", "Action": "s3:*", "Resource": "*""#, Resource),
    ] {
        assert_eq!(guess_kind(&statement(body)), kind, "{body}");
    }
    assert_eq!(guess_kind("no policy"), Identity);
}

const KINDS: [PolicyKind; 6] = [Identity, Resource, Trust, Session, Scp, Rcp];

/// A policy with something of everything, to be damaged.
const POLICY: &str = r#"{"Version":"2012-10-17","Id":"x","Statement":[{"Sid":"A","Effect":"Deny","NotPrincipal":{"AWS":["arn:aws:iam::111122223333:root"]},"Action":["s3:*","iam:PassRole"],"Resource":"arn:aws:s3:::b/${aws:username, 'x'}/*","Condition":{"ForAllValues:StringLikeIfExists":{"aws:TagKeys":["a*",1,true]},"IpAddress":{"aws:SourceIp":"10.0.0.0/8"},"DateLessThan":{"aws:CurrentTime":"2024-05-07T23:47:00.5+02:00"}}},{"Effect":"Allow","Principal":{"AWS":"*"},"NotAction":"ec2:Describe*","NotResource":["*"],"Condition":{"StringEquals":{"aws:userid":"AROAXROLE1"}}}]}"#;

/// What is refused has an error, and every fix mends.
fn check(text: &str) {
    for kind in KINDS {
        let findings = lint(text, kind);
        if let Err(malformed) = parse(text, kind) {
            let has_error = findings.iter().any(|finding| finding.severity == Severity::Error);
            assert!(has_error, "{kind:?}: {malformed}\n{text}");
        }
        for finding in &findings {
            assert!(finding.line >= 1 && finding.column >= 1 && !finding.message.is_empty());
        }
        check_fixes(text, kind);
    }
}

proptest! {
    #[test]
    fn any_text_has_an_answer(text in "\\PC{0,80}") {
        check(&text);
    }

    #[test]
    fn brackets_and_quotes_have_an_answer(text in "[\\[\\]{}:,\"a0 \\\\\n]{0,40}") {
        check(&text);
    }

    #[test]
    fn a_damaged_policy_has_an_answer(at in 0..POLICY.len(), put in "[\\[\\]{}:,\"*?$a0 \\\\A-Z]{0,2}", cut in 0..12_usize) {
        let end = (at + cut).min(POLICY.len());
        check(&format!("{}{put}{}", &POLICY[..at], &POLICY[end..]));
    }
}

#[test]
fn an_accepted_document_gets_the_same_findings() {
    let mut accepted = 0;
    for (_, case) in cases() {
        let (text, kind) = (case.document.join("\n"), kind(&case.kind));
        if parse(&text, kind).is_ok() {
            accepted += 1;
            assert_eq!(lint_accepted(&text, kind), lint(&text, kind), "{text}");
        }
    }
    assert!(accepted > 150, "only {accepted} are accepted");
}
