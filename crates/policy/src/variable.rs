//! Policy variables: `${aws:username}` is replaced by the value of a condition key, as plain text.
//!
//! Only documents of version 2012-10-17 know them; in older ones `${…}` is what it looks like. What is put in is
//! data: a user named `*` is not a wildcard, and a tag value that looks like a variable is not one either, since
//! there is a single pass (AWS: "IAM policy elements: Variables and tags").

use std::borrow::Cow;
use std::sync::OnceLock;

use crate::context::{Context, ContextValue};
use crate::document::Version;
use crate::key::ConditionKey;
use crate::pattern::{Pattern, Token};

/// A policy text that may hold wildcards and variables.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    pieces: Vec<Piece>,
    /// The pattern and the literal text, where no variable has to be filled in.
    /// The pattern is made when it is first asked for: many texts are only ever compared.
    fixed: Option<(OnceLock<Pattern>, String)>,
}

/// A part of a template.
#[derive(Debug, Clone)]
pub(crate) enum Piece {
    Token(Token),
    Variable(Box<Variable>),
}

/// A variable that a request fills in.
#[derive(Debug, Clone)]
pub(crate) struct Variable {
    /// As written, without the braces.
    inside: String,
    /// `None` for a form AWS does not know, which never has a value.
    key: Option<ConditionKey>,
    default: Option<String>,
}

impl Template {
    pub(crate) fn new(text: &str, version: Version) -> Self {
        let pieces = match version {
            Version::V2008 => text.chars().map(|character| Piece::Token(Token::of(character))).collect(),
            Version::V2012 => pieces_of(text),
        };
        let mut template = Self { pieces, fixed: None };
        template.fixed = template.fixed_tokens().map(|tokens| (OnceLock::new(), text_of(&tokens)));
        template
    }

    /// The tokens, unless a variable has to be filled in.
    pub(crate) fn fixed_tokens(&self) -> Option<Vec<Token>> {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Token(token) => Some(*token),
                Piece::Variable(_) => None,
            })
            .collect()
    }

    /// Whether a request has to fill something in.
    pub(crate) fn has_variable(&self) -> bool {
        self.fixed.is_none()
    }

    /// How many colons stand before the first variable, not counting those inside it.
    pub(crate) fn colons_before_variable(&self) -> usize {
        self.pieces
            .iter()
            .take_while(|piece| matches!(piece, Piece::Token(_)))
            .filter(|piece| matches!(piece, Piece::Token(Token::Char(':'))))
            .count()
    }

    /// How many colons stand outside variables.
    pub(crate) fn colons(&self) -> usize {
        self.pieces.iter().filter(|piece| matches!(piece, Piece::Token(Token::Char(':')))).count()
    }

    /// The parts in order.
    pub(crate) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The tokens for this request; `None` when a variable has neither a value nor a default.
    pub(crate) fn tokens(&self, context: &Context) -> Option<Vec<Token>> {
        self.tokens_with(&|name| match context.folded(name) {
            Some(ContextValue::One(value)) => Some(value.clone()),
            // A multivalued key cannot stand in a variable.
            Some(ContextValue::Many(_)) | None => None,
        })
    }

    /// The same with the single value of each key given by its name in lower case.
    pub(crate) fn tokens_with(&self, value: &dyn Fn(&str) -> Option<String>) -> Option<Vec<Token>> {
        let mut tokens = Vec::with_capacity(self.pieces.len());
        for piece in &self.pieces {
            match piece {
                Piece::Token(token) => tokens.push(*token),
                Piece::Variable(variable) => {
                    let known = variable.key.as_ref().and_then(|key| value(key.as_str()));
                    let text = known.or_else(|| variable.default.clone())?;
                    tokens.extend(text.chars().map(Token::Char));
                }
            }
        }
        Some(tokens)
    }

    /// The text with `*` and `?` as themselves, with the values of keys given so.
    pub(crate) fn text_with(&self, value: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        self.tokens_with(value).map(|tokens| text_of(&tokens))
    }

    /// The text, unless a variable has to be filled in.
    pub(crate) fn fixed_text(&self) -> Option<&str> {
        self.fixed.as_ref().map(|(_, text)| text.as_str())
    }

    /// Whether the text has this form, with the values of keys given so.
    pub(crate) fn matches_with(&self, text: &str, value: &dyn Fn(&str) -> Option<String>) -> bool {
        self.tokens_with(value).is_some_and(|tokens| Pattern::of(&tokens).matches(text))
    }

    /// The text for this request with `*` and `?` as themselves, for operators without wildcards.
    pub(crate) fn literal(&self, context: &Context) -> Option<Cow<'_, str>> {
        match &self.fixed {
            Some((_, text)) => Some(Cow::Borrowed(text)),
            None => self.tokens(context).map(|tokens| Cow::Owned(text_of(&tokens))),
        }
    }

    /// The text in a document of version 2012-10-17: what was meant as plain text there stays so.
    pub(crate) fn print(&self) -> String {
        let mut text = String::new();
        let mut pieces = self.pieces.iter().peekable();
        while let Some(piece) = pieces.next() {
            match piece {
                Piece::Token(Token::One) => text.push('?'),
                Piece::Token(Token::Many) => text.push('*'),
                Piece::Token(Token::Char(character @ ('*' | '?'))) => {
                    text.extend(["${", character.encode_utf8(&mut [0; 4]), "}"]);
                }
                Piece::Token(Token::Char('$'))
                    if matches!(pieces.peek(), Some(Piece::Token(Token::Char('{')))) =>
                {
                    text.push_str("${$}");
                }
                Piece::Token(Token::Char(character)) => text.push(*character),
                Piece::Variable(variable) => text.extend(["${", &variable.inside, "}"]),
            }
        }
        text
    }

    /// Whether the text has this form; never, when a variable has no value.
    pub(crate) fn matches(&self, text: &str, context: &Context) -> bool {
        match &self.fixed {
            Some((pattern, _)) => {
                let make = || Pattern::of(&self.fixed_tokens().unwrap_or_default());
                pattern.get_or_init(make).matches(text)
            }
            None => self.tokens(context).is_some_and(|tokens| Pattern::of(&tokens).matches(text)),
        }
    }
}

fn text_of(tokens: &[Token]) -> String {
    tokens
        .iter()
        .map(|token| match token {
            Token::Char(character) => *character,
            Token::One => '?',
            Token::Many => '*',
        })
        .collect()
}

impl std::fmt::Display for Template {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.print())
    }
}

impl Variable {
    /// The key's name in lower case; `None` for a form that never has a value.
    pub(crate) fn key(&self) -> Option<&str> {
        self.key.as_ref().map(ConditionKey::as_str)
    }

    /// The key's name as written; `None` for a form that never has a value.
    pub(crate) fn name(&self) -> Option<&str> {
        self.key.as_ref()?;
        self.inside.split(',').next()
    }

    /// What stands for a key without a value.
    pub(crate) fn default(&self) -> Option<&str> {
        self.default.as_deref()
    }

    /// Reads what stands between `${` and its end: a key, or a key, a comma, one space and a quoted default.
    fn new(inside: &str) -> Self {
        let (name, default) = match inside.split_once(',') {
            None => (inside, Some(None)),
            Some((name, rest)) => {
                let text = rest.strip_prefix(" '").and_then(|rest| rest.strip_suffix('\''));
                (name, text.map(|text| Some(text.to_owned())))
            }
        };
        let is_key = !name.is_empty() && !name.contains(['$', '{', '\'']) && name.trim() == name;
        match default {
            Some(default) if is_key => {
                Self { inside: inside.to_owned(), key: Some(ConditionKey::new(name)), default }
            }
            _ => Self { inside: inside.to_owned(), key: None, default: None },
        }
    }
}

fn pieces_of(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if let Some((inside, behind)) = rest.strip_prefix("${").and_then(inside_and_behind) {
            pieces.push(match inside {
                "*" => Piece::Token(Token::Char('*')),
                "?" => Piece::Token(Token::Char('?')),
                "$" => Piece::Token(Token::Char('$')),
                _ => Piece::Variable(Box::new(Variable::new(inside))),
            });
            rest = behind;
        } else {
            pieces.push(Piece::Token(Token::of(character)));
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
        }
    }
    pieces
}

/// Splits at the brace that ends a variable; a quoted default may itself hold braces. `None` when nothing ends it.
fn inside_and_behind(text: &str) -> Option<(&str, &str)> {
    let plain_end = text.find('}')?;
    let end = match text.find(", '").filter(|&quote| quote < plain_end) {
        Some(quote) => text.get(quote + 3..)?.find("'}").map_or(plain_end, |offset| quote + 3 + offset + 1),
        None => plain_end,
    };
    Some((text.get(..end)?, text.get(end + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, version: Version) -> Option<String> {
        let mut context = Context::new();
        context.set_one("aws:username", "alice");
        context.set_one("aws:PrincipalTag/star", "*");
        context.set_one("aws:PrincipalTag/nested", "${aws:username}");
        context.set_many("aws:TagKeys", vec!["a".to_owned()]);
        Template::new(text, version).literal(&context).map(Cow::into_owned)
    }

    #[test]
    fn variables_are_filled_in_once() {
        let new = |text| filled(text, Version::V2012);
        assert_eq!(new("home/${AWS:UserName}/x").as_deref(), Some("home/alice/x"));
        assert_eq!(new("${aws:PrincipalTag/nested}").as_deref(), Some("${aws:username}"));
        assert_eq!(new("${aws:PrincipalTag/none}"), None);
        assert_eq!(new("${aws:PrincipalTag/none, 'it}s'}!").as_deref(), Some("it}s!"));
        assert_eq!(new("${aws:username, 'other'}").as_deref(), Some("alice"));
        assert_eq!(new("${aws:PrincipalTag/none,'x'}"), None);
        assert_eq!(new("${aws:TagKeys}"), None);
        assert_eq!(new("${}"), None);
        assert_eq!(new("${*}${?}${$}").as_deref(), Some("*?$"));
        assert_eq!(new("a${aws:username").as_deref(), Some("a${aws:username"));
        assert_eq!(new("$${aws:username}").as_deref(), Some("$alice"));
    }

    #[test]
    fn old_documents_have_no_variables() {
        assert_eq!(filled("${aws:username}", Version::V2008).as_deref(), Some("${aws:username}"));
    }

    #[test]
    fn what_is_filled_in_is_not_a_wildcard() {
        let mut context = Context::new();
        context.set_one("aws:PrincipalTag/star", "*");
        let template = Template::new("home/${aws:PrincipalTag/star}/?", Version::V2012);
        assert!(template.matches("home/*/a", &context));
        assert!(!template.matches("home/alice/a", &context));
    }
}
