//! The Principal and NotPrincipal elements: every way in which a policy can name the caller, its line of descent and
//! somebody else.

use portcullis_policy::{FederatedParent, PolicyKind, Principal};

use crate::Profile;
use crate::dice::Dice;
use crate::json::{Json, quote, strings};
use crate::scene::Scene;
use crate::statement::Plan;

const OTHERS: &[(&str, &str)] = &[
    ("AWS", "arn:aws:iam::111122223333:user/staff/alice"),
    ("AWS", "arn:aws:iam::111122223333:user/alice"),
    ("AWS", "arn:aws:iam::111122223333:role/team/deploy"),
    ("AWS", "arn:aws:iam::444455556666:role/team/deploy"),
    ("AWS", "arn:aws:iam::111122223333:role/audit"),
    ("AWS", "arn:aws:sts::111122223333:assumed-role/deploy/ci"),
    ("AWS", "arn:aws:sts::111122223333:assumed-role/deploy/other"),
    ("AWS", "arn:aws:sts::111122223333:federated-user/bob"),
    ("AWS", "111122223333"),
    ("AWS", "999988887777"),
    ("AWS", "arn:aws:iam::444455556666:root"),
    ("Service", "cloudtrail.amazonaws.com"),
    ("Service", "ec2.amazonaws.com"),
];
const PROVIDERS: &[(&str, &str)] = &[
    ("Federated", "accounts.google.com"),
    ("Federated", "arn:aws:iam::111122223333:saml-provider/corp"),
    ("Federated", "arn:aws:iam::111122223333:oidc-provider/idp.example.com"),
];

type Named = (&'static str, String);

/// Writes Principal or NotPrincipal; with `reaches`, it is about the caller.
pub(crate) fn write(members: &mut Json<'_>, dice: &mut Dice, scene: &Scene, plan: Plan, reaches: bool) {
    if plan.kind == PolicyKind::Rcp {
        quote(members.member("Principal"), "*");
        return;
    }
    let is_trust = plan.kind == PolicyKind::Trust;
    let is_negated = plan.is_deny && !is_trust && dice.percent(30);
    if !is_negated && reaches && dice.percent(22) {
        everyone(members, dice);
        return;
    }
    let line = line(scene);
    let mut named: Vec<Named> = Vec::new();
    if is_negated && !reaches {
        // Sparing the caller takes its whole line.
        named.extend(line.iter().filter(|_| dice.percent(92)).cloned());
    } else if reaches != is_negated {
        let at = dice.below(line.len());
        named.extend(line.get(at).cloned());
    }
    for _ in 0..dice.below(3) {
        let other = if is_trust && dice.percent(40) { dice.pick(PROVIDERS) } else { dice.pick(OTHERS) };
        let other = (other.0, other.1.to_owned());
        if !named.contains(&other) {
            named.push(other);
        }
    }
    if named.is_empty() {
        named.push(("AWS", "999988887777".to_owned()));
    }
    // Only trust policies may name providers.
    named.retain(|(kind, _)| is_trust || *kind != "Federated");
    if named.is_empty() {
        everyone(members, dice);
        return;
    }
    let element = members.member(if is_negated { "NotPrincipal" } else { "Principal" });
    listed(element, dice, scene.profile, &named);
}

fn everyone(members: &mut Json<'_>, dice: &mut Dice) {
    let element = members.member("Principal");
    if dice.percent(50) {
        quote(element, "*");
        return;
    }
    let mut kinds = Json::object(element);
    strings(kinds.member("AWS"), &["*".to_owned()], dice.percent(70));
    kinds.close();
}

fn listed(element: &mut String, dice: &mut Dice, profile: Profile, entries: &[Named]) {
    let are_arns = entries.iter().all(|(kind, text)| *kind == "AWS" && text.starts_with("arn:"));
    if are_arns && profile == Profile::Everything && dice.percent(10) {
        let texts: Vec<String> = entries.iter().map(|(_, text)| text.clone()).collect();
        strings(element, &texts, false);
        return;
    }
    let mut kinds = Json::object(element);
    for kind in ["AWS", "Service", "Federated"] {
        let texts: Vec<String> =
            entries.iter().filter(|(held, _)| *held == kind).map(|(_, text)| text.clone()).collect();
        if !texts.is_empty() {
            strings(kinds.member(kind), &texts, dice.percent(70));
        }
    }
    kinds.close();
}

/// The caller and everything it descends from, in all their names.
fn line(scene: &Scene) -> Vec<Named> {
    let aws = |name: String| ("AWS", name);
    let is_everything = scene.profile == Profile::Everything;
    let mut line = Vec::new();
    match &scene.principal {
        Principal::Anonymous | Principal::Root { .. } => {}
        Principal::User { id, arn, .. } => {
            line.push(aws(arn.clone()));
            line.extend(is_everything.then(|| aws(id.to_string())));
        }
        Principal::Federated { arn, parent, .. } => {
            line.push(aws(arn.clone()));
            if let FederatedParent::User { id, arn } = parent {
                line.push(aws(arn.clone()));
                line.extend(is_everything.then(|| aws(id.to_string())));
            }
        }
        Principal::RoleSession { role_id, role_arn, session_arn, .. } => {
            line.push(aws(session_arn.clone()));
            line.push(aws(role_arn.clone()));
            line.extend(is_everything.then(|| aws(role_id.to_string())));
        }
        Principal::Service { name } => line.push(("Service", name.clone())),
        Principal::ExternalIdentity { provider } => line.push(("Federated", provider.clone())),
    }
    if let Some(account) = scene.account() {
        line.push(aws(account.to_string()));
        line.push(aws(format!("arn:aws:iam::{account}:root")));
    }
    line
}
