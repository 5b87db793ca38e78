//! Bodies that come in one piece of coding: hashes, digests and lengths of the head.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use md5::Md5;

use super::*;

const BODY: &[u8] = b"what was sent";

fn check(payload: &PayloadMode, headers: &[(&str, &str)]) -> Result<BodyDigest, BodyFault> {
    check_for(payload, headers, ChecksumSubject::Body)
}

fn check_for(
    payload: &PayloadMode,
    headers: &[(&str, &str)],
    subject: ChecksumSubject,
) -> Result<BodyDigest, BodyFault> {
    let put = signed(&head("PUT", "/b/k", headers), payload, "s3");
    let mut check = BodyCheck::new(&put, Some(&judge(&put).unwrap()), subject)?;
    for piece in BODY.chunks(5) {
        assert_eq!(check.push(Bytes::from_static(piece))?, [piece]);
    }
    check.finish()
}

fn code(outcome: Result<BodyDigest, BodyFault>) -> (u16, &'static str) {
    let (status, code, _) = outcome.unwrap_err().code();
    (status, code)
}

fn value_of(algorithm: ChecksumAlgorithm, bytes: &[u8]) -> String {
    let mut running = checksum::RunningChecksum::new(algorithm);
    running.update(bytes);
    running.value()
}

#[test]
fn the_signed_hash_must_be_the_body_s() {
    let digest = check(&PayloadMode::Sha256(sha256(BODY)), &[]).unwrap();
    assert_eq!((digest.length, digest.sha256), (13, Some(sha256(BODY))));
    assert_eq!(digest.md5, <[u8; 16]>::from(Md5::digest(BODY)));
    let fault = check(&PayloadMode::Sha256(sha256(b"other")), &[]).unwrap_err();
    assert_eq!(fault.details()[1], ("S3ComputedContentSHA256", hex::encode(sha256(BODY))));
    assert_eq!(code(Err(fault)), (400, "XAmzContentSHA256Mismatch"));
    assert_eq!(check(&PayloadMode::Unsigned, &[]).unwrap().sha256, None);
}

#[test]
fn the_content_length_must_be_the_body_s() {
    assert!(check(&PayloadMode::Unsigned, &[("content-length", "13")]).is_ok());
    for length in ["12", "14", "0"] {
        assert_eq!(
            code(check(&PayloadMode::Unsigned, &[("content-length", length)])),
            (400, "IncompleteBody")
        );
    }
    for length in ["+13", "13 3", "0x0d"] {
        assert_eq!(code(check(&PayloadMode::Unsigned, &[("content-length", length)])).0, 400, "{length}");
    }
}

#[test]
fn content_md5_must_be_the_body_s() {
    let right = STANDARD.encode(Md5::digest(BODY));
    assert!(check(&PayloadMode::Unsigned, &[("content-md5", &right)]).is_ok());
    let wrong = STANDARD.encode(Md5::digest(b"other"));
    assert_eq!(code(check(&PayloadMode::Unsigned, &[("content-md5", &wrong)])), (400, "BadDigest"));
    for text in ["", "AAAA", &right[1..], &hex::encode(Md5::digest(BODY))] {
        assert_eq!(
            code(check(&PayloadMode::Unsigned, &[("content-md5", text)])),
            (400, "InvalidDigest"),
            "{text}"
        );
    }
}

#[test]
fn each_checksum_in_a_header_must_be_the_body_s() {
    for algorithm in ChecksumAlgorithm::ALL {
        let right = value_of(algorithm, BODY);
        let named = ("x-amz-sdk-checksum-algorithm", algorithm.name());
        let digest = check(&PayloadMode::Unsigned, &[(algorithm.header(), &right), named]).unwrap();
        assert_eq!(digest.checksum, Some((algorithm, right)));
        let wrong = value_of(algorithm, b"other");
        let fault = check(&PayloadMode::Unsigned, &[(algorithm.header(), &wrong)]).unwrap_err();
        assert!(fault.code().2.contains(algorithm.name()));
        assert_eq!(code(Err(fault)), (400, "BadDigest"));
        let broken = check(&PayloadMode::Unsigned, &[(algorithm.header(), "AAAA")]);
        assert_eq!(code(broken), (400, "InvalidRequest"));
    }
}

#[test]
fn one_checksum_is_given_and_it_is_the_one_named() {
    let [crc32, sha1] = [ChecksumAlgorithm::Crc32, ChecksumAlgorithm::Sha1];
    let (a, b) = (value_of(crc32, BODY), value_of(sha1, BODY));
    let invalid = (400, "InvalidRequest");
    for headers in [
        &[(crc32.header(), a.as_str()), (sha1.header(), b.as_str())][..],
        &[(crc32.header(), a.as_str()), ("x-amz-sdk-checksum-algorithm", "SHA1")],
        &[("x-amz-sdk-checksum-algorithm", "SHA1")],
        &[("x-amz-sdk-checksum-algorithm", "ADLER32"), (sha1.header(), b.as_str())],
    ] {
        assert_eq!(code(check(&PayloadMode::Unsigned, headers)), invalid, "{headers:?}");
    }
}

#[test]
fn a_checksum_of_an_object_is_not_held_against_the_body() {
    let headers = [("x-amz-checksum-crc32", "AAAAAA==-3")];
    let digest = check_for(&PayloadMode::Unsigned, &headers, ChecksumSubject::Object).unwrap();
    assert_eq!(digest.checksum, None);
}
