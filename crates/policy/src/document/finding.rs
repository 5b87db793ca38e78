//! Advice on a document that is valid: what it says holds, but may not be what was meant.

/// One piece of advice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is about, in the manner of AWS's finding codes.
    pub code: &'static str,
    /// What is the matter, and the form to write instead.
    pub message: String,
    /// From one.
    pub line: u32,
    /// From one, in characters.
    pub column: u32,
}

/// The code of a Principal written as a bare array.
pub(crate) const PRINCIPAL_ARRAY: &str = "PRINCIPAL_ARRAY";
/// The code of a role's id without a session name under aws:userid.
pub(crate) const BARE_ROLE_ID: &str = "BARE_ROLE_ID";
/// The code of a Deny that names a bucket and not its objects.
pub(crate) const BUCKET_WITHOUT_OBJECTS: &str = "BUCKET_WITHOUT_OBJECTS";
/// The code of a variable before the fifth colon of an ARN.
pub(crate) const MISPLACED_VARIABLE: &str = "MISPLACED_VARIABLE";
/// The code of an Allow under ForAllValues, which holds for an absent key.
pub(crate) const FOR_ALL_VALUES_IN_ALLOW: &str = "FOR_ALL_VALUES_IN_ALLOW";
