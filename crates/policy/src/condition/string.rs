//! `String…`: equality by code point, with or without case, and `Like` with `*` and `?`.

use super::{Operand, Operator, Sense};
use crate::context::Context;
use crate::document::Version;
use crate::variable::Template;

pub(super) const OPERATORS: [Operator; 6] = [
    Operator { name: "StringEquals", sense: Sense::Positive, read, test: equals },
    Operator { name: "StringNotEquals", sense: Sense::Negated, read, test: equals },
    Operator { name: "StringEqualsIgnoreCase", sense: Sense::Positive, read, test: equals_ignoring_case },
    Operator { name: "StringNotEqualsIgnoreCase", sense: Sense::Negated, read, test: equals_ignoring_case },
    Operator { name: "StringLike", sense: Sense::Positive, read, test: is_like },
    Operator { name: "StringNotLike", sense: Sense::Negated, read, test: is_like },
];

#[expect(
    clippy::unnecessary_wraps,
    reason = "the signature is that of the table; other families refuse values"
)]
fn read(text: &str, version: Version) -> Result<Operand, &'static str> {
    Ok(Operand::Text(Template::new(text, version)))
}

fn equals(operand: &Operand, value: &str, context: &Context) -> Option<bool> {
    let Operand::Text(template) = operand else { return None };
    // A variable without a value equals nothing: positive operators do not match, negated ones do.
    Some(template.literal(context).is_some_and(|text| text == value))
}

fn equals_ignoring_case(operand: &Operand, value: &str, context: &Context) -> Option<bool> {
    let Operand::Text(template) = operand else { return None };
    let folded = |text: &str| text.to_lowercase();
    Some(template.literal(context).is_some_and(|text| folded(&text) == folded(value)))
}

fn is_like(operand: &Operand, value: &str, context: &Context) -> Option<bool> {
    let Operand::Text(template) = operand else { return None };
    Some(template.matches(value, context))
}
