//! ListEntitiesForPolicy: who uses a managed policy, attached or as a boundary. An entity that does both is listed
//! once.

use std::collections::BTreeMap;

use portcullis_base::{UniqueId, UniqueIdKind, Value};

use super::paging::Page;
use super::target::{self, Target};
use super::{listing, row};
use crate::action::{Ask, Permission, Row};
use crate::error::ApiError;
use crate::gate::Authorized;
use crate::snapshot::{Group, ManagedPolicy, Role, Usage, User};

/// The action.
pub const ROW: Row = row::read(
    "ListEntitiesForPolicy",
    Permission::Named("iam:ListEntitiesForPolicy", target::need::<ManagedPolicy>),
    target::concerned::<ManagedPolicy>,
    answer,
);

/// The lists of the answer: member, title of the kind.
const LISTS: [(&str, &str); 3] =
    [("PolicyGroups", Group::TITLE), ("PolicyUsers", User::TITLE), ("PolicyRoles", Role::TITLE)];

fn answer(ask: &Authorized<'_>) -> Result<Value, ApiError> {
    let policy = target::find::<ManagedPolicy>(ask)?;
    let page = Page::of(ask, "entities of a policy")?;
    let usages =
        ask.snapshot.usages_of(ask.account(), policy.record.id).filter(|(usage, _)| is_wanted(ask, *usage));
    let entities: BTreeMap<String, (&str, Value)> =
        usages.filter_map(|(_, holder)| entity(ask, holder)).collect();
    let (entities, rest) = page.cut(entities, |(key, _)| key.clone());
    let mut answer = Value::structure();
    for (member, title) in LISTS {
        let of_kind = entities.iter().filter(|(_, (held, _))| *held == title);
        answer.insert(member, of_kind.map(|(_, (_, value))| value.clone()).collect::<Value>());
    }
    Ok(rest.finish(answer))
}

fn is_wanted(ask: &Ask<'_>, usage: Usage) -> bool {
    match ask.input.text("PolicyUsageFilter") {
        Some("PermissionsPolicy") => usage == Usage::Permissions,
        Some("PermissionsBoundary") => usage == Usage::Boundary,
        _ => true,
    }
}

/// Key, kind and value of a holder that the filters let through.
fn entity(ask: &Ask<'_>, id: UniqueId) -> Option<(String, (&'static str, Value))> {
    match id.kind() {
        UniqueIdKind::User => ask.snapshot.users.get(id).and_then(|user| wanted(ask, user.as_ref())),
        UniqueIdKind::Role => ask.snapshot.roles.get(id).and_then(|role| wanted(ask, role.as_ref())),
        UniqueIdKind::Group => ask.snapshot.groups.get(id).and_then(|group| wanted(ask, group.as_ref())),
        _ => None,
    }
}

fn wanted<T: Target>(ask: &Ask<'_>, entity: &T) -> Option<(String, (&'static str, Value))> {
    let is_of_kind = ask.input.text("EntityFilter").is_none_or(|filter| filter == T::TITLE);
    if !is_of_kind || !entity.path().starts_with(listing::prefix(ask)) {
        return None;
    }
    let value = Value::structure()
        .with(T::MEMBER, entity.name())
        .with(&format!("{}Id", T::TITLE), entity.id().to_string());
    Some((format!("{}/{}", T::WORD, listing::key(entity)), (T::TITLE, value)))
}
