//! One verified request, and one AssumeRole, from the frame to the answer, in memory: everything that the server does
//! but the sockets.

#![allow(missing_docs, clippy::expect_used, reason = "a benchmark may end at the first surprise")]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use portcullis_base::world::World;
use portcullis_base::{AccountId, Secret};
use portcullis_server::bridge::Bridge;
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

struct Bench {
    runtime: Runtime,
    bridge: Arc<Bridge>,
    world: World,
    stop: watch::Sender<bool>,
}

fn root() -> Credentials {
    credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
}

fn credentials(id: &str, secret: &str) -> Credentials {
    Credentials { access_key_id: id.to_owned(), secret: Secret::from(secret.to_owned()), session_token: None }
}

impl Bench {
    fn new() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let world = World::system();
        let stop = watch::Sender::new(false);
        let bridge = runtime.block_on(bridge(&world, &stop));
        Self { runtime, bridge, world, stop }
    }

    /// Signs and sends a form, and gives the answer's body back.
    fn call(&self, credentials: &Credentials, service: &str, form: &str) -> String {
        let request = self.request(credentials, service, form);
        self.runtime.block_on(self.send(request, true))
    }

    fn request(&self, credentials: &Credentials, service: &str, form: &str) -> Request<Full<Bytes>> {
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

    async fn send(&self, request: Request<Full<Bytes>>, must_succeed: bool) -> String {
        let response = Arc::clone(&self.bridge).answer(request, PEER).await;
        let status = response.status();
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        let text = String::from_utf8_lossy(&body).into_owned();
        assert!(!must_succeed || status == 200, "{status}: {text}");
        text
    }
}

async fn bridge(world: &World, stop: &watch::Sender<bool>) -> Arc<Bridge> {
    let engine: Arc<dyn Engine> = Arc::new(portcullis_store::memory());
    let audit = AuditLog::open(AuditSettings::new(None), Arc::clone(&engine), world.clone())
        .await
        .expect("an audit log");
    let foundation = Foundation {
        tell_root_key: Box::new(|_| Ok(())),
        settings: Settings {
            account: AccountId::from_number(123_456_789_012).expect("an account"),
            region: "us-east-1".to_owned(),
            limits: Limits::default(),
        },
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
    })
}

/// The text of an element in an answer.
fn element<'a>(text: &'a str, name: &str) -> &'a str {
    let (_, rest) = text.split_once(&format!("<{name}>")).expect("the element");
    rest.split_once('<').expect("its end").0
}

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}}"#;
const ALLOW: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:*","iam:Get*"],"Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"2014-05-07T23:47:00Z"}}}]}"#;

fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn iam(action: &str, pairs: &[(&str, &str)]) -> String {
    format!("Action={action}&Version=2010-05-08&{}", form(pairs))
}

fn requests(criterion: &mut Criterion) {
    let bench = Bench::new();
    let root = root();
    bench.call(&root, "iam", &iam("CreateUser", &[("UserName", "alice")]));
    bench.call(
        &root,
        "iam",
        &iam("PutUserPolicy", &[("UserName", "alice"), ("PolicyName", "p"), ("PolicyDocument", ALLOW)]),
    );
    bench.call(
        &root,
        "iam",
        &iam("CreateRole", &[("RoleName", "reader"), ("AssumeRolePolicyDocument", TRUST)]),
    );
    bench.call(
        &root,
        "iam",
        &iam("PutRolePolicy", &[("RoleName", "reader"), ("PolicyName", "p"), ("PolicyDocument", ALLOW)]),
    );
    let made = bench.call(&root, "iam", &iam("CreateAccessKey", &[("UserName", "alice")]));
    let alice = credentials(element(&made, "AccessKeyId"), element(&made, "SecretAccessKey"));
    let assume = format!(
        "Action=AssumeRole&Version=2011-06-15&{}",
        form(&[("RoleArn", "arn:aws:iam::123456789012:role/reader"), ("RoleSessionName", "bench")])
    );
    let made = bench.call(&alice, "sts", &assume);
    let mut session = credentials(element(&made, "AccessKeyId"), element(&made, "SecretAccessKey"));
    session.session_token = Some(Secret::from(element(&made, "SessionToken").to_owned()));
    let get_role = iam("GetRole", &[("RoleName", "reader")]);

    let mut group = criterion.benchmark_group("request");
    group.measurement_time(Duration::from_secs(5));
    for (name, signer, service, form) in [
        ("GetRole by a role session", &session, "iam", &get_role),
        ("GetRole by a user's key", &alice, "iam", &get_role),
        ("AssumeRole by a user's key", &alice, "sts", &assume),
    ] {
        let request = bench.request(signer, service, form);
        let (parts, body) = request.into_parts();
        group.bench_function(name, |bencher| {
            bencher.to_async(&bench.runtime).iter(|| {
                let request = Request::from_parts(parts.clone(), body.clone());
                bench.send(request, true)
            });
        });
    }
    group.finish();
    bench.stop.send_replace(true);
}

criterion_group!(benches, requests);
criterion_main!(benches);
