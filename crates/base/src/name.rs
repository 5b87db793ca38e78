//! Names that AWS compares without regard to case but keeps as given.
//!
//! User, group, role and instance-profile names are unique in an account whatever their case (IAM API reference,
//! CreateUser `UserName`), while policies must spell them as stored.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;

/// A name folded for comparison: two names that differ only by case have the same folded name.
///
/// ```
/// use portcullis_base::name::FoldedName;
/// assert_eq!(FoldedName::new("Admin"), FoldedName::new("aDMIN"));
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FoldedName(Box<str>);

impl FoldedName {
    /// Folds a name.
    pub fn new(name: &str) -> Self {
        Self(name.to_lowercase().into())
    }

    /// The folded text; for keys and ordering, never for display.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How two names compare when folded, without folding them.
///
/// ```
/// use portcullis_base::name::folded_cmp;
/// assert!(folded_cmp("Admin", "aDMIN").is_eq());
/// assert!(folded_cmp("B", "a").is_gt());
/// ```
pub fn folded_cmp(one: &str, other: &str) -> Ordering {
    if one.is_ascii() && other.is_ascii() {
        let (one, other) = (one.bytes(), other.bytes());
        return one.map(|byte| byte.to_ascii_lowercase()).cmp(other.map(|byte| byte.to_ascii_lowercase()));
    }
    FoldedName::new(one).cmp(&FoldedName::new(other))
}

impl Borrow<str> for FoldedName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for FoldedName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}
