//! Who looks at sessions, and what of them they see.
//!
//! The deployment's own account sees those of all accounts. Another account sees its own, as they act in it: of who
//! made one from outside it sees no more than the account, as in its event history.

use portcullis_base::{AccessKeyId, AccountId, Value};
use portcullis_store::record::{AccessKeyOwner, SessionKind};

use crate::action::Ask;
use crate::sessions::Live;
use crate::snapshot::Snapshot;

/// Every kind, by the name of the call that issues it.
pub const KINDS: [(&str, SessionKind); 7] = [
    ("AssumeRole", SessionKind::AssumeRole),
    ("AssumeRoleWithSAML", SessionKind::Saml),
    ("AssumeRoleWithWebIdentity", SessionKind::WebIdentity),
    ("AssumeRoot", SessionKind::AssumeRoot),
    ("GetFederationToken", SessionKind::FederationToken),
    ("GetRoleCredentials", SessionKind::Portal),
    ("GetSessionToken", SessionKind::SessionToken),
];

/// Who looks.
pub struct Viewer<'a> {
    snapshot: &'a Snapshot,
    /// The account that they are of.
    pub account: AccountId,
}

impl<'a> Viewer<'a> {
    /// Who asks.
    pub fn of(ask: &Ask<'a>) -> Self {
        Self { snapshot: ask.snapshot, account: ask.account() }
    }

    /// The only account whose sessions they see, if they do not see all.
    pub fn limit(&self) -> Option<AccountId> {
        (self.account != self.snapshot.account).then_some(self.account)
    }

    /// Whether they see this session.
    pub fn sees(&self, live: &Live) -> bool {
        self.limit().is_none_or(|account| live.account == account)
    }

    /// Whether they may know this access key.
    pub fn knows_key(&self, id: &str) -> bool {
        self.limit().is_none_or(|account| {
            id.parse::<AccessKeyId>().is_ok_and(|id| {
                let key = self.snapshot.access_key(&id).map(|key| key.account);
                key.or_else(|| id.account()) == Some(account)
            })
        })
    }

    /// Whether they may know who acts under this ARN.
    pub fn knows_arn(&self, arn: &str) -> bool {
        self.limit().is_none_or(|account| account_of(arn) == Some(account))
    }

    /// A session as it is shown.
    pub fn shown(&self, live: &Live) -> Value {
        let (allowed, denied) = live.verdicts();
        let used = live.last_used();
        let services =
            used.as_ref().map(|used| used.services.iter().map(|name| Value::from(*name)).collect());
        let known = |text: &str, is_known: bool| is_known.then(|| text.to_owned());
        Value::structure()
            .with("AccessKeyId", live.access_key_id.as_str())
            .with("Kind", kind_name(live.kind))
            .with("AccountId", live.account.to_string())
            .with_some("Principal", self.principal(live))
            .with("UserId", user_id(live))
            .with("Arn", live.arn())
            .with_some("SessionName", live.name.as_deref())
            .with("Issued", live.issued)
            .with("Expires", live.expires)
            .with_some("SourceIdentity", live.source_identity.as_deref())
            .with_some("Provider", live.provider.as_deref())
            .with_some("PersonId", live.person.as_deref())
            .with_some("CallerAccount", account_of(&live.caller_arn).map(|account| account.to_string()))
            .with_some("CallerArn", known(&live.caller_arn, self.knows_arn(&live.caller_arn)))
            .with("SourceIp", &*live.source_ip)
            .with_some("UserAgent", Some(&*live.user_agent).filter(|agent| !agent.is_empty()))
            .with_some("Parent", known(live.parent(), self.knows_key(live.parent())))
            .with_some("LastUsed", used.as_ref().map(|used| used.at))
            .with_some("LastUsedFrom", used.as_ref().map(|used| used.source_ip.to_canonical().to_string()))
            .with_some("LastUsedService", used.as_ref().map(|used| used.service))
            .with_some("UsedServices", services.map(|services: Vec<Value>| services))
            .with("Allowed", i64::from(allowed))
            .with("Denied", i64::from(denied))
    }

    /// The ARN of whose permissions it has, as long as they are there.
    fn principal(&self, live: &Live) -> Option<String> {
        let Some(id) = live.principal else {
            return Some(format!("arn:aws:iam::{}:root", live.account));
        };
        let role = self.snapshot.roles.get(id).map(|role| role.arn.to_string());
        role.or_else(|| self.snapshot.users.get(id).map(|user| user.arn.to_string()))
    }

    /// A long-term key, or a session that has ended: what is still known of it.
    pub fn key_shown(&self, id: &str) -> Value {
        let key = id.parse().ok().and_then(|id: AccessKeyId| self.snapshot.access_key(&id));
        let arn = key.and_then(|key| match key.owner {
            AccessKeyOwner::Root => Some(format!("arn:aws:iam::{}:root", key.account)),
            AccessKeyOwner::User(user) => self.snapshot.users.get(user).map(|user| user.arn.to_string()),
        });
        Value::structure().with("AccessKeyId", id).with_some("Arn", arn)
    }
}

/// The call that issues this kind.
pub fn kind_name(kind: SessionKind) -> &'static str {
    KINDS.iter().find(|(_, held)| *held == kind).map_or("", |(name, _)| name)
}

/// The account that an ARN is in.
pub fn account_of(arn: &str) -> Option<AccountId> {
    arn.split(':').nth(4)?.parse().ok()
}

/// `aws:userid`.
pub fn user_id(live: &Live) -> String {
    match (live.kind, live.principal, live.name.as_deref()) {
        (SessionKind::FederationToken, _, Some(name)) => format!("{}:{name}", live.account),
        (_, Some(id), Some(name)) => format!("{id}:{name}"),
        (_, Some(id), None) => id.to_string(),
        (_, None, _) => live.account.to_string(),
    }
}
