//! A person with a password and a permission set, and a command line that wants to be let in: a whole service, without
//! HTTP.

use std::sync::Arc;

use portcullis_base::{Secret, Value};

use crate::actions::testing::{ACCOUNT, Creds, Ground, facts};
use crate::draft::Draft;
use crate::error::ApiError;
use crate::sign_in::{SignedIn, device, password, session};

/// Who signs in.
pub const JANE: &str = "a1b2c3d4-0000-4000-8000-000000000001";
/// What she signs in with.
pub const PASSWORD: &str = "Correct-Horse-9-Battery";
/// The permission set that she has.
pub const SET: &str = "Readers";
const START: &str = "http://localhost/_portcullis/portal/";
const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A value with these texts.
pub fn of(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().fold(Value::structure(), |value, (name, text)| value.with(name, *text))
}

/// A text of an answer.
pub fn told(answer: &Value, member: &str) -> String {
    answer.text(member).unwrap_or_else(|| panic!("{member} is not told")).to_owned()
}

/// All of it.
pub struct Stage {
    pub ground: Ground,
    /// Id and secret of a client.
    pub client: (String, String),
    /// The permission set's ARN.
    pub set: String,
    instance: String,
}

impl Stage {
    pub async fn new() -> Self {
        let ground = Ground::new().await;
        ground.person(JANE, "jane", true).await;
        let listed = ground.ask(&ground.root, "sso", "ListInstances", Value::structure()).await.unwrap();
        let instance = listed.list("Instances")[0].text("InstanceArn").unwrap().to_owned();
        let mut stage = Self { ground, client: Default::default(), set: String::new(), instance };
        stage.client = stage.register_another().await;
        stage.set_password(JANE).await;
        let made = stage.center("CreatePermissionSet", &[("Name", SET)]).await;
        stage.set = told(made.member("PermissionSet").unwrap(), "PermissionSetArn");
        stage.assignment("CreateAccountAssignment").await;
        stage
    }

    async fn center(&self, operation: &str, pairs: &[(&str, &str)]) -> Value {
        let input = of(pairs).with("InstanceArn", self.instance.as_str());
        self.ground.ask(&self.ground.root, "sso", operation, input).await.unwrap()
    }

    /// Gives Jane the permission set, or takes it away.
    pub async fn assignment(&self, operation: &str) {
        let pairs = [
            ("PermissionSetArn", self.set.as_str()),
            ("TargetId", ACCOUNT),
            ("TargetType", "AWS_ACCOUNT"),
            ("PrincipalType", "USER"),
            ("PrincipalId", JANE),
        ];
        self.center(operation, &pairs).await;
    }

    /// As an administrator does: whoever is signed in as the user is so no longer.
    pub async fn set_password(&self, user: &str) {
        let service = &self.ground.service;
        let hash = password::sealed(service, user, PASSWORD.to_owned().into()).await.unwrap();
        let (snapshot, now) = (service.snapshot(), service.world.clock.now());
        let mut draft = Draft::new();
        password::put(&snapshot, &mut draft, user, hash, false, now);
        self.ground.write(draft).await;
    }

    /// Jane's account is closed to her, or open again.
    pub async fn enable(&self, is_enabled: bool) {
        self.ground.person(JANE, "jane", is_enabled).await;
    }

    pub async fn try_sign_in(&self, name: &str, given: &str) -> Result<Secret, ApiError> {
        password::sign_in(&self.ground.service, &facts(), name, given, "").await
    }

    /// Jane signs in.
    pub async fn sign_in(&self) -> SignedIn {
        let secret = self.try_sign_in("jane", PASSWORD).await.unwrap();
        session::by_secret(&self.ground.service, secret.expose_text()).unwrap()
    }

    /// What anybody may ask, without a signature.
    pub async fn oidc(&self, operation: &str, input: Value) -> Result<Value, ApiError> {
        self.ground.ask(&Creds::none(), "sso-oauth", operation, input).await
    }

    /// Another client of the same name.
    pub async fn register_another(&self) -> (String, String) {
        let input = of(&[("clientName", "cli"), ("clientType", "public")])
            .with("scopes", ["sso:account:access"].into_iter().map(Value::from).collect::<Value>());
        let answer = self.oidc("RegisterClient", input).await.unwrap();
        (told(&answer, "clientId"), told(&answer, "clientSecret"))
    }

    fn as_client(&self, pairs: &[(&str, &str)]) -> Value {
        of(pairs).with("clientId", self.client.0.as_str()).with("clientSecret", self.client.1.as_str())
    }

    /// A client begins to wait: its own code and its user's.
    pub async fn start(&self) -> (String, String) {
        let input = self.as_client(&[("startUrl", START)]);
        let answer = self.oidc("StartDeviceAuthorization", input).await.unwrap();
        (told(&answer, "deviceCode"), told(&answer, "userCode"))
    }

    /// Whoever signed in lets in the client that waits under a code, or not.
    pub fn decide(&self, who: &SignedIn, code: &str, is_allowed: bool) -> Result<device::Shown, ApiError> {
        let service = Arc::clone(&self.ground.service);
        let now = service.world.clock.now();
        service.sign_in.waiting.decide(&who.user.id, &who.session.id, code, is_allowed, now)
    }

    pub async fn token(&self, pairs: &[(&str, &str)]) -> Result<Value, ApiError> {
        self.oidc("CreateToken", self.as_client(pairs)).await
    }

    pub async fn by_device(&self, code: &str) -> Result<Value, ApiError> {
        self.token(&[("grantType", DEVICE), ("deviceCode", code)]).await
    }

    pub async fn refreshed(&self, answer: &Value) -> Result<Value, ApiError> {
        let token = told(answer, "refreshToken");
        self.token(&[("grantType", "refresh_token"), ("refreshToken", &token)]).await
    }

    /// The tokens of a client that was let in.
    pub async fn let_in(&self, who: &SignedIn) -> Value {
        let (device, user) = self.start().await;
        self.decide(who, &user, true).unwrap();
        self.by_device(&device).await.unwrap()
    }

    /// What the holder of tokens asks of the portal.
    pub async fn portal(&self, tokens: &Value, operation: &str) -> Result<Value, ApiError> {
        let input =
            of(&[("accessToken", &told(tokens, "accessToken")), ("accountId", ACCOUNT), ("roleName", SET)]);
        self.ground.ask(&Creds::none(), "awsssoportal", operation, input).await
    }

    /// The code of the refusal of whatever the portal is asked with these tokens; none if nothing is refused.
    pub async fn refusals(&self, tokens: &Value) -> Vec<String> {
        let mut codes = Vec::new();
        for operation in ["ListAccounts", "ListAccountRoles", "GetRoleCredentials"] {
            codes.extend(self.portal(tokens, operation).await.err().map(|error| error.code.into_owned()));
        }
        codes
    }
}
