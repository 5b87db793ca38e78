//! How the simulator tests values.

use portcullis_base::Timestamp;
use portcullis_policy::ContextValue;
use serde_json::{Value, json};

use super::edit::{Operator, Reading, Test, Verdict, texts};
use super::variables::is_unresolved;

/// Like no value of the key that is there; for an absent key it holds or not as any negated operator does.
fn fails(operator: &Operator) -> Verdict {
    Verdict::Becomes(operator.with_base("stringnotlike"), json!("*"))
}

/// The values of the key in the request.
fn actual<'t>(test: &'t Test<'_>) -> &'t [String] {
    test.context.lookup(test.key).map(ContextValue::values).unwrap_or_default()
}

pub(super) fn fixed_variables_are_text(read: &mut Reading) {
    read.tests(&mut |test| {
        if test.operator.base.contains("equals") && test.operator.base.starts_with("string") {
            texts(test.values, &mut |text| {
                // A dollar sign that is one, and the rest of it.
                *text = ["*", "?", "$"].iter().fold(text.replace("${$}", "\u{1}"), |text, fixed| {
                    text.replace(&format!("${{{fixed}}}"), &format!("${{$}}{{{fixed}}}"))
                });
                *text = text.replace('\u{1}', "${$}{$}");
            });
        }
        Verdict::Stays
    });
}

pub(super) fn fail_without_value(read: &mut Reading) {
    read.tests(&mut |test| {
        let mut unresolved = false;
        texts(test.values, &mut |text| unresolved |= is_unresolved(text, test.context));
        if unresolved && test.operator.is_negated() { fails(test.operator) } else { Verdict::Stays }
    });
}

/// The colon in the name of a variable is a colon to it.
pub(super) fn cut_before_filling_in(read: &mut Reading) {
    read.tests(&mut |test| {
        let mut is_void = false;
        if test.operator.base.starts_with("arn") {
            texts(test.values, &mut |text| {
                let is_early = text
                    .find("${")
                    .is_some_and(|at| text.get(..at).is_some_and(|before| before.matches(':').count() < 5));
                if is_early {
                    is_void |= !is_arn(text);
                    NO_ARN.clone_into(text);
                }
            });
        }
        if is_void && test.operator.is_negated() { fails(test.operator) } else { Verdict::Stays }
    });
}

/// Matches nothing that is asked for.
const NO_ARN: &str = "arn:no:such:arn:at:all";

/// An ARN, for the simulator, has at least five parts.
fn is_arn(text: &str) -> bool {
    text.split(':').count() >= 5
}

pub(super) fn fail_without_arn(read: &mut Reading) {
    read.tests(&mut |test| {
        let mut is_broken = actual(&test).iter().any(|value| !is_arn(value));
        texts(test.values, &mut |text| is_broken |= !is_arn(text));
        if is_broken && test.operator.base.starts_with("arnnot") {
            fails(test.operator)
        } else {
            Verdict::Stays
        }
    });
}

pub(super) fn star_is_no_arn(read: &mut Reading) {
    read.tests(&mut |test| {
        if test.operator.base.starts_with("arn") && !test.operator.is_negated() {
            texts(test.values, &mut |text| {
                if text == "*" {
                    NO_ARN.clone_into(text);
                }
            });
        }
        Verdict::Stays
    });
}

pub(super) fn fail_without_address(read: &mut Reading) {
    read.tests(&mut |test| {
        let is_broken = actual(&test).iter().any(|value| value.parse::<std::net::IpAddr>().is_err());
        if is_broken && test.operator.base == "notipaddress" { fails(test.operator) } else { Verdict::Stays }
    });
}

/// Two lone addresses are compared as texts, but only if they are of one kind.
pub(super) fn fail_with_other_kind(read: &mut Reading) {
    read.tests(&mut |test| {
        let kinds: Vec<bool> = actual(&test).iter().map(|value| value.contains(':')).collect();
        let mut is_other = false;
        texts(test.values, &mut |text| {
            is_other |= !text.contains('/') && kinds.iter().any(|is_six| *is_six != text.contains(':'));
        });
        if is_other && test.operator.base == "notipaddress" { fails(test.operator) } else { Verdict::Stays }
    });
}

/// It shifts a number of 32 bits by 32, which is no shift at all.
pub(super) fn shift_by_no_bits(read: &mut Reading) {
    read.tests(&mut |test| {
        if test.operator.base.ends_with("ipaddress") {
            texts(test.values, &mut |text| {
                if text == "0.0.0.0/0" {
                    "0.0.0.0/32".clone_into(text);
                }
            });
        }
        Verdict::Stays
    });
}

/// The key's value is read so by date operators alone, so that it becomes the value of a key of its own.
pub(super) fn digits_are_milliseconds(read: &mut Reading) {
    let mut dates: Vec<(String, ContextValue)> = Vec::new();
    read.tests(&mut |test| {
        if !test.operator.base.starts_with("date") {
            return Verdict::Stays;
        }
        texts(test.values, &mut as_milliseconds);
        if let Value::Array(list) = test.values {
            list.iter_mut().for_each(number_as_milliseconds);
        }
        number_as_milliseconds(test.values);
        let own = format!("dates:{}", test.key.to_lowercase());
        if let Some(value) = test.context.lookup(test.key) {
            dates.push((own.clone(), value.clone()));
        }
        Verdict::AsksFor(own)
    });
    for (key, value) in dates {
        match value {
            ContextValue::One(mut value) => {
                as_milliseconds(&mut value);
                read.case.context.set_one(&key, value);
            }
            ContextValue::Many(mut values) => {
                values.iter_mut().for_each(as_milliseconds);
                read.case.context.set_many(&key, values);
            }
        }
    }
}

fn as_milliseconds(text: &mut String) {
    // It takes only what it would print itself for a number.
    let is_number = text.parse::<i64>().is_ok_and(|number| number.to_string() == *text);
    if let (true, Ok(millis)) = (is_number, text.parse::<i64>()) {
        *text = Timestamp::from_millis(millis).to_string();
    }
}

fn number_as_milliseconds(value: &mut Value) {
    if let Value::Number(number) = value {
        let mut text = number.to_string();
        as_milliseconds(&mut text);
        *value = Value::String(text);
    }
}

/// It tests an empty string like any other, where the page calls it a null data set.
pub(super) fn empty_is_a_member(read: &mut Reading) {
    read.tests(&mut |test| {
        let is_empty =
            matches!(test.context.lookup(test.key), Some(ContextValue::One(value)) if value.is_empty());
        if is_empty && !test.operator.prefix.is_empty() {
            // Of one value, a set operator says what the operator alone says.
            let alone = format!("{}{}", test.operator.base, test.operator.suffix);
            return Verdict::Becomes(alone, test.values.take());
        }
        Verdict::Stays
    });
}
