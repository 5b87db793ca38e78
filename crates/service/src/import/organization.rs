//! Accounts and the organization: put together from listings, held against what is here, made into records.
//!
//! Nothing of an organization may be missing that could have forbidden something: a level of which no service control
//! policy is known is a problem, and so is a policy whose text is not among the files.

mod write;

use std::collections::{BTreeMap, BTreeSet};

use portcullis_base::{AccountId, Tags};
use portcullis_store::record::AccountRecord;
use portcullis_store::{Key, codec};

use super::found::{Found, Listings};
use super::iam::tags;
use super::needs;
use super::plan::{Desk, Plan};
use super::principal::Names;
use super::report::Kind;
use crate::actions::organizations::{policy_type, root_email};
use crate::snapshot::organization::{AWS_POLICIES, RCP, SCP, UNIT_DEPTH_MAX};

/// Adds the accounts and the organization to the plan.
pub fn add(found: &Found, desk: &Desk<'_>, names: &Names<'_>, plan: &mut Plan) {
    let listings = &found.listings;
    if listings.is_any() {
        whole(listings, desk, names, plan);
    }
    alone(found, desk, plan);
}

/// Accounts of entities that no listing has.
fn alone(found: &Found, desk: &Desk<'_>, plan: &mut Plan) {
    let holders = found.holders.iter().map(|held| (held.it.account, held.file));
    let policies = found.managed.iter().map(|held| (held.it.account, held.file));
    let accounts: BTreeMap<AccountId, usize> = holders.chain(policies).collect();
    let is_new = |account: &AccountId| {
        *account != desk.home
            && desk.here.accounts.get(*account).is_none()
            && !found.listings.accounts.contains_key(account)
    };
    for (account, file) in accounts.into_iter().filter(|(account, _)| is_new(account)) {
        if found.listings.is_any() {
            let reason = "is in no listing of the organization, and is made outside of it";
            plan.report.omission(desk.file(file), account.to_string(), reason);
        }
        let record = AccountRecord {
            id: account,
            name: account.to_string(),
            email: root_email(account),
            created: desk.now,
            is_closed: false,
            membership: None,
        };
        plan.needs.push(needs::organization("organizations:CreateAccount", "*", None, desk));
        plan.take(account, Kind::Account, Key::account(account), codec::to_bytes(&record));
    }
}

/// An organization as listings have it, put together.
struct Whole<'a> {
    listings: &'a Listings,
    id: &'a str,
    root: &'a str,
    types: &'a [String],
}

fn whole(listings: &Listings, desk: &Desk<'_>, names: &Names<'_>, plan: &mut Plan) {
    let (Some((id, management)), Some((root, types))) = (&listings.organization, &listings.root) else {
        return plan.report.problem(
            "",
            "organization",
            "its id, its management account and its root are not all among the files: give the outputs of \
             describe-organization and list-roots",
        );
    };
    if *management != desk.home {
        let reason = format!("is managed by {management}; here only {} can manage one", desk.home);
        return plan.report.problem("", id.as_str(), reason);
    }
    if !listings.accounts.contains_key(management) {
        plan.report.problem(
            "",
            management.to_string(),
            "manages the organization, and is in no listing of accounts",
        );
    }
    let whole = Whole { listings, id, root, types };
    whole.places(plan);
    whole.policies(desk, plan);
    whole.levels(plan);
    whole.tagged(desk, plan);
    whole.ask(desk, &mut plan.needs);
    whole.write(*management, desk, names, plan);
}

impl Whole<'_> {
    /// Whether each unit and account lies somewhere, and no line of units is endless or too long.
    fn places(&self, plan: &mut Plan) {
        let accounts = self.listings.accounts.keys().map(ToString::to_string);
        let nodes = accounts
            .map(|id| (id, "account"))
            .chain(self.listings.units.keys().map(|id| (id.clone(), "unit")));
        for (id, kind) in nodes {
            let mut line = vec![id.as_str()];
            while let Some(parent) = line.last().and_then(|last| self.listings.parents.get(*last)) {
                line.push(parent);
                if line.len() > UNIT_DEPTH_MAX + 2 {
                    break;
                }
            }
            let most = if kind == "unit" { UNIT_DEPTH_MAX + 1 } else { UNIT_DEPTH_MAX + 2 };
            let is_known = |id: &&str| *id == self.root || self.listings.units.contains_key(*id);
            if line.last() != Some(&self.root) {
                let reason = "does not lie below the root by what the files say; give list-accounts-for-parent and \
                              list-organizational-units-for-parent of the root and of every unit";
                plan.report.problem("", id.as_str(), reason);
            } else if line.len() > most {
                plan.report.problem("", id.as_str(), format!("lies more than {UNIT_DEPTH_MAX} units deep"));
            } else if let Some(unknown) = line.iter().skip(1).find(|id| !is_known(id)) {
                plan.report.problem("", id.as_str(), format!("lies in {unknown}, which is in no listing"));
            }
        }
    }

    /// Whether a policy is of a type that counts here and not AWS's own.
    fn is_kept(&self, id: &str) -> bool {
        self.listings.policies.get(id).is_some_and(|held| {
            policy_type::named(&held.it.kind).is_ok() && !held.it.is_aws_managed && !is_of_aws(id)
        })
    }

    fn policies(&self, desk: &Desk<'_>, plan: &mut Plan) {
        for (id, held) in &self.listings.policies {
            let (file, policy) = (desk.file(held.file), &held.it);
            if is_of_aws(id) {
                continue;
            }
            let Ok(kind) = policy_type::named(&policy.kind) else {
                let reason = format!("is of the type {}, which does nothing here", policy.kind);
                plan.report.omission(file, id.as_str(), reason);
                continue;
            };
            if policy.is_aws_managed {
                plan.report.omission(file, id.as_str(), "is a policy of AWS's own that is not here");
                continue;
            }
            match &policy.text {
                None => {
                    let reason = "has no text among the files; give describe-policy --policy-id of it";
                    plan.report.problem(file, id.as_str(), reason);
                }
                Some(text) => {
                    if let Err(reason) = policy_type::well_formed(kind, text) {
                        plan.report.problem(file, id.as_str(), format!("is refused: {reason}"));
                    }
                }
            }
            if !self.listings.attached.iter().any(|(_, attached)| attached == id) {
                plan.report.omission(file, id.as_str(), "is attached nowhere, as far as the files say");
            }
        }
        for (target, policy) in &self.listings.attached {
            if !is_of_aws(policy) && !self.listings.policies.contains_key(policy) {
                let reason = format!("is attached to {target}, and its text is not among the files");
                plan.report.problem("", policy.as_str(), reason);
            }
        }
    }

    fn nodes(&self) -> impl Iterator<Item = String> {
        let units = self.listings.units.keys().cloned();
        let accounts = self.listings.accounts.keys().map(ToString::to_string);
        std::iter::once(self.root.to_owned()).chain(units).chain(accounts)
    }

    /// What is attached to a node and counts here.
    fn attached(&self, node: &str) -> Vec<String> {
        let listed = self.listings.attached.iter().filter(|(target, _)| target == node);
        let mut attached: Vec<String> = listed
            .map(|(_, policy)| policy.clone())
            .filter(|policy| is_of_aws(policy) || self.is_kept(policy))
            .collect();
        // Nobody can detach this one, so that it is everywhere (Organizations User Guide, "RCPFullAWSAccess").
        let full = "p-RCPFullAWSAccess".to_owned();
        if self.types.iter().any(|kind| kind == RCP) && !attached.contains(&full) {
            attached.push(full);
        }
        attached
    }

    /// Whether at each level some service control policy is known: one is attached there, always.
    fn levels(&self, plan: &mut Plan) {
        if !self.types.iter().any(|kind| kind == SCP) {
            return;
        }
        let is_scp = |id: &String| {
            id == "p-FullAWSAccess" || self.listings.policies.get(id).is_some_and(|held| held.it.kind == SCP)
        };
        let nodes = self.nodes().filter(|node| !self.attached(node).iter().any(is_scp));
        for node in nodes {
            let reason = "has no service control policy by what the files say, and always has one: give \
                          list-policies-for-target of it, or list-targets-for-policy of every policy";
            plan.report.problem("", node, reason);
        }
        let known: BTreeSet<String> = self.nodes().collect();
        for (target, policy) in &self.listings.attached {
            if !known.contains(target) {
                plan.report.problem(
                    "",
                    target.as_str(),
                    format!("has {policy} attached, and is in no listing"),
                );
            }
        }
    }

    /// Whether everything is there that tags are given of.
    fn tagged(&self, desk: &Desk<'_>, plan: &mut Plan) {
        let known: BTreeSet<String> = self.nodes().collect();
        for (id, held) in &self.listings.tags {
            let is_delegation = self.listings.delegation.as_ref().is_some_and(|held| held.it.0 == *id);
            if !known.contains(id) && !is_delegation && !self.listings.policies.contains_key(id) {
                plan.report.problem(desk.file(held.file), id.as_str(), "has tags, and is in no listing");
            }
        }
    }

    /// The tags of something; none where the files have none.
    fn tags(&self, id: &str) -> Tags {
        self.listings.tags.get(id).map(|held| held.it.clone()).unwrap_or_default()
    }

    /// Whether the files say nothing else of its tags than what they are here.
    fn has_tags(&self, id: &str, held: &Tags) -> bool {
        self.listings.tags.get(id).is_none_or(|found| tags(&found.it) == tags(held))
    }

    fn ask(&self, desk: &Desk<'_>, needs: &mut Vec<crate::action::Need>) {
        let mut ask = |action, resource: &str, kind: Option<&str>| {
            needs.push(needs::organization(action, resource, kind, desk));
        };
        ask("organizations:CreateOrganization", "*", None);
        for kind in self.types {
            ask("organizations:EnablePolicyType", &self.arn(desk, self.root), Some(kind));
        }
        for _ in &self.listings.accounts {
            ask("organizations:CreateAccount", "*", None);
        }
        for unit in self.listings.units.keys() {
            let parent = self.listings.parents.get(unit).map_or("", String::as_str);
            ask("organizations:CreateOrganizationalUnit", &self.arn(desk, parent), None);
        }
        for (id, held) in &self.listings.policies {
            if self.is_kept(id) {
                ask("organizations:CreatePolicy", "*", Some(&held.it.kind));
            }
        }
        for (target, policy) in &self.listings.attached {
            let kind = self.listings.policies.get(policy).map(|held| held.it.kind.as_str());
            ask("organizations:AttachPolicy", &self.arn(desk, target), kind);
            ask("organizations:AttachPolicy", &self.policy_arn(desk, policy), kind);
        }
        self.ask_delegation_and_tags(desk, needs);
    }

    fn ask_delegation_and_tags(&self, desk: &Desk<'_>, needs: &mut Vec<crate::action::Need>) {
        if self.listings.delegation.is_some() {
            needs.push(needs::organization("organizations:PutResourcePolicy", "*", None, desk));
        }
        for (id, held) in self.listings.tags.iter().filter(|(_, held)| !held.it.is_empty()) {
            let arn = match id.split_once('-') {
                Some(("p", _)) => self.policy_arn(desk, id),
                Some(("rp", _)) => self.delegation_arn(desk, id),
                _ => self.arn(desk, id),
            };
            needs.push(needs::tagging(&arn, &held.it, desk));
        }
    }

    fn delegation_arn(&self, desk: &Desk<'_>, id: &str) -> String {
        crate::snapshot::organization::arn(desk.home, &format!("resourcepolicy/{}/{id}", self.id))
    }

    fn arn(&self, desk: &Desk<'_>, node: &str) -> String {
        let kind = match node.split_once('-') {
            Some(("r", _)) => "root",
            Some(("ou", _)) => "ou",
            _ => "account",
        };
        crate::snapshot::organization::arn(desk.home, &format!("{kind}/{}/{node}", self.id))
    }

    fn policy_arn(&self, desk: &Desk<'_>, policy: &str) -> String {
        if let Some(own) = AWS_POLICIES.iter().find(|own| own.id == policy) {
            return format!("arn:aws:organizations::aws:policy/{}/{policy}", own.kind.to_ascii_lowercase());
        }
        let kind = self.listings.policies.get(policy).map_or("", |held| &held.it.kind).to_ascii_lowercase();
        crate::snapshot::organization::arn(desk.home, &format!("policy/{}/{kind}/{policy}", self.id))
    }
}

fn is_of_aws(id: &str) -> bool {
    AWS_POLICIES.iter().any(|policy| policy.id == id)
}
