//! Pages as they are asked for: what every answer wears, and forms that are not let in.

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;

use crate::bridge::tests::{Answer, Ground};

const HERE: &str = "http://localhost:7070";

/// A request of a browser that shows a page of ours.
fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request<Full<Bytes>> {
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", "localhost:7070");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Full::new(Bytes::from(body.to_owned()))).unwrap()
}

async fn visited(ground: &Ground) -> (String, String) {
    let page = ground.send(request("GET", "/_portcullis/portal/sign-in", &[], "")).await;
    let cookie = page.headers["set-cookie"].to_str().unwrap();
    let (_, token) = page.body.split_once("name=\"token\" value=\"").unwrap();
    (cookie.split(';').next().unwrap().to_owned(), token.split('"').next().unwrap().to_owned())
}

async fn posted(ground: &Ground, headers: &[(&str, &str)], body: &str) -> Answer {
    let form = ("content-type", "application/x-www-form-urlencoded");
    let all: Vec<_> = headers.iter().copied().chain([form]).collect();
    ground.send(request("POST", "/_portcullis/portal/sign-in", &all, body)).await
}

#[tokio::test]
async fn every_answer_wears_what_keeps_other_sites_away() {
    let ground = Ground::new().await;
    for (method, path, status) in [
        ("GET", "/_portcullis/portal/sign-in", 200),
        ("GET", "/_portcullis/portal/style.css", 200),
        ("GET", "/_portcullis/portal", 303),
        ("GET", "/_portcullis/portal/nothing", 404),
        ("GET", "/_portcullis/portal/sign-in/", 404),
        ("POST", "/_portcullis/portal/style.css", 405),
        ("OPTIONS", "/_portcullis/portal/sign-in", 405),
        ("POST", "/_portcullis/portal/sign-in", 403),
    ] {
        let origin = ("origin", "http://evil.example");
        let answer = ground.send(request(method, path, &[origin], "")).await;
        assert_eq!(answer.status, status, "{method} {path}");
        for (name, value) in [
            (
                "content-security-policy",
                "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; \
                 base-uri 'none'",
            ),
            ("x-frame-options", "DENY"),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.headers[name], value, "{method} {path}: {name}");
        }
        let is_cors = |name: &hyper::header::HeaderName| name.as_str().starts_with("access-control-");
        assert!(!answer.headers.keys().any(is_cors), "{method} {path}");
        assert!(answer.headers.contains_key("x-amzn-requestid"), "{method} {path}");
    }
}

#[tokio::test]
async fn a_form_needs_origin_cookie_and_token() {
    let ground = Ground::new().await;
    let (cookie, token) = visited(&ground).await;
    let (_, other_token) = visited(&ground).await;
    let body = format!("token={token}&name=anna&next=");
    let (origin, held) = (("origin", HERE), ("cookie", cookie.as_str()));
    let answer = posted(&ground, &[origin, held], &body).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("value=\"anna\"") && answer.body.contains("type=\"password\""));
    assert!(!answer.headers.contains_key("set-cookie"), "the visit goes on");
    for (headers, body) in [
        (vec![held], body.clone()),
        (vec![origin], body.clone()),
        (vec![("origin", "null"), held], body.clone()),
        (vec![("origin", "http://evil.example"), held], body.clone()),
        (vec![origin, held], "name=anna".to_owned()),
        (vec![origin, held], format!("token={other_token}&name=anna")),
        (vec![origin, held, ("sec-fetch-site", "cross-site")], body.clone()),
        (vec![origin, ("cookie", "portcullis-visit=other")], body.clone()),
    ] {
        let answer = posted(&ground, &headers, &body).await;
        assert_eq!(answer.status, 403, "{headers:?} {body}");
        assert!(!answer.body.contains("anna"));
    }
}

#[tokio::test]
async fn a_form_is_bounded_and_clear() {
    let ground = Ground::new().await;
    let (cookie, token) = visited(&ground).await;
    let held = [("origin", HERE), ("cookie", cookie.as_str())];
    let large = format!("token={token}&name={}", "x".repeat(40_000));
    assert_eq!(posted(&ground, &held, &large).await.status, 413);
    let twice = format!("token={token}&name=a&name=b");
    assert_eq!(posted(&ground, &held, &twice).await.status, 400);
    let json = [held[0], held[1], ("content-type", "text/plain")];
    let answer = ground.send(request("POST", "/_portcullis/portal/sign-in", &json, &twice)).await;
    assert_eq!(answer.status, 415);
}

#[tokio::test]
async fn what_somebody_sent_is_text_on_the_page() {
    let ground = Ground::new().await;
    let (cookie, token) = visited(&ground).await;
    let held = [("origin", HERE), ("cookie", cookie.as_str())];
    let body = format!("token={token}&name=%22%3E%3Cscript%3E&next=https%3A%2F%2Fevil.example%2F");
    let answer = posted(&ground, &held, &body).await;
    assert!(!answer.body.contains("<script>") && !answer.body.contains("evil.example"), "{}", answer.body);
    assert!(answer.body.contains("value=\"&#34;&#62;&#60;script&#62;\""), "{}", answer.body);
    let strange = ground.send(request("GET", "/_portcullis/portal/sign-in", &[("host", "a\"><b")], "")).await;
    assert_eq!(strange.status, 403);
}

#[tokio::test]
async fn whoever_has_not_signed_in_is_sent_there_and_comes_back() {
    let ground = Ground::new().await;
    for (path, next) in [
        ("/_portcullis/portal/", "%2F_portcullis%2Fportal%2F"),
        ("/_portcullis/portal/sessions", "%2F_portcullis%2Fportal%2Fsessions"),
        ("/_portcullis/portal/password", "%2F_portcullis%2Fportal%2Fpassword"),
        ("/_portcullis/portal/authenticator", "%2F_portcullis%2Fportal%2Fauthenticator"),
        ("/_portcullis/portal/device?user_code=A-B", "%2F_portcullis%2Fportal%2Fdevice%3Fuser_code%3DA-B"),
        ("/authorize?state=a%26b", "%2Fauthorize%3Fstate%3Da%2526b"),
    ] {
        for cookie in ["", "portcullis-session=0123456789abcdef"] {
            let answer = ground.send(request("GET", path, &[("cookie", cookie)], "")).await;
            assert_eq!(answer.status, 303, "{path}");
            let place = format!("/_portcullis/portal/sign-in?next={next}");
            assert_eq!(answer.headers["location"], place.as_str());
        }
    }
}

#[tokio::test]
async fn what_is_signed_for_a_path_of_ours_is_no_page() {
    let ground = Ground::new().await;
    let signed = ground.send(ground.signed("s3", "GET", "/authorize", &[], "")).await;
    assert!(!signed.headers.contains_key("location"), "{signed:?}");
    let bucket = ground.send(request("GET", "/authorize", &[("host", "some.s3.test")], "")).await;
    assert!(!bucket.headers.contains_key("location"), "{bucket:?}");
}
