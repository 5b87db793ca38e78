//! The Condition element: keys of the request and keys it does not have, under every operator with every prefix and
//! suffix.

use portcullis_policy::ContextValue;

use crate::Profile;
use crate::dice::Dice;
use crate::json::{Json, quote};
use crate::keys::Family;
use crate::operand::{OPERATORS, Operator, operand};
use crate::scene::{Scene, Slot};
use crate::shape::recased;

/// Numbers that JSON spells as the policy language does.
const SCALARS: &[&str] = &["0", "1", "10", "100", "9.99", "10.01", "-1", "3600", "true", "false"];
/// Values of one condition, at most, seldom reached.
const LONG_LIST: usize = 40;

/// Writes a Condition of one to three comparisons; with `holds`, each is written to be true of the request.
pub(crate) fn write(text: &mut String, dice: &mut Dice, scene: &Scene, holds: bool) {
    let mut block = Json::object(text);
    let mut written: Vec<String> = Vec::new();
    for _ in 0..[1, 1, 1, 2, 2, 3].get(dice.below(6)).copied().unwrap_or(1) {
        let present = dice.percent(80);
        let slot = slot(dice, scene, present);
        let (name, operator) = operator(dice, scene, slot, holds);
        // A name that stands twice would be refused.
        if written.iter().any(|held| held.eq_ignore_ascii_case(&name)) {
            continue;
        }
        let mut keys = Json::object(block.member(&name));
        let key = if dice.percent(12) { recased(dice, slot.key.name) } else { slot.key.name.to_owned() };
        values(keys.member(&key), dice, scene, slot, operator, holds);
        if dice.percent(10) {
            let second = self::slot(dice, scene, true);
            let is_strange =
                matches!(operator, Some(operator) if !may_meet(scene.profile, operator.family, second));
            if !is_strange && !second.key.name.eq_ignore_ascii_case(slot.key.name) {
                values(keys.member(second.key.name), dice, scene, second, operator, holds);
            }
        }
        keys.close();
        written.push(name);
    }
    block.close();
}

/// A key of the request, or any.
fn slot<'s>(dice: &mut Dice, scene: &'s Scene, present: bool) -> &'s Slot {
    const NOTHING: &Slot = &Slot {
        key: crate::keys::Key { name: "aws:none", family: Family::Text, is_multi: false, values: &["x"] },
        value: None,
    };
    for _ in 0..6 {
        let at = dice.below(scene.slots.len());
        if let Some(slot) = scene.slots.get(at).filter(|slot| !present || slot.value.is_some()) {
            return slot;
        }
    }
    NOTHING
}

/// How lenient a reader of numbers and dates is of what is neither is a matter of its language: where languages are
/// compared, these families meet their own keys only, and an IPv6 address is not held against an ARN.
fn may_meet(profile: Profile, family: Family, slot: &Slot) -> bool {
    match (profile, family) {
        (Profile::Comparable, Family::Number | Family::Date) => family == slot.key.family,
        (Profile::Comparable, Family::Arn) => slot.key.family != Family::Ip,
        _ => true,
    }
}

/// The operator as written, and what it is; `None` is `Null`.
fn operator(dice: &mut Dice, scene: &Scene, slot: &Slot, holds: bool) -> (String, Option<Operator>) {
    if dice.percent(10) {
        return ("Null".to_owned(), None);
    }
    // Text operators fit every key; a stranger's operator, seldom, none.
    let family = match dice.below(100) {
        0..=79 => slot.key.family,
        80..=95 => Family::Text,
        _ => Some(dice.pick(OPERATORS).family)
            .filter(|family| may_meet(scene.profile, *family, slot))
            .unwrap_or_default(),
    };
    let fitting: Vec<Operator> =
        OPERATORS.iter().copied().filter(|operator| operator.family == family).collect();
    let operator = dice.pick(&fitting);
    let is_many =
        matches!(slot.value, Some(ContextValue::Many(_))) || (slot.value.is_none() && slot.key.is_multi);
    let prefix = match (is_many, dice.below(100)) {
        (true, 0..=44) | (false, 0..=4) => "ForAllValues:",
        (true, 45..=91) | (false, 5..=9) => "ForAnyValue:",
        _ => "",
    };
    let wants_suffix = if holds && slot.value.is_none() { 60 } else { 15 };
    let suffix = if dice.percent(wants_suffix) { "IfExists" } else { "" };
    let name = format!("{prefix}{}{suffix}", operator.name);
    let recase = scene.profile == Profile::Everything && dice.percent(3);
    (if recase { recased(dice, &name) } else { name }, Some(operator))
}

fn values(
    text: &mut String,
    dice: &mut Dice,
    scene: &Scene,
    slot: &Slot,
    operator: Option<Operator>,
    holds: bool,
) {
    let Some(operator) = operator else {
        let is_absent = slot.value.is_none();
        let says = if is_absent == holds { "true" } else { "false" };
        scalar(text, dice, says);
        return;
    };
    let count = match dice.below(100) {
        0..=54 => 1,
        55..=94 => dice.between(2, 4),
        _ => dice.between(5, LONG_LIST),
    };
    let actual: &[String] = slot.value.as_ref().map(ContextValue::values).unwrap_or_default();
    // One fitting value is enough for a positive operator and too many for a negated one.
    let wants_fit = holds != operator.is_negated;
    let lucky = dice.below(count);
    let mut texts: Vec<String> = Vec::with_capacity(count);
    for place in 0..count {
        let at = dice.below(actual.len());
        let fits = wants_fit && (place == lucky || slot.key.is_multi || dice.percent(30));
        texts.push(operand(dice, scene, operator, slot.key, actual.get(at).map(String::as_str), fits));
    }
    if let ([only], true) = (texts.as_slice(), dice.percent(70)) {
        scalar(text, dice, only);
        return;
    }
    let mut list = Json::array(text);
    for value in &texts {
        scalar(list.element(), dice, value);
    }
    list.close();
}

/// A value, in quotes or, where JSON can, without.
fn scalar(text: &mut String, dice: &mut Dice, value: &str) {
    if SCALARS.contains(&value) && dice.percent(20) {
        text.push_str(value);
    } else {
        quote(text, value);
    }
}
