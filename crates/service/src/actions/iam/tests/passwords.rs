//! Login profiles, passwords and the rules for them.

use super::*;

const USER: (&str, &str) = ("UserName", "u");
const GOOD: &str = "Correct-Horse-1";

async fn with_password(ground: &Ground, name: &str, policy: Option<&str>) -> Creds {
    let creds = ground.user(name, policy).await;
    done(ground, "CreateLoginProfile", &[("UserName", name), ("Password", GOOD)]).await;
    creds
}

fn change(old: &str, new: &str) -> Value {
    of(&[("OldPassword", old), ("NewPassword", new)])
}

async fn rules(ground: &Ground, input: Value) {
    call(ground, &ground.root, "UpdateAccountPasswordPolicy", input).await.unwrap();
}

#[tokio::test]
async fn a_password_is_given_shown_replaced_and_taken_away() {
    let ground = Ground::new().await;
    done(&ground, "CreateUser", &[USER]).await;
    let absent = error("NoSuchEntity", 404, "Login Profile for User u cannot be found.");
    for action in ["GetLoginProfile", "UpdateLoginProfile", "DeleteLoginProfile"] {
        assert_eq!(refused(&ground, action, &[USER]).await, absent, "{action}");
    }
    let create = of(&[USER, ("Password", GOOD)]).with("PasswordResetRequired", true);
    let made = call(&ground, &ground.root, "CreateLoginProfile", create.clone()).await.unwrap();
    let made = made.member("LoginProfile").unwrap();
    assert_eq!((made.text("UserName"), made.bool("PasswordResetRequired")), (Some("u"), Some(true)));
    let twice = refused_untouched(&ground, &ground.root, "CreateLoginProfile", create).await;
    assert_eq!((&*twice.code, twice.status), ("EntityAlreadyExists", 409));
    let upper = ("UserName", "U");
    done(&ground, "UpdateLoginProfile", &[upper, ("Password", "Another-Horse-2")]).await;
    let reset = |required: bool| of(&[USER]).with("PasswordResetRequired", required);
    for required in [true, false] {
        let shown = done(&ground, "GetLoginProfile", &[upper]).await;
        let shown = shown.member("LoginProfile").unwrap();
        assert_eq!(shown.bool("PasswordResetRequired"), Some(required));
        assert_eq!(shown.time("CreateDate"), made.time("CreateDate"));
        call(&ground, &ground.root, "UpdateLoginProfile", reset(false)).await.unwrap();
    }
    let conflict = error("DeleteConflict", 409, "Cannot delete entity, must delete login profile first.");
    assert_eq!(refused(&ground, "DeleteUser", &[USER]).await, conflict);
    done(&ground, "DeleteLoginProfile", &[USER]).await;
    assert_eq!(refused(&ground, "GetLoginProfile", &[USER]).await, absent);
    done(&ground, "DeleteUser", &[USER]).await;
    let nobody = refused(&ground, "CreateLoginProfile", &[USER, ("Password", GOOD)]).await;
    assert_eq!(nobody, error("NoSuchEntity", 404, "The user with name u cannot be found."));
    for input in [of(&[("Password", GOOD)]), of(&[])] {
        let error = refused_untouched(&ground, &ground.root, "CreateLoginProfile", input).await;
        assert_eq!(error.code, "ValidationError");
    }
}

#[tokio::test]
async fn a_user_changes_its_own_password_and_must_know_the_old_one() {
    let ground = Ground::new().await;
    let user = with_password(&ground, "u", Some(ALLOW_ALL)).await;
    let reset = of(&[USER]).with("PasswordResetRequired", true);
    call(&ground, &ground.root, "UpdateLoginProfile", reset).await.unwrap();
    let wrong = refused_untouched(&ground, &user, "ChangePassword", change("wrong", "New-Horse-3")).await;
    assert_eq!((&*wrong.code, wrong.status), ("AccessDenied", 403));
    assert_eq!(wrong.message, "The old password was incorrect.");
    call(&ground, &user, "ChangePassword", change(GOOD, "New-Horse-3")).await.unwrap();
    let shown = done(&ground, "GetLoginProfile", &[USER]).await;
    assert_eq!(shown.member("LoginProfile").unwrap().bool("PasswordResetRequired"), Some(false));
    let old = refused_untouched(&ground, &user, "ChangePassword", change(GOOD, "New-Horse-4")).await;
    assert_eq!(old.code, "AccessDenied");
    call(&ground, &user, "ChangePassword", change("New-Horse-3", "New-Horse-4")).await.unwrap();
    let root = refused_untouched(&ground, &ground.root, "ChangePassword", change("a", "b")).await;
    assert_eq!((&*root.code, root.status), ("InvalidUserType", 400));
    let other = ground.user("other", Some(ALLOW_ALL)).await;
    let none = refused_untouched(&ground, &other, "ChangePassword", change("a", "b")).await;
    assert_eq!(none.code, "NoSuchEntity");
}

#[tokio::test]
async fn a_session_of_a_role_has_no_password() {
    let ground = Ground::new().await;
    let role = ground.role("r", &trust(&["sts:AssumeRole"], &arn("root")), Some(ALLOW_ALL)).await;
    let user = with_password(&ground, "u", Some(ALLOW_ALL)).await;
    let input = of(&[("RoleArn", &role), ("RoleSessionName", "s")]);
    let session = Creds::issued(&ground.ask(&user, "sts", "AssumeRole", input).await.unwrap());
    let error = refused_untouched(&ground, &session, "ChangePassword", change(GOOD, "New-Horse-3")).await;
    assert_eq!(error.code, "InvalidUserType");
}

#[tokio::test]
async fn guessing_ends_after_five_wrong_passwords() {
    let ground = Ground::new().await;
    let user = with_password(&ground, "u", Some(ALLOW_ALL)).await;
    let other = with_password(&ground, "v", Some(ALLOW_ALL)).await;
    let code = |answer: Result<Value, ApiError>| answer.err().map(|error| error.code.into_owned());
    let attempt = |old: &'static str| async {
        code(call(&ground, &user, "ChangePassword", change(old, "New-Horse-3")).await)
    };
    // At once, and under another name after the first.
    let wrong = futures_util::future::join_all((0..8).map(|_| attempt("wrong"))).await;
    let count = |expected: &str| wrong.iter().filter(|code| code.as_deref() == Some(expected)).count();
    assert_eq!((count("AccessDenied"), count("EntityTemporarilyUnmodifiable")), (5, 3));
    done(&ground, "UpdateUser", &[USER, ("NewUserName", "W")]).await;
    assert_eq!(attempt(GOOD).await.as_deref(), Some("EntityTemporarilyUnmodifiable"));
    call(&ground, &other, "ChangePassword", change(GOOD, "New-Horse-3")).await.unwrap();
    ground.forward(15 * 60);
    assert_eq!(attempt("wrong").await.as_deref(), Some("AccessDenied"));
    assert_eq!(attempt(GOOD).await, None);
    for _ in 0..5 {
        assert_eq!(attempt("wrong").await.as_deref(), Some("AccessDenied"));
    }
    assert_eq!(attempt("New-Horse-3").await.as_deref(), Some("EntityTemporarilyUnmodifiable"));
    done(&ground, "UpdateLoginProfile", &[("UserName", "w"), ("Password", GOOD)]).await;
    assert_eq!(attempt(GOOD).await, None);
}

#[tokio::test]
async fn where_no_rules_are_set_those_of_aws_hold() {
    let ground = Ground::new().await;
    done(&ground, "CreateUser", &[USER]).await;
    done(&ground, "CreateAccountAlias", &[("AccountAlias", "acme-corp1")]).await;
    let bad =
        ["Short-1", "alllowercase", "lowerUPPER", "lower1234", "ünïcödé-Ünï", "Acme-Corp1", "ACME-corp1"];
    for password in bad {
        let input = of(&[USER, ("Password", password)]);
        let error = refused_untouched(&ground, &ground.root, "CreateLoginProfile", input).await;
        assert_eq!((&*error.code, error.status), ("PasswordPolicyViolation", 400), "{password}");
        assert!(!error.message.contains(password), "{error}");
    }
    for password in ["lowerUP1", "lower-12", "UPPER|12", "lowerUP'", "Acme-Corp2"] {
        done(&ground, "CreateLoginProfile", &[USER, ("Password", password)]).await;
        done(&ground, "DeleteLoginProfile", &[USER]).await;
    }
}

#[tokio::test]
async fn the_rules_that_are_set_hold_and_no_others() {
    let ground = Ground::new().await;
    done(&ground, "CreateUser", &[USER]).await;
    let absent = format!("The Password Policy with domain name {ACCOUNT} cannot be found.");
    for action in ["GetAccountPasswordPolicy", "DeleteAccountPasswordPolicy"] {
        assert_eq!(refused(&ground, action, &[]).await, error("NoSuchEntity", 404, &absent));
    }
    let cases: [(&str, Value, &str, &str); 5] = [
        ("MinimumPasswordLength", 10_u32.into(), "aaaaaaaaa", "aaaaaaaaaa"),
        ("RequireSymbols", true.into(), "aaaaaa~", "aaaaa!"),
        ("RequireNumbers", true.into(), "aaaaaa", "aaaaa1"),
        ("RequireUppercaseCharacters", true.into(), "aaaaaÄ", "aaaaaA"),
        ("RequireLowercaseCharacters", true.into(), "AAAAAä", "AAAAAa"),
    ];
    for (name, value, bad, good) in cases {
        rules(&ground, Value::structure().with(name, value)).await;
        let bad = of(&[USER, ("Password", bad)]);
        let error = refused_untouched(&ground, &ground.root, "CreateLoginProfile", bad).await;
        assert_eq!(error.code, "PasswordPolicyViolation", "{name}");
        done(&ground, "CreateLoginProfile", &[USER, ("Password", good)]).await;
        done(&ground, "DeleteLoginProfile", &[USER]).await;
    }
    rules(&ground, Value::structure()).await;
    let short = refused(&ground, "CreateLoginProfile", &[USER, ("Password", "aaaaa")]).await;
    assert_eq!(short, error("PasswordPolicyViolation", 400, "Password should have a minimum length of 6"));
    for (name, value) in
        [("MinimumPasswordLength", 5_u32), ("MinimumPasswordLength", 129), ("MaxPasswordAge", 1096)]
    {
        let input = Value::structure().with(name, value);
        let error = refused_untouched(&ground, &ground.root, "UpdateAccountPasswordPolicy", input).await;
        assert_eq!(error.code, "ValidationError");
    }
    done(&ground, "DeleteAccountPasswordPolicy", &[]).await;
    assert_eq!(refused(&ground, "GetAccountPasswordPolicy", &[]).await.0, "NoSuchEntity");
}

#[tokio::test]
async fn rules_are_shown_as_they_were_set_and_replaced_as_a_whole() {
    let ground = Ground::new().await;
    let set = Value::structure()
        .with("MinimumPasswordLength", 12_u32)
        .with("RequireSymbols", true)
        .with("MaxPasswordAge", 90_u32)
        .with("PasswordReusePrevention", 24_u32)
        .with("HardExpiry", true);
    rules(&ground, set).await;
    let shown = || async {
        done(&ground, "GetAccountPasswordPolicy", &[]).await.member("PasswordPolicy").unwrap().clone()
    };
    let held = shown().await;
    assert_eq!((held.int("MinimumPasswordLength"), held.int("MaxPasswordAge")), (Some(12), Some(90)));
    assert_eq!((held.bool("RequireSymbols"), held.bool("RequireNumbers")), (Some(true), Some(false)));
    assert_eq!((held.bool("ExpirePasswords"), held.bool("HardExpiry")), (Some(true), Some(true)));
    assert_eq!(held.int("PasswordReusePrevention"), Some(24));
    rules(&ground, Value::structure()).await;
    let held = shown().await;
    assert_eq!((held.int("MinimumPasswordLength"), held.bool("ExpirePasswords")), (Some(6), Some(false)));
    for name in ["MaxPasswordAge", "PasswordReusePrevention", "HardExpiry"] {
        assert_eq!(held.member(name), None, "{name}");
    }
}

#[tokio::test]
async fn the_latest_passwords_are_not_set_again() {
    let ground = Ground::new().await;
    let user = with_password(&ground, "u", Some(ALLOW_ALL)).await;
    let set = |password: &'static str| refused_or_done(&ground, password);
    // Without a rule the same password may be set again.
    assert_eq!(set(GOOD).await, None);
    rules(&ground, Value::structure().with("PasswordReusePrevention", 2_u32)).await;
    assert_eq!(set("second").await, None);
    let reused = Some("PasswordPolicyViolation".to_owned());
    assert_eq!(set("second").await, reused);
    assert_eq!(set(GOOD).await, reused);
    assert_eq!(set("third-").await, None);
    let error = refused_untouched(&ground, &user, "ChangePassword", change("third-", "second")).await;
    assert_eq!(error.code, "PasswordPolicyViolation");
    // What was used before is told to nobody who does not know the present one.
    let error = refused_untouched(&ground, &user, "ChangePassword", change("wrong!", "second")).await;
    assert_eq!(error.code, "AccessDenied");
    call(&ground, &user, "ChangePassword", change("third-", GOOD)).await.unwrap();
}

async fn refused_or_done(ground: &Ground, password: &str) -> Option<String> {
    let answer = root(ground, "UpdateLoginProfile", &[USER, ("Password", password)]).await;
    answer.err().map(|error| error.code.into_owned())
}

#[tokio::test]
async fn the_account_can_let_its_users_change_their_passwords() {
    let ground = Ground::new().await;
    let deny = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"iam:ChangePassword","Resource":"*"}}"#;
    let plain = with_password(&ground, "plain", None).await;
    let denied = with_password(&ground, "denied", Some(deny)).await;
    let code = |answer: Result<Value, ApiError>| answer.err().map(|error| error.code.into_owned());
    let attempt = |creds: Creds| {
        let ground = &ground;
        async move { code(call(ground, &creds, "ChangePassword", change(GOOD, GOOD)).await) }
    };
    let read = || async { code(call(&ground, &plain, "GetAccountPasswordPolicy", of(&[])).await) };
    assert_eq!(attempt(plain.clone()).await.as_deref(), Some("AccessDenied"));
    rules(&ground, Value::structure().with("AllowUsersToChangePassword", true)).await;
    assert_eq!((attempt(plain.clone()).await, read().await), (None, None));
    assert_eq!(attempt(denied).await.as_deref(), Some("AccessDenied"));
    for action in ["GetLoginProfile", "UpdateLoginProfile", "DeleteLoginProfile", "ListUsers"] {
        let error = call(&ground, &plain, action, of(&[("UserName", "plain")])).await.unwrap_err();
        assert_eq!(error.code, "AccessDenied", "{action}");
    }
    // A boundary that does not say so still limits.
    let bound = ground.policy("none", DENY_ALL).await;
    done(&ground, "PutUserPermissionsBoundary", &[("UserName", "plain"), ("PermissionsBoundary", &bound)])
        .await;
    assert_eq!(attempt(plain.clone()).await.as_deref(), Some("AccessDenied"));
    done(&ground, "DeleteUserPermissionsBoundary", &[("UserName", "plain")]).await;
    rules(&ground, Value::structure()).await;
    assert_eq!(attempt(plain.clone()).await.as_deref(), Some("AccessDenied"));
    assert_eq!(read().await.as_deref(), Some("AccessDenied"));
}

#[tokio::test]
async fn no_password_is_in_an_event_and_none_lies_open_in_the_store() {
    let ground = Ground::new().await;
    let user = with_password(&ground, "u", Some(ALLOW_ALL)).await;
    let canary = "Canary-Horse-9";
    call(&ground, &user, "ChangePassword", change(GOOD, canary)).await.unwrap();
    call(&ground, &user, "ChangePassword", change("Wrong-Canary-9", "Short")).await.unwrap_err();
    call(&ground, &user, "ChangePassword", change("Wrong-Canary-9", canary)).await.unwrap_err();
    done(&ground, "UpdateLoginProfile", &[USER, ("Password", "Admin-Canary-9")]).await;
    let events = ground.events().await;
    assert!(events.iter().any(|event| event.name == "ChangePassword"));
    for event in events {
        for secret in [GOOD, canary, "Canary", "Short"] {
            assert!(!event.json.contains(secret), "{}", event.json);
        }
    }
    let id = ground.service.snapshot().users.named(ground.account(), "u").unwrap().record.id;
    let record =
        ground.service.snapshot().belongings.login_of(id).map(|held| held.sealed_hashes.clone()).unwrap();
    assert_eq!(record.len(), 3);
    for sealed in record {
        // A hash in the open would be a map that says how it was made.
        let parsed =
            portcullis_store::codec::from_bytes::<portcullis_store::record::PasswordHashRecord>(&sealed);
        assert!(parsed.is_err());
    }
}

#[tokio::test]
async fn the_permission_on_a_password_is_asked_again_when_policies_change_meanwhile() {
    let ground = Ground::new().await;
    let admin = ground.user("admin", Some(ALLOW_ALL)).await;
    done(&ground, "CreateUser", &[USER]).await;
    // The writer is busy while the password is hashed; when its turn comes the policies are others.
    let turn = ground.service.writer.lock().await;
    let create = of(&[USER, ("Password", GOOD)]);
    let asked = call(&ground, &admin, "CreateLoginProfile", create);
    let revoke = async {
        let mut record =
            ground.service.snapshot().users.named(ground.account(), "admin").unwrap().record.clone();
        record.inline.clear();
        let mut draft = crate::draft::Draft::new();
        draft.put_user(&record);
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        ground.write(draft).await;
        drop(turn);
    };
    let (answer, ()) = futures_util::future::join(asked, revoke).await;
    assert_eq!(answer.unwrap_err().code, "AccessDenied");
    assert_eq!(refused(&ground, "GetLoginProfile", &[USER]).await.0, "NoSuchEntity");
}
