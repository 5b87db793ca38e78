//! `explain` of a case that is written down.

use portcullis_policy::Request;

use super::case;

/// The case cannot be explained: which field is wrong, and what is expected there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub(super) String);

/// An explanation in both its forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// For a terminal.
    pub text: String,
    /// For programs.
    pub json: serde_json::Value,
}

/// Explains the decision on the case in this text.
///
/// # Errors
/// [`Refused`] names the field that is wrong.
pub fn explain(text: &str) -> Result<Told, Refused> {
    let case = case::read(text)?;
    let request = Request {
        action: &case.action,
        resource: &case.resource,
        resource_account: case.resource_account,
        principal: &case.principal,
        context: &case.context,
    };
    let explanation = case.policies.layers(|layers| portcullis_policy::explain(&request, layers));
    Ok(Told { text: explanation.to_text(), json: explanation.to_json() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn case(changes: &[(&str, Value)]) -> String {
        let mut case = json!({
            "caller": {"kind": "user", "arn": "arn:aws:iam::111122223333:user/staff/alice", "id": "AIDAALICEAAAAAAAAAAAA"},
            "action": "s3:GetObject", "resource": "arn:aws:s3:::data/report",
            "policies": {"identity": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*",
                "Condition": {"StringEquals": {"aws:username": "alice", "aws:PrincipalAccount": "111122223333"}}}]}
        });
        for (pointer, value) in changes {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            case.pointer_mut(parent).unwrap()[name] = value.clone();
        }
        case.to_string()
    }

    #[test]
    fn keys_follow_from_the_caller_unless_given() {
        assert_eq!(explain(&case(&[])).unwrap().json["verdict"]["answer"], "Allow");
        let other = explain(&case(&[("/context", json!({"aws:username": "bob"}))])).unwrap();
        assert_eq!(other.json["verdict"]["answer"], "ImplicitDeny");
        assert_eq!(other.json["statements"][0]["failed_on"]["seen"]["values"], json!(["bob"]));
        assert_eq!(other.json["statements"][0]["failed_on"]["wanted"]["values"], json!(["alice"]));
    }

    #[test]
    fn a_wrong_field_is_named() {
        for (pointer, value, expected) in [
            ("/caller/kind", json!("person"), "caller.kind: must be \"user\""),
            (
                "/caller/arn",
                json!("alice"),
                "caller.arn: must be an ARN of the form arn:aws:iam::ACCOUNT:user/NAME",
            ),
            ("/caller/id", json!("AROAALICEAAAAAAAAAAAA"), "caller.id: must be a unique id: AIDA"),
            ("/caller/mfa", json!("yes"), "caller.mfa: must be true or false"),
            ("/caller/nick", json!("al"), "caller: has no field \"nick\""),
            ("/action", json!("GetObject"), "action: must be one action"),
            ("/action", json!("s3:*"), "action: must be one action"),
            ("/resource", json!("data"), "resource: must be an ARN"),
            ("/resource_account", json!(5), "resource_account: must be an account id"),
            ("/context", json!({"aws:SourceIp": {}}), "context.aws:SourceIp: must be a string"),
            ("/context", json!({"ip": "1"}), "context.ip: a condition key"),
            ("/policies/identity", json!({}), "policies.identity: must be a list"),
            ("/policies/scps", json!([{}]), "policies.scps[0]: must be a list"),
            ("/policies/identity", json!([{"Effect": "Maybe"}]), "policies.identity[0]: "),
            ("/policies/idendity", json!([]), "policies: has no field \"idendity\""),
            ("/polices", json!({}), "case: has no field \"polices\""),
        ] {
            let refused = explain(&case(&[(pointer, value)])).unwrap_err().to_string();
            assert!(refused.starts_with(expected), "{refused}");
        }
        assert!(explain("{").unwrap_err().to_string().starts_with("the case is not JSON"));
    }

    fn cases(name: &str) -> Vec<Value> {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/explain").join(name);
        let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        file["cases"].as_array().unwrap().clone()
    }

    #[test]
    fn one_other_value_turns_the_answer_under_every_operator() {
        for row in cases("context-values.json") {
            let key = row["key"].as_str().unwrap();
            let operator = row["operator"].as_str().unwrap();
            let statement = json!({"Effect": row["effect"], "Action": "*", "Resource": "*",
                "Condition": {operator: {key: row["wanted"]}}});
            let everything = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
            let statements =
                if row["effect"] == "Deny" { json!([everything, statement]) } else { json!([statement]) };
            let ask = |value: &Value| {
                let context = ("/context", json!({key: value}));
                explain(&case(&[context, ("/policies/identity", json!([statements]))])).unwrap().json
            };
            let denied = ask(&row["has"]);
            assert_ne!(denied["verdict"]["answer"], "Allow", "{row}");
            let flips = denied["flips"].as_array().unwrap();
            let flip = flips.iter().find(|flip| flip["change"] == "context value");
            let flip = flip.unwrap_or_else(|| panic!("nothing turns {row}"));
            assert_eq!(flip["from"], row["has"], "{row}");
            assert_eq!(ask(&flip["to"])["verdict"]["answer"], "Allow", "{row}: {flip}");
        }
    }

    #[test]
    fn every_explanation_is_as_the_case_says() {
        for row in cases("single-changes.json") {
            let told = explain(&row["case"].to_string()).unwrap().json;
            for (pointer, expected) in row["expect"].as_object().unwrap() {
                let held = told.pointer(pointer);
                assert_eq!(held, Some(expected), "{}: {pointer} of {told:#}", row["when"]);
            }
        }
    }
}
