//! GetContextKeysForCustomPolicy: the condition keys that policies ask for.

use portcullis_base::Value;

use super::row;
use super::simulation::Policies;
use crate::action::{Row, no_resources};

/// The action.
pub const ROW: Row = row::read(
    "GetContextKeysForCustomPolicy",
    row::anywhere("iam:GetContextKeysForCustomPolicy"),
    no_resources,
    |ask| Ok(shown(&Policies::of_input(ask)?)),
);

/// The keys as both actions answer them.
pub fn shown(policies: &Policies<'_>) -> Value {
    let names: Value = policies.identity_keys().into_iter().map(Value::from).collect();
    Value::structure().with("ContextKeyNames", names)
}
