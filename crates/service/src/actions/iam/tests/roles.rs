//! Roles, trust policies and inline policies.

use super::*;

fn role<'a>(name: &'a str, trusted: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![("RoleName", name), ("AssumeRolePolicyDocument", trusted)]
}

#[tokio::test]
async fn a_role_is_made_shown_changed_and_deleted() {
    let ground = Ground::new().await;
    let trusted = trust(&["sts:AssumeRole"], &arn("root"));
    let mut input = role("Auditor", &trusted);
    input.extend([("Description", "first"), ("Path", "/r/")]);
    let made = call(&ground, &ground.root, "CreateRole", of(&input).with("MaxSessionDuration", 7200_u32))
        .await
        .unwrap();
    assert_eq!(made.member("Role").unwrap().text("Arn"), Some(arn("role/r/Auditor").as_str()));
    let one = ("RoleName", "auditor");
    let shown = |answer: Value| {
        let role = answer.member("Role").unwrap();
        (role.text("Description").map(str::to_owned), role.int("MaxSessionDuration"))
    };
    assert_eq!(shown(done(&ground, "GetRole", &[one]).await), (Some("first".to_owned()), Some(7200)));
    done(&ground, "UpdateRole", &[one]).await;
    assert_eq!(shown(done(&ground, "GetRole", &[one]).await), (Some("first".to_owned()), Some(7200)));
    call(&ground, &ground.root, "UpdateRole", of(&[one]).with("MaxSessionDuration", 3600_u32)).await.unwrap();
    let described = done(&ground, "UpdateRoleDescription", &[one, ("Description", "second")]).await;
    assert_eq!(shown(described), (Some("second".to_owned()), Some(3600)));
    for seconds in [3599_u32, 43_201] {
        let outcome =
            call(&ground, &ground.root, "UpdateRole", of(&[one]).with("MaxSessionDuration", seconds)).await;
        assert_eq!(outcome.unwrap_err().code, "ValidationError");
    }
    let taken = refused(&ground, "CreateRole", &role("AUDITOR", &trusted)).await;
    assert_eq!(taken, error("EntityAlreadyExists", 409, "Role with name AUDITOR already exists."));
    done(&ground, "DeleteRole", &[one]).await;
    let gone = refused(&ground, "GetRole", &[one]).await;
    assert_eq!(gone, error("NoSuchEntity", 404, "The role with name auditor cannot be found."));
}

#[tokio::test]
async fn a_role_is_deleted_when_it_holds_no_policies() {
    let ground = Ground::new().await;
    let policy = ground.policy("p", ALLOW_ALL).await;
    ground.role("r", &trust(&["sts:AssumeRole"], &arn("root")), Some(ALLOW_ALL)).await;
    let one = ("RoleName", "r");
    done(&ground, "AttachRolePolicy", &[one, ("PolicyArn", &policy)]).await;
    let conflict = |words: &str| error("DeleteConflict", 409, words);
    assert_eq!(
        refused(&ground, "DeleteRole", &[one]).await,
        conflict("Cannot delete entity, must detach all policies first.")
    );
    done(&ground, "DetachRolePolicy", &[one, ("PolicyArn", &policy)]).await;
    assert_eq!(
        refused(&ground, "DeleteRole", &[one]).await,
        conflict("Cannot delete entity, must delete policies first.")
    );
    done(&ground, "DeleteRolePolicy", &[one, ("PolicyName", "own")]).await;
    done(&ground, "DeleteRole", &[one]).await;
}

#[tokio::test]
async fn a_trust_policy_keeps_to_the_principal_that_it_was_saved_with() {
    let ground = Ground::new().await;
    let document = |answer: Value| {
        let text = answer.member("Role").unwrap().text("AssumeRolePolicyDocument").unwrap().to_owned();
        percent_encoding::percent_decode_str(&text).decode_utf8().unwrap().into_owned()
    };
    let alice = arn("user/alice");
    let trusted = trust(&["sts:AssumeRole"], &alice);
    let absent = refused(&ground, "CreateRole", &role("r", &trusted)).await;
    let message = format!("Invalid principal in policy: \"AWS\":\"{alice}\"");
    assert_eq!(absent, error("MalformedPolicyDocument", 400, &message));
    let made = done(&ground, "CreateUser", &[("UserName", "alice")]).await;
    let id = made.member("User").unwrap().text("UserId").unwrap().to_owned();
    done(&ground, "CreateRole", &role("r", &trusted)).await;
    let one = ("RoleName", "r");
    assert_eq!(document(done(&ground, "GetRole", &[one]).await), trusted, "byte for byte");

    done(&ground, "UpdateUser", &[("UserName", "alice"), ("NewUserName", "ann")]).await;
    assert_eq!(document(done(&ground, "GetRole", &[one]).await), trusted.replace("user/alice", "user/ann"));
    done(&ground, "DeleteUser", &[("UserName", "ann")]).await;
    done(&ground, "CreateUser", &[("UserName", "alice")]).await;
    assert_eq!(document(done(&ground, "GetRole", &[one]).await), trusted.replace(&alice, &id));
    // Saved anew, the same words mean whoever bears the name now.
    done(&ground, "UpdateAssumeRolePolicy", &[one, ("PolicyDocument", &trusted)]).await;
    assert_eq!(document(done(&ground, "GetRole", &[one]).await), trusted);
}

#[tokio::test]
async fn a_trust_policy_is_small_and_of_its_own_grammar() {
    let ground = Ground::new().await;
    let (code, _, message) = refused(&ground, "CreateRole", &role("r", ALLOW_ALL)).await;
    assert_eq!(code, "MalformedPolicyDocument", "{message}");
    let sized = |value: usize| {
        let statement = serde_json::json!({
            "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": arn("root") },
            "Condition": { "StringEquals": { "sts:ExternalId": "x".repeat(value) } },
        });
        serde_json::json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
    };
    let room = 2048 - sized(0).len();
    let over = refused(&ground, "CreateRole", &role("r", &sized(room + 1))).await;
    assert_eq!(over, error("LimitExceeded", 409, "Cannot exceed quota for ACLSizePerRole: 2048"));
    done(&ground, "CreateRole", &role("r", &sized(room))).await;
}

#[tokio::test]
async fn inline_policies_are_put_replaced_listed_and_bounded_together() {
    let ground = Ground::new().await;
    let one = ("UserName", "u");
    done(&ground, "CreateUser", &[one]).await;
    let sized = |characters: usize| {
        let frame = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::"}}"#;
        let filler = "x".repeat(characters - frame.len());
        frame.replace("s3:::", &format!("s3:::{filler}")).replace(',', ",\n  ")
    };
    let put = async |name: &str, text: &str| {
        root(&ground, "PutUserPolicy", &[one, ("PolicyName", name), ("PolicyDocument", text)]).await
    };
    put("b", &sized(1500)).await.unwrap();
    let over = put("a", &sized(549)).await.unwrap_err();
    assert_eq!((&*over.code, over.status), ("LimitExceeded", 409));
    assert_eq!(over.message, "Maximum policy size of 2048 bytes exceeded for user u");
    put("a", &sized(548)).await.unwrap();
    put("b", &sized(200)).await.unwrap();
    put("a", &sized(1848)).await.unwrap();
    let names = done(&ground, "ListUserPolicies", &[one]).await;
    assert_eq!(names.list("PolicyNames"), [Value::from("a"), Value::from("b")]);
    let shown = done(&ground, "GetUserPolicy", &[one, ("PolicyName", "b")]).await;
    let text = shown.text("PolicyDocument").unwrap();
    assert_eq!(percent_encoding::percent_decode_str(text).decode_utf8().unwrap(), sized(200));
    assert!(text.starts_with("%7B%22Version%22%3A%222012-10-17%22%2C%0A%20%20%22"), "{text}");
    done(&ground, "DeleteUserPolicy", &[one, ("PolicyName", "b")]).await;
    for action in ["GetUserPolicy", "DeleteUserPolicy"] {
        let absent = refused(&ground, action, &[one, ("PolicyName", "b")]).await;
        assert_eq!(absent, error("NoSuchEntity", 404, "The user policy with name b cannot be found."));
    }
    let (code, _, message) =
        refused(&ground, "PutUserPolicy", &[one, ("PolicyName", "c"), ("PolicyDocument", "{")]).await;
    assert_eq!(code, "MalformedPolicyDocument");
    assert!(message.starts_with("Syntax errors in policy."), "{message}");
}

#[tokio::test]
async fn advice_on_a_saved_document_is_counted_and_recorded() {
    let ground = Ground::new().await;
    let array = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":["{}"]}}}}"#,
        arn("root")
    );
    done(&ground, "CreateRole", &role("r", &array)).await;
    let events = ground.events().await;
    let event = events.iter().find(|event| event.name == "CreateRole").unwrap();
    assert!(event.json.contains("bare array"), "{}", event.json);
    assert!(event.resources.contains(&("AWS::IAM::Role".to_owned(), arn("role/r"))));
}

#[tokio::test]
async fn what_aws_keeps_to_itself_is_neither_made_nor_changed() {
    let ground = Ground::new().await;
    let trusted = trust(&["sts:AssumeRole"], &arn("root"));
    for path in ["/aws-reserved/x/", "/aws-service-role/x.amazonaws.com/"] {
        let mut input = role("r", &trusted);
        input.push(("Path", path));
        assert_eq!(refused(&ground, "CreateRole", &input).await.0, "InvalidInput");
    }
    let policy = ground.policy("p", ALLOW_ALL).await;
    reserved_role(&ground).await;
    let one = ("RoleName", "Reserved");
    let changes: [(&str, &[(&str, &str)]); 9] = [
        ("DeleteRole", &[one]),
        ("PutRolePolicy", &[one, ("PolicyName", "p"), ("PolicyDocument", ALLOW_ALL)]),
        ("DeleteRolePolicy", &[one, ("PolicyName", "p")]),
        ("AttachRolePolicy", &[one, ("PolicyArn", &policy)]),
        ("DetachRolePolicy", &[one, ("PolicyArn", &policy)]),
        ("UpdateAssumeRolePolicy", &[one, ("PolicyDocument", &trusted)]),
        ("UpdateRole", &[one]),
        ("UpdateRoleDescription", &[one, ("Description", "d")]),
        ("PutRolePermissionsBoundary", &[one, ("PermissionsBoundary", &policy)]),
    ];
    for (action, input) in changes {
        let (code, status, message) = refused(&ground, action, input).await;
        assert_eq!((code.as_str(), status), ("UnmodifiableEntity", 400), "{action}");
        assert!(message.contains("protected role 'Reserved'"), "{message}");
    }
    done(&ground, "GetRole", &[one]).await;
}

#[tokio::test]
async fn the_last_use_of_a_role_is_told_as_far_as_it_is_known() {
    let ground = Ground::new().await;
    let last_use = async || {
        let answer = done(&ground, "GetRole", &[("RoleName", "r")]).await;
        answer.member("Role").unwrap().member("RoleLastUsed").cloned()
    };
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let trusted = trust(&["sts:AssumeRole"], &arn("user/alice"));
    let role = ground.role("r", &trusted, Some(ALLOW_ALL)).await;
    assert_eq!(last_use().await, Some(Value::structure()));
    let assume = of(&[("RoleArn", &role), ("RoleSessionName", "s")]);
    let session = Creds::issued(&ground.ask(&alice, "sts", "AssumeRole", assume).await.unwrap());
    assert_eq!(last_use().await, Some(Value::structure()), "issuing a session is no use of it");
    call(&ground, &session, "ListUsers", of(&[])).await.unwrap();
    assert_eq!(last_use().await.unwrap().text("Region"), Some("us-east-1"));
    let before = |record: &mut RoleRecord| record.created = portcullis_base::Timestamp::EPOCH;
    ground.role_with("old", &trusted, None, before).await;
    let answer = done(&ground, "GetRole", &[("RoleName", "old")]).await;
    assert_eq!(answer.member("Role").unwrap().member("RoleLastUsed"), None);
}

#[tokio::test]
async fn an_id_that_names_nobody_is_no_principal() {
    let ground = Ground::new().await;
    let made = done(&ground, "CreateUser", &[("UserName", "brief")]).await;
    let id = made.member("User").unwrap().text("UserId").unwrap().to_owned();
    ground.role("r", &trust(&["sts:AssumeRole"], &arn("user/brief")), None).await;
    let by_id = trust(&["sts:AssumeRole"], &id);
    let update = [("RoleName", "r"), ("PolicyDocument", by_id.as_str())];
    done(&ground, "UpdateAssumeRolePolicy", &update).await;
    done(&ground, "DeleteUser", &[("UserName", "brief")]).await;
    let words = format!("Invalid principal in policy: \"AWS\":\"{id}\"");
    let refusal = refused(&ground, "UpdateAssumeRolePolicy", &update).await;
    assert_eq!(refusal, error("MalformedPolicyDocument", 400, &words));
}
