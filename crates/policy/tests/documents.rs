//! What a parsed document says about itself, and the advice given on it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

use PolicyKind::{Identity, Resource};
use portcullis_policy::{Document, Effect, PolicyKind, lint, parse};
use serde_json::json;

#[test]
fn findings_say_where_and_what_to_write() {
    let text = "{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Deny\", \"Action\": \"*\", \"Resource\": \"*\",\n\"Condition\": {\"StringLike\": {\"aws:userid\": \"AROAXROLE1\"}}}}";
    let findings = lint(text, Identity);
    let found: Vec<_> = findings.iter().map(|finding| (finding.code, finding.line, finding.column)).collect();
    assert_eq!(found, [("BARE_ROLE_ID", 2, 44)]);
    assert!(findings[0].message.contains("AROAXROLE1:*"), "{}", findings[0].message);

    let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*",
        "Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": "a"}}}}"#;
    let codes = |text: &str| -> Vec<_> { lint(text, Identity).iter().map(|finding| finding.code).collect() };
    assert_eq!(codes(text), ["FOR_ALL_VALUES_IN_ALLOW"]);
    assert_eq!(codes(&text.replace("}}}}", r#"}, "Null": {"AWS:tagkeys": "false"}}}}"#)), Vec::<&str>::new());
    assert_eq!(codes(&text.replace("Allow", "Deny")), Vec::<&str>::new());
}

#[test]
fn documents_answer_about_themselves() {
    let role = "arn:aws:iam::111122223333:role/r";
    let text = json!({"Statement": [
        {"Sid": "One", "Effect": "Allow", "Principal": {"AWS": [role, "arn:aws:iam::111122223333:user/u", "111122223333"]}, "Action": ["s3:Get*", "s3:Put*"], "Resource": "*"},
        {"Effect": "Deny", "NotPrincipal": {"AWS": [role, "arn:aws:sts::111122223333:assumed-role/r/s"]}, "NotAction": "s3:*", "NotResource": "arn:aws:s3:::b"},
        {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
    ]});
    let document: Document = parse(&text.to_string(), Resource).unwrap().document;
    assert_eq!(document.named_principals(), [role, "arn:aws:iam::111122223333:user/u"]);
    let [first, second, third] = document.statements() else { panic!("three statements") };
    assert_eq!(
        (first.sid(), first.effect(), second.sid(), second.effect()),
        (Some("One"), Effect::Allow, None, Effect::Deny)
    );
    assert_eq!(first.action_patterns().collect::<Vec<_>>(), ["s3:Get*", "s3:Put*"]);
    assert_eq!(second.resource_patterns().collect::<Vec<_>>(), ["arn:aws:s3:::b"]);
    assert!(
        third.names_everyone()
            && third.is_conditional()
            && !first.names_everyone()
            && !first.is_conditional()
    );
}

#[test]
fn documents_may_be_shared_between_threads() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Document>();
}
