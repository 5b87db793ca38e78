//! When a bucket policy makes its bucket public (S3 User Guide, "Blocking public access to your Amazon S3 storage",
//! "The meaning of public").
//!
//! A policy is public if one of its Allows is open to everybody and not held to fixed values of one of a few keys. A
//! value with a wildcard or a policy variable is not fixed. Whatever cannot be understood counts as public: being
//! wrong then only refuses.

use serde_json::{Map, Value as Json};

/// The condition keys that can keep a policy from being public, in lower case.
const FIXING_KEYS: [&str; 10] = [
    "aws:principalorgid",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];
/// A key whose values may have wildcards behind the account.
const ACCESS_POINT: &str = "s3:dataaccesspointarn";
/// The operators that hold for nothing but the values given. Those with `IfExists` hold for an absent key too.
const FIXING_OPERATORS: [&str; 6] =
    ["ArnEquals", "ArnLike", "IpAddress", "StringEquals", "StringEqualsIgnoreCase", "StringLike"];
/// Ranges of addresses broader than these are everybody.
const BROADEST_V4: u8 = 8;
const BROADEST_V6: u8 = 32;

/// Whether a policy, which must be valid, makes its bucket public.
pub fn is_public(policy: &str) -> bool {
    let Ok(document) = serde_json::from_str::<Json>(policy) else { return true };
    match document.get("Statement") {
        Some(Json::Array(statements)) => statements.iter().any(is_public_statement),
        Some(statement) => is_public_statement(statement),
        None => true,
    }
}

fn is_public_statement(statement: &Json) -> bool {
    if statement.get("Effect").and_then(Json::as_str) == Some("Deny") {
        return false;
    }
    let names_everybody = statement.get("Principal").is_none_or(names_everybody);
    names_everybody && !statement.get("Condition").and_then(Json::as_object).is_some_and(is_fixed)
}

fn names_everybody(principal: &Json) -> bool {
    match principal {
        Json::String(text) => text == "*",
        Json::Array(names) => names.iter().any(names_everybody),
        Json::Object(kinds) => kinds.values().any(names_everybody),
        _ => true,
    }
}

/// All conditions of a statement must hold, so one that fixes is enough.
fn is_fixed(conditions: &Map<String, Json>) -> bool {
    conditions.iter().any(|(operator, keys)| {
        let operator = operator.strip_prefix("ForAnyValue:").unwrap_or(operator);
        FIXING_OPERATORS.contains(&operator)
            && keys.as_object().is_some_and(|keys| keys.iter().any(|(key, values)| fixes(key, values)))
    })
}

fn fixes(key: &str, values: &Json) -> bool {
    let key = key.to_lowercase();
    let is_fixed = |value: &Json| match value {
        Json::String(text) if key == "aws:sourceip" => is_narrow(text),
        Json::String(text) if key == ACCESS_POINT => {
            let before_name: Vec<&str> = text.splitn(6, ':').take(5).collect();
            before_name.len() == 5 && is_literal(&before_name.join(":"))
        }
        Json::String(text) => FIXING_KEYS.contains(&key.as_str()) && is_literal(text),
        _ => false,
    };
    match values {
        Json::Array(values) => !values.is_empty() && values.iter().all(is_fixed),
        value => is_fixed(value),
    }
}

fn is_literal(text: &str) -> bool {
    !text.is_empty() && !text.contains(['*', '?']) && !text.contains("${")
}

fn is_narrow(range: &str) -> bool {
    let (address, bits) = match range.split_once('/') {
        Some((address, bits)) => (address, bits.parse::<u8>().ok()),
        None => (range, Some(u8::MAX)),
    };
    match (address.parse::<std::net::IpAddr>(), bits) {
        (Ok(std::net::IpAddr::V4(_)), Some(bits)) => bits >= BROADEST_V4,
        (Ok(std::net::IpAddr::V6(_)), Some(bits)) => bits >= BROADEST_V6,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow(principal: &str, condition: &str) -> String {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},
            "Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"{condition}}}]}}"#
        )
    }

    fn conditioned(operator: &str, key: &str, values: &str) -> bool {
        is_public(&allow("\"*\"", &format!(r#","Condition":{{"{operator}":{{"{key}":{values}}}}}"#)))
    }

    #[test]
    fn everybody_is_public_and_named_principals_are_not() {
        for principal in ["\"*\"", r#"{"AWS":"*"}"#, r#"{"AWS":["111122223333","*"]}"#] {
            assert!(is_public(&allow(principal, "")), "{principal}");
        }
        for principal in [
            r#"{"AWS":"arn:aws:iam::111122223333:root"}"#,
            r#"{"Service":"cloudtrail.amazonaws.com"}"#,
            r#"["arn:aws:iam::111122223333:user/a"]"#,
        ] {
            assert!(!is_public(&allow(principal, "")), "{principal}");
        }
    }

    #[test]
    fn a_deny_is_never_public_and_one_public_allow_is_enough() {
        let deny = r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b"}"#;
        assert!(!is_public(&format!(r#"{{"Statement":{deny}}}"#)));
        let open = r#"{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b"}"#;
        let closed = r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:*","Resource":"arn:aws:s3:::b"}"#;
        assert!(is_public(&format!(r#"{{"Statement":[{closed},{deny},{open}]}}"#)));
        assert!(!is_public(&format!(r#"{{"Statement":[{closed},{deny}]}}"#)));
    }

    #[test]
    fn fixed_values_of_the_right_keys_are_not_public() {
        assert!(!conditioned("StringEquals", "aws:SourceVpc", "\"vpc-91237329\""));
        assert!(!conditioned("StringLike", "AWS:sourceVpce", r#"["vpce-1","vpce-2"]"#));
        assert!(!conditioned("ForAnyValue:StringEquals", "aws:PrincipalOrgID", "\"o-1\""));
        assert!(!conditioned(
            "StringLike",
            "s3:DataAccessPointArn",
            "\"arn:aws:s3:eu-west-1:111122223333:accesspoint/*\""
        ));
        assert!(!conditioned("StringEquals", "aws:userid", "\"AIDAABCDEFGHIJKLMNOPQ\""));
    }

    #[test]
    fn wildcards_variables_and_other_keys_leave_it_public() {
        assert!(conditioned("StringLike", "aws:SourceVpc", "\"vpc-*\""));
        assert!(conditioned("StringLike", "aws:SourceVpc", r#"["vpc-1","vpc-?"]"#));
        assert!(conditioned("StringEquals", "aws:SourceArn", "\"${aws:PrincipalTag/arn}\""));
        assert!(conditioned("StringLike", "aws:userid", "\"AROAABCDEFGHIJKLMNOPQ:*\""));
        assert!(conditioned("StringEqualsIfExists", "aws:SourceVpc", "\"vpc-1\""));
        assert!(conditioned("ForAllValues:StringEquals", "aws:SourceVpc", "\"vpc-1\""));
        assert!(conditioned("StringNotEquals", "aws:SourceVpc", "\"vpc-1\""));
        assert!(conditioned("StringEquals", "aws:UserAgent", "\"secret\""));
        assert!(conditioned("StringLike", "s3:DataAccessPointArn", "\"arn:aws:s3:*:*:accesspoint/a\""));
        assert!(conditioned("StringEquals", "aws:SourceVpc", "[]"));
    }

    #[test]
    fn ranges_of_addresses_are_held_to_a_width() {
        for narrow in ["\"10.0.0.0/8\"", "\"192.0.2.1\"", "\"2001:db8::/32\"", r#"["192.0.2.0/24","::1"]"#] {
            assert!(!conditioned("IpAddress", "aws:SourceIp", narrow), "{narrow}");
        }
        for broad in ["\"0.0.0.0/0\"", "\"8.0.0.0/7\"", "\"2000::/31\"", r#"["192.0.2.0/24","::/0"]"#] {
            assert!(conditioned("IpAddress", "aws:SourceIp", broad), "{broad}");
        }
    }
}
