//! Names come back, ids do not: a user or role that is made anew under an old name gets nothing that the old one had.

use super::*;

#[tokio::test]
async fn a_recreated_namesake_is_somebody_else() {
    let ground = Ground::new().await;
    let trust = trust(&["sts:AssumeRole"], "arn:aws:iam::123456789012:root");
    let named = |pairs: &[(&str, &str)]| {
        pairs.iter().fold(Value::structure(), |value, (name, text)| value.with(name, *text))
    };
    let ask =
        async |service, operation: &str, input| ground.ask(&ground.root, service, operation, input).await;
    let who = async |creds: &Creds| {
        let answer = ground.ask(creds, "sts", "GetCallerIdentity", Value::structure()).await;
        answer.map_or_else(|error| error.code.into_owned(), |answer| answer.text("Arn").unwrap().to_owned())
    };
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let role = ground.role("R", &trust, Some(ALLOW_ALL)).await;
    let assume = named(&[("RoleArn", &role), ("RoleSessionName", "s")]);
    let of_role = issued(&ground, &alice, "AssumeRole", assume.clone()).await;
    let of_alice = issued(&ground, &alice, "GetSessionToken", Value::structure()).await;
    let federated = issued(&ground, &alice, "GetFederationToken", named(&[("Name", "f")])).await;
    // A role that trusts alice by name, and a bucket that lets her in.
    let guarded = ground
        .role(
            "Guarded",
            &crate::actions::testing::trust(&["sts:AssumeRole"], "arn:aws:iam::123456789012:user/alice"),
            None,
        )
        .await;
    ask("s3", "CreateBucket", named(&[("Bucket", "box")])).await.unwrap();
    let policy = json!({ "Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::123456789012:user/alice" },
        "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::box",
    }});
    ask("s3", "PutBucketPolicy", named(&[("Bucket", "box"), ("Policy", &policy.to_string())])).await.unwrap();

    for (operation, input) in [
        ("DeleteAccessKey", named(&[("UserName", "alice"), ("AccessKeyId", &alice.key)])),
        ("DeleteUserPolicy", named(&[("UserName", "alice"), ("PolicyName", "own")])),
        ("DeleteUser", named(&[("UserName", "alice")])),
        ("DeleteRolePolicy", named(&[("RoleName", "R"), ("PolicyName", "own")])),
        ("DeleteRole", named(&[("RoleName", "R")])),
    ] {
        ask("iam", operation, input).await.unwrap();
    }
    let reborn = ground.user("alice", None).await;
    let reborn_role = ground.role("R", &trust, Some(ALLOW_ALL)).await;
    assert_eq!(role, reborn_role);
    for creds in [&alice, &of_role, &of_alice, &federated] {
        assert_eq!(who(creds).await, "InvalidClientTokenId");
    }
    assert_eq!(who(&reborn).await, "arn:aws:iam::123456789012:user/alice");
    let guarded = named(&[("RoleArn", &guarded), ("RoleSessionName", "s")]);
    for (service, operation, input) in
        [("sts", "AssumeRole", guarded), ("s3", "ListObjectsV2", named(&[("Bucket", "box")]))]
    {
        let refused = ground.ask(&reborn, service, operation, input).await.unwrap_err();
        assert_eq!(refused.code, "AccessDenied", "{operation}");
    }
}
