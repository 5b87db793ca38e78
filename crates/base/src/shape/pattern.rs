//! Patterns of the service models.
//!
//! They are written for Java's `Pattern.matches`: the whole value must match; `\w`, `\d` and `\s` are ASCII; `.`
//! stops at five line terminators; `\uXXXX` is a UTF-16 unit, so that two of them may make one character. They are
//! rewritten for the `regex` crate, compiled on first use and kept.

use std::fmt::{self, Write as _};
use std::sync::OnceLock;

use regex::Regex;

/// The one look-ahead of the models, in account aliases: a hyphen that no other follows. `regex` has no look-ahead, so
/// the text is searched for the pair instead, which is the same as long as a pattern has no other hyphen.
const NO_DOUBLE_HYPHEN: &str = "-(?!-)";

/// A model's pattern, compiled when first used.
pub struct Pattern {
    source: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// A pattern as the model writes it.
    pub fn new(source: String) -> Self {
        Self { source, compiled: OnceLock::new() }
    }

    /// The pattern as the model writes it; AWS's messages quote it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether the whole text matches. A pattern that cannot be compiled matches nothing, so that a value which
    /// cannot be checked is refused.
    pub fn matches(&self, text: &str) -> bool {
        let is_doubled = self.source.contains(NO_DOUBLE_HYPHEN) && text.contains("--");
        !is_doubled && self.regex().is_some_and(|regex| regex.is_match(text))
    }

    /// Whether the pattern can be compiled at all; the tables' test asks.
    pub fn is_usable(&self) -> bool {
        self.regex().is_some()
    }

    fn regex(&self) -> Option<&Regex> {
        self.compiled
            .get_or_init(|| Regex::new(&rewrite(&self.source.replace(NO_DOUBLE_HYPHEN, "-"))).ok())
            .as_ref()
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Pattern({:?})", self.source)
    }
}

/// Java's notation in, the `regex` crate's out.
fn rewrite(java: &str) -> String {
    let mut out = String::with_capacity(java.len() + 16);
    out.push_str(r"\A(?:");
    let dot_takes_all = java.starts_with("(?s)");
    let mut rest = java.chars();
    let mut class_depth = 0_u32;
    while let Some(letter) = rest.next() {
        match letter {
            '\\' => rewrite_escape(&mut rest, class_depth > 0, &mut out),
            '[' => {
                class_depth += 1;
                out.push('[');
            }
            ']' => {
                class_depth = class_depth.saturating_sub(1);
                out.push(']');
            }
            '.' if class_depth == 0 && !dot_takes_all => out.push_str(r"[^\n\r\x{85}\x{2028}\x{2029}]"),
            other => out.push(other),
        }
    }
    out.push_str(r")\z");
    out
}

fn rewrite_escape(rest: &mut std::str::Chars<'_>, in_class: bool, out: &mut String) {
    let ascii = match rest.next() {
        Some('w') => "0-9A-Za-z_",
        Some('d') => "0-9",
        Some('s') => r" \t\n\x0B\x0C\r",
        Some('u') => {
            rewrite_unit(rest, out);
            return;
        }
        Some(other) => {
            out.push('\\');
            out.push(other);
            return;
        }
        None => {
            out.push('\\');
            return;
        }
    };
    if in_class {
        out.push_str(ascii);
    } else {
        out.push('[');
        out.push_str(ascii);
        out.push(']');
    }
}

/// `\uXXXX`, possibly the first half of a surrogate pair. The models also write `\u10000-\u10FFFF`, which is not
/// Java's notation and plainly means the planes above the first: that is what it is read as.
fn rewrite_unit(rest: &mut std::str::Chars<'_>, out: &mut String) {
    for (written, meant) in [("10000-\\u10FFFF", r"\x{10000}-\x{10FFFF}"), ("10FFFF", r"\x{10FFFF}")] {
        if let Some(after) = rest.as_str().strip_prefix(written) {
            *rest = after.chars();
            out.push_str(meant);
            return;
        }
    }
    let Some(unit) = take_hex(rest) else {
        out.push_str(r"\u");
        return;
    };
    if (0xD800..0xDC00).contains(&unit)
        && let Some(after) = rest.as_str().strip_prefix("\\u")
    {
        let mut ahead = after.chars();
        if let Some(low) = take_hex(&mut ahead).filter(|low| (0xDC00..0xE000).contains(low)) {
            *rest = ahead;
            push_char(0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00), out);
            return;
        }
    }
    push_char(unit, out);
}

fn take_hex(rest: &mut std::str::Chars<'_>) -> Option<u32> {
    let digits = rest.as_str().get(..4)?;
    let unit = u32::from_str_radix(digits, 16).ok()?;
    *rest = rest.as_str().get(4..)?.chars();
    Some(unit)
}

fn push_char(code: u32, out: &mut String) {
    out.push_str(r"\x{");
    // Writing to a string cannot fail.
    let _ = write!(out, "{code:X}");
    out.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        let pattern = Pattern::new(pattern.to_owned());
        assert!(pattern.is_usable(), "{}", rewrite(pattern.source()));
        pattern.matches(text)
    }

    #[test]
    fn the_whole_value_must_match() {
        assert!(matches(r"[\w+=,.@-]*", "a.session@example"));
        assert!(!matches(r"[\w+=,.@-]*", "a session"));
        assert!(!matches(r"[\w]+", "name\n"), "a trailing line feed is not part of a name");
        assert!(!matches(r"^[0-9]{2}:[0-9]{2}", "10:000"));
        assert!(!matches("a|b", "ab"), "an alternative must not escape the anchors");
    }

    #[test]
    fn word_characters_are_ascii_and_categories_are_unicode() {
        assert!(!matches(r"[\w]+", "müller"));
        assert!(!matches(r"\d{12}", "١٢٣٤٥٦٧٨٩٠١٢"));
        assert!(matches(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+", "Kosten stelle_Ü٣"));
        assert!(!matches(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+", "a!b"));
    }

    #[test]
    fn unicode_escapes_are_read_as_java_reads_them() {
        assert!(matches(r"[\u0009\u000A\u000D\u0020-\u00FF]+", "{\t\"a\": \"ÿ\"\r\n}"));
        assert!(!matches(r"[\u0009\u000A\u000D\u0020-\u00FF]+", "\u{100}"));
        let planes = r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*";
        assert!(matches(planes, "plain \u{1F512}"));
        assert!(!matches(planes, "bell \u{7}"));
        let beyond = r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+";
        assert!(matches(beyond, "\u{1F512}"));
        assert!(matches(r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)", "/division/"));
        assert!(!matches(r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)", "/division"));
    }

    #[test]
    fn a_dot_stops_at_line_ends_unless_told_otherwise() {
        assert!(!matches(".*", "a\u{2028}b"));
        assert!(!matches(".*", "a\rb"));
        assert!(matches("(?s).*", "a\nb"));
    }

    #[test]
    fn an_alias_has_no_two_hyphens_in_a_row() {
        let alias = "^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$";
        assert!(matches(alias, "a-b-c"));
        assert!(!matches(alias, "a--c"));
        assert!(!matches(alias, "ab-"));
    }

    #[test]
    fn what_cannot_be_compiled_matches_nothing() {
        let pattern = Pattern::new("a(?!b)".to_owned());
        assert!(!pattern.is_usable());
        assert!(!pattern.matches("a"));
    }
}
