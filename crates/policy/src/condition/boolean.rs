//! `Bool`: `true` and `false` in any case. There is no negation; `false` with `IfExists` serves for it.

use super::{Operand, Operator, Sense};
use crate::context::Context;
use crate::document::Version;
use crate::variable::Template;

pub(super) const OPERATORS: [Operator; 1] = [Operator { name: "Bool", sense: Sense::Positive, read, test }];

fn read(text: &str, version: Version) -> Result<Operand, &'static str> {
    let template = Template::new(text, version);
    // AWS's pages disagree on variables here; with one, what counts is what it is filled with.
    if template.has_variable() || truth(text).is_some() {
        Ok(Operand::Text(template))
    } else {
        Err("true or false")
    }
}

/// `true` and `false`, in any case.
pub(crate) fn truth(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

fn test(operand: &Operand, value: &str, context: &Context) -> Option<bool> {
    let Operand::Text(template) = operand else { return None };
    let wanted = template.literal(context).and_then(|text| truth(&text))?;
    Some(truth(value)? == wanted)
}
