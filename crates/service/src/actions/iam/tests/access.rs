//! What a permission is asked on: the target and never the caller, with the target's and the request's condition keys.

use super::*;

fn allow(action: &str, resource: &str) -> String {
    allow_if(action, resource, &serde_json::json!({}))
}

fn allow_if(action: &str, resource: &str, condition: &serde_json::Value) -> String {
    let statement = serde_json::json!({"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition});
    serde_json::json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
}

async fn denied(ground: &Ground, creds: &Creds, action: &str, input: Value) -> String {
    let error = call(ground, creds, action, input).await.expect_err(action);
    assert_eq!((&*error.code, error.status), ("AccessDenied", 403), "{error}");
    error.message
}

#[tokio::test]
async fn a_user_may_do_to_itself_what_it_may_not_do_to_others() {
    let ground = Ground::new().await;
    let own = arn("user/${aws:username}");
    let plain = ground.user("plain", Some(&allow("iam:*", &own))).await;
    done(&ground, "CreateUser", &[("UserName", "admin"), ("Path", "/ops/")]).await;
    for action in ["CreateAccessKey", "DeleteUser", "GetUser", "ListAccessKeys"] {
        let message = denied(&ground, &plain, action, of(&[("UserName", "admin")])).await;
        let expected = format!("to perform: iam:{action} on resource: user admin because");
        assert!(message.contains(&expected), "{message}");
        let asked = format!(r#"{{"action":"iam:{action}","resource":"{}""#, arn("user/ops/admin"));
        assert!(ground.events().await.iter().any(|event| event.json.contains(&asked)), "{action}");
    }
    let put = of(&[("UserName", "Admin"), ("PolicyName", "p"), ("PolicyDocument", ALLOW_ALL)]);
    denied(&ground, &plain, "PutUserPolicy", put).await;
    call(&ground, &plain, "CreateAccessKey", of(&[])).await.unwrap();
    call(&ground, &plain, "CreateAccessKey", of(&[("UserName", "PLAIN")])).await.unwrap_err();
    call(&ground, &plain, "GetUser", of(&[("UserName", "PLAIN")])).await.unwrap();
}

#[tokio::test]
async fn whether_a_name_exists_is_not_told_to_who_may_not_ask() {
    let ground = Ground::new().await;
    let plain = ground.user("plain", None).await;
    done(&ground, "CreateUser", &[("UserName", "Hidden"), ("Path", "/deep/")]).await;
    let get = |name: &str| of(&[("UserName", name)]);
    let hidden = denied(&ground, &plain, "GetUser", get("hidden")).await;
    let absent = denied(&ground, &plain, "GetUser", get("absent")).await;
    assert_eq!(hidden.replace("hidden", "absent"), absent);
    let key = done(&ground, "CreateAccessKey", &[("UserName", "Hidden")]).await;
    let key = key.member("AccessKey").unwrap().text("AccessKeyId").unwrap().to_owned();
    let last = |key: &str| of(&[("AccessKeyId", key)]);
    let held = denied(&ground, &plain, "GetAccessKeyLastUsed", last(&key)).await;
    let none = denied(&ground, &plain, "GetAccessKeyLastUsed", last("AKIAAAAAAAAAAAAAAAAA")).await;
    assert_eq!(held.replace(&key, "AKIAAAAAAAAAAAAAAAAA"), none);
    let message = denied(&ground, &plain, "ListUsers", of(&[("PathPrefix", "/ops/")])).await;
    assert!(message.contains(&format!("resource: {} because", arn("user/ops/"))), "{message}");
}

#[tokio::test]
async fn renaming_asks_for_the_old_name_and_the_new() {
    let ground = Ground::new().await;
    let plain = ground.user("plain", Some(&allow("iam:UpdateUser", &arn("user/dev/*")))).await;
    done(&ground, "CreateUser", &[("UserName", "d"), ("Path", "/dev/")]).await;
    let message = denied(&ground, &plain, "UpdateUser", of(&[("UserName", "d"), ("NewPath", "/ops/")])).await;
    assert!(message.contains(&arn("user/ops/d")), "{message}");
    call(&ground, &plain, "UpdateUser", of(&[("UserName", "d"), ("NewUserName", "e")])).await.unwrap();
}

#[tokio::test]
async fn one_policy_may_be_attached_and_another_not() {
    let ground = Ground::new().await;
    let (mine, other) = (ground.policy("mine", ALLOW_ALL).await, ground.policy("other", ALLOW_ALL).await);
    let condition = serde_json::json!({ "ArnEquals": { "iam:PolicyARN": mine } });
    let plain = ground.user("plain", Some(&allow_if("iam:AttachUserPolicy", "*", &condition))).await;
    let attach = |policy: &str| of(&[("UserName", "plain"), ("PolicyArn", policy)]);
    denied(&ground, &plain, "AttachUserPolicy", attach(&other)).await;
    call(&ground, &plain, "AttachUserPolicy", attach(&mine)).await.unwrap();
}

#[tokio::test]
async fn a_delegate_makes_and_grants_within_the_boundary_only() {
    let ground = Ground::new().await;
    let (limit, other) = (ground.policy("limit", ALLOW_ALL).await, ground.policy("other", ALLOW_ALL).await);
    let condition = serde_json::json!({ "StringEquals": { "iam:PermissionsBoundary": limit } });
    let delegate = ground.user("delegate", Some(&allow_if("iam:*", "*", &condition))).await;
    ground.user("free", None).await;
    denied(&ground, &delegate, "CreateUser", of(&[("UserName", "new")])).await;
    denied(&ground, &delegate, "CreateUser", of(&[("UserName", "new"), ("PermissionsBoundary", &other)]))
        .await;
    let bounded = of(&[("UserName", "new"), ("PermissionsBoundary", &limit)]);
    call(&ground, &delegate, "CreateUser", bounded).await.unwrap();
    let put = |name: &str| of(&[("UserName", name), ("PolicyName", "p"), ("PolicyDocument", ALLOW_ALL)]);
    call(&ground, &delegate, "PutUserPolicy", put("new")).await.unwrap();
    denied(&ground, &delegate, "PutUserPolicy", put("free")).await;
    let attach = |name: &str| of(&[("UserName", name), ("PolicyArn", &other)]);
    call(&ground, &delegate, "AttachUserPolicy", attach("new")).await.unwrap();
    denied(&ground, &delegate, "AttachUserPolicy", attach("free")).await;
    let swap = of(&[("UserName", "new"), ("PermissionsBoundary", &other)]);
    denied(&ground, &delegate, "PutUserPermissionsBoundary", swap).await;
}

#[tokio::test]
async fn tags_of_the_target_and_of_the_request_are_condition_keys() {
    let ground = Ground::new().await;
    let make = |name: &str, team: &str| of(&[("UserName", name)]).with("Tags", tags(&[("team", team)]));
    for (key, name) in [("iam:ResourceTag/team", "one"), ("aws:ResourceTag/team", "two")] {
        let condition = serde_json::json!({ "StringEquals": { key: "blue" } });
        let looker = ground.user(name, Some(&allow_if("iam:GetUser", "*", &condition))).await;
        let (blue, red) = (format!("blue-{name}"), format!("red-{name}"));
        call(&ground, &ground.root, "CreateUser", make(&blue, "blue")).await.unwrap();
        call(&ground, &ground.root, "CreateUser", make(&red, "red")).await.unwrap();
        call(&ground, &looker, "GetUser", of(&[("UserName", &blue)])).await.unwrap();
        denied(&ground, &looker, "GetUser", of(&[("UserName", &red)])).await;
    }
    let condition = serde_json::json!({ "StringEquals": { "aws:RequestTag/team": "blue" } });
    let maker = ground.user("maker", Some(&allow_if("iam:*User", "*", &condition))).await;
    denied(&ground, &maker, "CreateUser", make("x", "red")).await;
    denied(&ground, &maker, "CreateUser", of(&[("UserName", "x")])).await;
    call(&ground, &maker, "CreateUser", make("x", "blue")).await.unwrap();
}

#[tokio::test]
async fn a_policy_of_another_account_is_out_of_reach() {
    let ground = Ground::new().await;
    let admin = ground.user("admin", Some(ALLOW_ALL)).await;
    let foreign = "arn:aws:iam::999999999999:policy/theirs";
    denied(&ground, &admin, "GetPolicy", of(&[("PolicyArn", foreign)])).await;
    let attach = of(&[("UserName", "admin"), ("PolicyArn", foreign)]);
    assert_eq!(call(&ground, &admin, "AttachUserPolicy", attach).await.unwrap_err().code, "NoSuchEntity");
}

#[tokio::test]
async fn to_make_with_tags_is_to_tag() {
    let ground = Ground::new().await;
    let trusting = trust(&["sts:AssumeRole"], &arn("root"));
    let kinds = [
        ("User", of(&[("UserName", "new")])),
        ("Role", of(&[("RoleName", "new"), ("AssumeRolePolicyDocument", &trusting)])),
        ("Policy", of(&[("PolicyName", "new"), ("PolicyDocument", ALLOW_ALL)])),
    ];
    for (kind, input) in kinds {
        let (make, tag) = (format!("Create{kind}"), format!("iam:Tag{kind}"));
        let maker = ground.user(&format!("maker-{kind}"), Some(&allow(&format!("iam:{make}"), "*"))).await;
        let tagged = input.clone().with("Tags", tags(&[("team", "admins")]));
        let message = denied(&ground, &maker, &make, tagged.clone()).await;
        assert!(message.contains(&format!("to perform: {tag} on resource: {}", arn(""))), "{message}");
        call(&ground, &maker, &make, input).await.unwrap();
        let both = ground.user(&format!("both-{kind}"), Some(&allow(&format!("iam:*{kind}"), "*"))).await;
        let error = call(&ground, &both, &make, tagged).await.unwrap_err();
        assert_eq!(error.code, "EntityAlreadyExists");
    }
}

#[tokio::test]
async fn the_boundary_of_a_role_protects_it_from_changes() {
    let ground = Ground::new().await;
    let limit = ground.policy("limit", ALLOW_ALL).await;
    let trusting = trust(&["sts:AssumeRole"], &arn("root"));
    let protected =
        [("RoleName", "kept"), ("AssumeRolePolicyDocument", &*trusting), ("PermissionsBoundary", &*limit)];
    done(&ground, "CreateRole", &protected).await;
    done(&ground, "CreateRole", &[("RoleName", "free"), ("AssumeRolePolicyDocument", &trusting)]).await;
    let condition = serde_json::json!({ "StringEquals": { "iam:PermissionsBoundary": limit } });
    let changer = ground.user("changer", Some(&allow_if("iam:*", "*", &condition))).await;
    for action in ["GetRole", "UpdateAssumeRolePolicy", "UpdateRole", "UpdateRoleDescription", "DeleteRole"] {
        let input = |role: &str| {
            let named = of(&[("RoleName", role)]);
            match action {
                "UpdateAssumeRolePolicy" => named.with("PolicyDocument", trusting.as_str()),
                "UpdateRole" | "UpdateRoleDescription" => named.with("Description", "new"),
                _ => named,
            }
        };
        denied(&ground, &changer, action, input("free")).await;
        call(&ground, &changer, action, input("kept")).await.expect(action);
    }
}
