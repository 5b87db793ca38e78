"""Class REV, what is under way: an upload, a part or a download that began before a revocation ends with it."""

from __future__ import annotations

import socket
import time

import pytest

from harness import chunks
from harness.account import Account
from harness.audit import events_with
from harness.expect import BY_REVOCATION, allowed, denied
from harness.http2 import Http2, StreamBroken
from harness.raw import Answer, Raw, parse, read_all
from harness.revoking import ALL, Own
from test_first_request import started_put

MIB = 1024 * 1024
PART = b"p" * (5 * MIB)


@pytest.fixture(scope="module")
def raw(server) -> Raw:
    return Raw(server)


@pytest.fixture(scope="module")
def own(raw) -> Own:
    return Own(raw)


@pytest.fixture(scope="module")
def bucket(account) -> str:
    return account.make_bucket("rev")


@pytest.fixture(scope="module")
def role(account):
    return account.make_role("rev", ALL)


def keys(account: Account, bucket: str) -> list[str]:
    return [item["Key"] for item in account.s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


# -- REV-3 ----------------------------------------------------------------------------------------


def finish(link: socket.socket, rest: bytes) -> Answer:
    with link:
        try:
            link.sendall(rest)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before all was sent
        return parse(read_all(link))


@pytest.mark.parametrize("mode", [None, chunks.SIGNED, chunks.UNSIGNED_TRAILER])
@pytest.mark.parametrize("kind", ["session", "role", "user"])
def test_rev_3_an_upload_begun_before_commits_nothing_after(account, raw, own, role, mode, kind):
    target = account.make_bucket("begun")
    user = account.make_user("uploader", ALL)
    creds = account.assume(role, by=user.creds)
    link, rest = started_put(account, raw, target, creds, "late", mode)
    own.revoke(kind, {"session": creds.access_key, "role": role.name, "user": user.name}[kind])
    answer = finish(link, rest)
    assert answer.status == 403 and BY_REVOCATION in answer.text, answer
    assert keys(account, target) == ["a.txt"]
    [event] = events_with(account, answer.request_id)
    assert (event["eventName"], event["errorCode"]) == ("PutObject", "AccessDenied")


def test_rev_3_a_part_begun_before_is_not_kept(account, raw, own, role):
    target = account.make_bucket("begun")
    creds = account.assume(role)
    upload = account.client("s3", creds).create_multipart_upload(Bucket=target, Key="big")["UploadId"]
    request = raw.request("PUT", f"/{target}/big", creds, query=f"partNumber=1&uploadId={upload}", body=PART)
    wire = raw.wire(request)
    link = socket.create_connection(("127.0.0.1", raw.server.port), 10)
    link.sendall(wire[: len(wire) // 2])
    own.revoke("session", creds.access_key)
    answer = finish(link, wire[len(wire) // 2 :])
    assert answer.status == 403 and BY_REVOCATION in answer.text, answer
    assert account.s3.list_parts(Bucket=target, Key="big", UploadId=upload).get("Parts", []) == []


def test_rev_3_control_a_lifted_revocation_lets_an_upload_through(account, raw, own, role):
    target = account.make_bucket("begun")
    creds = account.assume(role)
    link, rest = started_put(account, raw, target, creds, "late", None)
    own.lift(own.revoke("session", creds.access_key))
    assert finish(link, rest).status == 200
    assert keys(account, target) == ["a.txt", "late"]


# -- REV-4 ----------------------------------------------------------------------------------------

BIG = 64 * MIB
# What a throttled reader takes at a time, and how often.
SIP, PAUSE_S = 32 * 1024, 0.02
CUT_S = 1.0
# What was on its way already.
LEFT_MAX = MIB // 2


@pytest.fixture(scope="module")
def big(account) -> str:
    name = account.make_bucket("big")
    account.s3.put_object(Bucket=name, Key="big", Body=b"b" * BIG)
    return name


def sip_until_the_end(link: socket.socket, after: float) -> tuple[int, float]:
    """Reads on slowly: how much came, and how long after the moment the end came."""
    got = 0
    while time.monotonic() - after < 30:
        try:
            more = link.recv(SIP)
        except ConnectionResetError:
            break
        if not more:
            break
        got += len(more)
        time.sleep(PAUSE_S)
    return got, time.monotonic() - after


@pytest.mark.parametrize("kind", ["session", "role"])
def test_rev_4_a_throttled_download_ends_within_a_second(account, raw, own, role, big, kind):
    creds = account.assume(role)
    request = raw.request("GET", f"/{big}/big", creds)
    with socket.socket() as link:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        link.settimeout(10)
        link.connect(("127.0.0.1", raw.server.port))
        link.sendall(raw.wire(request))
        got = 0
        for _ in range(50):
            got += len(link.recv(SIP))
            time.sleep(PAUSE_S)
        own.revoke(kind, creds.access_key if kind == "session" else role.name)
        more, took = sip_until_the_end(link, time.monotonic())
    print(f"{got} bytes before, {more} after")
    assert got > 0 and more < LEFT_MAX
    assert took < CUT_S, f"{more} bytes came within {took:.2f} s of the revocation"


# -- REV-5 ---------------------------------------------------------------------------------------


def test_rev_5_a_stream_that_is_under_way_is_reset_and_its_neighbour_goes_on(account, raw, own, big, bucket, role):
    creds, spared = account.assume(role), account.assume(role)
    window = 256 * 1024
    with Http2(raw.server, window) as link:
        stream = link.send(raw.request("GET", f"/{big}/big", creds))
        while not link.bodies[stream]:
            link.read()
        own.revoke("session", creds.access_key)
        with pytest.raises(StreamBroken):
            while not link.ended[stream]:
                link.consumed(stream, window)
                link.read()
        assert len(link.bodies[stream]) < BIG // 2
        again = link.send(raw.request("GET", f"/{bucket}/a.txt", spared))
        assert link.body(again) == b"content of a.txt"


# -- REV-6 ----------------------------------------------------------------------------------------


def test_rev_6_the_revoked_complete_nothing_and_an_administrator_clears_up(account, own, role):
    target, creds = account.make_bucket("parts"), account.assume(role)
    theirs = account.client("s3", creds)
    upload = {"Bucket": target, "Key": "big"}
    upload["UploadId"] = theirs.create_multipart_upload(**upload)["UploadId"]
    etag = theirs.upload_part(**upload, PartNumber=1, Body=PART)["ETag"]
    own.revoke("session", creds.access_key)
    done = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    denied(lambda: theirs.complete_multipart_upload(**upload, MultipartUpload=done), BY_REVOCATION)
    denied(lambda: theirs.abort_multipart_upload(**upload), BY_REVOCATION)
    denied(lambda: theirs.upload_part(**upload, PartNumber=2, Body=b"late"), BY_REVOCATION)
    assert [part["PartNumber"] for part in account.s3.list_parts(**upload)["Parts"]] == [1]
    allowed(lambda: account.s3.abort_multipart_upload(**upload))
    assert keys(account, target) == ["a.txt"]
