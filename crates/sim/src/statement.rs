//! One statement: effect, principal, action, resource and conditions, each in one of its forms. A statement that is
//! aimed applies to the request; one that is not mostly misses it, by an element or two.

use portcullis_policy::PolicyKind;

use crate::Profile;
use crate::actions::{ODD, PLAIN};
use crate::dice::Dice;
use crate::json::{Json, quote, strings};
use crate::scene::Scene;
use crate::shape::{arn_like, arn_near, like, near, recased, split_arn, with_variable};
use crate::{condition, principal};

/// What a statement is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) kind: PolicyKind,
    pub(crate) is_deny: bool,
    /// Whether it is to apply to the request.
    pub(crate) is_aimed: bool,
}

/// Writes a statement.
pub(crate) fn write(text: &mut String, dice: &mut Dice, scene: &Scene, plan: Plan, number: usize) {
    // An aimed statement applies; another misses in one element that it draws here, or in none by chance.
    let missing = if plan.is_aimed { 9 } else { dice.below(if plan.is_deny { 4 } else { 5 }) };
    let mut members = Json::object(text);
    if dice.percent(25) {
        quote(members.member("Sid"), &format!("S{number}"));
    }
    quote(members.member("Effect"), if plan.is_deny { "Deny" } else { "Allow" });
    if matches!(plan.kind, PolicyKind::Resource | PolicyKind::Trust | PolicyKind::Rcp) {
        principal::write(&mut members, dice, scene, plan, missing != 0);
    }
    action(&mut members, dice, scene, plan, missing != 1);
    if plan.kind != PolicyKind::Trust {
        resource(&mut members, dice, scene, plan, missing != 2);
    }
    let is_conditional = missing == 3 || dice.percent(if plan.is_aimed { 40 } else { 60 });
    if is_conditional {
        condition::write(members.member("Condition"), dice, scene, missing != 3);
    }
    members.close();
}

fn action(members: &mut Json<'_>, dice: &mut Dice, scene: &Scene, plan: Plan, matches: bool) {
    let may_negate = !matches!(plan.kind, PolicyKind::Trust | PolicyKind::Rcp);
    let is_negated = may_negate && dice.percent(15);
    let count = dice.pick(&[1, 1, 1, 2, 3]);
    let lucky = dice.below(count);
    let mut patterns: Vec<String> = Vec::with_capacity(count);
    for place in 0..count {
        let fits = matches != is_negated && place == lucky;
        let pattern = if plan.kind == PolicyKind::Trust {
            trust_action(dice, scene.action, fits)
        } else if fits {
            action_like(dice, scene)
        } else {
            action_near(dice, scene)
        };
        let is_vendorless = plan.kind == PolicyKind::Rcp && pattern.starts_with('*');
        patterns.push(if is_vendorless { "s3:*".to_owned() } else { pattern });
    }
    let name = if is_negated { "NotAction" } else { "Action" };
    strings(members.member(name), &patterns, dice.percent(60));
}

fn action_like(dice: &mut Dice, scene: &Scene) -> String {
    let (vendor, name) = scene.action.split_once(':').unwrap_or((scene.action, ""));
    match dice.below(12) {
        0 | 1 => "*".to_owned(),
        2 if scene.profile == Profile::Everything => format!("*:{name}"),
        3 => recased(dice, scene.action),
        4..=6 => format!("{vendor}:{}", like(dice, name)),
        7 => format!("{vendor}:*"),
        _ => scene.action.to_owned(),
    }
}

fn action_near(dice: &mut Dice, scene: &Scene) -> String {
    let other = dice.pick(PLAIN).action;
    if dice.percent(60) {
        return other.to_owned();
    }
    let (vendor, name) = scene.action.split_once(':').unwrap_or((scene.action, ""));
    let near = near(dice, name);
    let is_name = !near.is_empty() && near.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'?');
    if is_name { format!("{vendor}:{near}") } else { other.to_owned() }
}

/// Trust policies are asked about the actions of assuming a role only.
fn trust_action(dice: &mut Dice, action: &str, fits: bool) -> String {
    let others = ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"];
    match (fits, dice.below(8)) {
        (true, 0) => "sts:*".to_owned(),
        (true, 1) if action.starts_with("sts:AssumeRole") => "sts:AssumeRole*".to_owned(),
        (true, 2) if action.starts_with("sts:AssumeRole") => "sts:assumerole?*".replace('?', ""),
        (true, 3) => recased(dice, action),
        (true, _) => action.to_owned(),
        (false, 0) => "sts:AssumeRole?".to_owned(),
        (false, _) => dice.pick(&others).to_owned(),
    }
}

fn resource(members: &mut Json<'_>, dice: &mut Dice, scene: &Scene, plan: Plan, matches: bool) {
    let is_negated = dice.percent(if plan.kind == PolicyKind::Scp { 8 } else { 14 });
    let count = dice.pick(&[1, 1, 1, 2, 3]);
    let lucky = dice.below(count);
    let mut patterns: Vec<String> = Vec::with_capacity(count);
    for place in 0..count {
        let fits = matches != is_negated && place == lucky;
        patterns.push(pattern(dice, scene, fits));
    }
    let name = if is_negated { "NotResource" } else { "Resource" };
    strings(members.member(name), &patterns, dice.percent(60));
}

fn pattern(dice: &mut Dice, scene: &Scene, fits: bool) -> String {
    let is_arn = scene.resource.starts_with("arn:");
    if fits && (!is_arn || dice.percent(12)) {
        return "*".to_owned();
    }
    if !is_arn || (!fits && dice.percent(30)) {
        return other_resource(dice);
    }
    if scene.profile == Profile::Everything && dice.percent(1) {
        return "arn:aws:s3:::${aws:username}:x".replace(":::", "::${aws:PrincipalAccount}:");
    }
    if dice.percent(15) {
        let (head, name) = split_arn(&scene.resource).unwrap_or(("arn:aws:s3:::", "data"));
        let known = scene.known();
        return format!("{head}{}", with_variable(dice, name, &known));
    }
    let pattern = if fits { resource_like(dice, scene) } else { arn_near(dice, &scene.resource) };
    // The grammar wants six parts and the service's name in full.
    let is_written = pattern == "*" || (pattern.starts_with("arn:") && pattern.split(':').count() >= 6);
    if is_written { pattern } else { scene.resource.clone() }
}

/// Wildcards in the type of a resource, which AWS's pages call incorrect, are seldom where others are compared with:
/// they would hide the rest.
fn resource_like(dice: &mut Dice, scene: &Scene) -> String {
    let pattern = arn_like(dice, &scene.resource, true);
    let has_type = !scene.resource.starts_with("arn:aws:s3:")
        && scene.resource.splitn(6, ':').nth(5).is_some_and(|name| name.contains(['/', ':']));
    if scene.profile == Profile::Everything || !has_type || dice.percent(10) {
        return pattern;
    }
    let (Some((head, _)), Some((_, name))) = (split_arn(&pattern), split_arn(&scene.resource)) else {
        return pattern;
    };
    let (kind, rest) = name.split_at(name.find(['/', ':']).map_or(0, |at| at + 1));
    format!("{head}{kind}{}", like(dice, rest))
}

fn other_resource(dice: &mut Dice) -> String {
    let row = if dice.percent(80) { dice.pick(PLAIN) } else { dice.pick(ODD) };
    let resource = dice.pick(row.resources).replace("ACCOUNT", "111122223333");
    if resource == "*" { "arn:aws:s3:::data/*".to_owned() } else { resource }
}
