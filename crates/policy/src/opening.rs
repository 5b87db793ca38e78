//! Which statements of a resource's policy let a principal in that has no permissions of its own.
//!
//! A request is not there yet, so a condition on one (an address, a time, a tag) cannot be decided. Such a statement
//! counts as open and says so; a Deny that hangs on one is not relied on. Everything else is asked of [`decide`], with
//! requests that the statement would allow.

use std::collections::BTreeSet;

use crate::context::{Context, ContextValue};
use crate::decide::decide;
use crate::document::{Clause, Document, Effect, Statement};
use crate::layers::{Layer, Layers, PolicyRef, Principal, Request, ResourceLayer};
use crate::principal_match::{Grant, statement_grant};
use crate::service_data::services;

/// The most requests that are tried for one statement. If all of them are denied, it counts as closed only if there
/// are no more.
const PROBES_MAX: usize = 1024;
/// Stands where a pattern has a wildcard.
const FILLING: &str = "portcullis-any";

/// A resource with a policy of its own.
#[derive(Debug, Clone, Copy)]
pub enum Guarded<'a> {
    /// A bucket, by its ARN.
    Bucket(&'a str),
    /// A role, by its ARN.
    Role(&'a str),
}

/// Who comes.
#[derive(Debug, Clone, Copy)]
pub struct Visitor<'a> {
    /// As whom.
    pub principal: &'a Principal,
    /// What is known of it whatever it asks for.
    pub context: &'a Context,
    /// The keys that it has no value for, whatever it asks for.
    pub absent: &'a [&'a str],
    /// Whether the resource lies in the visitor's account: else its own permissions are taken for granted, since the
    /// resource's policy alone lets nobody in.
    pub is_at_home: bool,
}

/// A statement that lets it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The statement's place in the document.
    pub index: usize,
    /// The condition keys that only a request decides, in lower case.
    pub undecided: Vec<String>,
}

impl Visitor<'_> {
    pub(crate) fn knows(&self, key: &str) -> bool {
        self.context.lookup(key).is_some()
            || self.absent.iter().any(|absent| absent.eq_ignore_ascii_case(key))
    }
}

/// The statements that let the visitor in, in order.
pub fn openings(document: &Document, resource: Guarded<'_>, visitor: &Visitor<'_>) -> Vec<Opening> {
    let all = document.statements().iter().enumerate();
    let candidates = all.filter(|(_, statement)| may_let_in(statement, visitor));
    let mut found = Vec::new();
    let mut denies: Option<Vec<Statement>> = None;
    for (index, statement) in candidates {
        let denies = denies.get_or_insert_with(|| certain_denies(document, visitor));
        let mut statement = statement.clone();
        let undecided: BTreeSet<String> = statement
            .conditions
            .iter()
            .filter(|condition| !visitor.knows(condition.key.as_str()))
            .map(|condition| condition.key.to_string())
            .collect();
        statement.conditions.retain(|condition| visitor.knows(condition.key.as_str()));
        if is_open(&statement, denies, resource, visitor) {
            found.push(Opening { index, undecided: undecided.into_iter().collect() });
        }
    }
    found
}

fn may_let_in(statement: &Statement, visitor: &Visitor<'_>) -> bool {
    statement.effect == Effect::Allow
        && statement_grant(statement, visitor.principal, false) != Grant::None
        && statement
            .conditions
            .iter()
            .all(|condition| !visitor.knows(condition.key.as_str()) || condition.holds(visitor.context))
}

/// The denies that hold whatever is asked for.
fn certain_denies(document: &Document, visitor: &Visitor<'_>) -> Vec<Statement> {
    let is_certain = |statement: &&Statement| {
        statement.effect == Effect::Deny
            && statement.conditions.iter().all(|condition| visitor.knows(condition.key.as_str()))
    };
    document.statements().iter().filter(is_certain).cloned().collect()
}

fn is_open(allow: &Statement, denies: &[Statement], resource: Guarded<'_>, visitor: &Visitor<'_>) -> bool {
    let home = visitor.principal.account().filter(|_| visitor.is_at_home);
    // Which other account it is makes no difference.
    let Some(account) = home.or_else(|| "000000000000".parse().ok()) else { return true };
    let mut statements = vec![allow.clone()];
    statements.extend_from_slice(denies);
    let (document, full) = (Document::of(statements), Document::full_access());
    let whole = [PolicyRef { name: "all", document: &full }];
    let policy = PolicyRef { name: "resource", document: &document };
    let is_root = matches!(visitor.principal, Principal::Root { .. });
    let layers = Layers {
        identity: if visitor.is_at_home { &[] } else { &whole },
        session: if is_root { None } else { Some(&whole) },
        resource: match resource {
            Guarded::Bucket(_) => ResourceLayer::Policy(policy),
            Guarded::Role(_) => ResourceLayer::Trust(policy),
        },
        ..Layers::default()
    };
    let (actions, resources) = (actions(allow, resource), resources(allow, resource, visitor.context));
    let count = actions.len().saturating_mul(resources.len());
    let mut tried =
        actions.iter().flat_map(|action| resources.iter().map(move |resource| (action, resource)));
    let lets_in = tried.by_ref().take(PROBES_MAX).any(|(action, resource)| {
        let request = Request {
            action,
            resource,
            resource_account: account,
            principal: visitor.principal,
            context: visitor.context,
        };
        let decision = decide(&request, &layers);
        let is_by_it = |by: &crate::layers::Deciding| {
            matches!(by.layer, Layer::Resource | Layer::Trust) && by.index == 0
        };
        decision.is_allowed() && decision.deciding.iter().any(is_by_it)
    });
    lets_in || count > PROBES_MAX
}

/// Actions that the statement speaks of.
fn actions(statement: &Statement, resource: Guarded<'_>) -> Vec<String> {
    let prefix = match resource {
        Guarded::Bucket(_) => "s3",
        Guarded::Role(_) => return vec!["sts:AssumeRole".to_owned()],
    };
    let Some(service) = services().service(prefix) else { return vec![format!("{prefix}:{FILLING}")] };
    let named = |action: &str| format!("{prefix}:{action}");
    let known = service.matching("*").into_iter().map(|action| named(action.name));
    let mut all: Vec<String> = known
        .filter(|action| statement.action.matches(|pattern| pattern.matches(&action.to_ascii_lowercase())))
        .collect();
    if all.is_empty() {
        // An action that is not known here may be one elsewhere.
        all.extend(statement.action_patterns().map(filled));
    }
    all
}

/// Resources that the statement speaks of, one for each pattern.
fn resources(statement: &Statement, resource: Guarded<'_>, context: &Context) -> Vec<String> {
    let arn = match resource {
        Guarded::Bucket(arn) => arn,
        Guarded::Role(arn) => return vec![arn.to_owned()],
    };
    match &statement.resource {
        Some(Clause::Listed(_)) => {
            statement.resource_patterns().map(|pattern| filled(&with_values(pattern, context))).collect()
        }
        Some(Clause::AllBut(_)) | None => vec![arn.to_owned(), format!("{arn}/{FILLING}")],
    }
}

fn filled(pattern: &str) -> String {
    if pattern == "*" {
        return format!("arn:aws:s3:::{FILLING}");
    }
    pattern.replace('*', FILLING).replace('?', "x")
}

/// The pattern with the variables filled in that are known.
fn with_values(pattern: &str, context: &Context) -> String {
    let (mut out, mut rest) = (String::new(), pattern);
    while let Some((before, behind)) = rest.split_once("${") {
        let Some((inside, after)) = behind.split_once('}') else { break };
        out.push_str(before);
        match (inside, context.lookup(inside.split(',').next().unwrap_or(inside).trim())) {
            ("*" | "?" | "$", _) => out.push_str(inside),
            (_, Some(ContextValue::One(value))) => out.push_str(value),
            _ => out.push_str(FILLING),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{PolicyKind, parse};

    const BUCKET: &str = "arn:aws:s3:::vault";

    fn mary() -> Principal {
        Principal::RoleSession {
            account: "111122223333".parse().unwrap(),
            role_id: "AROAABCDEFGHIJKLMNOPQ".parse().unwrap(),
            role_arn: "arn:aws:iam::111122223333:role/Ops".to_owned(),
            session_arn: "arn:aws:sts::111122223333:assumed-role/Ops/Mary".to_owned(),
        }
    }

    fn open(statements: &str, kind: PolicyKind, is_at_home: bool) -> Vec<(usize, Vec<String>)> {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        let document = parse(&text, kind).unwrap().document;
        let mut context = Context::new();
        context.set_one("aws:userid", "AROAABCDEFGHIJKLMNOPQ:Mary");
        let principal = mary();
        let visitor =
            Visitor { principal: &principal, context: &context, absent: &["aws:username"], is_at_home };
        let resource = match kind {
            PolicyKind::Trust => Guarded::Role("arn:aws:iam::111122223333:role/Next"),
            _ => Guarded::Bucket(BUCKET),
        };
        openings(&document, resource, &visitor).into_iter().map(|it| (it.index, it.undecided)).collect()
    }

    fn bucket(statements: &str) -> Vec<(usize, Vec<String>)> {
        open(statements, PolicyKind::Resource, true)
    }

    fn statement(effect: &str, principal: &str, more: &str) -> String {
        let end = if more.contains("Resource") { "" } else { r#","Resource":"arn:aws:s3:::vault/*""# };
        format!(r#"{{"Effect":"{effect}","Principal":{principal},"Action":"s3:*"{more}{end}}}"#)
    }

    #[test]
    fn session_role_and_everybody_are_doors_and_an_account_is_none() {
        for (principal, is_open) in [
            (r#"{"AWS":"arn:aws:sts::111122223333:assumed-role/Ops/Mary"}"#, true),
            (r#"{"AWS":"arn:aws:iam::111122223333:role/Ops"}"#, true),
            (r#""*""#, true),
            (r#"{"AWS":"111122223333"}"#, false),
            (r#"{"AWS":"arn:aws:sts::111122223333:assumed-role/Ops/Bob"}"#, false),
            (r#"{"AWS":"arn:aws:iam::111122223333:role/Other"}"#, false),
        ] {
            assert_eq!(!bucket(&statement("Allow", principal, "")).is_empty(), is_open, "{principal}");
        }
        let delegated = statement("Allow", r#"{"AWS":"111122223333"}"#, "");
        assert_eq!(
            open(&delegated, PolicyKind::Resource, false).len(),
            1,
            "elsewhere its own permissions count"
        );
    }

    #[test]
    fn what_hangs_on_the_request_is_open_and_says_so() {
        let more =
            |key: &str, value: &str| format!(r#","Condition":{{"StringEquals":{{"{key}":"{value}"}}}}"#);
        let all = r#""*""#;
        assert_eq!(bucket(&statement("Allow", all, &more("aws:userid", "AROAABCDEFGHIJKLMNOPQ:Bob"))), []);
        assert_eq!(bucket(&statement("Allow", all, &more("aws:username", "Mary"))), []);
        let asks = statement("Allow", all, &more("aws:UserAgent", "x"));
        assert_eq!(bucket(&asks), [(0, vec!["aws:useragent".to_owned()])]);
        // A Deny that may not hold closes nothing.
        let deny = statement("Deny", all, &more("aws:UserAgent", "x"));
        assert_eq!(bucket(&format!("{},{deny}", statement("Allow", all, ""))).len(), 1);
    }

    #[test]
    fn a_deny_closes_what_it_covers_and_no_more() {
        let allow = statement("Allow", r#""*""#, "");
        let deny = |resource: &str| statement("Deny", r#""*""#, &format!(r#","Resource":"{resource}""#));
        assert_eq!(bucket(&format!("{},{allow}", deny("arn:aws:s3:::vault/*"))), []);
        assert_eq!(bucket(&format!("{},{allow}", deny("arn:aws:s3:::vault/secret/*"))).len(), 1);
        let variable = r#","Resource":"arn:aws:s3:::vault/${aws:userid}/*""#;
        let own = statement("Allow", r#""*""#, variable);
        assert_eq!(bucket(&format!("{},{own}", deny("arn:aws:s3:::vault/AROAABCDEFGHIJKLMNOPQ:Mary/*"))), []);
        assert_eq!(bucket(&own).len(), 1);
    }

    #[test]
    fn a_trust_policy_is_a_door_to_another_role() {
        let trust = |principal: &str| {
            let text = format!(
                r#"{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"sts:AssumeRole"}}"#
            );
            open(&text, PolicyKind::Trust, true).len()
        };
        assert_eq!(trust("arn:aws:iam::111122223333:role/Ops"), 1);
        assert_eq!(trust("arn:aws:sts::111122223333:assumed-role/Ops/Mary"), 1);
        assert_eq!(trust("arn:aws:iam::111122223333:root"), 0);
    }
}
