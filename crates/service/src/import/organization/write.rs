//! The records of an organization that was put together: what is new is taken, what is the same is counted, and what is
//! here otherwise is a problem.

use std::collections::BTreeSet;

use portcullis_base::AccountId;
use portcullis_policy::{PolicyKind, parse};
use portcullis_store::record::{
    AccountRecord, DelegationRecord, MembershipRecord, OrganizationPolicyRecord, OrganizationRecord,
    UnitRecord,
};
use portcullis_store::{Key, codec};

use super::Whole;
use crate::actions::organizations::{delegable, policy_type, root_email};
use crate::import::found::FoundAccount;
use crate::import::iam::note_nobody;
use crate::import::json::is_same;
use crate::import::plan::{Desk, Plan};
use crate::import::principal::Names;
use crate::import::report::Kind;

impl Whole<'_> {
    pub(super) fn write(&self, management: AccountId, desk: &Desk<'_>, names: &Names<'_>, plan: &mut Plan) {
        if let Some(held) = desk.here.accounts.organization()
            && held.id != self.id
        {
            let reason = format!("cannot come where there is the organization {} already", held.id);
            return plan.report.problem("", self.id, reason);
        }
        let made = |account: &FoundAccount| account.joined.unwrap_or(desk.now);
        let record = OrganizationRecord {
            id: self.id.to_owned(),
            management,
            root_id: self.root.to_owned(),
            created: self.listings.accounts.get(&management).map_or(desk.now, |held| made(&held.it)),
            policy_types: self
                .types
                .iter()
                .filter(|kind| policy_type::named(kind).is_ok())
                .cloned()
                .collect(),
            attached: self.attached(self.root),
            tags: self.tags(self.root),
            services: Vec::new(),
            administrators: Vec::new(),
            root_features: Vec::new(),
            resource_policy: self.delegation(desk, names, plan),
        };
        let held = desk.here.accounts.organization().map(|held| {
            held.root_id == record.root_id
                && is_same_set(&held.policy_types, &record.policy_types)
                && is_same_set(&held.attached, &record.attached)
                && self.has_tags(self.root, &held.tags)
                && self.has_delegation(desk, held.resource_policy.as_ref())
        });
        settle(plan, held, (management, Kind::Organization), self.id, || {
            (Key::organization(), codec::to_bytes(&record))
        });
        self.write_units(management, desk, plan);
        self.write_policies(management, desk, plan);
        self.write_accounts(desk, plan);
    }

    /// The organization's resource policy, if the files have it.
    fn delegation(&self, desk: &Desk<'_>, names: &Names<'_>, plan: &mut Plan) -> Option<DelegationRecord> {
        let held = self.listings.delegation.as_ref()?;
        let (file, (id, text)) = (desk.file(held.file), &held.it);
        let parsed = parse(text, PolicyKind::Resource).map_err(|error| error.message.clone());
        let sound = parsed.and_then(|parsed| delegable(text).map(|()| parsed).map_err(|error| error.message));
        match sound {
            Ok(parsed) => {
                let (document, nobody) = names.resolved(text, &parsed.document);
                note_nobody(file, &self.delegation_arn(desk, id), nobody, plan);
                Some(DelegationRecord { id: id.clone(), document, tags: self.tags(id) })
            }
            Err(reason) => {
                plan.report.problem(file, id.as_str(), format!("is refused: {reason}"));
                None
            }
        }
    }

    /// Whether the files say nothing else of the resource policy than what it is here.
    fn has_delegation(&self, desk: &Desk<'_>, held: Option<&DelegationRecord>) -> bool {
        let Some((id, text)) = self.listings.delegation.as_ref().map(|found| &found.it) else { return true };
        held.is_some_and(|held| {
            held.id == *id && is_same(&desk.here.shown(&held.document), text) && self.has_tags(id, &held.tags)
        })
    }

    fn write_units(&self, management: AccountId, desk: &Desk<'_>, plan: &mut Plan) {
        let mut names = BTreeSet::new();
        for (id, name) in &self.listings.units {
            let parent = self.listings.parents.get(id).cloned().unwrap_or_default();
            if !names.insert((parent.clone(), &name.it)) {
                let reason = format!("has the name {} of another unit in {parent}", name.it);
                plan.report.problem(desk.file(name.file), id.as_str(), reason);
            }
            let (name, attached) = (name.it.clone(), self.attached(id));
            let record = UnitRecord { id: id.clone(), parent, name, attached, tags: self.tags(id) };
            let held = desk.here.accounts.unit(id).map(|held| {
                (&held.parent, &held.name) == (&record.parent, &record.name)
                    && is_same_set(&held.attached, &record.attached)
                    && self.has_tags(id, &held.tags)
            });
            settle(plan, held, (management, Kind::Unit), id, || (Key::unit(id), codec::to_bytes(&record)));
        }
    }

    fn write_policies(&self, management: AccountId, desk: &Desk<'_>, plan: &mut Plan) {
        let mut names = BTreeSet::new();
        for (id, policy) in self.listings.policies.iter().filter(|(id, _)| self.is_kept(id)) {
            if !names.insert((&policy.it.kind, &policy.it.name)) {
                let reason = format!("has the name {} of another policy", policy.it.name);
                plan.report.problem(desk.file(policy.file), id.as_str(), reason);
            }
            let record = OrganizationPolicyRecord {
                id: id.clone(),
                name: policy.it.name.clone(),
                description: policy.it.description.clone(),
                kind: policy.it.kind.clone(),
                text: policy.it.text.clone().unwrap_or_default(),
                tags: self.tags(id),
            };
            let held = desk.here.accounts.policy(id).map(|held| {
                let held = &held.record;
                (&held.name, &held.kind) == (&record.name, &record.kind)
                    && is_same(&held.text, &record.text)
                    && self.has_tags(id, &held.tags)
            });
            settle(plan, held, (management, Kind::OrganizationPolicy), id, || {
                (Key::organization_policy(id), codec::to_bytes(&record))
            });
        }
    }

    fn write_accounts(&self, desk: &Desk<'_>, plan: &mut Plan) {
        let mut emails: BTreeSet<String> = BTreeSet::new();
        for (id, account) in &self.listings.accounts {
            let (file, account) = (desk.file(account.file), &account.it);
            let email = match account.email.as_str() {
                "" => root_email(*id),
                email => email.to_owned(),
            };
            let is_taken = desk
                .here
                .accounts
                .all()
                .any(|held| held.id != *id && held.email.eq_ignore_ascii_case(&email));
            if is_taken || !emails.insert(email.to_lowercase()) {
                plan.report.problem(
                    file,
                    id.to_string(),
                    format!("has the address {email} of another account"),
                );
            }
            if *id == desk.home && account.is_closed {
                plan.report.problem(
                    file,
                    id.to_string(),
                    "is closed, and cannot be the deployment's account",
                );
            }
            let joined = account.joined.unwrap_or(desk.now);
            let key = id.to_string();
            let record = AccountRecord {
                id: *id,
                name: account.name.clone(),
                email,
                created: joined,
                is_closed: account.is_closed,
                membership: Some(MembershipRecord {
                    parent: self.listings.parents.get(&key).cloned().unwrap_or_default(),
                    joined,
                    is_invited: account.is_invited,
                    attached: self.attached(&key),
                    tags: self.tags(&key),
                }),
            };
            let held = desk.here.accounts.get(*id).map(|held| {
                let tags = held.membership.as_ref().map(|membership| membership.tags.clone());
                is_same_account(held, &record) && self.has_tags(&key, &tags.unwrap_or_default())
            });
            settle(plan, held, (*id, Kind::Account), &key, || (Key::account(*id), codec::to_bytes(&record)));
        }
    }
}

/// Takes what is new, counts what is the same, and refuses what is here otherwise.
fn settle(
    plan: &mut Plan,
    held: Option<bool>,
    place: (AccountId, Kind),
    entity: &str,
    record: impl FnOnce() -> (Key, Vec<u8>),
) {
    match held {
        Some(true) => plan.same(place.0, place.1),
        Some(false) => plan.report.problem("", entity, "is here already, and is another than the files say"),
        None => {
            let (key, value) = record();
            plan.take(place.0, place.1, key, value);
        }
    }
}

fn is_same_set(one: &[String], other: &[String]) -> bool {
    one.iter().collect::<BTreeSet<_>>() == other.iter().collect::<BTreeSet<_>>()
}

fn is_same_account(held: &AccountRecord, record: &AccountRecord) -> bool {
    let place = |of: &AccountRecord| of.membership.as_ref().map(|it| it.parent.clone());
    let attached = |of: &AccountRecord| -> BTreeSet<String> {
        of.membership.iter().flat_map(|it| it.attached.iter().cloned()).collect()
    };
    (&held.name, &held.email, held.is_closed) == (&record.name, &record.email, record.is_closed)
        && place(held) == place(record)
        && attached(held) == attached(record)
}
