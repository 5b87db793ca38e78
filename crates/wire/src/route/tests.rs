use super::*;
use crate::frame::Headers;

fn head(method: &str, target: &str, headers: &[(&str, &str)]) -> Head {
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let mut all = Headers::new(headers.iter().copied()).unwrap();
    if all.get("host").is_none() {
        all.push("host", "localhost:7070").unwrap();
    }
    Head::new(method, path, query, all).unwrap()
}

fn domains() -> RouteConfig {
    RouteConfig { domains: vec!["example.com".into(), "s3.example.com".into()] }
}

/// The operation with bucket and key, or the code of the refusal.
fn s3(method: &str, target: &str, headers: &[(&str, &str)]) -> String {
    shown(route(&head(method, target, headers), Some("s3"), b"", &domains()))
}

fn shown(routed: Result<Routed, Fault>) -> String {
    match routed {
        Ok(routed) => {
            let mut text = routed.operation.name.clone();
            for (_, value) in &routed.labels {
                text = format!("{text} {value}");
            }
            text
        }
        Err(fault) => format!("{} {}", fault.status, fault.code),
    }
}

fn sts(method: &str, target: &str, body: &str) -> Result<Routed, Fault> {
    let form = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
    route(&head(method, target, &form), Some("sts"), body.as_bytes(), &domains())
}

#[test]
fn sub_resources_choose_the_operation() {
    for (method, target, expected) in [
        ("GET", "/", "ListBuckets"),
        ("GET", "/b", "ListObjects b"),
        ("GET", "/b/", "ListObjects b"),
        ("GET", "/b?list-type=2&prefix=a", "ListObjectsV2 b"),
        ("GET", "/b?policy", "GetBucketPolicy b"),
        ("GET", "/b?policy=", "GetBucketPolicy b"),
        ("GET", "/b?policyStatus", "GetBucketPolicyStatus b"),
        ("GET", "/b?uploads", "ListMultipartUploads b"),
        ("GET", "/b?analytics", "ListBucketAnalyticsConfigurations b"),
        ("GET", "/b?analytics&id=1", "GetBucketAnalyticsConfiguration b"),
        ("HEAD", "/b", "HeadBucket b"),
        ("PUT", "/b", "CreateBucket b"),
        ("DELETE", "/b?policy", "DeleteBucketPolicy b"),
        ("POST", "/b?delete", "DeleteObjects b"),
        ("GET", "/b/k?x-id=GetObject", "GetObject b k"),
        ("GET", "/b/k?partNumber=1", "GetObject b k"),
        ("GET", "/b/k?uploadId=u", "ListParts b k"),
        ("GET", "/b/k?attributes", "GetObjectAttributes b k"),
        ("PUT", "/b/k", "PutObject b k"),
        ("PUT", "/b/k?tagging&versionId=3", "PutObjectTagging b k"),
        ("PUT", "/b/k?partNumber=1&uploadId=u", "UploadPart b k"),
        ("POST", "/b/k?uploads", "CreateMultipartUpload b k"),
        ("POST", "/b/k?uploadId=u", "CompleteMultipartUpload b k"),
        ("DELETE", "/b/k?uploadId=u", "AbortMultipartUpload b k"),
        ("DELETE", "/b/k?versionId=u", "DeleteObject b k"),
    ] {
        assert_eq!(s3(method, target, &[]), expected, "{method} {target}");
    }
}

#[test]
fn a_copy_source_makes_an_upload_a_copy() {
    let source = [("x-amz-copy-source", "/source/key")];
    assert_eq!(s3("PUT", "/b/k", &source), "CopyObject b k");
    assert_eq!(s3("PUT", "/b/k?partNumber=1&uploadId=u", &source), "UploadPartCopy b k");
    // That an empty source is refused is the operation's business; it must not become an upload.
    assert_eq!(s3("PUT", "/b/k", &[("x-amz-copy-source", "")]), "CopyObject b k");
}

#[test]
fn a_known_sub_resource_is_never_ignored() {
    for (method, target, expected) in [
        ("DELETE", "/b/k?acl", "405 MethodNotAllowed"),
        ("DELETE", "/b?versioning", "405 MethodNotAllowed"),
        ("PUT", "/b?location", "405 MethodNotAllowed"),
        ("PUT", "/b/k?policy", "405 MethodNotAllowed"),
        ("POST", "/b", "405 MethodNotAllowed"),
        ("POST", "/b/k", "405 MethodNotAllowed"),
        ("POST", "/b/k?select&select-type=2", "405 MethodNotAllowed"),
        ("PATCH", "/b/k", "405 MethodNotAllowed"),
        ("GET", "/b?policy&acl", "400 InvalidArgument"),
        ("PUT", "/b/k?uploadId=u", "400 InvalidArgument"),
        ("PUT", "/b/k?partNumber=1", "400 InvalidArgument"),
    ] {
        assert_eq!(s3(method, target, &[]), expected, "{method} {target}");
    }
    let refused = route(&head("DELETE", "/b/k?acl", &[]), Some("s3"), b"", &domains()).unwrap_err();
    assert_eq!(refused.extra, [("Method".into(), "DELETE".into()), ("ResourceType".into(), "OBJECT".into())]);
}

#[test]
fn a_key_is_opaque() {
    for (path, expected) in [
        ("/b//k", "GetObject b /k"),
        ("/b/../other/k", "GetObject b ../other/k"),
        ("/b/%2e%2e/./x//", "GetObject b .././x//"),
        ("/b/a%2Fb%252F+", "GetObject b a/b%2F+"),
        ("/b/%C3%A9%00", "GetObject b \u{e9}\0"),
        ("//k", "400 InvalidBucketName"),
        ("/a%2Fb/k", "400 InvalidBucketName"),
        ("/%2fb/k", "400 InvalidBucketName"),
    ] {
        assert_eq!(s3("GET", path, &[]), expected, "{path}");
    }
}

#[test]
fn a_host_below_the_domain_names_the_bucket() {
    for (host, target, expected) in [
        ("b.example.com", "/", "ListObjects b"),
        ("B.Example.COM:7070", "/k/k", "GetObject b k/k"),
        ("a.b.example.com", "//k", "GetObject a.b /k"),
        ("b.s3.example.com", "/k", "GetObject b k"),
        ("s3.example.com", "/b/k", "GetObject b k"),
        ("example.com", "/b/k", "GetObject b k"),
        ("badexample.com", "/b/k", "GetObject b k"),
        (".example.com", "/b/k", "GetObject b k"),
    ] {
        assert_eq!(s3("GET", target, &[("host", host)]), expected, "{host}{target}");
    }
}

#[test]
fn a_host_of_s3_is_s3s_alone() {
    let head = head("POST", "/", &[("host", "b.example.com")]);
    let refused = route(&head, Some("sts"), b"Action=GetCallerIdentity&Version=2011-06-15", &domains());
    assert_eq!(shown(refused), "400 AuthorizationHeaderMalformed");
    assert!(is_s3(&head, Some("sts"), &domains()));
}

#[test]
fn the_scope_chooses_the_service_whatever_the_body_says() {
    let list = "Action=ListUsers&Version=2010-05-08";
    let refused = sts("POST", "/", list).unwrap_err();
    assert_eq!(refused.message, "Could not find operation ListUsers for version 2010-05-08");
    assert_eq!(shown(route(&head("POST", "/", &[]), Some("iam"), list.as_bytes(), &domains())), "ListUsers");
    assert_eq!(
        shown(route(&head("POST", "/", &[]), Some("s3"), list.as_bytes(), &domains())),
        "405 MethodNotAllowed"
    );
    let elsewhere = route(&head("POST", "/", &[]), Some("ec2"), list.as_bytes(), &domains()).unwrap_err();
    assert_eq!((elsewhere.status, elsewhere.code.as_str()), (403, "SignatureDoesNotMatch"));
    assert!(elsewhere.message.contains("'ec2'"), "{}", elsewhere.message);
}

#[test]
fn an_action_is_named_once_and_with_its_version() {
    let version = "Version=2011-06-15";
    for (method, target, body, expected) in [
        ("POST", "/", "Action=GetCallerIdentity&Version=2011-06-15", "GetCallerIdentity"),
        ("GET", "/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Expires=60", "", "GetCallerIdentity"),
        ("POST", "/?Action=GetCallerIdentity", version, "GetCallerIdentity"),
        (
            "POST",
            "/?Action=GetCallerIdentity",
            "Action=GetSessionToken&Version=2011-06-15",
            "400 MalformedInput",
        ),
        (
            "POST",
            "/",
            "Action=GetCallerIdentity&Action=GetCallerIdentity&Version=2011-06-15",
            "400 MalformedInput",
        ),
        ("POST", "/", version, "400 MissingAction"),
        ("POST", "/", "", "400 MissingAction"),
        ("POST", "/", "Action=&Version=2011-06-15", "400 MissingAction"),
        ("POST", "/", "Action=getcalleridentity&Version=2011-06-15", "400 InvalidAction"),
        ("POST", "/", "Action=GetCallerIdentity&Version=2010-05-08", "400 InvalidAction"),
        ("POST", "/", "Action=GetCallerIdentity", "400 InvalidAction"),
        ("POST", "/", "Action=GetCallerIdentity%ff", "400 MalformedInput"),
        ("POST", "/path", "Action=GetCallerIdentity&Version=2011-06-15", "400 InvalidAction"),
        ("PUT", "/", "Action=GetCallerIdentity&Version=2011-06-15", "400 InvalidAction"),
    ] {
        assert_eq!(shown(sts(method, target, body)), expected, "{method} {target} {body}");
    }
    let unversioned = sts("POST", "/", "Action=GetCallerIdentity").unwrap_err();
    assert_eq!(
        unversioned.message,
        "Could not find operation GetCallerIdentity for version NO_VERSION_SPECIFIED"
    );
    let json = head("POST", "/", &[("content-type", "application/json")]);
    assert_eq!(shown(route(&json, Some("sts"), b"{}", &domains())), "400 MalformedInput");
}

#[test]
fn hostile_numbers_of_parameters_are_refused() {
    let body = format!("Action=GetCallerIdentity&Version=2011-06-15{}", "&a=".repeat(PARAMETERS_MAX));
    assert_eq!(shown(sts("POST", "/", &body)), "400 MalformedInput");
}

#[test]
fn a_json_operation_is_named_by_its_target() {
    let kind = ("content-type", "application/x-amz-json-1.1");
    let full = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";
    let asked = |headers: &[(&str, &str)]| {
        shown(route(&head("POST", "/", headers), Some("cloudtrail"), b"{}", &domains()))
    };
    assert_eq!(asked(&[kind, ("x-amz-target", full)]), "LookupEvents");
    assert_eq!(asked(&[kind, ("x-amz-target", "CloudTrail_20131101.LookupEvents")]), "LookupEvents");
    for headers in [
        &[kind][..],
        &[kind, ("x-amz-target", "LookupEvents")],
        &[kind, ("x-amz-target", "Other.LookupEvents")],
        &[kind, ("x-amz-target", "CloudTrail_20131101.DeleteTrail")],
        &[kind, ("x-amz-target", full), ("x-amz-target", full)],
        &[("x-amz-target", full)],
    ] {
        assert_eq!(asked(headers), "400 UnknownOperationException", "{headers:?}");
    }
}

#[test]
fn without_a_signature_there_are_two_actions_and_anonymous_s3() {
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let asked = |method: &str, target: &str, body: &str| {
        let head = head(method, target, &form);
        let is_s3 = is_s3(&head, None, &domains());
        (is_s3, shown(route(&head, None, body.as_bytes(), &domains())))
    };
    let web = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15";
    assert_eq!(asked("POST", "/", web), (false, "AssumeRoleWithWebIdentity".into()));
    assert_eq!(asked("GET", &format!("/?{web}"), ""), (false, "AssumeRoleWithWebIdentity".into()));
    let other = "Action=GetCallerIdentity&Version=2011-06-15";
    assert_eq!(asked("POST", "/", other), (false, "403 MissingAuthenticationToken".into()));
    assert_eq!(asked("POST", "/", ""), (false, "403 MissingAuthenticationToken".into()));
    assert_eq!(asked("GET", &format!("/?{other}"), ""), (true, "ListBuckets".into()));
    assert_eq!(asked("GET", "/b/k", ""), (true, "GetObject b k".into()));
    assert_eq!(asked("POST", "/b?delete", web), (true, "DeleteObjects b".into()));
}

#[test]
fn a_refusal_is_worded_by_the_service_that_was_meant() {
    let name =
        |head: &Head, service| answering(head, service, &domains()).map(|model| model.service.as_str());
    let plain = head("POST", "/", &[]);
    assert_eq!(name(&plain, Some("iam")), Some("iam"));
    assert_eq!(name(&plain, Some("ec2")), Some("sts"));
    assert_eq!(name(&plain, None), Some("sts"));
    assert_eq!(name(&head("GET", "/b", &[]), None), Some("s3"));
    assert_eq!(name(&head("POST", "/", &[("x-amz-target", "a.b")]), None), Some("cloudtrail"));
}

#[test]
fn the_portal_and_its_sign_in_are_called_without_a_signature_at_their_exact_paths() {
    let token = [("x-amz-sso_bearer_token", "t")];
    for (method, target, headers, expected) in [
        ("GET", "/federation/credentials?role_name=r", &token[..], "GetRoleCredentials"),
        ("GET", "/assignment/accounts", &token, "ListAccounts"),
        ("GET", "/assignment/roles", &token, "ListAccountRoles"),
        ("POST", "/logout", &token, "Logout"),
        ("POST", "/client/register", &[], "RegisterClient"),
        ("POST", "/device_authorization", &[], "StartDeviceAuthorization"),
        ("POST", "/token", &[], "CreateToken"),
        ("POST", "/token?aws_iam=f", &[], "CreateToken"),
        // What is not exactly that is S3's.
        ("GET", "/assignment/accounts", &[], "s3 GetObject assignment accounts"),
        ("GET", "/assignment/accounts/", &token, "s3 GetObject assignment accounts/"),
        ("GET", "/assignment//accounts", &token, "s3 GetObject assignment /accounts"),
        ("GET", "/assignment%2Faccounts", &token, "s3 400 InvalidBucketName"),
        ("GET", "/assignment/%61ccounts", &token, "s3 GetObject assignment accounts"),
        ("PUT", "/assignment/accounts", &token, "s3 PutObject assignment accounts"),
        ("HEAD", "/assignment/accounts", &token, "s3 HeadObject assignment accounts"),
        ("POST", "/logout", &[], "s3 405 MethodNotAllowed"),
        ("POST", "/%74oken", &[], "s3 405 MethodNotAllowed"),
        ("POST", "/token/", &[], "s3 405 MethodNotAllowed"),
        ("POST", "/TOKEN", &[], "s3 405 MethodNotAllowed"),
        ("GET", "/token", &[], "s3 ListObjects token"),
        ("GET", "/authorize", &token, "s3 ListObjects authorize"),
        // Only with a signature.
        ("POST", "/token?aws_iam=t", &[], "s3 405 MethodNotAllowed"),
    ] {
        let head = head(method, target, headers);
        let of_s3 = if is_s3(&head, None, &domains()) { "s3 " } else { "" };
        let routed = route(&head, None, b"", &domains());
        assert_eq!(format!("{of_s3}{}", shown(routed)), expected, "{method} {target} {headers:?}");
    }
    let host = head("POST", "/token", &[("host", "b.example.com")]);
    assert!(is_s3(&host, None, &domains()), "a bucket's host has no portal");
}

#[test]
fn a_signature_chooses_the_service_also_at_the_portals_paths() {
    let asked = |service: &str, target: &str| {
        shown(route(&head("POST", target, &[]), Some(service), b"", &domains()))
    };
    assert_eq!(asked("sso-oauth", "/token?aws_iam=t"), "CreateTokenWithIAM");
    assert_eq!(asked("sso-oauth", "/token"), "CreateToken");
    assert_eq!(asked("sso-oauth", "/logout"), "404 UnknownOperationException");
    assert_eq!(asked("awsssoportal", "/token"), "404 UnknownOperationException");
    assert_eq!(asked("awsssoportal", "/logout"), "Logout");
    assert_eq!(asked("s3", "/token"), "405 MethodNotAllowed");
    assert_eq!(asked("sts", "/token"), "400 InvalidAction");
    let token = head("POST", "/token", &[]);
    let worded = answering(&token, None, &domains()).map(|model| model.service.as_str());
    assert_eq!(worded, Some("sso-oauth"));
}
