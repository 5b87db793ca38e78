//! A case in the simulator's words.
//!
//! It has no notion of a role without a trust policy, of a root user to whom its account allows everything, or of a
//! federated user without a session policy; each is said with a policy that means the same.

use portcullis_policy::{ContextValue, Principal};

use crate::case::{Case, Owner, Text};
use crate::json::{Json, quote};

/// Allows everything, as an account does for its root user.
const EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
/// Allows nothing that is ever asked.
const NOTHING: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:DeleteAccountAlias","Resource":"*"}}"#;
/// Trusts nobody.
const NOBODY: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"999988887776"},"Action":"sts:AssumeRole"}}"#;

/// The simulator's input, on one line; `None` for what cannot be said to it.
pub(super) fn translate(case: &Case) -> Option<String> {
    let mut line = String::with_capacity(2048);
    let mut input = Json::object(&mut line);
    request(input.member("request"), case);
    let is_root = matches!(case.principal, Principal::Root { .. });
    let has_account = case.principal.account().is_some();
    let identity: Vec<&str> = if is_root {
        vec![EVERYTHING]
    } else if has_account {
        case.texts.identity.iter().map(written).collect::<Option<_>>()?
    } else {
        Vec::new()
    };
    named(input.member("identityPolicies"), &identity);
    levels(input.member("serviceControlPolicies"), case.texts.scps.as_deref().filter(|_| has_account), true)?;
    levels(input.member("resourceControlPolicies"), case.texts.rcps.as_deref(), false)?;
    if let Some(text) = case.texts.boundary.as_ref().filter(|_| has_account && !is_root) {
        named(input.member("permissionBoundaryPolicies"), &[written(text)?]);
    }
    let is_federated = matches!(case.principal, Principal::Federated { .. });
    match case.texts.session.as_deref().filter(|_| has_account) {
        Some([only]) => input.member("sessionPolicy").push_str(written(only)?),
        Some([]) => input.member("sessionPolicy").push_str(NOTHING),
        Some(_) => return None,
        None if is_federated => input.member("sessionPolicy").push_str(NOTHING),
        None => {}
    }
    match &case.texts.resource {
        Owner::None => {}
        Owner::Policy(text) | Owner::Trust(text) => input.member("resourcePolicy").push_str(written(text)?),
        Owner::TrustMissing => input.member("resourcePolicy").push_str(NOBODY),
    }
    // Without this it leaves out the tags of buckets and objects.
    input.member("additionalSettings").push_str(r#"{"s3":{"bucketAbacEnabled":true}}"#);
    input.close();
    Some(line)
}

fn written(text: &Text) -> Option<&str> {
    match text {
        Text::Written(text) => Some(text),
        Text::FullAccess => Some(EVERYTHING),
        Text::Unreadable => None,
    }
}

fn request(text: &mut String, case: &Case) {
    let mut request = Json::object(text);
    let principal = request.member("principal");
    match &case.principal {
        Principal::Anonymous => principal.push_str("null"),
        Principal::Root { account, .. } => quote(principal, &format!("arn:aws:iam::{account}:root")),
        Principal::User { arn, .. } | Principal::Federated { arn, .. } => quote(principal, arn),
        Principal::RoleSession { session_arn, .. } => quote(principal, session_arn),
        Principal::Service { name } => quote(principal, name),
        Principal::ExternalIdentity { provider } => quote(principal, provider),
    }
    quote(request.member("action"), &case.action);
    let mut resource = Json::object(request.member("resource"));
    quote(resource.member("resource"), &case.resource);
    quote(resource.member("accountId"), &case.resource_account.to_string());
    resource.close();
    let mut context = Json::object(request.member("contextVariables"));
    for (key, value) in case.context.iter() {
        let place = context.member(key);
        match value {
            ContextValue::One(value) => quote(place, value),
            ContextValue::Many(values) => {
                let mut list = Json::array(place);
                for value in values {
                    quote(list.element(), value);
                }
                list.close();
            }
        }
    }
    context.close();
    request.close();
}

fn named(text: &mut String, policies: &[&str]) {
    let mut list = Json::array(text);
    for (number, policy) in policies.iter().enumerate() {
        let mut row = Json::object(list.element());
        quote(row.member("name"), &format!("policy {number}"));
        row.member("policy").push_str(policy);
        row.close();
    }
    list.close();
}

/// The simulator itself adds the full access with which resource control policies begin, and takes it from nobody.
fn levels(text: &mut String, levels: Option<&[Vec<Text>]>, is_scp: bool) -> Option<()> {
    let mut list = Json::array(text);
    // An organization without any level allows nothing, just as one level without any policy; but a level of resource
    // control policies is never without one there.
    let levels: &[Vec<Text>] = match levels {
        Some([]) if !is_scp => return None,
        Some([]) => &[Vec::new()],
        Some(levels) => levels,
        None => &[],
    };
    for (number, level) in levels.iter().enumerate() {
        let mut row = Json::object(list.element());
        quote(row.member("orgIdentifier"), &format!("level {number}"));
        let own = level.iter().filter(|text| is_scp || **text != Text::FullAccess);
        let policies: Vec<&str> = own.map(written).collect::<Option<_>>()?;
        named(row.member("policies"), &policies);
        row.close();
    }
    list.close();
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Profile;
    use serde_json::Value;

    fn translated(case: &Case) -> Value {
        serde_json::from_str(&translate(case).unwrap()).unwrap()
    }

    #[test]
    fn every_comparable_case_is_one_line_of_json() {
        for seed in 0..2_000 {
            let case = Case::of(Profile::Comparable, seed);
            let line = translate(&case).unwrap();
            assert!(!line.contains('\n'), "seed {seed}");
            let input: Value = serde_json::from_str(&line).unwrap();
            assert_eq!(input["request"]["action"], case.action.as_str(), "seed {seed}");
            let keys = input["request"]["contextVariables"].as_object().unwrap();
            assert_eq!(keys.len(), case.context.iter().count(), "seed {seed}");
        }
    }

    #[test]
    fn what_the_simulator_has_no_notion_of_is_said_with_policies() {
        let mut seen = [false; 4];
        for seed in 0..5_000 {
            let case = Case::of(Profile::Comparable, seed);
            let input = translated(&case);
            match (&case.principal, &case.texts.resource) {
                (Principal::Root { .. }, _) => {
                    seen[0] = true;
                    let identity = input["identityPolicies"].as_array().unwrap();
                    assert_eq!(identity.len(), 1, "seed {seed}");
                    assert_eq!(identity[0]["policy"]["Statement"]["Action"], "*", "seed {seed}");
                }
                (Principal::Federated { .. }, _) if case.texts.session.is_none() => {
                    seen[1] = true;
                    assert!(input["sessionPolicy"].is_object(), "seed {seed}");
                }
                (Principal::Anonymous, _) => {
                    seen[2] = true;
                    assert_eq!(input["request"]["principal"], Value::Null, "seed {seed}");
                }
                (_, Owner::TrustMissing) => {
                    seen[3] = true;
                    let principal = &input["resourcePolicy"]["Statement"]["Principal"]["AWS"];
                    assert_eq!(principal, "999988887776", "seed {seed}");
                }
                _ => {}
            }
        }
        assert_eq!(seen, [true; 4], "a kind of case did not come up");
    }

    #[test]
    fn several_session_policies_cannot_be_said() {
        let mut case = Case::of(Profile::Comparable, 1);
        case.principal = Principal::RoleSession {
            account: case.resource_account,
            role_id: "AROADEPLOYAAAAAAAAAAA".parse().unwrap(),
            role_arn: "arn:aws:iam::111122223333:role/deploy".to_owned(),
            session_arn: "arn:aws:sts::111122223333:assumed-role/deploy/ci".to_owned(),
        };
        case.texts.session = Some(vec![Text::FullAccess, Text::FullAccess]);
        assert_eq!(translate(&case), None);
    }
}
