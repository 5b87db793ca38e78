use super::*;
use crate::fault::{Asked, encode_fault};
use crate::frame::Headers;
use crate::protocol::{decode, encode, model};
use crate::route::{RouteConfig, route};

const JSON: (&str, &str) = ("content-type", "application/json");
const TOKEN: (&str, &str) = ("x-amz-sso_bearer_token", "a-token");

fn decoded(
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<(String, Decoded), Fault> {
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let headers = Headers::new(headers.iter().copied()).unwrap();
    let head = Head::new(method, path, query, headers).unwrap();
    let routed = route(&head, None, body.as_bytes(), &RouteConfig::default())?;
    Ok((routed.operation.name.clone(), decode(&routed, &head, body.as_bytes())?))
}

fn refused(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> String {
    decoded(method, target, headers, body).unwrap_err().to_string()
}

#[test]
fn members_are_read_from_their_own_places() {
    let target = "/assignment/roles?account_id=111122223333&max_result=5&maxResults=6";
    let (name, decoded) = decoded("GET", target, &[TOKEN], "{\"accessToken\":\"another\"}").unwrap();
    let expected = Value::structure()
        .with("maxResults", 5_u32)
        .with("accessToken", "a-token")
        .with("accountId", "111122223333");
    assert_eq!((name.as_str(), &decoded.value), ("ListAccountRoles", &expected));
    assert_eq!(decoded.unknown, ["?maxResults"]);
}

#[test]
fn bodies_are_json_with_the_members_that_belong_there() {
    let body = r#"{"clientId":"c","clientSecret":"s","grantType":"refresh_token","scope":["a"],"more":1}"#;
    for headers in [&[JSON][..], &[("content-type", "application/json; charset=utf-8")], &[]] {
        let (name, decoded) = decoded("POST", "/token", headers, body).unwrap();
        let scopes: Vec<Value> = vec!["a".into()];
        let expected = Value::structure()
            .with("clientId", "c")
            .with("clientSecret", "s")
            .with("grantType", "refresh_token")
            .with("scope", scopes);
        assert_eq!((name.as_str(), decoded.value), ("CreateToken", expected));
        assert_eq!(decoded.unknown, ["/more"]);
    }
    let (name, nothing) = decoded("POST", "/logout", &[TOKEN, JSON], "not read").unwrap();
    assert_eq!((name.as_str(), nothing.value), ("Logout", Value::structure().with("accessToken", "a-token")));
}

#[test]
fn what_cannot_be_read_is_refused_as_the_service_declares_it() {
    for (body, expected) in [
        ("{", "EOF while parsing an object at line 1 column 1"),
        ("[]", "The request is not a JSON object"),
        ("{\"ClientId\":\"c\"}", "'/ClientId' is not written as the member's name is"),
        ("{\"clientId\":\"c\",\"clientId\":\"d\"}", "the key 'clientId' stands twice at line 1 column 26"),
        ("{\"clientId\":5}", "NUMBER_VALUE can not be converted to a String at '/clientId'"),
    ] {
        let shown = refused("POST", "/token", &[JSON], body);
        assert_eq!(shown, format!("InvalidRequestException: {expected}"), "{body}");
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let shown = refused("POST", "/token", &form, "client_id=c&grant_type=refresh_token");
    assert_eq!(shown, "InvalidRequestException: The content type of the request is not application/json");
    for (target, expected) in [
        ("/assignment/accounts?max_result=five", "max_result is not valid"),
        ("/assignment/accounts?max_result=", "max_result is not valid"),
        ("/assignment/accounts?next_token=a&next_token=a", "next_token is given more than once"),
    ] {
        assert_eq!(refused("GET", target, &[TOKEN], ""), format!("InvalidRequestException: {expected}"));
    }
    let twice = refused("GET", "/assignment/accounts", &[TOKEN, TOKEN], "");
    assert_eq!(twice, "InvalidRequestException: x-amz-sso_bearer_token is given more than once");
}

#[test]
fn answers_are_json_that_no_cache_keeps() {
    let model = model("awsssoportal").unwrap();
    let answer = |operation: &str, output: &Value| {
        let operation = model.operation(operation).unwrap();
        let routed = Routed { model, operation, labels: Vec::new(), parameters: Vec::new() };
        let response = encode(&routed, output, "1");
        assert!(response.headers.contains(&("Cache-Control".into(), "no-store".into())));
        (response.status, String::from_utf8(response.body).unwrap())
    };
    let credentials = Value::structure().with("accessKeyId", "A").with("expiration", 1_795_000_000_000_i64);
    assert_eq!(
        answer("GetRoleCredentials", &Value::structure().with("roleCredentials", credentials)),
        (200, r#"{"roleCredentials":{"accessKeyId":"A","expiration":1795000000000}}"#.into())
    );
    assert_eq!(answer("ListAccounts", &Value::structure()), (200, "{}".into()));
    assert_eq!(answer("Logout", &Value::structure()), (200, String::new()));
}

#[test]
fn a_refusal_has_the_status_and_the_words_of_its_service() {
    let answer = |service: &str, fault: &Fault| {
        let asked = Asked { method: "POST", resource: "/token", request_id: "1" };
        let response = encode_fault(fault, model(service), &asked);
        let body = String::from_utf8(response.body).unwrap();
        assert!(response.headers.contains(&("x-amzn-ErrorType".into(), fault.code.clone())), "{body}");
        assert!(response.headers.contains(&("Content-Type".into(), "application/json".into())), "{body}");
        assert!(response.headers.contains(&("Cache-Control".into(), "no-store".into())), "{body}");
        (response.status, body)
    };
    let unauthorized = Fault::new("UnauthorizedException", 400, "Session token not found or invalid");
    assert_eq!(
        answer("awsssoportal", &unauthorized),
        (401, r#"{"message":"Session token not found or invalid"}"#.into())
    );
    for (code, status, word) in [
        ("AuthorizationPendingException", 400, "authorization_pending"),
        ("SlowDownException", 400, "slow_down"),
        ("ExpiredTokenException", 400, "expired_token"),
        ("AccessDeniedException", 400, "access_denied"),
        ("InvalidClientException", 401, "invalid_client"),
        ("InvalidGrantException", 400, "invalid_grant"),
        ("InvalidRequestException", 400, "invalid_request"),
        ("UnsupportedGrantTypeException", 400, "unsupported_grant_type"),
        ("InvalidRedirectUriException", 400, "invalid_redirect_uri"),
    ] {
        let (given, body) = answer("sso-oauth", &Fault::new(code, 403, "why"));
        assert_eq!(given, status, "{code}");
        assert_eq!(body, format!(r#"{{"error":"{word}","error_description":"why"}}"#));
    }
    let ours = Fault::new("InternalFailure", 500, "why");
    assert_eq!(
        answer("sso-oauth", &ours),
        (500, r#"{"error":"server_error","error_description":"why","message":"why"}"#.into())
    );
    let own = Fault::new("InvalidRequestException", 400, "why").with("error", "own_word");
    let (_, body) = answer("sso-oauth", &own);
    assert_eq!(body, r#"{"error":"own_word","error_description":"why"}"#);
}
