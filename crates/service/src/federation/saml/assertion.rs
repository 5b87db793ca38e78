//! What an assertion says, if it is addressed to us, of now, and by the provider (SAML core section 2; SAML profiles
//! section 4.1.4; IAM User Guide, "Configure SAML assertions for the authentication response").

use std::time::Duration;

use portcullis_base::Timestamp;
use sha2::{Digest, Sha256};

use super::response::Audience;
use super::scoped::{ASSERTION, NotOne, Scoped};
use super::trust::Trust;
use super::{Refusal, keys};

const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
/// How soon an assertion must be redeemed (STS API reference, AssumeRoleWithSAML).
const REDEEMED_WITHIN: Duration = Duration::from_mins(5);
/// How far an identity provider's clock may be ahead.
const SKEW: Duration = Duration::from_mins(1);

/// An assertion that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// What stands for it among those that were redeemed.
    pub mark: String,
    /// Until when it could be redeemed.
    pub ends: Timestamp,
    /// Who made it.
    pub issuer: String,
    /// About whom.
    pub subject: String,
    /// The format of that name.
    pub subject_format: Option<String>,
    /// The address for which it was made.
    pub recipient: String,
    /// When the sign-in ends there, if that is said.
    pub session_ends: Option<Timestamp>,
    /// Attributes with their values, in order.
    pub attributes: Vec<(String, Vec<String>)>,
}

impl Assertion {
    /// Reads an assertion.
    ///
    /// # Errors
    /// [`Refusal`] of the first thing that does not hold.
    pub fn of(
        element: &Scoped<'_>,
        trust: &Trust,
        audience: &Audience<'_>,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let issuer = one(element, "Issuer")?.and_then(|issuer| issuer.text()).unwrap_or_default();
        if issuer != trust.entity_id {
            return Err(Refusal::Claim("Issuer not present in specified provider"));
        }
        let id = element.attribute("ID").filter(|id| !id.is_empty());
        let id = id.ok_or(Refusal::Malformed("an assertion without an id"))?;
        if element.attribute("Version") != Some("2.0") {
            return Err(Refusal::Malformed("another version of SAML"));
        }
        let until = redeemable_until(element, now)?;
        let subject = one(element, "Subject")?.ok_or(Refusal::Denied)?;
        let name = one(&subject, "NameID")?.ok_or(Refusal::Denied)?;
        let name_text = name.text().filter(|text| !text.is_empty()).ok_or(Refusal::Denied)?;
        let (recipient, confirmed_until) = confirmation(&subject, audience, now)?;
        let conditions_until = conditions(element, audience, now)?;
        Ok(Self {
            mark: mark(issuer, id),
            ends: until.min(confirmed_until).min(conditions_until.unwrap_or(until)),
            issuer: issuer.to_owned(),
            subject: name_text.to_owned(),
            subject_format: name.attribute("Format").map(str::to_owned),
            recipient: recipient.to_owned(),
            session_ends: session_ends(element, now)?,
            attributes: attributes(element)?,
        })
    }
}

/// An id is its issuer's own; what is kept of both is a digest, of a length that is known.
fn mark(issuer: &str, id: &str) -> String {
    hex::encode(Sha256::digest(format!("{issuer:?}{id:?}").as_bytes()))
}

/// An element that may come once.
fn one<'a>(element: &Scoped<'a>, name: &'static str) -> Result<Option<Scoped<'a>>, Refusal> {
    element.one(ASSERTION, name).map_err(|NotOne| Refusal::Malformed("an element that comes twice"))
}

/// The instant in an attribute.
fn instant(element: &Scoped<'_>, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let read = |text| Timestamp::parse_iso(text).map_err(|_| Refusal::Malformed("an instant that is none"));
    element.attribute(name).map(read).transpose()
}

fn redeemable_until(element: &Scoped<'_>, now: Timestamp) -> Result<Timestamp, Refusal> {
    let issued = instant(element, "IssueInstant")?;
    let issued = issued.ok_or(Refusal::Malformed("an assertion without an instant of issue"))?;
    if issued > now.plus(SKEW) {
        return Err(Refusal::Claim("The assertion was issued in the future."));
    }
    let until = issued.plus(REDEEMED_WITHIN);
    if now >= until {
        return Err(Refusal::Expired("Token must be redeemed within 5 minutes of issuance"));
    }
    Ok(until)
}

/// Whether it is time; and until when it is.
fn within(element: &Scoped<'_>, now: Timestamp) -> Result<Option<Timestamp>, Refusal> {
    if instant(element, "NotBefore")?.is_some_and(|begins| begins > now.plus(SKEW)) {
        return Err(Refusal::Claim("The assertion is not valid yet."));
    }
    let ends = instant(element, "NotOnOrAfter")?;
    if ends.is_some_and(|ends| now >= ends) {
        return Err(Refusal::Expired("The assertion has expired."));
    }
    Ok(ends)
}

/// For whom the one who brings it was confirmed, and until when.
fn confirmation<'a>(
    subject: &Scoped<'a>,
    audience: &Audience<'_>,
    now: Timestamp,
) -> Result<(&'a str, Timestamp), Refusal> {
    let invalid = Refusal::Claim(
        "SubjectConfirmationData must have NotOnOrAfter and a Recipient that is accepted, in one bearer SubjectConfirmation.",
    );
    let confirmation = subject.one(ASSERTION, "SubjectConfirmation").ok().flatten().ok_or(invalid.clone())?;
    if confirmation.attribute("Method") != Some(BEARER) {
        return Err(invalid);
    }
    let data =
        confirmation.one(ASSERTION, "SubjectConfirmationData").ok().flatten().ok_or(invalid.clone())?;
    let recipient = data.attribute("Recipient").filter(|address| audience.is_recipient(address));
    let recipient = recipient.ok_or(invalid.clone())?;
    let ends = within(&data, now)?.ok_or(invalid)?;
    Ok((recipient, ends))
}

fn conditions(
    element: &Scoped<'_>,
    audience: &Audience<'_>,
    now: Timestamp,
) -> Result<Option<Timestamp>, Refusal> {
    let elsewhere = Refusal::Claim("Response does not contain the required audience.");
    let conditions = one(element, "Conditions")?.ok_or(elsewhere.clone())?;
    let ends = within(&conditions, now)?;
    let mut restrictions = 0;
    for condition in conditions.children() {
        if condition.is(ASSERTION, "AudienceRestriction") {
            restrictions += 1;
            let mut named = condition.all(ASSERTION, "Audience");
            if !named.any(|name| name.text().is_some_and(|text| audience.is_audience(text))) {
                return Err(elsewhere);
            }
        } else if !(condition.is(ASSERTION, "OneTimeUse") || condition.is(ASSERTION, "ProxyRestriction")) {
            // SAML core section 2.5.1.1: what is not understood makes an assertion indeterminate.
            return Err(Refusal::Claim("The assertion has a condition that is not known."));
        }
    }
    if restrictions == 0 { Err(elsewhere) } else { Ok(ends) }
}

/// The earliest end of the sign-ins that it tells of.
fn session_ends(element: &Scoped<'_>, now: Timestamp) -> Result<Option<Timestamp>, Refusal> {
    let mut earliest: Option<Timestamp> = None;
    let mut statements = 0;
    for statement in element.all(ASSERTION, "AuthnStatement") {
        statements += 1;
        if let Some(ends) = instant(&statement, "SessionNotOnOrAfter")? {
            earliest = Some(earliest.map_or(ends, |held| held.min(ends)));
        }
    }
    if statements == 0 {
        return Err(Refusal::Claim("The assertion tells of no sign-in."));
    }
    if earliest.is_some_and(|ends| now >= ends) {
        return Err(Refusal::Expired("The sign-in that the assertion tells of has ended."));
    }
    Ok(earliest)
}

/// The text of a value; that of a name which may stand in it, as eduPersonTargetedID has one (eduPerson, section 2.2.10).
fn text_of(value: &Scoped<'_>) -> Option<String> {
    let text = value.text().or_else(|| {
        let name = value.one(ASSERTION, "NameID").ok()??;
        (value.children().count() == 1).then(|| name.text())?
    });
    text.map(str::to_owned)
}

fn attributes(element: &Scoped<'_>) -> Result<Vec<(String, Vec<String>)>, Refusal> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for statement in element.all(ASSERTION, "AttributeStatement") {
        if statement.all(ASSERTION, "EncryptedAttribute").next().is_some() {
            return Err(Refusal::Claim("Encrypted attributes are not taken."));
        }
        for attribute in statement.all(ASSERTION, "Attribute") {
            let name =
                attribute.attribute("Name").ok_or(Refusal::Malformed("an attribute without a name"))?;
            let values: Option<Vec<String>> =
                attribute.all(ASSERTION, "AttributeValue").map(|value| text_of(&value)).collect();
            let Some(values) = values else {
                if keys::is_asked_for(name) {
                    return Err(Refusal::Claim("An attribute has a value that is no text."));
                }
                continue;
            };
            match found.iter_mut().find(|(held, _)| held == name) {
                Some((_, held)) => held.extend(values),
                None => found.push((name.to_owned(), values)),
            }
        }
    }
    Ok(found)
}
