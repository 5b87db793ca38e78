//! How much of a service a statement reaches, by access level.

use std::collections::{BTreeMap, BTreeSet};

use crate::lint::view::{Meaning, Statement};
use crate::pattern::Pattern;
use crate::service_data::{Level, services};

/// The prefix that stands for all services.
pub(super) const EVERY: &str = "*";

const LEVELS: [(Level, &str); 5] = [
    (Level::List, "List"),
    (Level::Read, "Read"),
    (Level::Write, "Write"),
    (Level::Permissions, "Permissions management"),
    (Level::Tagging, "Tagging"),
];

/// How much of an access level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All its actions.
    Full,
    /// Some.
    Limited,
}

/// An access level of a service, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// `List`, `Read`, `Write`, `Permissions management` or `Tagging`.
    pub level: &'static str,
    /// How much.
    pub extent: Extent,
    /// The actions, in the order of their names; none where the row stands for all services.
    pub actions: Vec<&'static str>,
}

/// What is reached of a service.
#[derive(Default)]
pub(super) struct Reached {
    /// Lower-case names.
    actions: BTreeSet<&'static str>,
}

impl Reached {
    pub(super) fn join(&mut self, other: Self) {
        self.actions.extend(other.actions);
    }

    pub(super) fn access(&self, prefix: &str) -> Vec<Access> {
        let Some(service) = services().service(prefix) else {
            let full = |(_, level): &(Level, &'static str)| Access {
                level,
                extent: Extent::Full,
                actions: Vec::new(),
            };
            return LEVELS.iter().map(full).collect();
        };
        let of_level = |(level, name): &(Level, &'static str)| {
            let all = service.actions.iter().filter(|action| action.level == *level);
            let (reached, left): (Vec<_>, Vec<_>) =
                all.partition(|action| self.actions.contains(action.name));
            let extent = if left.is_empty() { Extent::Full } else { Extent::Limited };
            let actions: Vec<&'static str> = reached.iter().map(|action| action.name).collect();
            (!actions.is_empty()).then_some(Access { level: name, extent, actions })
        };
        LEVELS.iter().filter_map(of_level).collect()
    }
}

/// The services that a statement's actions reach, and what of them.
pub(super) fn reached(statement: &Statement<'_>) -> BTreeMap<&'static str, Reached> {
    let actions = &statement.actions;
    let mut found = BTreeMap::new();
    if actions.texts.is_negated {
        return all_but(statement);
    }
    for (item, meaning) in actions.texts.items.iter().zip(&actions.meanings) {
        match &**meaning {
            Meaning::Of(service, some) if !some.is_empty() => {
                let reached: &mut Reached = found.entry(service.prefix).or_default();
                reached.actions.extend(some.iter().map(|action| action.name));
            }
            Meaning::AnyService => {
                let name = item.text.split_once(':').map_or("*", |(_, name)| name).to_ascii_lowercase();
                if name == "*" {
                    found.entry(EVERY).or_default();
                } else {
                    every_service(&Pattern::new(&name), &mut found);
                }
            }
            _ => {}
        }
    }
    found
}

/// Actions of this name in every service that has one.
fn every_service(name: &Pattern, found: &mut BTreeMap<&'static str, Reached>) {
    for service in services().prefixes().filter_map(|prefix| services().service(prefix)) {
        let some = service.actions.iter().filter(|action| name.matches(&action.folded));
        let names: Vec<&'static str> = some.map(|action| action.name).collect();
        if !names.is_empty() {
            found.entry(service.prefix).or_default().actions.extend(names);
        }
    }
}

/// NotAction: what is left of the services that it names, and all others.
fn all_but(statement: &Statement<'_>) -> BTreeMap<&'static str, Reached> {
    let actions = &statement.actions;
    let mut found = BTreeMap::from([(EVERY, Reached::default())]);
    if actions.texts.items.iter().any(|item| matches!(item.text, "*" | "*:*")) {
        return BTreeMap::new();
    }
    let patterns = || actions.texts.items.iter().map(|item| Pattern::new(&item.text.to_ascii_lowercase()));
    let named: BTreeSet<&'static str> = actions
        .meanings
        .iter()
        .filter_map(|meaning| match &**meaning {
            Meaning::Of(service, _) => Some(service.prefix),
            _ => None,
        })
        .collect();
    for service in named.into_iter().filter_map(|prefix| services().service(prefix)) {
        let patterns: Vec<Pattern> = patterns().collect();
        let is_left = |folded: &str| {
            let action = format!("{}:{folded}", service.prefix);
            !patterns.iter().any(|pattern| pattern.matches(&action))
        };
        let left = service.actions.iter().filter(|action| is_left(&action.folded));
        let rest: BTreeSet<&'static str> = left.map(|action| action.name).collect();
        // A service of which nothing is left stays, so that "all others" does not seem to include it.
        found.insert(service.prefix, Reached { actions: rest });
    }
    found
}

/// The actions that are written and unknown: of unknown services, and of known ones.
pub(super) fn unrecognized(statement: &Statement<'_>, found: &mut (Vec<String>, Vec<String>)) {
    for (item, meaning) in statement.actions.texts.items.iter().zip(&statement.actions.meanings) {
        let list = match &**meaning {
            Meaning::UnknownService => &mut found.0,
            Meaning::Of(_, some) if some.is_empty() => &mut found.1,
            _ => continue,
        };
        if !list.iter().any(|known| known == item.text) {
            list.push(item.text.to_owned());
        }
    }
}

/// The name of a service as people read it.
pub(super) fn name(prefix: &str) -> String {
    match services().service(prefix) {
        Some(service) => service.name.to_owned(),
        None => "All services".to_owned(),
    }
}
