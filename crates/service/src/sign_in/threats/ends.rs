//! What ends a sign-in, and everything that comes of one: time, signing out, an administrator; each from the next call
//! on (threat REV-15).

use std::time::Duration;

use portcullis_base::Value;
use portcullis_store::Key;

use super::stage::{JANE, SET, Stage, of, told};
use crate::actions::testing::{Creds, facts};
use crate::draft::Draft;
use crate::sign_in::session::{self, Times};
use crate::sign_in::token::ACCESS_LIFE;
use crate::sign_in::{SignedIn, authenticator, client, device, grant, password};

const GONE: [&str; 3] = ["UnauthorizedException"; 3];

fn seconds(life: Duration) -> u64 {
    life.as_secs()
}

#[tokio::test]
async fn whoever_is_let_in_lists_and_takes_what_the_person_has() {
    let stage = Stage::new().await;
    let tokens = stage.let_in(&stage.sign_in().await).await;
    assert_eq!(tokens.text("tokenType"), Some("Bearer"));
    assert_eq!(tokens.int("expiresIn"), Some(3600));
    let accounts = stage.portal(&tokens, "ListAccounts").await.unwrap();
    assert_eq!(accounts.list("accountList").len(), 1);
    let roles = stage.portal(&tokens, "ListAccountRoles").await.unwrap();
    assert_eq!(roles.list("roleList")[0].text("roleName"), Some(SET));
    let given = stage.portal(&tokens, "GetRoleCredentials").await.unwrap();
    let given = given.member("roleCredentials").unwrap();
    let creds = Creds {
        key: told(given, "accessKeyId"),
        secret: told(given, "secretAccessKey").into(),
        token: given.text("sessionToken").map(str::to_owned),
    };
    let who = stage.ground.ask(&creds, "sts", "GetCallerIdentity", Value::structure()).await.unwrap();
    assert!(told(&who, "Arn").ends_with("/jane"), "{who:?}");
    // Milliseconds, and an hour: the set's duration.
    let now = stage.ground.service.world.clock.now();
    assert_eq!(given.int("expiration"), Some(now.plus(Duration::from_hours(1)).millis()));
}

#[tokio::test]
async fn an_access_token_ends_after_an_hour_and_can_be_refreshed_while_the_session_lasts() {
    let stage = Stage::new().await;
    let first = stage.let_in(&stage.sign_in().await).await;
    stage.ground.forward(seconds(ACCESS_LIFE) - 1);
    assert!(stage.refusals(&first).await.is_empty());
    stage.ground.forward(1);
    assert_eq!(stage.refusals(&first).await, GONE);
    let second = stage.refreshed(&first).await.unwrap();
    assert!(stage.refusals(&second).await.is_empty());
    // The last one is as short as what is left of the session.
    stage.ground.forward(seconds(Times::default().life) - seconds(ACCESS_LIFE) - 60);
    let last = stage.refreshed(&first).await.unwrap();
    assert_eq!(last.int("expiresIn"), Some(60));
    stage.ground.forward(60);
    assert_eq!(stage.refusals(&last).await, GONE);
    assert_eq!(stage.refreshed(&last).await.unwrap_err().code, "InvalidGrantException");
}

#[tokio::test]
async fn one_kind_of_token_does_not_stand_in_for_another_and_is_its_clients_alone() {
    let mut stage = Stage::new().await;
    let tokens = stage.let_in(&stage.sign_in().await).await;
    let [access, refresh] = ["accessToken", "refreshToken"].map(|member| told(&tokens, member));
    let swapped =
        Value::structure().with("accessToken", refresh.as_str()).with("refreshToken", access.as_str());
    assert_eq!(stage.refusals(&swapped).await, GONE);
    assert_eq!(stage.refreshed(&swapped).await.unwrap_err().code, "InvalidGrantException");
    let other = Stage::new().await;
    assert_eq!(other.refusals(&tokens).await, GONE, "of another deployment");
    let (device, user) = stage.start().await;
    stage.decide(&stage.sign_in().await, &user, true).unwrap();
    stage.client = stage.register_another().await;
    assert_eq!(stage.refreshed(&tokens).await.unwrap_err().code, "InvalidGrantException");
    assert_eq!(stage.by_device(&device).await.unwrap_err().code, "ExpiredTokenException");
}

#[tokio::test]
async fn a_registration_ends_after_ninety_days_and_a_secret_is_of_its_id() {
    let mut stage = Stage::new().await;
    stage.ground.forward(seconds(client::LIFE) - 1);
    let (device, _) = stage.start().await;
    assert_eq!(stage.by_device(&device).await.unwrap_err().code, "AuthorizationPendingException");
    stage.ground.forward(1);
    let refused = stage.by_device(&device).await.unwrap_err();
    assert_eq!((refused.code.as_ref(), refused.status), ("InvalidClientException", 401));
    let (id, _) = stage.register_another().await;
    stage.client.0 = id;
    assert_eq!(stage.by_device(&device).await.unwrap_err().code, "InvalidClientException");
}

/// Whatever ends the session, nothing comes of it any more: neither from what was redeemed nor from what was only
/// approved.
async fn nothing_comes_of(stage: &Stage, who: &SignedIn, end: impl AsyncFnOnce(&Stage)) {
    let tokens = stage.let_in(who).await;
    let (approved, user) = stage.start().await;
    stage.decide(who, &user, true).unwrap();
    let (redirect, verifier) = ("http://127.0.0.1:4711/oauth/callback", "v".repeat(43));
    let service = &stage.ground.service;
    let client = client::named(service, &stage.client.0).unwrap();
    let code = grant::made(service, &who.session.id, &client.id, redirect, &super::challenge(&verifier));
    assert!(stage.refusals(&tokens).await.is_empty());
    end(stage).await;
    assert_eq!(stage.refusals(&tokens).await, GONE);
    assert_eq!(stage.refreshed(&tokens).await.unwrap_err().code, "InvalidGrantException");
    assert_eq!(stage.by_device(&approved).await.unwrap_err().code, "InvalidGrantException");
    let pairs = [
        ("grantType", "authorization_code"),
        ("code", code.as_str()),
        ("redirectUri", redirect),
        ("codeVerifier", verifier.as_str()),
    ];
    assert_eq!(stage.token(&pairs).await.unwrap_err().code, "InvalidGrantException");
}

#[tokio::test]
async fn rev_15_nothing_comes_of_a_sign_in_of_somebody_who_was_disabled() {
    let stage = Stage::new().await;
    let who = stage.sign_in().await;
    nothing_comes_of(&stage, &who, async |stage| stage.enable(false).await).await;
    assert_eq!(stage.try_sign_in("jane", super::stage::PASSWORD).await.unwrap_err().status, 401);
}

#[tokio::test]
async fn rev_15_nothing_comes_of_a_sign_in_of_somebody_who_was_deleted() {
    let stage = Stage::new().await;
    let who = stage.sign_in().await;
    let delete = async |stage: &Stage| {
        let mut draft = Draft::new();
        draft.delete(Key::directory_user(JANE));
        stage.ground.write(draft).await;
    };
    nothing_comes_of(&stage, &who, delete).await;
}

#[tokio::test]
async fn rev_15_nothing_comes_of_a_sign_in_after_the_password_was_set() {
    let stage = Stage::new().await;
    let who = stage.sign_in().await;
    nothing_comes_of(&stage, &who, async |stage| stage.set_password(JANE).await).await;
}

#[tokio::test]
async fn rev_15_nothing_comes_of_a_sign_in_that_was_signed_out_of() {
    let stage = Stage::new().await;
    let who = stage.sign_in().await;
    let out = async |stage: &Stage| {
        session::end(&stage.ground.service, &facts(), &who, &who.session.id).await.unwrap();
    };
    nothing_comes_of(&stage, &who, out).await;
}

#[tokio::test]
async fn logout_ends_its_own_sign_in_and_no_other_and_sessions_of_roles_go_on() {
    let stage = Stage::new().await;
    let [one, other] =
        [stage.let_in(&stage.sign_in().await).await, stage.let_in(&stage.sign_in().await).await];
    let given = stage.portal(&one, "GetRoleCredentials").await.unwrap();
    stage.portal(&one, "Logout").await.unwrap();
    assert_eq!(stage.refusals(&one).await, GONE);
    assert!(stage.refusals(&other).await.is_empty());
    assert_eq!(stage.portal(&one, "Logout").await.unwrap_err().code, "UnauthorizedException");
    let given = given.member("roleCredentials").unwrap();
    let creds = Creds {
        key: told(given, "accessKeyId"),
        secret: told(given, "secretAccessKey").into(),
        token: given.text("sessionToken").map(str::to_owned),
    };
    stage.ground.ask(&creds, "sts", "GetCallerIdentity", Value::structure()).await.unwrap();
}

#[tokio::test]
async fn without_the_assignment_there_are_no_credentials_and_with_it_again_there_are() {
    let stage = Stage::new().await;
    let tokens = stage.let_in(&stage.sign_in().await).await;
    stage.assignment("DeleteAccountAssignment").await;
    let refused = stage.portal(&tokens, "GetRoleCredentials").await.unwrap_err();
    assert_eq!((refused.code.as_ref(), refused.status), ("ForbiddenException", 403));
    assert!(stage.portal(&tokens, "ListAccounts").await.unwrap().list("accountList").is_empty());
    stage.assignment("CreateAccountAssignment").await;
    assert!(stage.refusals(&tokens).await.is_empty());
}

#[tokio::test]
async fn a_native_revocation_that_blocks_the_person_refuses_credentials_and_the_portal_says_nothing_of_it() {
    let stage = Stage::new().await;
    let tokens = stage.let_in(&stage.sign_in().await).await;
    let input = of(&[("Kind", "person"), ("Target", JANE)]).with("BlockReissue", true);
    stage.ground.ask(&stage.ground.root, "portcullis", "Revoke", input).await.unwrap();
    assert_eq!(stage.portal(&tokens, "GetRoleCredentials").await.unwrap_err().code, "AccessDeniedException");
}

#[tokio::test]
async fn pages_that_nobody_uses_end_after_a_while_and_tokens_go_on() {
    let stage = Stage::new().await;
    let service = &stage.ground.service;
    let secret = stage.try_sign_in("jane", super::stage::PASSWORD).await.unwrap();
    let who = session::by_secret(service, secret.expose_text()).unwrap();
    let tokens = stage.let_in(&who).await;
    stage.ground.forward(seconds(Times::default().idle) - 1);
    assert!(session::by_secret(service, secret.expose_text()).is_some());
    stage.ground.forward(seconds(Times::default().idle) - 1);
    assert!(session::by_secret(service, secret.expose_text()).is_some(), "used in between");
    stage.ground.forward(seconds(Times::default().idle));
    assert!(session::by_secret(service, secret.expose_text()).is_none());
    assert!(stage.refreshed(&tokens).await.is_ok());
}

#[tokio::test]
async fn a_password_that_was_changed_ends_what_the_old_one_began_elsewhere() {
    let stage = Stage::new().await;
    let service = &stage.ground.service;
    let elsewhere = stage.let_in(&stage.sign_in().await).await;
    let here = stage.sign_in().await;
    let tokens = stage.let_in(&here).await;
    let (old, new) = (super::stage::PASSWORD, "Another-Horse-7-Battery");
    password::change(service, &facts(), &here, old, new).await.unwrap();
    assert_eq!(stage.refusals(&elsewhere).await, GONE);
    assert_eq!(stage.refusals(&tokens).await, GONE, "who phished for it here, too");
    assert_eq!(stage.try_sign_in("jane", old).await.unwrap_err().status, 401);
    assert!(stage.try_sign_in("jane", new).await.is_ok());
}

#[tokio::test]
async fn a_sign_in_that_was_under_way_while_the_password_changed_comes_to_nothing() {
    let stage = Stage::new().await;
    let service = &stage.ground.service;
    let here = stage.sign_in().await;
    // Whoever found the old one out is looked at while it is changed.
    let late = stage.try_sign_in("jane", super::stage::PASSWORD);
    let mut late = std::pin::pin!(late);
    assert!(futures_util::poll!(late.as_mut()).is_pending());
    stage.set_password(JANE).await;
    assert_eq!(late.await.unwrap_err().status, 401);
    assert_eq!(service.snapshot().sign_ins.sessions_of(JANE).count(), 0);
    assert!(session::by_id(&service.snapshot(), &here.session.id, service.world.clock.now()).is_none());
    stage.try_sign_in("jane", super::stage::PASSWORD).await.unwrap();
}

#[tokio::test]
async fn an_app_that_was_begun_in_a_session_that_has_ended_is_not_put_in_place() {
    let stage = Stage::new().await;
    let service = &stage.ground.service;
    let who = stage.sign_in().await;
    let shown = authenticator::begin(service, &who, super::stage::PASSWORD).await.unwrap();
    let seed = totp_rs::Secret::try_from_base32(shown.key.expose_text()).unwrap();
    let code = |step: i64| {
        let seconds = service.world.clock.now().seconds() + 30 * step;
        let totp = totp_rs::Builder::new().with_secret(&*seed).with_skew(0).build_noncompliant();
        totp.generate(u64::try_from(seconds).unwrap()).to_string()
    };
    // Of a phone whose clock is five minutes off no code would be taken later.
    let off = authenticator::end(service, &facts(), &who, &code(9), &code(10)).await.unwrap_err();
    assert!(off.status == 400 && off.message.contains("clock"), "{}", off.message);
    session::end(service, &facts(), &who, &who.session.id).await.unwrap();
    let ended = authenticator::end(service, &facts(), &who, &code(-1), &code(0)).await.unwrap_err();
    assert_eq!(ended.status, 401);
    stage.try_sign_in("jane", super::stage::PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_session_that_nobody_uses_can_still_be_signed_out_of() {
    let stage = Stage::new().await;
    let service = &stage.ground.service;
    let secret = stage.try_sign_in("jane", super::stage::PASSWORD).await.unwrap();
    let who = session::by_secret(service, secret.expose_text()).unwrap();
    let tokens = stage.let_in(&who).await;
    stage.ground.forward(seconds(Times::default().idle));
    assert!(session::by_secret(service, secret.expose_text()).is_none());
    let who = session::of_secret(service, secret.expose_text()).unwrap();
    session::end(service, &facts(), &who, &who.session.id).await.unwrap();
    assert_eq!(stage.refreshed(&tokens).await.unwrap_err().code, "InvalidGrantException");
}

#[tokio::test]
async fn a_code_ends_after_ten_minutes_approved_or_not() {
    let stage = Stage::new().await;
    let who = stage.sign_in().await;
    let (approved, user) = stage.start().await;
    stage.decide(&who, &user, true).unwrap();
    let (waiting, late) = stage.start().await;
    stage.ground.forward(seconds(device::LIFE));
    assert_eq!(stage.by_device(&approved).await.unwrap_err().code, "ExpiredTokenException");
    assert_eq!(stage.decide(&who, &late, true).err().unwrap().status, 404, "approved after the end");
    assert_eq!(stage.by_device(&waiting).await.unwrap_err().code, "ExpiredTokenException");
}
