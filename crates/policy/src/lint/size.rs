//! Sizes beyond what AWS stores; accounts may raise most of these quotas.

use super::code::{Code, codes};
use super::report::Report;
use super::view::View;
use crate::document::PolicyKind;

codes! {
    POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA Warning
        "The document has more than 6,144 characters that are no white space, the quota of managed policies."
        "Split it.";
    POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA Warning
        "The document has more than 20,480 bytes, the quota of bucket policies."
        "Shorten it.";
    POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA Warning
        "The document has more than 2,048 characters that are no white space, the quota of trust policies."
        "Shorten it, or raise the quota.";
    POLICY_SIZE_EXCEEDS_SESSION_POLICY_QUOTA Warning
        "The document has more than 2,048 characters, the most that session policies may have together."
        "Shorten it.";
    POLICY_SIZE_EXCEEDS_SCP_QUOTA Error
        "The document has more than 5,120 characters, the quota of service control policies."
        "Split it.";
    POLICY_SIZE_EXCEEDS_RCP_QUOTA Error
        "The document has more than 5,120 characters, the quota of resource control policies."
        "Split it.";
}

pub(super) fn check(view: &View<'_>, report: &mut Report<'_>) {
    let characters = view.text.chars().count();
    let dense = view.text.chars().filter(|letter| !letter.is_ascii_whitespace()).count();
    let (code, size, most): (&'static Code, usize, usize) = match view.kind {
        PolicyKind::Identity => (&POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA, dense, 6_144),
        PolicyKind::Resource => (&POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA, view.text.len(), 20_480),
        PolicyKind::Trust => (&POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA, dense, 2_048),
        PolicyKind::Session => (&POLICY_SIZE_EXCEEDS_SESSION_POLICY_QUOTA, characters, 2_048),
        PolicyKind::Scp => (&POLICY_SIZE_EXCEEDS_SCP_QUOTA, characters, 5_120),
        PolicyKind::Rcp => (&POLICY_SIZE_EXCEEDS_RCP_QUOTA, characters, 5_120),
    };
    if size > most {
        let message = format!("the document has {size} characters, and {most} is the quota");
        report.raise(code, view.root.range.start, message);
    }
}
