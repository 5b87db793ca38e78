//! Who is calling, once the signature has held: the principal still exists, the key is active, the session has not
//! ended. Asked anew for every request, and again when a write's decision has been overtaken by a change.

use std::sync::Arc;

use portcullis_base::name::FoldedName;
use portcullis_base::{AccessKeyId, AccountId, Arn, Tag, Tags, Timestamp, UniqueId};
use portcullis_policy::{ContextValue, FederatedParent, Principal, SessionFacts};
use portcullis_store::record::AccessKeyOwner;

use crate::credential::{Opened, Session};
use crate::error::{ApiError, Family};
use crate::snapshot::{AccessKey, Role, Snapshot, User};
use crate::token::{Claims, Federation, Subject};

/// Whose identity policies count.
#[derive(Clone)]
pub enum Holder {
    /// Nobody's: an unsigned request.
    Nobody,
    /// The root user's: none limit it.
    Root,
    /// A user's.
    User(Arc<User>),
    /// A role's.
    Role(Arc<Role>),
}

/// Who is calling.
#[derive(Clone)]
pub struct Caller {
    /// As the policy engine sees it.
    pub principal: Principal,
    /// The account it acts in; absent for an unsigned request.
    pub account: Option<AccountId>,
    /// The ARN in messages, events and GetCallerIdentity.
    pub arn: String,
    /// `aws:userid`.
    pub user_id: String,
    /// Whose identity policies count.
    pub holder: Holder,
    /// The key that signed.
    pub access_key_id: Option<AccessKeyId>,
    /// The session, if the credential is a temporary one.
    pub session: Option<Arc<Session>>,
    /// Who vouches for the caller, if it has no access key.
    pub vouched: Option<Arc<Vouched>>,
}

/// Somebody without an access key for whom somebody else's word is good: a token of an identity provider that was
/// verified, an assertion, a sign-in to the access portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vouched {
    /// The kind of what vouches.
    pub by: VouchedBy,
    /// What a trust policy names under `Federated`: the provider's ARN, or a provider that AWS knows by its host.
    pub provider: String,
    /// Who it is: the subject of the token or assertion, the name of the user of the identity store.
    pub name: String,
    /// `userIdentity.principalId` of its events.
    pub user_id: String,
    /// The account in whose history its requests stand.
    pub account: AccountId,
    /// Condition keys of this request alone.
    pub keys: Vec<(String, ContextValue)>,
    /// What a session that comes of it keeps.
    pub federation: Federation,
    /// The user of the identity store.
    pub person: Option<String>,
}

/// What vouches for a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VouchedBy {
    /// A token of an OpenID Connect provider.
    WebIdentity,
    /// A SAML assertion.
    Saml,
    /// A sign-in to the access portal.
    Portal,
    /// Nothing: a client of sso-oidc is whoever says that it is one.
    Client,
}

impl Caller {
    /// Nobody in particular.
    pub fn anonymous() -> Self {
        Self {
            principal: Principal::Anonymous,
            account: None,
            arn: String::new(),
            user_id: "anonymous".to_owned(),
            holder: Holder::Nobody,
            access_key_id: None,
            session: None,
            vouched: None,
        }
    }

    /// Somebody for whom somebody else's word is good.
    pub fn vouched(vouched: &Arc<Vouched>) -> Self {
        Self {
            principal: Principal::ExternalIdentity { provider: vouched.provider.clone() },
            arn: vouched.name.clone(),
            user_id: vouched.user_id.clone(),
            vouched: Some(Arc::clone(vouched)),
            ..Self::anonymous()
        }
    }

    /// Who holds this credential, as things stand in the snapshot now.
    ///
    /// # Errors
    /// AWS's errors when the key is gone or inactive, the principal is gone, or the session has ended.
    pub fn of(
        opened: &Opened,
        snapshot: &Snapshot,
        now: Timestamp,
        family: Family,
    ) -> Result<Self, ApiError> {
        match opened {
            Opened::LongTerm(key) => Self::of_key(key, snapshot, family),
            Opened::Session(session) => Self::of_session(session, snapshot, now, family),
        }
    }

    fn of_key(key: &Arc<AccessKey>, snapshot: &Snapshot, family: Family) -> Result<Self, ApiError> {
        let unknown = || ApiError::unknown_key(family);
        // The key as it is now, not as it was when it was opened: same id, same secret, active.
        let current = snapshot.access_key(&key.id).ok_or_else(unknown)?;
        let is_usable = current.is_active && snapshot.has_account(current.account);
        if !is_usable || current.secret != key.secret {
            return Err(unknown());
        }
        match current.owner {
            AccessKeyOwner::Root => Ok(Self::root(current.account, &current.id, None)),
            AccessKeyOwner::User(id) => {
                let user = snapshot.users.get(id).ok_or_else(unknown)?;
                Ok(Self::user(user, &current.id, None))
            }
        }
    }

    fn of_session(
        session: &Arc<Session>,
        snapshot: &Snapshot,
        now: Timestamp,
        family: Family,
    ) -> Result<Self, ApiError> {
        let unknown = || ApiError::unknown_key(family);
        let claims = &session.claims;
        if now >= claims.expires || snapshot.has_ended(claims.issue_revision, claims.expires) {
            return Err(ApiError::expired(family));
        }
        if !snapshot.has_account(claims.account) {
            return Err(unknown());
        }
        let user = |id: UniqueId| snapshot.users.get(id).ok_or_else(unknown);
        let key = &claims.access_key_id;
        match &claims.subject {
            Subject::Root => Ok(Self::root(claims.account, key, Some(session))),
            Subject::User { user: id } => Ok(Self::user(user(*id)?, key, Some(session))),
            Subject::Role { role, session_name } => {
                let role = snapshot.roles.get(*role).ok_or_else(unknown)?;
                Ok(Self::role(role, session_name, session))
            }
            Subject::Federated { parent: None, name } => {
                Ok(Self::federated(claims.account, name, FederatedParent::Root, Holder::Root, session))
            }
            Subject::Federated { parent: Some(id), name } => {
                let user = user(*id)?;
                let parent = FederatedParent::User { id: *id, arn: user.arn.to_string() };
                Ok(Self::federated(claims.account, name, parent, Holder::User(Arc::clone(user)), session))
            }
        }
    }

    fn root(account: AccountId, key: &AccessKeyId, session: Option<&Arc<Session>>) -> Self {
        // A session for a task, which alone has a policy, is there to call IAM, with MFA or without.
        let may_call_iam = |claims: &Claims| claims.mfa_at.is_some() || claims.passed.has_policy();
        let facts = session.map(|session| SessionFacts { mfa: may_call_iam(&session.claims) });
        Self {
            principal: Principal::Root { account, session: facts },
            account: Some(account),
            arn: Arn::iam(account, "root").to_string(),
            user_id: account.to_string(),
            holder: Holder::Root,
            access_key_id: Some(key.clone()),
            session: session.map(Arc::clone),
            vouched: None,
        }
    }

    fn user(user: &Arc<User>, key: &AccessKeyId, session: Option<&Arc<Session>>) -> Self {
        let facts = session.map(|session| SessionFacts { mfa: session.claims.mfa_at.is_some() });
        let (account, id) = (user.record.account, user.record.id);
        Self {
            principal: Principal::User { account, id, arn: user.arn.to_string(), session: facts },
            account: Some(account),
            arn: user.arn.to_string(),
            user_id: id.to_string(),
            holder: Holder::User(Arc::clone(user)),
            access_key_id: Some(key.clone()),
            session: session.map(Arc::clone),
            vouched: None,
        }
    }

    fn role(role: &Arc<Role>, session_name: &str, session: &Arc<Session>) -> Self {
        Self {
            access_key_id: Some(session.claims.access_key_id.clone()),
            session: Some(Arc::clone(session)),
            ..Self::in_role(role, session_name)
        }
    }

    /// Somebody in a role, without a credential: good for questions, and for nothing else.
    pub fn in_role(role: &Arc<Role>, session_name: &str) -> Self {
        let (account, role_id) = (role.record.account, role.record.id);
        let arn = Arn::sts(account, &format!("assumed-role/{}/{session_name}", role.record.name)).to_string();
        Self {
            principal: Principal::RoleSession {
                account,
                role_id,
                role_arn: role.arn.to_string(),
                session_arn: arn.clone(),
            },
            account: Some(account),
            user_id: format!("{role_id}:{session_name}"),
            arn,
            holder: Holder::Role(Arc::clone(role)),
            access_key_id: None,
            session: None,
            vouched: None,
        }
    }

    fn federated(
        account: AccountId,
        name: &str,
        parent: FederatedParent,
        holder: Holder,
        session: &Arc<Session>,
    ) -> Self {
        let arn = Arn::sts(account, &format!("federated-user/{name}")).to_string();
        Self {
            principal: Principal::Federated { account, arn: arn.clone(), parent },
            account: Some(account),
            user_id: format!("{account}:{name}"),
            arn,
            holder,
            access_key_id: Some(session.claims.access_key_id.clone()),
            session: Some(Arc::clone(session)),
            vouched: None,
        }
    }

    /// Whether it is whoever says that it is a client.
    pub fn is_stranger(&self) -> bool {
        self.vouched.as_ref().is_some_and(|vouched| vouched.by == VouchedBy::Client)
    }

    /// The account in whose history its requests stand.
    pub fn history(&self) -> Option<AccountId> {
        self.account.or_else(|| self.vouched.as_ref().map(|vouched| vouched.account))
    }

    /// `aws:PrincipalArn`: the role's ARN for role sessions, never the session's.
    pub fn principal_arn(&self) -> Option<&str> {
        match &self.principal {
            Principal::RoleSession { role_arn, .. } => Some(role_arn),
            Principal::Anonymous | Principal::ExternalIdentity { .. } => None,
            _ => Some(&self.arn),
        }
    }

    /// The tags of the principal: those passed to the session, and the user's or role's own, which they override.
    pub fn tag_lists(&self) -> (&[Tag], &[Tag]) {
        let own = match &self.holder {
            Holder::User(user) => user.record.tags.as_slice(),
            Holder::Role(role) => role.record.tags.as_slice(),
            Holder::Nobody | Holder::Root => &[],
        };
        let passed = self.session.as_ref().map_or(&[][..], |session| session.claims.passed.tags.as_slice());
        (passed, own)
    }

    /// The tags of the session that go on to the sessions it makes, unchangeable.
    pub fn transitive_tags(&self) -> Tags {
        let Some(session) = &self.session else { return Tags::new() };
        let passed = &session.claims.passed;
        let keys: Vec<FoldedName> = passed.transitive_keys.iter().map(|key| FoldedName::new(key)).collect();
        passed.tags.iter().filter(|tag| keys.contains(&FoldedName::new(&tag.key))).cloned().collect()
    }

    /// The user or role whose permissions count; absent for root and anonymous.
    pub fn holder_id(&self) -> Option<UniqueId> {
        match &self.holder {
            Holder::User(user) => Some(user.record.id),
            Holder::Role(role) => Some(role.record.id),
            Holder::Nobody | Holder::Root => None,
        }
    }

    /// The source identity of the session, if one was set.
    pub fn source_identity(&self) -> Option<&str> {
        self.session.as_ref().and_then(|session| session.claims.source_identity.as_deref())
    }

    /// The IAM user that is itself calling, by its key or by a session from GetSessionToken.
    pub fn own_user(&self) -> Option<&Arc<User>> {
        match (&self.principal, &self.holder) {
            (Principal::User { .. }, Holder::User(user)) => Some(user),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
