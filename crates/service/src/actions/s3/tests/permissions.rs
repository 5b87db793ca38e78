//! What is asked of whom, where one request is about more than one thing.

use super::*;

fn allow_but(denied: &str, resource: &str, condition: &serde_json::Value) -> String {
    let allow = serde_json::json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let deny =
        serde_json::json!({"Effect": "Deny", "Action": denied, "Resource": resource, "Condition": condition});
    serde_json::json!({"Version": "2012-10-17", "Statement": [allow, deny]}).to_string()
}

#[tokio::test]
async fn a_deny_by_the_source_of_a_copy_holds_however_the_source_is_spelled() {
    let store = Store::new().await;
    store.put("secret/a", b"secret").await.unwrap();
    store.put("open/a", b"open").await.unwrap();
    let condition = serde_json::json!({"StringLike": {"s3:x-amz-copy-source": "bucket/secret/*"}});
    let copier = store.ground.user("copier", Some(&allow_but("s3:PutObject", "*", &condition))).await;
    let copy = |source: &str| {
        let input = place("copy").with("CopySource", source);
        let (store, copier) = (Arc::clone(&store), copier.clone());
        async move { store.ground.ask(&copier, "s3", "CopyObject", input).await }
    };
    for spelled in [
        "bucket/secret/a",
        "/bucket/secret/a",
        "bucket/%73ecret/a",
        "/bucket/secret%2Fa",
        "bucket/secret/a?versionId=null",
    ] {
        assert_eq!(copy(spelled).await.unwrap_err().code, "AccessDenied", "{spelled}");
    }
    copy("/bucket/op%65n/a").await.unwrap();
    assert_eq!(store.get("copy").await.unwrap(), b"open");
}

#[tokio::test]
async fn one_event_tells_of_every_refusal_among_many_objects() {
    let store = Store::new().await;
    let keys: Vec<String> = (0..120).map(|number| format!("k{number:03}")).collect();
    for key in &keys {
        store.put(key, b"x").await.unwrap();
    }
    let policy = allow_but("s3:DeleteObject", "arn:aws:s3:::bucket/k11*", &serde_json::json!({}));
    let cleaner = store.ground.user("cleaner", Some(&policy)).await;
    let objects: Value = keys.iter().map(|key| Value::structure().with("Key", key.as_str())).collect();
    let input =
        Value::structure().with("Bucket", BUCKET).with("Delete", Value::structure().with("Objects", objects));
    let answer = store.ground.ask(&cleaner, "s3", "DeleteObjects", input).await.unwrap();
    assert_eq!((answer.list("Deleted").len(), answer.list("Errors").len()), (110, 10));
    let events = store.ground.events().await;
    let events: Vec<_> = events.iter().filter(|event| event.name == "DeleteObjects").collect();
    let [event] = events.as_slice() else { panic!("{} events", events.len()) };
    let event: serde_json::Value = serde_json::from_str(&event.json).unwrap();
    let decisions = event["additionalEventData"]["decisions"].as_array().unwrap();
    let refused: Vec<&str> = decisions.iter().map(|it| it["resource"].as_str().unwrap()).collect();
    let expected: Vec<String> = (110..120).map(|it| format!("arn:aws:s3:::bucket/k{it}")).collect();
    assert_eq!(refused, expected);
}

#[tokio::test]
async fn what_is_uploaded_is_listed_by_its_own_permission_which_knows_no_prefix() {
    let store = Store::new().await;
    store.upload("home/a").await;
    let condition = serde_json::json!({"Null": {"s3:prefix": "true"}});
    let lister = store.ground.user("lister", Some(&allow_but("s3:List*", "*", &condition))).await;
    let input = Value::structure().with("Bucket", BUCKET).with("Prefix", "home/");
    store.ground.ask(&lister, "s3", "ListObjectsV2", input.clone()).await.unwrap();
    let refused = store.ground.ask(&lister, "s3", "ListMultipartUploads", input).await.unwrap_err();
    assert_eq!(refused.code, "AccessDenied");
}

#[tokio::test]
async fn who_began_an_upload_has_no_more_say_over_it_than_its_permissions_give() {
    let store = Store::new().await;
    let only_put = serde_json::json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::bucket/*"}});
    let writer = store.ground.user("writer", Some(&only_put.to_string())).await;
    let answer = store.ground.ask(&writer, "s3", "CreateMultipartUpload", place("k")).await.unwrap();
    let upload = place("k").with("UploadId", answer.text("UploadId").unwrap());
    for operation in ["ListParts", "AbortMultipartUpload"] {
        let refused = store.ground.ask(&writer, "s3", operation, upload.clone()).await.unwrap_err();
        assert_eq!(refused.code, "AccessDenied", "{operation}");
    }
    // An id opens nothing under another key.
    let elsewhere = place("other").with("UploadId", upload.text("UploadId").unwrap());
    let absent = store.ask("AbortMultipartUpload", elsewhere).await.unwrap_err();
    assert_eq!(absent.code, "NoSuchUpload");
    store.ask("AbortMultipartUpload", upload).await.unwrap();
}
