//! The metadata of a SAML identity provider (OASIS, "Metadata for the OASIS Security Assertion Markup Language V2.0"):
//! who it is, until when this holds, and with which certificates it signs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_base::Timestamp;
use portcullis_base::xml::{self, Element};

use crate::error::ApiError;
use crate::federation::saml::trust;

/// Longest document in bytes. AWS takes ten million characters; a record has to fit into one transaction.
const METADATA_BYTES_MAX: usize = 1024 * 1024;

/// Checks a document, and says until when it is valid, if it tells.
///
/// # Errors
/// `InvalidInput` when it does not describe an identity provider with a certificate to sign with.
pub fn check(text: &str) -> Result<Option<Timestamp>, ApiError> {
    let invalid = |why: &str| ApiError::invalid_input(format!("Could not parse metadata: {why}."));
    if text.len() > METADATA_BYTES_MAX {
        return Err(invalid(&format!("it has more than {METADATA_BYTES_MAX} bytes")));
    }
    let root = xml::read(text.as_bytes()).map_err(|fault| invalid(&fault.to_string()))?;
    if trust::local(&root) != "EntityDescriptor" {
        return Err(invalid("its root is no EntityDescriptor"));
    }
    if root.attribute("entityID").is_none_or(str::is_empty) {
        return Err(invalid("its EntityDescriptor has no entityID"));
    }
    if !trust::is_identity_provider(&root) {
        return Err(invalid("it has no IDPSSODescriptor"));
    }
    let mut certificates = trust::signing_certificates(&root).peekable();
    if certificates.peek().is_none() {
        return Err(invalid("its IDPSSODescriptor has no X509Certificate to sign with"));
    }
    if !certificates.all(is_certificate) {
        return Err(invalid("an X509Certificate in it is none"));
    }
    let valid_until = root
        .attribute("validUntil")
        .map(|text| Timestamp::parse_iso(text).map_err(|_| invalid("its validUntil is no date and time")));
    valid_until.transpose()
}

/// Whether an element holds a certificate: a sequence of what is signed, the algorithm and the signature (RFC 5280
/// section 4.1), and nothing behind it.
fn is_certificate(element: &Element) -> bool {
    const SEQUENCE: u8 = 0x30;
    const BIT_STRING: u8 = 0x03;
    let text: String = element.text.split_ascii_whitespace().collect();
    let Ok(der) = STANDARD.decode(text) else { return false };
    let Some((inner, [])) = der_value(&der, SEQUENCE) else { return false };
    let parts = der_value(inner, SEQUENCE)
        .and_then(|(_, rest)| der_value(rest, SEQUENCE))
        .and_then(|(_, rest)| der_value(rest, BIT_STRING));
    matches!(parts, Some((_, [])))
}

/// The content of the DER value at the beginning, if it has this tag, and what follows it (X.690 section 8.1).
fn der_value(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&held, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if digits.is_empty() || digits.len() > 4 {
            return None;
        }
        (digits.iter().fold(0_usize, |length, digit| (length << 8) | usize::from(*digit)), rest)
    };
    (held == tag).then(|| rest.split_at_checked(length))?
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The smallest that has the form of a certificate.
    fn certificate() -> String {
        STANDARD.encode([0x30, 0x07, 0x30, 0x00, 0x30, 0x00, 0x03, 0x01, 0x00])
    }

    fn document(attributes: &str, key: &str) -> String {
        format!(
            "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" {attributes}>\
             <md:IDPSSODescriptor><md:KeyDescriptor {key}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>\n{}\n\
             </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor></md:IDPSSODescriptor>\
             </md:EntityDescriptor>",
            certificate()
        )
    }

    fn refusal(text: &str) -> String {
        check(text).expect_err(text).message
    }

    #[test]
    fn an_identity_provider_that_signs_is_taken() {
        let id = "entityID=\"https://idp.example.com\"";
        assert_eq!(check(&document(id, "use=\"signing\"")), Ok(None));
        assert_eq!(check(&document(id, "")), Ok(None));
        let dated = format!("{id} validUntil=\"2030-01-02T03:04:05Z\"");
        assert_eq!(check(&document(&dated, "")).unwrap().unwrap().iso_seconds(), "2030-01-02T03:04:05Z");
    }

    #[test]
    fn everything_else_is_refused() {
        let id = "entityID=\"https://idp.example.com\"";
        let good = document(id, "");
        let cases = [
            (document("", ""), "no entityID"),
            (document("entityID=\"\"", ""), "no entityID"),
            (document(id, "use=\"encryption\""), "no X509Certificate"),
            (document(&format!("{id} validUntil=\"tomorrow\""), ""), "validUntil"),
            (good.replace("IDPSSODescriptor", "SPSSODescriptor"), "no IDPSSODescriptor"),
            (good.replace("md:EntityDescriptor", "md:EntitiesDescriptor"), "no EntityDescriptor"),
            (good.replace(&certificate(), "bm8gY2VydGlmaWNhdGU="), "is none"),
            (good.replace(&certificate(), "***"), "is none"),
            (format!("<!DOCTYPE a [<!ENTITY b \"c\">]>{good}"), "a document type"),
            (good.replace('\n', "&b;"), "an entity that is not known"),
            (good.replace("</md:EntityDescriptor>", ""), "not closed"),
            ("no XML".to_owned(), "text outside"),
            (" ".repeat(METADATA_BYTES_MAX + 1), "more than"),
        ];
        for (text, why) in cases {
            let message = refusal(&text);
            assert!(message.starts_with("Could not parse metadata: ") && message.contains(why), "{message}");
        }
    }

    #[test]
    fn a_length_that_lies_is_no_certificate() {
        for der in [
            &[][..],
            &[0x30],
            &[0x30, 0x80],
            &[0x30, 0x85, 1, 1, 1, 1, 1],
            &[0x30, 0x7f],
            &[0x30, 0x84, 0xff],
        ] {
            assert_eq!(der_value(der, 0x30), None, "{der:?}");
        }
        assert_eq!(der_value(&[0x30, 0x81, 0x01, 7, 8], 0x30), Some((&[7][..], &[8][..])));
        assert_eq!(der_value(&[0x30, 0x01, 7], 0x31), None);
    }
}
