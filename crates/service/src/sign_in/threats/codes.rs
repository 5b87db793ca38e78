//! Codes of devices and browsers: redeemed once, by whom they were given to, and not guessed (threat ADM-5).

use portcullis_base::Timestamp;

use super::challenge;
use super::stage::{Stage, told};
use crate::sign_in::client::Client;
use crate::sign_in::device::{Answer, GUESSES};
use crate::sign_in::grant::{self, is_loopback};

#[tokio::test]
async fn a_device_code_is_redeemed_once() {
    let stage = Stage::new().await;
    let who = stage.sign_in().await;
    let (device, user) = stage.start().await;
    assert_eq!(stage.by_device(&device).await.unwrap_err().code, "AuthorizationPendingException");
    stage.decide(&who, &user.to_lowercase().replace('-', " "), true).unwrap();
    stage.by_device(&device).await.unwrap();
    assert_eq!(stage.by_device(&device).await.unwrap_err().code, "ExpiredTokenException");
    assert_eq!(stage.decide(&who, &user, true).err().unwrap().status, 404);
}

#[tokio::test]
async fn a_client_that_asks_too_often_is_told_to_slow_down_and_has_to() {
    let stage = Stage::new().await;
    let (device, _) = stage.start().await;
    let asked = async |forward: u64| {
        stage.ground.forward(forward);
        stage.by_device(&device).await.unwrap_err().code.into_owned()
    };
    assert_eq!(asked(0).await, "AuthorizationPendingException");
    assert_eq!(asked(1).await, "AuthorizationPendingException");
    assert_eq!(asked(0).await, "SlowDownException");
    assert_eq!(asked(1).await, "SlowDownException", "five seconds more");
    assert_eq!(asked(11).await, "AuthorizationPendingException");
}

#[tokio::test]
async fn who_was_denied_stays_denied() {
    let stage = Stage::new().await;
    let who = stage.sign_in().await;
    let (device, user) = stage.start().await;
    stage.decide(&who, &user, false).unwrap();
    let again = stage.decide(&who, &user, true).err().unwrap();
    assert_eq!(again.status, 404, "what was said is not said again");
    let refused = stage.by_device(&device).await.unwrap_err();
    assert_eq!((refused.code.as_ref(), refused.status), ("AccessDeniedException", 400));
}

#[tokio::test]
async fn adm_5_a_person_has_few_guesses_and_a_right_code_is_none() {
    let stage = Stage::new().await;
    let who = stage.sign_in().await;
    for _ in 0..GUESSES {
        assert_eq!(stage.decide(&who, "ZZZZ-ZZZZ", true).err().unwrap().status, 404);
    }
    let (_, user) = stage.start().await;
    assert_eq!(stage.decide(&who, &user, true).err().unwrap().status, 429, "the right one, too");
    stage.ground.forward(600);
    let (_, user) = stage.start().await;
    stage.decide(&who, &user, true).unwrap();
}

#[tokio::test]
async fn adm_2_a_flood_of_one_address_pushes_out_its_own_and_nobody_elses() {
    let stage = Stage::new().await;
    let (now, service) = (stage.ground.service.world.clock.now(), &stage.ground.service);
    let waiting = &service.sign_in.waiting;
    // At the end of all addresses: it is not by their order that somebody gives way.
    let quiet = waiting.begin(service, some_client(now), "2001:db9::7".parse().unwrap());
    // As many as may wait, and more: those of one address, and of a network of which one person has all addresses.
    for _ in 0..2_000 {
        waiting.begin(service, some_client(now), "192.0.2.1".parse().unwrap());
    }
    for number in 0..100_500_u32 {
        let [.., a, b, c, d] = number.to_be_bytes();
        let address = std::net::Ipv6Addr::new(
            0x2001,
            0xdb8,
            0,
            0,
            0,
            0,
            u16::from_be_bytes([a, b]),
            u16::from_be_bytes([c, d]),
        );
        waiting.begin(service, some_client(now), address.into());
    }
    assert_eq!(waiting.ask("id", &quiet.device, now), Answer::Pending);
}

fn some_client(now: Timestamp) -> Client {
    Client {
        id: "id".to_owned(),
        name: "cli".to_owned(),
        scopes: Vec::new(),
        grants: Vec::new(),
        redirects: Vec::new(),
        at: now,
        expires: now,
    }
}

#[tokio::test]
async fn a_code_with_pkce_is_of_its_client_its_address_and_its_verifier_and_good_once() {
    let stage = Stage::new().await;
    let who = stage.sign_in().await;
    let (redirect, verifier) = ("http://127.0.0.1:4711/oauth/callback", "v".repeat(43));
    let made = |client: &str| {
        let service = &stage.ground.service;
        let client =
            crate::sign_in::client::named(service, client).map_or_else(|| client.to_owned(), |held| held.id);
        grant::made(service, &who.session.id, &client, redirect, &challenge(&verifier))
    };
    let redeemed = async |code: &str, redirect: &str, verifier: &str| {
        let pairs = [
            ("grantType", "authorization_code"),
            ("code", code),
            ("redirectUri", redirect),
            ("codeVerifier", verifier),
        ];
        stage.token(&pairs).await
    };
    let own = &stage.client.0;
    let good = made(own);
    assert!(redeemed(&good, redirect, &verifier).await.is_ok());
    assert_eq!(redeemed(&good, redirect, &verifier).await.unwrap_err().code, "InvalidGrantException");
    for (code, redirect, verifier) in [
        (made("another"), redirect, verifier.as_str()),
        (made(own), "http://127.0.0.1:4712/oauth/callback", &verifier),
        (made(own), redirect, &"w".repeat(43)),
    ] {
        assert_eq!(redeemed(&code, redirect, verifier).await.unwrap_err().code, "InvalidGrantException");
    }
    // Shown with the wrong half, it is used up; and none is good after a minute.
    let shown = made(own);
    assert!(redeemed(&shown, redirect, "wrong").await.is_err());
    assert!(redeemed(&shown, redirect, &verifier).await.is_err());
    let late = made(own);
    stage.ground.forward(60);
    assert_eq!(redeemed(&late, redirect, &verifier).await.unwrap_err().code, "InvalidGrantException");
}

#[test]
fn an_address_that_only_begins_like_this_machines_is_not_taken() {
    for bad in [
        "http://[::1].evil.example/x",
        "http://[::1]evil.example/x",
        "http://127.0.0.1:80:90/x",
        "http://127.0.0.1:port/x",
        "http://127.0.0.1/x\r\nSet-Cookie:a",
        "http://127.0.0.1\t/x",
        "http://127.0.0.1?/x",
    ] {
        assert!(!is_loopback(bad), "{bad:?}");
    }
}

#[tokio::test]
async fn no_event_tells_a_password_a_code_or_a_token() {
    let stage = Stage::new().await;
    let who = stage.sign_in().await;
    let (device, user) = stage.start().await;
    stage.decide(&who, &user, true).unwrap();
    let tokens = stage.by_device(&device).await.unwrap();
    let again = stage.refreshed(&tokens).await.unwrap();
    let given = stage.portal(&tokens, "GetRoleCredentials").await.unwrap();
    let given = given.member("roleCredentials").unwrap();
    let mut secrets = vec![
        ("clientSecret", stage.client.1.clone()),
        ("deviceCode", device),
        ("userCode", user),
        ("password", super::stage::PASSWORD.to_owned()),
    ];
    for member in ["accessToken", "refreshToken"] {
        secrets.extend([(member, told(&tokens, member)), (member, told(&again, member))]);
    }
    secrets.extend(["secretAccessKey", "sessionToken"].map(|member| (member, told(given, member))));
    let events = stage.ground.events().await;
    for name in ["RegisterClient", "StartDeviceAuthorization", "CreateToken", "GetRoleCredentials"] {
        assert!(events.iter().any(|event| event.name == name), "{name} has no event");
    }
    let leaks: Vec<String> = events
        .iter()
        .flat_map(|event| {
            let told = secrets.iter().filter(|(_, secret)| event.json.contains(secret.as_str()));
            told.map(|(what, _)| format!("{}: {what}", event.name))
        })
        .collect();
    assert!(leaks.is_empty(), "{leaks:?}");
}
