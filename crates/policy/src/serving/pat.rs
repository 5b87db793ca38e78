//! Patterns laid out for matching: most are one text, or one text and a star, and those stand side by side in the
//! text of their document.

use std::ops::ControlFlow;

use super::key::Key;
use super::lookup::{Anchor, FEW, Lookup};
use super::view::{Line, View};
use crate::arn_match::ArnTemplate;
use crate::pattern::{Pattern, Token};
use crate::variable::{Piece, Template};

/// A place in a list of a document, which has far fewer items than that.
pub(super) fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// A stretch of a document's text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Span {
    at: u32,
    length: u32,
}

impl Span {
    /// Puts a text behind the others.
    pub(super) fn append(text: &str, to: &mut String) -> Self {
        let at = number(to.len());
        to.push_str(text);
        Self { at, length: number(text.len()) }
    }

    pub(super) fn of(self, text: &str) -> &str {
        let at = self.at as usize;
        text.get(at..at + self.length as usize).unwrap_or_default()
    }
}

/// A text of a pattern, with its last bytes at hand: most texts that differ do so there, and then the text itself,
/// which lies elsewhere, is not looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Literal {
    span: Span,
    // INVARIANT: the last bytes of the text, with zeros behind a shorter one.
    tail: [u8; TAIL],
}

/// As many bytes of a text are at hand.
const TAIL: usize = 4;

impl Literal {
    pub(super) fn append(text: &str, to: &mut String) -> Self {
        Self { span: Span::append(text, to), tail: tail_of(text.as_bytes()) }
    }

    pub(super) fn of(self, texts: &str) -> &str {
        self.span.of(texts)
    }

    /// The text as bytes: as text, the bytes around it would have to be looked at too.
    fn bytes(self, texts: &str) -> &[u8] {
        let at = self.span.at as usize;
        texts.as_bytes().get(at..at + self.span.length as usize).unwrap_or_default()
    }

    fn is(self, text: &str, texts: &str) -> bool {
        text.len() == self.span.length as usize && self.begins(text, texts)
    }

    fn begins(self, text: &str, texts: &str) -> bool {
        let begin = text.as_bytes().get(..self.span.length as usize);
        begin.is_some_and(|begin| {
            tail_of(begin) == self.tail && (begin.len() <= TAIL || begin == self.bytes(texts))
        })
    }
}

fn tail_of(bytes: &[u8]) -> [u8; TAIL] {
    bytes.last_chunk().copied().unwrap_or_else(|| {
        let mut tail = [0; TAIL];
        tail.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        tail
    })
}

/// How the characters of a pattern are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// Stars and question marks are themselves.
    Plain,
    /// `*` and `?` are wildcards.
    Like,
    /// As `Like`, part by part of an ARN.
    Arn,
}

/// One pattern.
#[derive(Debug, Clone)]
pub(super) enum Pat {
    /// Everything.
    Any,
    /// Nothing.
    Never,
    /// This text.
    Exact(Literal),
    /// What begins so.
    Prefix(Literal),
    /// Texts and variables one after the other.
    Filled(Box<Filled>),
    /// Any other form without variables.
    Shape(Box<Shape>),
    /// Variables among wildcards: made anew for each request.
    Made(Box<Made>),
}

/// A form with wildcards.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    matcher: Matcher,
    /// The texts between the wildcards; the first is where it begins, perhaps empty.
    pieces: Box<[Box<str>]>,
}

#[derive(Debug, Clone)]
enum Matcher {
    Whole(Pattern),
    Parts(ArnTemplate),
}

/// Texts and variables, and perhaps a star behind them.
#[derive(Debug, Clone)]
pub(super) struct Filled {
    parts: Box<[Part]>,
    is_open: bool,
}

#[derive(Debug, Clone)]
enum Part {
    Text(Box<str>),
    Variable(Variable),
}

/// A variable; without a key it never has a value.
#[derive(Debug, Clone)]
struct Variable {
    key: Option<Key>,
    default: Option<Box<str>>,
}

/// A pattern that is as it is only when a request has filled it in.
#[derive(Debug, Clone)]
pub(super) struct Made {
    matcher: MadeMatcher,
    head: Box<str>,
}

#[derive(Debug, Clone)]
enum MadeMatcher {
    Whole(Template),
    Parts(ArnTemplate),
}

impl Variable {
    /// Takes the variable's text from the front of `rest`; `None` if it has none or does not stand there.
    fn strip<'t>(&self, rest: &'t str, view: &View<'_>) -> Option<&'t str> {
        let value = self.key.as_ref().and_then(|key| view.value(key));
        let mut line = Line::new();
        match value.and_then(|value| value.text(&mut line)) {
            Some(text) => rest.strip_prefix(text),
            None => rest.strip_prefix(&**self.default.as_ref()?),
        }
    }
}

impl Filled {
    fn matches(&self, text: &str, view: &View<'_>) -> bool {
        let mut rest = text;
        for part in &self.parts {
            let behind = match part {
                Part::Text(literal) => rest.strip_prefix(&**literal),
                Part::Variable(variable) => variable.strip(rest, view),
            };
            match behind {
                Some(behind) => rest = behind,
                None => return false,
            }
        }
        self.is_open || rest.is_empty()
    }
}

impl Pat {
    /// The pattern of a template. `arn` is the same template by parts, for the manner of ARNs.
    pub(super) fn new(
        template: &Template,
        manner: Manner,
        arn: Option<&ArnTemplate>,
        texts: &mut String,
    ) -> Self {
        let pieces = template.pieces();
        let colons = template.colons_before_variable();
        let is_arn = manner == Manner::Arn;
        let is_wild = |piece: &Piece| {
            manner != Manner::Plain && matches!(piece, Piece::Token(Token::One | Token::Many))
        };
        let wild: Vec<usize> =
            pieces.iter().enumerate().filter(|(_, piece)| is_wild(piece)).map(|(at, _)| at).collect();
        let is_open = matches!(pieces.last(), Some(Piece::Token(Token::Many)))
            && wild.as_slice() == [pieces.len().wrapping_sub(1)];
        let is_line = wild.is_empty() || is_open;
        let plain = pieces.get(..pieces.len() - usize::from(is_open)).unwrap_or_default();
        let colons_before_wild = pieces
            .iter()
            .take_while(|piece| !is_wild(piece))
            .filter(|piece| matches!(piece, Piece::Token(Token::Char(':'))))
            .count();
        match (template.has_variable(), is_line) {
            (false, true) if is_open && plain.is_empty() => Self::Any,
            // Fewer than six parts: no ARN.
            (false, true) if is_arn && colons_before_wild < 5 => Self::Never,
            (false, true) => {
                let literal = Literal::append(&text_of(plain), texts);
                if is_open { Self::Prefix(literal) } else { Self::Exact(literal) }
            }
            (true, true) if !is_arn || colons >= 5 => {
                Self::Filled(Box::new(Filled { parts: parts_of(plain), is_open }))
            }
            (true, _) => {
                let matcher = match arn.filter(|_| is_arn) {
                    Some(arn) => MadeMatcher::Parts(arn.clone()),
                    None => MadeMatcher::Whole(template.clone()),
                };
                let fixed: Vec<Piece> = pieces
                    .iter()
                    .take_while(|piece| matches!(piece, Piece::Token(Token::Char(_))))
                    .cloned()
                    .collect();
                Self::Made(Box::new(Made { matcher, head: text_of(&fixed).into() }))
            }
            (false, false) => {
                let matcher = match arn.filter(|_| is_arn && colons_before_wild < 5) {
                    Some(arn) => Matcher::Parts(arn.ready()),
                    None => Matcher::Whole(Pattern::of(&template.fixed_tokens().unwrap_or_default())),
                };
                let pieces = pieces.split(is_wild).map(|run| text_of(run).into()).collect();
                Self::Shape(Box::new(Shape { matcher, pieces }))
            }
        }
    }

    /// Whether the text has this form; `None` when that depends on a request. `texts` is the text of the pattern's
    /// document.
    pub(super) fn matches_fixed(&self, text: &str, texts: &str) -> Option<bool> {
        match self {
            Self::Any => Some(true),
            Self::Never => Some(false),
            Self::Exact(literal) => Some(literal.is(text, texts)),
            Self::Prefix(literal) => Some(literal.begins(text, texts)),
            Self::Shape(shape) => Some(match &shape.matcher {
                Matcher::Whole(pattern) => pattern.matches(text),
                Matcher::Parts(arn) => arn.matches_fixed(text),
            }),
            Self::Filled(_) | Self::Made(_) => None,
        }
    }

    /// Whether the text has this form.
    pub(super) fn matches(&self, text: &str, texts: &str, view: &View<'_>) -> bool {
        self.matches_fixed(text, texts).unwrap_or_else(|| self.matches_filled(text, view))
    }

    fn matches_filled(&self, text: &str, view: &View<'_>) -> bool {
        let value = |name: &str| view.text_of(name);
        match self {
            Self::Filled(filled) => filled.matches(text, view),
            Self::Made(made) => match &made.matcher {
                MadeMatcher::Whole(template) => template.matches_with(text, &value),
                MadeMatcher::Parts(arn) => arn.matches_with(text, &value),
            },
            _ => false,
        }
    }

    /// A form with wildcards in it, of tokens without variables.
    pub(super) fn shape(tokens: &[Token]) -> Self {
        let is_wild = |token: &Token| matches!(token, Token::One | Token::Many);
        let text = |run: &[Token]| -> String {
            run.iter()
                .filter_map(|token| if let Token::Char(one) = token { Some(*one) } else { None })
                .collect()
        };
        let pieces = tokens.split(is_wild).map(|run| text(run).into()).collect();
        Self::Shape(Box::new(Shape { matcher: Matcher::Whole(Pattern::of(tokens)), pieces }))
    }

    /// What a text must have to match.
    pub(super) fn anchor<'a>(&'a self, texts: &'a str) -> Anchor<'a> {
        match self {
            Self::Any | Self::Never => Anchor::Always,
            Self::Exact(literal) => Anchor::Exact(literal.of(texts)),
            Self::Prefix(literal) => Anchor::Prefix(literal.of(texts)),
            Self::Filled(filled) => match filled.parts.first() {
                Some(Part::Text(head)) => Anchor::Prefix(head),
                _ => Anchor::Always,
            },
            Self::Shape(shape) => Anchor::Pieces(&shape.pieces),
            Self::Made(made) => Anchor::Prefix(&made.head),
        }
    }
}

fn text_of(pieces: &[Piece]) -> String {
    let mut text = String::with_capacity(pieces.len());
    for piece in pieces {
        match piece {
            Piece::Token(Token::Char(character)) => text.push(*character),
            Piece::Token(Token::One) => text.push('?'),
            Piece::Token(Token::Many) => text.push('*'),
            Piece::Variable(_) => {}
        }
    }
    text
}

fn parts_of(pieces: &[Piece]) -> Box<[Part]> {
    pieces
        .chunk_by(|left, right| matches!((left, right), (Piece::Token(_), Piece::Token(_))))
        .map(|run| match run {
            [Piece::Variable(variable)] => Part::Variable(Variable {
                key: variable.key().map(Key::new),
                default: variable.default().map(Into::into),
            }),
            run => Part::Text(text_of(run).into()),
        })
        .collect()
}

/// Some of the patterns of a document, of which one must match.
#[derive(Debug, Clone, Default)]
pub(super) struct Pats {
    start: u32,
    end: u32,
    /// Where there are many.
    lookup: Option<Box<Lookup>>,
}

impl Pats {
    /// The patterns from `start` to the end of the list so far.
    pub(super) fn since(start: usize, pats: &[Pat], texts: &str) -> Self {
        let own = pats.get(start..).unwrap_or_default();
        let lookup = (own.len() > FEW)
            .then(|| Box::new(Lookup::new((number(start)..).zip(own.iter().map(|pat| pat.anchor(texts))))));
        Self { start: number(start), end: number(pats.len()), lookup }
    }

    /// Whether they are tried one after the other.
    pub(super) fn are_few(&self) -> bool {
        self.lookup.is_none()
    }

    /// Their places in the document's list.
    pub(super) fn places(&self) -> std::ops::Range<u32> {
        self.start..self.end
    }

    /// Whether one of them has the form of the text.
    pub(super) fn any(&self, pats: &[Pat], text: &str, texts: &str, view: &View<'_>) -> bool {
        self.any_that(pats, text, |pat| pat.matches(text, texts, view))
    }

    /// The same for patterns without variables.
    pub(super) fn any_fixed(&self, pats: &[Pat], text: &str, texts: &str) -> bool {
        self.any_that(pats, text, |pat| pat.matches_fixed(text, texts) == Some(true))
    }

    fn any_that(&self, pats: &[Pat], text: &str, matches: impl Fn(&Pat) -> bool) -> bool {
        match &self.lookup {
            None => pats.get(self.start as usize..self.end as usize).unwrap_or_default().iter().any(&matches),
            Some(lookup) => lookup
                .candidates(text, |place| match pats.get(place as usize) {
                    Some(pat) if matches(pat) => ControlFlow::Break(()),
                    _ => ControlFlow::Continue(()),
                })
                .is_break(),
        }
    }
}
