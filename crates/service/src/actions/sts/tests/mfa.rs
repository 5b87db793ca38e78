//! Codes of MFA devices where sessions are issued: good once, of the caller's own device, and not to be guessed.

use std::sync::Arc;
use std::time::Duration;

use portcullis_base::Value;
use portcullis_store::decorate::{Fault, FaultyEngine};
use portcullis_store::record::MfaUseRecord;
use portcullis_store::{Key, codec, memory};

use super::{assume, everybody_here, naming, session_token};
use crate::actions::testing::{ACCOUNT, ALLOW_ALL, Creds, Ground};
use crate::audit::AuditSettings;
use crate::error::ApiError;
use crate::snapshot::MfaDevice;

const INVALID: &str = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";

/// A user's device, as its user holds it.
struct Device {
    serial: String,
    seed: Vec<u8>,
}

impl Device {
    /// Makes a device and enables it for a user.
    async fn of(ground: &Ground, user: &str) -> Self {
        let input = Value::structure().with("VirtualMFADeviceName", user);
        let made = ground.ask(&ground.root, "iam", "CreateVirtualMFADevice", input).await.unwrap();
        let shown = made.member("VirtualMFADevice").unwrap().clone();
        let Some(Value::Blob(text)) = shown.member("Base32StringSeed").cloned() else { panic!("no seed") };
        let secret = totp_rs::Secret::try_from_base32(std::str::from_utf8(&text).unwrap()).unwrap();
        let serial = shown.text("SerialNumber").unwrap().to_owned();
        let device = Self { serial, seed: secret.as_bytes().to_vec() };
        let input = Value::structure()
            .with("UserName", user)
            .with("SerialNumber", device.serial.as_str())
            .with("AuthenticationCode1", device.code(ground, -1))
            .with("AuthenticationCode2", device.code(ground, 0));
        ground.ask(&ground.root, "iam", "EnableMFADevice", input).await.unwrap();
        ground.forward(60);
        device
    }

    /// The code that it shows so many steps from now.
    fn code(&self, ground: &Ground, steps: i64) -> String {
        let totp = totp_rs::Builder::new().with_secret(self.seed.as_slice()).build_noncompliant();
        let seconds = ground.service.world.clock.now().seconds() + 30 * steps;
        totp.generate(u64::try_from(seconds).unwrap()).to_string()
    }

    /// One that it does not show for a while to either side.
    fn wrong(&self, ground: &Ground) -> String {
        let shown: Vec<String> = (-3..=3).map(|steps| self.code(ground, steps)).collect();
        (0..10).map(|number| format!("{number:06}")).find(|code| !shown.contains(code)).unwrap()
    }

    fn with(&self, input: Value, code: &str) -> Value {
        input.with("SerialNumber", self.serial.as_str()).with("TokenCode", code)
    }

    fn held(&self, ground: &Ground) -> Arc<MfaDevice> {
        Arc::clone(ground.service.snapshot().mfa_device(&self.serial).unwrap())
    }

    async fn uses(&self, ground: &Ground) -> MfaUseRecord {
        let place = Key::mfa_use(self.held(ground).record.id);
        let held = ground.service.engine.read(&place).await.unwrap().unwrap();
        codec::from_bytes(&held.value).unwrap()
    }
}

/// A trust policy that asks for a fresh code.
fn fresh_code() -> String {
    serde_json::json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": everybody_here()},
        "Condition": {
            "Bool": {"aws:MultiFactorAuthPresent": "true"},
            "NumericLessThan": {"aws:MultiFactorAuthAge": "1"},
        },
    }})
    .to_string()
}

async fn alice() -> (Ground, Creds, Device) {
    alice_on(Ground::new().await).await
}

async fn alice_on(ground: Ground) -> (Ground, Creds, Device) {
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let device = Device::of(&ground, "alice").await;
    (ground, alice, device)
}

/// Asks for so many session tokens with the same code, all at once: each has looked at what is remembered of the device
/// before the first one writes.
async fn at_once(
    engine: &FaultyEngine<portcullis_store::MemoryEngine>,
    ground: &Ground,
    by: &Creds,
    input: &Value,
    count: u64,
) -> Vec<Result<Value, ApiError>> {
    for nth in 1..=count {
        engine.on_commit(nth, Fault::Delay(Duration::from_millis(20)));
    }
    futures_util::future::join_all((0..count).map(|_| session_token(ground, by, input.clone()))).await
}

fn invalid(answer: Result<Value, ApiError>) {
    let error = answer.unwrap_err();
    assert_eq!((&*error.code, error.status, error.message.as_str()), ("AccessDenied", 403, INVALID));
}

#[tokio::test]
async fn of_two_requests_with_one_code_one_is_answered() {
    let engine = Arc::new(FaultyEngine::around(memory()));
    let ground = Ground::on(Arc::clone(&engine) as Arc<_>, AuditSettings::new(None)).await;
    let (ground, alice, device) = alice_on(ground).await;
    let role = ground.role("R", &fresh_code(), None).await;
    let code = device.code(&ground, 0);
    let answers = at_once(&engine, &ground, &alice, &device.with(Value::structure(), &code), 4).await;
    let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((good.len(), bad.len()), (1, 3));
    bad.into_iter().for_each(invalid);
    invalid(assume(&ground, &alice, device.with(naming(&role), &code)).await);
    // Nor the one before it, which was not used but is older.
    invalid(assume(&ground, &alice, device.with(naming(&role), &device.code(&ground, -1))).await);
    assume(&ground, &alice, device.with(naming(&role), &device.code(&ground, 1))).await.unwrap();
    assert_eq!(device.uses(&ground).await.wrong, 0);
}

#[tokio::test]
async fn a_code_counts_for_the_decision_and_not_for_the_role_session() {
    let (ground, alice, device) = alice().await;
    let role = ground.role("R", &fresh_code(), Some(ALLOW_ALL)).await;
    assert_eq!(assume(&ground, &alice, naming(&role)).await.unwrap_err().code, "AccessDenied");
    let plain = Creds::issued(&session_token(&ground, &alice, Value::structure()).await.unwrap());
    assert_eq!(assume(&ground, &plain, naming(&role)).await.unwrap_err().code, "AccessDenied");
    let answer = assume(&ground, &alice, device.with(naming(&role), &device.code(&ground, 0))).await.unwrap();
    assert_eq!(
        assume(&ground, &Creds::issued(&answer), naming(&role)).await.unwrap_err().code,
        "AccessDenied"
    );
    // A session with MFA has an age that grows.
    ground.forward(30);
    let asked = device.with(Value::structure(), &device.code(&ground, 0));
    let proved = Creds::issued(&session_token(&ground, &alice, asked).await.unwrap());
    assume(&ground, &proved, naming(&role)).await.unwrap();
    ground.forward(2);
    assert_eq!(assume(&ground, &proved, naming(&role)).await.unwrap_err().code, "AccessDenied");
}

#[tokio::test]
async fn only_the_callers_own_device_counts() {
    let (ground, alice, device) = alice().await;
    let bob = ground.user("bob", Some(ALLOW_ALL)).await;
    let of_bob = Device::of(&ground, "bob").await;
    let unknown =
        "unable to validate MFA code.  Please verify your MFA serial number is valid and associated with";
    for (creds, held) in [(&bob, &device), (&alice, &of_bob), (&ground.root, &device)] {
        let asked = held.with(Value::structure(), &held.code(&ground, 0));
        let error = session_token(&ground, creds, asked).await.unwrap_err();
        assert!(error.message.contains(unknown), "{}", error.message);
    }
    // Nothing was used up by it.
    let code = device.code(&ground, 0);
    session_token(&ground, &alice, device.with(Value::structure(), &code)).await.unwrap();
    let mixed = of_bob.with(Value::structure(), &device.code(&ground, 1));
    invalid(session_token(&ground, &bob, mixed).await);
}

#[tokio::test]
async fn ten_thousand_guesses_are_not_looked_at() {
    let engine = Arc::new(FaultyEngine::around(memory()));
    let ground = Ground::on(Arc::clone(&engine) as Arc<_>, AuditSettings::new(None)).await;
    let (ground, alice, device) = alice_on(ground).await;
    let guess = device.wrong(&ground);
    // Sent at once, each is counted or not looked at.
    for answer in at_once(&engine, &ground, &alice, &device.with(Value::structure(), &guess), 50).await {
        assert!(["AccessDenied", "ServiceUnavailable"].contains(&&*answer.unwrap_err().code));
    }
    assert_eq!(device.uses(&ground).await.wrong, 5);
    for _ in 0..10_000 {
        invalid(session_token(&ground, &alice, device.with(Value::structure(), &guess)).await);
    }
    assert_eq!(device.uses(&ground).await.wrong, 5);
    invalid(session_token(&ground, &alice, device.with(Value::structure(), &device.code(&ground, 0))).await);
    ground.forward(299);
    invalid(session_token(&ground, &alice, device.with(Value::structure(), &device.code(&ground, 0))).await);
    ground.forward(1);
    // One more wrong code locks for twice as long.
    invalid(session_token(&ground, &alice, device.with(Value::structure(), &device.wrong(&ground))).await);
    ground.forward(599);
    invalid(session_token(&ground, &alice, device.with(Value::structure(), &device.code(&ground, 0))).await);
    ground.forward(1);
    let asked = device.with(Value::structure(), &device.code(&ground, 0));
    session_token(&ground, &alice, asked).await.unwrap();
    assert_eq!(device.uses(&ground).await.wrong, 0);
    let event = ground.events().await.into_iter().find(|event| event.name == "GetSessionToken").unwrap();
    assert!(!event.json.contains("TokenCode") && !event.json.contains("tokenCode"));
}

#[tokio::test]
async fn a_device_that_was_taken_away_proves_nothing() {
    let (ground, alice, device) = alice().await;
    let input = || Value::structure().with("UserName", "alice").with("SerialNumber", device.serial.as_str());
    ground.ask(&ground.root, "iam", "DeactivateMFADevice", input()).await.unwrap();
    let asked = device.with(Value::structure(), &device.code(&ground, 0));
    let error = session_token(&ground, &alice, asked).await.unwrap_err();
    assert!(error.message.contains("unable to validate MFA code"), "{}", error.message);
    // Given back, its used codes are still used.
    let codes = |first: i64| {
        input()
            .with("AuthenticationCode1", device.code(&ground, first))
            .with("AuthenticationCode2", device.code(&ground, first + 1))
    };
    let refused = ground.ask(&ground.root, "iam", "EnableMFADevice", codes(-3)).await.unwrap_err();
    assert_eq!((&*refused.code, refused.status), ("InvalidAuthenticationCode", 403));
    ground.ask(&ground.root, "iam", "EnableMFADevice", codes(-1)).await.unwrap();
    invalid(session_token(&ground, &alice, device.with(Value::structure(), &device.code(&ground, 0))).await);
    assert!(device.serial.starts_with(&format!("arn:aws:iam::{ACCOUNT}:mfa/")));
}

#[tokio::test]
async fn a_device_that_is_taken_away_meanwhile_proves_nothing() {
    let engine = Arc::new(FaultyEngine::around(memory()));
    let ground = Ground::on(Arc::clone(&engine) as Arc<_>, AuditSettings::new(None)).await;
    let (ground, alice, device) = alice_on(ground).await;
    let role = ground.role("R", &fresh_code(), None).await;
    let asked = device.with(naming(&role), &device.code(&ground, 0));
    let input = Value::structure().with("UserName", "alice").with("SerialNumber", device.serial.as_str());
    // The code has been used and the decision made; the session waits for the disk.
    engine.on_commit(2, Fault::Delay(Duration::from_millis(50)));
    let session = Box::pin(assume(&ground, &alice, asked));
    let taking = Box::pin(ground.ask(&ground.root, "iam", "DeactivateMFADevice", input));
    let (session, taken) = futures_util::future::join(session, taking).await;
    taken.unwrap();
    let error = session.unwrap_err();
    assert_eq!((&*error.code, error.status), ("AccessDenied", 403));
    assert!(error.message.contains("is not authorized to perform: sts:AssumeRole"), "{}", error.message);
}

#[tokio::test]
async fn a_lock_of_a_clock_that_ran_ahead_is_as_long_as_any() {
    let (ground, alice, device) = alice().await;
    let now = ground.service.world.clock.now();
    ground.forward(10 * 86_400);
    for _ in 0..5 {
        invalid(
            session_token(&ground, &alice, device.with(Value::structure(), &device.wrong(&ground))).await,
        );
    }
    ground.clock.set(now);
    invalid(session_token(&ground, &alice, device.with(Value::structure(), &device.code(&ground, 0))).await);
    ground.forward(86_399);
    invalid(session_token(&ground, &alice, device.with(Value::structure(), &device.code(&ground, 0))).await);
    ground.forward(1);
    session_token(&ground, &alice, device.with(Value::structure(), &device.code(&ground, 0))).await.unwrap();
}
