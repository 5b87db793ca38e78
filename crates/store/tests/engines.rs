//! Both engines keep what the suite says.

use std::sync::{Arc, Mutex};

use portcullis_store::{
    EmbeddedEngine, Engine,
    conformance::{self, Scratch},
    memory,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_memory_engine_conforms() {
    conformance::run(|| Arc::new(memory())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_embedded_engine_conforms() {
    let directories = Mutex::new(Vec::new());
    conformance::run(|| {
        let scratch = Scratch::new("conformance");
        let engine: Arc<dyn Engine> = Arc::new(EmbeddedEngine::open(scratch.path()).unwrap());
        directories.lock().unwrap().push(scratch);
        engine
    })
    .await;
    assert_eq!(directories.lock().unwrap().len(), conformance::cases());
}
