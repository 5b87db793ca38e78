//! Groups and who is in them.

use super::*;

#[tokio::test]
async fn a_group_is_made_filled_moved_emptied_and_deleted() {
    let ground = Ground::new().await;
    let made = done(&ground, "CreateGroup", &[("GroupName", "Crew"), ("Path", "/g/")]).await;
    assert_eq!(made.member("Group").unwrap().text("Arn"), Some(arn("group/g/Crew").as_str()));
    let taken = refused(&ground, "CreateGroup", &[("GroupName", "crew")]).await;
    assert_eq!(taken, error("EntityAlreadyExists", 409, "Group with name crew already exists."));
    done(&ground, "CreateUser", &[("UserName", "u")]).await;
    let member = [("GroupName", "crew"), ("UserName", "u")];
    done(&ground, "AddUserToGroup", &member).await;
    done(&ground, "AddUserToGroup", &member).await;
    let shown = done(&ground, "GetGroup", &[("GroupName", "Crew")]).await;
    assert_eq!(shown.list("Users").len(), 1);
    let groups = done(&ground, "ListGroupsForUser", &[("UserName", "u")]).await;
    assert_eq!(groups.list("Groups").first(), made.member("Group"));

    let policy = ground.policy("p", ALLOW_ALL).await;
    done(&ground, "AttachGroupPolicy", &[("GroupName", "Crew"), ("PolicyArn", &policy)]).await;
    let inline = [("GroupName", "Crew"), ("PolicyName", "in"), ("PolicyDocument", ALLOW_ALL)];
    done(&ground, "PutGroupPolicy", &inline).await;
    done(&ground, "UpdateGroup", &[("GroupName", "Crew"), ("NewGroupName", "Team")]).await;
    let team = ("GroupName", "Team");
    let steps: [(&str, &str, Members<'_>); 3] = [
        ("must remove users from group first.", "RemoveUserFromGroup", &[team, ("UserName", "u")]),
        ("must detach all policies first.", "DetachGroupPolicy", &[team, ("PolicyArn", &policy)]),
        ("must delete policies first.", "DeleteGroupPolicy", &[team, ("PolicyName", "in")]),
    ];
    for (words, undo, input) in steps {
        let conflict = refused(&ground, "DeleteGroup", &[team]).await;
        assert_eq!(conflict, error("DeleteConflict", 409, &format!("Cannot delete entity, {words}")));
        done(&ground, undo, input).await;
    }
    done(&ground, "DeleteGroup", &[team]).await;
    let gone = refused(&ground, "GetGroup", &[team]).await;
    assert_eq!(gone, error("NoSuchEntity", 404, "The group with name Team cannot be found."));
}

#[tokio::test]
async fn the_eleventh_group_of_a_user_is_refused() {
    let ground = Ground::new().await;
    done(&ground, "CreateUser", &[("UserName", "u")]).await;
    for number in 0..11 {
        let name = format!("g{number}");
        done(&ground, "CreateGroup", &[("GroupName", &name)]).await;
        let outcome = root(&ground, "AddUserToGroup", &[("GroupName", &name), ("UserName", "u")]).await;
        assert_eq!(outcome.is_ok(), number < 10, "{number}");
        if let Err(error) = outcome {
            assert_eq!(error.message, "Cannot exceed quota for GroupsPerUser: 10");
        }
    }
}

#[tokio::test]
async fn what_a_group_may_its_members_may_and_it_is_no_principal() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", None).await;
    done(&ground, "CreateGroup", &[("GroupName", "g")]).await;
    done(
        &ground,
        "PutGroupPolicy",
        &[("GroupName", "g"), ("PolicyName", "p"), ("PolicyDocument", ALLOW_ALL)],
    )
    .await;
    assert!(call(&ground, &alice, "ListUsers", of(&[])).await.is_err());
    done(&ground, "AddUserToGroup", &[("GroupName", "g"), ("UserName", "alice")]).await;
    call(&ground, &alice, "ListUsers", of(&[])).await.unwrap();
    done(&ground, "RemoveUserFromGroup", &[("GroupName", "g"), ("UserName", "alice")]).await;
    assert!(call(&ground, &alice, "ListUsers", of(&[])).await.is_err());
    let trusted = trust(&["sts:AssumeRole"], &arn("group/g"));
    let role = [("RoleName", "r"), ("AssumeRolePolicyDocument", trusted.as_str())];
    let (code, _, message) = refused(&ground, "CreateRole", &role).await;
    assert_eq!(code, "MalformedPolicyDocument");
    assert!(message.starts_with("Invalid principal in policy"), "{message}");
}
