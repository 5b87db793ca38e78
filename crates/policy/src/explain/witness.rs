//! Values that make a condition true, or untrue: constructed from the values that the policy wants.
//!
//! Every family offers values that match, and values just beside: the caller tries them on the condition itself, so
//! that neither sense nor prefix nor suffix has to be thought of here.

use std::borrow::Cow;

use crate::arn_match::ArnTemplate;
use crate::condition::{Condition, Operand, Quantifier};
use crate::context::{Context, ContextValue};
use crate::pattern::Token;
use crate::variable::Template;

/// Addresses to try where an address beside a range is wanted: of the ranges for documentation, and the edges.
const ADDRESSES: [&str; 5] = ["192.0.2.1", "198.51.100.1", "203.0.113.1", "10.0.0.1", "2001:db8::1"];

/// What to try for a key under this condition, the smallest change first; `None` makes it absent.
pub(super) fn values(condition: &Condition, context: &Context) -> Vec<Option<ContextValue>> {
    let held = context.value(&condition.key);
    let mut texts = Vec::new();
    for operand in &condition.operands {
        texts.extend(around(operand, context));
    }
    texts.extend(["other", "present"].map(str::to_owned));
    if let Some(ContextValue::One(value)) = held {
        texts.push(format!("{value}-other"));
    }
    let mut tries = Vec::new();
    if condition.written.quantifier == Quantifier::Single {
        tries.extend(texts.iter().cloned().map(ContextValue::One).map(Some));
    } else {
        let members = held.map(ContextValue::values).unwrap_or_default();
        let (fitting, others): (Vec<String>, Vec<String>) =
            members.iter().cloned().partition(|value| condition.value_holds(value, context));
        for part in [fitting, others] {
            if !part.is_empty() && part.len() < members.len() {
                tries.push(Some(ContextValue::Many(part)));
            }
        }
        for text in &texts {
            let more = members.iter().chain([text]).cloned().collect();
            tries.push(Some(ContextValue::Many(more)));
            tries.push(Some(ContextValue::Many(vec![text.clone()])));
        }
    }
    tries.push(None);
    tries.retain(|value| value.as_ref() != held);
    tries
}

/// Texts that match the operand, and texts just beside it.
fn around(operand: &Operand, context: &Context) -> Vec<String> {
    match operand {
        Operand::Text(template) => of_template(template, context),
        Operand::Arn(template) => of_arn(template, context),
        Operand::Number(number) => {
            let text = number.to_string();
            let whole = text.split('.').next().unwrap_or_default();
            let beside = match whole.parse::<i128>() {
                Ok(whole) => vec![whole.saturating_add(1).to_string(), whole.saturating_sub(1).to_string()],
                // Longer than any integer here: a digit more is more, with a minus it is less.
                Err(_) => vec![
                    format!("9{}", whole.trim_start_matches('-')),
                    format!("-9{}", whole.trim_start_matches('-')),
                ],
            };
            std::iter::once(text).chain(beside).collect()
        }
        Operand::Instant(instant) => [0, 1, -1].map(|seconds| instant.shifted(seconds).to_string()).to_vec(),
        Operand::Bytes(_) => vec![operand.to_string(), "b3RoZXI=".to_owned()],
        Operand::Network(network) => {
            std::iter::once(network.network().to_string()).chain(ADDRESSES.map(str::to_owned)).collect()
        }
        Operand::Absent(_) => Vec::new(),
        Operand::RoleSessions(prefix) => vec![format!("{prefix}session")],
    }
}

fn of_template(template: &Template, context: &Context) -> Vec<String> {
    let mut texts: Vec<String> = template.literal(context).into_iter().map(Cow::into_owned).collect();
    texts.extend(template.tokens(context).map(|tokens| instance(&tokens)));
    for truth in ["true", "false"] {
        // A Bool's values are texts to the parser; the other truth is beside.
        if texts.iter().any(|text| text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")) {
            texts.push(truth.to_owned());
        }
    }
    texts
}

fn of_arn(template: &ArnTemplate, context: &Context) -> Vec<String> {
    let matching = template.template().tokens(context).map(|tokens| instance(&tokens));
    matching.into_iter().flat_map(|text| [text.clone(), format!("{text}-other")]).collect()
}

/// A text of the pattern's form, in which every wildcard stands for one letter.
fn instance(tokens: &[Token]) -> String {
    tokens
        .iter()
        .map(|token| match token {
            Token::Char(character) => *character,
            Token::One | Token::Many => 'x',
        })
        .collect()
}
