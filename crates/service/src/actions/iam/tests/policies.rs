//! Managed policies, their versions and where they are attached.

use super::*;

async fn made(ground: &Ground, name: &str) -> String {
    let answer = done(ground, "CreatePolicy", &[("PolicyName", name), ("PolicyDocument", ALLOW_ALL)]).await;
    answer.member("Policy").unwrap().text("Arn").unwrap().to_owned()
}

#[tokio::test]
async fn a_policy_is_made_shown_and_deleted() {
    let ground = Ground::new().await;
    let input =
        [("PolicyName", "Read"), ("Path", "/p/"), ("Description", "d"), ("PolicyDocument", ALLOW_ALL)];
    done(&ground, "CreatePolicy", &input).await;
    let taken =
        refused(&ground, "CreatePolicy", &[("PolicyName", "READ"), ("PolicyDocument", ALLOW_ALL)]).await;
    let message = "A policy called READ already exists. Duplicate names are not allowed.";
    assert_eq!(taken, error("EntityAlreadyExists", 409, message));
    let one = arn("policy/p/Read");
    let shown = done(&ground, "GetPolicy", &[("PolicyArn", &one)]).await;
    let shown = shown.member("Policy").unwrap();
    assert_eq!((shown.text("DefaultVersionId"), shown.int("AttachmentCount")), (Some("v1"), Some(0)));
    assert_eq!(shown.text("Description"), Some("d"));
    // An ARN is spelled as it is shown, or it names nothing.
    for spelled in
        [arn("policy/p/read"), arn("policy/Read"), "arn:aws:iam::aws:policy/readOnlyAccess".to_owned()]
    {
        let absent = refused(&ground, "GetPolicy", &[("PolicyArn", &spelled)]).await;
        assert_eq!(absent, error("NoSuchEntity", 404, &format!("Policy {spelled} was not found.")));
    }
    let odd = refused(&ground, "GetPolicy", &[("PolicyArn", "twenty-letters-at-least")]).await;
    assert_eq!(odd, error("InvalidInput", 400, "ARN twenty-letters-at-least is not valid."));
    done(&ground, "DeletePolicy", &[("PolicyArn", &one)]).await;
    assert_eq!(refused(&ground, "DeletePolicy", &[("PolicyArn", &one)]).await.0, "NoSuchEntity");
}

#[tokio::test]
async fn a_policy_has_a_size_without_white_space() {
    let ground = Ground::new().await;
    let frame = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::"}}"#;
    let sized = |size: usize| frame.replace("s3:::", &format!("s3:::{}", "x".repeat(size - frame.len())));
    let over =
        refused(&ground, "CreatePolicy", &[("PolicyName", "p"), ("PolicyDocument", &sized(6145))]).await;
    assert_eq!(over, error("LimitExceeded", 409, "Cannot exceed quota for PolicySize: 6144"));
    let padded = format!("{}{}", sized(6144), " ".repeat(500));
    done(&ground, "CreatePolicy", &[("PolicyName", "p"), ("PolicyDocument", &padded)]).await;
}

#[tokio::test]
async fn versions_are_numbered_once_and_five_are_kept() {
    let ground = Ground::new().await;
    let policy = made(&ground, "p").await;
    let one = ("PolicyArn", policy.as_str());
    let add = async || root(&ground, "CreatePolicyVersion", &[one, ("PolicyDocument", DENY_ALL)]).await;
    for expected in ["v2", "v3", "v4", "v5"] {
        let answer = add().await.unwrap();
        let version = answer.member("PolicyVersion").unwrap();
        assert_eq!(
            (version.text("VersionId"), version.bool("IsDefaultVersion")),
            (Some(expected), Some(false))
        );
    }
    let sixth = add().await.unwrap_err();
    assert_eq!((&*sixth.code, sixth.status), ("LimitExceeded", 409));
    assert_eq!(
        sixth.message,
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing \
         version."
    );
    done(&ground, "DeletePolicyVersion", &[one, ("VersionId", "v5")]).await;
    assert_eq!(add().await.unwrap().member("PolicyVersion").unwrap().text("VersionId"), Some("v6"));
    done(&ground, "SetDefaultPolicyVersion", &[one, ("VersionId", "v6")]).await;
    let default = refused(&ground, "DeletePolicyVersion", &[one, ("VersionId", "v6")]).await;
    assert_eq!(default, error("DeleteConflict", 409, "Cannot delete the default version of a policy."));
    for action in ["GetPolicyVersion", "DeletePolicyVersion", "SetDefaultPolicyVersion"] {
        assert_eq!(refused(&ground, action, &[one, ("VersionId", "v5")]).await.0, "NoSuchEntity");
    }
    let listed = done(&ground, "ListPolicyVersions", &[one]).await;
    let ids: Vec<_> =
        listed.list("Versions").iter().map(|version| version.text("VersionId").unwrap()).collect();
    assert_eq!(ids, ["v6", "v4", "v3", "v2", "v1"]);
    assert!(listed.list("Versions").iter().all(|version| version.member("Document").is_none()));
    let (code, _, message) = refused(&ground, "DeletePolicy", &[one]).await;
    assert_eq!(code, "DeleteConflict");
    assert!(message.starts_with("This policy has more than one version."), "{message}");
}

#[tokio::test]
async fn the_version_in_force_is_the_one_that_counts() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", None).await;
    let policy = made(&ground, "p").await;
    done(&ground, "AttachUserPolicy", &[("UserName", "alice"), ("PolicyArn", &policy)]).await;
    call(&ground, &alice, "ListUsers", of(&[])).await.unwrap();
    let input = of(&[("PolicyArn", &policy), ("PolicyDocument", DENY_ALL)]).with("SetAsDefault", true);
    call(&ground, &ground.root, "CreatePolicyVersion", input).await.unwrap();
    assert_eq!(call(&ground, &alice, "ListUsers", of(&[])).await.unwrap_err().code, "AccessDenied");
    done(&ground, "SetDefaultPolicyVersion", &[("PolicyArn", &policy), ("VersionId", "v1")]).await;
    call(&ground, &alice, "ListUsers", of(&[])).await.unwrap();
}

#[tokio::test]
async fn attaching_twice_is_fine_detaching_twice_is_not_and_ten_are_the_most() {
    let ground = Ground::new().await;
    ground.role("r", &trust(&["sts:AssumeRole"], &arn("root")), None).await;
    let one = ("RoleName", "r");
    let policy = made(&ground, "p").await;
    let attached = [one, ("PolicyArn", policy.as_str())];
    done(&ground, "AttachRolePolicy", &attached).await;
    done(&ground, "AttachRolePolicy", &attached).await;
    let shown = done(&ground, "GetPolicy", &[("PolicyArn", &policy)]).await;
    assert_eq!(shown.member("Policy").unwrap().int("AttachmentCount"), Some(1));
    let used = refused(&ground, "DeletePolicy", &[("PolicyArn", &policy)]).await;
    assert_eq!(used, error("DeleteConflict", 409, "Cannot delete a policy attached to entities."));
    done(&ground, "DetachRolePolicy", &attached).await;
    let again = refused(&ground, "DetachRolePolicy", &attached).await;
    assert_eq!(again, error("NoSuchEntity", 404, &format!("Policy {policy} was not found.")));
    let absent = arn("policy/absent");
    let outcome = refused(&ground, "AttachRolePolicy", &[one, ("PolicyArn", &absent)]).await;
    let message = format!("Policy {absent} does not exist or is not attachable.");
    assert_eq!(outcome, error("NoSuchEntity", 404, &message));
    for number in 0..10 {
        let policy = made(&ground, &format!("p{number}")).await;
        done(&ground, "AttachRolePolicy", &[one, ("PolicyArn", &policy)]).await;
    }
    let eleventh = refused(&ground, "AttachRolePolicy", &attached).await;
    assert_eq!(eleventh, error("LimitExceeded", 409, "Cannot exceed quota for PoliciesPerRole: 10"));
    let listed = done(&ground, "ListAttachedRolePolicies", &[one]).await;
    assert_eq!(listed.list("AttachedPolicies").len(), 10);
}

#[tokio::test]
async fn who_uses_a_policy_is_listed_by_kind_and_use() {
    let ground = Ground::new().await;
    let policy = made(&ground, "p").await;
    let one = ("PolicyArn", policy.as_str());
    ground.role("r", &trust(&["sts:AssumeRole"], &arn("root")), None).await;
    done(&ground, "CreateGroup", &[("GroupName", "g")]).await;
    done(&ground, "CreateUser", &[("UserName", "u"), ("PermissionsBoundary", &policy)]).await;
    done(&ground, "AttachRolePolicy", &[("RoleName", "r"), one]).await;
    done(&ground, "AttachGroupPolicy", &[("GroupName", "g"), one]).await;
    done(&ground, "AttachUserPolicy", &[("UserName", "u"), one]).await;
    let counts = async |filter: &[(&str, &str)]| {
        let mut input = vec![one];
        input.extend(filter);
        let answer = done(&ground, "ListEntitiesForPolicy", &input).await;
        ["PolicyUsers", "PolicyRoles", "PolicyGroups"].map(|list| answer.list(list).len())
    };
    assert_eq!(counts(&[]).await, [1, 1, 1]);
    assert_eq!(counts(&[("EntityFilter", "Role")]).await, [0, 1, 0]);
    assert_eq!(counts(&[("PolicyUsageFilter", "PermissionsBoundary")]).await, [1, 0, 0]);
    assert_eq!(counts(&[("PathPrefix", "/other/")]).await, [0, 0, 0]);
}

#[tokio::test]
async fn policies_are_listed_by_scope_and_use() {
    let ground = Ground::new().await;
    let (attached, limit) = (made(&ground, "attached").await, made(&ground, "limit").await);
    made(&ground, "loose").await;
    done(&ground, "CreateUser", &[("UserName", "u"), ("PermissionsBoundary", &limit)]).await;
    done(&ground, "AttachUserPolicy", &[("UserName", "u"), ("PolicyArn", &attached)]).await;
    let names = async |input: Value| {
        let answer = call(&ground, &ground.root, "ListPolicies", input).await.unwrap();
        let names =
            answer.list("Policies").iter().map(|policy| policy.text("PolicyName").unwrap().to_owned());
        names.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(of(&[("Scope", "Local")])).await, "attached limit loose");
    assert!(
        names(of(&[("Scope", "AWS")])).await.starts_with("AdministratorAccess AmazonDynamoDBFullAccess ")
    );
    assert!(names(of(&[])).await.starts_with("attached limit loose AdministratorAccess "));
    assert_eq!(names(of(&[]).with("OnlyAttached", true)).await, "attached limit");
    assert_eq!(names(of(&[("PolicyUsageFilter", "PermissionsPolicy")])).await, "attached");
    assert_eq!(names(of(&[("PolicyUsageFilter", "PermissionsBoundary")])).await, "limit");
}
