//! Lint: what is wrong with a document, what is dangerous about it, and what to write instead.
//!
//! A document is read into a tree that keeps every place, even one that is no policy; then each family of checks goes
//! through it. A family is a file: a table of codes, and a function that reports them. One document gets everything
//! that can be said about it at once. Every code has its row in `LINT.md` and its cases in `corpus/lint`.
//!
//! ```
//! use portcullis_policy::{PolicyKind, Severity, lint};
//!
//! let text = r#"{"Version": "2012-10-17", "Statement":
//!     {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringLike": {"aws:userid": "AROAXROLE1"}}}}"#;
//! let findings = lint(text, PolicyKind::Identity);
//! assert_eq!((findings[0].code, findings[0].severity), ("BARE_ROLE_ID", Severity::Warning));
//! assert_eq!(findings[0].fix.as_ref().unwrap().text, r#""AROAXROLE1:*""#);
//! ```

mod action;
mod arn;
mod code;
mod element;
mod empty;
mod finding;
mod guess;
mod key;
mod kind;
mod misleading;
mod nearest;
mod operator;
pub(crate) mod overlap;
mod pass_role;
mod permissive;
mod principal;
mod redundant;
mod report;
mod resource;
mod revoke;
mod service_principal;
mod sid;
mod size;
mod syntax;
mod tag_key;
pub(crate) mod tree;
mod trust;
mod value;
mod variable;
mod version;
pub(crate) mod view;

pub use code::{Code, Severity};
pub use finding::{Finding, Fix};
pub use guess::guess_kind;

use crate::document::{PolicyKind, parse};
use report::Report;
use view::View;

/// One family of checks.
struct Family {
    codes: &'static [&'static Code],
    check: fn(&View<'_>, &mut Report<'_>),
}

/// Declares the families from the files of that name.
macro_rules! families {
    ($($file:ident),+ $(,)?) => {
        &[$(Family { codes: $file::CODES, check: $file::check }),+]
    };
}

const FAMILIES: &[Family] = families![
    element,
    kind,
    version,
    sid,
    empty,
    principal,
    trust,
    service_principal,
    action,
    arn,
    resource,
    variable,
    operator,
    key,
    value,
    revoke,
    pass_role,
    permissive,
    misleading,
    tag_key,
    redundant,
    size,
];

/// Every code there is.
pub fn codes() -> impl Iterator<Item = &'static Code> {
    [syntax::CODES].into_iter().chain(FAMILIES.iter().map(|family| family.codes)).flatten().copied()
}

/// Everything there is to say about a document of this kind, in the order of its text.
///
/// A document that [`parse`] refuses has at least one finding of [`Severity::Error`]. The other way round it is not
/// so: an action that does not exist, for instance, is an error and can be saved.
pub fn lint(text: &str, kind: PolicyKind) -> Vec<Finding> {
    let mut report = Report::new(text);
    let (tree, fault) = tree::read(text);
    if let Some(fault) = &fault {
        syntax::report_fault(text, fault, &mut report);
    }
    if let Some(root) = &tree {
        examine(text, kind, root, &mut report);
    }
    if !report.has_error()
        && let Err(malformed) = parse(text, kind)
    {
        syntax::report_refusal(text, &malformed, &mut report);
    }
    report.into_findings()
}

/// The same of a document that [`parse`] has accepted, without asking again whether it is one.
pub fn lint_accepted(text: &str, kind: PolicyKind) -> Vec<Finding> {
    let mut report = Report::new(text);
    if let Some(root) = tree::read_accepted(text) {
        examine(text, kind, &root, &mut report);
    }
    report.into_findings()
}

fn examine(text: &str, kind: PolicyKind, root: &tree::Node, report: &mut Report<'_>) {
    let view = View::new(text, kind, root);
    syntax::report_duplicates(root, report);
    for family in FAMILIES {
        (family.check)(&view, report);
    }
}
