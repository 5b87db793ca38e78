//! A person's way from the administrator's first password to credentials of a role, and every way in which it ends.

use std::sync::Arc;

use portcullis_base::Value;

use super::{SignedIn, authenticator, grant, password, session};
use crate::actions::testing::{ALLOW_ALL, Creds, Ground, facts};
use crate::error::ApiError;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

const JANE: &str = "a1b2c3d4-0000-4000-8000-000000000001";
const GOOD: &str = "Correct-Horse-9";
const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const START: &str = "http://localhost/_portcullis/portal/";

fn of(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().fold(Value::structure(), |value, (name, text)| value.with(name, *text))
}

struct Scene {
    ground: Ground,
}

impl Scene {
    /// Jane has the permission set `Admins`, and a password of her own.
    async fn new() -> Self {
        let scene = Self { ground: Ground::new().await };
        scene.ground.person(JANE, "jane", true).await;
        let root = |service: &'static str, operation: &'static str, input: Value| {
            scene.ground.ask(&scene.ground.root, service, operation, input)
        };
        let listed = root("sso", "ListInstances", Value::structure()).await.unwrap();
        let instance = listed.list("Instances")[0].text("InstanceArn").unwrap().to_owned();
        let made =
            root("sso", "CreatePermissionSet", of(&[("InstanceArn", &instance), ("Name", "Admins")])).await;
        let set = made.unwrap().member("PermissionSet").unwrap().text("PermissionSetArn").unwrap().to_owned();
        let on_set = [("InstanceArn", instance.as_str()), ("PermissionSetArn", set.as_str())];
        let inline = of(&on_set).with("InlinePolicy", ALLOW_ALL);
        root("sso", "PutInlinePolicyToPermissionSet", inline).await.unwrap();
        let assignment = of(&on_set)
            .with("TargetId", "123456789012")
            .with("TargetType", "AWS_ACCOUNT")
            .with("PrincipalType", "USER")
            .with("PrincipalId", JANE);
        root("sso", "CreateAccountAssignment", assignment).await.unwrap();
        let first = root("portcullis", "SetPersonPassword", of(&[("User", "jane")])).await.unwrap();
        let first = first.text("Password").unwrap().to_owned();
        let who = scene.signed_in("jane", &first, "").await.unwrap();
        assert!(session::is_change_due(&scene.ground.service, &who));
        password::change(&scene.ground.service, &facts(), &who, &first, GOOD).await.unwrap();
        scene
    }

    async fn secret(&self, name: &str, given: &str, code: &str) -> Result<String, ApiError> {
        let secret = password::sign_in(&self.ground.service, &facts(), name, given, code).await?;
        Ok(secret.expose_text().to_owned())
    }

    async fn signed_in(&self, name: &str, given: &str, code: &str) -> Result<SignedIn, ApiError> {
        let secret = self.secret(name, given, code).await?;
        Ok(session::by_secret(&self.ground.service, &secret).unwrap())
    }

    async fn call(&self, service: &'static str, operation: &str, input: Value) -> Result<Value, ApiError> {
        self.ground.ask(&Creds::none(), service, operation, input).await
    }

    async fn client(&self) -> Value {
        let input = of(&[("clientName", "cli"), ("clientType", "public")])
            .with("scopes", Value::List(vec![Value::from("sso:account:access")]))
            .with("redirectUris", Value::List(vec![Value::from("http://127.0.0.1/oauth/callback")]));
        let made = self.call("sso-oauth", "RegisterClient", input).await.unwrap();
        let member = |name: &str| made.text(name).unwrap().to_owned();
        Value::structure().with("clientId", member("clientId")).with("clientSecret", member("clientSecret"))
    }

    async fn start(&self, client: &Value) -> (Value, String) {
        let input = client.clone().with("startUrl", START);
        let begun = self.call("sso-oauth", "StartDeviceAuthorization", input).await.unwrap();
        let code = begun.text("userCode").unwrap().to_owned();
        let poll =
            client.clone().with("grantType", DEVICE).with("deviceCode", begun.text("deviceCode").unwrap());
        (poll, code)
    }

    async fn poll(&self, input: &Value) -> Result<Value, ApiError> {
        self.ground.forward(2);
        self.call("sso-oauth", "CreateToken", input.clone()).await
    }

    fn decide(&self, who: &SignedIn, code: &str, is_allowed: bool) -> Result<(), ApiError> {
        let (service, now) = (&self.ground.service, self.ground.service.world.clock.now());
        service.sign_in.waiting.decide(&who.user.id, &who.session.id, code, is_allowed, now).map(drop)
    }

    /// Tokens, by the whole flow.
    async fn tokens(&self) -> (SignedIn, Value, Value) {
        let who = self.signed_in("jane", GOOD, "").await.unwrap();
        let client = self.client().await;
        let (poll, code) = self.start(&client).await;
        self.decide(&who, &code, true).unwrap();
        let tokens = self.poll(&poll).await.unwrap();
        (who, client, tokens)
    }

    async fn portal(&self, operation: &str, token: &str, more: &[(&str, &str)]) -> Result<Value, ApiError> {
        self.call("awsssoportal", operation, of(more).with("accessToken", token)).await
    }

    async fn credentials(&self, token: &str) -> Result<Creds, ApiError> {
        let more = [("accountId", "123456789012"), ("roleName", "Admins")];
        let given = self.portal("GetRoleCredentials", token, &more).await?;
        let given = given.member("roleCredentials").unwrap();
        let credentials = Value::structure()
            .with("AccessKeyId", given.text("accessKeyId").unwrap())
            .with("SecretAccessKey", given.text("secretAccessKey").unwrap())
            .with("SessionToken", given.text("sessionToken").unwrap())
            .with("Expiration", self.ground.service.world.clock.now());
        Ok(Creds::issued(&Value::structure().with("Credentials", credentials)))
    }
}

fn code(outcome: Result<Value, ApiError>) -> String {
    outcome.err().map(|error| error.code.into_owned()).unwrap_or_default()
}

#[tokio::test]
async fn a_client_that_is_let_in_takes_what_its_user_has() {
    let scene = Scene::new().await;
    let who = scene.signed_in("JANE", GOOD, "").await.unwrap();
    let client = scene.client().await;
    let (poll, user_code) = scene.start(&client).await;
    assert_eq!(code(scene.poll(&poll).await), "AuthorizationPendingException");
    assert_eq!(code(scene.call("sso-oauth", "CreateToken", poll.clone()).await), "SlowDownException");
    scene.decide(&who, &user_code.to_lowercase().replace('-', " "), true).unwrap();
    scene.ground.forward(10);
    let tokens = scene.poll(&poll).await.unwrap();
    assert_eq!(code(scene.poll(&poll).await), "ExpiredTokenException", "redeemed once");
    let access = tokens.text("accessToken").unwrap();
    let accounts = scene.portal("ListAccounts", access, &[]).await.unwrap();
    assert_eq!(accounts.list("accountList")[0].text("accountId"), Some("123456789012"));
    let roles = scene.portal("ListAccountRoles", access, &[("accountId", "123456789012")]).await.unwrap();
    assert_eq!(roles.list("roleList")[0].text("roleName"), Some("Admins"));
    let creds = scene.credentials(access).await.unwrap();
    let whoami = scene.ground.ask(&creds, "sts", "GetCallerIdentity", Value::structure()).await.unwrap();
    let arn = whoami.text("Arn").unwrap();
    assert!(arn.contains(":assumed-role/AWSReservedSSO_Admins_") && arn.ends_with("/jane"), "{arn}");
    let nothing = [("accountId", "123456789012"), ("roleName", "Others")];
    assert_eq!(code(scene.portal("GetRoleCredentials", access, &nothing).await), "ForbiddenException");
    for wrong in ["", "nonsense", &access[..access.len() - 2], tokens.text("refreshToken").unwrap()] {
        assert_eq!(code(scene.portal("ListAccounts", wrong, &[]).await), "UnauthorizedException", "{wrong}");
    }
}

#[tokio::test]
async fn whoever_is_not_let_in_or_too_late_gets_nothing() {
    let scene = Scene::new().await;
    let who = scene.signed_in("jane", GOOD, "").await.unwrap();
    let client = scene.client().await;
    let (poll, user_code) = scene.start(&client).await;
    scene.decide(&who, &user_code, false).unwrap();
    assert_eq!(code(scene.poll(&poll).await), "AccessDeniedException");
    let (poll, user_code) = scene.start(&client).await;
    let other = scene.client().await;
    let stolen = poll.clone().with("clientId", other.text("clientId").unwrap());
    let stolen = stolen.with("clientSecret", other.text("clientSecret").unwrap());
    scene.decide(&who, &user_code, true).unwrap();
    assert_eq!(code(scene.poll(&stolen).await), "ExpiredTokenException", "another client's code is none");
    scene.ground.forward(601);
    assert_eq!(code(scene.poll(&poll).await), "ExpiredTokenException");
    assert_eq!(scene.decide(&who, &user_code, true).unwrap_err().status, 404);
    let expired = client.clone().with("startUrl", START);
    scene.ground.forward(90 * 24 * 3600);
    assert_eq!(
        code(scene.call("sso-oauth", "StartDeviceAuthorization", expired).await),
        "InvalidClientException"
    );
}

#[tokio::test]
async fn codes_are_guessed_a_few_times_only() {
    let scene = Scene::new().await;
    let who = scene.signed_in("jane", GOOD, "").await.unwrap();
    let (_, user_code) = scene.start(&scene.client().await).await;
    for _ in 0..super::device::GUESSES {
        assert_eq!(scene.decide(&who, "BBBB-BBBB", true).unwrap_err().status, 404);
    }
    assert_eq!(scene.decide(&who, &user_code, true).unwrap_err().status, 429, "not even the right one");
}

#[tokio::test]
async fn everything_ends_with_the_session_the_user_or_the_password() {
    for ending in ["end", "disable", "delete", "password", "logout", "life"] {
        let scene = Scene::new().await;
        let (_, client, tokens) = scene.tokens().await;
        let access = tokens.text("accessToken").unwrap().to_owned();
        let creds = scene.credentials(&access).await.unwrap();
        let (waiting, user_code) = scene.start(&client).await;
        let who = scene.signed_in("jane", GOOD, "").await.unwrap();
        scene.decide(&who, &user_code, true).unwrap();
        let root = |operation: &'static str| {
            scene.ground.ask(&scene.ground.root, "portcullis", operation, of(&[("User", "jane")]))
        };
        match ending {
            "end" => drop(root("EndPortalSessions").await.unwrap()),
            "disable" => drop(root("DisablePerson").await.unwrap()),
            "password" => drop(root("SetPersonPassword").await.unwrap()),
            "logout" => drop(scene.portal("Logout", &access, &[]).await.unwrap()),
            "life" => scene.ground.forward(8 * 3600),
            _ => {
                let snapshot = scene.ground.service.snapshot();
                let store = snapshot.identity_center.instance().unwrap().store.clone();
                let input = of(&[("IdentityStoreId", &store), ("UserId", JANE)]);
                scene.ground.ask(&scene.ground.root, "identitystore", "DeleteUser", input).await.unwrap();
            }
        }
        assert_eq!(
            code(scene.portal("ListAccounts", &access, &[]).await),
            "UnauthorizedException",
            "{ending}"
        );
        assert_eq!(scene.credentials(&access).await.err().unwrap().code, "UnauthorizedException", "{ending}");
        let refresh = client
            .clone()
            .with("grantType", "refresh_token")
            .with("refreshToken", tokens.text("refreshToken").unwrap());
        assert_eq!(code(scene.poll(&refresh).await), "InvalidGrantException", "{ending}");
        if ending != "logout" {
            let late = scene.poll(&waiting).await;
            assert!(
                ["InvalidGrantException", "ExpiredTokenException"].contains(&code(late).as_str()),
                "{ending}"
            );
        }
        if ending != "life" {
            // Sessions of roles go on: only a deny ends them.
            let goes_on = scene.ground.ask(&creds, "iam", "ListRoles", Value::structure()).await;
            assert!(goes_on.is_ok(), "{ending}");
        }
    }
}

#[tokio::test]
async fn a_refresh_token_gives_the_next_ones_as_long_as_the_session_lasts() {
    let scene = Scene::new().await;
    let (_, client, tokens) = scene.tokens().await;
    let access = tokens.text("accessToken").unwrap().to_owned();
    scene.ground.forward(3600);
    assert_eq!(code(scene.portal("ListAccounts", &access, &[]).await), "UnauthorizedException");
    let refresh = client
        .clone()
        .with("grantType", "refresh_token")
        .with("refreshToken", tokens.text("refreshToken").unwrap());
    let next = scene.poll(&refresh).await.unwrap();
    assert!(scene.portal("ListAccounts", next.text("accessToken").unwrap(), &[]).await.is_ok());
    // A client that is another cannot use it.
    let other = scene.client().await.with("grantType", "refresh_token");
    let stolen = other.with("refreshToken", tokens.text("refreshToken").unwrap());
    assert_eq!(code(scene.poll(&stolen).await), "InvalidGrantException");
}

#[tokio::test]
async fn wrong_passwords_lock_the_person_by_whatever_name_and_unknown_ones_are_answered_alike() {
    let scene = Scene::new().await;
    let refused = async |name: &str, given: &str| scene.secret(name, given, "").await.err();
    let unknown = refused("nobody", GOOD).await.unwrap();
    for name in ["jane", "Jane", "JANE", "jAne", "janE"] {
        assert_eq!(refused(name, "wrong").await.unwrap(), unknown);
    }
    assert_eq!(refused("jane", GOOD).await.unwrap(), unknown, "the right one is not looked at");
    scene.ground.forward(31);
    assert!(refused("jane", GOOD).await.is_none());
    // Near misses of the name are other names.
    for name in ["jane ", " jane", "ｊane", ""] {
        assert_eq!(refused(name, GOOD).await.unwrap(), unknown, "{name:?}");
    }
}

#[tokio::test]
async fn a_code_of_the_app_is_asked_for_once_it_is_set_up() {
    let scene = Scene::new().await;
    let service = &scene.ground.service;
    let who = scene.signed_in("jane", GOOD, "").await.unwrap();
    assert!(authenticator::begin(service, &who, "wrong").await.is_err());
    let shown = authenticator::begin(service, &who, GOOD).await.unwrap();
    let seed = totp_rs::Secret::try_from_base32(shown.key.expose_text()).unwrap();
    let at = |offset: i64| {
        let seconds = service.world.clock.now().seconds() + 30 * offset;
        let totp = totp_rs::Builder::new().with_secret(&*seed).with_skew(0).build_noncompliant();
        totp.generate(u64::try_from(seconds).unwrap())
    };
    assert_eq!(
        authenticator::end(service, &facts(), &who, "000000", "000001").await.unwrap_err().status,
        400
    );
    authenticator::end(service, &facts(), &who, &at(-1).to_string(), &at(0).to_string()).await.unwrap();
    assert_eq!(scene.secret("jane", GOOD, "").await.unwrap_err().status, 401);
    assert_eq!(scene.secret("jane", GOOD, &at(0).to_string()).await.unwrap_err().status, 401, "it was used");
    scene.ground.forward(30);
    let who = scene.signed_in("jane", GOOD, &at(0).to_string()).await.unwrap();
    assert!(who.session.has_mfa);
    scene.ground.forward(30);
    authenticator::remove(service, &facts(), &who, GOOD, &at(0).to_string()).await.unwrap();
    assert!(scene.secret("jane", GOOD, "").await.is_ok());
}

#[tokio::test]
async fn a_browser_brings_a_code_that_only_its_client_redeems_and_once() {
    let scene = Scene::new().await;
    let who = scene.signed_in("jane", GOOD, "").await.unwrap();
    let client = scene.client().await;
    let id = super::client::named(&scene.ground.service, client.text("clientId").unwrap()).unwrap().id;
    let (redirect, verifier) = ("http://127.0.0.1:4711/oauth/callback", "v".repeat(43));
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    let made = || grant::made(&scene.ground.service, &who.session.id, &id, redirect, &challenge);
    let redeem = |given: &str, redirect: &str, verifier: &str| {
        client
            .clone()
            .with("grantType", "authorization_code")
            .with("code", given)
            .with("redirectUri", redirect)
            .with("codeVerifier", verifier)
    };
    let good = made();
    assert!(scene.poll(&redeem(&good, redirect, &verifier)).await.is_ok());
    assert_eq!(code(scene.poll(&redeem(&good, redirect, &verifier)).await), "InvalidGrantException");
    for (redirect, verifier) in
        [("http://127.0.0.1:1/oauth/callback", verifier.as_str()), (redirect, "other")]
    {
        assert_eq!(code(scene.poll(&redeem(&made(), redirect, verifier)).await), "InvalidGrantException");
    }
    let late = made();
    scene.ground.forward(61);
    assert_eq!(code(scene.poll(&redeem(&late, redirect, &verifier)).await), "InvalidGrantException");
}

#[tokio::test]
async fn what_strangers_ask_for_is_held_to_what_there_is() {
    let scene = Scene::new().await;
    let register = |pairs: &[(&str, &str)]| scene.call("sso-oauth", "RegisterClient", of(pairs));
    assert_eq!(
        code(register(&[("clientName", "x"), ("clientType", "secret")]).await),
        "InvalidClientMetadataException"
    );
    assert_eq!(code(register(&[("clientType", "public")]).await), "InvalidRequestException");
    let client = scene.client().await;
    for (start, expected) in [
        ("https://evil.example/start", "InvalidRequestException"),
        ("http://localhost/_portcullis/portal", ""),
        ("http://localhost/_portcullis/portal/#/x", ""),
    ] {
        let input = client.clone().with("startUrl", start);
        assert_eq!(
            code(scene.call("sso-oauth", "StartDeviceAuthorization", input).await),
            expected,
            "{start}"
        );
    }
    let unknown = client.clone().with("grantType", "password");
    assert_eq!(code(scene.poll(&unknown).await), "UnsupportedGrantTypeException");
    let forged = client.clone().with("clientSecret", "x").with("grantType", DEVICE).with("deviceCode", "x");
    assert_eq!(code(scene.poll(&forged).await), "InvalidClientException");
    assert_eq!(
        code(scene.ground.ask(&scene.ground.root, "awsssoportal", "ListAccounts", Value::structure()).await),
        "UnauthorizedException"
    );
    // Nothing of it is in the store: registering and waiting have no record.
    let before = scene.ground.service.engine.revision();
    scene.start(&scene.client().await).await;
    assert_eq!(scene.ground.service.snapshot().revision, before);
    let _ = Arc::strong_count(&scene.ground.service);
}
