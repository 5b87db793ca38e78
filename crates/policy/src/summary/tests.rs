use serde_json::{Value, json};

use super::*;

fn of(statements: &Value) -> Summary {
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    summary(&text, PolicyKind::Identity).unwrap()
}

fn row(row: &ServiceSummary) -> [String; 4] {
    [row.prefix.clone(), row.access_text(), row.resource_text(), row.condition_text()]
}

#[test]
fn each_service_has_its_levels_resources_and_conditions() {
    let summary = of(&json!([
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*"]},
        {"Effect": "Allow", "Action": ["iam:*"], "Resource": "arn:aws:iam::111122223333:user/alice",
         "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}},
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*",
         "Condition": {"Bool": {"aws:MultiFactorAuthPresent": true}, "StringEquals": {"aws:RequestedRegion": "eu-central-1"}}},
        {"Effect": "Deny", "Action": "s3:DeleteObject", "NotResource": "arn:aws:s3:::scratch/*"},
        {"Effect": "Allow", "Action": ["s3:GetObjct", "s4:GetObject"], "Resource": "*"},
    ]));
    let rows: Vec<_> = summary.allow.iter().map(row).collect();
    assert_eq!(
        rows,
        [
            ["iam", "Full access", "user alice", "aws:SourceIp IpAddress 192.0.2.0/24"],
            ["s3", "Limited: List, Read", "Multiple", "None"],
            ["sts", "Limited: Write", "All resources", "Multiple"],
        ]
    );
    let rows: Vec<_> = summary.deny.iter().map(row).collect();
    assert_eq!(rows, [["s3", "Limited: Write", "All but object scratch/*", "None"]]);
    assert_eq!(summary.unrecognized_actions, ["s3:GetObjct"]);
    assert_eq!(summary.unrecognized_services, ["s4:GetObject"]);
}

#[test]
fn a_whole_level_is_full() {
    let summary = of(&json!({"Effect": "Allow", "Action": ["sts:*"], "Resource": "*"}));
    assert_eq!(summary.allow[0].access_text(), "Full access");
    let tags =
        of(&json!({"Effect": "Allow", "Action": ["s3:*Tag*", "s3:PutObject"], "Resource": "arn:aws:s3:::b"}));
    assert!(tags.allow[0].access_text().contains("Limited: "), "{}", tags.allow[0].access_text());
    assert_eq!(tags.allow[0].resource_text(), "bucket b");
}

#[test]
fn everything_and_everything_else() {
    let all = of(&json!({"Effect": "Allow", "Action": "*", "Resource": "*"}));
    assert_eq!(row(&all.allow[0]), ["*", "Full access", "All resources", "None"]);
    let rest = of(&json!({"Effect": "Allow", "NotAction": ["iam:*", "sts:AssumeRole"], "Resource": "*"}));
    let rows: Vec<_> = rest.allow.iter().map(|row| (row.prefix.as_str(), row.access_text())).collect();
    assert_eq!(rows[0], ("*", "Full access".to_owned()));
    assert_eq!(rows[1], ("iam", "None".to_owned()));
    assert!(rows[2].0 == "sts" && rows[2].1.contains("Limited: Write"), "{rows:?}");
    let none = of(&json!({"Effect": "Allow", "NotAction": "*", "Resource": "*"}));
    assert_eq!(none.to_string(), "The policy says nothing about any known action.\n");
    let some = of(&json!({"Effect": "Deny", "Action": "*:ListTagsForResource", "Resource": "*"}));
    assert!(some.deny.len() > 50);
}

#[test]
fn what_cannot_be_saved_has_no_summary() {
    assert!(summary("{", PolicyKind::Identity).is_err());
}

#[test]
fn the_text_is_a_table() {
    let summary = of(&json!([
        {"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringLike": {"aws:userid": "AROAX:*"}}},
    ]));
    let services = summary.services;
    assert_eq!(
        summary.to_string(),
        format!(
            "Explicit deny (all services)\n\
             \x20 Service       Access level  Resource       Request condition\n\
             \x20 All services  Full access   All resources  aws:userid StringLike AROAX:*\n\n\
             Allow (1 of {services} services)\n\
             \x20 Service                     Access level   Resource       Request condition\n\
             \x20 AWS Security Token Service  Limited: Read  All resources  None\n"
        )
    );
}
