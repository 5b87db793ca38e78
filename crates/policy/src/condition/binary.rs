//! `BinaryEquals`: base64 in the policy and in the context; the decoded bytes are compared.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Operand, Operator, Sense};
use crate::context::Context;
use crate::document::Version;

pub(super) const OPERATORS: [Operator; 1] =
    [Operator { name: "BinaryEquals", sense: Sense::Positive, read, test }];

fn read(text: &str, _: Version) -> Result<Operand, &'static str> {
    STANDARD.decode(text).map(Operand::Bytes).map_err(|_| "base64")
}

fn test(operand: &Operand, value: &str, _: &Context) -> Option<bool> {
    let Operand::Bytes(bytes) = operand else { return None };
    Some(STANDARD.decode(value).ok()? == *bytes)
}
