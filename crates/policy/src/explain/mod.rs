//! Why a request was decided as it was, and what would turn the answer.
//!
//! The verdict is [`decide`]'s own, and every step of the explanation asks the same functions that the decision asks,
//! so that the two cannot disagree. `layer` says what each kind of policy answered and what that is worth; `statement`
//! which statements could have matched and the first element on which each failed; `flip` looks for single changes
//! that would turn the answer, each tried out on the engine before it is told. `json` and `text` are for other people's
//! programs and for people.
//!
//! Nothing here is fast, and nothing needs to be: it is asked by somebody who wants to know. It is bounded, and says
//! how much it left out.

mod change;
mod fail;
mod flip;
mod json;
mod layer;
mod reason;
mod show;
mod statement;
mod text;
mod wish;
mod witness;

use crate::decide::{Case, having_a_say};
use crate::layers::{Decision, Layers, Request};
use crate::statement_match::Asked;

pub use change::Place;
pub use fail::{Element, Failure, Tested};
pub use flip::{Change, Flip};
pub use layer::{LayerReport, Saying};
pub use statement::{Match, StatementReport};

/// The most statements that are shown.
pub const STATEMENTS_MAX: usize = 40;
/// The most single changes that are shown.
pub const FLIPS_MAX: usize = 12;
/// The most values that are shown of one list.
pub const VALUES_MAX: usize = 8;

/// The answer to one request with its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Who asked, in words.
    pub caller: String,
    /// The action asked for.
    pub action: String,
    /// The resource asked for.
    pub resource: String,
    /// The answer, as the decision gives it.
    pub decision: Decision,
    /// The answer in a sentence or two.
    pub why: String,
    /// What each layer said, in the order in which they are asked.
    pub layers: Vec<LayerReport>,
    /// The statements that could have matched, the nearest first; at most [`STATEMENTS_MAX`].
    pub statements: Vec<StatementReport>,
    /// How many more could have matched.
    pub statements_left_out: usize,
    /// How many statements were looked at in all.
    pub statements_in_all: usize,
    /// Single changes that turn the answer, the most useful first; at most [`FLIPS_MAX`].
    pub flips: Vec<Flip>,
    /// How many more were found.
    pub flips_left_out: usize,
    /// Why no single change of some kind does, where there is something to say.
    pub remark: Option<String>,
}

/// Explains one decision.
///
/// A statement could have matched if it applies; if its action matches; or if its action alone does not, but is of the
/// service that was asked. They are sorted so that those nearest to applying come first.
///
/// ```
/// use portcullis_policy::{Context, Layers, PolicyKind, PolicyRef, Principal, Request, explain, parse};
///
/// let text = r#"{"Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::data/*"}}"#;
/// let policy = parse(text, PolicyKind::Identity).unwrap().document;
/// let principal = Principal::User {
///     account: "111122223333".parse().unwrap(),
///     id: "AIDAABCDEFGHIJKLMNOPQ".parse().unwrap(),
///     arn: "arn:aws:iam::111122223333:user/alice".to_owned(),
///     session: None,
/// };
/// let request = Request {
///     action: "s3:GetObject",
///     resource: "arn:aws:s3:::logs/today",
///     resource_account: "111122223333".parse().unwrap(),
///     principal: &principal,
///     context: &Context::new(),
/// };
/// let identity = [PolicyRef { name: "read", document: &policy }];
/// let explanation = explain(&request, &Layers { identity: &identity, ..Layers::default() });
/// assert!(!explanation.decision.is_allowed());
/// assert!(explanation.to_text().contains("arn:aws:s3:::data/*"));
/// ```
pub fn explain(request: &Request<'_>, layers: &Layers<'_>) -> Explanation {
    let decision = crate::decide::decide(request, layers);
    let asked_layers = having_a_say(request, layers);
    let case = Case::new(request, layers);
    let asked = Asked::new(request, asked_layers.boundary.is_some());
    let mut found = statement::all(request, &asked_layers, &asked);
    let statements_in_all =
        change::policies(&asked_layers).iter().map(|(_, policy)| policy.document.statements().len()).sum();
    let search = flip::search(request, &asked_layers, &asked, &case, &decision);
    statement::sort(&mut found, &decision, request.resource);
    let statements_left_out = found.len().saturating_sub(STATEMENTS_MAX);
    found.truncate(STATEMENTS_MAX);
    Explanation {
        caller: show::caller(request.principal),
        action: request.action.to_owned(),
        resource: request.resource.to_owned(),
        why: layer::why(request, &case, &decision),
        layers: layer::reports(request, layers, &case),
        statements: found.into_iter().map(|found| found.report).collect(),
        statements_left_out,
        statements_in_all,
        flips: search.flips,
        flips_left_out: search.left_out,
        remark: search.remark,
        decision,
    }
}
