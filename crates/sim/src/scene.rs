//! The request of a case, drawn first: policies are then written with it in view, so that matches and near misses are
//! frequent and not a matter of luck.

use portcullis_base::AccountId;
use portcullis_policy::{ContextValue, Principal};

use crate::Profile;
use crate::actions::{Asking, ODD, Owned, PLAIN};
use crate::cast::{account, member};
use crate::dice::Dice;
use crate::keys::{Family, GLOBAL, Key, PRINCIPAL, of_action};
use crate::shape::Known;

pub(crate) const HOME: &str = "111122223333";
pub(crate) const ELSEWHERE: &str = "444455556666";

/// A condition key and what the request says about it.
pub(crate) struct Slot {
    pub(crate) key: Key,
    pub(crate) value: Option<ContextValue>,
}

/// A request.
pub(crate) struct Scene {
    pub(crate) profile: Profile,
    pub(crate) principal: Principal,
    pub(crate) action: &'static str,
    pub(crate) resource: String,
    pub(crate) owner: AccountId,
    pub(crate) owned: Owned,
    pub(crate) slots: Vec<Slot>,
}

impl Scene {
    pub(crate) fn draw(dice: &mut Dice, profile: Profile) -> Self {
        let theirs = if dice.percent(70) { HOME } else { ELSEWHERE };
        let member = member(dice, theirs, profile);
        let asking = asked_by(dice, &member.principal, profile);
        let owner = if dice.percent(72) { theirs } else { HOME };
        let resource = dice.pick(asking.resources).replace("ACCOUNT", owner);
        let mut slots: Vec<Slot> = Vec::with_capacity(48);
        for key in PRINCIPAL {
            let found = member.keys.iter().find(|(name, _)| *name == key.name);
            slots.push(Slot { key: *key, value: found.map(|(_, value)| value.clone()) });
        }
        for key in GLOBAL {
            let value = dice.percent(45).then(|| drawn(dice, key, profile));
            slots.push(Slot { key: *key, value });
        }
        for key in of_action(asking.action) {
            let value = dice.percent(75).then(|| drawn(dice, key, profile));
            slots.push(Slot { key: *key, value });
        }
        Self {
            profile,
            principal: member.principal,
            action: asking.action,
            resource,
            owner: account(owner),
            owned: asking.policy,
            slots,
        }
    }

    /// The keys that could stand in a variable.
    pub(crate) fn known(&self) -> Vec<Known<'_>> {
        self.slots
            .iter()
            .filter(|slot| matches!(slot.key.family, Family::Text | Family::Arn))
            .filter_map(|slot| match &slot.value {
                Some(ContextValue::One(text)) => Some(Known { key: slot.key.name, text }),
                Some(ContextValue::Many(_)) | None => None,
            })
            .collect()
    }

    pub(crate) fn account(&self) -> Option<AccountId> {
        self.principal.account()
    }
}

/// Bearers of foreign tokens can only ask to assume a role; the others mostly do not.
fn asked_by(dice: &mut Dice, principal: &Principal, profile: Profile) -> Asking {
    if matches!(principal, Principal::ExternalIdentity { .. }) && dice.percent(90) {
        let trusts: Vec<Asking> =
            ODD.iter().copied().filter(|row| row.action.starts_with("sts:AssumeRoleWith")).collect();
        return dice.pick(&trusts);
    }
    let is_everything = profile == Profile::Everything;
    let from = if is_everything && dice.percent(20) { ODD } else { PLAIN };
    let asking = dice.pick(from);
    let is_refused = match principal {
        // That root cannot lock itself out of its bucket policies, others do not know.
        Principal::Root { .. } if !is_everything && asking.action == "s3:GetBucketPolicy" => true,
        Principal::Root { .. } => asking.action.starts_with("sts:"),
        Principal::Federated { .. } => asking.action.starts_with("sts:") || asking.action.starts_with("iam:"),
        _ => false,
    };
    // What credentials may never call, whatever the policies say, says little about policies.
    if is_refused && (!is_everything || dice.percent(70)) {
        return PLAIN.first().copied().unwrap_or_default();
    }
    asking
}

/// A value of the key's pool, seldom one that is out of order.
fn drawn(dice: &mut Dice, key: &Key, profile: Profile) -> ContextValue {
    let odd = profile == Profile::Everything && dice.percent(4);
    if odd {
        return match dice.below(6) {
            0 => ContextValue::One(String::new()),
            1 => ContextValue::One("::ffff:192.0.2.7".to_owned()),
            2 => ContextValue::One("no such value".to_owned()),
            3 => ContextValue::Many(Vec::new()),
            4 => ContextValue::Many(vec![String::new()]),
            _ => ContextValue::Many(vec![dice.pick(key.values).to_owned(), dice.pick(key.values).to_owned()]),
        };
    }
    if matches!(key.family, Family::Number | Family::Date) && dice.percent(3) {
        return ContextValue::One("no such value".to_owned());
    }
    if key.is_multi {
        let count = dice.between(1, 3);
        return ContextValue::Many((0..count).map(|_| dice.pick(key.values).to_owned()).collect());
    }
    ContextValue::One(dice.pick(key.values).to_owned())
}
