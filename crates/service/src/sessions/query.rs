//! Which sessions are asked for, and a page of them, the newest first.

use std::net::IpAddr;
use std::sync::Arc;

use portcullis_base::{AccessKeyId, AccountId, Timestamp, UniqueId};
use portcullis_store::record::SessionKind;

use super::index::{Place, Trait};
use super::live::Live;
use super::{STRIDE, Sessions};

/// Sessions that are looked at for one page. When a filter that nothing is indexed for has not filled it by then, the
/// page is short, perhaps empty, and says where to go on.
const LOOKED_AT_MAX: usize = 10_000;

/// Something that sessions are found by, without looking at the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// With this access key.
    Key(AccessKeyId),
    /// Issued with this access key.
    Parent(String),
    /// Issued with this access key, or along a chain from it.
    Chain(String),
    /// Of this role or user.
    Principal(UniqueId),
    /// Of this account's root user.
    Root(AccountId),
    /// Under this session name, or name of a federated user.
    Name(String),
    /// Acting under this ARN.
    Arn(String),
    /// Under this name, of this role or user.
    Named(UniqueId, String),
    /// Under this name, of this account.
    Federated(AccountId, String),
    /// With this source identity.
    SourceIdentity(String),
    /// Of this user of the identity store, or made from such a session in turn.
    Person(String),
    /// With the token of this mark.
    Token(u64),
}

impl Which {
    /// What the index has for it; a key is found without.
    fn indexed(&self) -> Option<Trait<'_>> {
        Some(match self {
            Self::Key(_) => return None,
            Self::Parent(id) | Self::Chain(id) => Trait::Ancestor(id),
            Self::Principal(id) => Trait::Principal(*id),
            Self::Root(account) => Trait::Root(*account),
            Self::Name(name) | Self::Named(_, name) | Self::Federated(_, name) => Trait::Name(name),
            Self::Arn(arn) => Trait::Name(arn.rsplit('/').next().unwrap_or_default()),
            Self::SourceIdentity(identity) => Trait::SourceIdentity(identity),
            Self::Person(user) => Trait::Person(user),
            Self::Token(mark) => Trait::Token(*mark),
        })
    }

    /// The access key that it finds others by, if it is one: those who may not know the key must not find them.
    pub fn through(&self) -> Option<&str> {
        match self {
            Self::Parent(id) | Self::Chain(id) => Some(id),
            _ => None,
        }
    }

    fn is_of(&self, live: &Live) -> bool {
        match self {
            Self::Key(id) => live.access_key_id == *id,
            Self::Parent(id) => live.parent() == id,
            Self::Arn(arn) => live.arn() == *arn,
            Self::Named(id, name) => live.principal == Some(*id) && live.name.as_deref() == Some(name),
            Self::Federated(account, name) => {
                live.account == *account
                    && live.kind == SessionKind::FederationToken
                    && live.name.as_deref() == Some(name)
            }
            _ => self.indexed().is_some_and(|it| it.is_of(live)),
        }
    }
}

/// Which sessions are asked for: those that fit everything that is said here.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// One of each list; the most selective list first. An empty list is nobody.
    pub any_of: Vec<Vec<Which>>,
    /// Of this account.
    pub account: Option<AccountId>,
    /// Issued by this call.
    pub kind: Option<SessionKind>,
    /// Asked for by this ARN.
    pub caller_arn: Option<String>,
    /// Asked for from this address.
    pub source_ip: Option<String>,
    /// Asked for with a program whose name contains this, in lower case.
    pub user_agent: Option<String>,
    /// Issued at this instant or later.
    pub issued_after: Option<Timestamp>,
    /// Issued before this instant.
    pub issued_before: Option<Timestamp>,
    /// Ending before this instant.
    pub expires_before: Option<Timestamp>,
    /// Ending at this instant or later.
    pub expires_after: Option<Timestamp>,
    /// Seen in use, in this way.
    pub used: UsedFilter,
}

/// What a node must have seen of a session's use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsedFilter {
    /// It has spoken to this service.
    pub service: Option<String>,
    /// It was last used from here.
    pub from: Option<IpAddr>,
    /// It was last used at this instant or later.
    pub after: Option<Timestamp>,
    /// It was last used before this instant.
    pub before: Option<Timestamp>,
    /// So many of its requests were allowed, or more.
    pub allowed: u32,
    /// So many were denied, or more.
    pub denied: u32,
}

impl UsedFilter {
    fn fits(&self, live: &Live) -> bool {
        let (allowed, denied) = live.verdicts();
        if allowed < self.allowed || denied < self.denied {
            return false;
        }
        if (&self.service, self.from, self.after, self.before) == (&None, None, None, None) {
            return true;
        }
        live.last_used().is_some_and(|used| {
            self.service.as_deref().is_none_or(|service| used.services.contains(&service))
                && self.from.is_none_or(|from| used.source_ip.to_canonical() == from)
                && self.after.is_none_or(|instant| used.at >= instant)
                && self.before.is_none_or(|instant| used.at < instant)
        })
    }
}

/// A page of sessions.
pub struct Listed {
    /// The newest first.
    pub sessions: Vec<Arc<Live>>,
    /// Where to go on, if there can be more.
    pub next: Option<Place>,
}

impl Filter {
    fn fits(&self, live: &Live, now: Timestamp) -> bool {
        live.is_live(now)
            && self.account.is_none_or(|account| live.account == account)
            && self.kind.is_none_or(|kind| live.kind == kind)
            && self.issued_after.is_none_or(|instant| live.issued >= instant)
            && self.issued_before.is_none_or(|instant| live.issued < instant)
            && self.expires_after.is_none_or(|instant| live.expires >= instant)
            && self.expires_before.is_none_or(|instant| live.expires < instant)
            && self.caller_arn.as_deref().is_none_or(|arn| *live.caller_arn == *arn)
            && self.source_ip.as_deref().is_none_or(|ip| *live.source_ip == *ip)
            && self.any_of.iter().all(|any| any.iter().any(|which| which.is_of(live)))
            && self.user_agent.as_deref().is_none_or(|part| live.user_agent.to_lowercase().contains(part))
            && self.used.fits(live)
    }
}

impl Sessions {
    /// A page of those that fit, from before a place on.
    pub fn list(&self, filter: &Filter, before: Option<Place>, items: usize, now: Timestamp) -> Listed {
        let mut sessions: Vec<Arc<Live>> = Vec::new();
        let latest = filter.issued_before.map(Place::before);
        let mut before = match (before, latest) {
            (Some(before), Some(latest)) => Some(before.min(latest)),
            (before, latest) => before.or(latest),
        };
        let mut looked_at = 0;
        while looked_at < LOOKED_AT_MAX {
            let some = self.some(filter, before);
            looked_at += some.len().max(1);
            let is_last = some.len() < STRIDE;
            for live in some {
                if filter.issued_after.is_some_and(|instant| live.issued < instant) {
                    return Listed { sessions, next: None };
                }
                if !filter.fits(&live, now) {
                    before = Some(Place::of(&live));
                    continue;
                }
                // There is one more than fits on the page.
                if sessions.len() == items {
                    return Listed { next: sessions.last().map(|last| Place::of(last)), sessions };
                }
                before = Some(Place::of(&live));
                sessions.push(live);
            }
            if is_last {
                return Listed { sessions, next: None };
            }
        }
        Listed { sessions, next: before }
    }

    /// The next few that may fit.
    fn some(&self, filter: &Filter, before: Option<Place>) -> Vec<Arc<Live>> {
        let Some(any) = filter.any_of.first() else {
            let index = self.index();
            return match filter.account {
                Some(account) => index.next_with(&[Trait::Account(account)], before, STRIDE),
                None => index.next(before, STRIDE),
            };
        };
        let traits: Vec<Trait<'_>> = any.iter().filter_map(Which::indexed).collect();
        let mut some = self.index().next_with(&traits, before, STRIDE);
        let is_full = some.len() == STRIDE;
        let keys = any.iter().filter_map(|which| match which {
            Which::Key(id) => self.held(id.as_str()),
            _ => None,
        });
        some.extend(keys.filter(|live| before.is_none_or(|before| Place::of(live) < before)));
        some.sort_unstable_by_key(|live| std::cmp::Reverse(Place::of(live)));
        some.dedup_by(|one, other| Arc::ptr_eq(one, other));
        if is_full {
            // A key from further back waits for its turn.
            some.truncate(STRIDE);
        }
        some
    }
}
