//! Conditions: an operator, a key and values that the request's value is tested against.
//!
//! A positive operator holds if one of the policy's values fits; a negated one if none does. `ForAllValues` and
//! `ForAnyValue` reach the keys that have several values in the request, and no other operator does. What happens
//! when the key is absent is the table at the top of [`Condition::holds`] (AWS: "Condition operators", "Conditions
//! with multiple keys or values"). Each family of operators has a file with its rows.

mod arn;
mod binary;
pub(crate) mod boolean;
pub(crate) mod date;
mod ip;
mod null;
pub(crate) mod numeric;
mod string;

use crate::arn_match::ArnTemplate;
use crate::context::{Context, ContextValue};
use crate::document::Version;
use crate::key::ConditionKey;
use crate::variable::Template;

/// A value of the policy, read when it was saved.
#[derive(Debug, Clone)]
pub(crate) enum Operand {
    Text(Template),
    Arn(ArnTemplate),
    Number(numeric::Decimal),
    Instant(date::Instant),
    Bytes(Vec<u8>),
    Network(ipnet::IpNet),
    /// `Null`: whether the key must be absent.
    Absent(bool),
    /// Every session of a role, from the role's bare id in a Deny: `AROA…:`. Not AWS's matching but AWS's documented
    /// meaning ("Disabling permissions for temporary security credentials").
    RoleSessions(String),
}

/// Whether an operator asks for a match or for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sense {
    Positive,
    Negated,
}

/// One row of the table of operators.
pub(crate) struct Operator {
    pub(crate) name: &'static str,
    pub(crate) sense: Sense,
    /// Reads a value of the policy; the error says what it should have been.
    pub(crate) read: fn(&str, Version) -> Result<Operand, &'static str>,
    /// Whether the request's value fits; `None` when the value cannot be read, which satisfies neither sense.
    test: fn(&Operand, &str, &Context) -> Option<bool>,
}

impl std::fmt::Debug for Operator {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.name)
    }
}

const FAMILIES: [&[Operator]; 8] = [
    &string::OPERATORS,
    &numeric::OPERATORS,
    &date::OPERATORS,
    &boolean::OPERATORS,
    &binary::OPERATORS,
    &ip::OPERATORS,
    &arn::OPERATORS,
    &null::OPERATORS,
];

/// The names of all operators, without prefix and suffix.
pub(crate) fn operator_names() -> impl Iterator<Item = &'static str> {
    FAMILIES.iter().copied().flatten().map(|row| row.name)
}

/// How an operator deals with several values in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantifier {
    /// No prefix: for single-valued keys.
    Single,
    ForAllValues,
    ForAnyValue,
}

/// What an absent key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhenAbsent {
    /// By the operator: a negated one holds, a positive one does not.
    ByOperator,
    /// `…IfExists`: the condition holds.
    Holds,
}

/// An operator as written, with its prefix and suffix.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written {
    pub(crate) operator: &'static Operator,
    pub(crate) quantifier: Quantifier,
    pub(crate) when_absent: WhenAbsent,
}

impl std::fmt::Display for Written {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self.quantifier {
            Quantifier::Single => "",
            Quantifier::ForAllValues => "ForAllValues:",
            Quantifier::ForAnyValue => "ForAnyValue:",
        })?;
        out.write_str(self.operator.name)?;
        out.write_str(if self.when_absent == WhenAbsent::Holds { "IfExists" } else { "" })
    }
}

impl Written {
    /// Finds the operator; `None` for what AWS does not know, `Null` with a prefix or suffix included.
    pub(crate) fn find(name: &str) -> Option<Self> {
        let (quantifier, rest) = match name.split_once(':') {
            None => (Quantifier::Single, name),
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAllValues") => {
                (Quantifier::ForAllValues, rest)
            }
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAnyValue") => {
                (Quantifier::ForAnyValue, rest)
            }
            Some(_) => return None,
        };
        let suffix = "IfExists";
        let (rest, when_absent) =
            match rest.len().checked_sub(suffix.len()).and_then(|at| rest.split_at_checked(at)) {
                Some((stem, end)) if end.eq_ignore_ascii_case(suffix) => (stem, WhenAbsent::Holds),
                _ => (rest, WhenAbsent::ByOperator),
            };
        let operator = FAMILIES.iter().copied().flatten().find(|row| row.name.eq_ignore_ascii_case(rest))?;
        let is_plain = quantifier == Quantifier::Single && when_absent == WhenAbsent::ByOperator;
        (operator.name != null::NAME || is_plain).then_some(Self { operator, quantifier, when_absent })
    }
}

/// One key under one operator.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub(crate) written: Written,
    pub(crate) key: ConditionKey,
    // INVARIANT: not empty.
    pub(crate) operands: Vec<Operand>,
}

impl Condition {
    /// Whether the condition is true of the request.
    ///
    /// Key absent: false under a positive operator, true under a negated one and under `…IfExists`; `ForAllValues`
    /// true, `ForAnyValue` false, whatever the suffix. `Null` asks for just this.
    pub(crate) fn holds(&self, context: &Context) -> bool {
        let value = context.value(&self.key);
        if self.written.operator.name == null::NAME {
            return self.operands.iter().any(|operand| null::holds(operand, value));
        }
        let fits = |value: &String| self.value_holds(value, context);
        match (self.written.quantifier, value) {
            (Quantifier::Single, None) => {
                self.written.when_absent == WhenAbsent::Holds || self.written.operator.sense == Sense::Negated
            }
            (Quantifier::Single, Some(ContextValue::One(value))) => fits(value),
            // AWS wants a set operator for multivalued keys; without one nothing matches.
            (Quantifier::Single, Some(ContextValue::Many(_))) => false,
            (Quantifier::ForAllValues, value) => set_of(value).iter().all(fits),
            (Quantifier::ForAnyValue, value) => set_of(value).iter().any(fits),
        }
    }

    /// One value of the request against all of the policy: one must fit, or none may.
    fn value_holds(&self, value: &str, context: &Context) -> bool {
        let operator = self.written.operator;
        let mut tests = self.operands.iter().map(|operand| match operand {
            Operand::RoleSessions(prefix) => Some(value.starts_with(prefix)),
            other => (operator.test)(other, value, context),
        });
        match operator.sense {
            Sense::Positive => tests.any(|fits| fits == Some(true)),
            Sense::Negated => tests.all(|fits| fits == Some(false)),
        }
    }
}

/// The values as a set; nothing but empty strings is no set at all (AWS: "a null data set, such as an empty string").
fn set_of(value: Option<&ContextValue>) -> &[String] {
    let values = value.map(ContextValue::values).unwrap_or_default();
    if values.iter().all(String::is_empty) { &[] } else { values }
}
