//! The suffix of AWS's access-denied texts (AWS: "Troubleshoot access denied error messages").
//!
//! `User: … is not authorized to perform: s3:GetObject` **`because no identity-based policy allows the s3:GetObject
//! action`**. One layer is named even where several deny.

use crate::layers::{Decision, Layer, Verdict};

impl Layer {
    /// The kind of policy as it stands after "with an explicit deny in".
    fn after_deny_in(self) -> &'static str {
        match self {
            // Not AWS's: no AWS layer is like it.
            Self::Revocation => "a revocation",
            Self::Scp => "a service control policy",
            Self::Rcp => "a resource control policy",
            Self::Boundary => "a permissions boundary",
            Self::Session => "a session policy",
            Self::Resource => "a resource-based policy",
            Self::Trust => "the role trust policy",
            Self::Identity => "an identity-based policy",
        }
    }

    /// The kind of policy as it stands after "because no".
    fn after_because_no(self) -> &'static str {
        match self {
            Self::Revocation => "revocation",
            Self::Scp => "service control policy",
            Self::Rcp => "resource control policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::Resource => "resource-based policy",
            Self::Trust => "role trust policy",
            Self::Identity => "identity-based policy",
        }
    }
}

impl Decision {
    /// What follows the base of AWS's access-denied text, with its leading space; empty when allowed, and for
    /// [`Verdict::Forbidden`], whose text stands alone.
    pub fn reason(&self, action: &str) -> String {
        match self.verdict {
            Verdict::Allow | Verdict::Forbidden(_) => String::new(),
            Verdict::ExplicitDeny(layer) => format!(" with an explicit deny in {}", layer.after_deny_in()),
            Verdict::ImplicitDeny(layer) => {
                format!(" because no {} allows the {action} action", layer.after_because_no())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(verdict: Verdict) -> String {
        Decision { verdict, deciding: Vec::new() }.reason("s3:GetObject")
    }

    #[test]
    fn the_suffixes_are_those_of_aws() {
        assert_eq!(reason(Verdict::Allow), "");
        assert_eq!(
            reason(Verdict::ExplicitDeny(Layer::Trust)),
            " with an explicit deny in the role trust policy"
        );
        assert_eq!(
            reason(Verdict::ExplicitDeny(Layer::Identity)),
            " with an explicit deny in an identity-based policy"
        );
        assert_eq!(
            reason(Verdict::ImplicitDeny(Layer::Scp)),
            " because no service control policy allows the s3:GetObject action"
        );
        assert_eq!(
            reason(Verdict::ImplicitDeny(Layer::Boundary)),
            " because no permissions boundary allows the s3:GetObject action"
        );
    }
}
