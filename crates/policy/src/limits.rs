//! The bounds of what the parser reads. Quotas that an account may raise (policy sizes, versions) are counted
//! where the policy is stored; these only keep hostile input cheap.

/// The longest document read, in bytes: the bound of `policyDocumentType` in the IAM API reference.
pub(crate) const DOCUMENT_MAX_BYTES: usize = 131_072;

/// The deepest nesting a valid document has: document, statements, statement, condition, operator, values.
pub(crate) const NESTING_MAX: usize = 8;

/// The longest Sid read, in characters.
pub(crate) const SID_MAX_CHARS: usize = 256;

/// Digits of a fraction of a second that are read in a date.
pub(crate) const FRACTION_MAX_DIGITS: usize = 9;
