//! How the simulator reads documents, resources and principals, and how it weighs layers.

use portcullis_policy::{FederatedParent, Principal};
use serde_json::{Map, Value, json};

use super::edit::{Reading, texts};
use super::variables::is_unresolved;

pub(super) fn newest_version(read: &mut Reading) {
    read.documents(&mut |document| {
        if let Some(members) = document.as_object_mut() {
            members.insert("Version".to_owned(), json!("2012-10-17"));
        }
    });
}

/// Where the parts before the fifth colon are the resource's, but the rest cannot be known.
pub(super) fn void_without_value(read: &mut Reading) {
    let (resource, context) = (read.case.resource.clone(), read.case.context.clone());
    read.statements(&mut |statement| {
        let Some(value) = statement.get_mut("NotResource") else { return };
        let mut is_void = false;
        texts(value, &mut |text| {
            let heads = text.split(':').zip(resource.split(':')).take(5);
            let is_near =
                heads.into_iter().all(|(pattern, part)| pattern == part || pattern.contains(['*', '?']));
            is_void |= is_near && is_unresolved(text, &context);
        });
        if is_void {
            *value = json!("*");
        }
    });
}

/// What stands before the first slash or colon of an ARN's last part must be the resource's own, letter by letter;
/// S3's ARNs have no such part.
pub(super) fn types_are_literal(read: &mut Reading) {
    let resource = read.case.resource.clone();
    read.statements(&mut |statement| {
        for name in ["Resource", "NotResource"] {
            let Some(value) = statement.get_mut(name) else { continue };
            texts(value, &mut |text| {
                let parts: Vec<&str> = text.splitn(6, ':').collect();
                let [_, _, service, region, account, last] = parts.as_slice() else { return };
                if *service == "s3" && region.is_empty() && account.is_empty() {
                    return;
                }
                let Some(end) = last.find(['/', ':']) else { return };
                let Some(kind) = last.get(..=end) else { return };
                let own = resource.splitn(6, ':').nth(5).unwrap_or_default();
                if kind.contains(['*', '?', '$']) && !own.starts_with(kind) {
                    "arn:aws:s3:::no-such-bucket/x".clone_into(text);
                }
            });
        }
    });
}

/// A Deny of such an id is extended here to the role's sessions, and nowhere else.
pub(super) fn bare_role_ids_are_nobody(read: &mut Reading) {
    read.statements(&mut |statement| {
        let is_deny = statement.get("Effect").is_some_and(|effect| effect == "Deny");
        let Some(Value::Object(block)) = statement.get_mut("Condition").filter(|_| is_deny) else { return };
        for (operator, keys) in
            block.iter_mut().filter_map(|(name, keys)| Some((name, keys.as_object_mut()?)))
        {
            if operator.to_lowercase().contains("not") {
                continue;
            }
            for (_, values) in keys.iter_mut().filter(|(key, _)| key.eq_ignore_ascii_case("aws:userid")) {
                texts(values, &mut |text| {
                    if text.starts_with("AROA") && !text.contains([':', '*', '?']) {
                        "nobody".clone_into(text);
                    }
                });
            }
        }
    });
}

/// The names of a caller and of what it descends from, strongest first.
fn line(principal: &Principal) -> Vec<String> {
    let account = |account: &dyn std::fmt::Display| account.to_string();
    match principal {
        Principal::Anonymous | Principal::ExternalIdentity { .. } => Vec::new(),
        Principal::Service { name } => vec![name.clone()],
        Principal::Root { account: own, .. } => vec![account(own)],
        Principal::User { arn, account: own, .. } => vec![arn.clone(), account(own)],
        Principal::RoleSession { session_arn, role_arn, account: own, .. } => {
            vec![session_arn.clone(), role_arn.clone(), account(own)]
        }
        Principal::Federated { arn, parent, account: own } => {
            let parent = match parent {
                FederatedParent::User { arn, .. } => Some(arn.clone()),
                FederatedParent::Root => None,
            };
            std::iter::once(arn.clone()).chain(parent).chain([account(own)]).collect()
        }
    }
}

pub(super) fn spare_whom_it_names(read: &mut Reading) {
    let line = line(&read.case.principal);
    let root = read.case.principal.account().map(|account| format!("arn:aws:iam::{account}:root"));
    read.statements(&mut |statement| {
        let Some(Value::Object(kinds)) = statement.get_mut("NotPrincipal") else { return };
        let mut is_named = false;
        for value in kinds.values_mut() {
            texts(value, &mut |text| is_named |= line.contains(text) || Some(&*text) == root.as_ref());
        }
        if is_named {
            add_all(kinds, &line);
        }
    });
}

fn add_all(kinds: &mut Map<String, Value>, line: &[String]) {
    let arns: Vec<Value> = line
        .iter()
        .filter(|name| name.starts_with("arn:") || name.len() == 12)
        .map(|name| json!(name))
        .collect();
    if arns.is_empty() {
        return;
    }
    let held = kinds.entry("AWS").or_insert_with(|| json!([]));
    let mut all: Vec<Value> = match held.take() {
        Value::Array(list) => list,
        Value::Null => Vec::new(),
        only => vec![only],
    };
    all.extend(arns);
    *held = Value::Array(all);
}

/// A level of service control policies has the same effect: it must allow, whoever else does.
pub(super) fn session_is_a_guardrail(read: &mut Reading) {
    let is_federated = matches!(read.case.principal, Principal::Federated { .. });
    let has_account = read.case.principal.account().is_some();
    read.change_case(&mut |case| {
        let session = match &case.texts.session {
            Some(session) if has_account => session.clone(),
            None if is_federated => Vec::new(),
            _ => return,
        };
        // No level at all allows nothing, which one level more would hide.
        let levels = match case.texts.scps.take() {
            Some(levels) if levels.is_empty() => vec![Vec::new()],
            levels => levels.unwrap_or_default(),
        };
        case.texts.scps = Some(levels.into_iter().chain([session]).collect());
    });
}
