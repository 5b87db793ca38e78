//! Many at once, and what is left behind.

use super::*;

#[tokio::test]
async fn a_body_that_fails_leaves_what_was_there() {
    let store = Store::new().await;
    store.put("k", b"old").await.unwrap();
    let mut broken = pieces(b"new content");
    broken.left.push_back(Err(ApiError::caller("IncompleteBody", 400, "the client went away")));
    let refused = store.send(&store.root(), "PutObject", place("k"), broken).await.err().unwrap();
    assert_eq!(refused.code, "IncompleteBody");
    assert_eq!(store.get("k").await.unwrap(), b"old");
    assert_eq!(store.blobs().await.len(), 1);
}

#[tokio::test]
async fn an_object_of_ten_thousand_parts_comes_and_goes_whole() {
    let store = Store::new().await;
    let upload = store.upload("k").await;
    let id = upload.text("UploadId").unwrap().to_owned();
    let etag = hex::encode(Md5::digest(b"part"));
    let mut parts = Vec::new();
    for numbers in (1..=10_000_u16).collect::<Vec<_>>().chunks(50) {
        let mut transaction = Transaction::new();
        for number in numbers {
            let record = PartRecord {
                number: *number,
                blob: format!("{number:032}"),
                size: 5 * 1024 * 1024,
                etag: etag.clone(),
                modified: store.ground.service.world.clock.now(),
                checksum: None,
            };
            transaction = transaction
                .put(Key::part(&id, *number), codec::to_bytes(&record))
                .put(Key::blob(&record.blob), Vec::new());
            parts.push((i64::from(*number), etag.clone()));
        }
        store.ground.service.engine.commit(transaction).await.unwrap();
    }
    // All but the last are used.
    let complete = upload.with("MultipartUpload", listed(&parts[..9_999]));
    let answer = store.ask("CompleteMultipartUpload", complete).await.unwrap();
    assert!(answer.text("ETag").unwrap().ends_with("-9999\""));
    let head = store.ask("HeadObject", place("k")).await.unwrap();
    assert_eq!(head.int("ContentLength"), Some(9_999 * 5 * 1024 * 1024));
    settled(&store, 9_999).await;
    store.put("k", b"").await.unwrap();
    settled(&store, 0).await;
}

/// Waits until so many blobs are marked and no part and no garbage is left.
async fn settled(store: &Store, marked: usize) {
    for _ in 0..1000 {
        let left = store.keys("q/").await.len()
            + store.keys("u/").await.len()
            + store.keys(key::GARBAGE).await.len();
        if left == 0 && store.keys(key::BLOBS).await.len() == marked {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("{} blobs are marked, not {marked}", store.keys(key::BLOBS).await.len());
}

#[tokio::test]
async fn deleting_many_answers_each_alone_and_is_one_event() {
    let store = Store::new().await;
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"},
        {"Effect":"Deny","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::bucket/kept/*"}]}"#;
    let alice = store.ground.user("alice", Some(policy)).await;
    let keys: Vec<String> =
        (0..120).map(|n| format!("{}/{n}", if n % 10 == 0 { "kept" } else { "free" })).collect();
    for key in &keys {
        store.put(key, b"content").await.unwrap();
    }
    let objects: Value = keys.iter().map(|key| Value::structure().with("Key", key.as_str())).collect();
    let input =
        Value::structure().with("Bucket", BUCKET).with("Delete", Value::structure().with("Objects", objects));
    let answer = store.ground.ask(&alice, "s3", "DeleteObjects", input.clone()).await.unwrap();
    assert_eq!((answer.list("Deleted").len(), answer.list("Errors").len()), (108, 12));
    assert!(answer.list("Errors").iter().all(|error| error.text("Code") == Some("AccessDenied")));
    assert_eq!(store.blobs().await.len(), 12);
    let nobody = store.ground.user("nobody", None).await;
    let answer = store.ground.ask(&nobody, "s3", "DeleteObjects", input).await.unwrap();
    assert_eq!((answer.list("Deleted").len(), answer.list("Errors").len()), (0, 120));
    let events = store.ground.events().await;
    assert_eq!(events.iter().filter(|event| event.name == "DeleteObjects").count(), 2);
}

#[tokio::test]
async fn a_start_sweeps_what_a_crash_left() {
    let store = Store::new().await;
    store.put("k", b"content").await.unwrap();
    let service = &store.ground.service;
    let mut stray = service.blobs.begin("00stray").await.unwrap();
    stray.write(&Bytes::from_static(b"stray")).await.unwrap();
    stray.finish().await.unwrap();
    let record = portcullis_store::record::GarbageRecord {
        blobs: vec!["00marked".to_owned()],
        upload: Some("gone".to_owned()),
        bucket: None,
    };
    let left = Transaction::new()
        .put(Key::garbage("1"), codec::to_bytes(&record))
        .put(Key::blob("00marked"), Vec::new())
        .put(Key::part("gone", 7), Vec::new());
    service.engine.commit(left).await.unwrap();
    assert_eq!(sweep(service).await.unwrap(), Swept { records: 1, unfinished: 0, blobs: 1 });
    assert_eq!(sweep(service).await.unwrap(), Swept::default());
    assert_eq!(store.blobs().await.len(), 1);
    assert!(store.keys("q/").await.is_empty());
    assert_eq!(store.get("k").await.unwrap(), b"content");
}
