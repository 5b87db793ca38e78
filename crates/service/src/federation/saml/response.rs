//! From the text that a client sends to an assertion that holds.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_base::Timestamp;

use super::Refusal;
use super::assertion::Assertion;
use super::certificate::SigningKey;
use super::document::Document;
use super::encrypted::{Opened, Opener, Sealed};
use super::scoped::{ASSERTION, PROTOCOL, Scoped};
use super::signature::{self, Signed};
use super::trust::Trust;

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

/// To whom an assertion must be addressed.
pub struct Audience<'a> {
    /// Addresses beside those of AWS's sign-in.
    pub recipients: &'a [String],
    /// `SAMLProviderUUID` of the provider, which encrypted responses have in the address.
    pub uuid: &'a str,
}

impl Audience<'_> {
    /// Whether this is an address at which an assertion may be meant to be received: AWS's, global or of a region, or one that the
    /// operator named. What a request says of its host does not count: it is its sender who says so.
    pub fn is_recipient(&self, address: &str) -> bool {
        self.recipients.iter().any(|held| held == address) || self.is_of_aws(address)
    }

    fn is_of_aws(&self, address: &str) -> bool {
        let Some((host, path)) = address.strip_prefix("https://").and_then(|rest| rest.split_once('/'))
        else {
            return false;
        };
        let is_region = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
        };
        let is_host = host == "signin.aws.amazon.com"
            || host.strip_suffix(".signin.aws.amazon.com").is_some_and(is_region);
        let is_own = path.strip_prefix("saml/acs/").is_some_and(|id| id == self.uuid && !id.is_empty());
        is_host && (matches!(path, "saml" | "static/saml") || is_own)
    }

    /// Whether this names us in an `AudienceRestriction`.
    pub fn is_audience(&self, name: &str) -> bool {
        name == "urn:amazon:webservices" || self.is_recipient(name)
    }
}

/// Verifies a response, and returns what its assertion says.
///
/// # Errors
/// [`Refusal`] of the first thing that does not hold.
pub fn redeem(
    encoded: &str,
    trust: Option<&Trust>,
    opener: &Opener<'_>,
    audience: &Audience<'_>,
    now: Timestamp,
) -> Result<Assertion, Refusal> {
    let encoded: String = encoded.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(encoded).map_err(|_| Refusal::Malformed("it is not base64"))?;
    let text = String::from_utf8(bytes).map_err(|_| Refusal::Malformed("text that is not UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let document = Document::read(text)?;
    let response = Scoped::root(&document.outline);
    if !response.is(PROTOCOL, "Response") {
        return Err(Refusal::Malformed("it is no Response"));
    }
    let sealed = Sealed::of(&response)?;
    // Up to here the document alone was judged. What comes now depends on the provider, and has one answer until a signature
    // holds.
    let trust = trust.ok_or(Refusal::Signature)?;
    let keys = trust.keys(now);
    let signed = signature::verify(&document, &keys)?;
    let signed = match sealed {
        Some(sealed) => open(&document, text, &sealed, signed.as_ref(), opener, &keys)?,
        None => signed.ok_or(Refusal::Signature)?,
    };
    check_envelope(&response, trust, audience)?;
    if opener.is_required && !signed.was_encrypted() {
        return Err(Refusal::Claim("The provider requires that assertions are encrypted."));
    }
    Assertion::of(&signed.assertion()?, trust, audience, now)
}

/// What is signed of an encrypted assertion.
fn open(
    document: &Document<'_>,
    text: &str,
    sealed: &Sealed,
    sent: Option<&Signed>,
    opener: &Opener<'_>,
    keys: &[SigningKey],
) -> Result<Signed, Refusal> {
    // Where the response is signed, what is opened is what was signed there.
    let is_what_was_sent =
        sent.is_none_or(|sent| Sealed::of(&sent.root()).is_ok_and(|it| it.as_ref() == Some(sealed)));
    let plain = sealed.opened(document, text, &(opener.keys)()).filter(|_| is_what_was_sent);
    let Opened { text, place } = plain.ok_or(Refusal::Signature)?;
    let document = Document::opened(&text).map_err(|_| Refusal::Signature)?;
    let assertion = document.opened_assertion(&place).ok_or(Refusal::Signature)?;
    signature::verify_opened(&document, assertion, sent, keys)
}

/// What stands around the assertion may be unsigned: it can only lead to a refusal.
fn check_envelope(response: &Scoped<'_>, trust: &Trust, audience: &Audience<'_>) -> Result<(), Refusal> {
    let twice = |_| Refusal::Malformed("an element that comes twice");
    let code = response.one(PROTOCOL, "Status").map_err(twice)?;
    let code = code.and_then(|status| status.one(PROTOCOL, "StatusCode").ok().flatten());
    if code.is_none_or(|code| code.attribute("Value") != Some(SUCCESS)) {
        return Err(Refusal::Rejected);
    }
    if response.attribute("Version") != Some("2.0") {
        return Err(Refusal::Malformed("another version of SAML"));
    }
    if response.attribute("Destination").is_some_and(|address| !audience.is_recipient(address)) {
        return Err(Refusal::Claim("Response destination is not an accepted recipient."));
    }
    let issuer = response.one(ASSERTION, "Issuer").map_err(twice)?;
    if issuer.is_some_and(|issuer| issuer.text() != Some(&trust.entity_id)) {
        return Err(Refusal::Claim("Issuer not present in specified provider"));
    }
    Ok(())
}
