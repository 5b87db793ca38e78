//! The smallest statement that would say something about one request: exactly its action, its resource and its caller.

use serde_json::{Value, json};

use crate::document::{Document, Effect, PolicyKind, parse};
use crate::layers::{FederatedParent, Layer, Principal, Request};

/// A statement to add, as a policy would write it and as the engine reads it.
pub(super) struct Wish {
    pub(super) layer: Layer,
    pub(super) level: Option<usize>,
    pub(super) statement: Value,
    pub(super) document: Document,
}

/// The statements that would do in this layer, the narrowest that lasts first.
pub(super) fn wishes(request: &Request<'_>, layer: Layer, level: Option<usize>, effect: Effect) -> Vec<Wish> {
    let principals = match layer {
        Layer::Resource | Layer::Trust => names(request.principal).into_iter().map(Some).collect(),
        Layer::Rcp => vec![Some(json!("*"))],
        _ => vec![None],
    };
    principals.into_iter().filter_map(|principal| wish(request, layer, level, effect, principal)).collect()
}

fn wish(
    request: &Request<'_>,
    layer: Layer,
    level: Option<usize>,
    effect: Effect,
    principal: Option<Value>,
) -> Option<Wish> {
    if layer == Layer::Rcp && effect == Effect::Allow {
        // Nobody can write this one: it is the policy that AWS attaches everywhere.
        let statement = json!({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"});
        return Some(Wish { layer, level, statement, document: Document::full_access() });
    }
    let mut statement = json!({"Effect": if effect == Effect::Allow { "Allow" } else { "Deny" }});
    let members = statement.as_object_mut()?;
    if let Some(principal) = principal {
        members.insert("Principal".to_owned(), principal);
    }
    members.insert("Action".to_owned(), json!(request.action));
    if layer != Layer::Trust {
        members.insert("Resource".to_owned(), json!(literal(request.resource)));
    }
    let kind = match layer {
        Layer::Revocation | Layer::Identity | Layer::Boundary => PolicyKind::Identity,
        Layer::Session => PolicyKind::Session,
        Layer::Scp => PolicyKind::Scp,
        Layer::Rcp => PolicyKind::Rcp,
        Layer::Resource => PolicyKind::Resource,
        Layer::Trust => PolicyKind::Trust,
    };
    let text = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
    let document = parse(&text, kind).ok()?.document;
    Some(Wish { layer, level, statement, document })
}

/// The resource as a pattern that matches it and nothing else.
fn literal(resource: &str) -> String {
    if resource == "*" {
        return resource.to_owned();
    }
    let escaped = |character: char| match character {
        '*' | '?' | '$' => format!("${{{character}}}"),
        other => other.to_string(),
    };
    resource.chars().map(escaped).collect()
}

/// How a policy of a resource names the caller: first what lasts longer than one session.
fn names(principal: &Principal) -> Vec<Value> {
    match principal {
        Principal::Anonymous => vec![json!("*")],
        Principal::Root { account, .. } => vec![json!({"AWS": format!("arn:aws:iam::{account}:root")})],
        Principal::User { arn, .. } | Principal::Federated { arn, parent: FederatedParent::Root, .. } => {
            vec![json!({"AWS": arn})]
        }
        Principal::Federated { arn, parent: FederatedParent::User { arn: maker, .. }, .. } => {
            vec![json!({"AWS": maker}), json!({"AWS": arn})]
        }
        Principal::RoleSession { role_arn, session_arn, .. } => {
            vec![json!({"AWS": role_arn}), json!({"AWS": session_arn})]
        }
        Principal::Service { name } => vec![json!({"Service": name})],
        Principal::ExternalIdentity { provider } => vec![json!({"Federated": provider})],
    }
}
