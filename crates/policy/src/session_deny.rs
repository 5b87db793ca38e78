//! Deny statements that temporary credentials alone can meet, as revocations by hand write them: by the time of issue,
//! by `aws:userid`, by source identity, by a session's ARN.
//!
//! Such a statement is of use as long as there is a session that it could deny. Whether it could is asked of its
//! conditions: what only a request decides, an action or an address, is taken to hold.

use portcullis_base::{Timestamp, UniqueId};

use crate::condition::{Condition, Operand, Quantifier, Sense, WhenAbsent};
use crate::context::Context;
use crate::document::{Clause, Document, Effect, Statement};
use crate::layers::Principal;
use crate::principal_match::{Entry, Grant, statement_grant};
use crate::variable::Template;

/// The keys whose values a session has from its issue to its end. What asks for another key may always hold.
const FIXED: [&str; 6] = [
    "aws:userid",
    "aws:tokenissuetime",
    "aws:sourceidentity",
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principaltype",
];

/// A Deny that only sessions can meet.
#[derive(Debug, Clone, Copy)]
pub struct SessionDeny<'a> {
    /// The statement's place in its document.
    pub index: usize,
    /// The statement.
    pub statement: &'a Statement,
}

/// What the sessions are found by that a statement could mean. Others it cannot mean; whether it means these is still
/// to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clue {
    /// Of this `aws:userid`.
    UserId(String),
    /// Of this role.
    Role(UniqueId),
    /// With this source identity.
    SourceIdentity(String),
    /// Acting under this ARN.
    Arn(String),
    /// Issued before this.
    IssuedBefore(Timestamp),
}

/// The statements of a document that only sessions can meet.
pub fn session_denies(document: &Document) -> impl Iterator<Item = SessionDeny<'_>> {
    let all = document.statements().iter().enumerate();
    let denies = all.map(|(index, statement)| SessionDeny { index, statement });
    denies.filter(|deny| {
        deny.statement.effect == Effect::Deny
            && (deny.names_sessions() || deny.statement.conditions.iter().any(binds_to_sessions))
    })
}

/// Whether no long-term key and nobody without one meets the condition.
fn binds_to_sessions(condition: &Condition) -> bool {
    if !is_plain(condition) {
        return false;
    }
    let is_each = |is_of_session: fn(&Operand) -> bool| condition.operands.iter().all(is_of_session);
    match condition.key.as_str() {
        "aws:tokenissuetime" => {
            ["DateLessThan", "DateLessThanEquals"].contains(&condition.written.operator.name)
        }
        "aws:sourceidentity" => true,
        // A user's and the root user's have no colon.
        "aws:userid" => {
            is_each(|operand| text(operand).is_none_or(|text| text.contains(':') || text.starts_with("AROA")))
        }
        // A path may look like anything, so that only the beginning tells.
        "aws:principalarn" => {
            is_each(|operand| text(operand).is_some_and(|text| text.starts_with("arn:aws:sts:")))
        }
        _ => false,
    }
}

/// Whether the condition asks that the key have one of these values, and an absent key does not meet it.
fn is_plain(condition: &Condition) -> bool {
    let written = condition.written;
    written.operator.sense == Sense::Positive
        && written.operator.name != "Null"
        && written.quantifier != Quantifier::ForAllValues
        && written.when_absent == WhenAbsent::ByOperator
        && !has_variable(condition)
}

fn template(operand: &Operand) -> Option<&Template> {
    match operand {
        Operand::Text(template) => Some(template),
        Operand::Arn(arn) => Some(arn.template()),
        _ => None,
    }
}

fn has_variable(condition: &Condition) -> bool {
    condition.operands.iter().filter_map(template).any(Template::has_variable)
}

fn text(operand: &Operand) -> Option<&str> {
    template(operand).and_then(Template::fixed_text)
}

impl SessionDeny<'_> {
    /// Whether its Principal names nothing but sessions.
    fn names_sessions(&self) -> bool {
        matches!(&self.statement.principal, Some(Clause::Listed(entries))
            if !entries.is_empty() && entries.iter().all(|entry| matches!(entry, Entry::Session(_))))
    }

    fn binding(&self) -> impl Iterator<Item = &Condition> {
        self.statement.conditions.iter().filter(|condition| binds_to_sessions(condition))
    }

    /// What the sessions are found by that it could mean, if they can be found otherwise than one by one.
    pub fn clues(&self) -> Option<Vec<Clue>> {
        let by_condition = self.binding().find_map(clues);
        let by_name = || match &self.statement.principal {
            Some(Clause::Listed(entries)) if self.names_sessions() => {
                Some(entries.iter().filter_map(|entry| {
                    let Entry::Session(arn) = entry else { return None };
                    Some(Clue::Arn(arn.clone()))
                }))
            }
            _ => None,
        };
        by_condition
            .or_else(|| by_name().map(Iterator::collect))
            .or_else(|| self.issued_before().map(|before| vec![Clue::IssuedBefore(before)]))
    }

    /// Whether it could deny something to this session: its principal, and the values of its fixed keys.
    pub fn may_hit(&self, principal: &Principal, context: &Context) -> bool {
        let is_fixed =
            |condition: &&Condition| FIXED.contains(&condition.key.as_str()) && !has_variable(condition);
        let is_named = match self.statement.principal {
            None => true,
            Some(_) => statement_grant(self.statement, principal, true) != Grant::None,
        };
        is_named
            && self.statement.conditions.iter().filter(is_fixed).all(|condition| condition.holds(context))
    }

    /// The instant at or after which no session that it could hit was issued, if it names one.
    pub fn issued_before(&self) -> Option<Timestamp> {
        let dated = self.binding().filter(|condition| condition.key.as_str() == "aws:tokenissuetime");
        dated
            .filter_map(|condition| condition.operands.iter().filter_map(|it| end(condition, it)).max())
            .min()
    }

    /// The roles that it could mean, if it names each by its id.
    pub fn roles(&self) -> Option<Vec<UniqueId>> {
        let of = |condition: &Condition| -> Option<Vec<UniqueId>> {
            condition
                .operands
                .iter()
                .filter(|operand| !matches!(operand, Operand::RoleSessions(_)))
                .map(|operand| text(operand)?.split(':').next()?.parse().ok())
                .collect()
        };
        self.binding().filter(|condition| condition.key.as_str() == "aws:userid").find_map(of)
    }
}

/// The first instant that the condition's date does not let through.
fn end(condition: &Condition, operand: &Operand) -> Option<Timestamp> {
    let Operand::Instant(instant) = operand else { return None };
    if condition.written.operator.name == "DateLessThan" {
        instant.millisecond_from()
    } else {
        instant.millisecond_after()
    }
}

/// What a condition finds sessions by, if each of its values can be looked up.
fn clues(condition: &Condition) -> Option<Vec<Clue>> {
    let is_exact = condition.written.operator.name == "StringEquals";
    condition
        .operands
        .iter()
        .map(|operand| match (condition.key.as_str(), operand) {
            ("aws:userid", Operand::RoleSessions(prefix)) => {
                Some(Clue::Role(prefix.trim_end_matches(':').parse().ok()?))
            }
            ("aws:userid", _) => {
                let text = text(operand)?;
                if is_exact || !text.contains(['*', '?']) && condition.written.operator.name == "StringLike" {
                    return Some(Clue::UserId(text.to_owned()));
                }
                let role = text.split_once(':')?.0.parse().ok();
                role.filter(|_| condition.written.operator.name == "StringLike").map(Clue::Role)
            }
            ("aws:principalarn", _) => {
                let arn = text(operand).filter(|arn| !arn.contains(['*', '?']))?;
                Some(Clue::Arn(arn.to_owned()))
            }
            ("aws:sourceidentity", _) if is_exact => Some(Clue::SourceIdentity(text(operand)?.to_owned())),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{PolicyKind, parse};

    const ROLE: &str = "AROAABCDEFGHIJKLMNOPQ";

    fn deny(rest: &str, kind: PolicyKind) -> Document {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::b/*",{rest}}}]}}"#
        );
        parse(&text, kind).unwrap().document
    }

    fn condition(operator: &str, key: &str, value: &str) -> Document {
        deny(&format!(r#""Condition":{{"{operator}":{{"{key}":{value}}}}}"#), PolicyKind::Identity)
    }

    fn is_of_sessions(document: &Document) -> bool {
        session_denies(document).next().is_some()
    }

    fn mary() -> (Principal, Context) {
        let mut context = Context::new();
        context.set_one("aws:userid", format!("{ROLE}:Mary"));
        context.set_one("aws:TokenIssueTime", "2026-11-27T10:00:00.500Z");
        let principal = Principal::RoleSession {
            account: "111122223333".parse().unwrap(),
            role_id: ROLE.parse().unwrap(),
            role_arn: "arn:aws:iam::111122223333:role/Ops".to_owned(),
            session_arn: "arn:aws:sts::111122223333:assumed-role/Ops/Mary".to_owned(),
        };
        (principal, context)
    }

    fn hits_mary(document: &Document) -> bool {
        let (principal, context) = mary();
        session_denies(document).any(|deny| deny.may_hit(&principal, &context))
    }

    #[test]
    fn only_what_no_long_term_key_meets_is_about_sessions() {
        for (operator, key, value, is_about) in [
            ("DateLessThan", "aws:TokenIssueTime", r#""2026-01-01T00:00:00Z""#, true),
            ("DateLessThanIfExists", "aws:TokenIssueTime", r#""2026-01-01T00:00:00Z""#, false),
            ("DateGreaterThan", "aws:TokenIssueTime", r#""2026-01-01T00:00:00Z""#, false),
            ("StringEquals", "aws:userid", r#""AROAABCDEFGHIJKLMNOPQ:Mary""#, true),
            ("StringEquals", "aws:userid", r#"["111122223333:guest","AIDAABCDEFGHIJKLMNOPQ"]"#, false),
            ("StringNotEquals", "aws:userid", r#""AROAABCDEFGHIJKLMNOPQ:Mary""#, false),
            ("StringLike", "aws:userid", r#""*""#, false),
            ("StringLike", "aws:userId", r#""*:Mary""#, true),
            ("StringLike", "aws:userid", r#""AROAABCDEFGHIJKLMNOPQ""#, true),
            ("StringLike", "aws:userid", r#""${aws:PrincipalTag/x}:Mary""#, false),
            ("StringEquals", "aws:SourceIdentity", r#""jane""#, true),
            ("StringNotEquals", "aws:SourceIdentity", r#""jane""#, false),
            ("ForAllValues:StringEquals", "aws:SourceIdentity", r#""jane""#, false),
            ("ArnEquals", "aws:PrincipalArn", r#""arn:aws:sts::111122223333:federated-user/guest""#, true),
            ("ArnEquals", "aws:PrincipalArn", r#""arn:aws:iam::111122223333:role/Ops""#, false),
            ("StringLike", "aws:PrincipalArn", r#""*:federated-user/guest""#, false),
            ("StringEquals", "aws:PrincipalType", r#""AssumedRole""#, false),
        ] {
            assert_eq!(
                is_of_sessions(&condition(operator, key, value)),
                is_about,
                "{operator} {key} {value}"
            );
        }
    }

    #[test]
    fn a_session_as_principal_is_about_sessions_and_anybody_beside_it_is_not() {
        let named = |names: &str| deny(&format!(r#""Principal":{{"AWS":{names}}}"#), PolicyKind::Resource);
        let session = |name: &str| format!(r#""arn:aws:sts::111122223333:assumed-role/Ops/{name}""#);
        assert!(hits_mary(&named(&session("Mary"))));
        assert!(is_of_sessions(&named(&session("Bob"))) && !hits_mary(&named(&session("Bob"))));
        assert!(!is_of_sessions(&named(&format!(r#"[{},"111122223333"]"#, session("Bob")))));
        let document = named(&session("Bob"));
        let clues = session_denies(&document).next().unwrap().clues();
        assert_eq!(clues, Some(vec![Clue::Arn(session("Bob").trim_matches('"').to_owned())]));
    }

    #[test]
    fn what_a_request_decides_may_hold() {
        let both = |more: &str| {
            deny(
                &format!(r#""Condition":{{"StringEquals":{{"aws:userid":"{ROLE}:Mary"}},{more}}}"#),
                PolicyKind::Identity,
            )
        };
        assert!(hits_mary(&both(r#""IpAddress":{"aws:SourceIp":"10.0.0.0/8"}"#)));
        assert!(hits_mary(&both(r#""StringLike":{"aws:PrincipalArn":"${aws:PrincipalTag/x}"}"#)));
        assert!(!hits_mary(&both(r#""DateLessThan":{"aws:TokenIssueTime":"2026-11-27T10:00:00Z"}"#)));
        assert!(hits_mary(&both(r#""DateLessThan":{"aws:TokenIssueTime":"2026-11-27T10:00:01Z"}"#)));
    }

    #[test]
    fn sessions_are_found_by_what_the_statement_names() {
        let clues = |document: &Document| session_denies(document).next().unwrap().clues();
        let role = || Clue::Role(ROLE.parse().unwrap());
        let named = Clue::UserId(format!("{ROLE}:Mary"));
        let at = Timestamp::parse_iso("2026-11-27T10:00:00Z").unwrap();
        for (operator, key, value, found) in [
            ("StringEquals", "aws:userid", format!("{ROLE}:Mary"), Some(vec![named.clone()])),
            ("StringLike", "aws:userid", format!("{ROLE}:Mary"), Some(vec![named])),
            ("StringLike", "aws:userid", format!("{ROLE}:*"), Some(vec![role()])),
            ("StringLike", "aws:userid", "*:Mary".to_owned(), None),
            (
                "StringEquals",
                "aws:userid",
                ROLE.to_owned(),
                Some(vec![Clue::UserId(ROLE.to_owned()), role()]),
            ),
            ("StringEqualsIgnoreCase", "aws:userid", format!("{ROLE}:Mary"), None),
            (
                "StringEquals",
                "aws:SourceIdentity",
                "jane".to_owned(),
                Some(vec![Clue::SourceIdentity("jane".into())]),
            ),
            ("StringLike", "aws:SourceIdentity", "j*".to_owned(), None),
            (
                "DateLessThan",
                "aws:TokenIssueTime",
                "2026-11-27T10:00:00Z".to_owned(),
                Some(vec![Clue::IssuedBefore(at)]),
            ),
            (
                "DateLessThanEquals",
                "aws:TokenIssueTime",
                "2026-11-27T10:00:00Z".to_owned(),
                Some(vec![Clue::IssuedBefore(at.plus(std::time::Duration::from_millis(1)))]),
            ),
        ] {
            let document = condition(operator, key, &format!("{value:?}"));
            assert_eq!(clues(&document), found, "{operator} {key} {value}");
        }
        let document = condition("StringLike", "aws:userid", &format!(r#""{ROLE}:*""#));
        assert_eq!(session_denies(&document).next().unwrap().roles(), Some(vec![ROLE.parse().unwrap()]));
    }
}
