//! Shows principals as they are called now, without touching anything else of a stored document: AWS displays the
//! raw id of a deleted user or role where its ARN was written.

use jsonc_parser::ast;

use super::json::tree;

/// Replaces the strings in Principal and NotPrincipal for which `rename` has another; every other byte stays.
///
/// A text that is not JSON is returned as it is.
///
/// ```
/// use portcullis_policy::rewrite_principals;
/// let text = r#"{"Statement": {"Principal": {"AWS": "arn:aws:iam::111122223333:role/gone"}}}"#;
/// let shown = rewrite_principals(text, &|_| Some("AROAABCDEFGHIJKLMNOPQ".to_owned()));
/// assert_eq!(shown, r#"{"Statement": {"Principal": {"AWS": "AROAABCDEFGHIJKLMNOPQ"}}}"#);
/// ```
pub fn rewrite_principals(text: &str, rename: &dyn Fn(&str) -> Option<String>) -> String {
    let Some(tree) = tree(text) else { return text.to_owned() };
    let mut strings = Vec::new();
    for statement in statements(&tree) {
        for property in &statement.properties {
            if matches!(property.name.as_str(), "Principal" | "NotPrincipal") {
                collect(&property.value, &mut strings);
            }
        }
    }
    let mut rewritten = String::with_capacity(text.len());
    let mut copied = 0;
    for string in strings {
        let Some(new) = rename(&string.value) else { continue };
        rewritten.push_str(text.get(copied..string.range.start).unwrap_or_default());
        rewritten.push_str(&serde_json::Value::String(new).to_string());
        copied = string.range.end;
    }
    rewritten.push_str(text.get(copied..).unwrap_or_default());
    rewritten
}

fn statements<'t, 's>(tree: &'t ast::Value<'s>) -> Vec<&'t ast::Object<'s>> {
    let Some(property) = tree.as_object().and_then(|document| document.get("Statement")) else {
        return Vec::new();
    };
    match &property.value {
        ast::Value::Object(statement) => vec![statement],
        ast::Value::Array(list) => list.elements.iter().filter_map(ast::Value::as_object).collect(),
        _ => Vec::new(),
    }
}

/// The strings below a value, in order.
fn collect<'t, 's>(value: &'t ast::Value<'s>, strings: &mut Vec<&'t ast::StringLit<'s>>) {
    match value {
        ast::Value::StringLit(string) => strings.push(string),
        ast::Value::Array(list) => list.elements.iter().for_each(|element| collect(element, strings)),
        ast::Value::Object(object) => {
            object.properties.iter().for_each(|property| collect(&property.value, strings));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_principals_change() {
        let text = concat!(
            "{\n  \"Statement\": [{\"NotPrincipal\": {\"AWS\": [\"x\", \"\\u0078\", \"y\"]},",
            "\n \"Resource\":\"x\"},  {\"Principal\": [\"x\"], \"Condition\": {\"ArnLike\": {\"k\": \"x\"}}} ] }\n"
        );
        let shown = rewrite_principals(text, &|old| (old == "x").then(|| "\"q\"".to_owned()));
        let expected = text
            .replace("[\"x\", \"\\u0078\", \"y\"]", r#"["\"q\"", "\"q\"", "y"]"#)
            .replace("\"Principal\": [\"x\"]", r#""Principal": ["\"q\""]"#);
        assert_eq!(shown, expected);
        assert_eq!(rewrite_principals("{", &|_| Some(String::new())), "{");
    }
}
