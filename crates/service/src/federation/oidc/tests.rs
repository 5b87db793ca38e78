//! Tokens, claims and the keeping of keys, without sockets.

mod keys;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_base::{Timestamp, Value};
use portcullis_store::record::RoleRecord;
use serde_json::{Value as Json, json};

use super::claims::{Claims, Fault};
use super::compact::{Algorithm, Hash, Unverified};
use super::json::Members;
use super::key::Key;
use crate::actions::testing::{BEGINNING, Creds, Ground};

const NOW_S: i64 = BEGINNING / 1000;

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// An issuer's key, and its public half as it is published.
struct Signer {
    pair: EcdsaKeyPair,
    kid: String,
}

impl Signer {
    fn new(kid: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self { pair, kid: kid.to_owned() }
    }

    fn jwk(&self) -> Json {
        let point = self.pair.public_key().as_ref().to_vec();
        let (x, y) = (encoded(&point[1..33]), encoded(&point[33..]));
        json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": self.kid })
    }

    fn token(&self, claims: &Json) -> String {
        let header = json!({ "alg": "ES256", "kid": self.kid });
        let message = format!("{}.{}", encoded(header.to_string()), encoded(claims.to_string()));
        let signature = self.pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", encoded(signature))
    }
}

fn said(more: &Json) -> Members {
    let mut claims = json!({ "sub": "mary", "aud": "ours", "iat": NOW_S, "exp": NOW_S + 600 });
    for (name, value) in more.as_object().unwrap() {
        claims[name] = value.clone();
    }
    Members::read(claims.to_string().as_bytes()).unwrap()
}

fn read(more: &Json) -> Result<Claims, Fault> {
    let clients = ["ours".to_owned(), "app".to_owned()];
    Claims::read(&said(more), &clients, Timestamp::from_millis(BEGINNING))
}

#[test]
fn the_audience_is_the_authorized_party_where_one_is_named() {
    let plain = read(&json!({})).unwrap();
    assert_eq!((plain.audience.as_str(), plain.original_audience), ("ours", None));
    let party = read(&json!({ "azp": "app" })).unwrap();
    assert_eq!((party.audience.as_str(), party.original_audience.as_deref()), ("app", Some("ours")));
    for refused in
        [json!({ "azp": "other" }), json!({ "aud": "other" }), json!({ "aud": "other", "azp": "ours" })]
    {
        assert_eq!(read(&refused), Err(Fault::Audience), "{refused}");
    }
}

#[test]
fn a_minute_is_forgiven_to_clocks() {
    assert!(read(&json!({ "exp": NOW_S - 59 })).is_ok());
    assert_eq!(read(&json!({ "exp": NOW_S - 60 })), Err(Fault::Expired(NOW_S - 60)));
    assert!(read(&json!({ "nbf": NOW_S + 60, "iat": NOW_S + 60 })).is_ok());
    assert_eq!(read(&json!({ "nbf": NOW_S + 61 })), Err(Fault::Early));
    assert_eq!(read(&json!({ "iat": NOW_S + 61 })), Err(Fault::Early));
    assert_eq!(read(&json!({ "exp": i64::MIN })), Err(Fault::Expired(i64::MIN)));
    assert_eq!(read(&json!({ "iat": i64::MAX })), Err(Fault::Early));
}

#[test]
fn tags_and_source_identity_are_read_as_aws_reads_them() {
    let tags = "https://aws.amazon.com/tags";
    let read_tags = |value: Json| read(&json!({ tags: value }));
    let good = read_tags(json!({ "principal_tags": { "team": ["blue"] }, "transitive_tag_keys": ["team"] }))
        .unwrap();
    assert_eq!((good.tags.len(), good.transitive_keys), (1, vec!["team".to_owned()]));
    for wrong in [
        json!([]),
        json!({}),
        json!({ "principal_tags": { "team": "blue" } }),
        json!({ "principal_tags": { "team": ["a", "b"] } }),
        json!({ "principal_tags": { "team": [] } }),
        json!({ "principal_tags": { "": ["a"] } }),
        json!({ "principal_tags": { "a<b": ["a"] } }),
        json!({ "principal_tags": { "a": ["x".repeat(257)] } }),
        json!({ "principal_tags": {}, "transitive_tag_keys": "a" }),
    ] {
        assert_eq!(read_tags(wrong.clone()), Err(Fault::Malformed(tags)), "{wrong}");
    }
    let name = "https://aws.amazon.com/source_identity";
    assert_eq!(read(&json!({ name: "mary@x.org" })).unwrap().source_identity.as_deref(), Some("mary@x.org"));
    for wrong in [json!("a"), json!("aws:mary"), json!("a b"), json!(["mary"]), json!("x".repeat(65))] {
        assert_eq!(read(&json!({ name: wrong })), Err(Fault::Malformed(name)), "{wrong}");
    }
}

#[test]
fn a_member_that_comes_twice_makes_an_object_unreadable() {
    for text in [r#"{"a":1,"a":1}"#, "[]", "1", "", "{} {}", r#"{"exp":1e400}"#, "null"] {
        assert!(Members::read(text.as_bytes()).is_none(), "{text}");
    }
    assert!(Members::read(br#"{"a":{"b":1},"b":2}"#).is_some());
}

#[test]
fn a_token_is_three_parts_with_an_algorithm_that_is_taken() {
    let part = |text: &str| encoded(text);
    let token = |header: &str| format!("{}.{}.AA", part(header), part("{}"));
    let good = token(r#"{"alg":"PS384","kid":"k"}"#);
    assert_eq!(Unverified::read(&good).unwrap().algorithm, Algorithm::Ps(Hash::Bits384));
    for header in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"HS256"}"#,
        r#"{"alg":""}"#,
        r#"{"alg":null}"#,
        r#"{"alg":["RS256"]}"#,
        "{}",
        r#"{"alg":"RS257"}"#,
        r#"{"alg":"ES256K"}"#,
        r#"{"alg":"RS256","crit":[]}"#,
        r#"{"alg":"RS256","typ":"logout+jwt"}"#,
    ] {
        assert!(Unverified::read(&token(header)).is_none(), "{header}");
    }
    for wrong in
        [format!("{good}.x"), good.replace(".AA", "."), good.replace(".AA", ""), good.replace('.', "..")]
    {
        assert!(Unverified::read(&wrong).is_none(), "{wrong}");
    }
}

#[test]
fn keys_are_used_as_their_kind_is_and_weak_ones_not_at_all() {
    let signer = Signer::new("one");
    let mut jwk = signer.jwk();
    let key = Key::read(&jwk).unwrap();
    assert!(key.is_for(Algorithm::Es(Hash::Bits256)) && key.is_named("one"));
    for other in [Algorithm::Es(Hash::Bits384), Algorithm::Rs(Hash::Bits256), Algorithm::Ps(Hash::Bits256)] {
        assert!(!key.is_for(other), "{other:?}");
    }
    let rsa = |bytes: usize, first: u8, e: &[u8]| {
        let mut n = vec![0xff; bytes];
        n[0] = first;
        Key::read(&json!({ "kty": "RSA", "n": encoded(n), "e": encoded(e) }))
    };
    assert!(rsa(256, 0x80, &[1, 0, 1]).is_some() && rsa(256, 0x80, &[3]).is_some());
    for (bytes, first, e) in [
        (128, 0xff, &[1, 0, 1][..]),
        (256, 0x7f, &[1, 0, 1]),
        (256, 0x80, &[1]),
        (256, 0x80, &[2]),
        (256, 0x80, &[]),
        (256, 0x80, &[0, 3]),
        (256, 0, &[3]),
        (1025, 0xff, &[3]),
    ] {
        assert!(rsa(bytes, first, e).is_none(), "{bytes} {first} {e:?}");
    }
    for (name, value) in [("use", "enc"), ("crv", "P-384"), ("alg", "none"), ("kty", "oct"), ("x", "AA")] {
        let mut changed = jwk.clone();
        changed[name] = value.into();
        assert!(Key::read(&changed).is_none(), "{name} {value}");
    }
    jwk["key_ops"] = json!(["sign"]);
    assert!(Key::read(&jwk).is_none());
}

/// Trusts the issuer to bring Mary.
fn trust() -> String {
    let statement = json!({
        "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": { "Federated": "arn:aws:iam::123456789012:oidc-provider/issuer.test" },
        "Condition": { "StringEquals": { "issuer.test:sub": "mary" } },
    });
    json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
}

/// A ground with an issuer, a provider for it and a role that trusts it.
async fn ground(signer: &Signer) -> Ground {
    let ground = Ground::new().await;
    keys::publish(&ground, &[signer]);
    let made = Value::structure()
        .with("Url", "https://issuer.test")
        .with("ClientIDList", Value::List(vec!["ours".into()]))
        .with("ThumbprintList", Value::List(Vec::new()));
    let root = ground.root.clone();
    ground.ask(&root, "iam", "CreateOpenIDConnectProvider", made).await.unwrap();
    ground.role("web", &trust(), None).await;
    ground
}

fn claims(ground: &Ground, subject: &str) -> Json {
    let now = ground.service.world.clock.now().seconds();
    json!({ "iss": "https://issuer.test", "sub": subject, "aud": "ours", "iat": now, "exp": now + 600 })
}

async fn assume(ground: &Ground, token: &str) -> Result<Value, String> {
    assume_role(ground, "arn:aws:iam::123456789012:role/web", token).await
}

async fn assume_role(ground: &Ground, arn: &str, token: &str) -> Result<Value, String> {
    let input = Value::structure()
        .with("RoleArn", arn)
        .with("RoleSessionName", "one")
        .with("WebIdentityToken", token);
    let answer = ground.ask(&Creds::none(), "sts", "AssumeRoleWithWebIdentity", input).await;
    answer.map_err(|error| error.code.into_owned())
}

#[tokio::test]
async fn a_token_becomes_a_session_of_a_role_that_trusts_its_issuer() {
    let signer = Signer::new("one");
    let ground = ground(&signer).await;
    let answer = assume(&ground, &signer.token(&claims(&ground, "mary"))).await.unwrap();
    assert_eq!(answer.text("SubjectFromWebIdentityToken"), Some("mary"));
    let who =
        ground.ask(&Creds::issued(&answer), "sts", "GetCallerIdentity", Value::structure()).await.unwrap();
    assert_eq!(who.text("Arn"), Some("arn:aws:sts::123456789012:assumed-role/web/one"));
    let other = assume(&ground, &signer.token(&claims(&ground, "john"))).await;
    assert_eq!(other, Err("AccessDenied".to_owned()));
    let forged = Signer::new("one").token(&claims(&ground, "mary"));
    assert_eq!(assume(&ground, &forged).await, Err("InvalidIdentityToken".to_owned()));
}

#[tokio::test]
async fn a_role_that_identity_center_made_is_not_had_so_whomever_it_trusts() {
    let signer = Signer::new("one");
    let ground = ground(&signer).await;
    let change = |record: &mut RoleRecord| record.path = "/aws-reserved/sso.amazonaws.com/eu-west-1/".into();
    ground.role_with("AWSReservedSSO_Readers_x", &trust(), None, change).await;
    let arn =
        "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Readers_x";
    let refused = assume_role(&ground, arn, &signer.token(&claims(&ground, "mary"))).await;
    assert_eq!(refused, Err("AccessDenied".to_owned()));
}
