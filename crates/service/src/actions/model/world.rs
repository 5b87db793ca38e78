//! Who there is, what they hold, and who may do what: AWS's page "How AWS enforcement code logic evaluates requests" for
//! one account, without a line of the policy crate.

use std::collections::{BTreeMap, BTreeSet};

use super::rules::{Doc, Known, Rule, Whom, iam, spelled};
use crate::actions::testing::{ACCOUNT, Creds};

/// What users, groups and roles have alike. Each has a number that is never given again, as AWS's unique ids.
#[derive(Debug, Default)]
pub struct Holder {
    pub name: usize,
    pub inline: BTreeMap<usize, Doc>,
    pub attached: BTreeSet<u32>,
    /// Of users and roles.
    pub boundary: Option<u32>,
    /// Of users.
    pub groups: BTreeSet<u32>,
    /// Of users: whether its key works.
    pub is_active: bool,
    /// Of roles.
    pub trust: Doc,
}

/// A managed policy.
#[derive(Debug)]
pub struct Managed {
    pub name: usize,
    pub versions: BTreeMap<u32, Doc>,
    /// Which version is in force.
    pub default: u32,
    /// The last number that was given.
    pub last: u32,
}

impl Managed {
    fn doc(&self) -> &Doc {
        &self.versions[&self.default]
    }
}

/// Everything there is.
#[derive(Debug, Default)]
pub struct World {
    pub users: BTreeMap<u32, Holder>,
    pub groups: BTreeMap<u32, Holder>,
    pub roles: BTreeMap<u32, Holder>,
    pub policies: BTreeMap<u32, Managed>,
    pub buckets: [Doc; 2],
    pub now: i64,
}

/// Who asks.
#[derive(Debug, Clone)]
pub enum Who {
    Anonymous,
    User(u32),
    Role(u32, String),
    Federated(u32, String),
}

/// A credential, and what is known of it.
#[derive(Clone)]
pub struct Held {
    pub who: Who,
    pub creds: Creds,
    /// Of sessions: issue and end.
    pub life: Option<(i64, i64)>,
    /// The session policy.
    pub passed: Option<Doc>,
    /// How many sessions led to it.
    pub depth: usize,
}

impl Held {
    /// What kind of credential it is.
    pub fn kind(&self) -> &'static str {
        match self.who {
            Who::Anonymous => "anonymous",
            Who::User(_) if self.life.is_none() => "key",
            Who::User(_) => "own session",
            Who::Role(..) => "role",
            Who::Federated(..) => "federated",
        }
    }
}

/// What comes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Allowed,
    Denied,
    /// The principal is gone, or the key does not work.
    Gone,
    Expired,
}

/// What a resource policy's Allow is worth, weakest first.
#[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Copy)]
enum Worth {
    Nothing,
    Account,
    Parent,
    Direct,
}

/// The policy of the resource that is asked for.
pub enum Guard<'a> {
    /// None.
    Nothing,
    /// A bucket's.
    Bucket(&'a Doc),
    /// A role's, without which nothing goes; nothing for a role that is not there.
    Trust(Option<&'a Doc>),
}

pub fn of_name<T>(held: &BTreeMap<u32, T>, name: usize, name_of: impl Fn(&T) -> usize) -> Option<u32> {
    held.iter().find(|(_, one)| name_of(one) == name).map(|(id, _)| *id)
}

impl World {
    pub fn user(&self, name: usize) -> Option<u32> {
        of_name(&self.users, name, |user| user.name)
    }

    pub fn role(&self, name: usize) -> Option<u32> {
        of_name(&self.roles, name, |role| role.name)
    }

    /// The users and roles that policies of buckets and roles name: kind and name.
    pub fn named(&self) -> Vec<(&'static str, usize)> {
        let trusts = self.roles.values().map(|role| &role.trust);
        let rules = self.buckets.iter().chain(trusts).flatten();
        let names = rules.flat_map(|rule| &rule.whom).filter_map(|whom| match whom {
            Whom::User(name, _) => Some(("User", *name)),
            Whom::Role(name, _) => Some(("Role", *name)),
            Whom::Everyone | Whom::Account | Whom::Session(_) => None,
        });
        names.collect()
    }

    /// Whether somebody holds this policy or is bounded by it.
    pub fn uses(&self, policy: u32) -> bool {
        let all = [&self.users, &self.groups, &self.roles];
        let mut holders = all.into_iter().flat_map(BTreeMap::values);
        holders.any(|held| held.attached.contains(&policy) || held.boundary == Some(policy))
    }

    /// Whether the credential still works; nothing if it does.
    pub fn ended(&self, held: &Held) -> Option<Verdict> {
        if held.life.is_some_and(|(_, ends)| self.now >= ends) {
            return Some(Verdict::Expired);
        }
        let is_there = match &held.who {
            Who::Anonymous => true,
            Who::User(id) => self.users.get(id).is_some_and(|user| user.is_active || held.life.is_some()),
            Who::Role(id, _) => self.roles.contains_key(id),
            Who::Federated(id, _) => self.users.contains_key(id),
        };
        (!is_there).then_some(Verdict::Gone)
    }

    fn known(&self, held: &Held) -> Known {
        let (username, arn) = match &held.who {
            Who::Anonymous => (None, None),
            Who::User(id) => {
                let name = self.users[id].name;
                (Some(spelled("user", name)), Some(iam("user", name)))
            }
            Who::Role(id, _) => (None, Some(iam("role", self.roles[id].name))),
            Who::Federated(_, name) => (None, Some(format!("arn:aws:sts::{ACCOUNT}:federated-user/{name}"))),
        };
        Known { username, arn, issued: held.life.map(|(issued, _)| issued) }
    }

    /// The ARN that a policy names a session or federated user by.
    fn session_arn(&self, who: &Who) -> Option<String> {
        match who {
            Who::Role(id, session) => {
                let role = spelled("role", self.roles[id].name);
                Some(format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}"))
            }
            Who::Federated(_, name) => Some(format!("arn:aws:sts::{ACCOUNT}:federated-user/{name}")),
            Who::Anonymous | Who::User(_) => None,
        }
    }

    /// The holder whose permissions count.
    fn holder(&self, who: &Who) -> Option<&Holder> {
        match who {
            Who::Anonymous => None,
            Who::User(id) | Who::Federated(id, _) => self.users.get(id),
            Who::Role(id, _) => self.roles.get(id),
        }
    }

    /// The identity policies of a holder: its own and those of its groups.
    fn identity<'a>(&'a self, holder: &'a Holder) -> Vec<&'a Doc> {
        let groups = holder.groups.iter().map(|id| &self.groups[id]);
        let documents = |held: &'a Holder| {
            held.inline.values().chain(held.attached.iter().map(|id| self.policies[id].doc()))
        };
        std::iter::once(holder).chain(groups).flat_map(documents).collect()
    }

    fn worth(&self, rule: &Rule, who: &Who) -> Worth {
        let of_one = |whom: &Whom| match (whom, who) {
            (Whom::Everyone, _) => Worth::Direct,
            (Whom::Account, Who::Anonymous) => Worth::Nothing,
            (Whom::Account, _) => Worth::Account,
            (Whom::User(_, named), Who::User(id)) if named == id => Worth::Direct,
            (Whom::User(_, named), Who::Federated(id, _)) if named == id => Worth::Parent,
            (Whom::Role(_, named), Who::Role(id, _)) if named == id => Worth::Parent,
            (Whom::Session(named), _) if Some(named) == self.session_arn(who).as_ref() => Worth::Direct,
            _ => Worth::Nothing,
        };
        rule.whom.iter().map(of_one).max().unwrap_or(Worth::Nothing)
    }

    /// What comes of this request now.
    pub fn verdict(&self, held: &Held, action: &str, resource: &str, guard: &Guard<'_>) -> Verdict {
        if let Some(ended) = self.ended(held) {
            return ended;
        }
        let is_allowed = !is_out_of_reach(held, action) && self.grants(held, action, resource, guard);
        if is_allowed { Verdict::Allowed } else { Verdict::Denied }
    }

    /// What comes of asking for a session of one's own, for which no permission is needed.
    pub fn verdict_on_own_session(&self, held: &Held) -> Verdict {
        if let Some(ended) = self.ended(held) {
            return ended;
        }
        let is_key = matches!(held.who, Who::User(_)) && held.life.is_none();
        let sides = self.sides(held, "sts:GetSessionToken", "*", &Guard::Nothing);
        if is_key && !sides.denies() { Verdict::Allowed } else { Verdict::Denied }
    }

    /// The rules that are about this request, by where they stand.
    fn sides<'a>(&'a self, held: &'a Held, action: &str, resource: &str, guard: &Guard<'a>) -> Sides<'a> {
        let known = self.known(held);
        let about = |doc: &'a Doc| -> Vec<&'a Rule> {
            doc.iter().filter(|rule| rule.covers(action, resource, &known)).collect()
        };
        let holder = self.holder(&held.who);
        let identity = holder.map(|holder| self.identity(holder)).unwrap_or_default();
        let boundary = holder.and_then(|holder| holder.boundary);
        let guarding = match guard {
            Guard::Nothing => None,
            Guard::Bucket(doc) => Some(*doc),
            Guard::Trust(doc) => *doc,
        };
        let with_worth = |rule: &'a Rule| (rule, self.worth(rule, &held.who));
        Sides {
            identity: identity.into_iter().flat_map(about).collect(),
            boundary: boundary.map(|id| about(self.policies[&id].doc())),
            session: held.passed.as_ref().map(about),
            resource: guarding
                .map(about)
                .into_iter()
                .flatten()
                .map(with_worth)
                .filter(|(_, worth)| *worth > Worth::Nothing)
                .collect(),
        }
    }

    fn grants(&self, held: &Held, action: &str, resource: &str, guard: &Guard<'_>) -> bool {
        let sides = self.sides(held, action, resource, guard);
        if sides.denies() {
            return false;
        }
        let is_within = sides.boundary.as_ref().is_none_or(|rules| !rules.is_empty())
            && match (&sides.session, &held.who) {
                (None, who) => !matches!(who, Who::Federated(..)),
                (Some(rules), _) => !rules.is_empty(),
            };
        match sides.resource.iter().map(|(_, worth)| *worth).max().unwrap_or(Worth::Nothing) {
            Worth::Direct => true,
            Worth::Parent => is_within,
            Worth::Nothing if matches!(guard, Guard::Trust(_)) => false,
            Worth::Account | Worth::Nothing => !sides.identity.is_empty() && is_within,
        }
    }
}

/// The rules that are about one request.
struct Sides<'a> {
    identity: Vec<&'a Rule>,
    boundary: Option<Vec<&'a Rule>>,
    session: Option<Vec<&'a Rule>>,
    resource: Vec<(&'a Rule, Worth)>,
}

impl Sides<'_> {
    fn denies(&self) -> bool {
        let own =
            self.identity.iter().chain(self.boundary.iter().flatten()).chain(self.session.iter().flatten());
        own.chain(self.resource.iter().map(|(rule, _)| rule)).any(|rule| !rule.allows)
    }
}

/// What the kind of the credentials rules out (AWS: "Compare AWS STS credentials"). GetSessionToken wants a user's key.
fn is_out_of_reach(held: &Held, action: &str) -> bool {
    let is_session = held.life.is_some();
    let is_of = |service: &str| action.starts_with(service);
    match held.who {
        Who::Anonymous => false,
        Who::User(_) => is_session && (is_of("iam:") || is_of("sts:") && action != "sts:AssumeRole"),
        Who::Role(..) => action == "sts:GetSessionToken" || action == "sts:GetFederationToken",
        Who::Federated(..) => is_of("iam:") || is_of("sts:"),
    }
}
