//! Names that stand for nobody, in all engines: they let nobody in, and spare nobody.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod support;

use portcullis_policy::{
    Context, Document, Layers, PolicyKind, PolicyRef, Principal, Request, ResourceLayer, parse,
};
use serde_json::json;

const ALICE: &str = "arn:aws:iam::111122223333:user/alice";
const OTHER: &str = "arn:aws:iam::999999999999:user/alice";

fn document(statement: &serde_json::Value, ids: Option<&[(String, portcullis_base::UniqueId)]>) -> Document {
    let text = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
    let mut document = parse(&text, PolicyKind::Resource).unwrap().document;
    if let Some(ids) = ids {
        document.settle(ids);
    }
    document
}

fn is_allowed(policy: &Document, identity: &[PolicyRef<'_>]) -> bool {
    let account = "111122223333".parse().unwrap();
    let id = "AIDAALICEAAAAAAAAAAAA".parse().unwrap();
    let principal = Principal::User { account, id, arn: ALICE.to_owned(), session: None };
    let request = Request {
        action: "s3:GetObject",
        resource: "arn:aws:s3:::b/a",
        resource_account: account,
        principal: &principal,
        context: &Context::new(),
    };
    let resource = ResourceLayer::Policy(PolicyRef { name: "bucket", document: policy });
    let layers = Layers { identity, resource, ..Layers::default() };
    let answers: Vec<bool> =
        support::engines().iter().map(|engine| engine.decide(&request, &layers).is_allowed()).collect();
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    answers[0]
}

#[test]
fn a_name_that_was_not_resolved_is_nobody_whoever_bears_it() {
    let allow =
        json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": { "AWS": ALICE } });
    let alice = [(ALICE.to_owned(), "AIDAALICEAAAAAAAAAAAA".parse().unwrap())];
    assert!(is_allowed(&document(&allow, None), &[]), "where nothing is resolved, names count");
    assert!(is_allowed(&document(&allow, Some(&alice)), &[]));
    assert!(!is_allowed(&document(&allow, Some(&[])), &[]));
}

#[test]
fn a_deny_of_nobody_denies_nobody_and_a_deny_of_all_but_nobody_denies_all() {
    let full = Document::full_access();
    let identity = [PolicyRef { name: "full", document: &full }];
    let deny = |element: &str, who: &str| {
        document(
            &json!({ "Effect": "Deny", "Action": "*", "Resource": "*", element: { "AWS": [who, "111122223333"] } }),
            Some(&[]),
        )
    };
    let only = json!({ "Effect": "Deny", "Action": "*", "Resource": "*", "Principal": { "AWS": OTHER } });
    assert!(is_allowed(&document(&only, Some(&[])), &identity));
    assert!(!is_allowed(&deny("NotPrincipal", ALICE), &identity));
    let alice = [(ALICE.to_owned(), "AIDAALICEAAAAAAAAAAAA".parse().unwrap())];
    let spared = json!({ "Effect": "Deny", "Action": "*", "Resource": "*",
        "NotPrincipal": { "AWS": [ALICE, "111122223333"] } });
    assert!(is_allowed(&document(&spared, Some(&alice)), &identity));
}
