//! A condition made ready: its key by number, its values read, and long lists of them turned into something that is
//! looked up instead of walked through.

use std::cmp::Ordering;
use std::net::IpAddr;

use base64::engine::general_purpose::STANDARD;
use base64::{Engine as _, decoded_len_estimate};
use smallvec::SmallVec;

use super::folded::Folded;
use super::key::Key;
use super::networks::Networks;
use super::pat::{Literal, Manner, Pat, Pats, number};
use super::view::{Line, Value, View};
use crate::condition::boolean::truth;
use crate::condition::date::Instant;
use crate::condition::numeric::Decimal;
use crate::condition::{Condition, Operand, Quantifier, Sense, WhenAbsent};
use crate::variable::Template;

/// One key under one operator.
#[derive(Debug, Clone)]
pub(super) struct Cond {
    pub(super) key: Key,
    pub(super) quantifier: Quantifier,
    when_absent: WhenAbsent,
    pub(super) sense: Sense,
    pub(super) test: Test,
}

/// What is asked of a value.
#[derive(Debug, Clone)]
pub(super) enum Test {
    /// Not of the value but of whether there is one.
    Null {
        when_absent: bool,
        when_present: bool,
    },
    /// A text of one of these forms.
    Texts(Pats),
    /// One of these texts, whatever the case.
    Folded(Box<Folded>),
    Numbers(Comparison, Box<[Decimal]>),
    /// With the first of the document's instants and the one behind its last.
    Instants(Comparison, u32, u32),
    Bool {
        wants_true: bool,
        wants_false: bool,
        templates: Box<[Template]>,
    },
    Bytes(Box<[Vec<u8>]>),
    Networks(Box<Networks>),
}

/// How a number or an instant of the request stands to the policy's.
#[derive(Debug, Clone, Copy)]
pub(super) enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    /// By the end of the operator's name.
    fn of(operator: &str) -> Self {
        if operator.ends_with("LessThan") {
            Self::Less
        } else if operator.ends_with("LessThanEquals") {
            Self::LessOrEqual
        } else if operator.ends_with("GreaterThan") {
            Self::Greater
        } else if operator.ends_with("GreaterThanEquals") {
            Self::GreaterOrEqual
        } else {
            Self::Equal
        }
    }

    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// The lists and texts of a document that its conditions point into.
#[derive(Clone, Copy)]
pub(super) struct Room<'d> {
    pub(super) pats: &'d [Pat],
    pub(super) texts: &'d str,
    pub(super) instants: &'d [Instant],
}

/// The same while they grow.
#[derive(Default)]
pub(super) struct Shelf {
    pub(super) pats: Vec<Pat>,
    pub(super) texts: String,
    pub(super) instants: Vec<Instant>,
}

impl Cond {
    /// Makes a condition ready; its patterns and instants are put behind those that are there.
    pub(super) fn new(condition: &Condition, shelf: &mut Shelf) -> Self {
        let written = condition.written;
        Self {
            key: Key::new(condition.key.as_str()),
            quantifier: written.quantifier,
            when_absent: written.when_absent,
            sense: written.operator.sense,
            test: Test::new(written.operator.name, &condition.operands, shelf),
        }
    }

    /// Whether the condition is true of the request.
    pub(super) fn holds(&self, room: Room<'_>, view: &View<'_>) -> bool {
        let value = view.value(&self.key);
        if let Test::Null { when_absent, when_present } = self.test {
            let is_absent = value.is_none_or(|value| matches!(value, Value::Many([])));
            return if is_absent { when_absent } else { when_present };
        }
        let fits = |value: Value<'_>| self.fits(value, room, view);
        let fits_text = |text: &String| fits(Value::Text(text));
        match (self.quantifier, value) {
            (Quantifier::Single, None) => self.holds_when_absent(),
            (Quantifier::Single, Some(Value::Many(_))) => false,
            (Quantifier::Single, Some(value)) => fits(value),
            // Nothing but empty texts is no set at all.
            (quantifier, None | Some(Value::Text(""))) => quantifier == Quantifier::ForAllValues,
            (quantifier, Some(Value::Many(values))) if values.iter().all(String::is_empty) => {
                quantifier == Quantifier::ForAllValues
            }
            (Quantifier::ForAllValues, Some(Value::Many(values))) => values.iter().all(fits_text),
            (Quantifier::ForAnyValue, Some(Value::Many(values))) => values.iter().any(fits_text),
            (Quantifier::ForAllValues | Quantifier::ForAnyValue, Some(value)) => fits(value),
        }
    }

    /// Whether a request without the key passes.
    pub(super) fn holds_when_absent(&self) -> bool {
        self.when_absent == WhenAbsent::Holds || self.sense == Sense::Negated
    }

    /// One value of the request against all of the policy: one must fit, or none may.
    fn fits(&self, value: Value<'_>, room: Room<'_>, view: &View<'_>) -> bool {
        let is_one = self.test.is_one(value, room, view);
        match self.sense {
            Sense::Positive => is_one == Some(true),
            Sense::Negated => is_one == Some(false),
        }
    }
}

impl Test {
    fn new(operator: &str, operands: &[Operand], shelf: &mut Shelf) -> Self {
        match operator.trim_start_matches("String").trim_start_matches("Not") {
            "Null" => Self::null(operands),
            "Equals" => Self::texts(operands, Manner::Plain, shelf),
            "EqualsIgnoreCase" => Self::Folded(Box::new(Folded::new(operands))),
            "Bool" => Self::boolean(operands),
            "BinaryEquals" => Self::Bytes(picked(operands, |operand| match operand {
                Operand::Bytes(bytes) => Some(bytes.clone()),
                _ => None,
            })),
            "IpAddress" => {
                let networks = operands.iter().filter_map(|operand| match operand {
                    Operand::Network(network) => Some(network),
                    _ => None,
                });
                Self::Networks(Box::new(Networks::new(networks)))
            }
            name if name.starts_with("Numeric") => {
                let numbers = picked(operands, |operand| match operand {
                    Operand::Number(number) => Some(number.clone()),
                    _ => None,
                });
                Self::Numbers(Comparison::of(name), numbers)
            }
            name if name.starts_with("Date") => {
                let start = shelf.instants.len();
                shelf.instants.extend(operands.iter().filter_map(|operand| match operand {
                    Operand::Instant(instant) => Some(*instant),
                    _ => None,
                }));
                Self::Instants(Comparison::of(name), number(start), number(shelf.instants.len()))
            }
            _ => Self::texts(operands, Manner::Like, shelf),
        }
    }

    fn null(operands: &[Operand]) -> Self {
        let wants = |absent| {
            operands.iter().any(|operand| matches!(operand, Operand::Absent(held) if *held == absent))
        };
        Self::Null { when_absent: wants(true), when_present: wants(false) }
    }

    fn texts(operands: &[Operand], manner: Manner, shelf: &mut Shelf) -> Self {
        let Shelf { pats, texts, .. } = shelf;
        let start = pats.len();
        for operand in operands {
            match operand {
                Operand::Text(template) => pats.push(Pat::new(template, manner, None, texts)),
                Operand::Arn(arn) => {
                    pats.push(Pat::new(arn.template(), Manner::Arn, Some(arn), texts));
                }
                Operand::RoleSessions(prefix) => pats.push(Pat::Prefix(Literal::append(prefix, texts))),
                _ => {}
            }
        }
        Self::Texts(Pats::since(start, pats, texts))
    }

    fn boolean(operands: &[Operand]) -> Self {
        let fixed = |wanted: bool| {
            operands.iter().any(|operand| match operand {
                Operand::Text(template) => {
                    template.fixed_text().and_then(truth).is_some_and(|held| held == wanted)
                }
                _ => false,
            })
        };
        let templates = picked(operands, |operand| match operand {
            Operand::Text(template) if template.has_variable() => Some(template.clone()),
            _ => None,
        });
        Self::Bool { wants_true: fixed(true), wants_false: fixed(false), templates }
    }

    /// Whether the value is one of those asked for; `None` when it cannot be read.
    fn is_one(&self, value: Value<'_>, room: Room<'_>, view: &View<'_>) -> Option<bool> {
        let mut line = Line::new();
        match self {
            Self::Null { .. } => None,
            Self::Texts(pats) => Some(pats.any(room.pats, value.text(&mut line)?, room.texts, view)),
            Self::Folded(folded) => Some(folded.holds(value.text(&mut line)?, view)),
            Self::Numbers(comparison, numbers) => {
                let number = Decimal::parse(value.text(&mut line)?)?;
                Some(numbers.iter().any(|held| comparison.holds(number.cmp_with(held))))
            }
            Self::Instants(comparison, start, end) => {
                let instants = room.instants.get(*start as usize..*end as usize)?;
                let instant = match value {
                    Value::Moment(at) => Instant::of(at),
                    Value::Epoch(at) => Instant::of(at.whole_seconds()),
                    other => Instant::parse(other.text(&mut line)?)?,
                };
                Some(instants.iter().any(|held| comparison.holds(instant.cmp(held))))
            }
            Self::Bool { wants_true, wants_false, templates } => {
                let is_true = match value {
                    Value::Flag(flag) => flag,
                    other => truth(other.text(&mut line)?)?,
                };
                let wanted = if is_true { *wants_true } else { *wants_false };
                Some(wanted || templates.iter().any(|template| filled_truth(template, view) == Some(is_true)))
            }
            Self::Bytes(held) => {
                let text = value.text(&mut line)?;
                let mut room: SmallVec<[u8; 256]> = SmallVec::from_elem(0, decoded_len_estimate(text.len()));
                let length = STANDARD.decode_slice(text, &mut room).ok()?;
                let bytes = room.get(..length)?;
                Some(held.iter().any(|held| held == bytes))
            }
            Self::Networks(networks) => {
                let address = match value {
                    Value::Address(address) => Some(address),
                    other => other.text(&mut line)?.parse::<IpAddr>().ok(),
                };
                // What is no address is inside no range, so that a Deny under NotIpAddress holds.
                Some(address.is_some_and(|address| networks.contain(address.to_canonical())))
            }
        }
    }
}

fn filled_truth(template: &Template, view: &View<'_>) -> Option<bool> {
    truth(&template.text_with(&|name| view.text_of(name))?)
}

fn picked<T>(operands: &[Operand], pick: impl Fn(&Operand) -> Option<T>) -> Box<[T]> {
    operands.iter().filter_map(pick).collect()
}
