//! Durable writes of the embedded engine: one at a time, where each waits for its own sync, and 64 in flight,
//! where they share one.

use std::{hint::black_box, sync::Arc};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use portcullis_store::{EmbeddedEngine, Engine, Key, Transaction, conformance::Scratch};

/// Commits made in one go, so that starting them costs little beside them.
const COMMITS: u64 = 256;

async fn commit_many(engine: Arc<EmbeddedEngine>, in_flight: u64) {
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..in_flight {
        let engine = Arc::clone(&engine);
        writers.spawn(async move {
            for n in 0..COMMITS / in_flight {
                let put = Transaction::new().put(Key::text(&format!("k/{writer}/{n}")), vec![7; 512]);
                black_box(engine.commit(put).await).ok();
            }
        });
    }
    writers.join_all().await;
}

fn durable_writes(criterion: &mut Criterion) {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return eprintln!("no runtime: {error}"),
    };
    let mut group = criterion.benchmark_group("durable writes of 512 bytes");
    group.throughput(Throughput::Elements(COMMITS)).sample_size(10);
    for in_flight in [1, 64] {
        let scratch = Scratch::new("bench");
        let engine = match EmbeddedEngine::open(scratch.path()) {
            Ok(engine) => Arc::new(engine),
            Err(error) => return eprintln!("no store: {error}"),
        };
        group.bench_function(format!("{in_flight} in flight"), |bencher| {
            bencher.iter(|| runtime.block_on(commit_many(Arc::clone(&engine), in_flight)));
        });
    }
    group.finish();
}

criterion_group!(benches, durable_writes);
criterion_main!(benches);
