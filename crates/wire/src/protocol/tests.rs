//! What each protocol refuses, in which words, and what it lets pass.

use super::*;
use crate::frame::Headers;
use crate::route::{RouteConfig, route};

fn head(method: &str, target: &str, headers: &[(&str, &str)]) -> Head {
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    Head::new(method, path, query, Headers::new(headers.iter().copied()).unwrap()).unwrap()
}

fn routed(service: &str, operation: &str) -> Routed {
    let model = model(service).unwrap();
    let operation = model.operation(operation).unwrap();
    Routed { model, operation, labels: Vec::new(), parameters: Vec::new() }
}

fn query(action: &str, parameters: &str) -> Result<Decoded, Fault> {
    let head = head("POST", "/", &[("content-type", "application/x-www-form-urlencoded")]);
    let body = format!("Action={action}&Version=2011-06-15&{parameters}");
    let routed = route(&head, Some("sts"), body.as_bytes(), &RouteConfig::default())?;
    decode(&routed, &head, body.as_bytes())
}

fn json(body: &[u8]) -> Result<Decoded, Fault> {
    decode(&routed("cloudtrail", "LookupEvents"), &head("POST", "/", &[]), body)
}

fn s3(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Decoded, Fault> {
    let head = head(method, target, headers);
    let routed = route(&head, Some("s3"), b"", &RouteConfig::default())?;
    decode(&routed, &head, body)
}

fn refusal(decoded: Result<Decoded, Fault>) -> String {
    decoded.map_or_else(|fault| fault.to_string(), |decoded| format!("accepted {decoded:?}"))
}

#[test]
fn query_lists_and_structures_are_nested() {
    let decoded =
        query("AssumeRole", "RoleArn=r&Tags.member.2.Key=b&Tags.member.1.Key=a&Tags.member.1.Value=")
            .unwrap();
    let tags =
        vec![Value::structure().with("Key", "a").with("Value", ""), Value::structure().with("Key", "b")];
    assert_eq!(decoded.value, Value::structure().with("RoleArn", "r").with("Tags", tags));
    let ten: Vec<String> = (1..=11).map(|n| format!("TransitiveTagKeys.member.{n}=k{n}")).collect();
    let keys: Vec<Value> = (1..=11).map(|n| Value::from(format!("k{n}"))).collect();
    assert_eq!(query("AssumeRole", &ten.join("&")).unwrap().value.list("TransitiveTagKeys"), keys);
}

#[test]
fn an_empty_list_parameter_is_absent() {
    assert_eq!(query("AssumeRole", "Tags=&PolicyArns=").unwrap().value, Value::structure());
}

#[test]
fn unknown_parameters_are_ignored_and_reported() {
    let decoded = query("AssumeRole", "RoleArn=r&Nonsense.a=1&Tags.member.1.Colour=red").unwrap();
    assert_eq!(decoded.value.text("RoleArn"), Some("r"));
    assert_eq!(decoded.unknown, ["Tags.1.Colour", "Nonsense"]);
}

#[test]
fn malformed_queries_are_refused_with_the_parameter() {
    for (parameters, expected) in [
        ("Tags.member.2.Key=a", "'Tags': items are not numbered from 1 without gaps"),
        ("Tags.member.0.Key=a", "'Tags': items are not numbered from 1 without gaps"),
        ("Tags.member.01.Key=a", "'Tags': an item without a number"),
        ("Tags.member.-1.Key=a", "'Tags': an item without a number"),
        ("Tags.member.x.Key=a", "'Tags': an item without a number"),
        ("Tags.member.99999999999999999999.Key=a", "'Tags': an item without a number"),
        ("Tags=a", "'Tags': a single value where several are expected"),
        ("Tags.member.1=a", "'Tags.1': a single value where several are expected"),
        ("RoleArn.a=1", "'RoleArn': a list or structure where a single value is expected"),
        ("RoleArn=a&RoleArn=b", "'RoleArn': given more than once"),
        ("RoleArn=a&RoleArn=a", "'RoleArn': given more than once"),
        ("rolearn=a", "'rolearn': not written as the member's name is"),
        ("RoleArn=a&roleARN=b", "'roleARN': not written as the member's name is"),
        ("Tags.Member.1.Key=a", "'Tags.Member': not written as the member's name is"),
        ("Tags.member.1.key=a", "'Tags.1.key': not written as the member's name is"),
        ("DurationSeconds=an+hour", "'DurationSeconds': a value of another type"),
        ("DurationSeconds=", "'DurationSeconds': a value of another type"),
        ("DurationSeconds=99999999999", "'DurationSeconds': a value of another type"),
        ("Tags..Key=a", "'Tags..Key': not a parameter name"),
        (".=a", "'.': not a parameter name"),
    ] {
        let expected = format!("MalformedInput: Parameter {expected}");
        assert_eq!(refusal(query("AssumeRole", parameters)), expected, "{parameters}");
    }
    let deep = format!("{}=1", "a.".repeat(5000));
    assert!(refusal(query("AssumeRole", &deep)).ends_with("not a parameter name"));
}

#[test]
fn malformed_json_is_refused_with_the_place() {
    for (body, expected) in [
        (&b"{"[..], "EOF while parsing an object at line 1 column 1"),
        (b"[]", "The request is not a JSON object"),
        (b"{} x", "trailing characters at line 1 column 4"),
        (b"{\"MaxResults\":1,\"MaxResults\":2}", "the key 'MaxResults' stands twice at line 1 column 28"),
        (b"{\"maxResults\":1}", "'/maxResults' is not written as the member's name is"),
        (b"{\"MaxResults\":\"5\"}", "STRING_VALUE can not be converted to an Integer at '/MaxResults'"),
        (b"{\"MaxResults\":5.5}", "DECIMAL_VALUE can not be converted to an Integer at '/MaxResults'"),
        (b"{\"MaxResults\":4294967296}", "NUMBER_VALUE can not be converted to an Integer at '/MaxResults'"),
        (b"{\"NextToken\":5}", "NUMBER_VALUE can not be converted to a String at '/NextToken'"),
        (b"{\"NextToken\":{}}", "Start of structure or map found where not expected at '/NextToken'"),
        (b"{\"LookupAttributes\":{}}", "Expected list or null at '/LookupAttributes'"),
        (b"{\"LookupAttributes\":[null]}", "'/LookupAttributes/0' must not be null"),
        (b"{\"LookupAttributes\":[5]}", "Expected map or null at '/LookupAttributes/0'"),
        (b"{\"StartTime\":\"today\"}", "STRING_VALUE can not be converted to a Timestamp at '/StartTime'"),
        (b"{\"StartTime\":1e300}", "DECIMAL_VALUE can not be converted to a Timestamp at '/StartTime'"),
        (b"{\"NextToken\":\"\\ud800\"}", "unexpected end of hex escape at line 1 column 21"),
        (b"{\"NextToken\":\"\xff\"}", "invalid unicode code point at line 1 column 15"),
    ] {
        let shown = refusal(json(body));
        assert_eq!(shown, format!("SerializationException: {expected}"), "{}", String::from_utf8_lossy(body));
    }
    let deep = format!("{{\"x\":{}", "[".repeat(100_000));
    assert!(refusal(json(deep.as_bytes())).contains("nested too deep"));
}

#[test]
fn json_keeps_types_and_drops_nulls() {
    let body = br#"{"MaxResults":5,"NextToken":null,"StartTime":1715125620.5,"EndTime":1715125620,"Other":{"a":[1]}}"#;
    let decoded = json(body).unwrap();
    assert_eq!(decoded.value.int("MaxResults"), Some(5));
    assert_eq!(decoded.value.members().len(), 3);
    assert_eq!(decoded.value.time("StartTime").unwrap().iso_millis(), "2024-05-07T23:47:00.500Z");
    assert_eq!(decoded.value.time("EndTime").unwrap().iso_millis(), "2024-05-07T23:47:00.000Z");
    assert_eq!(decoded.unknown, ["/Other"]);
    assert_eq!(json(b"").unwrap().value, Value::structure());
}

#[test]
fn json_instants_keep_their_milliseconds() {
    let instant = |millis| portcullis_base::Timestamp::from_millis(millis);
    for (millis, expected) in
        [(1_715_125_620_000, "1715125620"), (1_715_125_620_042, "1715125620.042"), (-1500, "-1.5")]
    {
        let event = Value::structure().with("EventTime", instant(millis));
        let output = Value::structure().with("Events", vec![event]);
        let body = encode(&routed("cloudtrail", "LookupEvents"), &output, "id").body;
        assert_eq!(
            String::from_utf8(body).unwrap(),
            format!("{{\"Events\":[{{\"EventTime\":{expected}}}]}}")
        );
    }
}

#[test]
fn an_s3_request_is_read_from_all_its_places() {
    let decoded = s3(
        "PUT",
        "/b/a%20key?x-id=PutObject&colour=red&X-Amz-Signature=0",
        &[
            ("content-type", "text/plain"),
            ("x-amz-meta-Colour", " red "),
            ("x-amz-meta-colour", "blue"),
            ("x-amz-tagging", "a=b"),
            ("x-amz-server-side-encryption-bucket-key-enabled", "true"),
        ],
        b"not looked at",
    )
    .unwrap();
    assert_eq!((decoded.value.text("Bucket"), decoded.value.text("Key")), (Some("b"), Some("a key")));
    assert_eq!(decoded.value.text("ContentType"), Some("text/plain"));
    assert_eq!(decoded.value.member("Metadata"), Some(&Value::structure().with("colour", "red,blue")));
    assert_eq!(decoded.value.bool("BucketKeyEnabled"), Some(true));
    assert_eq!(decoded.value.member("Body"), None);
    assert_eq!(decoded.unknown, ["?colour"]);
}

#[test]
fn an_empty_number_in_the_query_is_absent() {
    let decoded = s3("GET", "/b?list-type=2&max-keys=&prefix=", &[], b"").unwrap();
    assert_eq!((decoded.value.int("MaxKeys"), decoded.value.text("Prefix")), (None, Some("")));
}

#[test]
fn malformed_s3_arguments_are_refused_by_name() {
    for (target, headers, expected) in [
        ("/b?max-keys=ten", &[][..], "Provided max-keys not an integer or within integer range"),
        ("/b?prefix=a&prefix=b", &[], "A parameter is given more than once"),
        ("/b/k?response-content-type=a%0d%0ab", &[], "Header value cannot contain control characters"),
        ("/b/k", &[("if-modified-since", "yesterday")], "Provided If-Modified-Since is not a date"),
        (
            "/b/k",
            &[("x-amz-request-payer", "a"), ("x-amz-request-payer", "b")],
            "A header is given more than once",
        ),
    ] {
        let shown = refusal(s3("GET", target, headers, b""));
        assert_eq!(shown, format!("InvalidArgument: {expected}"), "{target}");
    }
    let fault = s3("GET", "/b?max-keys=ten", &[], b"").unwrap_err();
    assert_eq!(
        fault.extra,
        [("ArgumentName".into(), "max-keys".into()), ("ArgumentValue".into(), "ten".into())]
    );
    assert!(s3("GET", "/b?prefix=a%0d%0ab", &[], b"").is_ok(), "a key may hold line ends");
}

#[test]
fn malformed_xml_is_refused_with_the_element() {
    for (body, expected) in [
        ("<Delete><Object><Key>a</Key></Object>", "an element that is not closed at byte 37"),
        ("<Tagging/>", "the root element is not Delete"),
        ("<Delete xmlns=\"urn:x\"/>", "the root element is of another namespace"),
        ("<!DOCTYPE Delete><Delete/>", "a document type at byte 0"),
        ("<Delete>&x;</Delete>", "an entity that is not known at byte 8"),
        ("<Delete>text</Delete>", "text where elements are expected at Delete"),
        ("<Delete><Quiet>yes</Quiet></Delete>", "a value of another type at Delete.Quiet"),
        (
            "<Delete><Quiet>true</Quiet><Quiet>true</Quiet></Delete>",
            "an element given more than once at Delete.Quiet",
        ),
        (
            "<Delete><Object><Key><a/></Key></Object></Delete>",
            "elements where text is expected at Delete.Object.1.Key",
        ),
    ] {
        let shown = refusal(s3("POST", "/b?delete", &[], body.as_bytes()));
        let expected = format!(
            "MalformedXML: The XML you provided was not well-formed or did not validate against our published \
             schema: {expected}"
        );
        assert_eq!(shown, expected, "{body}");
    }
    assert_eq!(refusal(s3("POST", "/b?delete", &[], b"")), "MissingRequestBodyError: Request Body is empty");
    let policy = refusal(s3("PUT", "/b?policy", &[], b"{\"\xff\"}"));
    assert_eq!(policy, "InvalidRequest: The request body is not UTF-8 at byte 2");
}

#[test]
fn an_xml_body_is_read_by_its_shape() {
    let body = b"<?xml version=\"1.0\"?>\n<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\n <Object>\
        <Key> a </Key></Object><Object><Key>b&#10;</Key><Who>me</Who></Object>\n <Quiet> true </Quiet></Delete>";
    let decoded = s3("POST", "/b?delete", &[], body).unwrap();
    let delete = decoded.value.member("Delete").unwrap();
    let keys: Vec<_> = delete.list("Objects").iter().filter_map(|object| object.text("Key")).collect();
    assert_eq!(keys, [" a ", "b\n"]);
    assert_eq!(delete.bool("Quiet"), Some(true));
    assert_eq!(decoded.unknown, ["Delete.Object.2.Who"]);
    assert_eq!(s3("PUT", "/b", &[], b"").unwrap().value, Value::structure().with("Bucket", "b"));
}

#[test]
fn a_bucket_in_the_first_region_has_an_empty_location() {
    let body = encode(&routed("s3", "GetBucketLocation"), &Value::structure(), "id").body;
    assert_eq!(
        String::from_utf8(body).unwrap(),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<LocationConstraint \
         xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"></LocationConstraint>"
    );
}

#[test]
fn a_listing_is_flat_and_escaped() {
    let object = Value::structure().with("Key", "<a&b>\u{1}\r").with("Size", 3_u32);
    let output = Value::structure().with("IsTruncated", false).with("Contents", vec![object.clone(), object]);
    let body = String::from_utf8(encode(&routed("s3", "ListObjectsV2"), &output, "id").body).unwrap();
    let contents = "<Contents><Key>&lt;a&amp;b&gt;&#x1;&#xd;</Key><Size>3</Size></Contents>";
    assert!(body.contains(&format!("<IsTruncated>false</IsTruncated>{contents}{contents}")), "{body}");
    assert!(body.contains("<ListBucketResult xmlns="), "{body}");
}

#[test]
fn an_output_with_a_range_is_partial() {
    let output = Value::structure().with("ContentRange", "bytes 0-1/3").with("ETag", "\"e\"");
    let response = encode(&routed("s3", "GetObject"), &output, "id");
    assert_eq!((response.status, response.body.len()), (206, 0));
    assert!(response.headers.contains(&("ETag".into(), "\"e\"".into())));
}

#[test]
fn a_line_end_does_not_become_another_header() {
    for (name, value) in [("colour", "red\r\nset-cookie: a=b"), ("a\r\nb", "red"), ("colour", "red\0")] {
        let output = Value::structure().with("Metadata", Value::structure().with(name, value));
        let response = encode(&routed("s3", "HeadObject"), &output, "id");
        assert_eq!(response.status, 400);
        assert!(
            response
                .headers
                .iter()
                .all(|(name, value)| !format!("{name}{value}").contains(['\r', '\n', '\0']))
        );
    }
}

#[test]
fn metadata_that_was_taken_is_given_back() {
    let text = "\u{e9}\u{85}\u{1f512}\ta";
    let taken = s3("PUT", "/b/k", &[("x-amz-meta-colour", text)], b"").unwrap();
    let output = Value::structure().with("Metadata", taken.value.member("Metadata").unwrap().clone());
    let response = encode(&routed("s3", "HeadObject"), &output, "id");
    assert!(response.headers.contains(&("x-amz-meta-colour".into(), text.into())));
}

#[test]
fn an_action_without_output_still_names_the_request() {
    let response = encode(&routed("iam", "DeleteUser"), &Value::structure(), "id");
    assert_eq!(
        String::from_utf8(response.body).unwrap(),
        "<DeleteUserResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ResponseMetadata>\
         <RequestId>id</RequestId></ResponseMetadata></DeleteUserResponse>"
    );
}

#[test]
fn streams_are_told_from_bodies() {
    let streams = |name| {
        let routed = routed("s3", name);
        (
            has_streaming_input(routed.model, routed.operation),
            has_streaming_output(routed.model, routed.operation),
        )
    };
    assert_eq!(streams("PutObject"), (true, false));
    assert_eq!(streams("UploadPart"), (true, false));
    assert_eq!(streams("GetObject"), (false, true));
    assert_eq!(streams("PutBucketPolicy"), (false, false));
    assert_eq!(streams("DeleteObjects"), (false, false));
}
