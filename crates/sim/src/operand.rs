//! The values of a condition: what holds of a request's value under an operator, and what only nearly does.

use portcullis_policy::Principal;

use crate::Profile;
use crate::dice::Dice;
use crate::keys::{ADDRESSES, BYTES, DATES, Family, Key, NUMBERS};
use crate::scene::Scene;
use crate::shape::{arn_like, arn_near, like, near, recased, with_variable};

/// How an operator compares, beyond the family of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Relation {
    #[default]
    Same,
    SameButForCase,
    Like,
    Less,
    More,
}

/// An operator of the language, without prefix and suffix.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Operator {
    pub(crate) name: &'static str,
    pub(crate) family: Family,
    pub(crate) relation: Relation,
    pub(crate) is_negated: bool,
}

const fn row(name: &'static str, family: Family, relation: Relation, is_negated: bool) -> Operator {
    Operator { name, family, relation, is_negated }
}

/// Every operator but `Null`.
pub(crate) const OPERATORS: &[Operator] = &[
    row("StringEquals", Family::Text, Relation::Same, false),
    row("StringNotEquals", Family::Text, Relation::Same, true),
    row("StringEqualsIgnoreCase", Family::Text, Relation::SameButForCase, false),
    row("StringNotEqualsIgnoreCase", Family::Text, Relation::SameButForCase, true),
    row("StringLike", Family::Text, Relation::Like, false),
    row("StringNotLike", Family::Text, Relation::Like, true),
    row("NumericEquals", Family::Number, Relation::Same, false),
    row("NumericNotEquals", Family::Number, Relation::Same, true),
    row("NumericLessThan", Family::Number, Relation::Less, false),
    row("NumericLessThanEquals", Family::Number, Relation::Less, false),
    row("NumericGreaterThan", Family::Number, Relation::More, false),
    row("NumericGreaterThanEquals", Family::Number, Relation::More, false),
    row("DateEquals", Family::Date, Relation::Same, false),
    row("DateNotEquals", Family::Date, Relation::Same, true),
    row("DateLessThan", Family::Date, Relation::Less, false),
    row("DateLessThanEquals", Family::Date, Relation::Less, false),
    row("DateGreaterThan", Family::Date, Relation::More, false),
    row("DateGreaterThanEquals", Family::Date, Relation::More, false),
    row("Bool", Family::Bool, Relation::Same, false),
    row("BinaryEquals", Family::Binary, Relation::Same, false),
    row("IpAddress", Family::Ip, Relation::Like, false),
    row("NotIpAddress", Family::Ip, Relation::Like, true),
    row("ArnEquals", Family::Arn, Relation::Like, false),
    row("ArnLike", Family::Arn, Relation::Like, false),
    row("ArnNotEquals", Family::Arn, Relation::Like, true),
    row("ArnNotLike", Family::Arn, Relation::Like, true),
];

/// Ranges in every spelling, each with an address of the pool that lies inside.
const RANGES: &[(&str, &str)] = &[
    ("192.0.2.7", "192.0.2.0/24"),
    ("192.0.2.7", "192.0.2.7"),
    ("192.0.2.7", "192.0.2.7/32"),
    ("192.0.2.7", "192.0.2.99/24"),
    ("192.0.2.7", "192.0.2.0/25"),
    ("192.0.2.128", "192.0.2.128/25"),
    ("192.0.2.128", "0.0.0.0/0"),
    ("198.51.100.200", "198.51.100.192/26"),
    ("198.51.100.200", "198.51.100.200/31"),
    ("10.1.2.3", "10.0.0.0/8"),
    ("10.1.2.3", "10.9.9.9/8"),
    ("2001:db8::1", "2001:db8::/32"),
    ("2001:db8::1", "2001:DB8:0::/48"),
    ("2001:db8::1", "2001:db8::1"),
    ("2001:db8:1::1", "2001:db8:1::1/128"),
    ("2001:db8:1::1", "::/0"),
    ("::1", "::1"),
];
/// Spellings of IPv4 in IPv6 and of whole numbers that only the product promises to read.
const ODD_RANGES: &[&str] = &["::ffff:192.0.2.0/120", "::ffff:10.1.2.3"];
/// Every spelling here is the same instant.
const ONE_INSTANT: &[&str] = &[
    "2024-05-07T23:47:00Z",
    "2024-05-07T23:47:00.000Z",
    "2024-05-08T01:47:00+02:00",
    "2024-05-07T18:17:00-05:30",
    "2024-05-07T23:47Z",
    "1715125620",
];

/// A value of the policy that makes the comparison true of the request's value, or one that likely does not.
pub(crate) fn operand(
    dice: &mut Dice,
    scene: &Scene,
    operator: Operator,
    key: Key,
    actual: Option<&str>,
    fits: bool,
) -> String {
    let actual = actual.unwrap_or_else(|| dice.pick(key.values));
    if let Some(id) = bare_role_id(scene, key).filter(|_| operator.family == Family::Text && dice.percent(12))
    {
        return id;
    }
    match operator.family {
        Family::Text => text(dice, scene, operator.relation, actual, fits),
        Family::Arn => arn(dice, scene, actual, fits),
        Family::Number => number(dice, operator.relation, actual, fits),
        Family::Date => date(dice, operator.relation, actual, fits),
        Family::Bool => truth(dice, actual, fits),
        Family::Binary if fits && BYTES.contains(&actual) => actual.to_owned(),
        Family::Binary => dice.pick(BYTES).to_owned(),
        Family::Ip => range(dice, scene.profile, actual, fits),
    }
}

/// The id of the caller's role without a session's name, which documents print although no `aws:userid` is like it.
fn bare_role_id(scene: &Scene, key: Key) -> Option<String> {
    match &scene.principal {
        Principal::RoleSession { role_id, .. } if key.name == "aws:userid" => Some(role_id.to_string()),
        _ => None,
    }
}

fn text(dice: &mut Dice, scene: &Scene, relation: Relation, actual: &str, fits: bool) -> String {
    if dice.percent(12) {
        return with_variable(dice, actual, &scene.known());
    }
    match (relation, fits) {
        (Relation::Like, true) => like(dice, actual),
        (Relation::SameButForCase, true) => recased(dice, actual),
        (_, true) => actual.to_owned(),
        (_, false) if dice.percent(20) => dice.pick(crate::keys::TEAMS).to_owned(),
        (Relation::Same, false) if dice.percent(30) => like(dice, actual),
        (_, false) => near(dice, actual),
    }
}

fn arn(dice: &mut Dice, scene: &Scene, actual: &str, fits: bool) -> String {
    if dice.percent(10) {
        return with_variable(dice, actual, &scene.known());
    }
    if fits { arn_like(dice, actual, false) } else { arn_near(dice, actual) }
}

fn number(dice: &mut Dice, relation: Relation, actual: &str, fits: bool) -> String {
    let actual = if NUMBERS.contains(&actual) { actual } else { "10" };
    match (relation, fits && dice.percent(70)) {
        (Relation::Less, true) => dice.pick(&["99999999999999999999", "100000", actual]).to_owned(),
        (Relation::More, true) => dice.pick(&["-1", "-0.5", "0", actual]).to_owned(),
        (_, true) if ["10", "10.0", "010"].contains(&actual) => {
            dice.pick(&["10", "10.0", "010", "10.00"]).to_owned()
        }
        (_, true) => actual.to_owned(),
        _ => dice.pick(NUMBERS).to_owned(),
    }
}

fn date(dice: &mut Dice, relation: Relation, actual: &str, fits: bool) -> String {
    match (relation, fits && dice.percent(70)) {
        (Relation::Less, true) => {
            dice.pick(&["2025", "2025-01", "1767225600", "2024-05-08T00:00:00Z"]).to_owned()
        }
        (Relation::More, true) => {
            dice.pick(&["2019", "2020-02-29", "1577836800", "2019-12-31T23:59:59Z"]).to_owned()
        }
        (_, true) if ONE_INSTANT.contains(&actual) => dice.pick(ONE_INSTANT).to_owned(),
        (_, true) if DATES.contains(&actual) => actual.to_owned(),
        _ => dice.pick(DATES).to_owned(),
    }
}

fn truth(dice: &mut Dice, actual: &str, fits: bool) -> String {
    let is_true = actual.eq_ignore_ascii_case("true") == fits;
    let text = if is_true { "true" } else { "false" };
    if dice.percent(10) { recased(dice, text) } else { text.to_owned() }
}

fn range(dice: &mut Dice, profile: Profile, actual: &str, fits: bool) -> String {
    if profile == Profile::Everything && dice.percent(4) {
        return dice.pick(ODD_RANGES).to_owned();
    }
    let actual = if fits && ADDRESSES.contains(&actual) { actual } else { dice.pick(ADDRESSES) };
    let fitting: Vec<&str> =
        RANGES.iter().filter(|(inside, _)| *inside == actual).map(|(_, range)| *range).collect();
    dice.pick(&fitting).to_owned()
}
