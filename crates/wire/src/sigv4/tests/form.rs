//! Which signatures are well formed, and what is answered to those that are not.

use super::*;

fn code(fault: &SignatureFault) -> (u16, &'static str) {
    let (status, code, _) = fault.code(ServiceFamily::S3);
    (status, code)
}

const MALFORMED: (u16, &str) = (400, "AuthorizationHeaderMalformed");
const QUERY_MALFORMED: (u16, &str) = (400, "AuthorizationQueryParametersError");

#[test]
fn a_request_without_any_signature_is_unsigned() {
    assert!(matches!(present(&head("GET", "/b/k?list-type=2", &[])), Ok(Presentation::Unsigned)));
}

#[test]
fn other_mechanisms_are_refused() {
    for value in [
        "AWS AKIAIOSFODNN7EXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=",
        "AWS4-ECDSA-P256-SHA256 Credential=A/20240507/s3/aws4_request, SignedHeaders=host, Signature=00",
        "AWS4-HMAC-SHA1 Credential=A/20240507/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00",
        "Bearer canary",
        "Basic canary",
        "canary",
        "",
    ] {
        let fault = present(&head("GET", "/", &[("authorization", value)])).unwrap_err();
        assert_eq!(code(&fault), (400, "InvalidRequest"), "{value}");
        assert!(!format!("{fault:?}{fault}").contains("canary"));
    }
    let version_2 = "/b/k?AWSAccessKeyId=A&Expires=1&Signature=x";
    let fault = present(&head("GET", version_2, &[])).unwrap_err();
    assert!(fault.code(ServiceFamily::S3).2.contains("s3v4"));
    let asymmetric = presigned(&head("GET", "/b/k", &[]), 60);
    let query = asymmetric.query.as_deref().unwrap().replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256");
    assert_eq!(code(&present(&with_query(&asymmetric, &query)).unwrap_err()), (400, "InvalidRequest"));
}

#[test]
fn one_request_has_one_mechanism() {
    let in_query = presigned(&head("GET", "/b/k", &[]), 60);
    let in_header = signed(&head("GET", "/b/k", &[]), &PayloadMode::Unsigned, "s3");
    let authorization = in_header.headers.get("authorization").unwrap();
    let halves = ["X-Amz-Signature=00", "X-Amz-Algorithm=x", "AWSAccessKeyId=A&Signature=x"];
    for query in halves.into_iter().chain(in_query.query.as_deref()) {
        for authorization in [authorization, "AWS4-HMAC-SHA256 broken", "Bearer x"] {
            let both = with_header(&with_query(&in_query, query), "authorization", Some(authorization));
            let fault = present(&both).unwrap_err();
            assert_eq!(fault, SignatureFault::OnlyOneMechanism);
            assert_eq!(code(&fault), (400, "InvalidArgument"));
        }
    }
}

#[test]
fn an_authorization_header_is_read_strictly() {
    let good = signed(&head("GET", "/b/k", &[]), &PayloadMode::Unsigned, "s3");
    let signature = hex::encode(presented(&good).signature);
    for (from, to) in [
        ("Signature=", "Signatur="),
        ("Signature=", "Signature=00"),
        (signature.as_str(), "00"),
        (signature.as_str(), signature.to_uppercase().as_str()),
        (", Signature=", ", Signature=00, Signature="),
        (", SignedHeaders=", ", Extra=1, SignedHeaders="),
        ("aws4_request", "aws4_requestx"),
        ("aws4_request", "aws4_request/x"),
        ("/s3/aws4_request", "/aws4_request"),
        ("20240507", "2024-05-07"),
        ("us-east-1", ""),
        ("us-east-1", "us east"),
        ("AKIAIOSFODNN7EXAMPLE", ""),
        ("AKIAIOSFODNN7EXAMPLE", &"A".repeat(129)),
        ("host;x-amz-content-sha256;x-amz-date", ""),
        ("host;x-amz-content-sha256;x-amz-date", "x-amz-content-sha256;host;x-amz-date"),
        ("host;x-amz-content-sha256;x-amz-date", "host;host;x-amz-content-sha256;x-amz-date"),
        ("host;x-amz-content-sha256;x-amz-date", "Host;x-amz-content-sha256;x-amz-date"),
        ("host;x-amz-content-sha256;x-amz-date", "host;;x-amz-content-sha256;x-amz-date"),
    ] {
        let fault = present(&with_authorization(&good, from, to)).unwrap_err();
        assert_eq!(code(&fault), MALFORMED, "{from} -> {to}");
        assert_eq!(fault.code(ServiceFamily::Query).1, "IncompleteSignature");
    }
    for spelling in [(", ", ","), (", ", " ,  "), ("Credential", " Credential")] {
        assert!(judge(&with_authorization(&good, spelling.0, spelling.1)).is_ok(), "{spelling:?}");
    }
}

#[test]
fn the_date_comes_from_one_place() {
    let good = signed(&head("GET", "/", &[]), &PayloadMode::Absent, "sts");
    for value in ["", "20240507", "2024-05-07T23:47:00Z", "Tue, 07 May 2024 23:47:00 GMT"] {
        // A good Date does not help a bad x-amz-date.
        let bad = with_header(&good, "date", Some("Tue, 07 May 2024 23:47:00 GMT"));
        let fault = present(&with_header(&bad, "x-amz-date", Some(value))).unwrap_err();
        assert_eq!(fault, SignatureFault::NoDate);
        assert_eq!(fault.code(ServiceFamily::Query).1, "IncompleteSignature");
    }
    let dated = with_header(&good, "x-amz-date", None);
    assert_eq!(present(&dated).unwrap_err(), SignatureFault::NoDate);
    for value in ["Tue, 07 May 2024 23:47:00 GMT", NOW] {
        assert_eq!(presented(&with_header(&dated, "date", Some(value))).signed_at, now());
    }
}

#[test]
fn s3_wants_to_be_told_of_the_payload() {
    let good = signed(&head("PUT", "/b/k", &[]), &PayloadMode::Unsigned, "s3");
    let fault = present(&with_header(&good, "x-amz-content-sha256", None)).unwrap_err();
    assert_eq!(code(&fault), (400, "InvalidRequest"));
    for value in ["", "unsigned-payload", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "abc", &"0".repeat(63)]
    {
        let fault = present(&with_header(&good, "x-amz-content-sha256", Some(value))).unwrap_err();
        assert_eq!(code(&fault), (400, "InvalidArgument"), "{value}");
    }
}

#[test]
fn headers_that_decide_must_not_be_repeated() {
    let good = signed(&head("PUT", "/b/k", &[("content-length", "0")]), &PayloadMode::Unsigned, "s3");
    for name in SINGLE_HEADERS.iter().copied().chain(["x-amz-checksum-crc32"]) {
        let mut twice = good.clone();
        let value = good.headers.get(name).unwrap_or("0").to_owned();
        twice.headers.push(name, &value).unwrap();
        twice.headers.push(name, &value).unwrap();
        let fault = present(&twice).unwrap_err();
        assert_eq!(fault, SignatureFault::Repeated { name: name.to_owned() });
        assert_eq!(code(&fault).0, 400);
    }
}

#[test]
fn a_presigned_life_is_digits_from_one_second_to_a_week() {
    let good = presigned(&head("GET", "/b/k", &[]), 604_800);
    assert!(judge(&good).is_ok());
    let query = good.query.clone().unwrap();
    for life in ["604801", "-1", "0", "1e3", "60%20", "%2B60", "+60", "99999999999999999999", "", "6.0", "٣"]
    {
        let life = if life == "٣" { "%D9%A3" } else { life };
        let changed =
            with_query(&good, &query.replace("X-Amz-Expires=604800", &format!("X-Amz-Expires={life}")));
        assert_eq!(code(&present(&changed).unwrap_err()), QUERY_MALFORMED, "{life}");
    }
}

#[test]
fn presigned_parameters_are_all_there_and_there_once() {
    let good = presigned(&head("GET", "/b/k", &[]), 60);
    let query = good.query.clone().unwrap();
    for name in query.split('&').map(|pair| pair.split_once('=').unwrap().0) {
        let without: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with(name)).collect();
        let fault = present(&with_query(&good, &without.join("&"))).unwrap_err();
        assert_eq!(code(&fault), QUERY_MALFORMED, "{name}");
        for again in [name.to_owned(), name.to_lowercase(), name.replace("X-", "%58-")] {
            let twice = with_query(&good, &format!("{query}&{again}=1"));
            assert_eq!(code(&present(&twice).unwrap_err()), QUERY_MALFORMED, "{again}");
        }
    }
    let with_token = with_header(&good, "x-amz-security-token", Some("t"));
    assert_eq!(code(&present(&with_token).unwrap_err()), QUERY_MALFORMED);
}

#[test]
fn parameters_of_a_presigned_s3_request_stand_for_headers() {
    let target = "/b/k?x-amz-meta-a=gr%C3%BCn&X-Amz-Acl=private&x-amz-checksum-crc32=AAAAAA%3D%3D\
                  &x-amz-sdk-checksum-algorithm=CRC32&x-amz-tagging=a%3Db&x-id=PutObject";
    let sent = presigned(&head("PUT", target, &[]), 60);
    assert!(judge(&sent).is_ok());
    let meant = presented(&sent).meant(&sent).unwrap();
    let fields: Vec<(&str, &str)> = meant.headers.iter().collect();
    assert_eq!(fields, [("host", "localhost:7070"), ("x-amz-meta-a", "grün"), ("x-amz-acl", "private")]);
    assert_eq!((meant.path.as_str(), meant.query), ("/b/k", sent.query.clone()));

    let both = presigned(&head("PUT", "/b/k?x-amz-meta-a=query", &[("x-amz-meta-a", "header")]), 60);
    assert!(presented(&both).meant(&both).is_none(), "a header that was sent stands for itself");
    let plain = presigned(&head("PUT", "/b/k", &[]), 60);
    assert!(presented(&plain).meant(&plain).is_none());
    let by_header = signed(&head("PUT", "/b/k?x-amz-meta-a=1", &[]), &PayloadMode::Unsigned, "s3");
    assert!(presented(&by_header).meant(&by_header).is_none(), "only presigned requests are read so");
    let split = presigned(&head("PUT", "/b/k?x-amz-meta-a=1%0D%0Ax-amz-acl%3A%20public-read", &[]), 60);
    assert_eq!(code(&present(&split).unwrap_err()), (400, "AuthorizationQueryParametersError"));
}
