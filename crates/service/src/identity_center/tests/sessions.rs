//! Sessions of permission sets: how long they last, which tags they carry, and what is left of them after another hop.

use super::*;

const WHO: &str = "identitystore:userId";

fn statement(effect: &str, condition: &str) -> String {
    format!(r#"{{"Effect":"{effect}","Action":"*","Resource":"*","Condition":{condition}}}"#)
}

fn policy(statements: &[String]) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

impl Center {
    /// A permission set with this inline policy, given to somebody in the own account.
    async fn given(&self, name: &str, inline: &str, whom: &[&str]) -> String {
        let set = self.set(name).await;
        let put = [("PermissionSetArn", set.as_str()), ("InlinePolicy", inline)];
        self.ask("PutInlinePolicyToPermissionSet", &put).await.unwrap();
        for who in whom {
            self.assign(&set, "USER", who).await;
        }
        set
    }

    async fn signed_in(&self, user: &str, set: &str) -> Creds {
        self.ground.signed_in(user, OWN.parse().unwrap(), set).await.unwrap()
    }

    async fn has_attributes(&self, user: &str, attributes: &str) {
        let mut record = self.ground.service.snapshot().directory.user(user).unwrap().as_ref().clone();
        record.attributes = attributes.to_owned();
        let mut draft = Draft::new();
        draft.put_directory_user(&record);
        self.ground.write(draft).await;
    }

    async fn fills(&self, operation: &str, key: &str, source: &str) -> Result<Value, ApiError> {
        let value = Value::structure().with("Source", [Value::from(source)].into_iter().collect::<Value>());
        let one = Value::structure().with("Key", key).with("Value", value);
        let all: Value = [one].into_iter().collect();
        let input = Value::structure().with("InstanceArn", self.instance.as_str()).with(
            "InstanceAccessControlAttributeConfiguration",
            Value::structure().with("AccessControlAttributes", all),
        );
        self.ground.ask(&self.ground.root, "sso", operation, input).await
    }
}

#[tokio::test]
async fn attributes_of_the_user_are_tags_of_the_session() {
    let center = Center::new().await;
    let condition = r#"{"StringEquals":{"aws:PrincipalTag/team":"Payments"}}"#;
    center.given("Teams", &policy(&[statement("Allow", condition)]), &[JANE, JOHN]).await;
    let team = |team: &str| {
        format!(r#"{{"Extensions":{{"aws:identitystore:enterprise":{{"department":"{team}"}}}}}}"#)
    };
    center.has_attributes(JANE, &team("Payments")).await;
    center.has_attributes(JOHN, &team("Sales")).await;
    let before = center.signed_in(JANE, "Teams").await;
    assert!(!may_list(&center.ground, &before).await, "nothing is configured");
    let source = "${path:enterprise.department}";
    center.fills("CreateInstanceAccessControlAttributeConfiguration", "team", source).await.unwrap();
    let (jane, john) = (center.signed_in(JANE, "Teams").await, center.signed_in(JOHN, "Teams").await);
    assert!(may_list(&center.ground, &jane).await && !may_list(&center.ground, &john).await);
    assert!(!may_list(&center.ground, &before).await, "a session has the tags with which it began");
    // Another department: the sessions to come have it, whatever the person is called.
    center.has_attributes(JANE, &team("Sales")).await;
    assert!(may_list(&center.ground, &jane).await);
    let jane = center.signed_in(JANE, "Teams").await;
    assert!(!may_list(&center.ground, &jane).await);
    // What no tag can hold makes none, and keeps nobody out.
    center.has_attributes(JANE, &team("R&D")).await;
    center.signed_in(JANE, "Teams").await;
    center
        .fills("UpdateInstanceAccessControlAttributeConfiguration", "team", "${path:userName}")
        .await
        .unwrap();
    let jane = center.signed_in(JANE, "Teams").await;
    assert!(!may_list(&center.ground, &jane).await);
    let refused = center
        .fills("UpdateInstanceAccessControlAttributeConfiguration", "aws:team", "${path:userName}")
        .await
        .unwrap_err();
    assert_eq!(refused.code, "ValidationException");
}

#[tokio::test]
async fn the_next_hop_does_not_carry_the_key() {
    let center = Center::new().await;
    let deny = statement("Deny", &format!(r#"{{"StringEquals":{{"{WHO}":"{JANE}"}}}}"#));
    let (absent, present) =
        (r#"{"Null":{"identitystore:UserId":"true"}}"#, r#"{"Null":{"identitystore:UserId":"false"}}"#);
    let set = center.given("Hops", &policy(&[statement("Allow", present)]), &[JANE, JOHN]).await;
    let ground = &center.ground;
    let next = ground
        .role(
            "next",
            &crate::actions::testing::trust(&["sts:AssumeRole"], "arn:aws:iam::123456789012:root"),
            Some(&policy(&[statement("Allow", absent), deny.clone()])),
        )
        .await;
    let hop = async |from: &Creds| {
        let input = of(&[("RoleArn", next.as_str()), ("RoleSessionName", "hop")]);
        ground.ask(from, "sts", "AssumeRole", input).await
    };
    let (jane, john) = (center.signed_in(JANE, "Hops").await, center.signed_in(JOHN, "Hops").await);
    assert!(may_list(ground, &jane).await);
    let far = Creds::issued(&hop(&jane).await.unwrap());
    assert!(may_list(ground, &far).await, "the key is not there: the deny says nothing of it");
    // A deny where the person comes from keeps it from hops to come, and ends none.
    let put =
        [("PermissionSetArn", set.as_str()), ("InlinePolicy", &policy(&[statement("Allow", present), deny]))];
    center.ask("PutInlinePolicyToPermissionSet", &put).await.unwrap();
    let provision = [("PermissionSetArn", set.as_str()), ("TargetType", "ALL_PROVISIONED_ACCOUNTS")];
    center.ask("ProvisionPermissionSet", &provision).await.unwrap();
    assert!(!may_list(ground, &jane).await && may_list(ground, &john).await);
    assert_eq!(hop(&jane).await.unwrap_err().code, "AccessDenied");
    assert!(hop(&john).await.is_ok() && may_list(ground, &far).await);
}

#[tokio::test]
async fn a_native_revocation_of_the_role_ends_its_sessions_and_not_those_to_come() {
    let center = Center::new().await;
    let set = center.given("Cut", ALLOW_ALL, &[JANE]).await;
    let (_, arn) = center.role(&set).unwrap();
    let jane = center.signed_in(JANE, "Cut").await;
    assert!(may_list(&center.ground, &jane).await);
    center.ground.forward(1);
    let input = of(&[("Kind", "role"), ("Target", &arn)]);
    center.ground.ask(&center.ground.root, "portcullis", "Revoke", input).await.unwrap();
    assert!(!may_list(&center.ground, &jane).await);
    center.ground.forward(1);
    let jane = center.signed_in(JANE, "Cut").await;
    assert!(may_list(&center.ground, &jane).await);
}
