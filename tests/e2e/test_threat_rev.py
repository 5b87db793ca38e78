"""Class REV: a revocation holds from its answer on, for what is under way as for what comes.

REV-1 (an administrator who is cut off cannot undo it) and REV-7 (every kind of policy change, under load) stand in
test_first_request.py, with the stories of test_s02_deny_all.py. Here are native revocations;
what is under way when they come is in test_threat_rev_underway.py.
"""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time

import pytest
from botocore.exceptions import ClientError

from harness.account import fresh
from harness.audit import events_with
from harness.clients import Creds
from harness.expect import BY_REVOCATION, allowed, denied
from harness.http2 import Http2
from harness.raw import Answer, Raw
from harness.revoking import ALL, Own, cut, live


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


# -- REV-2 ----------------------------------------------------------------------------------------


def test_rev_2_one_session_is_cut_off_and_its_sibling_and_parent_work(account, own, bucket, role):
    parent = account.make_user("parent", ALL)
    one, sibling = (account.assume(role, by=parent.creds, name="same") for _ in range(2))
    live(account, bucket, one, sibling)
    own.revoke("session", one.access_key)
    cut(account, bucket, one)
    live(account, bucket, sibling, parent.creds)


# -- REV-5 ----------------------------------------------------------------------------------------


def test_rev_5_the_same_connection_remembers_no_session(account, raw, own, bucket, role):
    creds = account.assume(role)
    request = raw.request("GET", f"/{bucket}/a.txt", creds)
    link = http.client.HTTPConnection("127.0.0.1", raw.server.port, timeout=10)

    def status() -> int:
        link.request("GET", request.target, headers=dict(request.headers))
        answer = link.getresponse()
        answer.read()
        return answer.status

    assert [status(), status()] == [200, 200]
    revocation = own.revoke("session", creds.access_key)
    assert [status(), status()] == [403, 403]
    own.lift(revocation)
    assert status() == 200
    link.close()


def test_rev_5_no_stream_of_a_connection_remembers_a_session(account, raw, own, bucket, role):
    creds, spared = account.assume(role), account.assume(role)
    read, other = (raw.request("GET", f"/{bucket}/a.txt", held) for held in (creds, spared))
    with Http2(raw.server) as link:
        streams = [link.send(read) for _ in range(4)]
        assert {link.body(stream) for stream in streams} == {b"content of a.txt"}
        revocation = own.revoke("session", creds.access_key)
        streams, others = [link.send(read) for _ in range(4)], [link.send(other) for _ in range(2)]
        assert all(b"<Code>AccessDenied</Code>" in link.body(stream) for stream in streams)
        assert {link.body(stream) for stream in others} == {b"content of a.txt"}
        own.lift(revocation)
        assert link.body(link.send(read)) == b"content of a.txt"


def test_rev_5_a_presigned_url_ends_with_its_session(account, raw, own, bucket, role):
    creds = account.assume(role)
    link = raw.presigned("GET", f"/{bucket}/a.txt", creds)
    assert raw.send(link).status == 200
    own.revoke("session", creds.access_key)
    answer = raw.send(link)
    assert (answer.status, answer.code) == (403, "AccessDenied")


# -- REV-8 ----------------------------------------------------------------------------------------


def test_rev_8_what_is_written_after_a_revocation_is_not_read_by_the_revoked(account, own, role):
    target = account.make_bucket("secrets")
    for turn in range(20):
        creds, key = account.assume(role), f"secret-{turn}"
        seen: list[bytes] = []
        ending = threading.Event()
        read = account.reads(creds, target, key)

        def run(read=read, seen=seen, ending=ending) -> None:
            while not ending.is_set():
                try:
                    seen.append(read()["Body"].read())
                except ClientError:
                    pass

        readers = [threading.Thread(target=run) for _ in range(2)]
        for reader in readers:
            reader.start()
        own.revoke("session", creds.access_key)
        account.s3.put_object(Bucket=target, Key=key, Body=b"secret")
        time.sleep(0.02)
        ending.set()
        for reader in readers:
            reader.join(30)
        assert not seen
        denied(read, BY_REVOCATION)


# -- REV-9 ----------------------------------------------------------------------------------------

RACES = 30
ISSUERS = 3


@pytest.mark.timeout(180)
@pytest.mark.parametrize("blocks", [False, True])
def test_rev_9_a_session_issued_in_a_race_is_dead_or_younger(account, own, blocks):
    """Whatever was answered before the revocation began is dead; what was asked for after it works, or is refused."""
    role, operator = account.make_role("race", ALL), account.operator.creds
    sts = account.client("sts", operator)
    seen = {"before": 0, "after": 0}
    for _ in range(RACES):
        issued: list[tuple[float, float, Creds]] = []
        ending = threading.Event()

        def issue(issued=issued, ending=ending) -> None:
            while not ending.is_set():
                began = time.monotonic()
                try:
                    answer = sts.assume_role(RoleArn=role.arn, RoleSessionName="race")
                except ClientError:
                    continue
                issued.append((began, time.monotonic(), Creds.issued(answer)))

        issuers = [threading.Thread(target=issue) for _ in range(ISSUERS)]
        for issuer in issuers:
            issuer.start()
        time.sleep(0.05)
        began = time.monotonic()
        revocation = own.revoke("role", role.name, BlockReissue=blocks)
        done = time.monotonic()
        time.sleep(0.05)
        ending.set()
        for issuer in issuers:
            issuer.join(30)
        for asked, answered, creds in issued[-8:] + issued[:4]:
            whoami = lambda creds=creds: account.whoami(creds)  # noqa: E731
            if answered < began:
                seen["before"] += 1
                denied(whoami, BY_REVOCATION)
            elif asked > done:
                seen["after"] += 1
                assert not blocks, "a session was handed out although that is blocked"
                allowed(whoami)
            elif blocks:
                denied(whoami, BY_REVOCATION)
        own.lift(revocation)
    assert seen["before"] >= RACES and (seen["after"] >= RACES) is not blocks, seen


# -- REV-12 ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("jump_s", [-3600, 1800, 30 * 86_400])
def test_rev_12_no_jump_of_the_clock_brings_a_session_back(moved, jump_s):
    account, clock = moved
    own, bucket = Own(Raw(account.server), clock), account.make_bucket("clock")
    role = account.make_role("clock", ALL)
    one, two, spared = (account.assume(role, name=name) for name in ("one", "two", "spared"))
    for kind, target in (("session", one.access_key), ("role-session", f"{role.name}/two")):
        own.revoke(kind, target)
    clock.forward(jump_s)
    for creds in (one, two):
        with pytest.raises(ClientError):
            account.whoami(creds)
    clock.forward(-jump_s)
    cut(account, bucket, one, two)
    if jump_s < 12 * 3600:
        live(account, bucket, spared)


def test_rev_12_a_clock_set_back_after_issuing_hides_no_session(moved):
    """The issuing clock ran ahead and was set back: the session's issue time lies after the revocation's, and it is
    older all the same."""
    account, clock = moved
    own, bucket, role = Own(Raw(account.server), clock), account.make_bucket("clock"), account.make_role("ahead", ALL)
    clock.forward(1800)
    old = account.assume(role)
    clock.forward(-1800)
    own.revoke("role", role.name)
    cut(account, bucket, old)
    live(account, bucket, account.assume(role))


# -- REV-14 ---------------------------------------------------------------------------------------


def test_rev_14_a_lost_reply_and_retries_are_harmless_and_on_record(account, raw, own, bucket, role):
    creds, spared = account.assume(role), account.assume(role)
    given = {"Kind": "session", "Target": creds.access_key}
    with socket.create_connection(("127.0.0.1", raw.server.port), 10) as link:
        link.sendall(raw.wire(own.request("Revoke", **given)))
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    answers: list[Answer] = []

    def retry() -> None:
        answers.append(own.send("Revoke", **given))

    retries = [threading.Thread(target=retry) for _ in range(5)]
    for thread in retries:
        thread.start()
    for thread in retries:
        thread.join(30)
    assert [answer.status for answer in answers] == [200] * 5
    cut(account, bucket, creds)
    live(account, bucket, spared)
    for answer in answers:
        [event] = events_with(account, answer.request_id)
        assert "errorCode" not in event or event["errorCode"] is None


def test_rev_14_tries_with_one_client_token_make_one_revocation_and_an_event_each(account, raw, own, bucket, role):
    creds, token = account.assume(role), fresh("token")
    given = {"Kind": "session", "Target": creds.access_key, "ClientToken": token}
    with socket.create_connection(("127.0.0.1", raw.server.port), 10) as link:
        link.sendall(raw.wire(own.request("Revoke", **given)))
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    answers: list[Answer] = []
    retries = [threading.Thread(target=lambda: answers.append(own.send("Revoke", **given))) for _ in range(5)]
    for thread in retries:
        thread.start()
    for thread in retries:
        thread.join(30)
    told = [json.loads(answer.text) for answer in answers]
    assert [answer.status for answer in answers] == [200] * 5
    assert len({receipt["ReceiptId"] for receipt in told}) == 1
    assert len({receipt["Revision"] for receipt in told}) == 1
    cut(account, bucket, creds)
    for answer in answers:
        [event] = events_with(account, answer.request_id)
        assert event.get("errorCode") is None
        assert event["requestParameters"]["clientToken"] == token
    # One state change: lifting it once lifts all of it, and a late try does not bring it back.
    own.lift(told[0]["RevocationId"])
    live(account, bucket, creds)
    late = own.send("Revoke", **given)
    assert json.loads(late.text)["State"] == "lifted"
    live(account, bucket, creds)


def test_rev_14_a_token_is_not_used_for_another_request(account, own, bucket, role):
    one, other, token = account.assume(role), account.assume(role), fresh("token")
    own.revoke("session", one.access_key, ClientToken=token)
    for given in ({"Target": other.access_key}, {"Target": one.access_key, "Cascade": False}):
        answer = own.send("Revoke", Kind="session", ClientToken=token, **given)
        assert (answer.status, json.loads(answer.text)["__type"]) == (400, "IdempotentParameterMismatchException")
    live(account, bucket, other)
    for length in (0, 65):
        answer = own.send("Revoke", Kind="session", Target=other.access_key, ClientToken="t" * length)
        assert answer.status == 400, answer
    live(account, bucket, other)


# -- REV-15 ---------------------------------------------------------------------------------------


def test_rev_15_who_is_blocked_gets_a_session_by_no_way(account, own, bucket, role):
    user = account.make_user("blocked", ALL)
    live_session = account.session_token(user.creds)
    other = account.make_role("way", ALL)
    revocation = own.revoke("user", user.name, BlockReissue=True)
    ways = [
        lambda by: account.assume(role, by=by),
        lambda by: account.assume(other, by=by, name=fresh("way")),
        lambda by: account.session_token(by),
        lambda by: account.federate(by, "way", ALL),
    ]
    for way in ways:
        denied(lambda: way(user.creds), "revocation")
    for way in ways[:2]:
        denied(lambda: way(live_session), BY_REVOCATION)
    # The key itself still reads: it is made inactive, or revoked as an access-key.
    allowed(account.reads(user.creds, bucket))
    blocked_key = own.revoke("access-key", user.creds.access_key)
    denied(account.reads(user.creds, bucket), BY_REVOCATION)
    for way in ways:
        denied(lambda: way(user.creds), "revocation")
    own.lift(revocation), own.lift(blocked_key)
    for way in ways:
        allowed(lambda: account.whoami(way(user.creds)))
