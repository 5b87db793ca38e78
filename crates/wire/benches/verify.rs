//! How long it takes to judge one signed request, and to check a streamed body.

use std::hint::black_box;

use bytes::Bytes;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use portcullis_base::{Secret, Timestamp};
use portcullis_wire::frame::{Head, Headers};
use portcullis_wire::sigv4::sign::{Credentials, sign};
use portcullis_wire::sigv4::{
    BodyCheck, ChecksumSubject, PayloadMode, Presentation, Scope, Verified, present,
};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn now() -> Timestamp {
    Timestamp::from_seconds(1_715_125_620)
}

fn credentials() -> Credentials {
    Credentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
        secret: Secret::from("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned()),
        session_token: Some(Secret::from("t".repeat(800))),
    }
}

fn signed(target: &str, payload: &PayloadMode) -> Outcome<Head> {
    let headers = [("host", "localhost:7070"), ("x-amz-meta-a", "b"), ("x-amz-decoded-content-length", "0")];
    let head = Head::new("PUT", target, Some("partNumber=1&uploadId=abc"), Headers::new(headers)?)?;
    Ok(sign(&head, payload, &credentials(), &Scope::new(now(), "us-east-1", "s3"), now())?)
}

fn judged(head: &Head, secret: &Secret) -> Outcome<Verified> {
    match present(head)? {
        Presentation::Signed(presented) => Ok(presented.verify(head, secret, None, now())?),
        Presentation::Unsigned => Err("the request is not signed".into()),
    }
}

fn benches(criterion: &mut Criterion) -> Outcome<()> {
    let head = signed("/bucket/some/key.txt", &PayloadMode::Unsigned)?;
    let secret = credentials().secret;
    criterion.bench_function("one signed request, its key remembered", |bencher| {
        bencher.iter(|| judged(black_box(&head), &secret).is_ok());
    });
    let wrong = Secret::from("wrong".to_owned());
    criterion.bench_function("one forged request", |bencher| {
        bencher.iter(|| judged(black_box(&head), &wrong).is_ok());
    });

    let body = Bytes::from(vec![b'x'; 1024 * 1024]);
    let verified = judged(&head, &secret)?;
    let mut group = criterion.benchmark_group("bodies");
    group.throughput(Throughput::Bytes(1024 * 1024));
    group.bench_function("a plain body of 1 MiB, with its MD5", |bencher| {
        bencher.iter_batched(
            || body.clone(),
            |body| {
                let mut check = BodyCheck::new(&head, Some(&verified), ChecksumSubject::Body).ok()?;
                check.push(body).ok()?;
                check.finish().ok()
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
    Ok(())
}

fn run(criterion: &mut Criterion) {
    if let Err(error) = benches(criterion) {
        eprintln!("the benchmark could not be set up: {error}");
    }
}

criterion_group!(verify, run);
criterion_main!(verify);
