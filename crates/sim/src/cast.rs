//! Who asks: every kind of principal, with the condition keys that come with it.

use portcullis_base::{AccountId, UniqueId};
use portcullis_policy::{ContextValue, FederatedParent, Principal, SessionFacts};

use crate::Profile;
use crate::dice::Dice;
use crate::keys::{BYTES, DATES, NUMBERS, TEAMS};

/// A principal and its condition keys.
pub(crate) struct Member {
    pub(crate) principal: Principal,
    pub(crate) keys: Vec<(&'static str, ContextValue)>,
}

/// Name, path and unique id of users and roles. `alice` and `Alice` are two, as are the two roles called audit.
const USERS: &[(&str, &str, &str)] = &[
    ("alice", "staff/", "AIDAALICEAAAAAAAAAAAA"),
    ("bob", "", "AIDABOBAAAAAAAAAAAAAA"),
    ("Alice", "", "AIDAOTHERALICEAAAAAAA"),
];
const ROLES: &[(&str, &str, &str)] = &[
    ("deploy", "team/", "AROADEPLOYAAAAAAAAAAA"),
    ("audit", "", "AROAAUDITAAAAAAAAAAAA"),
    ("AWSReservedSSO_Admin_0123456789abcdef", "aws-reserved/sso.amazonaws.com/", "AROASSOADMINAAAAAAAAA"),
];
const SESSIONS: &[&str] = &["ci", "alice", "bob@example.com", "i-0abc"];
pub(crate) const SERVICES: &[&str] = &["cloudtrail.amazonaws.com", "lambda.amazonaws.com"];
const PROVIDERS: &[&str] = &[
    "accounts.google.com",
    "arn:aws:iam::111122223333:oidc-provider/idp.example.com",
    "arn:aws:iam::111122223333:saml-provider/corp",
];

/// An account of the pools.
#[expect(clippy::expect_used, reason = "the pools are constants of this crate, and its tests draw them all")]
pub(crate) fn account(text: &str) -> AccountId {
    text.parse().expect("an account of the pools")
}

#[expect(clippy::expect_used, reason = "the pools are constants of this crate, and its tests draw them all")]
fn unique_id(text: &str) -> UniqueId {
    text.parse().expect("an id of the pools")
}

struct Drawing<'d> {
    dice: &'d mut Dice,
    account: &'static str,
    keys: Vec<(&'static str, ContextValue)>,
    profile: Profile,
}

/// Draws somebody of this account, as the profile has them.
pub(crate) fn member(dice: &mut Dice, account: &'static str, profile: Profile) -> Member {
    let mut drawing = Drawing { dice, account, keys: Vec::new(), profile };
    let principal = match (drawing.dice.below(100), profile) {
        (0..=5, _) => drawing.root(),
        (6..=35, _) => drawing.user(),
        (36..=49, _) => drawing.federated(),
        (50..=87, _) => drawing.role_session(),
        (88..=93, Profile::Everything) => drawing.external(),
        (94..=96, _) => drawing.anonymous(),
        _ => drawing.service(),
    };
    Member { principal, keys: drawing.keys }
}

impl Drawing<'_> {
    fn one(&mut self, key: &'static str, value: impl Into<String>) {
        self.keys.push((key, ContextValue::One(value.into())));
    }

    fn identity(&mut self, arn: &str, id: String, kind: &str) {
        self.one("aws:PrincipalArn", arn);
        self.one("aws:userid", id);
        self.one("aws:PrincipalType", kind);
        self.one("aws:PrincipalAccount", self.account);
        self.one("aws:PrincipalIsAWSService", "false");
        if self.dice.percent(40) {
            self.one("aws:PrincipalOrgID", "o-a1b2c3");
            let paths = vec!["o-a1b2c3/r-ab/ou-ab-1/".to_owned()];
            self.keys.push(("aws:PrincipalOrgPaths", ContextValue::Many(paths)));
        }
        for (key, pool) in [
            ("aws:PrincipalTag/team", TEAMS),
            ("aws:PrincipalTag/blob", BYTES),
            ("aws:PrincipalTag/level", NUMBERS),
            ("aws:PrincipalTag/since", DATES),
        ] {
            if self.dice.percent(45) {
                let value = self.dice.pick(pool);
                self.one(key, value);
            }
        }
    }

    /// A GetSessionToken session has an issue time and knows of MFA; a key of one's own does not.
    fn token(&mut self) -> Option<SessionFacts> {
        if !self.dice.percent(40) {
            return None;
        }
        let mfa = self.dice.percent(50);
        self.one("aws:MultiFactorAuthPresent", if mfa { "true" } else { "false" });
        if mfa {
            let age = self.dice.pick(NUMBERS);
            self.one("aws:MultiFactorAuthAge", age);
        }
        self.issued();
        // What such a session may not call is the product's own knowledge; elsewhere it is its user.
        (self.profile == Profile::Everything).then_some(SessionFacts { mfa })
    }

    fn issued(&mut self) {
        let at = self.dice.pick(DATES);
        self.one("aws:TokenIssueTime", at);
    }

    fn root(&mut self) -> Principal {
        let arn = format!("arn:aws:iam::{}:root", self.account);
        self.identity(&arn, self.account.to_owned(), "Account");
        Principal::Root { account: account(self.account), session: self.token() }
    }

    fn user(&mut self) -> Principal {
        let (name, path, id) = self.dice.pick(USERS);
        let arn = format!("arn:aws:iam::{}:user/{path}{name}", self.account);
        self.identity(&arn, id.to_owned(), "User");
        self.one("aws:username", name);
        Principal::User { account: account(self.account), id: unique_id(id), arn, session: self.token() }
    }

    fn federated(&mut self) -> Principal {
        let (name, path, id) = self.dice.pick(USERS);
        // Simulators take the federated user's name for its maker's; the product knows better.
        let (federated_name, path) = match self.profile {
            Profile::Comparable => (name, ""),
            Profile::Everything => (self.dice.pick(&["bob", "alice", "guest"]), path),
        };
        let arn = format!("arn:aws:sts::{}:federated-user/{federated_name}", self.account);
        self.identity(&arn, format!("{}:{federated_name}", self.account), "FederatedUser");
        self.issued();
        let is_by_root = self.profile == Profile::Everything && self.dice.percent(20);
        let parent = if is_by_root {
            FederatedParent::Root
        } else {
            FederatedParent::User {
                id: unique_id(id),
                arn: format!("arn:aws:iam::{}:user/{path}{name}", self.account),
            }
        };
        Principal::Federated { account: account(self.account), arn, parent }
    }

    fn role_session(&mut self) -> Principal {
        let (name, path, id) = self.dice.pick(ROLES);
        let session = self.dice.pick(SESSIONS);
        let role_arn = format!("arn:aws:iam::{}:role/{path}{name}", self.account);
        self.identity(&role_arn, format!("{id}:{session}"), "AssumedRole");
        self.issued();
        self.one("aws:MultiFactorAuthPresent", "false");
        if self.dice.percent(30) {
            self.one("aws:SourceIdentity", "alice");
        }
        if self.dice.percent(20) {
            self.one("aws:FederatedProvider", "idp.example.com");
        }
        Principal::RoleSession {
            account: account(self.account),
            role_id: unique_id(id),
            role_arn,
            session_arn: format!("arn:aws:sts::{}:assumed-role/{name}/{session}", self.account),
        }
    }

    fn anonymous(&mut self) -> Principal {
        self.one("aws:PrincipalAccount", "anonymous");
        self.one("aws:PrincipalType", "Anonymous");
        Principal::Anonymous
    }

    fn service(&mut self) -> Principal {
        let name = self.dice.pick(SERVICES);
        self.one("aws:PrincipalIsAWSService", "true");
        self.one("aws:PrincipalServiceName", name);
        self.keys.push(("aws:PrincipalServiceNamesList", ContextValue::Many(vec![name.to_owned()])));
        Principal::Service { name: name.to_owned() }
    }

    fn external(&mut self) -> Principal {
        let provider = self.dice.pick(PROVIDERS);
        self.one("accounts.google.com:aud", "client-1");
        Principal::ExternalIdentity { provider: provider.to_owned() }
    }
}
