//! Condition keys, whose names AWS compares without regard to case, the tag key behind the slash included
//! (AWS: "IAM JSON policy elements: Condition", "aws:PrincipalTag/tag-key").

use std::fmt;

/// A condition key folded for comparison: `aws:userId` and `AWS:UserID` are the same key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ConditionKey(
    // INVARIANT: lower case.
    Box<str>,
);

impl ConditionKey {
    pub(crate) fn new(name: &str) -> Self {
        Self(name.to_lowercase().into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for ConditionKey {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConditionKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}
