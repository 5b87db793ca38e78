//! What the Principal element of a resource policy means for a caller.
//!
//! `*` and partial names do not mix: an entry names one principal exactly, a whole account, or everybody. How the
//! entry reaches the caller decides what an Allow is worth (AWS: "Policy elements: Principal", "How AWS enforcement
//! code logic evaluates requests").

use portcullis_base::{AccountId, UniqueId};

use crate::document::{Clause, Effect, Statement};
use crate::layers::{FederatedParent, Principal};

/// One principal as a policy names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    /// `*`
    Everyone,
    /// An account id or its root ARN.
    Account(AccountId),
    /// A raw unique id of a user or role.
    Id(UniqueId),
    /// The ARN of a user or role, and the unique id it was resolved to at save.
    Named {
        /// As written.
        arn: String,
        /// From then on only this id counts, so that a re-created namesake gets nothing.
        id: Option<UniqueId>,
    },
    /// The ARN of a user or role that there was not when the policy was stored: nobody, whoever bears the name later.
    Nobody(String),
    /// The ARN of a role session or federated user.
    Session(String),
    /// The name of an AWS service.
    Service(String),
    /// An identity provider.
    Provider(String),
}

/// How strongly a policy names the caller, weakest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grant {
    /// Not at all.
    #[default]
    None,
    /// Its account: identity policies decide.
    Delegate,
    /// The role or user it descends from: its boundary and session policies still limit.
    ViaParent,
    /// Itself, or everybody.
    Direct,
}

impl Entry {
    /// How the entry reaches this caller.
    pub(crate) fn grant(&self, caller: &Principal) -> Grant {
        match (self, caller) {
            (Self::Everyone, _) => Grant::Direct,
            (Self::Account(account), Principal::Root { account: own, .. }) => {
                grant_if(account == own, Grant::Direct)
            }
            (Self::Account(account), _) => grant_if(caller.account() == Some(*account), Grant::Delegate),
            (Self::Id(id) | Self::Named { id: Some(id), .. }, _) => named(caller, |own_id, _| own_id == id),
            (Self::Named { arn, id: None }, _) => named(caller, |_, own_arn| own_arn == arn),
            (
                Self::Session(session),
                Principal::RoleSession { session_arn: arn, .. } | Principal::Federated { arn, .. },
            ) => grant_if(session == arn, Grant::Direct),
            (Self::Service(service), Principal::Service { name }) => grant_if(service == name, Grant::Direct),
            (Self::Provider(trusted), Principal::ExternalIdentity { provider }) => {
                grant_if(trusted == provider, Grant::Direct)
            }
            (Self::Nobody(_) | Self::Session(_) | Self::Service(_) | Self::Provider(_), _) => Grant::None,
        }
    }
}

fn grant_if(holds: bool, grant: Grant) -> Grant {
    if holds { grant } else { Grant::None }
}

/// The user or role that an entry may name: the caller itself, or what it descends from.
fn named(caller: &Principal, is_named: impl Fn(&UniqueId, &str) -> bool) -> Grant {
    match caller {
        Principal::User { id, arn, .. } => grant_if(is_named(id, arn), Grant::Direct),
        Principal::Federated { parent: FederatedParent::User { id, arn }, .. } => {
            grant_if(is_named(id, arn), Grant::ViaParent)
        }
        Principal::RoleSession { role_id, role_arn, .. } => {
            grant_if(is_named(role_id, role_arn), Grant::ViaParent)
        }
        Principal::Anonymous
        | Principal::Root { .. }
        | Principal::Federated { parent: FederatedParent::Root, .. }
        | Principal::Service { .. }
        | Principal::ExternalIdentity { .. } => Grant::None,
    }
}

/// How the statement's Principal or NotPrincipal reaches the caller; `bounded` says that a boundary is attached.
pub(crate) fn statement_grant(statement: &Statement, caller: &Principal, bounded: bool) -> Grant {
    clause_grant(statement.principal.as_ref(), statement.effect, caller, bounded)
}

/// The same of the element alone.
pub(crate) fn clause_grant(
    clause: Option<&Clause<Entry>>,
    effect: Effect,
    caller: &Principal,
    bounded: bool,
) -> Grant {
    match (clause, effect) {
        (Some(Clause::Listed(entries)), _) => {
            entries.iter().map(|entry| entry.grant(caller)).max().unwrap_or(Grant::None)
        }
        // AWS: a NotPrincipal Deny always hits a principal with a permissions boundary, whatever is listed.
        (Some(Clause::AllBut(entries)), Effect::Deny) => {
            grant_if(bounded || !whole_line_listed(entries, caller), Grant::Direct)
        }
        // The parser refuses both; should they come up all the same, a Deny holds and an Allow does not.
        (None, Effect::Deny) => Grant::Direct,
        (Some(Clause::AllBut(_)) | None, Effect::Allow) => Grant::None,
    }
}

/// A NotPrincipal spares the caller only if the caller and everything it descends from, account included, is listed,
/// because AWS may check the account and the role before the session (AWS: "Policy elements: NotPrincipal").
fn whole_line_listed(entries: &[Entry], caller: &Principal) -> bool {
    let line: &[Grant] = match caller {
        Principal::RoleSession { .. } | Principal::Federated { parent: FederatedParent::User { .. }, .. } => {
            &[Grant::Direct, Grant::ViaParent, Grant::Delegate]
        }
        Principal::User { .. } | Principal::Federated { parent: FederatedParent::Root, .. } => {
            &[Grant::Direct, Grant::Delegate]
        }
        Principal::Root { .. }
        | Principal::Anonymous
        | Principal::Service { .. }
        | Principal::ExternalIdentity { .. } => &[Grant::Direct],
    };
    line.iter()
        .all(|step| entries.iter().any(|entry| *entry == Entry::Everyone || entry.grant(caller) == *step))
}
