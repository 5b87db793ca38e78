//! Patterns against the definition of their wildcards. Input: a pattern and a text.

use portcullis_policy::{Context, PolicyKind, PolicyRef, parse};
use serde_json::{Value, json};

use super::FIELD_END;
use super::scene::by_identity;

const LENGTH_MAX: usize = 300;

/// Patterns of strings, ARNs, actions and resources match exactly what their definition says.
pub fn pattern(input: &[u8]) {
    let Some((pattern, text)) = super::text(input).and_then(|text| text.split_once(FIELD_END)) else {
        return;
    };
    if pattern.len() > LENGTH_MAX || text.len() > LENGTH_MAX {
        return;
    }
    let everything = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let with = |name: &str, value: Value| {
        let mut statement = everything.clone();
        statement[name] = value;
        statement
    };
    let mut context = Context::new();
    context.set_one("aws:UserAgent", text);
    let condition = |operator: &str| with("Condition", json!({operator: {"aws:UserAgent": pattern}}));
    let asks =
        |statement: &Value, action: &str, resource: &str| allows(statement, action, resource, &context);

    let is_like = naive(pattern, text);
    assert_eq!(asks(&condition("StringLike"), "s3:GetObject", "*"), Some(is_like), "StringLike");
    assert_eq!(asks(&condition("StringNotLike"), "s3:GetObject", "*"), Some(!is_like), "StringNotLike");
    let is_arn_like = naive_arn(pattern, text);
    assert_eq!(asks(&condition("ArnLike"), "s3:GetObject", "*"), Some(is_arn_like), "ArnLike");
    assert_eq!(asks(&condition("ArnNotEquals"), "s3:GetObject", "*"), Some(!is_arn_like), "ArnNotEquals");

    // Not every text is a pattern of a resource or an action; those that are refused say so here.
    if let Some(found) = asks(&with("Resource", json!(pattern)), "s3:GetObject", text) {
        assert_eq!(found, is_arn_like, "Resource");
    }
    if let Some(found) = asks(&with("Action", json!(pattern)), text, "*") {
        let folded = [pattern, text].map(str::to_ascii_lowercase);
        // Calls that no policy decides on are the exception.
        let is_decided = !folded[1].starts_with("sts:");
        assert!(!is_decided || found == naive(&folded[0], &folded[1]), "Action");
    }
}

/// Whether a document with this statement allows; `None` where it cannot be saved. It is of the older version, in
/// which nothing but `*` and `?` means anything.
fn allows(statement: &Value, action: &str, resource: &str, context: &Context) -> Option<bool> {
    let text = json!({"Version": "2008-10-17", "Statement": statement}).to_string();
    let document = parse(&text, PolicyKind::Identity).ok()?.document;
    let policies = [PolicyRef { name: "policy", document: &document }];
    Some(by_identity(&policies, action, resource, context).is_allowed())
}

/// The definition, as a table of which beginnings of the text each beginning of the pattern matches.
fn naive(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut row = vec![false; text.len() + 1];
    row[0] = true;
    for character in pattern.chars() {
        let before = row.clone();
        for at in 0..row.len() {
            row[at] = match character {
                '*' => before[at] || (at > 0 && row[at - 1]),
                '?' => at > 0 && before[at - 1],
                literal => at > 0 && before[at - 1] && text[at - 1] == literal,
            };
        }
    }
    row[text.len()]
}

/// Six parts, each on its own; a star alone is everything.
fn naive_arn(pattern: &str, text: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let parts = |text: &str| text.splitn(6, ':').map(str::to_owned).collect::<Vec<_>>();
    let (patterns, texts) = (parts(pattern), parts(text));
    patterns.len() == 6
        && texts.len() == 6
        && patterns.iter().zip(&texts).all(|(one, other)| naive(one, other))
}
