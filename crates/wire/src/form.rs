//! Form parameters (`application/x-www-form-urlencoded`), read strictly.
//!
//! A lenient reader repairs what it cannot read, and then the signer of a request and its handler may see different
//! parameters. Here a broken escape or text that is not UTF-8 is refused with its place.

/// Why a body is not a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the form is not percent-encoded UTF-8 at byte {position}")]
pub struct FormFault {
    /// The byte at which the parameter begins that cannot be read.
    pub position: usize,
}

/// The parameters of a form, decoded, in order. A name without `=` has the empty value; `+` is a space.
///
/// # Errors
/// [`FormFault`] at the first parameter with a broken escape or text that is not UTF-8.
pub fn parse(body: &[u8]) -> Result<Vec<(String, String)>, FormFault> {
    let mut pairs = Vec::new();
    let mut position = 0;
    for pair in body.split(|byte| *byte == b'&') {
        if !pair.is_empty() {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = halves.next().and_then(decoded).ok_or(FormFault { position })?;
            let value = decoded(halves.next().unwrap_or_default()).ok_or(FormFault { position })?;
            pairs.push((name, value));
        }
        position += pair.len() + 1;
    }
    Ok(pairs)
}

fn decoded(text: &[u8]) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => (hex_digit(bytes.next()?)? << 4) | hex_digit(bytes.next()?)?,
            b'+' => b' ',
            other => other,
        });
    }
    String::from_utf8(out).ok()
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded_in_order() {
        let pairs = parse(b"Action=Get%20It&a=1%2b1+x&&b&c=d=e").unwrap();
        let pairs: Vec<(&str, &str)> =
            pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("Action", "Get It"), ("a", "1+1 x"), ("b", ""), ("c", "d=e")]);
    }

    #[test]
    fn what_is_no_form_is_refused_with_its_place() {
        for broken in [&b"a=1&b=%"[..], b"a=1&b=%2", b"a=1&b=%zz", b"a=1&b=%ff", b"a=1&\xffb=2"] {
            assert_eq!(parse(broken), Err(FormFault { position: 4 }), "{broken:?}");
        }
    }
}
