//! The rows of the table of codes: what a finding is about, how bad it is, and how to mend it.

/// How bad a finding is, in the words of IAM Access Analyzer (AWS: "Validate policies with IAM Access Analyzer").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Part of the policy cannot work, or the policy cannot be saved at all.
    Error,
    /// The policy allows, or leaves open, more than most would want.
    SecurityWarning,
    /// The policy probably does not do what it seems to.
    Warning,
    /// The policy can be simpler.
    Suggestion,
}

impl Severity {
    /// `ERROR`, `SECURITY_WARNING`, `WARNING` or `SUGGESTION`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::SecurityWarning => "SECURITY_WARNING",
            Self::Warning => "WARNING",
            Self::Suggestion => "SUGGESTION",
        }
    }
}

/// One kind of finding.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Its name, which never changes; that of Access Analyzer where it has the same check.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is the matter.
    pub what: &'static str,
    /// What to do about it.
    pub mend: &'static str,
}

/// Makes a family's table: a constant for each row, and all of them together.
macro_rules! codes {
    ($($name:ident $severity:ident $what:literal $mend:literal;)+) => {
        $(pub(super) static $name: crate::lint::code::Code = crate::lint::code::Code {
            name: stringify!($name),
            severity: crate::lint::code::Severity::$severity,
            what: $what,
            mend: $mend,
        };)+
        pub(super) static CODES: &[&crate::lint::code::Code] = &[$(&$name),+];
    };
}
pub(super) use codes;
