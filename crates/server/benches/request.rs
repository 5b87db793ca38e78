//! One verified request, and one AssumeRole, from the frame to the answer, in memory: everything that the server does
//! but the sockets.

#![allow(missing_docs, clippy::expect_used, reason = "a benchmark may end at the first surprise")]

mod ground;

use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use hyper::Request;

use ground::{Bench, iam};

// The one that is shipped.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn requests(criterion: &mut Criterion) {
    let bench = Bench::on(Arc::new(portcullis_store::memory()));
    let scene = bench.scene();
    let session = bench.session(&scene);
    let get_role = iam("GetRole", &[("RoleName", "reader")]);

    let mut group = criterion.benchmark_group("request");
    group.measurement_time(Duration::from_secs(5));
    for (name, signer, service, form) in [
        ("GetRole by a role session", &session, "iam", &get_role),
        ("GetRole by a user's key", &scene.alice, "iam", &get_role),
        ("AssumeRole by a user's key", &scene.alice, "sts", &scene.assume),
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
