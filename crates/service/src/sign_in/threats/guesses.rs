//! Passwords that are guessed: counted for whoever is stored, whatever the name looks like; and everybody who may not
//! sign in is told the same (threat ADM-3).

use std::sync::atomic::Ordering;

use portcullis_base::{UniqueId, UniqueIdKind};
use portcullis_store::Key;
use portcullis_store::record::AuthenticatorRecord;

use super::stage::{JANE, PASSWORD, Stage};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::sign_in::{authenticator, password};

/// Wrong passwords that cost nothing.
const FREE: usize = 5;

fn shown(error: &ApiError) -> (String, u16, String) {
    (error.code.to_string(), error.status, error.message.clone())
}

#[tokio::test]
async fn adm_3_who_may_not_sign_in_is_told_one_thing_whatever_it_is() {
    let stage = Stage::new().await;
    stage.ground.person("a1b2c3d4-0000-4000-8000-000000000002", "new", true).await;
    let wrong = shown(&stage.try_sign_in("jane", "Wrong-Horse-9-Battery").await.unwrap_err());
    for name in ["nobody", "new", "", "jane ", "\u{ff4a}\u{ff41}\u{ff4e}\u{ff45}", "ja\u{0}ne", JANE] {
        assert_eq!(shown(&stage.try_sign_in(name, PASSWORD).await.unwrap_err()), wrong, "{name:?}");
    }
    stage.enable(false).await;
    assert_eq!(shown(&stage.try_sign_in("jane", PASSWORD).await.unwrap_err()), wrong, "disabled");
    stage.enable(true).await;
    stage.try_sign_in("JANE", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn adm_3_who_may_not_sign_in_costs_one_hash_whatever_the_reason() {
    let stage = Stage::new().await;
    stage.ground.person("a1b2c3d4-0000-4000-8000-000000000002", "new", true).await;
    let done = || stage.ground.service.passwords.done.load(Ordering::Relaxed);
    let mut before = done();
    // Wrong five times, locked after that; the right one while it is; nobody; somebody without a password.
    let guesses = [("jane", "Wrong-Horse-9-Battery"); 7].into_iter();
    for (name, password) in guesses.chain([("jane", PASSWORD), ("nobody", PASSWORD), ("new", PASSWORD)]) {
        stage.try_sign_in(name, password).await.unwrap_err();
        assert_eq!(done(), before + 1, "{name}, {password}");
        before += 1;
    }
    stage.ground.forward(3600);
    stage.enable(false).await;
    stage.try_sign_in("jane", PASSWORD).await.unwrap_err();
    assert_eq!(done(), before + 1, "disabled");
}

#[tokio::test]
async fn adm_3_one_count_holds_for_every_spelling_and_the_right_password_is_refused_while_it_does() {
    let stage = Stage::new().await;
    let mut wrong = Vec::new();
    for name in ["jane", "JANE", "Jane", "jAnE", "janE"] {
        wrong.push(shown(&stage.try_sign_in(name, "Wrong-Horse-9-Battery").await.unwrap_err()));
    }
    assert_eq!(wrong.len(), FREE);
    let locked = shown(&stage.try_sign_in("jane", PASSWORD).await.unwrap_err());
    assert_eq!(locked, wrong[0], "that it is locked is not told");
    stage.ground.forward(30);
    stage.try_sign_in("jane", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn adm_3_whoever_is_signed_in_has_a_count_of_their_own() {
    let stage = Stage::new().await;
    let (service, who, other) = (&stage.ground.service, stage.sign_in().await, stage.sign_in().await);
    // Strangers' guesses keep nobody who is signed in from changing the password.
    for _ in 0..FREE {
        stage.try_sign_in("jane", "wrong").await.unwrap_err();
    }
    password::again(service, &who, PASSWORD).await.unwrap();
    // And whoever took a session over guesses no more there than at the door.
    for _ in 0..FREE {
        assert_eq!(password::again(service, &who, "wrong").await.unwrap_err().status, 401);
    }
    assert_eq!(password::again(service, &who, PASSWORD).await.unwrap_err().status, 401);
    password::again(service, &other, PASSWORD).await.unwrap();
    stage.ground.forward(30);
    password::again(service, &who, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn adm_3_more_at_once_from_an_address_than_is_looked_at_is_told() {
    let stage = Stage::new().await;
    let service = &stage.ground.service;
    let turns = [service.passwords.turn().await.unwrap(), service.passwords.turn().await.unwrap()];
    let mut waiting: Vec<_> =
        (0..8).map(|number| Box::pin(stage.try_sign_in(["jane", "nobody"][number % 2], "wrong"))).collect();
    for attempt in &mut waiting {
        assert!(futures_util::poll!(attempt.as_mut()).is_pending());
    }
    assert_eq!(stage.try_sign_in("jane", PASSWORD).await.unwrap_err().status, 429);
    drop((waiting, turns));
    stage.try_sign_in("jane", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn adm_3_a_lock_lasts_longer_each_time_and_never_for_good() {
    let stage = Stage::new().await;
    for _ in 0..FREE {
        stage.try_sign_in("jane", "wrong").await.unwrap_err();
    }
    for pause in [30, 60, 120, 240, 480, 900, 900] {
        stage.ground.forward(pause - 1);
        stage.try_sign_in("jane", PASSWORD).await.unwrap_err();
        stage.ground.forward(1);
        stage.try_sign_in("jane", "wrong").await.unwrap_err();
    }
    stage.ground.forward(900);
    stage.try_sign_in("jane", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn whoever_has_found_the_password_out_does_not_put_an_app_in_place_of_the_other() {
    let stage = Stage::new().await;
    let (service, who) = (&stage.ground.service, stage.sign_in().await);
    authenticator::begin(service, &who, PASSWORD).await.unwrap();
    let mut record = service.snapshot().sign_ins.of(JANE).unwrap().as_ref().clone();
    let id = UniqueId::generate(UniqueIdKind::MfaDevice, service.world.entropy.as_ref());
    let sealed_seed = service.master.seal(&Key::sign_in(JANE).0, &[7; 20]);
    record.authenticator = Some(AuthenticatorRecord { id, sealed_seed, since: record.set });
    let mut draft = Draft::new();
    draft.put_sign_in(&record);
    stage.ground.write(draft).await;
    let refused = authenticator::begin(service, &who, PASSWORD).await.err().unwrap();
    assert_eq!(refused.status, 400);
    assert_eq!(stage.try_sign_in("jane", PASSWORD).await.unwrap_err().status, 401, "without its code");
}
