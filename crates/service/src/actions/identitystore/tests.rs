//! People and their groups, asked of the whole service.

use portcullis_base::Value;
use portcullis_store::record::DirectoryMembershipRecord;

use crate::actions::testing::{ALLOW_ALL, Creds, Ground};
use crate::draft::Draft;
use crate::error::ApiError;

fn of(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().fold(Value::structure(), |value, (name, text)| value.with(name, *text))
}

struct People {
    ground: Ground,
    store: String,
}

impl People {
    async fn new() -> Self {
        let ground = Ground::new().await;
        let store = ground.service.snapshot().identity_center.instance().unwrap().store.clone();
        Self { ground, store }
    }

    async fn by(&self, creds: &Creds, operation: &str, input: Value) -> Result<Value, ApiError> {
        let input = input.with("IdentityStoreId", self.store.as_str());
        self.ground.ask(creds, "identitystore", operation, input).await
    }

    async fn ask(&self, operation: &str, input: Value) -> Result<Value, ApiError> {
        self.by(&self.ground.root, operation, input).await
    }

    async fn make(&self, user_name: &str, email: &str) -> Result<String, ApiError> {
        let made = self.ask("CreateUser", person(user_name, email)).await?;
        Ok(made.text("UserId").unwrap().to_owned())
    }

    async fn group(&self, name: &str) -> String {
        let made = self.ask("CreateGroup", of(&[("DisplayName", name)])).await.unwrap();
        made.text("GroupId").unwrap().to_owned()
    }

    async fn update(&self, user: &str, operations: Vec<Value>) -> Result<Value, ApiError> {
        self.ask("UpdateUser", of(&[("UserId", user)]).with("Operations", operations)).await
    }

    async fn user(&self, id: &str) -> Value {
        self.ask("DescribeUser", of(&[("UserId", id)]).with("Extensions", every_extension())).await.unwrap()
    }

    async fn found(&self, path: &str, value: &str) -> Result<String, ApiError> {
        let found = self.ask("GetUserId", by_attribute(path, value)).await?;
        Ok(found.text("UserId").unwrap().to_owned())
    }
}

fn every_extension() -> Vec<Value> {
    vec![Value::from("aws:identitystore:enterprise")]
}

fn by_attribute(path: &str, value: &str) -> Value {
    let unique = of(&[("AttributePath", path), ("AttributeValue", value)]);
    Value::structure().with("AlternateIdentifier", Value::structure().with("UniqueAttribute", unique))
}

fn person(user_name: &str, email: &str) -> Value {
    of(&[("UserName", user_name), ("DisplayName", "Somebody")])
        .with("Name", of(&[("GivenName", "Some"), ("FamilyName", "Body")]))
        .with("Emails", vec![of(&[("Value", email), ("Type", "work")])])
}

fn set(path: &str, value: impl Into<Value>) -> Value {
    of(&[("AttributePath", path)]).with("AttributeValue", value)
}

fn take(path: &str) -> Value {
    of(&[("AttributePath", path)])
}

fn refusal(error: &ApiError) -> (String, Option<String>) {
    let reason = error.extra.iter().find(|(name, _)| name == "Reason" || name == "ResourceType");
    (error.code.to_string(), reason.map(|(_, value)| value.clone()))
}

fn conflict(reason: &str) -> (String, Option<String>) {
    ("ConflictException".to_owned(), Some(reason.to_owned()))
}

fn gone(kind: &str) -> (String, Option<String>) {
    ("ResourceNotFoundException".to_owned(), Some(kind.to_owned()))
}

#[tokio::test]
async fn what_one_has_another_cannot_have_in_whatever_case() {
    let people = People::new().await;
    let alice = people.make("Alice", "Alice@Example.com").await.unwrap();
    for (user_name, email) in
        [("alice", "b@example.com"), ("ALICE", "b@example.com"), ("bob", "alice@EXAMPLE.COM")]
    {
        let error = people.make(user_name, email).await.unwrap_err();
        assert_eq!(refusal(&error), conflict("UNIQUENESS_CONSTRAINT_VIOLATION"), "{user_name} {email}");
    }
    // Letters of another width are others.
    let wide = people.make("\u{ff41}lice", "wide@example.com").await.unwrap();
    let error = people.make("administrator", "c@example.com").await.unwrap_err();
    assert_eq!(error.code, "ValidationException");
    for user_name in ["alice ", " alice", "al ice", "alice\u{3000}", "alice\n", ""] {
        let error = people.update(&wide, vec![set("userName", user_name)]).await.unwrap_err();
        assert_eq!(error.code, "ValidationException", "{user_name:?}");
    }
    assert_eq!(people.found("userName", "aLiCe").await.unwrap(), alice);
    assert_eq!(people.found("emails.value", "alice@example.com").await.unwrap(), alice);
    // A name that is free again can be had, and so can one's own in another case.
    let error = people.update(&wide, vec![set("userName", "ALICE")]).await.unwrap_err();
    assert_eq!(refusal(&error), conflict("UNIQUENESS_CONSTRAINT_VIOLATION"));
    people.update(&alice, vec![set("userName", "alice")]).await.unwrap();
    people.update(&alice, vec![set("userName", "carol"), take("emails")]).await.unwrap();
    people.update(&wide, vec![set("userName", "ALICE")]).await.unwrap();
    people.make("dave", "alice@example.com").await.unwrap();
    assert_eq!(people.found("userName", "alice").await.unwrap(), wide);
}

#[tokio::test]
async fn of_two_who_want_a_name_at_once_one_gets_it() {
    let people = People::new().await;
    let (one, two) = tokio::join!(people.make("eve", "1@example.com"), people.make("Eve", "2@example.com"));
    assert_ne!(one.is_ok(), two.is_ok());
    let error = one.err().or(two.err()).unwrap();
    assert_eq!(refusal(&error), conflict("UNIQUENESS_CONSTRAINT_VIOLATION"));
}

#[tokio::test]
async fn attributes_are_set_and_taken_away() {
    let people = People::new().await;
    let id = people.make("alice", "alice@example.com").await.unwrap();
    let enterprise =
        of(&[("department", "Tools"), ("employeeNumber", "7")]).with("manager", of(&[("value", "somebody")]));
    let operations = vec![
        set("name.givenName", "Alice"),
        set("displayName", "Alice B."),
        set("NickName", "Al"),
        set("emails", vec![of(&[("value", "new@example.com"), ("type", "home")]).with("primary", true)]),
        set("aws:identitystore:enterprise", enterprise),
        set("aws:identitystore:enterprise.costCenter", "12"),
        set("externalIds", vec![of(&[("issuer", "https://idp.example.com"), ("id", "u-1")])]),
    ];
    let answer = people.update(&id, operations).await.unwrap();
    assert_eq!(answer.text("Revision"), Some("2"));
    let held = people.user(&id).await;
    assert_eq!(held.member("Name").unwrap().text("GivenName"), Some("Alice"));
    assert_eq!(held.member("Name").unwrap().text("FamilyName"), Some("Body"));
    assert_eq!((held.text("DisplayName"), held.text("NickName")), (Some("Alice B."), Some("Al")));
    let email = of(&[("Value", "new@example.com"), ("Type", "home")]).with("Primary", true);
    assert_eq!(held.list("Emails"), [email]);
    let extension = held.member("Extensions").unwrap().member("aws:identitystore:enterprise").unwrap();
    assert_eq!((extension.text("department"), extension.text("costCenter")), (Some("Tools"), Some("12")));
    assert_eq!(extension.member("manager").unwrap().text("value"), Some("somebody"));
    let external = of(&[("Issuer", "https://idp.example.com"), ("Id", "u-1")]);
    let identifier = Value::structure().with("ExternalId", external);
    let found = people.ask("GetUserId", Value::structure().with("AlternateIdentifier", identifier)).await;
    assert_eq!(found.unwrap().text("UserId"), Some(id.as_str()));
    // Without being asked for, extensions are not shown.
    let plain = people.ask("DescribeUser", of(&[("UserId", &id)])).await.unwrap();
    assert!(plain.member("Extensions").is_none());
    let operations = vec![
        take("nickName"),
        take("emails"),
        set("name.middleName", Value::Null),
        take("aws:identitystore:enterprise"),
        take("externalIds"),
    ];
    people.update(&id, operations).await.unwrap();
    let held = people.user(&id).await;
    for name in ["NickName", "Emails", "Extensions", "ExternalIds"] {
        assert!(held.member(name).is_none(), "{name}");
    }
    assert_eq!(refusal(&people.found("emails.value", "new@example.com").await.unwrap_err()), gone("USER"));
}

#[tokio::test]
async fn what_an_attribute_cannot_be_changes_nothing() {
    let people = People::new().await;
    let id = people.make("alice", "alice@example.com").await.unwrap();
    let before = people.user(&id).await;
    for operation in [
        take("userName"),
        set("userName", "two words"),
        set("userName", "ali\u{200b}ce"),
        set("userName", "\u{202e}ecila"),
        set("userName", "AWSAdministrators"),
        set("displayName", 7_i64),
        set("displayName", ""),
        set("displayName", "a\u{0}b"),
        set("displayName", "x".repeat(1025)),
        set("name", "Alice"),
        set("name.nothing", "x"),
        set("nothing", "x"),
        set("userId", "x"),
        set("userStatus", "DISABLED"),
        set("emails", "alice@example.com"),
        set("emails.value", "alice@example.com"),
        set("emails", vec![of(&[("value", "a@b")]), of(&[("value", "c@d")])]),
        set("emails", vec![of(&[("value", "a@b"), ("more", "x")])]),
        set("emails", vec![of(&[("value", "a@b"), ("primary", "yes")])]),
        set("externalIds", vec![of(&[("issuer", "x")])]),
        set("externalIds", vec![of(&[("issuer", "x"), ("id", "two words")])]),
        set("externalIds", vec![of(&[("issuer", "x"), ("id", "1")]), of(&[("issuer", "x"), ("id", "2")])]),
        set("externalIds", Vec::new()),
    ] {
        let told = format!("{operation:?}");
        let error = people.update(&id, vec![set("nickName", "Al"), operation]).await.err();
        assert_eq!(
            error.map(|error| error.code.to_string()).as_deref(),
            Some("ValidationException"),
            "{told}"
        );
    }
    assert_eq!(people.user(&id).await, before);
    let input = of(&[("UserId", &id), ("Revision", "7")]).with("Operations", vec![set("nickName", "Al")]);
    let error = people.ask("UpdateUser", input).await.unwrap_err();
    assert_eq!(refusal(&error), conflict("CONCURRENT_MODIFICATION"));
}

#[tokio::test]
async fn a_group_ends_with_more_memberships_than_one_transaction_takes() {
    let people = People::new().await;
    let (group, other) = (people.group("all").await, people.group("few").await);
    let id = people.make("alice", "alice@example.com").await.unwrap();
    let member = Value::structure().with("UserId", id.as_str());
    for group in [&group, &other] {
        let input = of(&[("GroupId", group)]).with("MemberId", member.clone());
        people.ask("CreateGroupMembership", input.clone()).await.unwrap();
        let error = people.ask("CreateGroupMembership", input).await.unwrap_err();
        assert_eq!(refusal(&error), conflict("UNIQUENESS_CONSTRAINT_VIOLATION"));
    }
    let held = people.ground.service.snapshot().directory.members(&group).next().unwrap().as_ref().clone();
    for batch in 0..5 {
        let mut draft = Draft::new();
        for at in 0..50 {
            let (id, user) = (format!("m-{batch}-{at}"), format!("u-{batch}-{at}"));
            draft.put_directory_membership(&DirectoryMembershipRecord { id, user, ..held.clone() });
        }
        people.ground.write(draft).await;
    }
    people.ask("DeleteGroup", of(&[("GroupId", &group)])).await.unwrap();
    let snapshot = people.ground.service.snapshot();
    assert!(snapshot.directory.group(&group).is_none());
    assert_eq!(snapshot.directory.members(&group).count(), 0);
    let left: Vec<_> = snapshot.directory.groups_of(&id).map(|held| held.group.clone()).collect();
    assert_eq!(left, std::slice::from_ref(&other));
    let events = people.ground.events().await;
    assert_eq!(events.iter().filter(|event| event.name == "DeleteGroup").count(), 1);
    // With a user its memberships go, and the group stays.
    people.ask("DeleteUser", of(&[("UserId", &id)])).await.unwrap();
    let snapshot = people.ground.service.snapshot();
    assert!(snapshot.directory.user(&id).is_none() && snapshot.directory.group(&other).is_some());
    assert_eq!(snapshot.directory.members(&other).count(), 0);
}

#[tokio::test]
async fn refusals_do_not_tell_what_was_found() {
    let people = People::new().await;
    let id = people.make("alice", "alice@example.com").await.unwrap();
    let nobody = people.ground.user("nobody", None).await;
    let told = async |name: &str| {
        people.by(&nobody, "GetUserId", by_attribute("userName", name)).await.unwrap_err().message
    };
    // The store comes first in what is asked.
    let store = format!(
        r#"{{"Statement":[{{"Effect":"Allow","Action":"identitystore:*",
             "Resource":"arn:aws:identitystore::123456789012:identitystore/{}"}}]}}"#,
        people.store
    );
    let clerk = people.ground.user("clerk", Some(&store)).await;
    let asked = async |name: &str| {
        people.by(&clerk, "GetUserId", by_attribute("userName", name)).await.unwrap_err().message
    };
    assert_eq!(told("alice").await, told("bob").await);
    let (one, other) = (asked("alice").await, asked("bob").await);
    assert_eq!(one, other);
    assert!(one.contains("identitystore:::user/*") && !one.contains(&id), "{one}");
}

#[tokio::test]
async fn permissions_are_asked_on_the_store_and_on_whom_it_is_about() {
    let people = People::new().await;
    let alice = people.make("alice", "alice@example.com").await.unwrap();
    let bob = people.make("bob", "bob@example.com").await.unwrap();
    let policy = format!(
        r#"{{"Statement":[
            {{"Effect":"Allow","Action":"identitystore:*","Resource":["*"]}},
            {{"Effect":"Deny","Action":"identitystore:*","Resource":"arn:aws:identitystore:::user/{bob}"}},
            {{"Effect":"Deny","Action":"identitystore:*","Resource":"*",
              "Condition":{{"ForAnyValue:StringEquals":{{"identitystore:UserExternalIdIssuers":"corp"}}}}}}]}}"#
    );
    let clerk = people.ground.user("clerk", Some(&policy)).await;
    let describe = async |id: &str| people.by(&clerk, "DescribeUser", of(&[("UserId", id)])).await;
    describe(&alice).await.unwrap();
    let arn = format!("arn:aws:identitystore:::user/{bob}");
    for id in [&bob, &arn] {
        assert_eq!(describe(id).await.unwrap_err().code, "AccessDeniedException", "{id}");
    }
    let found = people.by(&clerk, "GetUserId", by_attribute("userName", "bob")).await;
    assert_eq!(found.unwrap_err().code, "AccessDeniedException");
    let external = set("externalIds", vec![of(&[("issuer", "corp"), ("id", "1")])]);
    people.update(&alice, vec![external]).await.unwrap();
    assert_eq!(describe(&alice).await.unwrap_err().code, "AccessDeniedException");
}

#[tokio::test]
async fn events_do_not_tell_who_people_are() {
    let people = People::new().await;
    let id = people.make("canary-name", "canary-mail@example.com").await.unwrap();
    people.update(&id, vec![set("nickName", "canary-nick")]).await.unwrap();
    people.found("userName", "canary-name").await.unwrap();
    let events = people.ground.events().await;
    let told: Vec<_> = events.iter().filter(|event| event.source == "identitystore.amazonaws.com").collect();
    assert_eq!(told.len(), 3);
    for event in told {
        assert!(!event.json.contains("canary"), "{}", event.json);
        assert!(event.json.contains(&people.store), "{}", event.json);
    }
}

#[tokio::test]
async fn the_store_is_named_by_id_or_by_arn_and_there_is_no_other() {
    let people = People::new().await;
    let admin = people.ground.user("admin", Some(ALLOW_ALL)).await;
    for store in ["d-0000000000", "arn:aws:identitystore::210987654321:identitystore/d-0000000000"] {
        let input = of(&[("IdentityStoreId", store)]);
        let error = people.ground.ask(&admin, "identitystore", "ListUsers", input).await.unwrap_err();
        assert_eq!(refusal(&error), gone("IDENTITY_STORE"));
    }
    let arn = format!("arn:aws:identitystore::123456789012:identitystore/{}", people.store);
    let input = of(&[("IdentityStoreId", &arn)]);
    assert!(people.ground.ask(&admin, "identitystore", "ListUsers", input).await.is_ok());
}

#[tokio::test]
async fn an_id_elsewhere_is_one_user_s_and_one_group_s() {
    let people = People::new().await;
    let (alice, bob) = (
        people.make("alice", "a@example.com").await.unwrap(),
        people.make("bob", "b@example.com").await.unwrap(),
    );
    let (staff, board) = (people.group("staff").await, people.group("board").await);
    let external = || set("externalIds", vec![of(&[("Issuer", "corp"), ("Id", "7")])]);
    let change = async |group: &str, operation: Value| {
        people.ask("UpdateGroup", of(&[("GroupId", group)]).with("Operations", vec![operation])).await
    };
    people.update(&alice, vec![external()]).await.unwrap();
    let error = people.update(&bob, vec![external()]).await.unwrap_err();
    assert_eq!(refusal(&error), conflict("UNIQUENESS_CONSTRAINT_VIOLATION"));
    // Users and groups have ids of their own.
    change(&staff, external()).await.unwrap();
    let error = change(&board, external()).await.unwrap_err();
    assert_eq!(refusal(&error), conflict("UNIQUENESS_CONSTRAINT_VIOLATION"));
    let error = change(&board, set("displayName", "STAFF")).await.unwrap_err();
    assert_eq!(refusal(&error), conflict("UNIQUENESS_CONSTRAINT_VIOLATION"));
    for operation in
        [take("displayName"), set("displayName", "a\u{0}b"), set("members", "x"), set("description", 7_i64)]
    {
        assert_eq!(change(&board, operation).await.unwrap_err().code, "ValidationException");
    }
    let by = |id: &str| {
        let external = of(&[("Issuer", "corp"), ("Id", id)]);
        Value::structure().with("AlternateIdentifier", Value::structure().with("ExternalId", external))
    };
    assert_eq!(people.ask("GetGroupId", by("7")).await.unwrap().text("GroupId"), Some(staff.as_str()));
    assert_eq!(refusal(&people.ask("GetGroupId", by("8")).await.unwrap_err()), gone("GROUP"));
    // Who is gone has it no longer.
    people.ask("DeleteUser", of(&[("UserId", &alice)])).await.unwrap();
    assert_eq!(refusal(&people.ask("GetUserId", by("7")).await.unwrap_err()), gone("USER"));
    people.update(&bob, vec![external()]).await.unwrap();
    assert_eq!(people.ask("GetUserId", by("7")).await.unwrap().text("UserId"), Some(bob.as_str()));
}

#[tokio::test]
async fn somebody_who_is_disabled_can_be_changed_and_put_into_groups() {
    const JANE: &str = "a1b2c3d4-0000-4000-8000-000000000001";
    let people = People::new().await;
    people.ground.person(JANE, "jane", false).await;
    let group = people.group("staff").await;
    people.update(JANE, vec![set("userName", "jane.doe")]).await.unwrap();
    let member = Value::structure().with("UserId", JANE);
    let input = of(&[("GroupId", &group)]).with("MemberId", member);
    people.ask("CreateGroupMembership", input).await.unwrap();
    assert_eq!(people.user(JANE).await.text("UserStatus"), Some("DISABLED"));
}
