//! A whole service in memory behind its bridge, and clients that sign.

#![allow(missing_docs, clippy::expect_used, reason = "a benchmark may end at the first surprise")]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use portcullis_base::world::World;
use portcullis_base::{AccountId, Secret};
use portcullis_server::bridge::{Bridge, WrittenInputs};
use portcullis_service::audit::{AuditLog, AuditSettings};
use portcullis_service::blob::Blobs;
use portcullis_service::bootstrap::{Foundation, GivenRootKey};
use portcullis_service::limits::Limits;
use portcullis_service::service::Settings;
use portcullis_store::{Engine, MasterKey};
use portcullis_wire::frame::{Head, Headers};
use portcullis_wire::route::RouteConfig;
use portcullis_wire::sigv4::sign::{Credentials, sign};
use portcullis_wire::sigv4::{PayloadMode, Scope, ServedRegions};
use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;
use tokio::sync::watch;

const PEER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A service that ends with this value.
pub struct Bench {
    pub runtime: Runtime,
    pub bridge: Arc<Bridge>,
    pub world: World,
    pub stop: watch::Sender<bool>,
}

pub fn root() -> Credentials {
    credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
}

pub fn credentials(id: &str, secret: &str) -> Credentials {
    Credentials { access_key_id: id.to_owned(), secret: Secret::from(secret.to_owned()), session_token: None }
}

impl Bench {
    /// One over this store, which may hold something already.
    pub fn on(engine: Arc<dyn Engine>) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let world = World::system();
        let stop = watch::Sender::new(false);
        let bridge = runtime.block_on(bridge(&world, &stop, engine));
        Self { runtime, bridge, world, stop }
    }

    /// Signs and sends a form, and gives the answer's body back.
    pub fn call(&self, credentials: &Credentials, service: &str, form: &str) -> String {
        let request = self.request(credentials, service, form);
        self.runtime.block_on(self.send(request, true))
    }

    pub fn request(&self, credentials: &Credentials, service: &str, form: &str) -> Request<Full<Bytes>> {
        let headers = Headers::new([
            ("host", "127.0.0.1:7070"),
            ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
        ])
        .expect("headers");
        let head = Head::new("POST", "/", None, headers).expect("a head");
        let now = self.world.clock.now();
        let payload = PayloadMode::Sha256(Sha256::digest(form.as_bytes()).into());
        let signed =
            sign(&head, &payload, credentials, &Scope::new(now, "us-east-1", service), now).expect("signed");
        let mut request = Request::builder().method("POST").uri("/");
        for (name, value) in signed.headers.iter() {
            request = request.header(name, value);
        }
        request.body(Full::new(Bytes::copy_from_slice(form.as_bytes()))).expect("a request")
    }

    pub async fn send(&self, request: Request<Full<Bytes>>, must_succeed: bool) -> String {
        let response = Arc::clone(&self.bridge).answer(request, PEER).await;
        let status = response.status();
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        let text = String::from_utf8_lossy(&body).into_owned();
        assert!(!must_succeed || status == 200, "{status}: {text}");
        text
    }
}

async fn bridge(world: &World, stop: &watch::Sender<bool>, engine: Arc<dyn Engine>) -> Arc<Bridge> {
    let audit = AuditLog::open(AuditSettings::new(None), Arc::clone(&engine), world.clone())
        .await
        .expect("an audit log");
    let foundation = Foundation {
        tell_root_key: Box::new(|_| Ok(())),
        inputs: Arc::new(WrittenInputs),
        fetch: Arc::new(portcullis_service::federation::fetch::Nowhere),
        settings: Settings::new(
            AccountId::from_number(123_456_789_012).expect("an account"),
            "us-east-1",
            Limits::default(),
        ),
        world: world.clone(),
        engine,
        blobs: Blobs::in_memory(),
        audit,
        master: MasterKey::generate(world).expect("a key"),
    };
    let given = root();
    let given = GivenRootKey { id: given.access_key_id.parse().expect("an id"), secret: given.secret };
    let (service, _) = foundation.open(Some(given)).await.expect("a service");
    tokio::spawn(Arc::clone(&service).follow(stop.subscribe()));
    tokio::spawn(Arc::clone(&service.audit).run(stop.subscribe()));
    Arc::new(Bridge {
        service,
        regions: ServedRegions::These(vec!["us-east-1".to_owned()]),
        home_region: "us-east-1".to_owned(),
        routes: RouteConfig::default(),
        trusted_proxies: Vec::new(),
        is_secure: false,
    })
}

/// The text of an element in an answer.
pub fn element<'a>(text: &'a str, name: &str) -> &'a str {
    let (_, rest) = text.split_once(&format!("<{name}>")).expect("the element");
    rest.split_once('<').expect("its end").0
}

pub const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}}"#;
pub const ALLOW: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:*","iam:Get*"],"Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"2014-05-07T23:47:00Z"}}}]}"#;

pub fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

pub fn iam(action: &str, pairs: &[(&str, &str)]) -> String {
    format!("Action={action}&Version=2010-05-08&{}", form(pairs))
}

/// A user with a key, a role, and the form that assumes it.
pub struct Scene {
    pub alice: Credentials,
    pub assume: String,
}

impl Bench {
    /// Makes the scene.
    pub fn scene(&self) -> Scene {
        let root = root();
        let policy = |kind: &str, name: &str| {
            let (action, key) = (format!("Put{kind}Policy"), format!("{kind}Name"));
            iam(&action, &[(&key, name), ("PolicyName", "p"), ("PolicyDocument", ALLOW)])
        };
        self.call(&root, "iam", &iam("CreateUser", &[("UserName", "alice")]));
        self.call(&root, "iam", &policy("User", "alice"));
        let role = [("RoleName", "reader"), ("AssumeRolePolicyDocument", TRUST)];
        self.call(&root, "iam", &iam("CreateRole", &role));
        self.call(&root, "iam", &policy("Role", "reader"));
        let made = self.call(&root, "iam", &iam("CreateAccessKey", &[("UserName", "alice")]));
        let alice = credentials(element(&made, "AccessKeyId"), element(&made, "SecretAccessKey"));
        let role = [("RoleArn", "arn:aws:iam::123456789012:role/reader"), ("RoleSessionName", "bench")];
        Scene { alice, assume: format!("Action=AssumeRole&Version=2011-06-15&{}", form(&role)) }
    }

    /// A new session of the role.
    pub fn session(&self, scene: &Scene) -> Credentials {
        let made = self.call(&scene.alice, "sts", &scene.assume);
        let mut session = credentials(element(&made, "AccessKeyId"), element(&made, "SecretAccessKey"));
        session.session_token = Some(Secret::from(element(&made, "SessionToken").to_owned()));
        session
    }
}
