"""Class STR: what an upload stores is exactly what was signed, in every way of sending a body."""

from __future__ import annotations

import base64
import hashlib
import random
import socket

import pytest
from botocore.exceptions import ClientError

from harness import chunks
from harness.account import fresh
from harness.clients import Creds
from harness.raw import Answer, Raw
from harness.sigv4 import sha_hex

DATA = random.Random(7).randbytes(40_960)  # five chunks of 8 KiB, all different
STREAMS = [chunks.SIGNED, chunks.SIGNED_TRAILER, chunks.UNSIGNED_TRAILER]


@pytest.fixture(scope="module")
def raw(server):
    return Raw(server)


@pytest.fixture(scope="module")
def bucket(account):
    return account.make_bucket("stream")


@pytest.fixture
def key():
    return fresh("object")


@pytest.fixture
def absent(account, bucket, key):
    """The attack must not have stored anything under the key."""
    yield
    with pytest.raises(ClientError) as caught:
        account.s3.head_object(Bucket=bucket, Key=key)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert not account.s3.list_multipart_uploads(Bucket=bucket).get("Uploads")


def is_refused(answer: Answer, *codes: str) -> None:
    assert answer.status in (400, 403, 411), answer
    assert not codes or answer.code in codes, answer.text


# -- STR-1: a forged signature on every write and every way of sending ---------------------

WRITES = [
    ("PutObject", "PUT", "/{k}", ""),
    ("UploadPart", "PUT", "/{k}", "partNumber=1&uploadId=x"),
    ("CreateMultipartUpload", "POST", "/{k}", "uploads"),
    ("CompleteMultipartUpload", "POST", "/{k}", "uploadId=x"),
    ("PutObjectTagging", "PUT", "/{k}", "tagging"),
    ("PutBucketPolicy", "PUT", "", "policy"),
    ("PutPublicAccessBlock", "PUT", "", "publicAccessBlock"),
    ("DeleteObjects", "POST", "", "delete"),
]
MODES = ["signed", "UNSIGNED-PAYLOAD", *STREAMS, "presigned"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name, method, path, query", WRITES, ids=[write[0] for write in WRITES])
def test_str_1_no_write_is_taken_with_a_forged_signature(account, raw, bucket, key, absent, mode, name, method, path, query):
    thief = Creds(account.root.access_key, "x" * 40)
    target = f"/{bucket}{path.format(k=key)}"
    if mode == "presigned":
        answer = raw.send(raw.presigned(method, target, thief, query=query, body=DATA))
    else:
        payload = None if mode == "signed" else mode
        answer = raw.signed(method, target, thief, query=query, body=DATA, payload=payload)
    assert (answer.status, answer.code) == (403, "SignatureDoesNotMatch")


def test_str_1_a_browser_form_cannot_store_anything(account, raw, bucket, key, absent):
    body = f'--b\r\nContent-Disposition: form-data; name="key"\r\n\r\n{key}\r\n'.encode()
    body += b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--b--\r\n'
    head = f"POST /{bucket} HTTP/1.1\r\nHost: {raw.host}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    answer = raw.exchange(head.encode() + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
    assert answer.status in (400, 403, 405, 501)


@pytest.mark.parametrize("mode", STREAMS)
def test_str_control_a_well_formed_stream_is_stored(account, raw, bucket, key, mode):
    answer = raw.send(chunks.upload(raw, f"/{bucket}/{key}", account.root, DATA, mode).finished())
    assert answer.status == 200, answer.text
    stored = account.s3.get_object(Bucket=bucket, Key=key)
    assert stored["Body"].read() == DATA
    assert "aws-chunked" not in stored.get("ContentEncoding", "")


def test_str_control_an_empty_stream_is_stored(account, raw, bucket, key):
    assert raw.send(chunks.upload(raw, f"/{bucket}/{key}", account.root, b"", chunks.SIGNED).finished()).status == 200
    assert account.s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b""


# -- STR-2: spoiled chunks ------------------------------------------------------------------


def flip(upload) -> None:
    chunk = bytearray(upload.chunks[2])
    chunk[-10] ^= 1
    upload.chunks[2] = bytes(chunk)


def swap(upload) -> None:
    upload.chunks[1], upload.chunks[2] = upload.chunks[2], upload.chunks[1]


def repeat(upload) -> None:
    upload.chunks[2] = upload.chunks[1]


def lose_one(upload) -> None:
    del upload.chunks[2]


def no_end(upload) -> None:
    upload.chunks.pop()
    upload.trailer = b""


def cut(upload) -> None:
    upload.chunks = [upload.chunks[0], upload.chunks[1][:-100]]
    upload.trailer = b""


def append(upload) -> None:
    upload.trailer += b"5\r\nextra\r\n"


@pytest.mark.parametrize("mode", STREAMS)
@pytest.mark.parametrize("spoil", [flip, swap, repeat, lose_one, no_end, cut, append])
def test_str_2_a_spoiled_stream_stores_nothing(account, raw, bucket, key, absent, mode, spoil):
    upload = chunks.upload(raw, f"/{bucket}/{key}", account.root, DATA, mode)
    spoil(upload)
    answer = raw.send(upload.finished())
    is_refused(answer)
    if mode != chunks.UNSIGNED_TRAILER and spoil in (flip, swap, repeat, lose_one):
        assert (answer.status, answer.code) == (403, "SignatureDoesNotMatch")


def test_str_2_a_wrong_trailer_signature_stores_nothing(account, raw, bucket, key, absent):
    upload = chunks.upload(raw, f"/{bucket}/{key}", account.root, DATA, chunks.SIGNED_TRAILER)
    upload.trailer = upload.trailer[:-68] + b"0" * 64 + b"\r\n\r\n"
    is_refused(raw.send(upload.finished()), "SignatureDoesNotMatch")


@pytest.mark.parametrize("mode", [chunks.SIGNED_TRAILER, chunks.UNSIGNED_TRAILER])
def test_str_2_a_changed_trailer_checksum_stores_nothing(account, raw, bucket, key, absent, mode):
    upload = chunks.upload(raw, f"/{bucket}/{key}", account.root, DATA, mode)
    upload.trailer = upload.trailer.replace(chunks.crc32(DATA).encode(), chunks.crc32(b"other").encode())
    is_refused(raw.send(upload.finished()), "SignatureDoesNotMatch", "BadDigest", "InvalidRequest")


@pytest.mark.parametrize("mode", [chunks.SIGNED_TRAILER, chunks.UNSIGNED_TRAILER])
def test_str_2_a_promised_trailer_that_is_missing_stores_nothing(account, raw, bucket, key, absent, mode):
    upload = chunks.upload(raw, f"/{bucket}/{key}", account.root, DATA, mode)
    upload.trailer = b"\r\n"
    is_refused(raw.send(upload.finished()))


def test_str_2_a_spoiled_stream_leaves_the_object_that_was_there(account, raw, bucket, key):
    account.s3.put_object(Bucket=bucket, Key=key, Body=b"the old content")
    upload = chunks.upload(raw, f"/{bucket}/{key}", account.root, DATA, chunks.SIGNED)
    flip(upload)
    is_refused(raw.send(upload.finished()))
    assert account.s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"the old content"


# -- STR-3: hostile framing --------------------------------------------------------------------


def hostile(account, raw, path, body: bytes, decoded: str = "100") -> Answer:
    upload = chunks.upload(raw, path, account.root, b"", chunks.UNSIGNED_TRAILER, decoded)
    upload.chunks, upload.trailer = [body], b""
    return raw.send(upload.finished())


@pytest.mark.parametrize(
    "body",
    [
        b"1" * 1024 * 1024,
        b"ffffffffffffffff\r\nx\r\n0\r\n\r\n",
        b"10000000000000000\r\nx\r\n0\r\n\r\n",
        b"-5\r\nhello\r\n0\r\n\r\n",
        b"+5\r\nhello\r\n0\r\n\r\n",
        b"zz\r\nhello\r\n0\r\n\r\n",
        b"\r\n\r\n",
        b"5\nhello\n0\n\n",
        b"5;chunk-signature=" + b"a" * 200_000 + b"\r\nhello\r\n0\r\n\r\n",
    ],
    ids=["no newline", "size 2^64-1", "size over 64 bits", "negative", "plus sign", "not hex", "empty", "bare LF", "long extension"],
)
def test_str_3_hostile_chunk_framing_is_refused(account, raw, bucket, key, absent, server, body):
    answer = hostile(account, raw, f"/{bucket}/{key}", body, "5")
    assert answer.status in (0, 400, 403), answer
    assert server.alive()


@pytest.mark.parametrize("decoded", ["-1", "", "abc", "1e3", "99999999999999999999", "+5"])
def test_str_3_a_decoded_length_that_is_no_number_is_refused(account, raw, bucket, key, absent, decoded):
    upload = chunks.upload(raw, f"/{bucket}/{key}", account.root, b"hello", chunks.UNSIGNED_TRAILER, decoded or " ")
    is_refused(raw.send(upload.finished()))


def test_str_3_very_many_tiny_chunks_do_not_grow_the_process(account, raw, bucket, key, server):
    before = resident_kib(server)
    count = 100_000
    hostile(account, raw, f"/{bucket}/{key}", b"1\r\nx\r\n" * count + b"0\r\n", str(count))
    assert resident_kib(server) - before < 32 * 1024
    assert server.alive()


def resident_kib(server) -> int:
    with open(f"/proc/{server.process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


# -- STR-4: hashes, checksums and lengths --------------------------------------------------------


def test_str_4_the_hash_of_another_body_is_refused(account, raw, bucket, key, absent):
    answer = raw.signed("PUT", f"/{bucket}/{key}", account.root, body=b"B", payload=sha_hex(b"A"))
    assert (answer.status, answer.code) == (400, "XAmzContentSHA256Mismatch")


def test_str_4_the_payload_line_cannot_be_replaced_after_signing(account, raw, bucket, key, absent):
    put = raw.request("PUT", f"/{bucket}/{key}", account.root, body=b"A")
    for value in ("UNSIGNED-PAYLOAD", sha_hex(b"B"), *STREAMS):
        changed = put.replaced("X-Amz-Content-Sha256", value)
        changed.body = b"B"
        is_refused(raw.send(changed), "SignatureDoesNotMatch")


def test_str_4_a_missing_or_odd_payload_line_is_refused(account, raw, bucket, key, absent):
    for value in ("STREAMING-MADE-UP", "unsigned-payload", "abc", sha_hex(b"A").upper() + "0"):
        is_refused(raw.signed("PUT", f"/{bucket}/{key}", account.root, body=b"A", payload=value))
    put = raw.request("PUT", f"/{bucket}/{key}", account.root, body=b"A")
    is_refused(raw.send(put.without_header("X-Amz-Content-Sha256")))


def b64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


@pytest.mark.parametrize(
    "name, value",
    [
        ("Content-MD5", b64(hashlib.md5(b"other").digest())),
        ("x-amz-checksum-crc32", chunks.crc32(b"other")),
        ("x-amz-checksum-sha1", b64(hashlib.sha1(b"other").digest())),
        ("x-amz-checksum-sha256", b64(hashlib.sha256(b"other").digest())),
    ],
)
def test_str_4_a_wrong_checksum_is_a_bad_digest(account, raw, bucket, key, absent, name, value):
    answer = raw.signed("PUT", f"/{bucket}/{key}", account.root, body=b"body", headers=[(name, value)])
    assert (answer.status, answer.code) == (400, "BadDigest")


def test_str_4_a_malformed_md5_is_an_invalid_digest(account, raw, bucket, key, absent):
    headers = [("Content-MD5", "not base64!")]
    answer = raw.signed("PUT", f"/{bucket}/{key}", account.root, body=b"body", headers=headers)
    assert (answer.status, answer.code) == (400, "InvalidDigest")


@pytest.mark.parametrize("difference", [-1, 1, 10_000])
@pytest.mark.parametrize("mode", STREAMS)
def test_str_4_a_wrong_decoded_length_is_refused(account, raw, bucket, key, absent, mode, difference):
    upload = chunks.upload(raw, f"/{bucket}/{key}", account.root, DATA, mode, str(len(DATA) + difference))
    is_refused(raw.send(upload.finished()), "IncompleteBody", "InvalidRequest")


def test_str_4_a_body_shorter_than_promised_stores_nothing(account, raw, bucket, key, absent):
    put = raw.request("PUT", f"/{bucket}/{key}", account.root, body=DATA)
    data = raw.wire(put)[: -len(DATA) // 2]
    with socket.create_connection(("127.0.0.1", raw.server.port), 10) as link:
        link.sendall(data)


def test_the_server_is_alive_after_all_of_this(server):
    assert server.alive() and server.healthy()
