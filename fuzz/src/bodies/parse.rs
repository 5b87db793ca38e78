//! Reading and printing documents.

use portcullis_policy::{
    Document, Layers, PolicyKind, PolicyRef, Request, ResourceLayer, lint, parse as read, rewrite_principals,
};

use super::scene::{ACCOUNT, CALLERS, agreed};

const KINDS: [PolicyKind; 6] = [
    PolicyKind::Identity,
    PolicyKind::Resource,
    PolicyKind::Trust,
    PolicyKind::Session,
    PolicyKind::Scp,
    PolicyKind::Rcp,
];
/// The longest document that is read.
const DOCUMENT_MAX_BYTES: usize = 131_072;

/// A text is read or refused, as each kind of policy; the places that are told lie within it. What is read prints as a
/// text that reads as the same and decides alike.
pub fn parse(input: &[u8]) {
    let Some(text) = super::text(input) else { return };
    let lines = u32::try_from(text.matches('\n').count() + 1).expect("a short text");
    for kind in KINDS {
        for finding in lint(text, kind) {
            assert!((1..=lines).contains(&finding.line) && finding.column >= 1, "{finding:?}");
        }
        match read(text, kind) {
            Err(error) => {
                assert!(!error.message.is_empty(), "a refusal says nothing");
                assert!((1..=lines).contains(&error.line) && error.column >= 1, "{error:?}");
            }
            Ok(parsed) => {
                assert!(!parsed.document.statements().is_empty());
                assert_prints(&parsed.document, kind);
            }
        }
    }
    assert_eq!(rewrite_principals(text, &|_| None), text, "nothing was renamed");
}

fn assert_prints(document: &Document, kind: PolicyKind) {
    let printed = document.to_string();
    if printed.len() > DOCUMENT_MAX_BYTES {
        return;
    }
    let again = read(&printed, kind).unwrap_or_else(|error| panic!("{error}: {printed}")).document;
    assert_eq!(again.to_string(), printed, "printed twice");
    let spread = format!("{document:#}");
    if spread.len() <= DOCUMENT_MAX_BYTES {
        let again = read(&spread, kind).unwrap_or_else(|error| panic!("{error}: {spread}")).document;
        assert_eq!(again.to_string(), printed, "printed on lines of its own");
    }
    for (caller, context) in CALLERS.iter() {
        for (action, resource) in [("s3:GetObject", "arn:aws:s3:::data/alice"), ("sts:AssumeRole", "*")] {
            let request = Request {
                action,
                resource,
                resource_account: ACCOUNT.parse().expect("an account"),
                principal: caller,
                context,
            };
            let [one, other] = [document, &again].map(|document| {
                let policy = PolicyRef { name: "policy", document };
                let resource = match kind {
                    PolicyKind::Trust => ResourceLayer::Trust(policy),
                    PolicyKind::Resource | PolicyKind::Rcp => ResourceLayer::Policy(policy),
                    _ => ResourceLayer::None,
                };
                let identity: &[PolicyRef<'_>] =
                    if matches!(resource, ResourceLayer::None) { &[policy] } else { &[] };
                agreed(&request, &Layers { identity, resource, ..Layers::default() })
            });
            assert_eq!(one, other, "the printed document decides otherwise: {printed}");
        }
    }
}
