//! Requests that come between each other.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_of_one_key_leak_nothing() {
    let store = Store::new().await;
    let writes =
        (0..255_u8).map(|n| at_once(&store, move |store| async move { store.put("k", &[n; 100]).await }));
    for outcome in join_all(writes).await {
        outcome.unwrap().unwrap();
    }
    assert_eq!(store.blobs().await.len(), 1);
    let content = store.get("k").await.unwrap();
    assert_eq!(content, [content[0]; 100]);
    store.ask("DeleteObject", place("k")).await.unwrap();
    assert_eq!(store.blobs().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parts_that_race_their_completion_are_in_it_or_leave_nothing() {
    for _ in 0..12 {
        let store = Store::new().await;
        let upload = store.upload("k").await;
        let first = store.part(&upload, 1, b"first").await.unwrap();
        let complete = upload.clone().with("MultipartUpload", listed(&[(1, first.clone())]));
        let add = |number, content: &'static [u8]| {
            let upload = upload.clone();
            at_once(&store, move |store| async move { store.part(&upload, number, content).await.map(drop) })
        };
        let again = (0..4).map(|_| add(1, b"first"));
        let other = (0..4).map(|_| add(2, b"x"));
        let completion =
            at_once(
                &store,
                |store| async move { store.ask("CompleteMultipartUpload", complete).await.map(drop) },
            );
        let raced: Vec<_> = again.chain([completion]).chain(other).collect();
        for outcome in join_all(raced).await {
            let outcome = outcome.unwrap();
            assert!(outcome.is_ok() || outcome.is_err_and(|error| error.code == "NoSuchUpload"));
        }
        assert_eq!(store.get("k").await.unwrap(), b"first");
        assert_eq!(store.blobs().await.len(), 1);
        assert!(store.keys("q/").await.is_empty() && store.keys("u/").await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_written_into_a_bucket_that_is_deleted() {
    for _ in 0..12 {
        let store = Store::new().await;
        let upload = store.upload("parts").await;
        let puts = (0..4)
            .map(|_| at_once(&store, |store| async move { store.put("k", b"content").await.map(drop) }));
        let parts = (0..2).map(|_| {
            let upload = upload.clone();
            at_once(&store, |store| async move { store.part(&upload, 1, b"content").await.map(drop) })
        });
        let bucket = Value::structure().with("Bucket", BUCKET);
        let delete =
            at_once(&store, |store| async move { store.ask("DeleteBucket", bucket).await.map(drop) });
        let raced: Vec<_> = parts.chain([delete]).chain(puts).collect();
        for outcome in join_all(raced).await {
            let outcome = outcome.unwrap();
            let is_known = |error: ApiError| {
                matches!(error.code.as_ref(), "NoSuchBucket" | "NoSuchUpload" | "BucketNotEmpty")
            };
            assert!(outcome.is_ok() || outcome.is_err_and(is_known));
        }
        let is_there = store.ground.service.snapshot().bucket(BUCKET).is_some();
        if !is_there {
            assert_eq!(store.blobs().await, Vec::<String>::new());
            assert!(store.keys("o/").await.is_empty() && store.keys("u/").await.is_empty());
            assert!(store.keys("q/").await.is_empty());
        }
    }
}
