//! Instance profiles, and the role in them.

use portcullis_base::{Tags, UniqueId, UniqueIdKind};
use portcullis_store::record::InstanceProfileRecord;

use super::*;
use crate::draft::Draft;

const ONE: (&str, &str) = ("InstanceProfileName", "one");

async fn ground() -> Ground {
    let ground = Ground::new().await;
    ground.role("r", &trust(&["sts:AssumeRole"], &arn("root")), None).await;
    ground
}

#[tokio::test]
async fn a_profile_is_made_shown_and_deleted() {
    let ground = ground().await;
    let input =
        of(&[("InstanceProfileName", "One"), ("Path", "/p/")]).with("Tags", tags(&[("Team", "blue")]));
    let made = call(&ground, &ground.root, "CreateInstanceProfile", input).await.unwrap();
    let made = made.member("InstanceProfile").unwrap();
    assert_eq!(made.text("Arn"), Some(arn("instance-profile/p/One").as_str()));
    assert!(made.text("InstanceProfileId").unwrap().starts_with("AIPA"));
    let shown = done(&ground, "GetInstanceProfile", &[ONE]).await;
    assert_eq!(shown.member("InstanceProfile"), Some(made));
    let taken = refused(&ground, "CreateInstanceProfile", &[ONE]).await;
    assert_eq!(taken, error("EntityAlreadyExists", 409, "Instance Profile one already exists."));
    let listed = done(&ground, "ListInstanceProfiles", &[("PathPrefix", "/p/")]).await;
    let listed = listed.list("InstanceProfiles").first().unwrap().clone();
    assert_eq!((listed.text("InstanceProfileName"), listed.member("Tags")), (Some("One"), None));
    assert!(
        done(&ground, "ListInstanceProfiles", &[("PathPrefix", "/q/")])
            .await
            .list("InstanceProfiles")
            .is_empty()
    );
    done(&ground, "DeleteInstanceProfile", &[ONE]).await;
    let gone = error("NoSuchEntity", 404, "Instance Profile one cannot be found.");
    let actions = [
        "GetInstanceProfile",
        "DeleteInstanceProfile",
        "ListInstanceProfileTags",
        "AddRoleToInstanceProfile",
    ];
    for action in actions {
        assert_eq!(refused(&ground, action, &[ONE, ("RoleName", "r")]).await, gone, "{action}");
    }
}

#[tokio::test]
async fn tags_are_set_listed_and_removed() {
    let ground = ground().await;
    done(&ground, "CreateInstanceProfile", &[ONE]).await;
    let tag = |pairs: &[(&str, &str)]| of(&[ONE]).with("Tags", tags(pairs));
    let listed = || async {
        let answer = done(&ground, "ListInstanceProfileTags", &[ONE]).await;
        answer.list("Tags").iter().map(|tag| tag.text("Value").unwrap().to_owned()).collect::<Vec<_>>()
    };
    call(&ground, &ground.root, "TagInstanceProfile", tag(&[("a", "1"), ("b", "2")])).await.unwrap();
    call(&ground, &ground.root, "TagInstanceProfile", tag(&[("A", "3")])).await.unwrap();
    assert_eq!(listed().await, ["3", "2"]);
    let twice =
        refused_untouched(&ground, &ground.root, "TagInstanceProfile", tag(&[("c", ""), ("C", "")])).await;
    assert_eq!(twice.code, "InvalidInput");
    let many: Vec<(String, &str)> = (0..49).map(|number| (format!("k{number}"), "")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(key, value)| (key.as_str(), *value)).collect();
    let over = refused_untouched(&ground, &ground.root, "TagInstanceProfile", tag(&many)).await;
    assert_eq!((&*over.code, over.status), ("LimitExceeded", 409));
    assert_eq!(over.message, "Cannot exceed quota for TagsPerInstanceProfile: 50");
    let keys = of(&[ONE]).with("TagKeys", Value::List(vec!["B".into(), "z".into()]));
    call(&ground, &ground.root, "UntagInstanceProfile", keys).await.unwrap();
    assert_eq!(listed().await, ["3"]);
}

#[tokio::test]
async fn a_profile_takes_one_role_which_cannot_be_deleted_meanwhile() {
    let ground = ground().await;
    ground.role("s", &trust(&["sts:AssumeRole"], &arn("root")), None).await;
    let role = |name: &'static str| [ONE, ("RoleName", name)];
    done(&ground, "CreateInstanceProfile", &[ONE]).await;
    done(&ground, "CreateInstanceProfile", &[("InstanceProfileName", "Two")]).await;
    let of_role = || async {
        let answer = done(&ground, "ListInstanceProfilesForRole", &[("RoleName", "r")]).await;
        let profiles = answer.list("InstanceProfiles").iter();
        profiles.map(|profile| profile.text("InstanceProfileName").unwrap().to_owned()).collect::<Vec<_>>()
    };
    done(&ground, "AddRoleToInstanceProfile", &role("r")).await;
    done(&ground, "AddRoleToInstanceProfile", &[("InstanceProfileName", "Two"), ("RoleName", "r")]).await;
    assert_eq!(of_role().await, ["one", "Two"]);
    let full = error("LimitExceeded", 409, "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1");
    for name in ["r", "s"] {
        assert_eq!(refused(&ground, "AddRoleToInstanceProfile", &role(name)).await, full);
    }
    let first = "Cannot delete entity, must remove roles from instance profile first.";
    let conflict = error("DeleteConflict", 409, first);
    assert_eq!(refused(&ground, "DeleteRole", &[("RoleName", "r")]).await, conflict);
    assert_eq!(refused(&ground, "DeleteInstanceProfile", &[ONE]).await, conflict);
    let other = error("NoSuchEntity", 404, "The role with name s cannot be found.");
    assert_eq!(refused(&ground, "RemoveRoleFromInstanceProfile", &role("S")).await, other);
    done(&ground, "RemoveRoleFromInstanceProfile", &role("R")).await;
    assert_eq!(of_role().await, ["Two"]);
    done(&ground, "RemoveRoleFromInstanceProfile", &[("InstanceProfileName", "TWO"), ("RoleName", "r")])
        .await;
    done(&ground, "DeleteRole", &[("RoleName", "r")]).await;
    let shown = done(&ground, "GetInstanceProfile", &[ONE]).await;
    assert!(shown.member("InstanceProfile").unwrap().list("Roles").is_empty());
}

#[tokio::test]
async fn a_role_that_only_aws_changes_is_put_into_no_profile() {
    let ground = ground().await;
    reserved_role(&ground).await;
    done(&ground, "CreateInstanceProfile", &[ONE]).await;
    for action in ["AddRoleToInstanceProfile", "RemoveRoleFromInstanceProfile"] {
        let error = refused(&ground, action, &[ONE, ("RoleName", "Reserved")]).await;
        assert_eq!((error.0.as_str(), error.1), ("UnmodifiableEntity", 400));
    }
}

#[tokio::test]
async fn putting_a_role_in_takes_the_permission_to_pass_it() {
    let ground = ground().await;
    done(&ground, "CreateInstanceProfile", &[ONE]).await;
    let document = |pass: &str, service: &str| {
        serde_json::json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "iam:AddRoleToInstanceProfile", "Resource": arn("instance-profile/one") },
            { "Effect": "Allow", "Action": "iam:PassRole", "Resource": pass,
              "Condition": { "StringEquals": { "iam:PassedToService": service } } },
        ]})
        .to_string()
    };
    let add = || of(&[ONE, ("RoleName", "r")]);
    let attempts = [(arn("role/other"), "ec2.amazonaws.com"), (arn("role/r"), "ecs.amazonaws.com")];
    for (number, (pass, service)) in attempts.iter().enumerate() {
        let user = ground.user(&format!("u{number}"), Some(&document(pass, service))).await;
        let error = refused_untouched(&ground, &user, "AddRoleToInstanceProfile", add()).await;
        assert_eq!(error.code, "AccessDenied");
        assert!(error.message.contains("iam:PassRole on resource: role r"), "{error}");
    }
    let user = ground.user("passer", Some(&document(&arn("role/r"), "ec2.amazonaws.com"))).await;
    call(&ground, &user, "AddRoleToInstanceProfile", add()).await.unwrap();
}

#[tokio::test]
async fn no_more_profiles_are_made_than_the_quota() {
    let ground = Ground::new().await;
    let record = |number: u32| InstanceProfileRecord {
        id: UniqueId::generate(UniqueIdKind::InstanceProfile, ground.service.world.entropy.as_ref()),
        account: ground.account(),
        name: format!("n{number}"),
        path: "/".to_owned(),
        created: ground.service.world.clock.now(),
        tags: Tags::new(),
        role: None,
    };
    for start in (0..1000).step_by(100) {
        let mut draft = Draft::new();
        (start..start + 100).for_each(|number| draft.put_instance_profile(&record(number)));
        ground.write(draft).await;
    }
    let over = refused(&ground, "CreateInstanceProfile", &[ONE]).await;
    let words = "Cannot exceed quota for InstanceProfilesPerAccount: 1000";
    assert_eq!(over, error("LimitExceeded", 409, words));
}
