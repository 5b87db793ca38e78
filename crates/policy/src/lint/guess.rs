//! What kind of policy a document is, told from the document alone.

use super::tree;
use super::view::View;
use crate::document::{PolicyKind, is_trust_action};

/// The kind of policy that a document seems to be: one that names principals is on a resource, or says who may assume
/// a role, if it speaks of nothing else; any other is an identity policy. Session policies and service control
/// policies look like identity policies, and resource control policies like policies on resources.
pub fn guess_kind(text: &str) -> PolicyKind {
    let (Some(root), _) = tree::read(text) else { return PolicyKind::Identity };
    let view = View::new(text, PolicyKind::Identity, &root);
    let named = |name: &str| view.statements.iter().any(|statement| statement.member(name).is_some());
    let mut actions = view.statements.iter().flat_map(|statement| &statement.actions.texts.items).peekable();
    if !named("Principal") && !named("NotPrincipal") {
        PolicyKind::Identity
    } else if !named("Resource")
        && !named("NotResource")
        && actions.peek().is_some()
        && actions.all(|action| is_trust_action(action.text))
    {
        PolicyKind::Trust
    } else {
        PolicyKind::Resource
    }
}
