//! Condition keys that come of an assertion (IAM User Guide, "Available keys for SAML-based AWS STS federation").

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_policy::ContextValue;
use sha1::{Digest, Sha1};

use super::{Assertion, Refusal};
use crate::snapshot::SamlProvider;
use crate::token::FederationKey;

const FORMAT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:";

/// How many values a key has. AWS's pages call some of them lists in one place and texts in another: those have one value
/// where there is one, and otherwise all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Values {
    One,
    Many,
    Either,
}
use Values::{Either as EITHER, Many as MANY, One as ONE};

/// What the names of AWS's own attributes begin with.
pub const OF_AWS: &str = "https://aws.amazon.com/SAML/Attributes/";

/// Names of attributes, the keys that they become, and whether these have many values. Several names may become the
/// same key: which one an identity provider sends depends on its schema. (IAM User Guide, "Mapping SAML attributes to AWS
/// trust policy context keys".)
const KNOWN: [(&str, &str, Values); 37] = [
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.1", "saml:edupersonaffiliation", MANY),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.2", "saml:edupersonnickname", MANY),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.3", "saml:edupersonorgdn", ONE),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.4", "saml:edupersonorgunitdn", MANY),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.5", "saml:edupersonprimaryaffiliation", ONE),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.6", "saml:edupersonprincipalname", ONE),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.7", "saml:edupersonentitlement", MANY),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.8", "saml:edupersonprimaryorgunitdn", ONE),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.9", "saml:edupersonscopedaffiliation", MANY),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.10", "saml:edupersontargetedid", MANY),
    ("urn:oid:1.3.6.1.4.1.5923.1.1.1.11", "saml:edupersonassurance", MANY),
    ("urn:oid:1.3.6.1.4.1.5923.1.2.1.2", "saml:eduorghomepageuri", MANY),
    ("urn:oid:1.3.6.1.4.1.5923.1.2.1.3", "saml:eduorgidentityauthnpolicyuri", MANY),
    ("urn:oid:1.3.6.1.4.1.5923.1.2.1.4", "saml:eduorglegalname", MANY),
    ("urn:oid:1.3.6.1.4.1.5923.1.2.1.5", "saml:eduorgsuperioruri", MANY),
    ("urn:oid:1.3.6.1.4.1.5923.1.2.1.6", "saml:eduorgwhitepagesuri", MANY),
    ("urn:oid:2.5.4.3", "saml:cn", MANY),
    ("urn:oid:2.5.4.4", "saml:surname", EITHER),
    ("urn:oid:2.5.4.42", "saml:givenName", EITHER),
    ("urn:oid:2.5.4.45", "saml:x500UniqueIdentifier", EITHER),
    ("urn:oid:0.9.2342.19200300.100.1.1", "saml:uid", EITHER),
    ("urn:oid:0.9.2342.19200300.100.1.3", "saml:mail", EITHER),
    ("urn:oid:0.9.2342.19200300.100.1.45", "saml:organizationStatus", EITHER),
    ("http://schemas.xmlsoap.org/claims/CommonName", "saml:commonName", EITHER),
    (
        "http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid",
        "saml:primaryGroupSID",
        EITHER,
    ),
    ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", "saml:name", EITHER),
    ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname", "saml:givenName", EITHER),
    ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname", "saml:surname", EITHER),
    ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", "saml:mail", EITHER),
    ("http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid", "saml:uid", EITHER),
    // As AWS's page has them, slips included.
    ("2.5.4.3", "saml:commonName", EITHER),
    ("2.5.4.4", "saml:surname", EITHER),
    ("2.4.5.42", "saml:givenName", EITHER),
    ("2.5.4.45", "saml:x500UniqueIdentifier", EITHER),
    ("0.9.2342.19200300100.1.1", "saml:uid", EITHER),
    ("0.9.2342.19200300100.1.3", "saml:mail", EITHER),
    ("0.9.2342.19200300.100.1.45", "saml:organizationStatus", EITHER),
];

/// Whether an attribute is asked for by a condition key or by AWS itself: then it must be understood.
pub fn is_asked_for(name: &str) -> bool {
    name.starts_with(OF_AWS) || KNOWN.iter().any(|(known, ..)| *known == name)
}

/// `saml:namequalifier`: tells subjects of the same name apart. The digest is AWS's and protects nothing.
pub fn name_qualifier(assertion: &Assertion, provider: &SamlProvider) -> String {
    let text = format!("{}{}/{}", assertion.issuer, provider.record.account, provider.record.name);
    STANDARD.encode(Sha1::digest(text.as_bytes()))
}

/// `saml:sub_type`.
pub fn subject_type(assertion: &Assertion) -> Option<String> {
    let format = assertion.subject_format.as_deref()?;
    let short = format.strip_prefix(FORMAT).filter(|short| matches!(*short, "persistent" | "transient"));
    Some(short.unwrap_or(format).to_owned())
}

/// The keys that stay with the session.
pub fn lasting(assertion: &Assertion, provider: &SamlProvider) -> Vec<FederationKey> {
    let one = |name: &str, value: String| FederationKey {
        name: name.to_owned(),
        values: vec![value],
        is_multivalued: false,
    };
    let kind = subject_type(assertion).map(|kind| one("saml:sub_type", kind));
    let known = [
        one("saml:namequalifier", name_qualifier(assertion, provider)),
        one("saml:sub", assertion.subject.clone()),
    ];
    known.into_iter().chain(kind).collect()
}

/// The keys of the request that redeems it.
///
/// # Errors
/// [`Refusal::Claim`] when an attribute has several values for a key that has one: without it, a policy that only turns
/// somebody away would let them in.
pub fn of_request(
    assertion: &Assertion,
    provider: &SamlProvider,
) -> Result<Vec<(String, ContextValue)>, Refusal> {
    let one = |name: &str, value: String| (name.to_owned(), ContextValue::One(value));
    let record = &provider.record;
    let mut keys = vec![
        one("saml:aud", assertion.recipient.clone()),
        one("saml:iss", assertion.issuer.clone()),
        one("saml:doc", format!("{}/{}", record.account, record.name)),
        one("saml:namequalifier", name_qualifier(assertion, provider)),
        one("saml:sub", assertion.subject.clone()),
    ];
    keys.extend(subject_type(assertion).map(|kind| one("saml:sub_type", kind)));
    for (attribute, key, count) in KNOWN {
        let Some((_, values)) = assertion.attributes.iter().find(|(name, _)| name == attribute) else {
            continue;
        };
        let is_taken = keys.iter().any(|(held, _)| held == key);
        match (values.as_slice(), count) {
            ([], _) => {}
            _ if is_taken => {}
            ([value], ONE | EITHER) => keys.push(one(key, value.clone())),
            (values, MANY | EITHER) => keys.push((key.to_owned(), ContextValue::Many(values.to_vec()))),
            (_, ONE) => {
                return Err(Refusal::Claim(
                    "An attribute has several values, and its condition key has one.",
                ));
            }
        }
    }
    Ok(keys)
}
