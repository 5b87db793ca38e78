//! One operator on one key. Input: the operator, the policy's values, how many values the request has, and these.

use portcullis_policy::{Context, PolicyKind, PolicyRef, Verdict, parse};
use serde_json::{Value, json};

use super::scene::by_identity;
use super::{FIELD_END, VALUE_END};

const KEY: &str = "aws:PrincipalTag/tested";

/// A key's value in the request.
#[derive(Clone)]
enum Asked<'a> {
    Absent,
    One(&'a str),
    Many(Vec<&'a str>),
}

impl Asked<'_> {
    fn context(&self) -> Context {
        let mut context = Context::new();
        context.set_one("aws:username", "alice");
        match self {
            Self::Absent => {}
            Self::One(value) => context.set_one(KEY, *value),
            Self::Many(values) => {
                context.set_many(KEY, values.iter().map(|&value| value.to_owned()).collect());
            }
        }
        context
    }
}

/// A condition is seen alike by Allow and Deny, and the prefixes, suffixes and negations of an operator keep to what
/// they say of it.
pub fn condition(input: &[u8]) {
    let Some(text) = super::text(input) else { return };
    let mut fields = text.splitn(4, FIELD_END);
    let [Some(operator), Some(wanted), Some(count), Some(found)] = std::array::from_fn(|_| fields.next())
    else {
        return;
    };
    let wanted: Vec<&str> = wanted.split(VALUE_END).collect();
    let values: Vec<&str> = found.split(VALUE_END).collect();
    let asked = match count {
        "absent" => Asked::Absent,
        "many" => Asked::Many(values.clone()),
        _ => Asked::One(found),
    };
    let Some(holds) = outcome(operator, &wanted, &asked) else { return };

    let (mut turned, doubled) = (wanted.clone(), [wanted.clone(), wanted.clone()].concat());
    turned.reverse();
    assert_eq!(outcome(operator, &turned, &asked), Some(holds), "the order of values counts");
    assert_eq!(outcome(operator, &doubled, &asked), Some(holds), "values said twice count");

    let is_plain = !operator.contains(':') && !operator.to_ascii_lowercase().ends_with("ifexists");
    if is_plain && !operator.eq_ignore_ascii_case("Null") {
        assert_if_exists(operator, &wanted, &asked, holds);
        assert_sets(operator, &wanted, &values);
        assert_negation(operator, &wanted, &asked, holds);
    }
}

/// Whether the condition holds, the same under Allow and Deny; `None` where it cannot be saved.
fn outcome(operator: &str, wanted: &[&str], asked: &Asked<'_>) -> Option<bool> {
    let everything = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let with = |effect: &str| json!({"Effect": effect, "Action": "*", "Resource": "*", "Condition": {operator: {KEY: wanted}}});
    let verdict = |statements: Value| {
        let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let document = parse(&text, PolicyKind::Identity).ok()?.document;
        let policies = [PolicyRef { name: "policy", document: &document }];
        Some(by_identity(&policies, "s3:GetObject", "*", &asked.context()).verdict)
    };
    let (allowed, denied) = (verdict(json!([with("Allow")])), verdict(json!([everything, with("Deny")])));
    assert_eq!(allowed.is_some(), denied.is_some(), "an Allow is refused where a Deny is not");
    let holds = allowed? == Verdict::Allow;
    assert_eq!(holds, denied? != Verdict::Allow, "Allow and Deny see the condition differently");
    Some(holds)
}

fn assert_if_exists(operator: &str, wanted: &[&str], asked: &Asked<'_>, holds: bool) {
    let expected = holds || matches!(asked, Asked::Absent);
    assert_eq!(outcome(&format!("{operator}IfExists"), wanted, asked), Some(expected), "IfExists");
}

/// ForAllValues is the single test of every value, ForAnyValue of one; nothing but empty texts is no value.
fn assert_sets(operator: &str, wanted: &[&str], values: &[&str]) {
    let single = |value: &&str| outcome(operator, wanted, &Asked::One(value)).unwrap_or_default();
    let many = Asked::Many(values.to_vec());
    let (all, any) = (format!("ForAllValues:{operator}"), format!("ForAnyValue:{operator}"));
    let is_empty = values.iter().all(|value| value.is_empty());
    assert_eq!(outcome(&all, wanted, &many), Some(is_empty || values.iter().all(single)), "ForAllValues");
    assert_eq!(outcome(&any, wanted, &many), Some(!is_empty && values.iter().any(single)), "ForAnyValue");
    assert_eq!(outcome(operator, wanted, &many), Some(false), "no set operator");
    for (name, expected) in [(&all, true), (&any, false)] {
        assert_eq!(outcome(name, wanted, &Asked::Absent), Some(expected), "{name} of an absent key");
        assert_eq!(outcome(name, wanted, &Asked::Many(Vec::new())), Some(expected), "{name} of no value");
    }
}

/// A negated operator is the opposite of its twin, except where the value cannot be read: then neither holds.
fn assert_negation(operator: &str, wanted: &[&str], asked: &Asked<'_>, holds: bool) {
    let twins = [
        ("StringEquals", "StringNotEquals"),
        ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
        ("StringLike", "StringNotLike"),
        ("ArnLike", "ArnNotLike"),
        ("ArnEquals", "ArnNotEquals"),
        ("IpAddress", "NotIpAddress"),
        ("NumericEquals", "NumericNotEquals"),
        ("DateEquals", "DateNotEquals"),
    ];
    let Some((_, negated)) = twins.iter().find(|(name, _)| name.eq_ignore_ascii_case(operator)) else {
        return;
    };
    let opposite = outcome(negated, wanted, asked).expect("the twin reads the same values");
    let may_be_unreadable = operator.to_ascii_lowercase().starts_with(['n', 'd']);
    match asked {
        Asked::Many(_) => assert!(!holds && !opposite, "{negated} of several values"),
        Asked::One(_) if may_be_unreadable => assert!(!(holds && opposite), "{negated}"),
        Asked::One(_) | Asked::Absent => assert_ne!(holds, opposite, "{negated}"),
    }
}
