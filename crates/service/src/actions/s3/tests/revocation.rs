//! Revocations that come between the begin and the end of a request, and public access.

use super::*;

#[tokio::test]
async fn an_upload_that_is_cut_off_while_it_comes_in_is_not_stored() {
    let store = Store::new().await;
    let alice = store.ground.user("alice", Some(ALLOW_ALL)).await;
    let upload = store.upload("parts").await;
    for (operation, input) in
        [("PutObject", place("k")), ("UploadPart", upload.clone().with("PartNumber", 1_i64))]
    {
        let mut body = pieces(b"half and half");
        body.hook = Some(Box::pin(deny(Arc::clone(&store.ground))));
        let refused = store.send(&alice, operation, input, body).await.err().unwrap();
        assert_eq!((refused.status, refused.code.as_ref()), (403, "AccessDenied"), "{operation}");
        allow(&store.ground).await;
    }
    assert_eq!(store.get("k").await.unwrap_err().code, "NoSuchKey");
    assert_eq!(store.blobs().await, Vec::<String>::new());
    let events = store.ground.events().await;
    assert_eq!(events.iter().filter(|event| event.name == "PutObject").count(), 1);
}

async fn deny(ground: Arc<Ground>) {
    put_bucket_policy(&ground, Some("Deny")).await;
}

async fn allow(ground: &Ground) {
    put_bucket_policy(ground, None).await;
}

/// Denies everybody but root, or takes the policy away again.
async fn put_bucket_policy(ground: &Ground, effect: Option<&str>) {
    let input = Value::structure().with("Bucket", BUCKET);
    match effect {
        None => ground.ask(&ground.root, "s3", "DeleteBucketPolicy", input).await.unwrap(),
        Some(effect) => {
            let arn = "arn:aws:iam::123456789012:root";
            let policy = format!(
                r#"{{"Version":"2012-10-17","Statement":{{"Effect":"{effect}","NotPrincipal":{{"AWS":"{arn}"}},
                "Action":"s3:*","Resource":["arn:aws:s3:::bucket","arn:aws:s3:::bucket/*"]}}}}"#
            );
            ground.ask(&ground.root, "s3", "PutBucketPolicy", input.with("Policy", policy)).await.unwrap()
        }
    };
}

#[tokio::test]
async fn a_download_is_cut_off_by_a_revocation_and_by_nothing_else() {
    let store = Store::new().await;
    let content: Vec<u8> = (0..1_500_000_u32).map(|n| n.to_le_bytes()[1]).collect();
    store.put("k", &content).await.unwrap();
    let alice = store.ground.user("alice", Some(ALLOW_ALL)).await;
    let mut bytes = download(&store, &alice).await;
    assert!(bytes.try_next().await.unwrap().is_some());
    // Something that changes the policies, but not for her; and somebody who overwrites the object.
    store.ground.user("bob", Some(DENY_ALL)).await;
    store.put("k", b"another").await.unwrap();
    let rest: Vec<Bytes> = bytes.try_collect().await.unwrap();
    assert_eq!(rest.concat(), content[256 * 1024..]);
    store.put("k", &content).await.unwrap();
    let mut bytes = download(&store, &alice).await;
    assert!(bytes.try_next().await.unwrap().is_some());
    put_bucket_policy(&store.ground, Some("Deny")).await;
    assert_eq!(bytes.try_next().await.unwrap_err().status, 403);
    drop(bytes);
    assert_eq!(store.blobs().await.len(), 1);
    let cut: Vec<_> =
        store.ground.events().await.into_iter().filter(|event| event.name == "DownloadCutOff").collect();
    assert_eq!(cut.len(), 1);
    assert_eq!(cut[0].access_key_id.as_deref(), Some(&*alice.key));
    assert!(cut[0].json.contains(r#""bytesTransferredOut":262144"#) && cut[0].json.contains("explicit deny"));
}

async fn download(store: &Store, creds: &Creds) -> ByteStream {
    store.ground.output(creds, "s3", "GetObject", place("k")).await.unwrap().stream.unwrap().1
}

#[tokio::test]
async fn a_revoked_principal_completes_nothing_and_an_administrator_clears_up() {
    let store = Store::new().await;
    let alice = store.ground.user("alice", Some(ALLOW_ALL)).await;
    let upload = store.upload("k").await;
    let etag = store.part(&upload, 1, b"part").await.unwrap();
    deny(Arc::clone(&store.ground)).await;
    let complete = upload.clone().with("MultipartUpload", listed(&[(1, etag)]));
    let refused = store.ground.ask(&alice, "s3", "CompleteMultipartUpload", complete).await.unwrap_err();
    assert_eq!(refused.status, 403);
    assert_eq!(store.blobs().await.len(), 1);
    store.ask("AbortMultipartUpload", upload.clone()).await.unwrap();
    assert_eq!(store.blobs().await, Vec::<String>::new());
    assert!(store.keys("q/").await.is_empty() && store.keys("u/").await.is_empty());
    assert_eq!(store.part(&upload, 2, b"late").await.unwrap_err().code, "NoSuchUpload");
    assert_eq!(store.blobs().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_public_policy_is_blocked_and_restricted() {
    let store = Store::new().await;
    store.put("k", b"content").await.unwrap();
    let bucket = || Value::structure().with("Bucket", BUCKET);
    let open = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*",
        "Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}}"#;
    let put = bucket().with("Policy", open);
    assert_eq!(store.ask("PutBucketPolicy", put.clone()).await.unwrap_err().code, "AccessDenied");
    store.ask("DeletePublicAccessBlock", bucket()).await.unwrap();
    store.ask("PutBucketPolicy", put).await.unwrap();
    let status = store.ask("GetBucketPolicyStatus", bucket()).await.unwrap();
    assert_eq!(status.member("PolicyStatus").unwrap().bool("IsPublic"), Some(true));
    let anonymous = |key| {
        let ground = Arc::clone(&store.ground);
        async move { ground.output(&Creds::none(), "s3", "GetObject", place(key)).await }
    };
    assert!(anonymous("k").await.is_ok());
    assert_eq!(anonymous("absent").await.err().unwrap().code, "AccessDenied");
    let restrict = Value::structure().with("RestrictPublicBuckets", true);
    store
        .ask("PutPublicAccessBlock", bucket().with("PublicAccessBlockConfiguration", restrict))
        .await
        .unwrap();
    assert_eq!(anonymous("k").await.err().unwrap().code, "AccessDenied");
    let nobody = store.ground.user("nobody", None).await;
    let own = store.ground.output(&nobody, "s3", "GetObject", place("k")).await;
    assert!(own.is_ok(), "a principal of the owner's account keeps what the policy grants");
}
