//! Requests as they come off the wire: heads that cannot be read, hosts, scopes, bodies.

use http_body_util::Full;
use hyper::Version;
use portcullis_base::shape::Protocol;
use portcullis_base::world::World;
use portcullis_base::{AccountId, Secret};
use portcullis_service::audit::{AuditEvent, AuditLog, AuditSettings, LookupQuery};
use portcullis_service::blob::Blobs;
use portcullis_service::bootstrap::{Foundation, GivenRootKey};
use portcullis_service::error::Family;
use portcullis_service::limits::Limits;
use portcullis_service::service::Settings;
use portcullis_store::{Engine, MasterKey, memory};
use portcullis_wire::sigv4::sign::{Credentials, sign};
use portcullis_wire::sigv4::{PayloadMode, Scope};
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use super::*;

const KEY: &str = "AKIAROOTROOTROOTROOT";
const SECRET: &str = "root-secret-root-secret";
const PEER: [u8; 4] = [192, 0, 2, 7];

pub(crate) struct Ground {
    pub bridge: Arc<Bridge>,
    world: World,
    stop: watch::Sender<bool>,
}

impl Drop for Ground {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub headers: hyper::HeaderMap,
    pub body: String,
}

impl Answer {
    fn code(&self) -> &str {
        let rest = self.body.split_once("<Code>").map_or("", |(_, rest)| rest);
        rest.split_once('<').map_or("", |(code, _)| code)
    }
}

impl Ground {
    pub async fn new() -> Self {
        let world = World::system();
        let engine: Arc<dyn Engine> = Arc::new(memory());
        let audit =
            AuditLog::open(AuditSettings::new(None), Arc::clone(&engine), world.clone()).await.unwrap();
        let foundation = Foundation {
            settings: Settings::new(
                AccountId::from_number(123_456_789_012).unwrap(),
                "us-east-1",
                Limits::default(),
            ),
            world: world.clone(),
            engine,
            blobs: Blobs::in_memory(),
            audit,
            master: MasterKey::generate(&world).unwrap(),
            tell_root_key: Box::new(|_| Ok(())),
            inputs: Arc::new(WrittenInputs),
            fetch: Arc::new(portcullis_service::federation::fetch::Nowhere),
        };
        let root = GivenRootKey { id: KEY.parse().unwrap(), secret: SECRET.to_owned().into() };
        let (service, _) = foundation.open(Some(root)).await.unwrap();
        let stop = watch::Sender::new(false);
        tokio::spawn(Arc::clone(&service).follow(stop.subscribe()));
        let bridge = Arc::new(Bridge {
            service,
            regions: ServedRegions::These(vec!["us-east-1".to_owned(), "eu-west-1".to_owned()]),
            home_region: "us-east-1".to_owned(),
            routes: RouteConfig { domains: vec!["s3.test".to_owned()] },
            trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
            is_secure: false,
        });
        Self { bridge, world, stop }
    }

    pub async fn send(&self, request: Request<Full<Bytes>>) -> Answer {
        self.send_from(request, PEER.into()).await
    }

    async fn send_from(&self, request: Request<Full<Bytes>>, peer: IpAddr) -> Answer {
        let response = Arc::clone(&self.bridge).answer(request, peer).await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// A request that root signs for this service.
    pub fn signed(
        &self,
        service: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Request<Full<Bytes>> {
        let (bare, query) = path.split_once('?').map_or((path, None), |(bare, query)| (bare, Some(query)));
        let mut given = vec![("host", "localhost")];
        if headers.iter().any(|(name, _)| *name == "host") {
            given.clear();
        }
        given.extend(headers);
        let head = Head::new(method, bare, query, Headers::new(given).unwrap()).unwrap();
        let now = self.world.clock.now();
        let payload = PayloadMode::Sha256(Sha256::digest(body).into());
        let root = Credentials {
            access_key_id: KEY.to_owned(),
            secret: Secret::from(SECRET.to_owned()),
            session_token: None,
        };
        let signed = sign(&head, &payload, &root, &Scope::new(now, "us-east-1", service), now).unwrap();
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in signed.headers.iter() {
            request = request.header(name, value);
        }
        request.body(Full::new(Bytes::copy_from_slice(body.as_bytes()))).unwrap()
    }

    async fn events(&self) -> Vec<Arc<AuditEvent>> {
        let service = &self.bridge.service;
        let query = LookupQuery {
            account: service.settings.account,
            attribute: None,
            start: None,
            end: None,
            max_results: 1000,
            resume: None,
        };
        let events = service.audit.lookup(query).await.unwrap().events;
        events.into_iter().filter(|event| !event.name.starts_with("Root")).collect()
    }

    /// The records of the events of the request that was answered so.
    async fn records(&self, answer: &Answer) -> Vec<serde_json::Value> {
        let id = answer.headers["x-amzn-requestid"].to_str().unwrap();
        let records = self.events().await.into_iter().map(|event| serde_json::from_str(&event.json).unwrap());
        records.filter(|record: &serde_json::Value| record["requestID"] == id).collect()
    }
}

fn bare(request: hyper::http::request::Builder) -> Request<Full<Bytes>> {
    request.body(Full::new(Bytes::new())).unwrap()
}

const WHO: &str = "Action=GetCallerIdentity&Version=2011-06-15";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

#[tokio::test]
async fn what_cannot_be_read_is_refused_named_and_recorded_once() {
    let ground = Ground::new().await;
    let with_header = |name: &str, value: &[u8]| bare(Request::builder().uri("/").header(name, value));
    for (request, told) in [
        (with_header("user-agent", b"caf\xe9"), "the header 'user-agent' is not text"),
        (with_header("x-amz-meta-a", b"\xff"), "the header 'x-amz-meta-a' is not text"),
        (bare(Request::builder().uri("http://localhost/bucket/key")), "the request target is not a path"),
        (bare(Request::builder().method("OPTIONS").uri("*")), "percent-encoded path"),
        (bare(Request::builder().uri("/a?b=%zz")), "the query string is not percent-encoded"),
        (bare(Request::builder().uri("/%ff")), "percent-encoded path"),
    ] {
        let answer = ground.send(request).await;
        assert_eq!((answer.status, answer.code()), (400, "BadRequest"), "{answer:?}");
        assert!(answer.body.contains(told), "{answer:?}");
        assert!(answer.headers.contains_key("x-portcullis-revision"));
        let records = ground.records(&answer).await;
        assert_eq!(records.len(), 1, "{answer:?}");
        assert_eq!(records[0]["errorCode"], "BadRequest");
        assert_eq!(records[0]["userIdentity"]["unauthenticated"], true);
        assert_eq!(records[0]["sourceIPAddress"], "192.0.2.7");
    }
    assert!(
        ground.events().await.iter().any(|event| event.json.contains("caf\u{fffd}")),
        "as much as can be read"
    );
}

#[tokio::test]
async fn every_answer_names_its_request() {
    let ground = Ground::new().await;
    for (path, status) in [("/_portcullis/health", 200), ("/_portcullis/other", 404), ("/.well-known/x", 404)]
    {
        let answer = ground.send(bare(Request::builder().uri(path).header("host", "localhost"))).await;
        assert_eq!(answer.status, status, "{path}");
        for name in ["x-amzn-requestid", "x-portcullis-revision"] {
            assert!(answer.headers.contains_key(name), "{path} {name}");
        }
    }
    assert!(ground.events().await.is_empty(), "the server's own paths are no events");
}

#[tokio::test]
async fn a_host_that_names_a_bucket_comes_before_the_servers_own_paths() {
    let ground = Ground::new().await;
    let host = ("host", "photos.s3.test");
    let made = ground.signed("s3", "PUT", "/", &[host], "");
    assert_eq!(ground.send(made).await.status, 200);
    let put = ground.signed("s3", "PUT", "/_portcullis/health", &[host], "mine");
    assert_eq!(ground.send(put).await.status, 200);
    let got = ground.send(ground.signed("s3", "GET", "/_portcullis/health", &[host], "")).await;
    assert_eq!((got.status, got.body.as_str()), (200, "mine"));
    let other =
        ground.send(bare(Request::builder().uri("/_portcullis/health").header("host", "s3.test"))).await;
    assert_eq!(other.body, "ready\n");
}

#[tokio::test]
async fn a_scope_of_another_service_opens_no_bucket() {
    let ground = Ground::new().await;
    let host = ("host", "photos.s3.test");
    assert_eq!(ground.send(ground.signed("s3", "PUT", "/", &[host], "")).await.status, 200);
    for service in ["iam", "sts", "cloudtrail", "ec2"] {
        let answer = ground.send(ground.signed(service, "GET", "/", &[host], "")).await;
        assert_eq!(
            (answer.status, answer.code()),
            (400, "AuthorizationHeaderMalformed"),
            "{service} {answer:?}"
        );
    }
    assert_eq!(ground.send(ground.signed("s3", "GET", "/", &[host], "")).await.status, 200);
}

#[tokio::test]
async fn a_revision_that_is_none_is_refused_and_not_passed_over() {
    let ground = Ground::new().await;
    for (value, status) in [("0", 200), ("-1", 400), ("", 400), ("1e3", 400), ("99999999999999999999", 400)] {
        let headers = [FORM, ("x-portcullis-min-revision", value)];
        let answer = ground.send(ground.signed("sts", "POST", "/", &headers, WHO)).await;
        assert_eq!(answer.status, status, "{value:?} {answer:?}");
        assert_eq!(ground.records(&answer).await.len(), 1, "{value:?}");
    }
}

#[tokio::test]
async fn the_source_is_the_peer_unless_a_trusted_proxy_tells_of_another() {
    let ground = Ground::new().await;
    let (proxy, stranger) = ([10, 0, 0, 1].into(), PEER.into());
    for (peer, forwarded, source) in [
        (stranger, "203.0.113.9", "192.0.2.7"),
        (proxy, "203.0.113.9", "203.0.113.9"),
        (proxy, "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        (proxy, "1.1.1.1, 203.0.113.9, 10.9.9.9", "203.0.113.9"),
        (proxy, "junk, 203.0.113.9:4711", "203.0.113.9"),
        (proxy, "[2001:db8::1]:4711", "2001:db8::1"),
        (proxy, "[2001:db8::1]", "2001:db8::1"),
        (proxy, "::ffff:203.0.113.9", "203.0.113.9"),
        (proxy, "203.0.113.9, junk", "10.0.0.1"),
    ] {
        let headers = [FORM, ("x-forwarded-for", forwarded)];
        let answer = ground.send_from(ground.signed("sts", "POST", "/", &headers, WHO), peer).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(ground.records(&answer).await[0]["sourceIPAddress"], source, "{forwarded:?}");
    }
}

#[tokio::test]
async fn an_http_2_request_is_known_by_its_authority() {
    let ground = Ground::new().await;
    let mut request = ground.signed("s3", "PUT", "/", &[("host", "photos.s3.test")], "");
    request.headers_mut().remove("host");
    *request.uri_mut() = "http://photos.s3.test/".parse().unwrap();
    *request.version_mut() = Version::HTTP_2;
    assert_eq!(ground.send(request).await.status, 200);
    assert!(ground.bridge.service.snapshot().bucket("photos").is_some());
}

#[tokio::test]
async fn an_answer_to_head_tells_the_length_and_has_no_body_and_304_has_neither() {
    let ground = Ground::new().await;
    for (method, path, body) in [("PUT", "/photos", ""), ("PUT", "/photos/k", "hello")] {
        assert_eq!(ground.send(ground.signed("s3", method, path, &[], body)).await.status, 200);
    }
    let head = ground.send(ground.signed("s3", "HEAD", "/photos/k", &[], "")).await;
    assert_eq!(
        (head.status, head.body.as_str(), &head.headers["content-length"]),
        (200, "", &"5".parse().unwrap())
    );
    let etag = head.headers["etag"].to_str().unwrap().to_owned();
    let same = ground.send(ground.signed("s3", "GET", "/photos/k", &[("if-none-match", &etag)], "")).await;
    assert_eq!((same.status, same.body.as_str()), (304, ""));
    assert!(!same.headers.contains_key("content-length") && same.headers.contains_key("etag"));
    let absent = ground.send(ground.signed("s3", "HEAD", "/photos/none", &[], "")).await;
    assert_eq!((absent.status, absent.body.as_str()), (404, ""));
    let failed = ground.send(ground.signed("s3", "HEAD", "/photos/k", &[("if-match", "\"x\"")], "")).await;
    assert_eq!((failed.status, failed.body.as_str()), (412, ""));
    for answer in [&head, &same, &absent, &failed] {
        assert_eq!(ground.records(answer).await.len(), 1);
    }
}

#[tokio::test]
async fn an_access_token_is_no_fact_of_a_request() {
    let ground = Ground::new().await;
    let headers =
        [("x-amz-sso_bearer_token", "secret"), ("X-Amz-Security-Token", "secret"), ("x-amz-acl", "private")];
    let head = Head::new("GET", "/assignment/accounts", None, Headers::new(headers).unwrap()).unwrap();
    let facts = ground.bridge.facts(&head, PEER.into(), &sigv4::present(&head), Some("awsssoportal"));
    assert_eq!(facts.headers, [("x-amz-acl".to_owned(), "private".to_owned())]);
}

#[tokio::test]
async fn an_operation_that_nobody_serves_is_refused_in_the_words_of_its_protocol() {
    let ground = Ground::new().await;
    let kind = [("content-type", "application/json")];
    let answer = ground.send(ground.signed("sso-oauth", "POST", "/token?aws_iam=t", &kind, "{}")).await;
    assert_eq!(
        (answer.status, answer.headers["x-amzn-errortype"].as_bytes()),
        (400, &b"UnknownOperationException"[..])
    );
    assert!(answer.body.contains(r#""error":"unknown_operation""#), "{}", answer.body);
    let nowhere = ground.send(ground.signed("awsssoportal", "GET", "/nowhere", &[], "")).await;
    assert_eq!(
        (nowhere.status, nowhere.headers["x-amzn-errortype"].as_bytes()),
        (404, &b"UnknownOperationException"[..])
    );
}

#[test]
fn the_service_spells_errors_as_the_protocol_needs_them() {
    for model in portcullis_wire::protocol::models() {
        let is_rest = model.protocol == Protocol::RestJson;
        assert_eq!(Family::of(&model.service) == Family::RestJson, is_rest, "{}", model.service);
    }
}
