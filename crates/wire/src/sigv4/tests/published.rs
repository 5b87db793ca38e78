//! AWS's own cases, as they lie in `corpus/sigv4`.

use std::path::Path;

use serde_json::Value;

use super::*;
use crate::sigv4::canonical::{self, PathRule, Tokens};

fn lines(value: &Value) -> Option<String> {
    let lines: Vec<&str> = value.as_array()?.iter().map(|line| line.as_str().unwrap()).collect();
    Some(lines.join("\n"))
}

fn read_head(request: &Value) -> Result<Head, crate::frame::FrameFault> {
    let lines: Vec<&str> = request.as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    let (method, target) = lines[0].split_once(' ').unwrap();
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let headers = Headers::new(lines[1..].iter().map(|line| line.split_once(':').unwrap()))?;
    Head::new(method, path, query, headers)
}

fn verdict(case: &Value, form: &Value) -> &'static str {
    let Ok(head) = read_head(&form["request"]) else { return "not text" };
    let mut presented = presented(&head);
    presented.path_rule = match case["path_rule"].as_str().unwrap() {
        "verbatim" => PathRule::Verbatim,
        _ => PathRule::Normalised,
    };
    let secret = Secret::from(case["secret_access_key"].as_str().unwrap().to_owned());
    assert_eq!(presented.access_key_id, case["access_key_id"]);
    assert_eq!(presented.signature.to_vec(), hex::decode(form["signature"].as_str().unwrap()).unwrap());

    let is_s3 = presented.scope.service == "s3";
    let body = sha256(form["body"].as_str().unwrap_or_default().as_bytes());
    let at = Timestamp::parse_amz_date(case["at"].as_str().unwrap()).unwrap();
    let judged = presented.verify(&head, &secret, (!is_s3).then_some(body), at);

    let line = presented.payload_line.clone().unwrap_or_else(|| hex::encode(body));
    let request =
        canonical::request(&head, presented.path_rule, &presented.signed_headers, &line, Tokens::Shown);
    let is_alike = lines(&form["canonical_request"]).is_none_or(|expected| expected == request);
    let to_sign = canonical::string_to_sign(&presented.signed_at.amz_date(), &presented.scope, &request);
    let is_alike = is_alike && lines(&form["string_to_sign"]).is_none_or(|expected| expected == to_sign);
    match judged {
        Ok(_) if is_alike => "verifies",
        Err(SignatureFault::Mismatch(_)) => "signature does not match",
        other => panic!("{other:?}\n{request}\n{to_sign}"),
    }
}

#[test]
fn aws_s_own_cases_get_their_verdict() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/sigv4");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let case: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for form in ["header", "query"].iter().filter_map(|form| case.get(form)) {
            assert_eq!(verdict(&case, form), form["verdict"], "{}", path.display());
            count += 1;
        }
    }
    assert_eq!(count, 2 * 38 + 5, "a case is missing or new");
}
