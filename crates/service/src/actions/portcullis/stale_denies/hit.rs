//! Which live sessions a deny could meet: found by what it names, and then asked of the policy engine.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::sync::Arc;

use portcullis_base::{AccountId, Timestamp, UniqueId};
use portcullis_policy::{Clue, Context, FederatedParent, Principal, SessionDeny, SessionFacts};
use portcullis_store::record::SessionKind;

use super::super::viewer::{account_of, user_id};
use super::documents::Scope;
use crate::sessions::{Live, Sessions};
use crate::snapshot::Snapshot;

/// Sessions that one listing asks about. A deny that would need more is left out and counted.
const LOOKED_AT_MAX: usize = 2_000_000;

/// Whom a deny could meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Met {
    /// No live session.
    Nobody,
    /// Live sessions, of which the last ends then.
    Until(Timestamp),
    /// There were too many sessions to look at.
    Unknown,
}

/// A search among the sessions.
pub struct Search<'a> {
    sessions: &'a Sessions,
    /// What decides.
    pub snapshot: &'a Snapshot,
    /// When.
    pub now: Timestamp,
    left: Cell<usize>,
    not_looked_at: Cell<usize>,
}

impl<'a> Search<'a> {
    /// Among these.
    pub fn new(sessions: &'a Sessions, snapshot: &'a Snapshot, now: Timestamp) -> Self {
        Self { sessions, snapshot, now, left: Cell::new(LOOKED_AT_MAX), not_looked_at: Cell::new(0) }
    }

    /// How many denies were left out.
    pub fn not_looked_at(&self) -> usize {
        self.not_looked_at.get()
    }

    /// Whom the deny could meet.
    pub fn met(&self, deny: &SessionDeny<'_>, scope: &Scope) -> Met {
        let mut latest: Option<Timestamp> = None;
        let mut see = |live: &Arc<Live>| {
            let Some(left) = self.left.get().checked_sub(1) else { return ControlFlow::Break(()) };
            self.left.set(left);
            if latest.is_none_or(|known| known < live.expires) && self.could_meet(deny, live, scope) {
                latest = Some(live.expires);
            }
            ControlFlow::Continue(())
        };
        let flow = match (deny.clues(), scope.holder) {
            (Some(clues), _) => clues.iter().try_for_each(|clue| self.each_of(clue, &mut see)),
            (None, Some(holder)) => self.sessions.of_principal(holder, self.now).iter().try_for_each(see),
            (None, None) => self.sessions.each_before(None, self.now, &mut see),
        };
        if flow.is_break() {
            self.not_looked_at.set(self.not_looked_at.get() + 1);
            return Met::Unknown;
        }
        latest.map_or(Met::Nobody, Met::Until)
    }

    fn each_of(&self, clue: &Clue, see: &mut impl FnMut(&Arc<Live>) -> ControlFlow<()>) -> ControlFlow<()> {
        let found = match clue {
            Clue::IssuedBefore(before) => return self.sessions.each_before(Some(*before), self.now, see),
            Clue::Role(role) => self.sessions.of_principal(*role, self.now),
            Clue::SourceIdentity(identity) => self.sessions.of_source_identity(identity, self.now),
            Clue::Arn(arn) => self.sessions.of_arn(arn, self.now),
            Clue::UserId(id) => match id.split_once(':') {
                Some((owner, name)) => match (owner.parse::<AccountId>(), owner.parse::<UniqueId>()) {
                    (Ok(account), _) => self.sessions.of_federated(account, name, self.now),
                    (_, Ok(role)) => self.sessions.of_name(role, name, self.now),
                    _ => Vec::new(),
                },
                // No session has one without a colon that is not also its user's.
                None => Vec::new(),
            },
        };
        found.iter().try_for_each(see)
    }

    fn could_meet(&self, deny: &SessionDeny<'_>, live: &Live, scope: &Scope) -> bool {
        scope.account.is_none_or(|account| account == live.account)
            && scope.holder.is_none_or(|holder| live.principal == Some(holder))
            && described(self.snapshot, live)
                .is_some_and(|(principal, context)| deny.may_hit(&principal, &context))
    }

    /// Whether a session that is still to come could meet it.
    pub fn can_match_again(&self, deny: &SessionDeny<'_>, scope: &Scope) -> bool {
        let is_past = deny.issued_before().is_some_and(|before| before <= self.now);
        let is_there = |role: &UniqueId| {
            let role = self.snapshot.roles.get(*role);
            role.is_some_and(|role| scope.account.is_none_or(|account| account == role.record.account))
        };
        !is_past && deny.roles().is_none_or(|roles| roles.iter().any(is_there))
    }

    /// Whether it can mean sessions of this account alone.
    pub fn stays_within(&self, deny: &SessionDeny<'_>, account: AccountId) -> bool {
        let is_own =
            |role: UniqueId| self.snapshot.roles.get(role).is_some_and(|role| role.record.account == account);
        let stays = |clue: &Clue| match clue {
            Clue::Arn(arn) => account_of(arn) == Some(account),
            Clue::Role(role) => is_own(*role),
            Clue::UserId(id) => {
                let owner = id.split(':').next().unwrap_or_default();
                owner.parse() == Ok(account) || owner.parse().is_ok_and(is_own)
            }
            Clue::SourceIdentity(_) | Clue::IssuedBefore(_) => false,
        };
        deny.clues().is_some_and(|clues| clues.iter().all(stays))
    }
}

/// A session as decisions see it; none if whose permissions it had is gone, since then it is good for nothing.
fn described(snapshot: &Snapshot, live: &Live) -> Option<(Principal, Context)> {
    let (account, arn) = (live.account, live.arn());
    let user = || live.principal.map(|id| snapshot.users.get(id).map(|user| (id, user.arn.to_string())));
    let session = Some(SessionFacts { mfa: false });
    let principal = match (live.kind, user()) {
        (kind, _) if kind.is_of_role() => {
            let role = snapshot.roles.get(live.principal?)?;
            let (role_id, role_arn) = (role.record.id, role.arn.to_string());
            Principal::RoleSession { account, role_id, role_arn, session_arn: arn.clone() }
        }
        (_, Some(None)) => return None,
        (SessionKind::FederationToken, user) => {
            let parent =
                user.flatten().map_or(FederatedParent::Root, |(id, arn)| FederatedParent::User { id, arn });
            Principal::Federated { account, arn: arn.clone(), parent }
        }
        (_, None) => Principal::Root { account, session },
        (_, Some(Some((id, arn)))) => Principal::User { account, id, arn, session },
    };
    let (kind, own) = match &principal {
        Principal::RoleSession { role_arn, .. } => ("AssumedRole", role_arn.clone()),
        Principal::Federated { .. } => ("FederatedUser", arn),
        Principal::User { .. } => ("User", arn),
        _ => ("Account", arn),
    };
    let mut context = Context::new();
    context.set_one("aws:PrincipalType", kind);
    context.set_one("aws:PrincipalArn", own);
    context.set_one("aws:PrincipalAccount", account.to_string());
    context.set_one("aws:userid", user_id(live));
    context.set_one("aws:TokenIssueTime", live.issued.iso_millis());
    if let Some(identity) = &live.source_identity {
        context.set_one("aws:SourceIdentity", identity.to_string());
    }
    Some((principal, context))
}
