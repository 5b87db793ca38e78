//! What signatures must and must not pass: published cases, attacks, bodies, and properties held against another
//! implementation.

mod attack;
mod digest;
mod form;
mod property;
mod published;
mod stream;

use portcullis_base::{Secret, Timestamp};
use sha2::{Digest, Sha256};

use super::sign::{Credentials, presign, sign};
use super::*;
use crate::frame::Headers;

pub(super) const NOW: &str = "20240507T234700Z";

pub(super) fn now() -> Timestamp {
    Timestamp::parse_amz_date(NOW).unwrap()
}

/// So many seconds from now, or before it.
pub(super) fn later(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(now().seconds() + seconds)
}

pub(super) fn credentials() -> Credentials {
    Credentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
        secret: Secret::from("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned()),
        session_token: None,
    }
}

pub(super) fn head(method: &str, target: &str, headers: &[(&str, &str)]) -> Head {
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let host = [("host", "localhost:7070")];
    Head::new(method, path, query, Headers::new(host.iter().chain(headers).copied()).unwrap()).unwrap()
}

pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

pub(super) fn signed(head: &Head, payload: &PayloadMode, service: &str) -> Head {
    sign(head, payload, &credentials(), &Scope::new(now(), "us-east-1", service), now()).unwrap()
}

pub(super) fn presigned(head: &Head, expires_s: u32) -> Head {
    let scope = Scope::new(now(), "us-east-1", "s3");
    presign(head, &PayloadMode::Unsigned, &credentials(), &scope, now(), expires_s).unwrap()
}

pub(super) fn presented(head: &Head) -> Presented {
    match present(head).unwrap() {
        Presentation::Signed(presented) => *presented,
        Presentation::Unsigned => panic!("the request is not signed"),
    }
}

/// Reads and judges a request with the right secret; the body is empty unless it is S3's.
pub(super) fn judge_at(head: &Head, at: Timestamp) -> Result<Verified, SignatureFault> {
    let Presentation::Signed(presented) = present(head)? else { return Err(SignatureFault::Missing) };
    let body = if presented.scope.service == "s3" { None } else { Some(sha256(b"")) };
    presented.verify(head, &credentials().secret, body, at)
}

pub(super) fn judge(head: &Head) -> Result<Verified, SignatureFault> {
    judge_at(head, now())
}

/// The same head with one header's value changed, added or, with `None`, taken away.
pub(super) fn with_header(head: &Head, name: &str, value: Option<&str>) -> Head {
    let kept = head.headers.iter().filter(|(held, _)| *held != name);
    let fields: Vec<(&str, &str)> = kept.chain(value.map(|value| (name, value))).collect();
    Head::new(&head.method, &head.path, head.query.as_deref(), Headers::new(fields).unwrap()).unwrap()
}

pub(super) fn with_query(head: &Head, query: &str) -> Head {
    Head::new(&head.method, &head.path, Some(query), head.headers.clone()).unwrap()
}

/// The same head with a piece of its Authorization header replaced.
pub(super) fn with_authorization(head: &Head, from: &str, to: &str) -> Head {
    let value = head.headers.get("authorization").unwrap();
    assert!(value.contains(from), "{value} has no {from}");
    with_header(head, "authorization", Some(&value.replace(from, to)))
}
