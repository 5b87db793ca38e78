//! Texts that are no policy at all, that say something twice or something unknown: refused, with the place.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod support;

use PolicyKind::{Identity, Rcp, Resource, Trust};
use portcullis_policy::{PolicyKind, parse};
use proptest::prelude::*;
use support::grammar::refusal;

const SYNTAX: &str = "Syntax errors in policy.";

#[test]
fn nothing_is_said_twice_and_nothing_unknown_is_said() {
    let statement = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    for (text, detail) in [
        (r#"{"Statement":{"Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*"}}"#.to_owned(), "Effect stands twice"),
        (format!(r#"{{"Statement":{statement},"Statement":{statement}}}"#), "Statement stands twice"),
        (r#"{"Statement":{"Effect":"Allow","Action":"*","action":"s3:*","Resource":"*"}}"#.to_owned(), "action stands twice"),
        (r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"a:b":"1","a:b":"2"}}}}"#.to_owned(), "a:b stands twice"),
        (r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","\u0041ction":"s3:*"}}"#.to_owned(), "Action stands twice"),
        (r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condtion":{}}}"#.to_owned(), "unknown element Condtion"),
        (r#"{"Statement":{"Effect":"Allow","Action":"*","NotResources":"*"}}"#.to_owned(), "unknown element NotResources"),
        (r#"{"Statement":{"Effect":"Allow","Principle":"*","Action":"*","Resource":"*"}}"#.to_owned(), "unknown element Principle"),
        (r#"{"Statement":{"effect":"Allow","Action":"*","Resource":"*"}}"#.to_owned(), "unknown element effect"),
        (format!(r#"{{"statement":{statement}}}"#), "unknown element statement"),
        (r#"{"Statement":{"Effect":"allow","Action":"*","Resource":"*"}}"#.to_owned(), "Effect must be"),
        (r#"{"Statement":{"Action":"*","Resource":"*"}}"#.to_owned(), "no Effect"),
        (r#"{"Version":"2012-10-17"}"#.to_owned(), "no Statement"),
        (r#"{"Statement":[]}"#.to_owned(), "Statement is empty"),
        (r#"{"Statement":["x"]}"#.to_owned(), "Statement must be an object"),
        (format!(r#"{{"Id":7,"Statement":{statement}}}"#), "Id must be a string"),
        ("[]".to_owned(), "the document must be an object"),
        ("null".to_owned(), "null"),
    ] {
        let (message, _, _) = refusal(&text, Identity);
        assert!(message.starts_with(SYNTAX) && message.contains(detail), "{text}: {message}");
    }
    for version in [r#""2012-10-18""#, r#""""#, "2012", r#"["2012-10-17"]"#] {
        let (message, _, _) =
            refusal(&format!(r#"{{"Version":{version},"Statement":{statement}}}"#), Identity);
        assert!(message.starts_with("Policy document must be version 2012-10-17 or greater."), "{message}");
    }
}

#[test]
fn what_is_not_strict_json_is_refused() {
    let statement = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    for text in [
        String::new(),
        "{".to_owned(),
        format!(r#"{{"Statement":{statement},}}"#),
        format!(r#"{{"Statement":{statement}}} x"#),
        format!(r"{{Statement:{statement}}}"),
        format!("{{'Statement':{statement}}}"),
        format!("// policy\n{{\"Statement\":{statement}}}"),
        format!("{{\"Id\":\"a\nb\",\"Statement\":{statement}}}"),
        format!("{{\"Id\":\"\\ud800\",\"Statement\":{statement}}}"),
        format!("\u{feff}{{\"Statement\":{statement}}}"),
        format!("\u{a0}{{\"Statement\":{statement}}}"),
        "[".repeat(100_000),
        format!(
            r#"{{"Statement":{{"Effect":"Allow","Action":{}"*"{},"Resource":"*"}}}}"#,
            "[".repeat(20),
            "]".repeat(20)
        ),
        format!(r#"{{"Id":"{}","Statement":{statement}}}"#, "x".repeat(140_000)),
    ] {
        let (message, _, _) = refusal(&text, Identity);
        assert!(message.starts_with(SYNTAX), "{message}");
    }
}

#[test]
fn a_refusal_says_where() {
    let text = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{\n    \"Effect\": \"Allow\",\n    \"Condtion\": {}\n  }]\n}";
    let (message, line, column) = refusal(text, Identity);
    assert_eq!((line, column), (5, 5));
    assert!(
        message.contains("unknown element Condtion") && message.contains("at line 5, column 5"),
        "{message}"
    );

    let text = "{\"Id\": \"é🦀\", \"Statement\": {\"Effect\": \"Maybe\"}}";
    let (_, line, column) = refusal(text, Identity);
    assert_eq!((line, column), (1, 38));

    let (_, line, column) = refusal("{\n  \"Statement\": oops\n}", Identity);
    assert_eq!((line, column), (2, 16));
}

proptest! {
    #[test]
    fn no_text_is_too_odd_to_refuse(text in "\\PC{0,60}") {
        let _ = parse(&text, Identity);
    }

    #[test]
    fn a_damaged_policy_is_read_or_refused(at in 0..400_usize, put in "[\\[\\]{}:,\"*?$a0\\\\]", cut in 0..5_usize) {
        let policy = r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Deny","NotPrincipal":{"AWS":["arn:aws:iam::111122223333:root"]},"Action":["s3:*"],"Resource":"arn:aws:s3:::b/${aws:username, 'x'}/*","Condition":{"ForAllValues:StringLikeIfExists":{"aws:TagKeys":["a*",1,true]},"IpAddress":{"aws:SourceIp":"10.0.0.0/8"},"DateLessThan":{"aws:CurrentTime":"2024-05-07T23:47:00.5+02:00"}}}]}"#;
        let at = at.min(policy.len());
        let end = (at + cut).min(policy.len());
        let damaged = format!("{}{put}{}", &policy[..at], &policy[end..]);
        for kind in [Identity, Resource, Trust, Rcp] {
            if let Err(error) = parse(&damaged, kind) {
                prop_assert!(error.line >= 1 && error.column >= 1 && !error.message.is_empty());
            }
        }
    }
}
