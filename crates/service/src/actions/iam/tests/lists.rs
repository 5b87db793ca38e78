//! Lists by pages, the account as a whole, and reads of what does not exist.

use super::*;

#[tokio::test]
async fn a_list_is_read_page_by_page_to_its_end_whatever_comes_and_goes() {
    let ground = Ground::new().await;
    for name in ["b", "A", "d", "C", "e"] {
        done(&ground, "CreateUser", &[("UserName", name), ("Path", "/p/")]).await;
    }
    done(&ground, "CreateUser", &[("UserName", "a2")]).await;
    let mut names = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        let input = of(&[("PathPrefix", "/p/")]).with("MaxItems", 2_u32).with_some("Marker", marker.take());
        let page = call(&ground, &ground.root, "ListUsers", input).await.unwrap();
        names.extend(page.list("Users").iter().map(|user| user.text("UserName").unwrap().to_owned()));
        marker = page.text("Marker").map(str::to_owned);
        assert_eq!(page.bool("IsTruncated"), Some(marker.is_some()));
        if marker.is_none() {
            break;
        }
        if names.len() == 2 {
            done(&ground, "DeleteUser", &[("UserName", "b")]).await;
        }
    }
    assert_eq!(names, ["A", "b", "C", "d", "e"]);
}

#[tokio::test]
async fn a_marker_that_the_list_did_not_give_is_refused() {
    let ground = Ground::new().await;
    for name in ["a", "b"] {
        done(&ground, "CreateUser", &[("UserName", name)]).await;
    }
    let first = call(&ground, &ground.root, "ListUsers", of(&[]).with("MaxItems", 1_u32)).await.unwrap();
    let marker = first.text("Marker").unwrap();
    for (action, marker) in [("ListUsers", "made up"), ("ListUsers", "YQ"), ("ListGroups", marker)] {
        let outcome = refused(&ground, action, &[("Marker", marker)]).await;
        assert_eq!(outcome, error("ValidationError", 400, "Invalid Marker."));
    }
    for items in [0_u32, 1001] {
        let outcome = call(&ground, &ground.root, "ListUsers", of(&[]).with("MaxItems", items)).await;
        assert_eq!(outcome.unwrap_err().code, "ValidationError");
    }
}

#[tokio::test]
async fn a_page_of_long_tags_has_a_marker_that_fits() {
    let ground = Ground::new().await;
    done(&ground, "CreateUser", &[("UserName", "u")]).await;
    let keys: Vec<String> = (0..3).map(|number| format!("{}{number}", "語".repeat(127))).collect();
    let pairs: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "v")).collect();
    let input = of(&[("UserName", "u")]).with("Tags", tags(&pairs));
    call(&ground, &ground.root, "TagUser", input).await.unwrap();
    let mut found = 0;
    let mut marker: Option<String> = None;
    loop {
        let input = of(&[("UserName", "u")]).with("MaxItems", 1_u32).with_some("Marker", marker.take());
        let page = call(&ground, &ground.root, "ListUserTags", input).await.unwrap();
        found += page.list("Tags").len();
        marker = page.text("Marker").map(str::to_owned);
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(found, 3);
}

#[tokio::test]
async fn lists_leave_out_what_only_the_single_read_gives() {
    let ground = Ground::new().await;
    let trusted = trust(&["sts:AssumeRole"], &arn("root"));
    let tagged = Value::from(tags(&[("a", "b")]).as_list().to_vec());
    let input = of(&[("RoleName", "r"), ("AssumeRolePolicyDocument", &trusted)]).with("Tags", tagged.clone());
    call(&ground, &ground.root, "CreateRole", input).await.unwrap();
    let input = of(&[("UserName", "u")]).with("Tags", tagged.clone());
    call(&ground, &ground.root, "CreateUser", input).await.unwrap();
    let input = of(&[("PolicyName", "p"), ("PolicyDocument", ALLOW_ALL), ("Description", "d")]);
    call(&ground, &ground.root, "CreatePolicy", input.with("Tags", tagged)).await.unwrap();
    for (action, list) in [("ListRoles", "Roles"), ("ListUsers", "Users"), ("ListPolicies", "Policies")] {
        let answer = done(&ground, action, &[]).await;
        let item = answer.list(list).first().unwrap();
        assert!(item.member("Tags").is_none(), "{action}");
    }
    let roles = done(&ground, "ListRoles", &[]).await;
    assert!(
        roles.list("Roles").first().unwrap().text("AssumeRolePolicyDocument").unwrap().starts_with("%7B")
    );
    let policies = done(&ground, "ListPolicies", &[]).await;
    assert!(policies.list("Policies").first().unwrap().member("Description").is_none());
}

#[tokio::test]
async fn the_account_is_counted_and_told_in_full() {
    let ground = Ground::new().await;
    let policy = ground.policy("p", ALLOW_ALL).await;
    ground.role("r", &trust(&["sts:AssumeRole"], &arn("root")), Some(ALLOW_ALL)).await;
    done(&ground, "CreateGroup", &[("GroupName", "g")]).await;
    done(&ground, "CreateUser", &[("UserName", "u"), ("PermissionsBoundary", &policy)]).await;
    done(&ground, "AddUserToGroup", &[("GroupName", "g"), ("UserName", "u")]).await;
    done(&ground, "AttachGroupPolicy", &[("GroupName", "g"), ("PolicyArn", &policy)]).await;
    done(&ground, "CreateInstanceProfile", &[("InstanceProfileName", "i")]).await;
    done(&ground, "AddRoleToInstanceProfile", &[("InstanceProfileName", "i"), ("RoleName", "r")]).await;
    let summary = done(&ground, "GetAccountSummary", &[]).await;
    let summary = summary.member("SummaryMap").unwrap();
    let counted = [
        "Users",
        "Groups",
        "Roles",
        "Policies",
        "AccountAccessKeysPresent",
        "MFADevices",
        "UsersQuota",
        "InstanceProfiles",
        "InstanceProfilesQuota",
        "GlobalEndpointTokenVersion",
    ];
    let counts: Vec<_> = counted.iter().map(|name| summary.int(name).unwrap()).collect();
    assert_eq!(counts, [1, 1, 1, 1, 1, 0, 5000, 1, 1000, 1]);

    let whole = done(&ground, "GetAccountAuthorizationDetails", &[]).await;
    let user = whole.list("UserDetailList").first().unwrap();
    assert_eq!(user.list("GroupList"), [Value::from("g")]);
    assert_eq!(
        user.member("PermissionsBoundary").unwrap().text("PermissionsBoundaryArn"),
        Some(policy.as_str())
    );
    let group = whole.list("GroupDetailList").first().unwrap();
    assert_eq!(group.list("AttachedManagedPolicies").len(), 1);
    let role = whole.list("RoleDetailList").first().unwrap();
    assert_eq!(role.list("RolePolicyList").len(), 1);
    let profiles: Vec<_> =
        role.list("InstanceProfileList").iter().map(|profile| profile.text("InstanceProfileName")).collect();
    assert_eq!(profiles, [Some("i")]);
    let managed = whole.list("Policies").first().unwrap();
    assert_eq!(managed.list("PolicyVersionList").len(), 1);

    let filter: Value = ["Role", "LocalManagedPolicy"].into_iter().map(Value::from).collect();
    let input = Value::structure().with("Filter", filter).with("MaxItems", 1_u32);
    let page = call(&ground, &ground.root, "GetAccountAuthorizationDetails", input.clone()).await.unwrap();
    assert_eq!((page.list("RoleDetailList").len(), page.list("Policies").len()), (1, 0));
    let input = input.with("Marker", page.text("Marker").unwrap());
    let page = call(&ground, &ground.root, "GetAccountAuthorizationDetails", input).await.unwrap();
    assert_eq!((page.list("RoleDetailList").len(), page.list("Policies").len()), (0, 1));
    assert_eq!(page.bool("IsTruncated"), Some(false));
}

#[tokio::test]
async fn what_does_not_exist_is_an_empty_list_or_no_such_entity() {
    let ground = Ground::new().await;
    done(&ground, "CreateUser", &[("UserName", "u")]).await;
    ground.role("r", &trust(&["sts:AssumeRole"], &arn("root")), None).await;
    let user = ("UserName", "u");
    let lists: [(&str, Members<'_>, &str); 6] = [
        ("ListMFADevices", &[user], "MFADevices"),
        ("ListSSHPublicKeys", &[user], "SSHPublicKeys"),
        ("ListSigningCertificates", &[user], "Certificates"),
        ("ListServiceSpecificCredentials", &[user], "ServiceSpecificCredentials"),
        ("ListInstanceProfilesForRole", &[("RoleName", "r")], "InstanceProfiles"),
        ("ListAccountAliases", &[], "AccountAliases"),
    ];
    for (action, input, list) in lists {
        let answer = done(&ground, action, input).await;
        assert_eq!(answer.member(list), Some(&Value::List(Vec::new())), "{action}");
        assert_eq!(answer.bool("IsTruncated"), Some(false), "{action}");
        if input.first() == Some(&user) {
            assert_eq!(refused(&ground, action, &[("UserName", "absent")]).await.0, "NoSuchEntity");
        }
    }
    let login = refused(&ground, "GetLoginProfile", &[user]).await;
    assert_eq!(login, error("NoSuchEntity", 404, "Login Profile for User u cannot be found."));
    let rules = refused(&ground, "GetAccountPasswordPolicy", &[]).await;
    let message = format!("The Password Policy with domain name {ACCOUNT} cannot be found.");
    assert_eq!(rules, error("NoSuchEntity", 404, &message));
}
