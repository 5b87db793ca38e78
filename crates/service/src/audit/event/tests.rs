//! What an event may not hold: secrets, and more than CloudTrail's records hold.

use portcullis_base::shape::{Kind, Model, Place, ShapeId};
use portcullis_policy::{Deciding, Decision, Effect, Layer, Verdict};

use super::*;
use crate::actions;
use crate::actions::testing::{ACCOUNT, facts};

/// Nowhere else in the world.
const CANARY: &str = "CANARYcanary0123456789CANARYcanary012345";

/// What the models call sensitive and CloudTrail shows all the same: which KMS key encrypts is no secret.
const SHOWN: [&str; 3] = ["NonEmptyKmsKeyArnString", "SSEKMSEncryptionContext", "SSEKMSKeyId"];

fn models() -> Vec<Model> {
    [
        include_str!("../../../../wire/models/cloudtrail.json"),
        include_str!("../../../../wire/models/iam.json"),
        include_str!("../../../../wire/models/identitystore.json"),
        include_str!("../../../../wire/models/portcullis.json"),
        include_str!("../../../../wire/models/s3.json"),
        include_str!("../../../../wire/models/sts.json"),
    ]
    .map(|text| Model::parse(text).unwrap())
    .into()
}

/// A value of this shape with every member filled, and the canary wherever the model says that it is a secret.
fn filled(model: &Model, id: ShapeId, depth: usize) -> Value {
    let shape = model.shape(id);
    let is_secret = shape.sensitive && !SHOWN.contains(&shape.name.as_str());
    let text = if is_secret { CANARY } else { "plain" };
    match &shape.kind {
        _ if depth == 0 => Value::Null,
        Kind::Structure(structure) => {
            let members = structure.members.iter().filter(|member| member.place != Place::Stream);
            Value::Map(
                members.map(|member| (member.name.clone(), filled(model, member.shape, depth - 1))).collect(),
            )
        }
        Kind::List { item, .. } => Value::List(vec![filled(model, *item, depth - 1); 2]),
        Kind::Map { value, .. } => Value::structure().with("key", filled(model, *value, depth - 1)),
        Kind::Blob => Value::Blob(text.as_bytes().to_vec()),
        _ => Value::from(text),
    }
}

fn trail(service: &'static str, operation: &str, input: Value) -> Trail {
    let mut trail = Trail::new("id".to_owned(), facts(), service);
    trail.operation = Some(operation.to_owned());
    trail.row = actions::row(service, operation);
    trail.input = input;
    trail
}

/// The event, and all of it that event history shows.
fn told(trail: &Trail, outcome: Result<&Value, &ApiError>) -> String {
    let event = trail.event(Timestamp::EPOCH, ACCOUNT.parse().unwrap(), outcome);
    format!("{event:?}")
}

#[test]
fn no_secret_of_any_operation_reaches_an_event() {
    let encoded = serde_json::to_string(&from_value(&Value::Blob(CANARY.as_bytes().to_vec()), &|_| false));
    let encoded = encoded.unwrap().trim_matches('"').to_owned();
    let (mut operations, mut secrets) = (0, 0);
    for model in models() {
        let service: &'static str = model.service.clone().leak();
        for operation in model.operations() {
            let value = |id: Option<ShapeId>| id.map_or_else(Value::structure, |id| filled(&model, id, 8));
            let (input, output) = (value(operation.input), value(operation.output));
            secrets += format!("{input:?}{output:?}").matches(CANARY).count();
            operations += 1;
            let trail = trail(service, &operation.name, input);
            let refused = ApiError::validation("no");
            for told in [told(&trail, Ok(&output)), told(&trail, Err(&refused))] {
                for canary in [CANARY, &encoded] {
                    assert!(!told.contains(canary), "{service} {}: {told}", operation.name);
                }
            }
        }
    }
    assert!(operations > 250 && secrets > 20, "{operations} operations hold {secrets} secrets");
}

#[test]
fn a_record_stays_within_cloudtrails_bounds_whatever_was_decided_and_found() {
    let long = "x".repeat(2000);
    let mut trail = trail("s3", "DeleteObjects", Value::structure().with("Delete", "y".repeat(200 * 1024)));
    trail.findings = vec![long.clone(); 100];
    let deciding = |index| Deciding {
        layer: Layer::Identity,
        policy: long.clone(),
        statement: Some(long.clone()),
        index,
        effect: Effect::Deny,
    };
    let decision = Decision {
        verdict: Verdict::ExplicitDeny(Layer::Identity),
        deciding: (0..50).map(deciding).collect(),
    };
    let judged = || Judged {
        action: "s3:DeleteObject",
        resource: long.clone(),
        account: "123456789012".parse().unwrap(),
        is_guarded: false,
        decision: decision.clone(),
    };
    trail.judged = (0..50).map(|_| judged()).collect();
    let message = long.clone();
    let error = ApiError::caller("AccessDenied", 403, message);
    let event = trail.event(Timestamp::EPOCH, ACCOUNT.parse().unwrap(), Err(&error));
    let record: Json = serde_json::from_str(&event.json).unwrap();
    assert!(record["additionalEventData"].to_string().len() <= 28 * 1024);
    assert_eq!(record["additionalEventData"]["findingsOmitted"], 94);
    assert!(record["requestParameters"].to_string().len() <= PART_MAX);
    assert_eq!(record["errorMessage"].as_str().unwrap().len(), TEXT_MAX);
    assert!(event.json.len() < 256 * 1024, "CloudTrail's largest record");
}

#[test]
fn a_refusal_has_no_response_and_a_read_tells_none() {
    let output = Value::structure().with("User", Value::structure().with("UserName", "alice"));
    let json = |operation, outcome: Result<&Value, &ApiError>| -> Json {
        let event = trail("iam", operation, Value::structure()).event(
            Timestamp::EPOCH,
            ACCOUNT.parse().unwrap(),
            outcome,
        );
        serde_json::from_str(&event.json).unwrap()
    };
    let refused = ApiError::validation("no");
    assert_eq!(json("CreateUser", Ok(&output))["responseElements"]["user"]["userName"], "alice");
    assert_eq!(json("GetUser", Ok(&output))["responseElements"], Json::Null);
    assert_eq!(json("CreateUser", Err(&refused))["responseElements"], Json::Null);
    let made_up = json("NoSuchThing", Err(&refused));
    assert_eq!((&made_up["readOnly"], &made_up["eventName"]), (&json!(true), &json!("NoSuchThing")));
}
