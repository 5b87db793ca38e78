//! The credential report.

use super::*;

const FIRST: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
    password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
    access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
    access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
    cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

async fn state(ground: &Ground) -> String {
    done(ground, "GenerateCredentialReport", &[]).await.text("State").unwrap().to_owned()
}

async fn report(ground: &Ground) -> Vec<String> {
    while state(ground).await != "COMPLETE" {
        tokio::task::yield_now().await;
    }
    let answer = done(ground, "GetCredentialReport", &[]).await;
    assert_eq!(answer.text("ReportFormat"), Some("text/csv"));
    let content = answer.blob("Content").unwrap().to_vec();
    String::from_utf8(content).unwrap().lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_report_is_made_once_in_four_hours() {
    let ground = Ground::new().await;
    let none = refused(&ground, "GetCredentialReport", &[]).await;
    assert_eq!((none.0.as_str(), none.1), ("ReportNotPresent", 410));
    assert_eq!(state(&ground).await, "STARTED");
    let making = refused(&ground, "GetCredentialReport", &[]).await;
    assert_eq!((making.0.as_str(), making.1), ("ReportInProgress", 404));
    let before = report(&ground).await;
    ground.user("later", None).await;
    ground.forward(4 * 60 * 60 - 1);
    assert_eq!(report(&ground).await, before);
    ground.forward(1);
    let old = refused(&ground, "GetCredentialReport", &[]).await;
    assert_eq!((old.0.as_str(), old.1), ("ReportExpired", 410));
    assert_eq!(state(&ground).await, "STARTED");
    assert_eq!(report(&ground).await.len(), before.len() + 1);
}

#[tokio::test]
async fn every_credential_has_its_columns() {
    let ground = Ground::new().await;
    let rules = Value::structure().with("MaxPasswordAge", 2_u32).with("MinimumPasswordLength", 6_u32);
    call(&ground, &ground.root, "UpdateAccountPasswordPolicy", rules).await.unwrap();
    let keyed = ground.user("a,b", Some(ALLOW_ALL)).await;
    call(&ground, &keyed, "ListUsers", of(&[])).await.unwrap();
    done(&ground, "CreateUser", &[("UserName", "plain")]).await;
    done(&ground, "CreateLoginProfile", &[("UserName", "plain"), ("Password", "abcdef")]).await;
    let lines = report(&ground).await;
    assert_eq!(lines[0], FIRST);
    // 1795000000 is this instant.
    let (at, later) = ("2026-11-18T11:06:40+00:00", "2026-11-20T11:06:40+00:00");
    let used = format!("true,{at},{at},us-east-1,iam");
    let (unused, certificates) = ("false,N/A,N/A,N/A,N/A", "false,N/A,false,N/A");
    let root =
        format!("<root_account>,{},{at},not_supported,N/A,not_supported,not_supported,false", arn("root"));
    let comma = format!("\"a,b\",\"{}\",{at},false,N/A,N/A,N/A,false", arn("user/a,b"));
    let plain = format!("plain,{},{at},true,no_information,{at},{later},false", arn("user/plain"));
    assert_eq!(lines[1], format!("{root},{used},{unused},{certificates}"));
    assert_eq!(lines[2], format!("{comma},{used},{unused},{certificates}"));
    assert_eq!(lines[3], format!("{plain},{unused},{unused},{certificates}"));
    assert_eq!(lines.len(), 4);
}
