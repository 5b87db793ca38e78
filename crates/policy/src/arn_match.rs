//! ARN patterns: six parts, each matched on its own, so that a `*` never reaches over a colon of the first five.
//!
//! The sixth part is the whole remainder and may hold colons and slashes, which `*` there does span. The pattern `*`
//! alone matches everything (AWS: "IAM JSON policy elements: Condition operators", ARN condition operators).

use std::sync::OnceLock;

use crate::context::Context;
use crate::document::Version;
use crate::pattern::{Pattern, Token};
use crate::variable::Template;

/// An ARN pattern that may hold variables.
#[derive(Debug, Clone)]
pub(crate) struct ArnTemplate {
    template: Template,
    /// The parts, made when they are first asked for, where no variable has to be filled in.
    fixed: OnceLock<Option<Parts>>,
}

impl ArnTemplate {
    pub(crate) fn new(text: &str, version: Version) -> Self {
        Self { template: Template::new(text, version), fixed: OnceLock::new() }
    }

    fn fixed(&self) -> Option<&Parts> {
        let make = || self.template.fixed_tokens().map(|tokens| Parts::new(&tokens));
        self.fixed.get_or_init(make).as_ref()
    }

    pub(crate) fn template(&self) -> &Template {
        &self.template
    }

    /// Whether the value has this form; never, when a variable has no value.
    pub(crate) fn matches(&self, value: &str, context: &Context) -> bool {
        match self.fixed() {
            Some(parts) => parts.match_value(value),
            None => {
                self.template.tokens(context).is_some_and(|tokens| Parts::new(&tokens).match_value(value))
            }
        }
    }
}

impl ArnTemplate {
    /// A copy whose parts are made already.
    pub(crate) fn ready(&self) -> Self {
        self.fixed();
        self.clone()
    }

    /// Whether the value has this form, for a pattern without variables; never, for one with them.
    pub(crate) fn matches_fixed(&self, value: &str) -> bool {
        self.fixed().is_some_and(|parts| parts.match_value(value))
    }

    /// Whether the value has this form, with the values of keys given by their names in lower case.
    pub(crate) fn matches_with(&self, value: &str, of_key: &dyn Fn(&str) -> Option<String>) -> bool {
        self.template.tokens_with(of_key).is_some_and(|tokens| Parts::new(&tokens).match_value(value))
    }
}

/// The pattern cut into its parts.
#[derive(Debug, Clone)]
enum Parts {
    /// `*` alone.
    Everything,
    /// Six of them.
    Six(Vec<Pattern>),
    /// Not the form of an ARN: matches nothing.
    NotAnArn,
}

impl Parts {
    fn new(tokens: &[Token]) -> Self {
        if tokens == [Token::Many] {
            return Self::Everything;
        }
        let parts: Vec<Pattern> =
            tokens.splitn(6, |token| *token == Token::Char(':')).map(Pattern::of).collect();
        if parts.len() == 6 { Self::Six(parts) } else { Self::NotAnArn }
    }

    fn match_value(&self, value: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::NotAnArn => false,
            Self::Six(patterns) => {
                let mut parts = value.splitn(6, ':');
                patterns.iter().all(|pattern| parts.next().is_some_and(|part| pattern.matches(part)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, value: &str) -> bool {
        ArnTemplate::new(pattern, Version::V2012).matches(value, &Context::new())
    }

    #[test]
    fn a_star_stays_within_its_part() {
        let value = "arn:aws:svc:eu-west-1:444455556666:111122223333:finance/x";
        assert!(!matches("arn:aws:svc:*:111122223333:finance/*", value));
        assert!(matches("arn:aws:svc:*:444455556666:*:finance/*", value));
        assert!(matches("*", "anything"));
        assert!(!matches("arn:aws:s3:::*", "*"));
        assert!(!matches("arn:*", "arn:aws:s3:::b"));
        assert!(matches("arn:*:s3:::logs", "arn:aws-cn:s3:::logs"));
        assert!(!matches("arn:aws:s3:::logs", "arn:aws:s3:::logs-secret"));
    }

    #[test]
    fn colons_of_a_value_stay_in_the_part_they_are_put_in() {
        let mut context = Context::new();
        context.set_one("aws:PrincipalTag/path", "a:b");
        let pattern = ArnTemplate::new("arn:aws:s3:::bucket/${aws:PrincipalTag/path}", Version::V2012);
        assert!(pattern.matches("arn:aws:s3:::bucket/a:b", &context));
    }
}
