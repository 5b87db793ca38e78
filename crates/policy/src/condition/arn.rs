//! `Arn…`: part by part; `ArnEquals` and `ArnLike` are the same, with wildcards in both. A value that is no ARN is
//! unlike every ARN.

use super::{Operand, Operator, Sense};
use crate::arn_match::ArnTemplate;
use crate::context::Context;
use crate::document::Version;

pub(super) const OPERATORS: [Operator; 4] = [
    Operator { name: "ArnEquals", sense: Sense::Positive, read, test },
    Operator { name: "ArnLike", sense: Sense::Positive, read, test },
    Operator { name: "ArnNotEquals", sense: Sense::Negated, read, test },
    Operator { name: "ArnNotLike", sense: Sense::Negated, read, test },
];

#[expect(
    clippy::unnecessary_wraps,
    reason = "the signature is that of the table; other families refuse values"
)]
fn read(text: &str, version: Version) -> Result<Operand, &'static str> {
    Ok(Operand::Arn(ArnTemplate::new(text, version)))
}

fn test(operand: &Operand, value: &str, context: &Context) -> Option<bool> {
    let Operand::Arn(template) = operand else { return None };
    Some(template.matches(value, context))
}
