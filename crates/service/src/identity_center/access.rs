//! What a person has: in which accounts which permission sets, directly or by groups, and the session that comes of one.

use std::collections::BTreeSet;
use std::sync::Arc;

use portcullis_base::{AccountId, Arn, Value};
use portcullis_store::record::{
    Assignee, DirectoryUserRecord, InstanceRecord, PermissionSetRecord, SessionKind,
};
use serde_json::Value as Json;

use super::{attribute, reach};
use crate::action::Ask;
use crate::caller::{Vouched, VouchedBy};
use crate::issue::Wanted;
use crate::snapshot::{Role, Snapshot};
use crate::token::{Federation, FederationKey, Passed, Subject};

/// The audience of whatever speaks for Identity Center.
pub const AUDIENCE: &str = "https://signin.aws.amazon.com/saml";
/// The longest session name.
const NAME_MAX: usize = 64;

/// A permission set in an account, as a person has it.
pub struct Access<'a> {
    /// The account.
    pub account: AccountId,
    /// The permission set.
    pub set: &'a Arc<PermissionSetRecord>,
    /// The role that was made of it there.
    pub role: &'a Arc<Role>,
}

/// Everything that a person has, by account and permission set: provisioned, in accounts that are open. Nothing for
/// somebody who does not exist or is disabled.
pub fn of<'a>(snapshot: &'a Snapshot, user: &str) -> Vec<Access<'a>> {
    let is_good = snapshot.directory.user(user).is_some_and(|user| user.is_enabled);
    if !is_good {
        return Vec::new();
    }
    let center = &snapshot.identity_center;
    let groups = snapshot.directory.groups_of(user).map(|held| Assignee::Group(held.group.clone()));
    let whose: Vec<Assignee> = std::iter::once(Assignee::User(user.to_owned())).chain(groups).collect();
    let assigned: BTreeSet<(AccountId, &str)> = whose
        .iter()
        .flat_map(|whose| center.assignments_to(whose).map(|held| (held.account, held.set.as_str())))
        .collect();
    let known = assigned.into_iter().filter(|(account, _)| reach::reaches(snapshot, *account));
    known
        .filter_map(|(account, set)| {
            let role = snapshot.roles.get(center.provisioned(account, set)?.role)?;
            Some(Access { account, set: center.set(set)?, role })
        })
        .collect()
}

/// What a person has under this name of a permission set in this account.
pub fn named<'a>(snapshot: &'a Snapshot, user: &str, account: AccountId, name: &str) -> Option<Access<'a>> {
    of(snapshot, user).into_iter().find(|held| held.account == account && held.set.name == name)
}

/// What a request of the portal's names of what a person has.
pub fn asked<'a>(snapshot: &'a Snapshot, user: &str, input: &Value) -> Option<Access<'a>> {
    let account = input.text("accountId")?.parse().ok()?;
    named(snapshot, user, account, input.text("roleName")?)
}

/// The provider that speaks for Identity Center in an account, as the trust policy of a role there names it.
pub fn speaker(role: &Role) -> Option<String> {
    let document: Json = serde_json::from_str(&role.record.trust.text).ok()?;
    document.pointer("/Statement/0/Principal/Federated").and_then(Json::as_str).map(str::to_owned)
}

/// `arn:aws:identitystore::ACCOUNT:identitystore/d-…`
pub fn store_arn(instance: &InstanceRecord) -> String {
    let path = format!("identitystore/{}", instance.store);
    Arn::new("identitystore", "", &instance.account.to_string(), &path).to_string()
}

/// A person who has signed in, as the caller of the portal. `sign_in` ties the calls of one sign-in together in events.
pub fn vouched(instance: &InstanceRecord, user: &DirectoryUserRecord, sign_in: &str) -> Vouched {
    let store = store_arn(instance);
    let key = |name: &str, value: &str| FederationKey {
        name: name.to_owned(),
        values: vec![value.to_owned()],
        is_multivalued: false,
    };
    Vouched {
        by: VouchedBy::Portal,
        provider: store.clone(),
        name: user.user_name.clone(),
        user_id: sign_in.to_owned(),
        account: instance.account,
        keys: Vec::new(),
        federation: Federation {
            provider: store.clone(),
            keys: vec![key("identitystore:UserId", &user.id), key("identitystore:IdentityStoreArn", &store)],
        },
        person: Some(user.id.clone()),
    }
}

/// The session that a person gets of what it has.
pub fn wanted(ask: &Ask<'_>, user: &DirectoryUserRecord, access: &Access<'_>) -> Wanted {
    let session_name = session_name(&user.user_name);
    let role = &access.role.record;
    let path = format!("assumed-role/{}/{session_name}", role.name);
    let instance = ask.snapshot.identity_center.instance();
    Wanted {
        kind: SessionKind::Portal,
        subject: Subject::Role { role: role.id, session_name },
        account: role.account,
        arn: Arn::sts(role.account, &path).to_string(),
        duration_s: access.set.session_s,
        passed: Passed {
            tags: instance.map(|instance| attribute::tags(instance, user)).unwrap_or_default(),
            ..Passed::default()
        },
        source_identity: None,
        mfa_at: None,
    }
}

/// The session's name is the user's, as far as names of sessions go: other letters become `_`, and a name of one letter
/// gets one behind it. Who a person is never hangs on it: the id does.
pub fn session_name(user_name: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter);
    let letters = user_name.chars().map(|letter| if is_plain(letter) { letter } else { '_' });
    let mut name: String = letters.take(NAME_MAX).collect();
    while name.len() < 2 {
        name.push('_');
    }
    name
}
