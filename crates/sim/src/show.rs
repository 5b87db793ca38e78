//! A case as people read it: a file of `corpus/decide`, with the caller as the cast would list it. What a machine
//! found at night becomes a case of the corpus by copying it there and giving it a name.

use std::fmt;

use portcullis_base::UniqueId;
use portcullis_policy::{ContextValue, FederatedParent, Principal, SessionFacts};
use serde_json::{Map, Value, json};

use crate::case::{Case, Owner, Text, Texts};

impl Case {
    /// The case as JSON: `cast` holds the caller as `corpus/decide/cast.json` would, the rest is a case file.
    pub fn to_json(&self) -> Value {
        let context: Map<String, Value> =
            self.context.iter().map(|(key, value)| (key.to_owned(), value_json(value))).collect();
        let mut case = json!({
            "cast": cast(&self.principal),
            "caller": "caller",
            "action": self.action,
            "resource": self.resource,
            "owner": self.resource_account.to_string(),
            "context": context,
            "policies": policies(&self.texts),
        });
        if let (false, Some(members)) = (self.texts.resolved.is_empty(), case.as_object_mut()) {
            let ids: Map<String, Value> =
                self.texts.resolved.iter().map(|(arn, id)| (arn.clone(), json!(id.to_string()))).collect();
            members.insert("resolved".to_owned(), Value::Object(ids));
        }
        case
    }
}

impl fmt::Display for Case {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:#}", self.to_json())
    }
}

fn value_json(value: &ContextValue) -> Value {
    match value {
        ContextValue::One(text) => json!(text),
        ContextValue::Many(texts) => json!(texts),
    }
}

fn text_json(text: &Text) -> Value {
    match text {
        Text::FullAccess => json!("full access"),
        Text::Unreadable => json!("unreadable"),
        Text::Written(text) => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
    }
}

fn list(texts: &[Text]) -> Value {
    texts.iter().map(text_json).collect()
}

fn policies(texts: &Texts) -> Value {
    let mut layers = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            layers.insert(name.to_owned(), value);
        }
    };
    let some = |texts: &[Text]| (!texts.is_empty()).then(|| list(texts));
    let levels = |levels: &Option<Vec<Vec<Text>>>| -> Option<Value> {
        levels.as_ref().map(|levels| levels.iter().map(|level| list(level)).collect())
    };
    put("revocations", some(&texts.revocations));
    put("identity", some(&texts.identity));
    put("boundary", texts.boundary.as_ref().map(text_json));
    put("session", texts.session.as_deref().map(list));
    match &texts.resource {
        Owner::None => {}
        Owner::Policy(text) => put("resource", Some(text_json(text))),
        Owner::Trust(text) => put("trust", Some(text_json(text))),
        Owner::TrustMissing => put("trust", Some(json!("missing"))),
    }
    put("scps", levels(&texts.scps));
    put("rcps", levels(&texts.rcps));
    Value::Object(layers)
}

/// The caller, and for a federated user the user who made it, as rows of the cast.
fn cast(principal: &Principal) -> Value {
    let mfa = |session: &Option<SessionFacts>| session.map(|facts| facts.mfa);
    let user = |account: &dyn fmt::Display, id: &UniqueId, arn: &str| json!({"is": "user", "account": account.to_string(), "id": id.to_string(), "arn": arn});
    let mut maker = None;
    let mut caller = match principal {
        Principal::Anonymous => json!({"is": "anonymous"}),
        Principal::Root { account, session } => {
            json!({"is": "root", "account": account.to_string(), "mfa": mfa(session)})
        }
        Principal::User { account, id, arn, session } => {
            let mut row = user(account, id, arn);
            if let (Some(members), Some(mfa)) = (row.as_object_mut(), mfa(session)) {
                members.insert("mfa".to_owned(), json!(mfa));
            }
            row
        }
        Principal::Federated { account, arn, parent } => {
            maker = Some(match parent {
                FederatedParent::Root => json!({"is": "root", "account": account.to_string()}),
                FederatedParent::User { id, arn } => user(account, id, arn),
            });
            json!({"is": "federated user", "account": account.to_string(), "arn": arn, "made_by": "maker"})
        }
        Principal::RoleSession { account, role_id, role_arn, session_arn } => json!({
            "is": "role session", "account": account.to_string(), "id": role_id.to_string(),
            "arn": role_arn, "session": session_arn,
        }),
        Principal::Service { name } => json!({"is": "service", "name": name}),
        Principal::ExternalIdentity { provider } => json!({"is": "external identity", "name": provider}),
    };
    if let Some(members) = caller.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    match maker {
        Some(maker) => json!({"caller": caller, "maker": maker}),
        None => json!({"caller": caller}),
    }
}
