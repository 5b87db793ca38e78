//! The Principal element: `"*"`, or an object of kinds and names. A bare array of ARNs, as AWS's page "Disabling
//! permissions for temporary security credentials" prints it, is read as `{"AWS": […]}`; lint advises against it.

use portcullis_base::{AccountId, Arn, UniqueId, UniqueIdKind};

use super::PolicyKind;
use super::grammar::Reader;
use super::json::{Fault, Member, Node, Value};
use crate::principal_match::Entry;

impl Reader {
    pub(super) fn entries(&mut self, element: &str, node: &Node) -> Result<Vec<Entry>, Fault> {
        match &node.value {
            Value::Text(text) if text == "*" => Ok(vec![Entry::Everyone]),
            Value::Text(text) => Err(invalid("AWS", text, node.at)),
            Value::Scalar(_) => Err(Fault::syntax(format!("{element} must be \"*\" or an object"), node.at)),
            Value::List(_) | Value::Map(_) if self.kind == PolicyKind::Rcp => Err(only_everyone(node.at)),
            Value::List(nodes) => self.array(element, node, nodes),
            Value::Map(members) if members.is_empty() => {
                Err(Fault::worded(self.no_principals(), format!("{element} is empty"), node.at))
            }
            Value::Map(members) => {
                let lists = members
                    .iter()
                    .map(|member| self.member(element, member))
                    .collect::<Result<Vec<_>, _>>()?;
                Ok(lists.into_iter().flatten().collect())
            }
        }
    }

    fn array(&mut self, element: &str, node: &Node, nodes: &[Node]) -> Result<Vec<Entry>, Fault> {
        let mut entries = Vec::new();
        for (text, at) in node.texts(element)? {
            if !text.starts_with("arn:") {
                return Err(invalid("AWS", text, at));
            }
            entries.push(aws(text).ok_or_else(|| invalid("AWS", text, at))?);
        }
        if nodes.is_empty() {
            return Err(Fault::worded(self.no_principals(), format!("{element} is empty"), node.at));
        }
        Ok(entries)
    }

    fn member(&self, element: &str, member: &Member) -> Result<Vec<Entry>, Fault> {
        let read: fn(&str) -> Option<Entry> = match (member.name.as_str(), self.kind) {
            ("AWS", _) => aws,
            ("Service", _) => service,
            ("Federated", PolicyKind::Trust) => provider,
            // Canonical user ids are not issued, so none can be meant.
            ("Federated" | "CanonicalUser", _) => |_| None,
            (name, _) => return Err(Fault::syntax(format!("unknown kind {name} in {element}"), member.at)),
        };
        let named = member.node.texts(&member.name)?;
        if named.is_empty() {
            // A Deny of nobody would fail open.
            return Err(Fault::worded(self.no_principals(), format!("{} is empty", member.name), member.at));
        }
        named
            .into_iter()
            .map(|(text, at)| read(text).ok_or_else(|| invalid(&member.name, text, at)))
            .collect()
    }

    pub(super) fn no_principals(&self) -> &'static str {
        if self.kind == PolicyKind::Trust {
            "AssumeRole policy must contain principals."
        } else {
            "Missing required field Principal."
        }
    }
}

fn invalid(kind: &str, text: &str, at: usize) -> Fault {
    let kind = if kind == "Service" { "SERVICE" } else { kind };
    Fault::worded(format!("Invalid principal in policy: \"{kind}\":\"{text}\""), "Principal", at)
}

fn only_everyone(at: usize) -> Fault {
    Fault::syntax("the Principal of a resource control policy must be \"*\"", at)
}

/// Account, root ARN, user, role, session, federated user, unique id or `*`. Groups, wildcards within a name and
/// everything else name nobody.
pub(crate) fn aws(text: &str) -> Option<Entry> {
    if text == "*" {
        return Some(Entry::Everyone);
    }
    if let Ok(account) = text.parse::<AccountId>() {
        return Some(Entry::Account(account));
    }
    if let Ok(id) = text.parse::<UniqueId>() {
        return matches!(id.kind(), UniqueIdKind::User | UniqueIdKind::Role).then_some(Entry::Id(id));
    }
    let arn: Arn = text.parse().ok()?;
    let account = arn.account_id()?;
    // Neither wildcards nor variables name a principal.
    if !arn.region().is_empty() || text.contains(['*', '?']) || text.contains("${") {
        return None;
    }
    let (kind, name) = arn.resource().split_once('/').unwrap_or((arn.resource(), ""));
    match (arn.service(), kind) {
        ("iam", "root") if arn.resource() == "root" => Some(Entry::Account(account)),
        ("iam", "user" | "role") if is_path(name) => Some(Entry::Named { arn: text.to_owned(), id: None }),
        ("sts", "assumed-role") => {
            let (role, session) = name.split_once('/')?;
            let is_session = !role.is_empty() && !session.is_empty() && !session.contains('/');
            is_session.then(|| Entry::Session(text.to_owned()))
        }
        ("sts", "federated-user") if is_path(name) => Some(Entry::Session(text.to_owned())),
        _ => None,
    }
}

fn is_path(name: &str) -> bool {
    !name.is_empty() && !name.ends_with('/')
}

/// A service's name is a host name.
pub(crate) fn service(text: &str) -> Option<Entry> {
    let is_host =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
    (text.contains('.') && text.bytes().all(is_host)).then(|| Entry::Service(text.to_owned()))
}

/// The ARN of a provider, or the host of a well-known one.
pub(crate) fn provider(text: &str) -> Option<Entry> {
    let is_provider = match text.parse::<Arn>() {
        Ok(arn) => {
            arn.service() == "iam"
                && arn.account_id().is_some()
                && ["saml-provider/", "oidc-provider/"]
                    .iter()
                    .any(|kind| arn.resource_after(kind).is_some_and(|name| !name.is_empty()))
        }
        Err(_) => text.contains('.') && !text.contains(':'),
    };
    (is_provider && !text.contains(['*', '?'])).then(|| Entry::Provider(text.to_owned()))
}
