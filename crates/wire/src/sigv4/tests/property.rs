//! What holds for every request, and that another implementation's signatures verify.

use std::time::{Duration, UNIX_EPOCH};

use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode,
};
use aws_sigv4::sign::v4;
use proptest::prelude::*;

use super::*;
use crate::sigv4::canonical::encode;

/// A path of a few segments, encoded as a client would.
fn path() -> impl Strategy<Value = String> {
    prop::collection::vec("[ -~ሴé]{0,6}", 0..4).prop_map(|segments| {
        format!("/{}", segments.iter().map(|text| encode(text)).collect::<Vec<_>>().join("/"))
    })
}

fn query() -> impl Strategy<Value = String> {
    prop::collection::vec(("[ -~ሴ]{1,5}", "[ -~ሴ]{0,5}"), 0..5).prop_map(|pairs| {
        let pairs = pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        pairs.collect::<Vec<_>>().join("&")
    })
}

fn value() -> impl Strategy<Value = String> {
    "[!-~]{1,5}( {1,3}[!-~]{1,5}){0,2}"
}

/// The text with one letter changed to another; escapes stay as they are.
fn changed(text: &str, at: prop::sample::Index) -> String {
    let bytes = text.as_bytes();
    let is_escaped = |index: usize| bytes[index.saturating_sub(2)..index].contains(&b'%');
    let letters: Vec<usize> =
        (0..bytes.len()).filter(|index| bytes[*index].is_ascii_lowercase() && !is_escaped(*index)).collect();
    let mut changed = bytes.to_vec();
    let letter = &mut changed[letters[at.index(letters.len())]];
    *letter = if *letter == b'q' { b'w' } else { b'q' };
    String::from_utf8(changed).unwrap()
}

proptest! {
    #[test]
    fn sign_then_verify_is_identity(path in path(), query in query(), meta in value(), service in "s3|sts|iam") {
        let plain = head("PUT", &format!("{path}?{query}"), &[("x-amz-meta-a", &meta)]);
        prop_assert!(judge(&signed(&plain, &PayloadMode::Absent, &service)).is_ok());
        prop_assert!(judge(&presigned(&plain, 60)).is_ok());
    }

    #[test]
    fn any_changed_letter_of_a_signed_part_fails(path in path(), query in query(), at in any::<prop::sample::Index>()) {
        let plain = head("PUT", &format!("{path}/k?{query}&z=1"), &[("x-amz-meta-a", "value")]);
        let good = signed(&plain, &PayloadMode::Unsigned, "s3");
        let query = good.query.as_deref();
        let with_path = |path: &str| Head::new(&good.method, path, query, good.headers.clone()).unwrap();
        for changed in [
            with_path(&changed(&good.path, at)),
            with_query(&good, &changed(query.unwrap(), at)),
            with_header(&good, "x-amz-meta-a", Some(&changed("value", at))),
            with_header(&good, "host", Some(&changed("localhost:7070", at))),
            with_header(&good, "x-amz-content-sha256", Some(&hex::encode(sha256(b"")))),
            with_header(&good, "x-amz-date", Some("20240507T234701Z")),
            Head::new("GET", &good.path, query, good.headers.clone()).unwrap(),
        ] {
            prop_assert!(judge(&changed).is_err(), "{:?}", changed);
        }
    }

    #[test]
    fn any_changed_digit_of_the_signature_fails(at in 0_usize..64, digit in "[0-9a-f]") {
        let good = signed(&head("GET", "/b/k", &[]), &PayloadMode::Unsigned, "s3");
        let mut signature = hex::encode(presented(&good).signature);
        let was = signature[at..=at].to_owned();
        prop_assume!(was != digit);
        let old = signature.clone();
        signature.replace_range(at..=at, &digit);
        prop_assert!(judge(&with_authorization(&good, &old, &signature)).is_err());
    }

    #[test]
    fn signatures_of_the_rust_sdk_verify(
        path in path(),
        query in query(),
        meta in value(),
        token in prop::option::of("[A-Za-z0-9+/=]{1,20}"),
        is_s3 in any::<bool>(),
        is_presigned in any::<bool>(),
    ) {
        let service = if is_s3 { "s3" } else { "sts" };
        // AWS's SDKs disagree on the slash that a last dot segment leaves; this one and botocore do. No service but S3
        // has such paths.
        let ends_in_dots = path.ends_with("/.") || path.ends_with("/..");
        prop_assume!(is_s3 || !ends_in_dots);
        let target = if query.is_empty() { path } else { format!("{path}?{query}") };
        let sent = signed_by_the_sdk(&target, &meta, token.as_deref(), service, is_presigned);
        prop_assert!(judge(&sent).is_ok(), "{:?} {:?}", judge(&sent).map_err(|fault| fault.details()), target);
        prop_assert_eq!(presented(&sent).session_token, token);
    }
}

/// The request as the signing library of AWS's SDK for Rust would send it.
fn signed_by_the_sdk(
    target: &str,
    meta: &str,
    token: Option<&str>,
    service: &str,
    is_presigned: bool,
) -> Head {
    let key = credentials();
    let identity = aws_credential_types::Credentials::new(
        key.access_key_id,
        key.secret.expose_text(),
        token.map(str::to_owned),
        None,
        "test",
    )
    .into();
    let mut settings = SigningSettings::default();
    if service == "s3" {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    if is_presigned {
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(Duration::from_mins(1));
    }
    let seconds = u64::try_from(now().seconds()).unwrap();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name(service)
        .time(UNIX_EPOCH + Duration::from_secs(seconds))
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let uri = format!("http://localhost:7070{target}");
    let body = if is_presigned && service == "s3" {
        SignableBody::UnsignedPayload
    } else {
        SignableBody::Bytes(b"")
    };
    let headers = [("host", "localhost:7070"), ("x-amz-meta-a", meta)];
    let request = SignableRequest::new("GET", &uri, headers.into_iter(), body).unwrap();
    let (instructions, _) = aws_sigv4::http_request::sign(request, &params).unwrap().into_parts();
    let (new_headers, new_parameters) = instructions.into_parts();
    let mut target = target.to_owned();
    for (name, value) in new_parameters {
        let mark = if target.contains('?') { '&' } else { '?' };
        target = format!("{target}{mark}{}={}", encode(name), encode(&value));
    }
    let mut sent = head("GET", &target, &[("x-amz-meta-a", meta)]);
    for header in new_headers {
        sent.headers.push(header.name(), header.value()).unwrap();
    }
    sent
}
