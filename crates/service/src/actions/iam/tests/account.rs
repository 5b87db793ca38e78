//! What is set for an account as a whole: its alias, and which tokens STS gives out.

use portcullis_store::record::AccountSettingsRecord;

use super::*;
use crate::draft::Draft;

async fn aliases(ground: &Ground) -> Vec<String> {
    let answer = done(ground, "ListAccountAliases", &[]).await;
    answer.list("AccountAliases").iter().filter_map(Value::as_text).map(str::to_owned).collect()
}

#[tokio::test]
async fn an_account_has_one_alias_and_a_new_one_takes_its_place() {
    let ground = Ground::new().await;
    let alias = |name: &'static str| [("AccountAlias", name)];
    assert!(aliases(&ground).await.is_empty());
    done(&ground, "CreateAccountAlias", &alias("first")).await;
    assert_eq!(
        refused(&ground, "CreateAccountAlias", &alias("first")).await,
        error("EntityAlreadyExists", 409, "The account alias first already exists.")
    );
    done(&ground, "CreateAccountAlias", &alias("second-one")).await;
    assert_eq!(aliases(&ground).await, ["second-one"]);
    let gone = error("NoSuchEntity", 404, "The account alias first cannot be found.");
    assert_eq!(refused(&ground, "DeleteAccountAlias", &alias("first")).await, gone);
    done(&ground, "CreateAccountAlias", &alias("first")).await;
    done(&ground, "DeleteAccountAlias", &alias("first")).await;
    assert!(aliases(&ground).await.is_empty());
    for name in ["ab", "-ab", "ab-", "a--b", "Abc", "a_b", "123456789012", "a.b"] {
        let error =
            refused_untouched(&ground, &ground.root, "CreateAccountAlias", of(&[("AccountAlias", name)]));
        assert_eq!(error.await.code, "ValidationError", "{name}");
    }
}

#[tokio::test]
async fn an_alias_of_another_account_is_taken() {
    let ground = Ground::new().await;
    let account = "999999999999".parse().unwrap();
    let mut draft = Draft::new();
    draft.put_account_settings(&AccountSettingsRecord {
        account,
        alias: Some("theirs".to_owned()),
        password_policy: None,
        global_token_version: None,
    });
    ground.write(draft).await;
    assert!(aliases(&ground).await.is_empty());
    let input = || of(&[("AccountAlias", "theirs")]);
    let error = refused_untouched(&ground, &ground.root, "CreateAccountAlias", input()).await;
    assert_eq!((&*error.code, error.status), ("EntityAlreadyExists", 409));
    let error = refused_untouched(&ground, &ground.root, "DeleteAccountAlias", input()).await;
    assert_eq!(error.code, "NoSuchEntity");
}

#[tokio::test]
async fn one_setting_keeps_the_others() {
    let ground = Ground::new().await;
    let version = || async {
        let summary = done(&ground, "GetAccountSummary", &[]).await;
        summary.member("SummaryMap").unwrap().int("GlobalEndpointTokenVersion").unwrap()
    };
    done(&ground, "CreateAccountAlias", &[("AccountAlias", "kept")]).await;
    done(&ground, "UpdateAccountPasswordPolicy", &[]).await;
    for (token, number) in [("v2Token", 2), ("v1Token", 1)] {
        done(&ground, "SetSecurityTokenServicePreferences", &[("GlobalEndpointTokenVersion", token)]).await;
        assert_eq!(version().await, number);
    }
    done(&ground, "GetAccountPasswordPolicy", &[]).await;
    assert_eq!(aliases(&ground).await, ["kept"]);
    let input = of(&[("GlobalEndpointTokenVersion", "v3Token")]);
    let error = refused_untouched(&ground, &ground.root, "SetSecurityTokenServicePreferences", input).await;
    assert_eq!(error.code, "ValidationError");
}
