//! Metadata beyond ASCII. Headers are ASCII, so that such text travels in encoded words (RFC 2047): `=?UTF-8?B?w6Q=?=`
//! is `ä`. Values are decoded before they are kept and encoded when they are given back; text that is ASCII stays as it
//! is (S3 User Guide, "Working with object metadata").

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

/// Bytes of text in one word: a word is at most 75 characters long (RFC 2047 section 2).
const WORD_BYTES_MAX: usize = 45;

/// The text of a header's value. What is no well-formed word of UTF-8 is taken as it stands.
pub(super) fn decoded(value: &str) -> String {
    let mut text = String::new();
    let mut was_word = false;
    for (index, piece) in value.split(' ').enumerate() {
        let word = word(piece);
        // White space between two words is no part of the text (RFC 2047 section 6.2).
        if index > 0 && !(was_word && word.is_some()) {
            text.push(' ');
        }
        text.push_str(word.as_deref().unwrap_or(piece));
        was_word = word.is_some();
    }
    text
}

/// The header's value for a text.
pub(super) fn encoded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut words: Vec<String> = Vec::new();
    let mut piece = String::new();
    for letter in text.chars() {
        if piece.len() + letter.len_utf8() > WORD_BYTES_MAX {
            words.push(std::mem::take(&mut piece));
        }
        piece.push(letter);
    }
    words.push(piece);
    let words = words.iter().map(|piece| format!("=?UTF-8?B?{}?=", STANDARD.encode(piece)));
    words.collect::<Vec<_>>().join(" ")
}

fn word(piece: &str) -> Option<String> {
    let mut parts = piece.strip_prefix("=?")?.strip_suffix("?=")?.split('?');
    let (charset, encoding, content) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    let bytes = match encoding {
        "B" | "b" => STANDARD.decode(content).ok()?,
        // Percent-encoding with another sign, and with `_` for the space.
        "Q" | "q" => {
            let escaped = content.replace('%', "%25").replace('_', " ").replace('=', "%");
            percent_decode_str(&escaped).collect()
        }
        _ => return None,
    };
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_beyond_ascii_travels_in_words() {
        assert_eq!(encoded("plain = ?"), "plain = ?");
        assert_eq!(encoded("grün ☃"), "=?UTF-8?B?Z3LDvG4g4piD?=");
        for text in ["", "a  b ", "grün ☃", " ü ", &"ä☃😀 x".repeat(40)] {
            let value = encoded(text);
            assert_eq!(decoded(&value), text);
            assert!(value.is_ascii() && value.split(' ').all(|word| word.len() <= 75), "{value}");
        }
    }

    #[test]
    fn both_encodings_are_read_and_anything_else_is_left_alone() {
        assert_eq!(
            decoded("=?utf-8?q?gr=C3=BCn_100%=3F?= =?UTF-8?B?4piD?= and more"),
            "grün 100%?☃ and more"
        );
        for text in
            ["=?UTF-8?B?*?=", "=?UTF-8?B?/w==?=", "=?latin1?Q?=FC?=", "=?UTF-8?X?a?=", "=?UTF-8?B?", "grün"]
        {
            assert_eq!(decoded(text), text);
        }
    }
}
