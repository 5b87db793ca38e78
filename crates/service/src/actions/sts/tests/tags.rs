//! Session tags and source identity: set once, handed down, never changed.

use super::*;
use crate::actions::testing::ALLOW_ALL;

async fn three_roles(ground: &Ground) -> [String; 3] {
    let open = open();
    let role = |name| ground.role(name, &open, Some(ALLOW_ALL));
    [role("one").await, role("two").await, role("three").await]
}

#[tokio::test]
async fn bad_tags_are_refused() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let [role, ..] = three_roles(&ground).await;
    let many: Vec<String> = (0..51).map(|n| format!("k{n}")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|key| (key.as_str(), "v")).collect();
    for (given, transitive) in [
        (vec![("Team", "a"), ("team", "b")], vec![]),
        (vec![("aws:team", "a")], vec![]),
        (vec![("AWS:team", "a")], vec![]),
        (vec![("team", "a")], vec!["desk"]),
        (many, vec![]),
    ] {
        let input = naming(&role).with("Tags", tags(&given)).with("TransitiveTagKeys", keys(&transitive));
        let refused = assume(&ground, &alice, input).await.unwrap_err();
        assert_eq!((&*refused.code, refused.status), ("InvalidParameterValue", 400), "{given:?}");
    }
}

#[tokio::test]
async fn a_transitive_tag_goes_down_the_chain_and_cannot_be_changed() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let [one, two, three] = three_roles(&ground).await;
    let input = naming(&one)
        .with("Tags", tags(&[("Team", "blue"), ("desk", "7")]))
        .with("TransitiveTagKeys", keys(&["team"]));
    let first = Creds::issued(&assume(&ground, &alice, input).await.unwrap());
    for changed in ["Team", "TEAM"] {
        let input = naming(&two).with("Tags", tags(&[(changed, "red")]));
        let refused = assume(&ground, &first, input).await.unwrap_err();
        assert!(refused.message.contains("conflicts with a transitive tag key"), "{}", refused.message);
    }
    let second = Creds::issued(&assume(&ground, &first, naming(&two)).await.unwrap());
    let wants = |tag: &str, value: &str| {
        let condition = serde_json::json!({ "StringEquals": { format!("aws:PrincipalTag/{tag}"): value } });
        let statement = serde_json::json!({ "Effect": "Allow", "Principal": { "AWS": everybody_here() },
            "Action": ["sts:AssumeRole", "sts:TagSession"], "Condition": condition });
        serde_json::json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
    };
    let blue = ground.role("blue", &wants("team", "blue"), None).await;
    let desk = ground.role("desk", &wants("desk", "7"), None).await;
    let third = Creds::issued(&assume(&ground, &second, naming(&three)).await.unwrap());
    for creds in [&first, &second, &third] {
        assume(&ground, creds, naming(&blue)).await.unwrap();
    }
    assume(&ground, &first, naming(&desk)).await.unwrap();
    assert_eq!(assume(&ground, &second, naming(&desk)).await.unwrap_err().code, "AccessDenied");
}

#[tokio::test]
async fn an_inherited_tag_stands_in_for_the_tag_of_the_next_role() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let [one, ..] = three_roles(&ground).await;
    let condition = serde_json::json!({ "StringEquals": { "aws:ResourceTag/team": "blue" } });
    let statement = serde_json::json!({ "Effect": "Allow", "Principal": { "AWS": everybody_here() },
        "Action": ["sts:AssumeRole", "sts:TagSession"], "Condition": condition });
    let trust = serde_json::json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
    let tag = |value: &str| portcullis_base::Tag { key: "team".to_owned(), value: value.to_owned() };
    let red = ground.role_with("red", &trust, None, |role| role.tags.set(tag("red"))).await;
    let blue = ground.role_with("blue", &trust, None, |role| role.tags.set(tag("blue"))).await;
    let plain = ground.role("plain", &trust, None).await;
    let works = async |by: &Creds, role: &str| assume(&ground, by, naming(role)).await.is_ok();
    assert!(works(&alice, &blue).await && !works(&alice, &red).await && !works(&alice, &plain).await);
    let handing = |value: &str| {
        naming(&one).with("Tags", tags(&[("team", value)])).with("TransitiveTagKeys", keys(&["team"]))
    };
    let session = Creds::issued(&assume(&ground, &alice, handing("blue")).await.unwrap());
    assert!(works(&session, &blue).await && works(&session, &red).await && !works(&session, &plain).await);
    let session = Creds::issued(&assume(&ground, &alice, handing("red")).await.unwrap());
    assert!(!works(&session, &blue).await);
}

#[tokio::test]
async fn tagging_is_a_permission_of_its_own() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let plain = ground.role("plain", &trust(&["sts:AssumeRole"], &everybody_here()), None).await;
    assume(&ground, &alice, naming(&plain)).await.unwrap();
    let refused =
        assume(&ground, &alice, naming(&plain).with("Tags", tags(&[("a", "b")]))).await.unwrap_err();
    assert!(refused.message.contains("sts:TagSession"), "{}", refused.message);
    // Handing a tag down is tagging too.
    let [one, ..] = three_roles(&ground).await;
    let input = naming(&one).with("Tags", tags(&[("a", "b")])).with("TransitiveTagKeys", keys(&["a"]));
    let session = Creds::issued(&assume(&ground, &alice, input).await.unwrap());
    assert_eq!(assume(&ground, &session, naming(&plain)).await.unwrap_err().code, "AccessDenied");
    // A federated user's tags are the maker's own to give, if it may.
    let may = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:GetFederationToken","Resource":"*"}}"#;
    let untagging = ground.user("untagging", Some(may)).await;
    federate(&ground, &untagging, Value::structure()).await.unwrap();
    let tagged = Value::structure().with("Tags", tags(&[("a", "b")]));
    assert_eq!(federate(&ground, &untagging, tagged).await.unwrap_err().code, "AccessDenied");
}

#[tokio::test]
async fn a_source_identity_is_that_of_the_whole_chain() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let [one, two, three] = three_roles(&ground).await;
    let being = |role: &str, who: &str| naming(role).with("SourceIdentity", who);
    let answer = assume(&ground, &alice, being(&one, "jane")).await.unwrap();
    assert_eq!(answer.text("SourceIdentity"), Some("jane"));
    let first = Creds::issued(&answer);
    assert_eq!(assume(&ground, &first, being(&two, "john")).await.unwrap_err().code, "AccessDenied");
    let answer = assume(&ground, &first, naming(&two)).await.unwrap();
    assert_eq!(answer.text("SourceIdentity"), Some("jane"));
    let answer = assume(&ground, &Creds::issued(&answer), being(&three, "jane")).await.unwrap();
    assert_eq!(answer.text("SourceIdentity"), Some("jane"));
    let refused = assume(&ground, &alice, being(&one, "AWS:jane")).await.unwrap_err();
    assert_eq!(refused.code, "ValidationError");
}

#[tokio::test]
async fn down_a_chain_both_sides_must_consent_to_the_source_identity() {
    let ground = Ground::new().await;
    let alice = ground.user("alice", Some(ALLOW_ALL)).await;
    let assume_only =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}"#;
    let first = ground.role("first", &open(), Some(assume_only)).await;
    // The next role's trust names the first by its ARN, which needs no policy of the first for anything else.
    let both = ["sts:AssumeRole", "sts:SetSourceIdentity"];
    let willing = ground.role("willing", &trust(&both, &first), None).await;
    let unwilling = ground.role("unwilling", &trust(&["sts:AssumeRole"], &first), None).await;
    let anonymous = Creds::issued(&assume(&ground, &alice, naming(&first)).await.unwrap());
    assume(&ground, &anonymous, naming(&willing)).await.unwrap();
    assume(&ground, &anonymous, naming(&unwilling)).await.unwrap();
    let jane = naming(&first).with("SourceIdentity", "jane");
    let jane = Creds::issued(&assume(&ground, &alice, jane).await.unwrap());
    assert_eq!(assume(&ground, &jane, naming(&willing)).await.unwrap_err().code, "AccessDenied");
    let second = ground.role("second", &open(), Some(ALLOW_ALL)).await;
    let both_sides = ground.role("both", &trust(&both, &second), None).await;
    let jane = naming(&second).with("SourceIdentity", "jane");
    let jane = Creds::issued(&assume(&ground, &alice, jane).await.unwrap());
    assume(&ground, &jane, naming(&both_sides)).await.unwrap();
}
