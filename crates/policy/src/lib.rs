//! The AWS policy language and the decision: documents are parsed once, when they are saved, and one pure
//! function answers every request.
//!
//! ```
//! use portcullis_policy::{
//!     Context, Layers, PolicyKind, PolicyRef, Principal, Request, ResourceLayer, decide, parse,
//! };
//!
//! let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}"#;
//! let policy = parse(text, PolicyKind::Identity).unwrap().document;
//! let principal = Principal::User {
//!     account: "111122223333".parse().unwrap(),
//!     id: "AIDAABCDEFGHIJKLMNOPQ".parse().unwrap(),
//!     arn: "arn:aws:iam::111122223333:user/alice".to_owned(),
//!     session: None,
//! };
//! let request = Request {
//!     action: "s3:GetObject",
//!     resource: "arn:aws:s3:::data/report.txt",
//!     resource_account: "111122223333".parse().unwrap(),
//!     principal: &principal,
//!     context: &Context::new(),
//! };
//! let identity = [PolicyRef { name: "read", document: &policy }];
//! let layers = Layers { identity: &identity, ..Layers::default() };
//! assert!(decide(&request, &layers).is_allowed());
//! ```
//!
//! The order of reading: [`decide`] is the algorithm of AWS's page "How AWS enforcement code logic evaluates
//! requests"; `statement_match` says when a statement applies; `condition` holds one file per family of operators;
//! `document` holds the language and its grammar. Nothing here is async, reads a clock or fails on a request.

#![deny(missing_docs)]

mod arn_match;
mod condition;
mod context;
mod decide;
mod document;
mod explain;
mod key;
mod layers;
mod limits;
mod lint;
mod opening;
mod outline;
mod pattern;
mod principal_match;
mod print;
mod probe;
mod reach;
mod service_data;
pub mod serving;
mod session_deny;
mod session_kind;
mod statement_match;
mod summary;
mod variable;

pub use context::{Context, ContextValue};
pub use decide::decide;
pub use document::{Document, Effect, Malformed, Parsed, PolicyKind, Statement, parse, rewrite_principals};
pub use explain::{
    Change, Element, Explanation, FLIPS_MAX, Failure, Flip, LayerReport, Match, Place, STATEMENTS_MAX,
    Saying, StatementReport, Tested, VALUES_MAX, explain,
};
pub use layers::{
    Deciding, Decision, FederatedParent, Layer, Layers, PolicyRef, Principal, Request, ResourceLayer,
    SessionFacts, Verdict,
};
pub use lint::{Code, Finding, Fix, Severity, codes, guess_kind, lint, lint_accepted};
pub use opening::{Guarded, Opening, Visitor, openings};
pub use outline::{Outline, Position, ValueType};
pub use probe::{OnCaller, filled, has_form, known_actions, resource_forms};
pub use reach::{resource_form, service_name, service_prefixes};
pub use session_deny::{SessionDeny, session_denies};
pub use summary::{Access, Extent, ServiceSummary, Summary, SummaryCondition, SummaryResource, summary};

/// Whether the pattern of an Action element matches an action's name, whatever their case.
///
/// ```
/// assert!(portcullis_policy::action_matches("iam:List*", "iam:ListUsers"));
/// assert!(!portcullis_policy::action_matches("iam:List*", "iam:GetUser"));
/// ```
pub fn action_matches(pattern: &str, action: &str) -> bool {
    pattern::Pattern::new(&pattern.to_ascii_lowercase()).matches(&action.to_ascii_lowercase())
}
