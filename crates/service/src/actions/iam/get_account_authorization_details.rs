//! GetAccountAuthorizationDetails: every user, group, role and managed policy with all their documents and relations,
//! a page at a time.

use portcullis_base::{AccountId, Value};
use portcullis_store::record::InlinePolicyRecord;

use super::holder::Holder;
use super::paging::Page;
use super::{attachment, boundary, documents, instance_profile, listing, row, shown, tagging, version};
use crate::action::{Ask, Row, no_resources};
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::{Group, ManagedPolicy, Role, User};

/// The action.
pub const ROW: Row = row::read(
    "GetAccountAuthorizationDetails",
    row::anywhere("iam:GetAccountAuthorizationDetails"),
    no_resources,
    answer,
);

/// One entity of any kind.
enum Item<'a> {
    User(&'a User),
    Group(&'a Group),
    Role(&'a Role),
    Policy(&'a ManagedPolicy),
}

/// The lists of the answer, in the order in which they are paged: member, and the filter that asks for it. The two of
/// managed policies are one in the answer.
const LISTS: [(&str, &str); 5] = [
    ("UserDetailList", "User"),
    ("GroupDetailList", "Group"),
    ("RoleDetailList", "Role"),
    ("Policies", "LocalManagedPolicy"),
    ("Policies", "AWSManagedPolicy"),
];

impl Item<'_> {
    /// Which of the lists it stands in.
    fn list(&self) -> usize {
        match self {
            Self::User(_) => 0,
            Self::Group(_) => 1,
            Self::Role(_) => 2,
            Self::Policy(policy) if policy.record.account == AccountId::AWS => 4,
            Self::Policy(_) => 3,
        }
    }

    fn key(&self) -> String {
        let name = match self {
            Self::User(user) => listing::key(*user),
            Self::Group(group) => listing::key(*group),
            Self::Role(role) => listing::key(*role),
            Self::Policy(policy) => listing::key(*policy),
        };
        format!("{}/{name}", self.list())
    }

    fn shown(&self, ask: &Ask<'_>) -> Value {
        match self {
            Self::User(user) => user_detail(ask, user),
            Self::Group(group) => held::<Group>(ask, group, shown::group(group)),
            Self::Role(role) => role_detail(ask, role),
            Self::Policy(policy) => policy_detail(ask, policy),
        }
    }
}

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let page = Page::of(ask, "details")?;
    let filters: Vec<&str> = ask.input.list("Filter").iter().filter_map(Value::as_text).collect();
    let is_wanted = |item: &Item<'_>| {
        let filter = LISTS.get(item.list()).map_or("", |(_, filter)| filter);
        filters.is_empty() || filters.contains(&filter)
    };
    let (items, rest) = page.cut(items(ask).filter(is_wanted), Item::key);
    let mut answer = Value::structure();
    for (member, _) in LISTS {
        let of_list =
            items.iter().filter(|item| LISTS.get(item.list()).is_some_and(|(held, _)| *held == member));
        answer.insert(member, of_list.map(|item| item.shown(ask)).collect::<Value>());
    }
    Ok(rest.finish(answer))
}

/// Everything in the account, in the order of keys; of AWS's policies those that it uses.
fn items<'a>(ask: &Ask<'a>) -> impl Iterator<Item = Item<'a>> {
    let (account, snapshot) = (ask.account(), ask.snapshot);
    let users = snapshot.users.list(account, None).map(|user| Item::User(user));
    let groups = snapshot.groups.list(account, None).map(|group| Item::Group(group));
    let roles = snapshot.roles.list(account, None).map(|role| Item::Role(role));
    let policies = snapshot.policies.list(account, None).map(|policy| Item::Policy(policy));
    let aws = snapshot.policies.list(AccountId::AWS, None).map(|policy| Item::Policy(policy));
    let used = aws.filter(move |item| matches!(item, Item::Policy(policy) if snapshot.usages_of(account, policy.record.id).next().is_some()));
    users.chain(groups).chain(roles).chain(policies).chain(used)
}

/// An entity with the policies that it holds.
fn held<T: Holder>(ask: &Ask<'_>, entity: &T, shown: Value) -> Value {
    let inline = |policy: &InlinePolicyRecord| {
        Value::structure()
            .with("PolicyName", policy.name.as_str())
            .with("PolicyDocument", documents::encoded(&policy.document.text))
    };
    let attached = attachment::of(ask, entity);
    shown
        .with(
            &format!("{}PolicyList", T::TITLE),
            T::inline(entity.record()).iter().map(inline).collect::<Value>(),
        )
        .with(
            "AttachedManagedPolicies",
            attached.into_iter().map(|policy| shown::attached(policy)).collect::<Value>(),
        )
}

fn user_detail(ask: &Ask<'_>, user: &User) -> Value {
    let groups = user.record.groups.iter().filter_map(|id| ask.snapshot.groups.get(*id));
    let names: Value = groups.map(|group| Value::from(group.record.name.as_str())).collect();
    held(ask, user, shown::whole_user(ask.snapshot, user)).with("GroupList", names)
}

fn role_detail(ask: &Ask<'_>, role: &Role) -> Value {
    held(ask, role, shown::role_core(ask.snapshot, role))
        .with("InstanceProfileList", instance_profile::all_of_role(ask.snapshot, role))
        .with_some("PermissionsBoundary", boundary::shown(ask.snapshot, role.record.boundary))
        .with_some("Tags", tagging::shown_if_any(&role.record.tags))
        .with_some("RoleLastUsed", shown::last_use(&ask.service.last_uses, role))
}

fn policy_detail(ask: &Ask<'_>, policy: &ManagedPolicy) -> Value {
    let record = &policy.record;
    let versions = record.versions.iter().rev().map(|held| version::whole(held, record.default_version));
    shown::policy(ask, policy)
        .with_some("Description", record.description.as_deref())
        .with("PolicyVersionList", versions.collect::<Value>())
}
