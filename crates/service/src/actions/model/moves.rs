//! The administrator's moves: root changes users, groups, roles and policies, in the service and in the model.

use std::collections::BTreeMap;

use portcullis_base::Value;

use super::rules::{Acts, BUCKETS, Doc, On, Rule, When, Whom, iam, spelled, text, trust_text};
use super::world::{Holder, Managed, of_name};
use super::{NAMES, Play, of};
use crate::actions::testing::ACCOUNT;

/// The kinds of what holds policies.
const KINDS: [&str; 3] = ["User", "Group", "Role"];
/// Versions that a managed policy may have.
const VERSIONS: usize = 5;
/// Inline policies of one holder.
const INLINE: usize = 2;

/// `UserName`
fn member(kind: &str) -> String {
    format!("{kind}Name")
}

/// The name as requests have it.
fn called(kind: &str, name: usize) -> String {
    spelled(&kind.to_lowercase(), name)
}

/// The input that names a holder.
fn named(kind: &str, name: usize) -> Value {
    Value::structure().with(&member(kind), called(kind, name))
}

impl Play {
    pub(super) async fn change(&mut self) {
        let name = self.chance.below(NAMES);
        match self.chance.below(24) {
            0..=2 => self.make_or_unmake(name).await,
            3 => self.switch_key(name).await,
            4 | 5 => self.join_or_leave(name).await,
            6..=8 => self.write_inline(name).await,
            9 | 10 => self.write_managed(name).await,
            11..=13 => self.attach_or_detach(name).await,
            14 => self.bound(name).await,
            15 => self.trust(name).await,
            16 => self.guard_bucket().await,
            17 => self.wait(),
            _ => self.issue().await,
        }
    }

    fn holders(&mut self, kind: &str) -> &mut BTreeMap<u32, Holder> {
        match kind {
            "User" => &mut self.world.users,
            "Group" => &mut self.world.groups,
            _ => &mut self.world.roles,
        }
    }

    fn holder_id(&mut self, kind: &str, name: usize) -> Option<u32> {
        of_name(self.holders(kind), name, |held| held.name)
    }

    fn a_holder(&mut self, kind: &str, name: usize) -> Option<&mut Holder> {
        let id = self.holder_id(kind, name)?;
        self.holders(kind).get_mut(&id)
    }

    fn a_policy(&self, name: usize) -> Option<u32> {
        of_name(&self.world.policies, name, |policy| policy.name)
    }

    // -- what policies say -----------------------------------------------------------------------------

    fn when(&mut self) -> Option<When> {
        let name = self.chance.below(NAMES);
        Some(match self.chance.below(12) {
            0 => When::Username(name),
            1 => When::UsernameIsNot(name),
            2 => When::UserArn(name),
            3 => When::RoleArn(name),
            4 => When::Temporary,
            5 => When::IssuedBefore(self.world.now - 1000 * i64::try_from(self.chance.below(300)).unwrap()),
            _ => return None,
        })
    }

    fn rule(&mut self) -> Rule {
        let bucket = self.chance.below(BUCKETS.len());
        let acts = match self.chance.below(8) {
            0..=2 => Acts::Every,
            3 => Acts::S3,
            4 => Acts::Only("s3:DeleteObject"),
            5 => Acts::Only("iam:GetUser"),
            6 => Acts::Only("sts:AssumeRole"),
            _ => Acts::AllBut(self.chance.of(&["s3:DeleteObject", "sts:GetSessionToken", "iam:GetUser"])),
        };
        let on = match self.chance.below(8) {
            0 => On::Bucket(bucket),
            1 => On::Objects(bucket),
            2 => On::AllButBucket(bucket),
            3 => On::User(self.chance.below(NAMES)),
            _ => On::Everything,
        };
        Rule { allows: !self.chance.one_in(5), acts, on, when: self.when(), whom: Vec::new() }
    }

    pub(super) fn doc(&mut self) -> Doc {
        (0..=self.chance.below(2)).map(|_| self.rule()).collect()
    }

    /// Whom a resource policy names; nothing when that is nobody.
    fn whom(&mut self) -> Option<Whom> {
        let name = self.chance.below(NAMES);
        let session = self.chance.below(2);
        Some(match self.chance.below(10) {
            0 => Whom::Everyone,
            1 => Whom::Account,
            2 | 3 | 8 | 9 => Whom::User(name, self.world.user(name)?),
            4 | 5 => Whom::Role(name, self.world.role(name)?),
            6 => {
                let role = spelled("role", name);
                Whom::Session(format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/session-{session}"))
            }
            _ => Whom::Session(format!("arn:aws:sts::{ACCOUNT}:federated-user/federated-{session}")),
        })
    }

    /// A rule of a resource policy; nothing when it names nobody.
    fn guarding(&mut self, acts: Acts, on: On) -> Option<Rule> {
        let whom = vec![self.whom()?];
        Some(Rule { allows: !self.chance.one_in(4), acts, on, when: self.when(), whom })
    }

    // -- users, roles and groups -----------------------------------------------------------------------

    async fn make_or_unmake(&mut self, name: usize) {
        // Who names the old one must not mean the new one, so most often somebody is made anew who is named.
        let named_ones = self.world.named();
        let is_chosen = !named_ones.is_empty() && !self.chance.one_in(3);
        let (kind, name) =
            if is_chosen { self.chance.of(&named_ones) } else { (self.chance.of(&KINDS), name) };
        if self.holder_id(kind, name).is_some() {
            self.unmake(kind, name).await;
            if self.chance.one_in(3) {
                return;
            }
        }
        let id = self.id();
        let mut holder = Holder { name, is_active: true, ..Holder::default() };
        let mut input = named(kind, name);
        if kind == "Role" {
            holder.trust = vec![Rule {
                allows: true,
                acts: Acts::Only("sts:AssumeRole"),
                on: On::Everything,
                when: None,
                whom: vec![Whom::Account],
            }];
            input = input.with("AssumeRolePolicyDocument", trust_text(&holder.trust));
        }
        self.holders(kind).insert(id, holder);
        self.root("iam", &format!("Create{kind}"), input, None).await;
        if kind == "User" {
            self.give_key(id, name).await;
        }
    }

    /// Deletes a user, role or group: at once if it holds nothing, and otherwise after everything that it holds.
    async fn unmake(&mut self, kind: &str, name: usize) {
        let id = self.holder_id(kind, name).unwrap();
        let members = self.members(id);
        let held = self.holders(kind).remove(&id).unwrap();
        let is_bare =
            held.attached.is_empty() && held.inline.is_empty() && members.is_empty() && kind != "User";
        let delete = format!("Delete{kind}");
        if !is_bare {
            // A user has its key at least.
            self.root("iam", &delete, named(kind, name), Some("DeleteConflict")).await;
        }
        for policy in &held.attached {
            let arn = iam("policy", self.world.policies[policy].name);
            let input = named(kind, name).with("PolicyArn", arn);
            self.root("iam", &format!("Detach{kind}Policy"), input, None).await;
        }
        for inline in held.inline.keys() {
            let input = named(kind, name).with("PolicyName", format!("inline-{inline}"));
            self.root("iam", &format!("Delete{kind}Policy"), input, None).await;
        }
        for group in &held.groups {
            let group = self.world.groups[group].name;
            let input = named(kind, name).with("GroupName", called("Group", group));
            self.root("iam", "RemoveUserFromGroup", input, None).await;
        }
        for member in members {
            let user = self.world.users.get_mut(&member).unwrap();
            user.groups.remove(&id);
            let input = named("User", user.name).with("GroupName", called("Group", name));
            self.root("iam", "RemoveUserFromGroup", input, None).await;
        }
        if kind == "User" {
            let input = named(kind, name).with("AccessKeyId", self.key_of(id));
            self.root("iam", "DeleteAccessKey", input, None).await;
        }
        self.root("iam", &delete, named(kind, name), None).await;
    }

    async fn switch_key(&mut self, name: usize) {
        let Some(id) = self.world.user(name) else { return };
        let is_active = !self.chance.one_in(6);
        self.world.users.get_mut(&id).unwrap().is_active = is_active;
        let status = if is_active { "Active" } else { "Inactive" };
        let input = named("User", name).with("AccessKeyId", self.key_of(id)).with("Status", status);
        self.root("iam", "UpdateAccessKey", input, None).await;
    }

    fn members(&self, group: u32) -> Vec<u32> {
        let users = self.world.users.iter();
        users.filter(|(_, user)| user.groups.contains(&group)).map(|(id, _)| *id).collect()
    }

    async fn join_or_leave(&mut self, name: usize) {
        let group_name = self.chance.below(NAMES);
        let group = self.holder_id("Group", group_name);
        let joins = self.chance.below(3) > 0;
        let foretold = match (self.world.user(name), group) {
            (Some(user), Some(group)) => {
                let groups = &mut self.world.users.get_mut(&user).unwrap().groups;
                if joins {
                    groups.insert(group)
                } else {
                    groups.remove(&group)
                };
                None
            }
            _ => Some("NoSuchEntity"),
        };
        let input = named("User", name).with("GroupName", called("Group", group_name));
        let operation = if joins { "AddUserToGroup" } else { "RemoveUserFromGroup" };
        self.root("iam", operation, input, foretold).await;
    }

    // -- policies --------------------------------------------------------------------------------------

    async fn write_inline(&mut self, name: usize) {
        let (kind, doc, at) = (self.chance.of(&KINDS), self.doc(), self.chance.below(INLINE));
        let puts = self.chance.below(3) > 0;
        let foretold = match self.a_holder(kind, name) {
            None => Some("NoSuchEntity"),
            Some(held) if puts => {
                held.inline.insert(at, doc.clone());
                None
            }
            Some(held) => held.inline.remove(&at).map_or(Some("NoSuchEntity"), |_| None),
        };
        let input = named(kind, name).with("PolicyName", format!("inline-{at}"));
        if puts {
            let input = input.with("PolicyDocument", text(&doc));
            self.root("iam", &format!("Put{kind}Policy"), input, foretold).await;
        } else {
            self.root("iam", &format!("Delete{kind}Policy"), input, foretold).await;
        }
    }

    /// Makes a managed policy, changes its versions, or deletes it.
    async fn write_managed(&mut self, name: usize) {
        let doc = self.doc();
        let Some(id) = self.a_policy(name) else {
            let id = self.id();
            let input = of(&[("PolicyName", &spelled("policy", name)), ("PolicyDocument", &text(&doc))]);
            let versions = BTreeMap::from([(1, doc)]);
            self.world.policies.insert(id, Managed { name, versions, default: 1, last: 1 });
            self.root("iam", "CreatePolicy", input, None).await;
            return;
        };
        let one = of(&[("PolicyArn", &iam("policy", name))]);
        if self.chance.one_in(6) {
            let is_held = self.world.uses(id) || self.world.policies[&id].versions.len() > 1;
            if !is_held {
                self.world.policies.remove(&id);
            }
            self.root("iam", "DeletePolicy", one, is_held.then_some("DeleteConflict")).await;
            return;
        }
        let numbers: Vec<u32> = self.world.policies[&id].versions.keys().copied().collect();
        let (which, is_default) = (self.chance.of(&numbers), self.chance.one_in(2));
        let policy = self.world.policies.get_mut(&id).unwrap();
        match self.chance.below(4) {
            0 => {
                policy.default = which;
                let input = one.with("VersionId", format!("v{which}"));
                self.root("iam", "SetDefaultPolicyVersion", input, None).await;
            }
            1 => {
                let is_in_force = policy.default == which;
                if !is_in_force {
                    policy.versions.remove(&which);
                }
                let input = one.with("VersionId", format!("v{which}"));
                self.root("iam", "DeletePolicyVersion", input, is_in_force.then_some("DeleteConflict")).await;
            }
            _ => {
                let input = one.with("PolicyDocument", text(&doc)).with("SetAsDefault", is_default);
                let is_full = policy.versions.len() == VERSIONS;
                if !is_full {
                    policy.last += 1;
                    policy.versions.insert(policy.last, doc);
                    policy.default = if is_default { policy.last } else { policy.default };
                }
                self.root("iam", "CreatePolicyVersion", input, is_full.then_some("LimitExceeded")).await;
            }
        }
    }

    async fn attach_or_detach(&mut self, name: usize) {
        let (kind, policy_name) = (self.chance.of(&KINDS), self.chance.below(NAMES));
        let attaches = self.chance.below(3) > 0;
        let policy = self.a_policy(policy_name);
        let foretold = match (self.a_holder(kind, name), policy) {
            (Some(held), Some(policy)) if attaches => {
                held.attached.insert(policy);
                None
            }
            (Some(held), Some(policy)) => (!held.attached.remove(&policy)).then_some("NoSuchEntity"),
            _ => Some("NoSuchEntity"),
        };
        let operation = if attaches { format!("Attach{kind}Policy") } else { format!("Detach{kind}Policy") };
        let input = named(kind, name).with("PolicyArn", iam("policy", policy_name));
        self.root("iam", &operation, input, foretold).await;
    }

    async fn bound(&mut self, name: usize) {
        let (kind, policy_name) = (self.chance.of(&["User", "Role"]), self.chance.below(NAMES));
        let sets = self.chance.one_in(2);
        let policy = self.a_policy(policy_name);
        let foretold = match (self.a_holder(kind, name), policy) {
            (Some(held), Some(_)) if sets => {
                held.boundary = policy;
                None
            }
            (Some(held), _) if !sets => held.boundary.take().map_or(Some("NoSuchEntity"), |_| None),
            _ => Some("NoSuchEntity"),
        };
        let input = named(kind, name);
        if sets {
            let input = input.with("PermissionsBoundary", iam("policy", policy_name));
            self.root("iam", &format!("Put{kind}PermissionsBoundary"), input, foretold).await;
        } else {
            self.root("iam", &format!("Delete{kind}PermissionsBoundary"), input, foretold).await;
        }
    }

    async fn trust(&mut self, name: usize) {
        let rules: Option<Doc> = (0..=self.chance.below(2))
            .map(|_| self.guarding(Acts::Only("sts:AssumeRole"), On::Everything))
            .collect();
        let Some(doc) = rules else { return };
        let foretold = match self.a_holder("Role", name) {
            Some(role) => {
                role.trust.clone_from(&doc);
                None
            }
            None => Some("NoSuchEntity"),
        };
        let input = named("Role", name).with("PolicyDocument", trust_text(&doc));
        self.root("iam", "UpdateAssumeRolePolicy", input, foretold).await;
    }

    async fn guard_bucket(&mut self) {
        let at = self.chance.below(BUCKETS.len());
        let bucket = of(&[("Bucket", BUCKETS[at])]);
        if self.chance.one_in(4) {
            self.world.buckets[at].clear();
            self.root("s3", "DeleteBucketPolicy", bucket, None).await;
            return;
        }
        let mut rule = || {
            let acts = if self.chance.one_in(2) { Acts::S3 } else { Acts::Only("s3:DeleteObject") };
            let on = if self.chance.one_in(3) { On::Bucket(at) } else { On::Objects(at) };
            self.guarding(acts, on)
        };
        let rules: Option<Doc> = [rule(), rule()].into_iter().collect();
        let Some(doc) = rules else { return };
        let input = bucket.with("Policy", text(&doc));
        self.world.buckets[at] = doc;
        self.root("s3", "PutBucketPolicy", input, None).await;
    }
}
