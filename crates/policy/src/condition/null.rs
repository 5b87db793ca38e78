//! `Null`: whether a key is absent. An empty string is a value; a set without members is none.

use super::{Operand, Operator, Sense, boolean};
use crate::context::{Context, ContextValue};
use crate::document::Version;

pub(super) const NAME: &str = "Null";

pub(super) const OPERATORS: [Operator; 1] =
    [Operator { name: NAME, sense: Sense::Positive, read, test: never }];

fn read(text: &str, _: Version) -> Result<Operand, &'static str> {
    boolean::truth(text).map(Operand::Absent).ok_or("true or false")
}

/// Not asked: what matters is not the value but whether there is one, see [`holds`].
fn never(_: &Operand, _: &str, _: &Context) -> Option<bool> {
    None
}

pub(super) fn holds(operand: &Operand, value: Option<&ContextValue>) -> bool {
    let is_absent = value.is_none_or(|value| value.values().is_empty());
    matches!(operand, Operand::Absent(wanted) if *wanted == is_absent)
}
