//! The callers that cases name, from `corpus/decide/cast.json`: each with the condition keys that come with it.

use std::collections::BTreeMap;

use portcullis_base::{AccountId, UniqueId};
use portcullis_policy::{Context, FederatedParent, Principal, SessionFacts};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(rename = "is")]
    kind: String,
    account: Option<String>,
    id: Option<String>,
    arn: Option<String>,
    session: Option<String>,
    made_by: Option<String>,
    name: Option<String>,
    mfa: Option<bool>,
    #[serde(default)]
    context: BTreeMap<String, Value>,
}

/// A caller and what is known about it.
#[derive(Clone)]
pub struct Caller {
    pub principal: Principal,
    pub context: Context,
}

pub struct Cast {
    members: BTreeMap<String, Caller>,
}

impl Cast {
    pub fn read() -> Self {
        Self::of(super::read_json(&super::corpus().join("decide/cast.json")))
    }

    /// A cast that is written elsewhere.
    pub fn of(json: Value) -> Self {
        let written: BTreeMap<String, Written> = serde_json::from_value(json).unwrap();
        let principal_of = |name: &str| principal(&written[name], &written);
        let members = written
            .iter()
            .map(|(name, row)| {
                let mut context = Context::new();
                fill(&mut context, &row.context);
                (name.clone(), Caller { principal: principal_of(name), context })
            })
            .collect();
        Self { members }
    }

    pub fn caller(&self, name: &str) -> &Caller {
        self.members.get(name).unwrap_or_else(|| panic!("nobody in the cast is called {name:?}"))
    }
}

fn principal(row: &Written, cast: &BTreeMap<String, Written>) -> Principal {
    let account = || -> AccountId { row.account.as_deref().unwrap().parse().unwrap() };
    let id = |row: &Written| -> UniqueId { row.id.as_deref().unwrap().parse().unwrap() };
    let arn = |row: &Written| row.arn.clone().unwrap();
    let session = row.mfa.map(|mfa| SessionFacts { mfa });
    match row.kind.as_str() {
        "anonymous" => Principal::Anonymous,
        "root" => Principal::Root { account: account(), session },
        "user" => Principal::User { account: account(), id: id(row), arn: arn(row), session },
        "federated user" => {
            let maker = &cast[row.made_by.as_deref().unwrap()];
            let parent = match maker.kind.as_str() {
                "root" => FederatedParent::Root,
                _ => FederatedParent::User { id: id(maker), arn: arn(maker) },
            };
            Principal::Federated { account: account(), arn: arn(row), parent }
        }
        "role session" => Principal::RoleSession {
            account: account(),
            role_id: id(row),
            role_arn: arn(row),
            session_arn: row.session.clone().unwrap(),
        },
        "service" => Principal::Service { name: row.name.clone().unwrap() },
        "external identity" => Principal::ExternalIdentity { provider: row.name.clone().unwrap() },
        other => panic!("no kind of caller is called {other:?}"),
    }
}

/// Sets keys: a string is single-valued, a list multivalued, null makes the key absent.
pub fn fill(context: &mut Context, keys: &BTreeMap<String, Value>) {
    for (key, value) in keys {
        match value {
            Value::Null => context.remove(key),
            Value::String(value) => context.set_one(key, value.as_str()),
            Value::Array(values) => {
                context
                    .set_many(key, values.iter().map(|value| value.as_str().unwrap().to_owned()).collect());
            }
            other => panic!("{key}: {other} is no value of a condition key"),
        }
    }
}
