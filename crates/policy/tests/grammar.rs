//! What may be saved: the elements of every kind of policy, and in which words AWS refuses the rest.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod support;

use portcullis_policy::PolicyKind;
use serde_json::{Value, json};
use support::grammar::{assert_accepted, assert_refused};

use PolicyKind::{Identity, Rcp, Resource, Scp, Session, Trust};

const SYNTAX: &str = "Syntax errors in policy.";

#[test]
fn each_kind_has_its_elements() {
    let allow = json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"});
    let with = |mut statement: Value, name: &str, value: Value| {
        statement[name] = value;
        statement
    };
    for kind in [Identity, Session, Scp] {
        assert_accepted(kind, &allow);
        assert_refused(
            kind,
            &with(allow.clone(), "Principal", json!("*")),
            "Has prohibited field Principal.",
            "Principal",
        );
        assert_refused(
            kind,
            &with(allow.clone(), "NotPrincipal", json!("*")),
            "Has prohibited field NotPrincipal.",
            "",
        );
        assert_refused(
            kind,
            &json!({"Effect": "Allow", "Resource": "*"}),
            "Policy statement must contain actions.",
            "",
        );
        assert_refused(
            kind,
            &json!({"Effect": "Allow", "Action": "s3:*"}),
            "Policy statement must contain resources.",
            "",
        );
    }
    assert_refused(Resource, &allow, "Missing required field Principal.", "");
    assert_accepted(Resource, &with(allow.clone(), "Principal", json!("*")));
    let everyone = |effect: &str| json!({"Effect": effect, "Action": "s3:*", "Resource": "*", "NotPrincipal": {"AWS": "111122223333"}});
    assert_accepted(Resource, &everyone("Deny"));
    assert_refused(Resource, &everyone("Allow"), SYNTAX, "NotPrincipal with Allow");

    let trust = json!({"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"});
    assert_accepted(Trust, &trust);
    assert_refused(
        Trust,
        &with(trust.clone(), "Resource", json!("*")),
        "Has prohibited field Resource.",
        "Resource",
    );
    assert_refused(
        Trust,
        &json!({"Effect": "Allow", "Action": "sts:AssumeRole"}),
        "AssumeRole policy must contain principals.",
        "",
    );
    assert_refused(
        Trust,
        &json!({"Effect": "Deny", "Action": "sts:AssumeRole", "NotPrincipal": "*"}),
        "Has prohibited field NotPrincipal.",
        "",
    );
}

#[test]
fn resource_control_policies_only_deny_and_everyone() {
    let with = |mut statement: Value, name: &str, value: Value| {
        statement[name] = value;
        statement
    };
    let rcp = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"});
    assert_accepted(Rcp, &rcp);
    assert_refused(Rcp, &with(rcp.clone(), "Effect", json!("Allow")), SYNTAX, "only deny");
    assert_refused(Rcp, &with(rcp.clone(), "Action", json!("*")), SYNTAX, "service");
    assert_refused(Rcp, &with(rcp.clone(), "Principal", json!({"AWS": "*"})), SYNTAX, "must be \"*\"");
    assert_refused(
        Rcp,
        &with(rcp, "Principal", json!(["arn:aws:iam::111122223333:root"])),
        SYNTAX,
        "must be \"*\"",
    );
}

#[test]
fn trust_policies_are_about_assuming_the_role() {
    let trust = |action: &str| json!({"Effect": "Allow", "Principal": "*", "Action": action});
    for action in [
        "sts:AssumeRole",
        "sts:AssumeRoleWithSAML",
        "sts:AssumeRoleWithWebIdentity",
        "sts:TagSession",
        "sts:SetSourceIdentity",
        "STS:assumerole",
        "sts:AssumeRole*",
        "sts:*",
    ] {
        assert_accepted(Trust, &trust(action));
    }
    for action in ["s3:GetObject", "*", "sts:GetFederationToken", "sts:GetSessionToken", "*:AssumeRole"] {
        assert_refused(
            Trust,
            &trust(action),
            "AssumeRole policy may only specify STS AssumeRole actions.",
            action,
        );
    }
    let not_action = json!({"Effect": "Allow", "Principal": "*", "NotAction": "sts:AssumeRole"});
    assert_refused(Trust, &not_action, "Has prohibited field NotAction.", "");
}

#[test]
fn actions_and_resources_have_their_form() {
    let identity =
        |action: Value, resource: Value| json!({"Effect": "Allow", "Action": action, "Resource": resource});
    let action = |action: &str| identity(json!(action), json!("*"));
    let vendor = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
    for accepted in ["*", "*:*", "s3:*", "execute-api:Invoke", "s3:*Get*Obj*t*", "S3:GetObject"] {
        assert_accepted(Identity, &action(accepted));
    }
    for refused in ["GetObject", "", "s3", "**"] {
        assert_refused(Identity, &action(refused), vendor, "action");
    }
    assert_refused(Identity, &action("s*:Get"), "Vendor s* is not valid", "");
    assert_refused(Identity, &action(":Get"), "Vendor  is not valid", "");
    for refused in ["s3:", "s3:Get Object", "s3:${aws:username}", "s3:Get:Object"] {
        assert_refused(Identity, &action(refused), SYNTAX, "is not an action");
    }
    let resource = |resource: &str| identity(json!("*"), json!(resource));
    for accepted in [
        "*",
        "arn:aws:s3:::b",
        "arn:aws:s3:::",
        "arn:*:s3:::b/*",
        "arn:aws:iam::*:role/*",
        "arn:aws:sqs:us-east-1:111122223333:q:x",
    ] {
        assert_accepted(Identity, &resource(accepted));
    }
    for refused in
        ["", "b", "b/*", "arn:aws:s3", "arn:*", "**", "s3:::b:c:d", "${aws:username}", "arn:aws:s3:${a:b}"]
    {
        assert_refused(
            Identity,
            &resource(refused),
            &format!("Resource {refused} must be in ARN format or \"*\"."),
            "",
        );
    }
    assert_refused(
        Identity,
        &resource("arn:aws:*:::b"),
        "Resource vendor must be fully qualified and cannot contain regexes.",
        "",
    );
    assert_refused(Identity, &identity(json!([]), json!("*")), "Policy statement must contain actions.", "");
    assert_refused(
        Identity,
        &identity(json!("*"), json!([])),
        "Policy statement must contain resources.",
        "",
    );
    assert_refused(Identity, &identity(json!(7), json!("*")), SYNTAX, "string or a list of strings");
    let both = json!({"Effect": "Allow", "Action": "*", "NotAction": "*", "Resource": "*"});
    assert_refused(Identity, &both, SYNTAX, "exclude each other");
}

#[test]
fn principals_have_their_form() {
    let statement = |principal: Value| json!({"Effect": "Deny", "Principal": principal, "Action": "s3:*", "Resource": "*"});
    let accepted = [
        json!("*"),
        json!({"AWS": "*"}),
        json!({"AWS": "111122223333"}),
        json!({"AWS": "arn:aws:iam::111122223333:root"}),
        json!({"AWS": ["arn:aws:iam::111122223333:user/a/b", "arn:aws:iam::111122223333:role/aws-reserved/x"]}),
        json!({"AWS": "arn:aws:sts::111122223333:assumed-role/r/s"}),
        json!({"AWS": "arn:aws:sts::111122223333:federated-user/f"}),
        json!({"AWS": "AROADEPLOYAAAAAAAAAAA"}),
        json!({"Service": ["ec2.amazonaws.com", "s3.amazonaws.com"], "AWS": "*"}),
    ];
    for principal in accepted {
        assert_accepted(Resource, &statement(principal));
    }
    for nobody in [json!({"AWS": []}), json!({"AWS": "*", "Service": []})] {
        assert_refused(Resource, &statement(nobody), "Missing required field Principal.", "is empty");
    }
}

#[test]
fn what_names_nobody_is_no_principal() {
    let statement = |principal: Value| json!({"Effect": "Deny", "Principal": principal, "Action": "s3:*", "Resource": "*"});
    for name in [
        "arn:aws:iam::111122223333:user/*",
        "arn:aws:iam::111122223333:role/r?",
        "arn:aws:iam::111122223333:group/g",
        "arn:aws:iam::111122223333:instance-profile/p",
        "arn:aws:sts::111122223333:assumed-role/r/*",
        "arn:aws:sts::111122223333:assumed-role/r",
        "arn:aws:iam::*:root",
        "arn:aws:iam::1:root",
        "arn:aws:iam::111122223333:role/",
        "arn:aws:s3:::b",
        "11112222333",
        "alice",
        "",
        "AGPADEPLOYAAAAAAAAAAA",
        "AROASHORT",
        "arn:aws:iam::111122223333:*",
    ] {
        let wording = format!("Invalid principal in policy: \"AWS\":\"{name}\"");
        assert_refused(Resource, &statement(json!({"AWS": name})), &wording, "");
    }
    assert_refused(
        Resource,
        &statement(json!({"Service": "*"})),
        "Invalid principal in policy: \"SERVICE\":\"*\"",
        "",
    );
    assert_refused(
        Resource,
        &statement(json!({"CanonicalUser": "79a5"})),
        "Invalid principal in policy: \"CanonicalUser\"",
        "",
    );
    assert_refused(
        Resource,
        &statement(json!({"Federated": "accounts.google.com"})),
        "Invalid principal in policy: \"Federated\"",
        "",
    );
    assert_refused(
        Resource,
        &statement(json!("arn:aws:iam::111122223333:root")),
        "Invalid principal in policy: \"AWS\"",
        "",
    );
    assert_refused(Resource, &statement(json!({"aws": "*"})), SYNTAX, "unknown kind aws");
    assert_refused(Resource, &statement(json!({})), "Missing required field Principal.", "");
    assert_refused(Resource, &statement(json!(["*"])), "Invalid principal in policy: \"AWS\":\"*\"", "");
    assert_refused(Resource, &statement(json!(["111122223333"])), "Invalid principal in policy", "");
    assert_refused(Resource, &statement(json!([])), "Missing required field Principal.", "");
}

#[test]
fn identity_providers_stand_in_trust_policies() {
    let federated = |name: &str| json!({"Effect": "Allow", "Principal": {"Federated": name}, "Action": "sts:AssumeRoleWithSAML"});
    for name in [
        "arn:aws:iam::111122223333:saml-provider/corp",
        "arn:aws:iam::111122223333:oidc-provider/login.example.com/x",
        "accounts.google.com",
    ] {
        assert_accepted(Trust, &federated(name));
    }
    for name in ["*", "arn:aws:iam::111122223333:role/r", "arn:aws:iam::111122223333:saml-provider/*", "corp"]
    {
        assert_refused(Trust, &federated(name), "Invalid principal in policy: \"Federated\"", "");
    }
}

#[test]
fn sids_are_unique_and_alphanumeric() {
    let statements = |first: &str, second: &str| {
        json!([
            {"Sid": first, "Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Sid": second, "Effect": "Allow", "Action": "*", "Resource": "*"},
        ])
    };
    assert_accepted(Identity, &statements("One", "Two"));
    assert_accepted(Identity, &statements("", ""));
    assert_refused(
        Identity,
        &statements("One", "One"),
        "Statement IDs (SID) in a single policy must be unique.",
        "Sid One",
    );
    assert_refused(
        Identity,
        &statements("One", "Two Three"),
        "Statement IDs (SID) must be alpha-numeric.",
        "Two Three",
    );
    let bucket =
        json!({"Sid": "Two Three", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"});
    assert_accepted(Resource, &bucket);
}
