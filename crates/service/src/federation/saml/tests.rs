//! Assertions as a key of ours signs them. They are written here in canonical form, letter by letter, so that what is
//! hashed does not come from the library that is asked about it.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use aws_lc_rs::{digest, rsa};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_base::Timestamp;

use super::attributes::{Claims, lists};
use super::trust::Trust;
use super::{Assertion, Audience, Opener, Refusal, redeem};

const ENTITY: &str = "https://idp.example.com/metadata";
const SIGN_IN: &str = "https://signin.aws.amazon.com/saml";
const SPACE: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const PREFIX: &str = "https://aws.amazon.com/SAML/Attributes/";
const INFO: &str = "<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:CanonicalizationMethod \
    Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:CanonicalizationMethod><ds:SignatureMethod \
    Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"></ds:SignatureMethod><ds:Reference URI=\"#_a\">\
    <ds:Transforms><ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform>\
    <ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform></ds:Transforms><ds:DigestMethod \
    Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod><ds:DigestValue>DIGEST</ds:DigestValue>\
    </ds:Reference></ds:SignedInfo>";

/// A provider with one key, whose certificate is valid all the time that tests have.
struct Provider {
    key: RsaKeyPair,
    trust: Trust,
}

/// A provider without private keys.
const NONE: Opener<'_> = Opener { is_required: false, keys: &Vec::new };

/// What is asked at this instant.
fn now() -> Timestamp {
    Timestamp::parse_iso("2026-11-27T12:00:00Z").unwrap()
}

impl Provider {
    fn new() -> Self {
        let key = RsaKeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
        let certificate = certificate(&key, "20200101000000Z", "20400101000000Z");
        Self { trust: Trust { entity_id: ENTITY.to_owned(), certificates: vec![certificate] }, key }
    }

    fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        sign(&self.key, bytes)
    }

    /// A response with this assertion, signed.
    fn response(&self, assertion: &str) -> String {
        let hash = STANDARD.encode(digest::digest(&digest::SHA256, assertion.as_bytes()));
        let info = INFO.replace("DIGEST", &hash);
        let value = STANDARD.encode(self.sign(info.as_bytes()));
        let signature = format!(
            "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{info}\
             <ds:SignatureValue>{value}</ds:SignatureValue></ds:Signature>"
        );
        around(&assertion.replacen("</saml:Issuer>", &format!("</saml:Issuer>{signature}"), 1))
    }

    fn redeem(&self, response: &str) -> Result<Assertion, Refusal> {
        let audience = Audience { recipients: &["https://own/saml".to_owned()], uuid: "UUID" };
        redeem(&STANDARD.encode(response), Some(&self.trust), &NONE, &audience, now())
    }

    fn refusal(&self, assertion: &str) -> Refusal {
        self.redeem(&self.response(assertion)).expect_err(assertion)
    }
}

fn sign(key: &RsaKeyPair, bytes: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), bytes, &mut signature).unwrap();
    signature
}

fn around(assertion: &str) -> String {
    format!(
        "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r\" Version=\"2.0\"><samlp:Status>\
         <samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>{assertion}\
         </samlp:Response>"
    )
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut out = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => out.extend([0x82, u8::try_from(length >> 8).unwrap(), u8::try_from(length & 0xff).unwrap()]),
    }
    out.extend_from_slice(content);
    out
}

/// A self-signed certificate (RFC 5280 section 4.1) of a provider without a name.
fn certificate(key: &RsaKeyPair, begins: &str, ends: &str) -> Vec<u8> {
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::signature::KeyPair;
    let spki = key.public_key().as_der().unwrap();
    let algorithm = der(0x30, &[der(0x06, &[42, 134, 72, 134, 247, 13, 1, 1, 11]), der(0x05, &[])].concat());
    let validity = der(0x30, &[der(0x18, begins.as_bytes()), der(0x18, ends.as_bytes())].concat());
    let nobody = der(0x30, &[]);
    let version = der(0xa0, &der(0x02, &[2]));
    let parts = [
        version,
        der(0x02, &[1]),
        algorithm.clone(),
        nobody.clone(),
        validity,
        nobody,
        spki.as_ref().to_vec(),
    ];
    let to_sign = der(0x30, &parts.concat());
    let signature = der(0x03, &[&[0], sign(key, &to_sign).as_slice()].concat());
    der(0x30, &[to_sign, algorithm, signature].concat())
}

fn assertion() -> String {
    let attribute = |name: &str, values: &[&str]| {
        let values: Vec<String> =
            values.iter().map(|it| format!("<saml:AttributeValue>{it}</saml:AttributeValue>")).collect();
        let values = values.concat();
        format!("<saml:Attribute Name=\"{PREFIX}{name}\">{values}</saml:Attribute>")
    };
    format!(
        "<saml:Assertion xmlns:saml=\"{SPACE}\" ID=\"_a\" IssueInstant=\"2026-11-27T11:58:00Z\" Version=\"2.0\">\
         <saml:Issuer>{ENTITY}</saml:Issuer><saml:Subject><saml:NameID>alice</saml:NameID><saml:SubjectConfirmation \
         Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml:SubjectConfirmationData \
         NotOnOrAfter=\"2026-11-27T12:01:00Z\" Recipient=\"{SIGN_IN}\"></saml:SubjectConfirmationData>\
         </saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore=\"2026-11-27T11:58:00Z\" \
         NotOnOrAfter=\"2026-11-27T12:10:00Z\"><saml:AudienceRestriction><saml:Audience>urn:amazon:webservices\
         </saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement \
         SessionNotOnOrAfter=\"2026-11-27T20:00:00Z\"></saml:AuthnStatement><saml:AttributeStatement>{}{}{}{}\
         </saml:AttributeStatement></saml:Assertion>",
        attribute("Role", &["arn:role,arn:provider", "arn:provider , arn:other"]),
        attribute("RoleSessionName", &["alice"]),
        attribute("PrincipalTag:Team", &["blue"]),
        attribute("TransitiveTagKeys", &["team"]),
    )
}

#[test]
fn what_was_signed_is_told() {
    let provider = Provider::new();
    let found = provider.redeem(&provider.response(&assertion())).unwrap();
    assert_eq!((found.subject.as_str(), found.recipient.as_str()), ("alice", SIGN_IN));
    assert_eq!(found.ends.iso_seconds(), "2026-11-27T12:01:00Z", "the earliest of three ends");
    assert_eq!(found.session_ends.unwrap().iso_seconds(), "2026-11-27T20:00:00Z");
    assert!(lists(&found, "arn:role", "arn:provider") && lists(&found, "arn:other", "arn:provider"));
    assert!(!lists(&found, "arn:role", "arn:other") && !lists(&found, "arn:provider", "arn:provider"));
    let claims = Claims::of(&found).unwrap();
    assert_eq!((claims.session_name.as_str(), claims.tags.value("team")), ("alice", Some("blue")));
    assert_eq!(claims.transitive_keys, ["Team"]);
    // The same assertion in another response is the same assertion.
    let again = provider.redeem(&provider.response(&assertion()).replace("\"_r\"", "\"_other\"")).unwrap();
    assert_eq!(again.mark, found.mark);
}

#[test]
fn only_what_the_metadatas_keys_signed_is_believed() {
    let (provider, other) = (Provider::new(), Provider::new());
    let response = provider.response(&assertion());
    assert_eq!(other.redeem(&response), Err(Refusal::Signature));
    for (old, new) in [("alice", "mallory"), ("arn:role", "arn:admin"), (SIGN_IN, "https://own/saml")] {
        assert_eq!(provider.redeem(&response.replace(old, new)), Err(Refusal::Signature), "{old}");
    }
    assert_eq!(provider.redeem(&around(&assertion())), Err(Refusal::Signature));
    let audience = Audience { recipients: &[], uuid: "" };
    assert_eq!(redeem(&STANDARD.encode(&response), None, &NONE, &audience, now()), Err(Refusal::Signature));
    for (begins, ends) in [("20200101000000Z", "20201231235959Z"), ("20300101000000Z", "20310101000000Z")] {
        let certificates = vec![certificate(&provider.key, begins, ends)];
        let trust = Trust { certificates, ..provider.trust.clone() };
        assert_eq!(
            redeem(&STANDARD.encode(&response), Some(&trust), &NONE, &audience, now()),
            Err(Refusal::Signature)
        );
    }
}

#[test]
fn markup_that_readers_could_differ_about_is_not_looked_at() {
    let provider = Provider::new();
    let good = provider.response(&assertion());
    let cases = [
        good.replace("alice<", "alice<!--x--><"),
        good.replace("alice<", "alice<?x?><"),
        good.replace("<samlp:Status>", "<samlp:Status xmlns:x=\"relative\">"),
        good.replace("<samlp:Status>", "<samlp:Status id=\"_a\">"),
        good.replace("<samlp:Status>", "<samlp:Status xml:id=\"_r\">"),
        good.replace("</samlp:Response>", &format!("{}</samlp:Response>", assertion().replace("_a", "_b"))),
        good.replace(
            "</samlp:Response>",
            "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>x</samlp:Response>",
        ),
        format!("<!DOCTYPE x [<!ENTITY e \"e\">]>{good}"),
        format!("<x>{good}</x>"),
        good.replace("</samlp:Response>", ""),
        format!("{good}<x/>"),
        String::new(),
    ];
    for text in cases {
        let refusal = provider.redeem(&text).expect_err(&text);
        assert!(matches!(refusal, Refusal::Malformed(_) | Refusal::Signature), "{refusal:?} {text}");
    }
    let audience = Audience { recipients: &[], uuid: "" };
    for encoded in ["!!!!", "/w==", ""] {
        let refusal = redeem(encoded, Some(&provider.trust), &NONE, &audience, now()).unwrap_err();
        assert!(matches!(refusal, Refusal::Malformed(_)), "{encoded}");
    }
}

#[test]
fn what_is_signed_must_be_for_us_and_of_now() {
    let provider = Provider::new();
    for (old, new, is_expired) in [
        (ENTITY, "https://other", false),
        (SIGN_IN, "https://other/saml", false),
        ("urn:amazon:webservices", "https://other", false),
        ("2026-11-27T11:58:00Z\" Version", "2026-11-27T11:55:00Z\" Version", true),
        ("2026-11-27T11:58:00Z\" Version", "2026-11-27T12:01:01Z\" Version", false),
        ("NotOnOrAfter=\"2026-11-27T12:01:00Z\"", "NotOnOrAfter=\"2026-11-27T12:00:00Z\"", true),
        ("NotOnOrAfter=\"2026-11-27T12:01:00Z\" ", "", false),
        ("NotOnOrAfter=\"2026-11-27T12:10:00Z\"", "NotOnOrAfter=\"2026-11-27T12:00:00Z\"", true),
        ("NotBefore=\"2026-11-27T11:58:00Z\"", "NotBefore=\"2026-11-27T12:01:01Z\"", false),
        ("SessionNotOnOrAfter=\"2026-11-27T20", "SessionNotOnOrAfter=\"2026-11-27T11", true),
        ("cm:bearer", "cm:sender-vouches", false),
        ("<saml:AuthnStatement ", "<saml:Statement ", false),
    ] {
        let text = assertion();
        assert!(text.contains(old), "{old}");
        let text = text.replace(old, new).replace(
            "</saml:AuthnStatement>",
            if new.contains("Statement ") { "</saml:Statement>" } else { "</saml:AuthnStatement>" },
        );
        let refusal = provider.refusal(&text);
        let fits = if is_expired {
            matches!(refusal, Refusal::Expired(_))
        } else {
            matches!(refusal, Refusal::Claim(_))
        };
        assert!(fits, "{old} -> {new}: {refusal:?}");
    }
    let nameless = assertion().replace("<saml:NameID>alice</saml:NameID>", "");
    assert_eq!(provider.refusal(&nameless), Refusal::Denied);
    let failed = provider.response(&assertion()).replace("status:Success", "status:Responder");
    assert_eq!(provider.redeem(&failed), Err(Refusal::Rejected));
}

#[test]
fn addresses_are_aws_sign_ins_or_those_of_the_operator() {
    let recipients = ["https://own/saml".to_owned()];
    let audience = Audience { recipients: &recipients, uuid: "UUID" };
    for good in [
        SIGN_IN,
        "https://signin.aws.amazon.com/static/saml",
        "https://eu-west-1.signin.aws.amazon.com/saml",
        "https://signin.aws.amazon.com/saml/acs/UUID",
        "https://own/saml",
    ] {
        assert!(audience.is_recipient(good), "{good}");
    }
    for bad in [
        "",
        "https://signin.aws.amazon.com/saml/",
        "http://signin.aws.amazon.com/saml",
        "https://signin.aws.amazon.com/saml/acs/OTHER",
        "https://signin.aws.amazon.com/saml/acs/",
        "https://.signin.aws.amazon.com/saml",
        "https://evil.example/.signin.aws.amazon.com/saml",
        "https://user@x.signin.aws.amazon.com/saml",
        "https://OWN/saml",
    ] {
        assert!(!audience.is_recipient(bad), "{bad}");
    }
    assert!(!Audience { recipients: &[], uuid: "" }.is_recipient("https://signin.aws.amazon.com/saml/acs/"));
}

#[tokio::test]
async fn an_assertion_is_remembered_for_a_day_beyond_its_end() {
    use portcullis_store::{Key, Transaction};

    use crate::actions::testing::Ground;
    let ground = Ground::new().await;
    let end = ground.service.world.clock.now();
    let record = Transaction::new().put(Key::assertion(end, "mark"), Vec::new());
    ground.service.engine.commit(record).await.unwrap();
    let stop = tokio::sync::watch::Sender::new(false);
    for (seconds, cleared) in [(86_400, 0), (1, 1), (1, 0)] {
        ground.forward(seconds);
        assert_eq!(ground.service.clear_assertions(&stop.subscribe()).await.unwrap(), cleared);
    }
}
