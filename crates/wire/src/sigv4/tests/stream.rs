//! Bodies that stream: chunk chains, trailers, lengths and bounds.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::limits::{CHUNK_LINE_MAX, SIGNED_CHUNK_MAX, TRAILER_MAX};
use crate::sigv4::chunk::SignatureChain;

const SIGNED: PayloadMode = PayloadMode::StreamingSigned { trailer: false };
const SIGNED_TRAILER: PayloadMode = PayloadMode::StreamingSigned { trailer: true };
const UNSIGNED_TRAILER: PayloadMode = PayloadMode::StreamingUnsignedTrailer;
const CRC32C: ChecksumAlgorithm = ChecksumAlgorithm::Crc32c;

/// A check for a body of this length under a verified upload.
fn upload(mode: &PayloadMode, length: usize) -> (BodyCheck, Verified) {
    let length = length.to_string();
    let mut headers = vec![("x-amz-decoded-content-length", length.as_str())];
    if *mode != SIGNED {
        headers.push(("x-amz-trailer", CRC32C.header()));
    }
    let put = signed(&head("PUT", "/b/k", &headers), mode, "s3");
    let verified = judge(&put).unwrap();
    (BodyCheck::new(&put, Some(&verified), ChecksumSubject::Body).unwrap(), verified)
}

/// Pushes a body in pieces and gives back what came out, joined, if all held.
fn run(mut check: BodyCheck, pieces: &[&[u8]]) -> Result<(Vec<u8>, BodyDigest), BodyFault> {
    let mut out = Vec::new();
    for piece in pieces {
        for released in check.push(Bytes::copy_from_slice(piece))? {
            out.extend_from_slice(&released);
        }
    }
    check.finish().map(|digest| (out, digest))
}

fn code(fault: &BodyFault) -> (u16, &'static str) {
    let (status, code, _) = fault.code();
    (status, code)
}

fn crc32c(bytes: &[u8]) -> String {
    let mut running = checksum::RunningChecksum::new(CRC32C);
    running.update(bytes);
    running.value()
}

/// Signs chunks as a client does, the empty last one and, where given, the trailer included.
fn signed_chunks(verified: &Verified, chunks: &[&[u8]], trailer: Option<&str>) -> Vec<Vec<u8>> {
    let mut chain = SignatureChain::after(verified);
    let mut framed = Vec::new();
    for chunk in chunks.iter().copied().chain([&b""[..]]) {
        let signature = chain.of_chunk(&sha256(chunk));
        chain.advance(signature);
        let line = format!("{:x};chunk-signature={}\r\n", chunk.len(), hex::encode(signature));
        let end = if chunk.is_empty() { &b""[..] } else { b"\r\n" };
        framed.push([line.as_bytes(), chunk, end].concat());
    }
    let mut end = String::new();
    if let Some(value) = trailer {
        let line = format!("{}:{value}", CRC32C.header());
        let signature = hex::encode(chain.of_trailer(&format!("{line}\n")));
        end = format!("{line}\r\nx-amz-trailer-signature:{signature}\r\n");
    }
    framed.push(format!("{end}\r\n").into_bytes());
    framed
}

fn unsigned_chunks(chunks: &[&[u8]], trailer: &str) -> Vec<u8> {
    let framed =
        chunks.iter().map(|chunk| [format!("{:X}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat());
    let mut body = framed.collect::<Vec<_>>().concat();
    body.extend_from_slice(format!("0\r\n{}:{trailer}\r\n\r\n", CRC32C.header()).as_bytes());
    body
}

/// The examples of the S3 API Reference: 65 KiB of the letter a.
fn published(trailer: bool) -> BodyCheck {
    let mode = if trailer {
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
    } else {
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
    };
    let seed = if trailer {
        "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
    } else {
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
    };
    let length = ("content-length", "66824");
    let names = if trailer {
        "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer"
    } else {
        "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class"
    };
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders={names},Signature={seed}"
    );
    let headers = [
        ("host", "s3.amazonaws.com"),
        ("x-amz-date", "20130524T000000Z"),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ("authorization", authorization.as_str()),
        ("x-amz-content-sha256", mode),
        ("content-encoding", "aws-chunked"),
        ("x-amz-decoded-content-length", "66560"),
        if trailer { ("x-amz-trailer", CRC32C.header()) } else { length },
    ];
    let put =
        Head::new("PUT", "/examplebucket/chunkObject.txt", None, Headers::new(headers).unwrap()).unwrap();
    let verified = judge_at(&put, Timestamp::parse_amz_date("20130524T000000Z").unwrap()).unwrap();
    assert_eq!(stored_content_encoding(&put), None);
    BodyCheck::new(&put, Some(&verified), ChecksumSubject::Body).unwrap()
}

fn published_body(signatures: [&str; 3], end: &str) -> Vec<u8> {
    let [first, second, last] = signatures;
    let (long, short) = ("a".repeat(65_536), "a".repeat(1024));
    format!(
        "10000;chunk-signature={first}\r\n{long}\r\n400;chunk-signature={second}\r\n{short}\r\n0;chunk-signature={last}\r\n{end}\r\n"
    )
    .into_bytes()
}

#[test]
fn the_published_chunked_upload_verifies() {
    let body = published_body(
        [
            "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
            "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
            "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
        ],
        "",
    );
    assert_eq!(body.len(), 66_824);
    let (out, digest) = run(published(false), &[&body]).unwrap();
    assert_eq!((out.len(), digest.length), (66_560, 66_560));
}

#[test]
fn the_published_upload_with_a_trailer_verifies() {
    let body = published_body(
        [
            "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
            "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
            "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
        ],
        "x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n",
    );
    let (out, digest) = run(published(true), &[&body]).unwrap();
    assert_eq!((out.len(), digest.length), (66_560, 66_560));
    assert_eq!(digest.checksum, Some((CRC32C, "sOO8/Q==".to_owned())));
}

#[test]
fn a_chunk_is_released_only_when_its_signature_held() {
    let data = vec![b'x'; 10_000];
    let (mut check, verified) = upload(&SIGNED, data.len());
    let framed = signed_chunks(&verified, &[&data], None);
    let (most, last) = framed[0].split_at(framed[0].len() - 3);
    assert!(check.push(Bytes::copy_from_slice(most)).unwrap().is_empty());
    assert_eq!(check.push(Bytes::copy_from_slice(last)).unwrap().concat(), data);

    let (mut check, _) = upload(&SIGNED, data.len());
    let mut forged = framed[0].clone();
    let at = forged.len() - 3;
    forged[at] = b'y';
    assert_eq!(check.push(Bytes::from(forged)), Err(BodyFault::ChunkSignature));
    // Once failed, always failed.
    assert_eq!(check.push(Bytes::from_static(b"x")), Err(BodyFault::ChunkSignature));
    assert_eq!(check.finish(), Err(BodyFault::ChunkSignature));
}

#[test]
fn a_broken_chain_fails_the_upload() {
    let chunks: Vec<Vec<u8>> = (b'a'..b'e').map(|letter| vec![letter; 8192]).collect();
    let chunks: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
    let data = chunks.concat();
    let trailer = crc32c(&data);
    let (_, verified) = upload(&SIGNED_TRAILER, data.len());
    let good = signed_chunks(&verified, &chunks, Some(&trailer));
    let outcome = |framed: &[Vec<u8>]| run(upload(&SIGNED_TRAILER, data.len()).0, &[&framed.concat()]);
    assert_eq!(outcome(&good).unwrap().0, data);

    let mismatch = (403, "SignatureDoesNotMatch");
    let mut flipped = good.clone();
    flipped[2][200] ^= 1;
    assert_eq!(code(&outcome(&flipped).unwrap_err()), mismatch);
    let mut swapped = good.clone();
    swapped.swap(1, 2);
    assert_eq!(code(&outcome(&swapped).unwrap_err()), mismatch);
    let mut dropped = good.clone();
    dropped.remove(1);
    assert_eq!(code(&outcome(&dropped).unwrap_err()), mismatch);
    let incomplete = (400, "IncompleteBody");
    assert_eq!(code(&outcome(&good[..4]).unwrap_err()), incomplete);
    assert_eq!(code(&outcome(&good[..5]).unwrap_err()), incomplete);
    let mut appended = good.clone();
    appended.push(b"x".to_vec());
    assert_eq!(code(&outcome(&appended).unwrap_err()), incomplete);

    let end = String::from_utf8(good[5].clone()).unwrap();
    let (line, _) = end.split_once("\r\n").unwrap();
    for (changed, expected) in [
        (end.replace(&trailer, "AAAAAA=="), mismatch),
        (format!("{line}\r\nx-amz-trailer-signature:{}\r\n\r\n", "0".repeat(64)), mismatch),
        (format!("{line}\r\n\r\n"), (400, "MalformedTrailerError")),
        ("\r\n".to_owned(), (400, "MalformedTrailerError")),
        (format!("{line}\r\n{end}"), (400, "MalformedTrailerError")),
        (end.replace("crc32c:", "crc32:"), (400, "MalformedTrailerError")),
    ] {
        let framed = [&good[..5], &[changed.clone().into_bytes()]].concat();
        assert_eq!(code(&outcome(&framed).unwrap_err()), expected, "{changed}");
    }
}

#[test]
fn malformed_chunk_lines_are_refused_early() {
    let (_, verified) = upload(&SIGNED, 0);
    let signature = hex::encode(SignatureChain::after(&verified).of_chunk(&sha256(b"")));
    let huge = format!("{:x};chunk-signature={signature}\r\n", SIGNED_CHUNK_MAX + 1);
    for line in [
        "ffffffffffffffff;chunk-signature=SIG\r\n".replace("SIG", &signature),
        "10000000000000000;chunk-signature=SIG\r\n".replace("SIG", &signature),
        "-1;chunk-signature=SIG\r\n".replace("SIG", &signature),
        "+1;chunk-signature=SIG\r\n".replace("SIG", &signature),
        ";chunk-signature=SIG\r\n".replace("SIG", &signature),
        "0x1;chunk-signature=SIG\r\n".replace("SIG", &signature),
        "1;chunk-signature=SIG;x=y\r\n".replace("SIG", &signature),
        "1;x=y\r\n".to_owned(),
        "1\r\n".to_owned(),
        format!("1;chunk-signature={signature}\n"),
        huge,
        "\r\n".to_owned(),
    ] {
        let (mut check, _) = upload(&SIGNED, 1 << 40);
        let fault = check.push(Bytes::from(line.clone())).unwrap_err();
        assert_eq!(code(&fault).0, 400, "{line}");
    }
    for line in ["1;chunk-signature=00\r\n", "1;x\r\n", "g\r\n", " 1\r\n"] {
        let (mut check, _) = upload(&UNSIGNED_TRAILER, 100);
        assert_eq!(code(&check.push(Bytes::from(line)).unwrap_err()).0, 400, "{line}");
    }
}

#[test]
fn endless_lines_are_cut() {
    let (mut check, _) = upload(&SIGNED, 100);
    let taken = (0..100_000).take_while(|_| check.push(Bytes::from_static(b"0")).is_ok()).count();
    assert!(taken <= CHUNK_LINE_MAX);
    let (mut check, _) = upload(&UNSIGNED_TRAILER, 0);
    check.push(Bytes::from_static(b"0\r\n")).unwrap();
    let taken = (0..100_000).take_while(|_| check.push(Bytes::from_static(b"0")).is_ok()).count();
    assert!(taken <= TRAILER_MAX);
}

#[test]
fn only_the_last_chunk_may_be_small() {
    let (_, verified) = upload(&SIGNED, 2);
    let framed = signed_chunks(&verified, &[b"x", b"y"], None).concat();
    let fault = run(upload(&SIGNED, 2).0, &[&framed]).unwrap_err();
    assert_eq!(code(&fault), (403, "InvalidChunkSizeError"));
    assert_eq!(fault.details(), [("Chunk", "2".to_owned()), ("BadChunkSize", "1".to_owned())]);
    let ones: Vec<&[u8]> = vec![b"x"; 1000];
    let fault = run(upload(&UNSIGNED_TRAILER, 1000).0, &[&unsigned_chunks(&ones, "AAAAAA==")]).unwrap_err();
    assert_eq!(code(&fault), (403, "InvalidChunkSizeError"));
}

#[test]
fn the_decoded_length_is_required_and_exact() {
    let data = vec![b'x'; 9000];
    for (announced, expected) in
        [(8999, Err((400, "IncompleteBody"))), (9000, Ok(9000)), (9001, Err((400, "IncompleteBody")))]
    {
        for mode in [SIGNED, UNSIGNED_TRAILER] {
            let (check, verified) = upload(&mode, announced);
            let framed = if mode == SIGNED {
                signed_chunks(&verified, &[&data], None).concat()
            } else {
                unsigned_chunks(&[&data], &crc32c(&data))
            };
            let outcome = run(check, &[&framed]).map(|(out, _)| out.len()).map_err(|fault| code(&fault));
            assert_eq!(outcome, expected, "{announced} {mode:?}");
        }
    }
    let refused = |headers: &[(&str, &str)]| {
        let put = signed(&head("PUT", "/b/k", headers), &SIGNED, "s3");
        let verified = judge(&put).unwrap();
        code(&BodyCheck::new(&put, Some(&verified), ChecksumSubject::Body).err().unwrap())
    };
    assert_eq!(refused(&[("content-length", "9")]), (411, "MissingContentLength"));
    for length in ["-1", "+1", "", "1e3", "99999999999999999999"] {
        assert_eq!(refused(&[("x-amz-decoded-content-length", length)]).0, 400, "{length}");
    }
}

#[test]
fn signed_chunks_need_a_signed_request() {
    let put = head(
        "PUT",
        "/b/k",
        &[
            ("x-amz-decoded-content-length", "1"),
            ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
        ],
    );
    let fault = BodyCheck::new(&put, None, ChecksumSubject::Body).err().unwrap();
    assert_eq!(code(&fault), (403, "AccessDenied"));
}

#[test]
fn an_anonymous_upload_may_have_a_trailer() {
    let put = head(
        "PUT",
        "/b/k",
        &[
            ("x-amz-decoded-content-length", "3"),
            ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
            ("x-amz-trailer", CRC32C.header()),
            ("content-encoding", "aws-chunked, gzip"),
        ],
    );
    let check = || BodyCheck::new(&put, None, ChecksumSubject::Body).unwrap();
    let (out, digest) = run(check(), &[&unsigned_chunks(&[b"abc"], &crc32c(b"abc"))]).unwrap();
    assert_eq!((out.as_slice(), digest.checksum), (&b"abc"[..], Some((CRC32C, crc32c(b"abc")))));
    let wrong = run(check(), &[&unsigned_chunks(&[b"abd"], &crc32c(b"abc"))]).unwrap_err();
    assert_eq!(code(&wrong), (400, "BadDigest"));
    let garbage = run(check(), &[&unsigned_chunks(&[b"abc"], "not base64")]).unwrap_err();
    assert_eq!(code(&garbage), (400, "InvalidRequest"));
    assert_eq!(stored_content_encoding(&put).as_deref(), Some("gzip"));
}

proptest! {
    #[test]
    fn splits_anywhere_give_the_same_result(
        sizes in prop::collection::vec(8192_usize..9000, 0..3),
        last in 0_usize..100,
        mut cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        is_signed in any::<bool>(),
    ) {
        let chunks: Vec<Vec<u8>> = sizes.iter().chain((last > 0).then_some(&last)).enumerate()
            .map(|(at, size)| (0..*size).map(|byte| u8::try_from((byte * 7 + at) % 251).unwrap()).collect()).collect();
        let chunks: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
        let data = chunks.concat();
        let mode = if is_signed { SIGNED_TRAILER } else { UNSIGNED_TRAILER };
        let (check, verified) = upload(&mode, data.len());
        let framed = if is_signed {
            signed_chunks(&verified, &chunks, Some(&crc32c(&data))).concat()
        } else {
            unsigned_chunks(&chunks, &crc32c(&data))
        };
        let mut cuts: Vec<usize> = cuts.drain(..).map(|cut| cut.index(framed.len())).collect();
        cuts.extend([0, framed.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &framed[pair[0]..pair[1]]).collect();
        let (out, digest) = run(check, &pieces).unwrap();
        prop_assert_eq!(&out, &data);
        prop_assert_eq!(digest.length, u64::try_from(data.len()).unwrap());
        let bytes: Vec<&[u8]> = framed.chunks(1).collect();
        prop_assert_eq!(run(upload(&mode, data.len()).0, &bytes).unwrap().1, digest);
    }
}
