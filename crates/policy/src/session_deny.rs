//! Denies that are about sessions, and whether one can still hit a session that is live.
//!
//! What is meant is what the pages of AWS tell an administrator to write and to take away again later: a Deny on
//! `aws:userid` of a session, on `aws:TokenIssueTime` before an instant, on `aws:SourceIdentity`, or with a session as
//! its Principal. A Deny that can also hit something else than a session is none of these.

use portcullis_base::Timestamp;

use crate::condition::{Condition, Operand, Quantifier, Sense, WhenAbsent};
use crate::document::{Clause, Document, Effect, Statement};
use crate::opening::Visitor;
use crate::principal_match::{Entry, Grant, statement_grant};

/// A Deny that hits nothing but sessions.
#[derive(Debug, Clone, Copy)]
pub struct SessionDeny<'a> {
    /// Its place in the document.
    pub index: usize,
    statement: &'a Statement,
}

/// Those of a document, in order.
pub fn session_denies(document: &Document) -> impl Iterator<Item = SessionDeny<'_>> {
    let all = document.statements().iter().enumerate();
    all.filter(|(_, statement)| is_about_sessions(statement))
        .map(|(index, statement)| SessionDeny { index, statement })
}

fn is_about_sessions(statement: &Statement) -> bool {
    let names_sessions = match &statement.principal {
        Some(Clause::Listed(entries)) => {
            !entries.is_empty() && entries.iter().all(|entry| matches!(entry, Entry::Session(_)))
        }
        _ => false,
    };
    statement.effect == Effect::Deny && (names_sessions || statement.conditions.iter().any(wants_session))
}

/// Whether the condition is true of sessions alone.
fn wants_session(condition: &Condition) -> bool {
    let written = condition.written;
    let is_plain = written.operator.sense == Sense::Positive
        && written.quantifier != Quantifier::ForAllValues
        && (written.when_absent == WhenAbsent::ByOperator || written.quantifier == Quantifier::ForAnyValue);
    let operator = written.operator.name;
    is_plain
        && match condition.key.as_str() {
            "aws:userid" => {
                condition.operands.iter().all(|operand| names_session(operand, &condition.operands))
            }
            "aws:sourceidentity" => operator.starts_with("String"),
            "aws:tokenissuetime" => matches!(operator, "DateLessThan" | "DateLessThanEquals" | "DateEquals"),
            _ => false,
        }
}

/// A session's `aws:userid` has a colon. A role's bare id stands for all its sessions, as the operand beside it says.
fn names_session(operand: &Operand, all: &[Operand]) -> bool {
    match operand {
        Operand::RoleSessions(_) => true,
        other => {
            let text = other.to_string();
            let of_role = format!("{text}:");
            text.contains(':')
                || all.iter().any(|held| matches!(held, Operand::RoleSessions(prefix) if *prefix == of_role))
        }
    }
}

impl SessionDeny<'_> {
    /// Whether it may hit this session with some request.
    pub fn may_hit(&self, visitor: &Visitor<'_>) -> bool {
        let is_named = self.statement.principal.is_none()
            || statement_grant(self.statement, visitor.principal, false) != Grant::None;
        is_named
            && self
                .statement
                .conditions
                .iter()
                .all(|condition| !visitor.knows(condition.key.as_str()) || condition.holds(visitor.context))
    }

    /// The instant before which a session must have been issued to be hit; `None` if it names sessions of any time.
    pub fn issued_before(&self) -> Option<Timestamp> {
        let conditions = self.statement.conditions.iter();
        let mut times = conditions
            .filter(|condition| condition.key.as_str() == "aws:tokenissuetime" && wants_session(condition));
        let instants = times.next()?.operands.iter().filter_map(|operand| match operand {
            Operand::Instant(instant) => Some(instant.timestamp()),
            _ => None,
        });
        instants.max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{PolicyKind, parse};

    fn found(condition: &str) -> bool {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{{{condition}}}}}}}"#
        );
        session_denies(&parse(&text, PolicyKind::Identity).unwrap().document).next().is_some()
    }

    #[test]
    fn what_may_hit_anything_but_a_session_is_none() {
        for (condition, is_one) in [
            (r#""StringEquals":{"aws:userid":"AROAABCDEFGHIJKLMNOPQ:mary"}"#, true),
            (r#""StringLike":{"aws:userid":["AROAABCDEFGHIJKLMNOPQ:*","111122223333:bob"]}"#, true),
            (r#""StringEquals":{"aws:userid":"AROAABCDEFGHIJKLMNOPQ"}"#, true),
            (r#""StringEquals":{"aws:userid":"AIDAABCDEFGHIJKLMNOPQ"}"#, false),
            (r#""StringLike":{"aws:userid":["AROAABCDEFGHIJKLMNOPQ:*","*"]}"#, false),
            (r#""StringNotLike":{"aws:userid":"AROAABCDEFGHIJKLMNOPQ:*"}"#, false),
            (r#""DateLessThan":{"aws:TokenIssueTime":"2024-05-07T23:47:00Z"}"#, true),
            (r#""DateLessThanIfExists":{"aws:TokenIssueTime":"2024-05-07T23:47:00Z"}"#, false),
            (r#""DateGreaterThan":{"aws:TokenIssueTime":"2024-05-07T23:47:00Z"}"#, false),
            (r#""StringEquals":{"aws:SourceIdentity":"jane"}"#, true),
            (r#""StringEquals":{"aws:username":"jane"}"#, false),
        ] {
            assert_eq!(found(condition), is_one, "{condition}");
        }
    }
}
