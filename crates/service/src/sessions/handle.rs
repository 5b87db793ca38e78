//! What somebody who looks for a session may have in hand: whatever of it stands in a log line, a policy, a link or an
//! answer of AWS's.

use percent_encoding::percent_decode_str;
use portcullis_base::unique_id::AccessKeyKind;
use portcullis_base::{AccessKeyId, AccountId, Arn, UniqueId};

use super::query::Which;
use super::token_mark;
use crate::snapshot::Snapshot;

/// Shorter texts are no session tokens.
const TOKEN_LEAST: usize = 100;
/// Names of this length and shorter are told. A secret access key has 40 letters.
const NAME_MAX: usize = 39;
/// Longest ARN (IAM API reference).
const ARN_MAX: usize = 2048;
/// Members of a link's query that name the access key: of signature version 4, and of version 2.
const KEY_MEMBERS: [&str; 2] = ["x-amz-credential=", "awsaccesskeyid="];
/// The one that has the token.
const TOKEN_MEMBER: &str = "x-amz-security-token=";

/// A handle, as far as its text tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handle {
    /// An access key id, also one of a link's.
    Key(AccessKeyId),
    /// An ARN of a session, a role, a user, a federated user or a root user.
    Arn(String),
    /// `AROA…` or `AIDA…`.
    Principal(UniqueId),
    /// `AROA…:name`.
    Named(UniqueId, String),
    /// The user id of a root user.
    Root(AccountId),
    /// `123456789012:name`.
    Federated(AccountId, String),
    /// The id of a request or of its event.
    Event(String),
    /// A session token, also one of a link's.
    Token(u64),
    /// Anything else: a source identity, a session name, the name of a role or user, a root user's key of another form.
    Text(String),
}

impl Handle {
    /// What the text is.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        if let Some(handle) = of_link(text) {
            return handle;
        }
        if text.starts_with("arn:") {
            return Self::Arn(text.to_owned());
        }
        if let Some(key) = key(text) {
            return Self::Key(key);
        }
        if let Some((owner, name)) = text.split_once(':') {
            if let Ok(id) = owner.parse() {
                return Self::Named(id, name.to_owned());
            }
            if let Ok(account) = owner.parse() {
                return Self::Federated(account, name.to_owned());
            }
        }
        if let Ok(id) = text.parse() {
            return Self::Principal(id);
        }
        if let Ok(account) = text.parse() {
            return Self::Root(account);
        }
        if let Ok(id) = uuid::Uuid::parse_str(text) {
            return Self::Event(id.to_string());
        }
        let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
        if text.len() >= TOKEN_LEAST && text.bytes().all(is_base64) {
            return Self::Token(token_mark(text));
        }
        Self::Text(text.to_owned())
    }

    /// What can be said of it in an event: of a link its access key, of a token that it was one, and nothing of a text
    /// that is no name: it could be a secret in the wrong place.
    pub fn told(&self) -> String {
        let is_name = |text: &str| {
            text.len() <= NAME_MAX
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte))
        };
        match self {
            Self::Key(key) => key.to_string(),
            Self::Token(_) => "a session token".to_owned(),
            Self::Text(text) if !is_name(text) => "a text".to_owned(),
            Self::Arn(text) | Self::Named(_, text) | Self::Federated(_, text) if text.len() > ARN_MAX => {
                "a long text".to_owned()
            }
            Self::Arn(text) | Self::Event(text) | Self::Text(text) => text.clone(),
            Self::Principal(id) => id.to_string(),
            Self::Named(id, name) => format!("{id}:{name}"),
            Self::Root(account) => account.to_string(),
            Self::Federated(account, name) => format!("{account}:{name}"),
        }
    }

    /// What it finds, where the event history need not be asked; names are those of this account.
    pub fn which(&self, snapshot: &Snapshot, account: AccountId) -> Vec<Which> {
        match self {
            Self::Key(key) if key.kind() == AccessKeyKind::LongTerm => vec![Which::Chain(key.to_string())],
            Self::Key(key) => vec![Which::Key(key.clone())],
            Self::Arn(arn) => {
                principals(arn, snapshot, account).into_iter().chain([Which::Arn(arn.clone())]).collect()
            }
            Self::Principal(id) => vec![Which::Principal(*id)],
            Self::Named(id, name) => vec![Which::Named(*id, name.clone())],
            Self::Root(account) => vec![Which::Root(*account)],
            Self::Federated(account, name) => vec![Which::Federated(*account, name.clone())],
            Self::Token(mark) => vec![Which::Token(*mark)],
            Self::Event(_) => Vec::new(),
            Self::Text(text) => {
                let mut found = principals(text, snapshot, account);
                found.extend([Which::Name(text.clone()), Which::SourceIdentity(text.clone())]);
                found.push(Which::Chain(text.clone()));
                found
            }
        }
    }
}

/// Whose sessions these are: an ARN of a role, a user or a root user, a unique id, or a name in an account.
pub fn principals(text: &str, snapshot: &Snapshot, account: AccountId) -> Vec<Which> {
    if let Ok(id) = text.parse() {
        return vec![Which::Principal(id)];
    }
    if let Ok(root) = text.parse() {
        return vec![Which::Root(root)];
    }
    let root = text.strip_prefix("arn:aws:iam::").and_then(|rest| rest.strip_suffix(":root"));
    if let Some(account) = root.and_then(|account| account.parse().ok()) {
        return vec![Which::Root(account)];
    }
    let (role, user) = if text.starts_with("arn:") {
        (snapshot.role_by_arn(text), snapshot.user_by_arn(text))
    } else {
        (snapshot.roles.named(account, text), snapshot.users.named(account, text))
    };
    let role = role.map(|role| Which::Principal(role.record.id));
    role.into_iter().chain(user.map(|user| Which::Principal(user.record.id))).collect()
}

fn key(text: &str) -> Option<AccessKeyId> {
    let is_usual = text.len() == 20 && (text.starts_with("ASIA") || text.starts_with("AKIA"));
    text.parse().ok().filter(|_| is_usual)
}

/// A presigned link, or the query of one.
fn of_link(text: &str) -> Option<Handle> {
    // Of the same length: lower case changes no byte count of ASCII, and nothing else is changed.
    let lower = text.to_ascii_lowercase();
    let member = |name: &str| {
        let start = lower.find(name)? + name.len();
        let value = text.get(start..)?.split(['&', '#', ' ', '"', '\'']).next()?;
        Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
    };
    let credential = KEY_MEMBERS.iter().find_map(|name| member(name));
    let id = credential.as_deref().and_then(|credential| credential.split('/').next());
    if let Some(key) = id.and_then(|id| id.parse().ok()) {
        return Some(Handle::Key(key));
    }
    member(TOKEN_MEMBER).map(|token| Handle::Token(token_mark(&token)))
}

/// `arn:aws:identitystore:::user/…` (service authorization reference, Identity Store).
pub fn person_arn(user: &str) -> String {
    Arn::new("identitystore", "", "", &format!("user/{user}")).to_string()
}

/// The id of a user of the identity store, from its id, its ARN or its name.
pub fn person(words: &str, snapshot: &Snapshot) -> Option<String> {
    let id = words.strip_prefix(&person_arn("")).unwrap_or(words);
    let directory = &snapshot.directory;
    directory.user(id).or_else(|| directory.user_named(words)).map(|user| user.id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_told_by_its_form() {
        let key = |text: &str| Handle::Key(text.parse().unwrap());
        let role: UniqueId = "AROAQ3EGRFOVF5LZ2A7JK".parse().unwrap();
        let token = "Ab+/".repeat(40);
        let escaped = token.replace('+', "%2B").replace('/', "%2F");
        let link = "https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIAQNZGKIQY56JQ7WML\
                    %2F20261127%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Security-Token=";
        for (text, handle) in [
            (" ASIAQNZGKIQY56JQ7WML\n", key("ASIAQNZGKIQY56JQ7WML")),
            ("AKIAQNZGKIQY56JQ7WML", key("AKIAQNZGKIQY56JQ7WML")),
            ("AROAQ3EGRFOVF5LZ2A7JK", Handle::Principal(role)),
            ("AROAQ3EGRFOVF5LZ2A7JK:a:b", Handle::Named(role, "a:b".to_owned())),
            ("123456789012", Handle::Root("123456789012".parse().unwrap())),
            ("123456789012:bob", Handle::Federated("123456789012".parse().unwrap(), "bob".to_owned())),
            (
                "0D3C8E6E-5B7A-4B5B-8C3A-0123456789ab",
                Handle::Event("0d3c8e6e-5b7a-4b5b-8c3a-0123456789ab".to_owned()),
            ),
            (&format!("{link}{escaped}"), key("ASIAQNZGKIQY56JQ7WML")),
            (&format!("/k?X-Amz-Security-Token={escaped}&a=b"), Handle::Token(token_mark(&token))),
            (&token, Handle::Token(token_mark(&token))),
            ("https://b/k?AWSAccessKeyId=ASIAQNZGKIQY56JQ7WML&Signature=x", key("ASIAQNZGKIQY56JQ7WML")),
            ("mary", Handle::Text("mary".to_owned())),
            (
                "arn:aws:sts::123456789012:assumed-role/r/s",
                Handle::Arn("arn:aws:sts::123456789012:assumed-role/r/s".to_owned()),
            ),
        ] {
            assert_eq!(Handle::parse(text), handle, "{text}");
        }
    }

    #[test]
    fn what_is_told_of_a_token_is_not_the_token() {
        let token = "Ab+/".repeat(40);
        assert_eq!(Handle::parse(&token).told(), "a session token");
        assert_eq!(Handle::parse("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY").told(), "a text");
        assert_eq!(Handle::parse("wJalrXUtnFEMIxK7MDENGxbPxRfiCYEXAMPLEKEY").told(), "a text");
        assert_eq!(Handle::parse("mary.ann@example.org").told(), "mary.ann@example.org");
    }
}
