//! Service-linked roles.

use super::*;

const ECS: (&str, &str) = ("AWSServiceName", "ecs.amazonaws.com");
const NAME: (&str, &str) = ("RoleName", "AWSServiceRoleForECS");

#[tokio::test]
async fn a_role_is_made_for_its_service_and_deleted_for_good() {
    let ground = Ground::new().await;
    let made = done(&ground, "CreateServiceLinkedRole", &[ECS, ("Description", "d")]).await;
    let role = made.member("Role").unwrap();
    let path = "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS";
    assert_eq!(role.text("Arn"), Some(arn(path).as_str()));
    assert!(role.text("AssumeRolePolicyDocument").unwrap().contains("ecs.amazonaws.com"));
    let taken = "Service role name AWSServiceRoleForECS has been taken in this account, please try a different suffix.";
    assert_eq!(refused(&ground, "CreateServiceLinkedRole", &[ECS]).await, error("InvalidInput", 400, taken));
    assert_eq!(refused(&ground, "DeleteRole", &[NAME]).await.0, "UnmodifiableEntity");
    let gone = done(&ground, "DeleteServiceLinkedRole", &[NAME]).await;
    let task = gone.text("DeletionTaskId").unwrap();
    assert!(task.starts_with("task/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS/"), "{task}");
    let status = done(&ground, "GetServiceLinkedRoleDeletionStatus", &[("DeletionTaskId", task)]).await;
    assert_eq!(status.text("Status"), Some("SUCCEEDED"));
    assert_eq!(refused(&ground, "DeleteServiceLinkedRole", &[NAME]).await.0, "NoSuchEntity");
    done(&ground, "CreateServiceLinkedRole", &[ECS]).await;
}

#[tokio::test]
async fn only_the_description_of_a_role_changes() {
    let ground = Ground::new().await;
    done(&ground, "CreateServiceLinkedRole", &[ECS]).await;
    done(&ground, "UpdateRoleDescription", &[NAME, ("Description", "one")]).await;
    done(&ground, "UpdateRole", &[NAME, ("Description", "two")]).await;
    let shown = done(&ground, "GetRole", &[NAME]).await;
    assert_eq!(shown.member("Role").unwrap().text("Description"), Some("two"));
    let longer = of(&[NAME]).with("MaxSessionDuration", 7200_u32);
    let error = refused_untouched(&ground, &ground.root, "UpdateRole", longer).await;
    assert_eq!(error.code, "UnmodifiableEntity");
    let put = of(&[NAME, ("PolicyName", "p"), ("PolicyDocument", ALLOW_ALL)]);
    assert_eq!(
        refused_untouched(&ground, &ground.root, "PutRolePolicy", put).await.code,
        "UnmodifiableEntity"
    );
}

#[tokio::test]
async fn a_suffix_goes_where_the_service_takes_one() {
    let ground = Ground::new().await;
    let scaling = ("AWSServiceName", "autoscaling.amazonaws.com");
    let made = done(&ground, "CreateServiceLinkedRole", &[scaling, ("CustomSuffix", "blue")]).await;
    assert_eq!(made.member("Role").unwrap().text("RoleName"), Some("AWSServiceRoleForAutoScaling_blue"));
    done(&ground, "CreateServiceLinkedRole", &[scaling]).await;
    let long = "x".repeat(64);
    for input in [[ECS, ("CustomSuffix", "blue")], [scaling, ("CustomSuffix", &long)]] {
        let error = refused_untouched(&ground, &ground.root, "CreateServiceLinkedRole", of(&input)).await;
        assert_eq!(error.code, "InvalidInput", "{error}");
    }
    let unknown =
        refused(&ground, "CreateServiceLinkedRole", &[("AWSServiceName", "nothing.example.com")]).await;
    let words = "Cannot find Service Linked Role template for nothing.example.com";
    assert_eq!(unknown, error("NoSuchEntity", 404, words));
}

#[tokio::test]
async fn an_ordinary_role_is_not_deleted_so_and_a_made_up_task_is_not_known() {
    let ground = Ground::new().await;
    ground.role("plain", &trust(&["sts:AssumeRole"], &arn("root")), None).await;
    reserved_role(&ground).await;
    for name in ["plain", "Reserved"] {
        let error =
            refused_untouched(&ground, &ground.root, "DeleteServiceLinkedRole", of(&[("RoleName", name)]))
                .await;
        assert_eq!(error.code, "NoSuchEntity", "{name}");
    }
    let place = "task/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS";
    let cases = [
        (format!("{place}/00"), "NoSuchEntity"),
        (format!("{place}/\u{e9}"), "NoSuchEntity"),
        (place.to_owned(), "InvalidInput"),
        ("task".to_owned(), "InvalidInput"),
        ("task/aws-service-role/a/b/c/d".to_owned(), "InvalidInput"),
    ];
    for (task, code) in cases {
        let error =
            refused(&ground, "GetServiceLinkedRoleDeletionStatus", &[("DeletionTaskId", &task)]).await;
        assert_eq!(error.0, code, "{task}");
    }
    done(&ground, "CreateServiceLinkedRole", &[ECS]).await;
    let gone = done(&ground, "DeleteServiceLinkedRole", &[NAME]).await;
    let moved = gone.text("DeletionTaskId").unwrap().replace("AWSServiceRoleForECS", "AWSServiceRoleForRDS");
    let error = refused(&ground, "GetServiceLinkedRoleDeletionStatus", &[("DeletionTaskId", &moved)]).await;
    assert_eq!(error.0, "NoSuchEntity");
}
