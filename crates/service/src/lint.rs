//! Lint, as it is done on every save of a policy; with it the library's lint and summary, for those who do not see it.
//!
//! A save is never refused for what lint says; what cannot be saved is refused by the grammar, in AWS's words. The
//! findings that tell of a policy that does something else than it seems to go into the draft: their number into the
//! answer's header, their texts into the audit event.

pub use portcullis_policy::{Access, Extent, ServiceSummary, Summary, summary};
pub use portcullis_policy::{Code, Finding, Fix, Malformed, PolicyKind, Severity, codes, guess_kind, lint};

use crate::draft::Draft;

/// Notes what lint says of a policy that is being saved. Suggestions are left out: they are about style, and a policy
/// saved with one is as its writer wants it.
pub fn note(text: &str, kind: PolicyKind, draft: &mut Draft) {
    let findings = lint(text, kind).into_iter();
    draft.findings.extend(findings.filter(|finding| finding.severity != Severity::Suggestion));
}
