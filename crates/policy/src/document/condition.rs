//! The Condition element: operators, below them keys, below them values. Values are read now, so that a range or a
//! date that says nothing is refused when it is saved and not skipped when it matters.

use super::Effect;
use super::grammar::{Reader, VENDOR};
use super::json::{Fault, Node, Value};
use crate::condition::{Condition, Operand, Quantifier, Sense, Written};
use crate::key::ConditionKey;

/// The operators under which a bare role id in a Deny means every session of the role.
const ROLE_ID_OPERATORS: [&str; 3] = ["StringEquals", "StringEqualsIgnoreCase", "StringLike"];

impl Reader {
    pub(super) fn conditions(&mut self, node: &Node, effect: Effect) -> Result<Vec<Condition>, Fault> {
        let mut conditions = Vec::new();
        for operator in node.map("Condition")? {
            let written = Written::find(&operator.name).ok_or_else(|| {
                Fault::syntax(format!("unknown condition operator {}", operator.name), operator.at)
            })?;
            for key in operator.node.map(&operator.name)? {
                if !key.name.contains(':') {
                    return Err(Fault::worded(VENDOR, format!("condition key {}", key.name), key.at));
                }
                let operands = self.operands(written, &key.name, &key.node, effect)?;
                conditions.push(Condition { written, key: ConditionKey::new(&key.name), operands });
            }
        }
        Ok(conditions)
    }

    fn operands(
        &mut self,
        written: Written,
        key: &str,
        node: &Node,
        effect: Effect,
    ) -> Result<Vec<Operand>, Fault> {
        let mut operands = Vec::new();
        for value in node.one_or_many() {
            let (Value::Text(text) | Value::Scalar(text)) = &value.value else {
                return Err(Fault::syntax(
                    format!("the values of {key} must be strings, numbers or booleans"),
                    value.at,
                ));
            };
            let operand = (written.operator.read)(text, self.version).map_err(|wanted| {
                Fault::syntax(
                    format!("{} of {key} needs {wanted}, not {text:?}", written.operator.name),
                    value.at,
                )
            })?;
            operands.push(operand);
            if effect == Effect::Deny && is_bare_role_id(written, key, text) {
                operands.push(Operand::RoleSessions(format!("{text}:")));
            }
        }
        if operands.is_empty() {
            return Err(Fault::syntax(format!("{key} has no value"), node.at));
        }
        Ok(operands)
    }
}

/// Whether this is a role's id under aws:userid that names no session.
pub(crate) fn is_bare_role_id(written: Written, key: &str, text: &str) -> bool {
    let is_id = text.strip_prefix("AROA").is_some_and(|tail| {
        !tail.is_empty() && tail.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    });
    is_id
        && key.eq_ignore_ascii_case("aws:userid")
        && written.operator.sense == Sense::Positive
        && written.quantifier != Quantifier::ForAllValues
        && ROLE_ID_OPERATORS.contains(&written.operator.name)
}
