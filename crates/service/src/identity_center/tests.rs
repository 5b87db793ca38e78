//! People, what they have, and what becomes of it: asked of the whole service.

mod sessions;

use portcullis_base::Value;
use portcullis_store::record::{DirectoryMembershipRecord, DirectoryStamps};

use super::access;
use crate::actions::testing::{ALLOW_ALL, Creds, Ground};
use crate::draft::Draft;
use crate::error::ApiError;

const JANE: &str = "a1b2c3d4-0000-4000-8000-000000000001";
const JOHN: &str = "a1b2c3d4-0000-4000-8000-000000000002";
const OWN: &str = "123456789012";

fn of(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().fold(Value::structure(), |value, (name, text)| value.with(name, *text))
}

struct Center {
    ground: Ground,
    instance: String,
}

impl Center {
    async fn new() -> Self {
        let ground = Ground::new().await;
        ground.person(JANE, "jane", true).await;
        ground.person(JOHN, "john", true).await;
        let listed = ground.ask(&ground.root, "sso", "ListInstances", Value::structure()).await.unwrap();
        let instance = listed.list("Instances")[0].text("InstanceArn").unwrap().to_owned();
        Self { ground, instance }
    }

    async fn ask(&self, operation: &str, pairs: &[(&str, &str)]) -> Result<Value, ApiError> {
        let input = of(pairs).with("InstanceArn", self.instance.as_str());
        self.ground.ask(&self.ground.root, "sso", operation, input).await
    }

    async fn set(&self, name: &str) -> String {
        let made = self.ask("CreatePermissionSet", &[("Name", name)]).await.unwrap();
        made.member("PermissionSet").unwrap().text("PermissionSetArn").unwrap().to_owned()
    }

    async fn assignment(&self, operation: &str, set: &str, kind: &str, id: &str) -> Result<Value, ApiError> {
        let pairs = [
            ("PermissionSetArn", set),
            ("TargetId", OWN),
            ("TargetType", "AWS_ACCOUNT"),
            ("PrincipalType", kind),
            ("PrincipalId", id),
        ];
        self.ask(operation, &pairs).await
    }

    async fn assign(&self, set: &str, kind: &str, id: &str) -> Value {
        let made = self.assignment("CreateAccountAssignment", set, kind, id).await.unwrap();
        let status = made.member("AccountAssignmentCreationStatus").unwrap();
        assert_eq!(status.text("Status"), Some("IN_PROGRESS"));
        let request = [("AccountAssignmentCreationRequestId", status.text("RequestId").unwrap())];
        let described = self.ask("DescribeAccountAssignmentCreationStatus", &request).await.unwrap();
        described.member("AccountAssignmentCreationStatus").unwrap().clone()
    }

    /// What a person has: names of permission sets.
    fn has(&self, user: &str) -> Vec<String> {
        let snapshot = self.ground.service.snapshot();
        access::of(&snapshot, user).iter().map(|held| held.set.name.clone()).collect()
    }

    async fn member(&self, group: &str, user: &str) {
        let now = self.ground.service.world.clock.now();
        let stamps = DirectoryStamps {
            created: now,
            created_by: String::new(),
            updated: now,
            updated_by: String::new(),
        };
        let (id, group, user) = (format!("{group}-{user}"), group.to_owned(), user.to_owned());
        let mut draft = Draft::new();
        draft.put_directory_membership(&DirectoryMembershipRecord { id, group, user, stamps });
        self.ground.write(draft).await;
    }

    fn role(&self, set: &str) -> Option<(String, String)> {
        let snapshot = self.ground.service.snapshot();
        let id = set.rsplit('/').next().unwrap();
        let held = snapshot.identity_center.provisioned(OWN.parse().unwrap(), id)?;
        let role = snapshot.roles.get(held.role).unwrap();
        Some((role.record.name.to_string(), role.arn.to_string()))
    }
}

async fn may_list(ground: &Ground, creds: &Creds) -> bool {
    ground.ask(creds, "iam", "ListRoles", Value::structure()).await.is_ok()
}

#[tokio::test]
async fn the_first_assignment_makes_the_role_and_the_last_one_takes_it_away() {
    let center = Center::new().await;
    let set = center.set("Readers").await;
    assert!(center.role(&set).is_none());
    assert_eq!(center.assign(&set, "USER", JANE).await.text("Status"), Some("SUCCEEDED"));
    let (name, arn) = center.role(&set).unwrap();
    assert!(
        name.starts_with("AWSReservedSSO_Readers_") && name.len() == "AWSReservedSSO_Readers_".len() + 16
    );
    assert!(arn.contains(":role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Readers_"), "{arn}");
    center.assign(&set, "USER", JOHN).await;
    assert_eq!(center.role(&set).unwrap().0, name, "one role for all");
    assert_eq!(
        (center.has(JANE), center.has(JOHN)),
        (vec!["Readers".to_owned()], vec!["Readers".to_owned()])
    );
    let session = center.ground.portal_session(&arn, JANE, "jane").await.unwrap();
    center.assignment("DeleteAccountAssignment", &set, "USER", JANE).await.unwrap();
    assert!(center.role(&set).is_some() && center.has(JANE).is_empty());
    let refused = center.ask("DeletePermissionSet", &[("PermissionSetArn", &set)]).await.unwrap_err();
    assert_eq!(refused.code, "ConflictException");
    center.assignment("DeleteAccountAssignment", &set, "USER", JOHN).await.unwrap();
    assert!(center.role(&set).is_none());
    let gone = center.ground.ask(&session, "sts", "GetCallerIdentity", Value::structure()).await.unwrap_err();
    assert_eq!(gone.code, "InvalidClientTokenId", "with the role its sessions are good for nothing");
    let again = center.assignment("DeleteAccountAssignment", &set, "USER", JOHN).await.unwrap_err();
    assert_eq!(again.code, "ResourceNotFoundException");
    center.ask("DeletePermissionSet", &[("PermissionSetArn", &set)]).await.unwrap();
    // Made again, it is another role: a deny by its old name is not one of the new.
    let set = center.set("Readers").await;
    center.assign(&set, "USER", JANE).await;
    assert_ne!(center.role(&set).unwrap().0, name);
}

#[tokio::test]
async fn changes_reach_the_role_when_it_is_provisioned_and_no_sooner() {
    let center = Center::new().await;
    let set = center.set("Admins").await;
    center.assign(&set, "USER", JANE).await;
    let (_, arn) = center.role(&set).unwrap();
    let jane = center.ground.portal_session(&arn, JANE, "jane").await.unwrap();
    assert!(!may_list(&center.ground, &jane).await);
    let put = [("PermissionSetArn", set.as_str()), ("InlinePolicy", ALLOW_ALL)];
    center.ask("PutInlinePolicyToPermissionSet", &put).await.unwrap();
    let stale = async |status: &str| {
        let pairs = [("PermissionSetArn", set.as_str()), ("ProvisioningStatus", status)];
        let listed = center.ask("ListAccountsForProvisionedPermissionSet", &pairs).await.unwrap();
        listed.list("AccountIds").len()
    };
    assert!(!may_list(&center.ground, &jane).await, "not yet");
    assert_eq!(stale("LATEST_PERMISSION_SET_NOT_PROVISIONED").await, 1);
    let provision = [("PermissionSetArn", set.as_str()), ("TargetType", "ALL_PROVISIONED_ACCOUNTS")];
    let done = center.ask("ProvisionPermissionSet", &provision).await.unwrap();
    let status = done.member("PermissionSetProvisioningStatus").unwrap();
    assert_eq!(status.text("Status"), Some("IN_PROGRESS"));
    assert!(may_list(&center.ground, &jane).await, "the same session, from the next request on");
    assert_eq!(stale("LATEST_PERMISSION_SET_NOT_PROVISIONED").await, 0);
    assert_eq!(stale("LATEST_PERMISSION_SET_PROVISIONED").await, 1);
    // The deny of the runbook, in the inline policy of the set.
    let deny = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"*","Resource":"*"}},
            {{"Effect":"Deny","Action":"*","Resource":"*",
              "Condition":{{"StringEquals":{{"identitystore:userId":"{JANE}"}}}}}}]}}"#
    );
    center.assign(&set, "USER", JOHN).await;
    let john = center.ground.portal_session(&arn, JOHN, "john").await.unwrap();
    let put = [("PermissionSetArn", set.as_str()), ("InlinePolicy", deny.as_str())];
    center.ask("PutInlinePolicyToPermissionSet", &put).await.unwrap();
    assert!(may_list(&center.ground, &jane).await);
    center.ask("ProvisionPermissionSet", &provision).await.unwrap();
    assert!(!may_list(&center.ground, &jane).await && may_list(&center.ground, &john).await);
}

#[tokio::test]
async fn a_customers_policy_is_in_force_at_once_and_must_be_there_for_the_role() {
    let center = Center::new().await;
    let set = center.set("Custom").await;
    let reference = of(&[("Name", "Shared"), ("Path", "/")]);
    let input = of(&[("PermissionSetArn", set.as_str()), ("InstanceArn", &center.instance)])
        .with("CustomerManagedPolicyReference", reference);
    let attach = "AttachCustomerManagedPolicyReferenceToPermissionSet";
    center.ground.ask(&center.ground.root, "sso", attach, input).await.unwrap();
    let failed = center.assign(&set, "USER", JANE).await;
    assert_eq!(failed.text("Status"), Some("FAILED"));
    assert!(failed.text("FailureReason").unwrap().contains("policy/Shared does not exist"));
    assert!(center.role(&set).is_none() && center.has(JANE).is_empty(), "nothing half done");
    center.ground.policy("Shared", ALLOW_ALL).await;
    center.assign(&set, "USER", JANE).await;
    let (_, arn) = center.role(&set).unwrap();
    let jane = center.ground.portal_session(&arn, JANE, "jane").await.unwrap();
    assert!(may_list(&center.ground, &jane).await);
    let deny = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;
    let input = of(&[("PolicyArn", "arn:aws:iam::123456789012:policy/Shared"), ("PolicyDocument", deny)])
        .with("SetAsDefault", true);
    center.ground.ask(&center.ground.root, "iam", "CreatePolicyVersion", input).await.unwrap();
    assert!(!may_list(&center.ground, &jane).await, "without provisioning");
}

#[tokio::test]
async fn what_groups_have_their_users_have_as_long_as_they_are_in_them_and_enabled() {
    let center = Center::new().await;
    let set = center.set("Team").await;
    let group = "b1b2c3d4-0000-4000-8000-000000000009";
    let refused = center.assignment("CreateAccountAssignment", &set, "GROUP", group).await.unwrap_err();
    assert_eq!(refused.code, "ResourceNotFoundException");
    center.ground.people_group(group, "team").await;
    center.assign(&set, "GROUP", group).await;
    assert!(center.has(JANE).is_empty());
    center.member(group, JANE).await;
    assert_eq!(center.has(JANE), ["Team"]);
    let pairs = [("PrincipalType", "USER"), ("PrincipalId", JANE)];
    let listed = center.ask("ListAccountAssignmentsForPrincipal", &pairs).await.unwrap();
    let [one] = listed.list("AccountAssignments") else { panic!("{listed:?}") };
    assert_eq!((one.text("PrincipalType"), one.text("PrincipalId")), (Some("GROUP"), Some(group)));
    center.ground.person(JANE, "jane", false).await;
    assert!(center.has(JANE).is_empty(), "a disabled user has nothing");
}

#[tokio::test]
async fn iam_changes_nothing_about_the_role_and_nobody_assumes_it() {
    let center = Center::new().await;
    let set = center.set("Kept").await;
    center.assign(&set, "USER", JANE).await;
    let (name, arn) = center.role(&set).unwrap();
    let ground = &center.ground;
    for (operation, more) in [
        ("PutRolePolicy", vec![("PolicyName", "p"), ("PolicyDocument", ALLOW_ALL)]),
        ("DeleteRole", vec![]),
        ("DeleteRolePolicy", vec![("PolicyName", "AwsSSOInlinePolicy")]),
        ("AttachRolePolicy", vec![("PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess")]),
        ("UpdateAssumeRolePolicy", vec![("PolicyDocument", ALLOW_ALL)]),
        ("UpdateRole", vec![("Description", "mine")]),
        (
            "PutRolePermissionsBoundary",
            vec![("PermissionsBoundary", "arn:aws:iam::aws:policy/AdministratorAccess")],
        ),
    ] {
        let mut input = of(&more);
        input.insert("RoleName", name.as_str());
        let refused = ground.ask(&ground.root, "iam", operation, input).await.unwrap_err();
        assert_eq!(refused.code, "UnmodifiableEntity", "{operation}: {}", refused.message);
    }
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let input = of(&[("RoleArn", &arn), ("RoleSessionName", "jane")]);
    assert_eq!(ground.ask(&alice, "sts", "AssumeRole", input).await.unwrap_err().code, "AccessDenied");
}

#[tokio::test]
async fn session_names_and_tags_follow_the_user() {
    for (user, session) in [
        ("jane", "jane"),
        ("jane@example.com", "jane@example.com"),
        ("jane doe/ö", "jane_doe__"),
        ("j", "j_"),
    ] {
        assert_eq!(access::session_name(user), session);
    }
    assert_eq!(access::session_name(&"x".repeat(100)).len(), 64);
}

#[tokio::test]
async fn another_account_finds_no_instance() {
    let center = Center::new().await;
    let ground = &center.ground;
    ground
        .ask(&ground.root, "organizations", "CreateOrganization", of(&[("FeatureSet", "ALL")]))
        .await
        .unwrap();
    let input = of(&[("Email", "m@example.com"), ("AccountName", "Member")]);
    let made = ground.ask(&ground.root, "organizations", "CreateAccount", input).await.unwrap();
    let account = made.member("CreateAccountStatus").unwrap().text("AccountId").unwrap().to_owned();
    let operator = ground.user("operator", Some(ALLOW_ALL)).await;
    let role = format!("arn:aws:iam::{account}:role/OrganizationAccountAccessRole");
    let input = of(&[("RoleArn", &role), ("RoleSessionName", "in")]);
    let inside = Creds::issued(&ground.ask(&operator, "sts", "AssumeRole", input).await.unwrap());
    let listed = ground.ask(&inside, "sso", "ListInstances", Value::structure()).await.unwrap();
    assert!(listed.list("Instances").is_empty());
    let input = of(&[("InstanceArn", &center.instance)]);
    let refused = ground.ask(&inside, "sso", "ListPermissionSets", input).await.unwrap_err();
    assert_eq!(refused.code, "ResourceNotFoundException");
}
