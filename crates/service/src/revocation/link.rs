//! The links of a chain: what signs, and all that it came from, down to the long-term key.

use portcullis_base::{AccessKeyId, AccountId, Timestamp, UniqueId};
use portcullis_policy::serving::{Known, Value, View};
use smallvec::SmallVec;

use crate::caller::Caller;
use crate::snapshot::revocation::{Handle, LINK_ANCESTOR, LINK_SELF, keys};
use crate::token::{Ancestor, Claims, Subject};

/// One link, as revocations see it.
#[derive(Debug, Clone)]
pub struct Link<'a> {
    /// Its access key id.
    pub key: Option<&'a AccessKeyId>,
    /// Whether it is what signs.
    pub is_self: bool,
    /// The account in which it acts; of an ancestor, the account where the chain has come to.
    pub account: Option<AccountId>,
    principal: Option<UniqueId>,
    root: Option<AccountId>,
    session_name: Option<&'a str>,
    federated: Option<(AccountId, &'a str)>,
    source_identity: Option<&'a str>,
    person: Option<&'a str>,
    // Of a long-term key, those of the first session that it made.
    issue_revision: Option<u64>,
    issued: Option<Timestamp>,
}

/// A link with its texts.
pub struct Described<'a> {
    link: &'a Link<'a>,
    principal: Option<String>,
    federated: Option<String>,
}

/// The links of a caller, its own first.
pub fn of(caller: &Caller) -> SmallVec<[Link<'_>; 4]> {
    let mut links = SmallVec::new();
    match &caller.session {
        Some(session) => of_claims(&session.claims, &mut links),
        None => links.push(Link {
            key: caller.access_key_id.as_ref(),
            is_self: true,
            account: caller.account,
            principal: caller.holder_id(),
            root: None,
            session_name: None,
            federated: None,
            source_identity: None,
            person: None,
            issue_revision: None,
            issued: None,
        }),
    }
    links
}

/// The links of a session.
pub fn of_claims<'a>(claims: &'a Claims, links: &mut SmallVec<[Link<'a>; 4]>) {
    let (principal, session_name, federated) = match &claims.subject {
        Subject::Role { role, session_name } => (Some(*role), Some(session_name.as_str()), None),
        Subject::User { user } => (Some(*user), None, None),
        Subject::Root => (None, None, None),
        Subject::Federated { parent, name } => (*parent, None, Some((claims.account, name.as_str()))),
    };
    links.push(Link {
        key: Some(&claims.access_key_id),
        is_self: true,
        account: Some(claims.account),
        principal,
        root: principal.is_none().then_some(claims.account),
        session_name,
        federated,
        source_identity: claims.source_identity.as_deref(),
        person: claims.person.as_deref().filter(|_| claims.ancestors.is_empty()),
        issue_revision: Some(claims.issue_revision),
        issued: Some(claims.issued),
    });
    let mut next = (claims.issue_revision, claims.issued);
    for (place, ancestor) in claims.ancestors.iter().enumerate().rev() {
        let mut link = of_ancestor(ancestor, claims, next);
        // Whose the chain is stands at its beginning, and hits what follows as far as the revocation goes on to that.
        link.person = claims.person.as_deref().filter(|_| place == 0);
        next = (link.issue_revision.unwrap_or(next.0), link.issued.unwrap_or(next.1));
        links.push(link);
    }
}

fn of_ancestor<'a>(ancestor: &'a Ancestor, claims: &'a Claims, next: (u64, Timestamp)) -> Link<'a> {
    Link {
        key: Some(&ancestor.access_key_id),
        is_self: false,
        account: Some(claims.account),
        principal: ancestor.principal,
        // The key that root was given from outside carries no account; its chain stays in its own.
        root: ancestor
            .principal
            .is_none()
            .then(|| ancestor.access_key_id.account().unwrap_or(claims.account)),
        session_name: ancestor.name.as_deref(),
        federated: None,
        // It cannot be changed along a chain, and what set it is a link of its own.
        source_identity: None,
        person: None,
        issue_revision: Some(ancestor.issue_revision.unwrap_or(next.0)),
        issued: Some(ancestor.issued_ms.map_or(next.1, Timestamp::from_millis)),
    }
}

impl<'a> Link<'a> {
    /// What revocations of more than single sessions are found by.
    pub fn handles(&self) -> SmallVec<[Handle<'a>; 4]> {
        let mut handles = SmallVec::new();
        handles.extend(self.key.map(|key| Handle::Key(key.as_str())));
        handles.extend(self.principal.map(Handle::Principal));
        handles.extend(self.root.map(Handle::Root));
        if let (Some(role), Some(name)) = (self.principal, self.session_name) {
            handles.push(Handle::RoleSession(role, name));
        }
        handles.extend(self.federated.map(|(account, name)| Handle::FederatedUser(account, name)));
        handles.extend(self.source_identity.map(Handle::SourceIdentity));
        handles.extend(self.person.map(Handle::Person));
        handles
    }

    /// With its texts, for conditions to compare.
    pub fn described(&'a self) -> Described<'a> {
        let federated =
            self.federated.map(|(account, name)| format!("arn:aws:sts::{account}:federated-user/{name}"));
        let principal = self.principal.map(|id| id.to_string());
        let principal = principal.or_else(|| self.root.map(|account| account.to_string()));
        Described { link: self, principal, federated }
    }
}

impl<'a> Described<'a> {
    /// The condition keys of the link.
    pub fn view(&'a self, caller: &Caller) -> View<'a> {
        let link = self.link;
        let mut view = View::new();
        view.set_named(keys::LINK, Value::Text(if link.is_self { LINK_SELF } else { LINK_ANCESTOR }));
        if let Some(key) = link.key {
            view.set_named(keys::ACCESS_KEY, Value::Text(key.as_str()));
        }
        if let Some(principal) = &self.principal {
            view.set_named(keys::PRINCIPAL, Value::Text(principal));
        }
        if let Some(name) = link.session_name {
            view.set_named(keys::SESSION_NAME, Value::Text(name));
        }
        if let Some(federated) = &self.federated {
            view.set_named(keys::FEDERATED_USER, Value::Text(federated));
        }
        if let Some(revision) = link.issue_revision {
            view.set_named(keys::ISSUE_REVISION, Value::Count(revision));
        }
        if let Some(issued) = link.issued {
            view.set(Known::TOKEN_ISSUE_TIME, Value::Moment(issued));
        }
        if let Some(identity) = link.source_identity {
            view.set(Known::SOURCE_IDENTITY, Value::Text(identity));
        }
        if let Some(person) = link.person {
            view.set(Known::IDENTITY_STORE_USER_ID, Value::Text(person));
        }
        if let Some(account) = caller.account {
            view.set(Known::PRINCIPAL_ACCOUNT, Value::Account(account));
        }
        view
    }
}
