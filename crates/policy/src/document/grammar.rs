//! What each kind of policy may say, with AWS's wordings where they are known (IAM API reference,
//! MalformedPolicyDocument; IAM user guide, "Grammar of the IAM JSON policy language").
//!
//! Nothing unknown is passed over: an element that is misspelt would otherwise be a condition that is not there.

use std::collections::BTreeSet;

use super::json::{self, Fault, Malformed, Member, Node};
use super::{
    ActionPattern, Clause, Document, Effect, Parsed, PolicyKind, ResourcePattern, Statement, Version,
};
use crate::limits::SID_MAX_CHARS;

/// AWS's wording for an action or a condition key without a service in front.
pub(super) const VENDOR: &str = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";

/// The elements of a statement.
pub(crate) const STATEMENT_ELEMENTS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// Reads a policy of this kind.
///
/// # Errors
/// [`Malformed`] for whatever is not the grammar of this kind of policy, duplicate and unknown elements included.
pub fn parse(text: &str, kind: PolicyKind) -> Result<Parsed, Malformed> {
    let mut reader = Reader { kind, version: Version::V2008 };
    let document =
        json::read(text).and_then(|node| reader.document(&node)).map_err(|fault| fault.place(text))?;
    Ok(Parsed { document })
}

/// The state of reading one document.
pub(super) struct Reader {
    pub(super) kind: PolicyKind,
    pub(super) version: Version,
}

impl Reader {
    fn document(&mut self, node: &Node) -> Result<Document, Fault> {
        let members = node.map("the document")?;
        if let Some(unknown) =
            members.iter().find(|member| !["Version", "Id", "Statement"].contains(&&*member.name))
        {
            return Err(Fault::syntax(format!("unknown element {}", unknown.name), unknown.at));
        }
        // The version comes first, wherever it stands: it decides what the values mean.
        if let Some(version) = find(members, "Version") {
            self.version = match version.node.text() {
                Some("2012-10-17") => Version::V2012,
                Some("2008-10-17") => Version::V2008,
                _ => {
                    let wording = "Policy document must be version 2012-10-17 or greater.";
                    return Err(Fault::worded(wording, "Version", version.node.at));
                }
            };
        }
        if let Some(id) = find(members, "Id").filter(|id| id.node.text().is_none()) {
            return Err(Fault::syntax("Id must be a string", id.node.at));
        }
        let statement = find(members, "Statement")
            .ok_or_else(|| Fault::syntax("the document has no Statement", node.at))?;
        let mut sids = BTreeSet::new();
        let mut statements = Vec::new();
        for node in statement.node.one_or_many() {
            let statement = self.statement(node)?;
            // Tools write an empty Sid for none.
            if let Some(sid) = statement.sid.as_ref().filter(|sid| !sid.is_empty())
                && !sids.insert(sid.clone())
            {
                let wording = "Statement IDs (SID) in a single policy must be unique.";
                return Err(Fault::worded(wording, format!("Sid {sid}"), node.at));
            }
            statements.push(statement);
        }
        if statements.is_empty() {
            return Err(Fault::syntax("Statement is empty", statement.node.at));
        }
        Ok(Document { statements })
    }

    fn statement(&mut self, node: &Node) -> Result<Statement, Fault> {
        let members = node.map("Statement")?;
        if let Some(unknown) = members.iter().find(|member| !STATEMENT_ELEMENTS.contains(&&*member.name)) {
            return Err(Fault::syntax(format!("unknown element {}", unknown.name), unknown.at));
        }
        let effect = self.effect(members, node.at)?;
        let statement = Statement {
            sid: self.sid(members)?,
            effect,
            principal: self.principal(members, effect, node.at)?,
            action: self.action(members, node.at)?,
            resource: self.resource(members, node.at)?,
            conditions: match find(members, "Condition") {
                Some(condition) => self.conditions(&condition.node, effect)?,
                None => Vec::new(),
            },
        };
        Ok(statement)
    }

    fn sid(&self, members: &[Member]) -> Result<Option<String>, Fault> {
        let Some(member) = find(members, "Sid") else { return Ok(None) };
        let sid = member.node.text().ok_or_else(|| Fault::syntax("Sid must be a string", member.node.at))?;
        // S3 takes any text for a Sid, IAM letters and digits only.
        let is_free = self.kind == PolicyKind::Resource;
        if !is_free && !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            let wording = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular \
                           expression [0-9A-Za-z]*";
            return Err(Fault::worded(wording, format!("Sid {sid:?}"), member.node.at));
        }
        if sid.chars().count() > SID_MAX_CHARS {
            return Err(Fault::syntax(
                format!("Sid is longer than {SID_MAX_CHARS} characters"),
                member.node.at,
            ));
        }
        Ok(Some(sid.to_owned()))
    }

    fn effect(&self, members: &[Member], at: usize) -> Result<Effect, Fault> {
        let member = find(members, "Effect").ok_or_else(|| Fault::syntax("a statement has no Effect", at))?;
        match member.node.text() {
            Some("Deny") => Ok(Effect::Deny),
            Some("Allow") if self.kind == PolicyKind::Rcp => {
                Err(Fault::syntax("a resource control policy can only deny", member.node.at))
            }
            Some("Allow") => Ok(Effect::Allow),
            _ => Err(Fault::syntax("Effect must be Allow or Deny", member.node.at)),
        }
    }

    fn principal(
        &mut self,
        members: &[Member],
        effect: Effect,
        at: usize,
    ) -> Result<Option<Clause<crate::principal_match::Entry>>, Fault> {
        let found = one_of(members, "Principal", "NotPrincipal")?;
        match (self.kind, found) {
            (PolicyKind::Identity | PolicyKind::Session | PolicyKind::Scp, Some(found)) => {
                Err(prohibited(found))
            }
            (PolicyKind::Identity | PolicyKind::Session | PolicyKind::Scp, None) => Ok(None),
            (_, None) => Err(Fault::worded(self.no_principals(), "a statement has no Principal", at)),
            (_, Some(found)) if found.name == "Principal" => {
                self.entries("Principal", &found.node).map(Clause::Listed).map(Some)
            }
            (PolicyKind::Resource, Some(found)) if effect == Effect::Deny => {
                self.entries("NotPrincipal", &found.node).map(Clause::AllBut).map(Some)
            }
            (PolicyKind::Resource, Some(found)) => {
                Err(Fault::syntax("NotPrincipal with Allow is not supported", found.at))
            }
            (PolicyKind::Trust | PolicyKind::Rcp, Some(found)) => Err(prohibited(found)),
        }
    }

    fn action(&self, members: &[Member], at: usize) -> Result<Clause<ActionPattern>, Fault> {
        let missing = |at| Fault::worded("Policy statement must contain actions.", "Action", at);
        let member = one_of(members, "Action", "NotAction")?.ok_or_else(|| missing(at))?;
        if member.name == "NotAction" && matches!(self.kind, PolicyKind::Trust | PolicyKind::Rcp) {
            return Err(prohibited(member));
        }
        let mut patterns = Vec::new();
        for (text, at) in member.node.texts(&member.name)? {
            self.check_action(text, at)?;
            patterns.push(ActionPattern::new(text));
        }
        if patterns.is_empty() {
            return Err(missing(member.at));
        }
        Ok(clause(member, "Action", patterns))
    }

    fn check_action(&self, text: &str, at: usize) -> Result<(), Fault> {
        let is_in_name =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'?' | b'-' | b'_' | b'.');
        let is_in_vendor = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        match text.split_once(':') {
            None if text == "*" => {}
            None => return Err(Fault::worded(VENDOR, format!("action {text:?}"), at)),
            Some((vendor, _))
                if vendor != "*" && (vendor.is_empty() || !vendor.bytes().all(is_in_vendor)) =>
            {
                return Err(Fault::worded(
                    format!("Vendor {vendor} is not valid"),
                    format!("action {text:?}"),
                    at,
                ));
            }
            Some((_, name)) if name.is_empty() || !name.bytes().all(is_in_name) => {
                return Err(Fault::syntax(format!("{text:?} is not an action"), at));
            }
            Some(_) => {}
        }
        match self.kind {
            PolicyKind::Trust if !is_trust_action(text) => {
                let wording = "AssumeRole policy may only specify STS AssumeRole actions.";
                Err(Fault::worded(wording, format!("action {text:?}"), at))
            }
            PolicyKind::Rcp if text.starts_with('*') => {
                Err(Fault::syntax("an action of a resource control policy needs its service's name", at))
            }
            _ => Ok(()),
        }
    }

    fn resource(&mut self, members: &[Member], at: usize) -> Result<Option<Clause<ResourcePattern>>, Fault> {
        let found = one_of(members, "Resource", "NotResource")?;
        let missing = |at| Fault::worded("Policy statement must contain resources.", "Resource", at);
        let member = match (self.kind, found) {
            (PolicyKind::Trust, None) => return Ok(None),
            (PolicyKind::Trust, Some(found)) => return Err(prohibited(found)),
            (_, found) => found.ok_or_else(|| missing(at))?,
        };
        let mut patterns = Vec::new();
        for (text, at) in member.node.texts(&member.name)? {
            let pattern = ResourcePattern::new(text, self.version);
            check_resource(text, &pattern, at)?;
            patterns.push(pattern);
        }
        if patterns.is_empty() {
            return Err(missing(member.at));
        }
        Ok(Some(clause(member, "Resource", patterns)))
    }
}

fn check_resource(text: &str, pattern: &ResourcePattern, at: usize) -> Result<(), Fault> {
    if text == "*" {
        return Ok(());
    }
    if !text.starts_with("arn:") || pattern.colons < 5 {
        let wording = format!("Resource {text} must be in ARN format or \"*\".");
        return Err(Fault::worded(wording, "Resource", at));
    }
    let vendor = text.split(':').nth(2).unwrap_or_default();
    if vendor.contains(['*', '?']) || vendor.is_empty() {
        let wording = "Resource vendor must be fully qualified and cannot contain regexes.";
        return Err(Fault::worded(wording, format!("Resource {text}"), at));
    }
    Ok(())
}

/// Trust policies are asked about assuming the role, its session tags and source identity, and nothing else.
pub(crate) fn is_trust_action(text: &str) -> bool {
    let Some((vendor, name)) = text.split_once(':') else { return false };
    let name = name.to_ascii_lowercase();
    vendor.eq_ignore_ascii_case("sts")
        && (name == "*"
            || name.starts_with("assume")
            || ["tagsession", "setsourceidentity", "setcontext"].contains(&name.as_str()))
}

fn find<'m>(members: &'m [Member], name: &str) -> Option<&'m Member> {
    members.iter().find(|member| member.name == name)
}

/// The element or its negation, but not both.
fn one_of<'m>(members: &'m [Member], name: &str, negation: &str) -> Result<Option<&'m Member>, Fault> {
    match (find(members, name), find(members, negation)) {
        (Some(_), Some(second)) => {
            Err(Fault::syntax(format!("{name} and {negation} exclude each other"), second.at))
        }
        (first, second) => Ok(first.or(second)),
    }
}

fn clause<T>(member: &Member, name: &str, items: Vec<T>) -> Clause<T> {
    if member.name == name { Clause::Listed(items) } else { Clause::AllBut(items) }
}

fn prohibited(member: &Member) -> Fault {
    Fault::worded(format!("Has prohibited field {}.", member.name), member.name.clone(), member.at)
}
