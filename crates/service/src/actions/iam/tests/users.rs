//! Users, tags and boundaries.

use super::*;

#[tokio::test]
async fn a_user_is_made_shown_moved_and_deleted_and_keeps_its_id() {
    let ground = Ground::new().await;
    let input = of(&[("UserName", "Alice"), ("Path", "/a/b/")]).with("Tags", tags(&[("team", "blue")]));
    let made = call(&ground, &ground.root, "CreateUser", input).await.unwrap();
    let made = made.member("User").unwrap();
    assert_eq!(made.text("Arn"), Some(arn("user/a/b/Alice").as_str()));
    let found = done(&ground, "GetUser", &[("UserName", "aLICE")]).await;
    assert_eq!(found.member("User"), Some(made), "lookup takes any case and gives the stored one");
    assert_eq!(made.list("Tags"), tags(&[("team", "blue")]).as_list());

    let renamed = [("UserName", "Alice"), ("NewUserName", "Bob"), ("NewPath", "/c/")];
    done(&ground, "UpdateUser", &renamed).await;
    let moved = done(&ground, "GetUser", &[("UserName", "Bob")]).await;
    let moved = moved.member("User").unwrap();
    assert_eq!(moved.text("UserId"), made.text("UserId"));
    assert_eq!(moved.text("Arn"), Some(arn("user/c/Bob").as_str()));
    done(&ground, "UpdateUser", &[("UserName", "Bob"), ("NewUserName", "BOB")]).await;

    done(&ground, "DeleteUser", &[("UserName", "bob")]).await;
    let gone = refused(&ground, "GetUser", &[("UserName", "BOB")]).await;
    assert_eq!(gone, error("NoSuchEntity", 404, "The user with name BOB cannot be found."));
}

#[tokio::test]
async fn a_name_is_taken_whatever_its_case_and_path() {
    let ground = Ground::new().await;
    done(&ground, "CreateUser", &[("UserName", "admin")]).await;
    let taken = refused(&ground, "CreateUser", &[("UserName", "Admin"), ("Path", "/x/")]).await;
    assert_eq!(taken, error("EntityAlreadyExists", 409, "User with name Admin already exists."));
    done(&ground, "CreateUser", &[("UserName", "other")]).await;
    let taken = refused(&ground, "UpdateUser", &[("UserName", "other"), ("NewUserName", "ADMIN")]).await;
    assert_eq!(taken.0, "EntityAlreadyExists");
}

#[tokio::test]
async fn a_user_is_deleted_when_nothing_is_left_of_it() {
    let ground = Ground::new().await;
    let policy = ground.policy("p", ALLOW_ALL).await;
    let user = ("UserName", "u");
    done(&ground, "CreateUser", &[user, ("PermissionsBoundary", &policy)]).await;
    done(&ground, "CreateGroup", &[("GroupName", "g")]).await;
    done(&ground, "AddUserToGroup", &[("GroupName", "g"), user]).await;
    done(&ground, "AttachUserPolicy", &[user, ("PolicyArn", &policy)]).await;
    done(&ground, "PutUserPolicy", &[user, ("PolicyName", "in"), ("PolicyDocument", ALLOW_ALL)]).await;
    let key = done(&ground, "CreateAccessKey", &[user]).await;
    let key = key.member("AccessKey").unwrap().text("AccessKeyId").unwrap().to_owned();
    let steps: [(&str, &str, Members<'_>); 4] = [
        ("must detach all policies first.", "DetachUserPolicy", &[user, ("PolicyArn", &policy)]),
        ("must delete policies first.", "DeleteUserPolicy", &[user, ("PolicyName", "in")]),
        ("must remove user from group first.", "RemoveUserFromGroup", &[user, ("GroupName", "g")]),
        ("must delete access keys first.", "DeleteAccessKey", &[user, ("AccessKeyId", &key)]),
    ];
    for (words, undo, input) in steps {
        let conflict = refused(&ground, "DeleteUser", &[user]).await;
        assert_eq!(conflict, error("DeleteConflict", 409, &format!("Cannot delete entity, {words}")));
        done(&ground, undo, input).await;
    }
    // The boundary does not hold it back.
    done(&ground, "DeleteUser", &[user]).await;
}

#[tokio::test]
async fn a_user_called_root_is_a_user_like_others() {
    let ground = Ground::new().await;
    for name in ["root", "Administrator"] {
        done(&ground, "CreateUser", &[("UserName", name), ("Path", "/root/")]).await;
        let key = done(&ground, "CreateAccessKey", &[("UserName", name)]).await;
        let key = key.member("AccessKey").unwrap();
        let creds = Creds {
            key: key.text("AccessKeyId").unwrap().to_owned(),
            secret: key.text("SecretAccessKey").unwrap().to_owned().into(),
            token: None,
        };
        let denied = call(&ground, &creds, "ListUsers", of(&[])).await.unwrap_err();
        assert_eq!(denied.code, "AccessDenied");
    }
    assert_eq!(refused(&ground, "CreateUser", &[("UserName", ":root")]).await.0, "ValidationError");
}

#[tokio::test]
async fn members_that_the_shape_does_not_have_change_nothing() {
    let ground = Ground::new().await;
    let made = done(&ground, "CreateUser", &[("UserName", "plain")]).await;
    let extra = [
        ("UserName", "plain"),
        ("NewPath", "/p/"),
        ("Arn", "arn:aws:iam::123456789012:root"),
        ("UserId", "AIDAAAAAAAAAAAAAAAAAA"),
        ("PolicyArn", "x"),
        ("IsAdmin", "true"),
        ("CreateDate", "2001-01-01T00:00:00Z"),
    ];
    done(&ground, "UpdateUser", &extra).await;
    let after = done(&ground, "GetUser", &[("UserName", "plain")]).await;
    let mut expected = made.member("User").unwrap().clone();
    expected.insert("Path", "/p/");
    expected.insert("Arn", arn("user/p/plain"));
    assert_eq!(after.member("User"), Some(&expected));
}

#[tokio::test]
async fn tags_are_set_by_key_whatever_its_case_and_bounded() {
    let ground = Ground::new().await;
    done(&ground, "CreateUser", &[("UserName", "u")]).await;
    let tag = |pairs: &[(&str, &str)]| of(&[("UserName", "u")]).with("Tags", tags(pairs));
    call(&ground, &ground.root, "TagUser", tag(&[("Team", "blue"), ("desk", "")])).await.unwrap();
    call(&ground, &ground.root, "TagUser", tag(&[("TEAM", "red")])).await.unwrap();
    let listed = done(&ground, "ListUserTags", &[("UserName", "u")]).await;
    assert_eq!(listed.list("Tags"), tags(&[("desk", ""), ("TEAM", "red")]).as_list());
    let twice = call(&ground, &ground.root, "TagUser", tag(&[("a", "1"), ("A", "2")])).await.unwrap_err();
    assert_eq!(twice.code, "InvalidInput");
    assert_eq!(twice.message, "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    let reserved = call(&ground, &ground.root, "TagUser", tag(&[("AWS:x", "1")])).await.unwrap_err();
    assert_eq!((&*reserved.code, reserved.status), ("InvalidInput", 400));

    let keys: Value = ["team", "absent"].into_iter().map(Value::from).collect();
    let untag = of(&[("UserName", "u")]).with("TagKeys", keys);
    call(&ground, &ground.root, "UntagUser", untag).await.unwrap();
    let many: Vec<String> = (0..49).map(|number| format!("k{number}")).collect();
    let pairs: Vec<(&str, &str)> = many.iter().map(|key| (key.as_str(), "v")).collect();
    call(&ground, &ground.root, "TagUser", tag(&pairs)).await.unwrap();
    let one_more = call(&ground, &ground.root, "TagUser", tag(&[("k49", "v")])).await.unwrap_err();
    assert_eq!((&*one_more.code, one_more.status), ("LimitExceeded", 409));
    call(&ground, &ground.root, "TagUser", tag(&[("K48", "again")])).await.unwrap();
}

#[tokio::test]
async fn a_boundary_is_a_managed_policy_that_exists() {
    let ground = Ground::new().await;
    let policy = ground.policy("limit", ALLOW_ALL).await;
    done(&ground, "CreateUser", &[("UserName", "u")]).await;
    let set = |arn: &str| {
        let arn = arn.to_owned();
        let ground = &ground;
        async move {
            root(ground, "PutUserPermissionsBoundary", &[("UserName", "u"), ("PermissionsBoundary", &arn)])
                .await
                .map_err(|error| (error.code.into_owned(), error.message))
        }
    };
    let own = arn("user/u");
    let message = format!("Value ({own}) for parameter PermissionsBoundary is invalid.");
    assert_eq!(set(&own).await.unwrap_err(), ("ValidationError".to_owned(), message));
    let absent = arn("policy/absent");
    let message = format!("Scope ARN: {absent} does not exist or is not attachable.");
    assert_eq!(set(&absent).await.unwrap_err(), ("NoSuchEntity".to_owned(), message));
    assert_eq!(
        refused(&ground, "DeleteUserPermissionsBoundary", &[("UserName", "u")]).await.0,
        "NoSuchEntity"
    );
    set(&policy).await.unwrap();
    let shown = done(&ground, "GetUser", &[("UserName", "u")]).await;
    let shown = shown.member("User").unwrap().member("PermissionsBoundary").unwrap();
    assert_eq!(shown.text("PermissionsBoundaryArn"), Some(policy.as_str()));
    let used = refused(&ground, "DeletePolicy", &[("PolicyArn", &policy)]).await;
    assert_eq!(used, error("DeleteConflict", 409, "Cannot delete a policy attached to entities."));
    done(&ground, "DeleteUserPermissionsBoundary", &[("UserName", "u")]).await;
    done(&ground, "DeletePolicy", &[("PolicyArn", &policy)]).await;
}
