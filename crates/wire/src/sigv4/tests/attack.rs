//! Requests that were changed after signing, or signed for something else.

use super::*;

fn code(fault: &SignatureFault) -> (u16, &'static str) {
    let (status, code, _) = fault.code(ServiceFamily::S3);
    (status, code)
}

#[track_caller]
fn assert_mismatch(head: &Head) {
    let fault = judge(head).unwrap_err();
    assert_eq!(code(&fault), (403, "SignatureDoesNotMatch"), "{fault:?}");
}

#[test]
fn a_guessed_signature_does_not_match() {
    let zeros = "0".repeat(64);
    for service in ["s3", "sts", "iam", "cloudtrail"] {
        let good = signed(&head("POST", "/", &[]), &PayloadMode::Absent, service);
        assert!(judge(&good).is_ok());
        let signature = hex::encode(presented(&good).signature);
        let fault = judge(&with_authorization(&good, &signature, &zeros)).unwrap_err();
        assert!(matches!(fault, SignatureFault::Mismatch(_)), "{fault:?}");
        assert_eq!(presented(&good).access_key_id, "AKIAIOSFODNN7EXAMPLE");
    }
    let good = presigned(&head("GET", "/b/k", &[]), 60);
    let query = good.query.as_deref().unwrap();
    let (rest, _) = query.split_once("X-Amz-Signature=").unwrap();
    assert_mismatch(&with_query(&good, &format!("{rest}X-Amz-Signature={zeros}")));
}

#[test]
fn a_header_added_after_signing_is_refused() {
    let by_header = signed(&head("PUT", "/b/k", &[]), &PayloadMode::Unsigned, "s3");
    let by_query = presigned(&head("PUT", "/b/k", &[]), 60);
    for name in [
        "x-amz-copy-source",
        "x-amz-tagging",
        "x-amz-acl",
        "x-amz-meta-x",
        "x-amz-website-redirect-location",
        "x-amz-security-token",
        "x-amz-bypass-governance-retention",
    ] {
        let fault = judge(&with_header(&by_header, name, Some("v"))).unwrap_err();
        assert_eq!(fault, SignatureFault::HeadersNotSigned { names: vec![name.to_owned()] });
        let (status, code, message) = fault.code(ServiceFamily::S3);
        assert_eq!((status, code), (403, "AccessDenied"));
        assert_eq!(message, "There were headers present in the request which were not signed");
        assert_eq!(fault.details(), [("HeadersNotSigned", name.to_owned())]);
        assert!(judge(&with_header(&by_query, name, Some("v"))).is_err(), "{name}");
    }
    assert!(judge(&with_header(&by_header, "content-type", Some("text/plain"))).is_ok());
    assert!(judge(&with_header(&by_query, "content-type", Some("text/plain"))).is_ok());
    assert!(judge(&with_header(&by_query, "x-amz-content-sha256", Some("UNSIGNED-PAYLOAD"))).is_ok());
    assert_mismatch(&with_header(&by_query, "x-amz-content-sha256", Some(&"0".repeat(64))));
}

#[test]
fn host_is_always_signed_and_absent_headers_count_as_empty() {
    let good = signed(&head("GET", "/b/k", &[]), &PayloadMode::Unsigned, "s3");
    let fault = judge(&with_authorization(&good, "=host;", "=")).unwrap_err();
    assert_eq!(fault, SignatureFault::HeadersNotSigned { names: vec!["host".to_owned()] });
    assert_eq!(fault.code(ServiceFamily::Query).0, 403);

    let with_empty = signed(&head("GET", "/b/k", &[("x-amz-acl", "")]), &PayloadMode::Unsigned, "s3");
    assert!(judge(&with_header(&with_empty, "x-amz-acl", None)).is_ok());
    assert_mismatch(&with_header(&with_empty, "x-amz-acl", Some("public-read")));
}

#[test]
fn a_query_may_change_its_order_and_nothing_else() {
    let original = "a&a=&a=1&A=2&%61=3&b=x%26y";
    let good = signed(&head("GET", &format!("/b?{original}"), &[]), &PayloadMode::Unsigned, "s3");
    for same in ["b=x%26y&%61=3&A=2&a=1&a=&a", "a=&a&a=1&a=3&A=2&b=x%26y"] {
        assert!(judge(&with_query(&good, same)).is_ok(), "{same}");
    }
    for other in ["a&a=&a=1&A=2&a=3&b=x&y", "a&a=1&A=2&a=3&b=x%26y", "a&a=&a=1&a=2&a=3&b=x%26y", ""] {
        assert_mismatch(&with_query(&good, other));
    }
}

#[test]
fn a_scope_holds_for_one_day_region_and_service() {
    let good = signed(&head("POST", "/", &[]), &PayloadMode::Absent, "sts");
    for (from, to) in
        [("/sts/", "/iam/"), ("/us-east-1/", "/eu-west-1/"), ("AKIAIOSFODNN7EXAMPLE/20240507", "A/20240507")]
    {
        let changed = with_authorization(&good, from, to);
        let is_refused = matches!(judge(&changed), Err(SignatureFault::Mismatch(_)));
        // Another key id with the same secret is another key's signature only by its secret.
        assert_eq!(is_refused, !to.starts_with("A/"), "{to}");
    }
    let fault = judge(&with_authorization(&good, "20240507", "20240508")).unwrap_err();
    assert_eq!(
        fault.code(ServiceFamily::Query).2,
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
         '20240508' != '20240507', from '20240507T234700Z'."
    );
    assert_eq!(code(&fault), (400, "AuthorizationHeaderMalformed"));

    let presented = presented(&good);
    let served = ServedRegions::These(vec!["eu-west-1".into()]);
    assert!(
        matches!(presented.require_region(&served), Err(SignatureFault::Region { expected, .. }) if expected == "eu-west-1")
    );
    assert!(presented.require_region(&ServedRegions::These(vec!["us-east-1".into()])).is_ok());
    assert!(presented.require_region(&ServedRegions::Any).is_ok());
    assert!(presented.require_region(&ServedRegions::These(Vec::new())).is_err());
    assert!(presented.require_service("sts").is_ok());
    assert!(matches!(presented.require_service("iam"), Err(SignatureFault::Service { .. })));
}

#[test]
fn a_header_signature_lives_fifteen_minutes_either_way() {
    for service in ["s3", "sts", "cloudtrail"] {
        let good = signed(&head("GET", "/", &[]), &PayloadMode::Absent, service);
        for seconds in [-900, -840, 840, 900] {
            assert!(judge_at(&good, later(seconds)).is_ok(), "{service} {seconds}");
        }
        for seconds in [-960, -901, 901, 960] {
            let fault = judge_at(&good, later(seconds)).unwrap_err();
            assert_eq!(code(&fault), (403, "RequestTimeTooSkewed"), "{service} {seconds}");
        }
    }
}

#[test]
fn a_presigned_request_lives_as_long_as_it_says() {
    let good = presigned(&head("GET", "/b/k", &[]), 3600);
    for seconds in [-900, 0, 3600] {
        assert!(judge_at(&good, later(seconds)).is_ok(), "{seconds}");
    }
    for (seconds, message) in [(-901, "Request is not valid yet"), (3601, "Request has expired")] {
        let (status, code, text) = judge_at(&good, later(seconds)).unwrap_err().code(ServiceFamily::S3);
        assert_eq!((status, code, text.as_str()), (403, "AccessDenied", message));
    }
}

#[test]
fn outside_s3_the_body_is_always_signed() {
    let body = sha256(b"Action=GetCallerIdentity");
    let good = signed(&head("POST", "/", &[]), &PayloadMode::Sha256(body), "sts");
    let presented = presented(&good);
    let secret = credentials().secret;
    assert!(presented.verify(&good, &secret, Some(body), now()).is_ok());
    let other = presented.verify(&good, &secret, Some(sha256(b"Action=DeleteUser")), now()).unwrap_err();
    assert_eq!(other.code(ServiceFamily::Query).1, "SignatureDoesNotMatch");
    let unread = presented.verify(&good, &secret, None, now()).unwrap_err();
    assert_eq!((unread.code(ServiceFamily::Query).0, &unread), (500, &SignatureFault::BodyNotHashed));
}

#[test]
fn outside_s3_the_payload_header_must_be_the_body_s_hash() {
    for line in [
        hex::encode(sha256(b"other")),
        "UNSIGNED-PAYLOAD".into(),
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER".into(),
    ] {
        let changed = head("POST", "/", &[("x-amz-content-sha256", line.as_str())]);
        // The signer leaves the header out for services other than S3, so this one is put back and listed.
        let good = signed(&changed, &PayloadMode::Sha256(sha256(b"")), "iam");
        let good = with_header(&good, "x-amz-content-sha256", Some(&line));
        let good = with_authorization(&good, "host;x-amz-date", "host;x-amz-content-sha256;x-amz-date");
        assert!(matches!(judge(&good), Err(SignatureFault::BodyHash { .. })), "{line}");
    }
}

#[test]
fn a_buffered_s3_body_is_compared_with_its_hash() {
    let body = sha256(b"<Delete/>");
    let good = signed(&head("POST", "/b?delete", &[]), &PayloadMode::Sha256(body), "s3");
    let presented = presented(&good);
    assert!(presented.verify(&good, &credentials().secret, Some(body), now()).is_ok());
    let fault = presented.verify(&good, &credentials().secret, Some(sha256(b"")), now()).unwrap_err();
    assert_eq!(code(&fault), (400, "XAmzContentSHA256Mismatch"));
}

#[test]
fn a_session_token_is_bound_and_never_shown() {
    let key = Credentials { session_token: Some("canary+token/=".to_owned().into()), ..credentials() };
    let scope = Scope::new(now(), "us-east-1", "s3");
    let by_header = sign(&head("GET", "/b/k", &[]), &PayloadMode::Unsigned, &key, &scope, now()).unwrap();
    let by_query =
        presign(&head("GET", "/b/k", &[]), &PayloadMode::Unsigned, &key, &scope, now(), 60).unwrap();
    for good in [&by_header, &by_query] {
        assert!(judge(good).is_ok());
        assert_eq!(presented(good).session_token.as_deref(), Some("canary+token/="));
        assert!(!format!("{:?} {good:?}", presented(good)).contains("canary"));
        let wrong = presented(good).verify(good, &"wrong".to_owned().into(), None, now()).unwrap_err();
        let told = format!("{wrong:?} {wrong} {:?} {:?}", wrong.details(), wrong.code(ServiceFamily::S3));
        assert!(told.contains("(hidden)") && !told.contains("canary"), "{told}");
    }
    assert_mismatch(&with_header(&by_header, "x-amz-security-token", Some("other")));
    assert_mismatch(&with_header(&by_header, "x-amz-security-token", None));
    let query = by_query.query.clone().unwrap();
    assert_mismatch(&with_query(&by_query, &query.replace("canary", "other")));
}

#[test]
fn a_new_secret_under_an_old_key_id_ends_the_old_signatures() {
    let good = signed(&head("GET", "/b/k", &[]), &PayloadMode::Unsigned, "s3");
    // The first judgement fills the memory of derived keys.
    assert!(judge(&good).is_ok());
    assert!(judge(&good).is_ok());
    let fault = presented(&good).verify(&good, &"rotated".to_owned().into(), None, now()).unwrap_err();
    assert!(matches!(fault, SignatureFault::Mismatch(_)));
}
