//! IAM asked by its users: each request takes the whole road through `Service::handle`. Inputs are held against the
//! wire's model first, as the wire does, and answers afterwards: a member that the model does not know would never be
//! sent, and one that it requires would be missed.

mod access;
mod account;
mod groups;
mod instance_profiles;
mod keys;
mod lists;
mod passwords;
mod policies;
mod report;
mod roles;
mod service_linked;
mod simulation;
mod ssh_keys;
mod users;

use std::sync::OnceLock;

use portcullis_base::Value;
use portcullis_base::shape::{Kind, Model, ShapeId, validate, violations_text};
use portcullis_store::record::RoleRecord;

use super::ROWS;
use crate::action::Access;
use crate::actions::testing::{ACCOUNT, ALLOW_ALL, Creds, Ground, trust};
use crate::error::ApiError;

/// A policy that denies everything.
const DENY_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;

fn model() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(|| Model::parse(include_str!("../../../../wire/models/iam.json")).unwrap())
}

/// Members of an input that are text.
type Members<'a> = &'a [(&'a str, &'a str)];

fn of(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().fold(Value::structure(), |value, (name, text)| value.with(name, *text))
}

fn tags(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().map(|(key, value)| of(&[("Key", key), ("Value", value)])).collect()
}

fn arn(resource: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{resource}")
}

/// Asks IAM as the wire would.
async fn call(ground: &Ground, creds: &Creds, name: &str, input: Value) -> Result<Value, ApiError> {
    let operation = model().operation(name).unwrap_or_else(|| panic!("{name} is not in the model"));
    if let Some(shape) = operation.input {
        let violations = validate(model(), shape, &input);
        if !violations.is_empty() {
            return Err(ApiError::validation(violations_text(&violations)));
        }
    }
    let answer = ground.ask(creds, "iam", name, input).await;
    match (&answer, operation.output) {
        (Ok(value), Some(shape)) => fits(shape, value, name),
        (Ok(value), None) => assert!(value.is_empty(), "{name} answers {value:?}"),
        (Err(error), _) => {
            let is_declared = operation.errors.iter().any(|shape| {
                model().shape(*shape).error.as_ref().is_some_and(|facts| facts.code == error.code)
            });
            let is_common = ["ValidationError", "AccessDenied", "InvalidInput"].contains(&&*error.code);
            assert!(is_declared || is_common, "{name} does not declare {error}");
        }
    }
    answer
}

async fn root(ground: &Ground, name: &str, pairs: &[(&str, &str)]) -> Result<Value, ApiError> {
    call(ground, &ground.root, name, of(pairs)).await
}

async fn done(ground: &Ground, name: &str, pairs: &[(&str, &str)]) -> Value {
    root(ground, name, pairs).await.unwrap_or_else(|error| panic!("{name}: {error}"))
}

async fn refused(ground: &Ground, name: &str, pairs: &[(&str, &str)]) -> (String, u16, String) {
    let error = root(ground, name, pairs).await.expect_err(name);
    (error.code.into_owned(), error.status, error.message)
}

fn error(code: &str, status: u16, message: &str) -> (String, u16, String) {
    (code.to_owned(), status, message.to_owned())
}

/// The same, with a look whether anything was written.
async fn refused_untouched(ground: &Ground, creds: &Creds, name: &str, input: Value) -> ApiError {
    let before = ground.service.snapshot().epoch;
    let error = call(ground, creds, name, input).await.expect_err(name);
    assert_eq!(ground.service.snapshot().epoch, before, "{name} changed something: {error}");
    error
}

/// Every member is known to the model, and every required one is there.
fn fits(shape: ShapeId, value: &Value, path: &str) {
    match (&model().shape(shape).kind, value) {
        (Kind::Structure(structure), Value::Map(members)) => {
            for (name, inner) in members {
                let member = structure.member(name).unwrap_or_else(|| panic!("{path} has no member {name}"));
                fits(member.shape, inner, &format!("{path}.{name}"));
            }
            // The root user has neither name nor path: they are left out, of its keys too.
            let has_name = |name: &str| {
                let is_root = value.text("Arn").is_some_and(|arn| arn.ends_with(":root"));
                !(is_root && name == "Path")
                    && (name != "UserName" || !is_root && !path.ends_with(".AccessKey"))
            };
            let required = structure.members.iter().filter(|member| member.is_required);
            for member in required.filter(|member| has_name(&member.name)) {
                assert!(value.member(&member.name).is_some(), "{path} lacks {}", member.name);
            }
        }
        (Kind::List { item, .. }, Value::List(items)) => {
            for inner in items {
                fits(*item, inner, path);
            }
        }
        (Kind::Map { value: shape, .. }, Value::Map(members)) => {
            for (_, inner) in members {
                fits(*shape, inner, path);
            }
        }
        (Kind::Text, Value::Text(_))
        | (Kind::Integer | Kind::Long, Value::Int(_))
        | (Kind::Blob, Value::Blob(_))
        | (Kind::Boolean, Value::Bool(_))
        | (Kind::Timestamp(_), Value::Time(_)) => {}
        (kind, value) => panic!("{path} is {kind:?} and not {value:?}"),
    }
}

#[test]
fn every_row_is_an_operation_of_the_model_and_asks_for_the_permission_of_its_name() {
    for row in ROWS {
        let operation = model().operation(row.name);
        assert!(operation.is_some(), "{} is not in the model", row.name);
        let reads = ["Generate", "Get", "List", "Simulate"].iter().any(|verb| row.name.starts_with(verb));
        assert_eq!(row.access == Access::Read, reads, "{}", row.name);
        let (first, others) =
            row.permission.names().split_first().map(|(it, rest)| (*it, rest.to_vec())).unwrap();
        assert_eq!(first, format!("iam:{}", row.name));
        // A virtual device is tagged like any other.
        let made = row.name.strip_prefix("Create").map(|kind| kind.trim_start_matches("Virtual"));
        let tag = made.map(|kind| format!("iam:Tag{kind}"));
        let passes = row.name == "AddRoleToInstanceProfile";
        let is_due = |other: &&str| Some(*other) == tag.as_deref() || passes && *other == "iam:PassRole";
        assert!(others.iter().all(is_due), "{}: {others:?}", row.name);
    }
}

#[tokio::test]
async fn who_has_no_permission_is_refused_each_action_by_name() {
    let ground = Ground::new().await;
    let nobody = ground.user("nobody", None).await;
    let policy = ground.policy("some", ALLOW_ALL).await;
    ground.role("some", &trust(&["sts:AssumeRole"], &arn("root")), None).await;
    done(&ground, "CreateGroup", &[("GroupName", "some")]).await;
    for row in ROWS {
        // Every member that names something, whether the action knows it or not.
        let input = of(&[
            ("UserName", "some"),
            ("RoleName", "some"),
            ("GroupName", "some"),
            ("PolicyName", "some"),
            ("PolicyArn", &policy),
            ("VersionId", "v1"),
            ("AccessKeyId", &ground.root.key),
            ("Arn", &arn("role/some")),
            ("PolicySourceArn", &arn("role/some")),
            ("Status", "Inactive"),
            ("PolicyDocument", ALLOW_ALL),
            ("PermissionsBoundary", &policy),
            ("VirtualMFADeviceName", "some"),
            ("SerialNumber", &arn("mfa/some")),
            ("Url", "https://idp.example.com"),
            ("OpenIDConnectProviderArn", &arn("oidc-provider/idp.example.com")),
            ("Name", "some"),
            ("SAMLProviderArn", &arn("saml-provider/some")),
            ("InstanceProfileName", "some"),
            ("AWSServiceName", "ecs.amazonaws.com"),
            ("DeletionTaskId", "task/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS/00"),
            ("SSHPublicKeyId", "APKAAAAAAAAAAAAAAAAAA"),
            ("AccountAlias", "some"),
            ("Password", "x"),
            ("OldPassword", "x"),
            ("NewPassword", "y"),
        ]);
        let error = ground.ask(&nobody, "iam", row.name, input).await.expect_err(row.name);
        assert_eq!((&*error.code, error.status), ("AccessDenied", 403), "{}: {error}", row.name);
        let expected = format!("is not authorized to perform: iam:{} on resource: ", row.name);
        assert!(error.message.contains(&expected), "{}", error.message);
    }
}

/// A role that only AWS may change: nothing can make one but the store itself.
async fn reserved_role(ground: &Ground) -> String {
    let trusted = trust(&["sts:AssumeRole"], &arn("root"));
    let change = |record: &mut RoleRecord| record.path = "/aws-reserved/sso.amazonaws.com/".into();
    ground.role_with("Reserved", &trusted, None, change).await
}
