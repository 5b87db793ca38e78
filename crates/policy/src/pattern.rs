//! Wildcard patterns: `*` is any run of characters, `?` exactly one, everything else itself; anchored at both ends.
//!
//! A pattern is cut at its stars into segments. The first must begin the text, the last must end it, and those in
//! between are found one after the other, each as far left as possible. That never backtracks over a star, so a
//! hostile `a*a*a*b` costs one pass over the text. A segment with `?` is searched bit-parallel: every step moves all
//! partial matches at once.

use std::collections::HashMap;

use smallvec::SmallVec;

/// One unit of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    /// This character.
    Char(char),
    /// `?`
    One,
    /// `*`
    Many,
}

impl Token {
    /// What a character of pattern text means.
    pub(crate) fn of(character: char) -> Self {
        match character {
            '*' => Self::Many,
            '?' => Self::One,
            other => Self::Char(other),
        }
    }
}

/// A pattern made ready for matching.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    head: Segment,
    /// The segments behind the stars; none when the pattern has no star.
    middle: Vec<Segment>,
    tail: Option<Segment>,
}

impl Pattern {
    /// Reads `*` and `?` in the text as wildcards.
    pub(crate) fn new(text: &str) -> Self {
        let tokens: Vec<Token> = text.chars().map(Token::of).collect();
        Self::of(&tokens)
    }

    /// The pattern of these tokens.
    pub(crate) fn of(tokens: &[Token]) -> Self {
        let mut segments = tokens.split(|token| *token == Token::Many).map(Segment::new);
        let head = segments.next().unwrap_or_else(|| Segment::new(&[]));
        let mut middle: Vec<Segment> = segments.collect();
        let tail = middle.pop();
        middle.retain(|segment| !segment.characters.is_empty());
        Self { head, middle, tail }
    }

    /// Whether the whole text has this form.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let Some(rest) = self.head.behind_prefix(text) else { return false };
        let Some(tail) = &self.tail else { return rest.is_empty() };
        let Some(mut rest) = tail.before_suffix(rest) else { return false };
        for segment in &self.middle {
            match segment.behind_first(rest) {
                Some(behind) => rest = behind,
                None => return false,
            }
        }
        true
    }
}

/// A run of characters without a star; `None` stands for `?`.
#[derive(Debug, Clone)]
struct Segment {
    characters: Vec<Option<char>>,
    search: Search,
}

#[derive(Debug, Clone)]
enum Search {
    /// No `?`: the library's substring search, which is linear.
    Literal(String),
    BitParallel(Masks),
}

impl Segment {
    fn new(tokens: &[Token]) -> Self {
        let characters: Vec<Option<char>> = tokens
            .iter()
            .map(|token| match token {
                Token::Char(character) => Some(*character),
                Token::One | Token::Many => None,
            })
            .collect();
        let literal: Option<String> = characters.iter().copied().collect();
        let search = literal.map_or_else(|| Search::BitParallel(Masks::new(&characters)), Search::Literal);
        Self { characters, search }
    }

    fn behind_prefix<'t>(&self, text: &'t str) -> Option<&'t str> {
        if let Search::Literal(literal) = &self.search {
            return text.strip_prefix(literal.as_str());
        }
        let mut rest = text.chars();
        for expected in &self.characters {
            let found = rest.next()?;
            if expected.is_some_and(|expected| expected != found) {
                return None;
            }
        }
        Some(rest.as_str())
    }

    fn before_suffix<'t>(&self, text: &'t str) -> Option<&'t str> {
        if let Search::Literal(literal) = &self.search {
            return text.strip_suffix(literal.as_str());
        }
        let mut rest = text.chars();
        for expected in self.characters.iter().rev() {
            let found = rest.next_back()?;
            if expected.is_some_and(|expected| expected != found) {
                return None;
            }
        }
        Some(rest.as_str())
    }

    /// What follows the first place where the segment stands.
    fn behind_first<'t>(&self, text: &'t str) -> Option<&'t str> {
        match &self.search {
            Search::Literal(literal) => {
                text.find(literal.as_str()).and_then(|at| text.get(at + literal.len()..))
            }
            Search::BitParallel(masks) => masks.end_of_first(text).and_then(|end| text.get(end..)),
        }
    }
}

/// The tables of the Shift-And search: bit `i` of a character's mask says that it may stand at place `i`.
#[derive(Debug, Clone)]
struct Masks {
    of: HashMap<char, Vec<u64>>,
    of_any_other: Vec<u64>,
    last_bit: u64,
}

impl Masks {
    fn new(characters: &[Option<char>]) -> Self {
        let blocks = characters.len().div_ceil(64);
        let mut of_any_other = vec![0_u64; blocks];
        for (place, _) in characters.iter().enumerate().filter(|(_, character)| character.is_none()) {
            set_bit(&mut of_any_other, place);
        }
        let mut of: HashMap<char, Vec<u64>> = HashMap::new();
        for (place, character) in characters.iter().enumerate() {
            if let Some(character) = character {
                set_bit(of.entry(*character).or_insert_with(|| of_any_other.clone()), place);
            }
        }
        let last_bit = 1 << (characters.len().saturating_sub(1) % 64);
        Self { of, of_any_other, last_bit }
    }

    fn end_of_first(&self, text: &str) -> Option<usize> {
        let mut partial: SmallVec<[u64; 16]> = SmallVec::from_elem(0, self.of_any_other.len());
        for (at, character) in text.char_indices() {
            let mask = self.of.get(&character).unwrap_or(&self.of_any_other);
            let mut carry = 1;
            for (block, allowed) in partial.iter_mut().zip(mask) {
                let next_carry = *block >> 63;
                *block = ((*block << 1) | carry) & allowed;
                carry = next_carry;
            }
            if partial.last().is_some_and(|block| block & self.last_bit != 0) {
                return Some(at + character.len_utf8());
            }
        }
        None
    }
}

fn set_bit(blocks: &mut [u64], place: usize) {
    if let Some(block) = blocks.get_mut(place / 64) {
        *block |= 1 << (place % 64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, with all its backtracking.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|skip| naive(rest, &text[skip..])),
            Some(('?', rest)) => !text.is_empty() && naive(rest, &text[1..]),
            Some((character, rest)) => text.first() == Some(character) && naive(rest, &text[1..]),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn equals_the_naive_matcher(pattern in "[abé*?]{0,9}", text in "[abé]{0,12}") {
            let pattern_characters: Vec<char> = pattern.chars().collect();
            let text_characters: Vec<char> = text.chars().collect();
            prop_assert_eq!(Pattern::new(&pattern).matches(&text), naive(&pattern_characters, &text_characters));
        }

        #[test]
        fn long_segments_cross_the_blocks_of_the_search(
            before in "[ab]{0,80}", one in "[ab]{0,70}", two in "[ab]{1,70}", after in "[ab]{0,80}",
        ) {
            let pattern = Pattern::new(&format!("*{one}?{two}*"));
            let found = format!("{before}{one}c{two}{after}");
            prop_assert!(pattern.matches(&found));
        }
    }

    #[test]
    fn a_question_mark_is_one_character_of_any_width() {
        assert!(Pattern::new("caf?").matches("café"));
        assert!(Pattern::new("?").matches("🦀"));
        assert!(!Pattern::new("caf??").matches("café"));
        assert!(!Pattern::new("?").matches(""));
    }

    #[test]
    fn nothing_matches_by_prefix() {
        assert!(!Pattern::new("logs").matches("logs-secret"));
        assert!(Pattern::new("b/*/test/*").matches("b/1/2/test/3/o"));
        assert!(!Pattern::new("b/*/test/*").matches("b/1-test/o"));
    }

    #[test]
    fn hostile_patterns_take_one_pass() {
        let text = "a".repeat(100_000);
        for pattern in [
            format!("{}b", "a*".repeat(64)),
            format!("{}b", "*a?".repeat(64)),
            format!("*{}b*", "a?".repeat(64)),
        ] {
            assert!(!Pattern::new(&pattern).matches(&text));
        }
    }
}
