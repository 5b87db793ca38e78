//! `Numeric…`: whole or decimal numbers of any length, compared exactly. Exponents, hexadecimal, signs other than a
//! minus and surrounding blanks are not numbers.

use std::cmp::Ordering;
use std::fmt;

use super::{Operand, Operator, Sense};
use crate::document::Version;

pub(super) const OPERATORS: [Operator; 6] = [
    Operator {
        name: "NumericEquals",
        sense: Sense::Positive,
        read,
        test: |o, v, _| ordering(o, v).map(Ordering::is_eq),
    },
    Operator {
        name: "NumericNotEquals",
        sense: Sense::Negated,
        read,
        test: |o, v, _| ordering(o, v).map(Ordering::is_eq),
    },
    Operator {
        name: "NumericLessThan",
        sense: Sense::Positive,
        read,
        test: |o, v, _| ordering(o, v).map(Ordering::is_lt),
    },
    Operator {
        name: "NumericLessThanEquals",
        sense: Sense::Positive,
        read,
        test: |o, v, _| ordering(o, v).map(Ordering::is_le),
    },
    Operator {
        name: "NumericGreaterThan",
        sense: Sense::Positive,
        read,
        test: |o, v, _| ordering(o, v).map(Ordering::is_gt),
    },
    Operator {
        name: "NumericGreaterThanEquals",
        sense: Sense::Positive,
        read,
        test: |o, v, _| ordering(o, v).map(Ordering::is_ge),
    },
];

/// A decimal number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decimal {
    // INVARIANT: false for zero.
    is_negative: bool,
    // INVARIANT: digits without leading zeros; empty for zero.
    whole: String,
    // INVARIANT: digits without trailing zeros.
    fraction: String,
}

impl Decimal {
    fn parse(text: &str) -> Option<Self> {
        let (is_negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
        let (whole, fraction) = match digits.split_once('.') {
            None => (digits, ""),
            Some((_, "")) => return None,
            Some(parts) => parts,
        };
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !are_digits(whole) || !are_digits(fraction) {
            return None;
        }
        let whole = whole.trim_start_matches('0').to_owned();
        let fraction = fraction.trim_end_matches('0').to_owned();
        let is_zero = whole.is_empty() && fraction.is_empty();
        Some(Self { is_negative: is_negative && !is_zero, whole, fraction })
    }

    /// The order of the amounts, signs aside. More whole digits are more; digits of equal length compare as text, and
    /// fractions do at any length.
    fn amount_cmp(&self, other: &Self) -> Ordering {
        (self.whole.len(), &self.whole, &self.fraction).cmp(&(
            other.whole.len(),
            &other.whole,
            &other.fraction,
        ))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_negative { "-" } else { "" };
        let whole = if self.whole.is_empty() { "0" } else { &self.whole };
        let point = if self.fraction.is_empty() { "" } else { "." };
        write!(out, "{sign}{whole}{point}{}", self.fraction)
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.is_negative, other.is_negative) {
            (false, false) => self.amount_cmp(other),
            (true, true) => other.amount_cmp(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn read(text: &str, _: Version) -> Result<Operand, &'static str> {
    Decimal::parse(text).map(Operand::Number).ok_or("a decimal number")
}

/// How the request's value compares with the policy's.
fn ordering(operand: &Operand, value: &str) -> Option<Ordering> {
    let Operand::Number(number) = operand else { return None };
    Some(Decimal::parse(value)?.cmp(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn compares_like_scaled_integers(left in -2_000_i64..2_000, right in -2_000_i64..2_000) {
            let text = |number: i64| {
                format!("{}{}.{:02}", if number < 0 { "-" } else { "" }, number.abs() / 100, number.abs() % 100)
            };
            let decimal = |number| Decimal::parse(&text(number)).unwrap();
            prop_assert_eq!(decimal(left).cmp(&decimal(right)), left.cmp(&right));
        }
    }

    #[test]
    fn spellings_that_are_no_numbers() {
        for text in ["", "-", ".5", "5.", "1e400", "NaN", "0x10", " 5", "5 ", "+5", "1_000", "١"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
        assert_eq!(Decimal::parse("-0.00"), Decimal::parse("0"));
        assert_eq!(Decimal::parse("007.50"), Decimal::parse("7.5"));
    }
}
