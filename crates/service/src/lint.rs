//! Lint, as it is done on every save of a policy; with it the library's lint and summary, for those who do not see it.
//!
//! A save is never refused for what lint says; what cannot be saved is refused by the grammar, in AWS's words. The
//! findings that tell of a policy that does something else than it seems to go into the draft: their number into the
//! answer's header, their texts into the audit event.

pub use portcullis_policy::{Access, Extent, ServiceSummary, Summary, summary};
pub use portcullis_policy::{Code, Finding, Fix, Malformed, PolicyKind, Severity, codes, guess_kind, lint};

use crate::draft::Draft;

/// Notes what lint says of a policy that the grammar has accepted and that is being saved. Suggestions are left out: they are about style, and a policy
/// saved with one is as its writer wants it.
pub fn note(text: &str, kind: PolicyKind, draft: &mut Draft) {
    let findings = portcullis_policy::lint_accepted(text, kind).into_iter();
    draft.findings.extend(findings.filter(|finding| finding.severity != Severity::Suggestion));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_that_is_served_is_known() {
        // What clients of the portal may by a token is no action that policies of AWS's know.
        let is_by_token = |service: &str| ["awsssoportal", "sso-oauth"].contains(&service);
        let rows = crate::actions::all().filter(|row| !is_by_token(row.service));
        let names: Vec<&str> = rows.flat_map(|row| row.permission.names()).collect();
        assert!(names.len() > 100);
        for name in names {
            let text = format!(
                r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Deny","Action":"{name}","Resource":"*"}}}}"#
            );
            assert_eq!(lint(&text, PolicyKind::Identity), [], "{name}");
        }
    }

    #[test]
    fn suggestions_are_not_noted() {
        let text = r#"{"Version":"2012-10-17","Statement":{"Sid":"","Effect":"Deny","Action":["s3:Get","s3:Get*"],"Resource":"*"}}"#;
        let mut draft = Draft::new();
        note(text, PolicyKind::Identity, &mut draft);
        let noted: Vec<&str> = draft.findings.iter().map(|finding| finding.code).collect();
        assert_eq!(noted, ["INVALID_ACTION"]);
    }
}
