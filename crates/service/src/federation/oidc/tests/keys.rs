//! How long keys are kept, and how often they are asked for.

use std::sync::Arc;

use portcullis_base::world::Clock;
use portcullis_base::{Tags, Timestamp, UniqueId, UniqueIdKind};
use portcullis_store::record::OidcProviderRecord;
use serde_json::json;

use super::super::compact::{Algorithm, Hash};
use super::super::issuers::{Issuers, Named, NoKey};
use super::{Signer, assume, claims, ground};
use crate::actions::testing::{ACCOUNT, BEGINNING, Ground, Outside};

const KEYS: &str = "https://issuer.test/jwks";
const ABOUT: &str = "https://issuer.test/.well-known/openid-configuration";

/// Publishes these keys and no others.
pub fn publish(ground: &Ground, signers: &[&Signer]) {
    publish_at(&ground.outside, signers);
}

fn publish_at(outside: &Outside, signers: &[&Signer]) {
    outside.publish(ABOUT, json!({ "issuer": "https://issuer.test", "jwks_uri": KEYS }).to_string());
    let keys: Vec<_> = signers.iter().map(|signer| signer.jwk()).collect();
    outside.publish(KEYS, json!({ "keys": keys }).to_string());
}

fn refused(code: &str) -> Result<(), String> {
    Err(code.to_owned())
}

#[tokio::test]
async fn a_key_that_was_taken_back_is_refused_and_a_new_one_is_found() {
    let (old, new) = (Signer::new("old"), Signer::new("new"));
    let ground = ground(&old).await;
    let tried =
        async |signer: &Signer| assume(&ground, &signer.token(&claims(&ground, "mary"))).await.map(drop);
    assert_eq!(tried(&old).await, Ok(()));
    publish(&ground, &[&new]);
    assert_eq!(tried(&new).await, refused("InvalidIdentityToken"), "it was asked a moment ago");
    ground.forward(29);
    assert_eq!(tried(&new).await, refused("InvalidIdentityToken"));
    ground.forward(1);
    assert_eq!(tried(&new).await, Ok(()));
    assert_eq!(tried(&old).await, refused("InvalidIdentityToken"));
}

#[tokio::test]
async fn nothing_new_is_asked_for_five_minutes_while_keys_are_known() {
    let signer = Signer::new("one");
    let ground = ground(&signer).await;
    let tried = async || assume(&ground, &signer.token(&claims(&ground, "mary"))).await.map(drop);
    assert_eq!((tried().await, ground.outside.count()), (Ok(()), 2));
    ground.forward(299);
    assert_eq!((tried().await, ground.outside.count()), (Ok(()), 2));
    ground.forward(1);
    assert_eq!((tried().await, ground.outside.count()), (Ok(()), 4));
}

#[tokio::test]
async fn known_keys_go_on_for_an_hour_when_nobody_can_be_asked() {
    let (known, unknown) = (Signer::new("known"), Signer::new("unknown"));
    let ground = ground(&known).await;
    let tried =
        async |signer: &Signer| assume(&ground, &signer.token(&claims(&ground, "mary"))).await.map(drop);
    assert_eq!(tried(&known).await, Ok(()));
    ground.outside.documents.lock().unwrap().clear();
    ground.forward(3599);
    assert_eq!(tried(&known).await, Ok(()));
    assert_eq!(tried(&unknown).await, refused("IDPCommunicationError"));
    ground.forward(1);
    assert_eq!(tried(&known).await, refused("IDPCommunicationError"));
}

struct Still(Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

fn record() -> OidcProviderRecord {
    OidcProviderRecord {
        id: UniqueId::generate(UniqueIdKind::OidcProvider, &portcullis_base::world::SystemEntropy),
        account: ACCOUNT.parse().unwrap(),
        name: "issuer.test".to_owned(),
        created: Timestamp::from_millis(BEGINNING),
        tags: Tags::new(),
        client_ids: Vec::new(),
        thumbprints: Vec::new(),
    }
}

#[tokio::test]
async fn a_hundred_thousand_unknown_keys_are_asked_for_once() {
    let outside = Arc::new(Outside::default());
    publish_at(&outside, &[&Signer::new("one")]);
    let issuers = Issuers::new(Arc::clone(&outside) as Arc<_>);
    let (record, clock) = (record(), Still(Timestamp::from_millis(BEGINNING)));
    for number in 0..100_000 {
        let kid = format!("random-{number}");
        let named = Named { kid: Some(&kid), algorithm: Algorithm::Es(Hash::Bits256) };
        assert_eq!(issuers.key(&record, named, &clock).await.err(), Some(NoKey::Unknown));
    }
    assert_eq!(outside.count(), 2);
    let named = Named { kid: Some("one"), algorithm: Algorithm::Es(Hash::Bits256) };
    assert!(issuers.key(&record, named, &clock).await.is_ok());
    let changed = OidcProviderRecord { thumbprints: vec!["0".repeat(40)], ..record };
    assert!(issuers.key(&changed, named, &clock).await.is_ok());
    assert_eq!(outside.count(), 4, "another record is asked for anew");
}

#[tokio::test]
async fn a_document_of_another_issuer_is_not_its_own() {
    let named = Named { kid: Some("one"), algorithm: Algorithm::Es(Hash::Bits256) };
    for about in [
        json!({ "issuer": "https://issuer.test/", "jwks_uri": KEYS }),
        json!({ "issuer": "https://other.test", "jwks_uri": KEYS }),
        json!({ "jwks_uri": KEYS }),
        json!({ "issuer": "https://issuer.test" }),
        json!([]),
    ] {
        let outside = Arc::new(Outside::default());
        publish_at(&outside, &[&Signer::new("one")]);
        outside.publish(ABOUT, about.to_string());
        let issuers = Issuers::new(outside as Arc<_>);
        let clock = Still(Timestamp::from_millis(BEGINNING));
        assert_eq!(issuers.key(&record(), named, &clock).await.err(), Some(NoKey::Unreachable), "{about}");
    }
}
