"""Receipts: what a revocation was, whom it hit and what the events prove of it, also when it has ended."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager
from typing import Iterator

import pytest

from harness.account import Account
from harness.audit import lookup
from harness.clients import Creds
from harness.command import Revoker
from harness.expect import denied
from harness.raw import Raw
from harness.revoking import ALL, works
from harness.server import Server


@pytest.fixture
def revoker(server: Server, tmp_path) -> Revoker:
    return Revoker(server, tmp_path)


@pytest.fixture(scope="module")
def bucket(account) -> str:
    return account.make_bucket("receipt")


@pytest.fixture(scope="module")
def role(account):
    return account.make_role("receipt", ALL)


def receipt_of(revoker: Revoker, told: dict) -> dict:
    return revoker.json("receipt", told["ReceiptId"])


def proved(receipt: dict) -> None:
    assert (receipt["AllowedSince"], receipt["ProofComplete"], receipt["Findings"]) == (0, True, []), receipt


# -- what the events prove ------------------------------------------------------------------------


def test_the_last_allowed_and_the_first_denied_are_named(account, revoker, bucket, role):
    creds, spared = account.assume(role, name="told"), account.assume(role, name="spared")
    account.client("s3", creds).get_object(Bucket=bucket, Key="a.txt")
    told = revoker.revoke("session", creds.access_key, "--reason", "laptop stolen")
    assert (told["AllowedSince"], told["State"], told["Style"]) == (0, "in-force", "native")
    denied(account.reads(creds, bucket))
    denied(account.sees_users(creds))
    account.client("s3", spared).get_object(Bucket=bucket, Key="a.txt")
    receipt = receipt_of(revoker, told)
    proved(receipt)
    last, first = receipt["LastAllowed"], receipt["FirstDenied"]
    for seen, code in ((last, None), (first, "AccessDenied")):
        assert (seen["EventName"], seen["EventSource"]) == ("GetObject", "s3.amazonaws.com")
        assert (seen["AccessKeyId"], seen["SourceIp"]) == (creds.access_key, "127.0.0.1")
        [event] = [event for event in lookup(account, EventName="GetObject") if event["requestID"] == seen["RequestId"]]
        assert event.get("errorCode") == code
        assert event["additionalEventData"]["revision"] == seen["Revision"]
    assert last["Revision"] < receipt["Revision"] <= first["Revision"]
    assert last["Time"] <= receipt["Time"] <= first["Time"]
    [hit] = receipt["SessionsHit"]
    assert (hit["AccessKeyId"], receipt["SessionsHitCount"], receipt["Descendants"]) == (creds.access_key, 1, [])
    assert receipt["Reason"] == "laptop stolen" and receipt["RevokedBy"].endswith(":root")
    told_text = revoker.command.ok("receipt", told["ReceiptId"], "--output", "text", creds=revoker.root)
    assert "Allowed since  0 (every event of these credentials was looked at)\n" in told_text
    assert f"request {last['RequestId']}\n" in told_text and f"request {first['RequestId']}\n" in told_text


def test_a_busy_role_is_cut_off_and_it_is_proved_of_all_its_sessions(account, revoker, server, bucket):
    role, raw = account.make_role("busy", ALL), Raw(server)
    made = [account.assume(role, name=f"s-{n}") for n in range(30)]
    stop, counts = threading.Event(), []

    def works_on(sessions: list[Creds]) -> None:
        count = 0
        while not stop.is_set():
            for creds in sessions:
                count += raw.signed("GET", f"/{bucket}/a.txt", creds).status == 200
        counts.append(count)

    workers = [threading.Thread(target=works_on, args=(made[n::3],)) for n in range(3)]
    for worker in workers:
        worker.start()
    try:
        told = revoker.revoke("role", role.name)
    finally:
        stop.set()
        for worker in workers:
            worker.join(60)
    for creds in made:
        assert raw.signed("GET", f"/{bucket}/a.txt", creds).status == 403
    receipt = receipt_of(revoker, told)
    proved(receipt)
    assert receipt["SessionsHitCount"] == 30
    assert {hit["AccessKeyId"] for hit in receipt["SessionsHit"]} == {creds.access_key for creds in made}
    assert receipt["FirstDenied"]["Revision"] >= receipt["Revision"] > receipt["LastAllowed"]["Revision"]
    assert sum(counts) > 0


def test_it_outlives_the_revocation_and_the_process(tmp_path):
    with Server(data=tmp_path / "data") as server:
        account, revoker = Account(server), Revoker(server, tmp_path / "home")
        role, bucket = account.make_role("kept", ALL), account.make_bucket("kept")
        creds = account.assume(role, name="one")
        account.client("s3", creds).get_object(Bucket=bucket, Key="a.txt")
        told = revoker.revoke("role", role.name)
        assert not works(account, creds)
        before = receipt_of(revoker, told)
        proved(before)
        # The events lie in sealed files now.
        server.restart()
        account = Account(server)
        after = receipt_of(revoker, told)
        for member in before.keys() - {"Nodes"}:
            assert after[member] == before[member], member
        revoker.lift(told)
        assert works(account, creds)
        lifted = receipt_of(revoker, told)
        # What works again since it was lifted is not held against it.
        proved(lifted)
        assert (lifted["State"], lifted["EndedBy"]) == ("lifted", before["RevokedBy"])
        for member in ("SessionsHit", "LastAllowed", "FirstDenied", "Revision", "EventId", "Time"):
            assert lifted[member] == before[member], member
        assert lifted["Nodes"] == [] and lifted["OpenSources"] == []
        server.kill()
        server.start()
        assert receipt_of(revoker, told) == lifted
        listed = revoker.json("receipts")["Receipts"]
        assert [(held["ReceiptId"], held["State"]) for held in listed] == [(told["ReceiptId"], "lifted")]
        assert revoker.all() == {}


def test_a_session_that_ended_itself_has_a_receipt(account, revoker, role):
    creds = account.assume(role, name="own")
    assert works(account, creds)
    told = revoker.json("end-session", creds=creds)
    assert not works(account, creds)
    receipt = receipt_of(revoker, told)
    proved(receipt)
    assert receipt["LastAllowed"]["EventName"] == "RevokeOwnSession"
    assert receipt["RevokedBy"].endswith(f"/{role.name}/own")


def test_the_latest_come_first_also_when_they_were_lifted(account, revoker, role):
    made = [revoker.revoke("role-session", f"{role.name}/n-{n}") for n in range(3)]
    revoker.lift(made[1])
    listed = revoker.json("receipts")["Receipts"]
    times = [held["Time"] for held in listed]
    assert times == sorted(times, reverse=True)
    states = {held["ReceiptId"]: held["State"] for held in listed}
    assert [states[told["ReceiptId"]] for told in made] == ["in-force", "lifted", "in-force"]
    table = revoker.command.ok("receipts", "--output", "text", creds=revoker.root).splitlines()
    assert table[0].startswith("RECEIPT") and len(table) == len(listed) + 1
    revoker.refused("receipt", "rv-0123456789abcdef", code="ResourceNotFoundException")


# -- a lost answer ----------------------------------------------------------------------------------


@contextmanager
def loses_answers(server: Server, count: int) -> Iterator[str]:
    """The server behind somebody who hangs up on so many answers before they arrive."""
    listener = socket.create_server(("127.0.0.1", 0))
    left = [count]

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client, socket.create_connection(("127.0.0.1", server.port), 10) as behind:
                request = b""
                while b"\r\n\r\n" not in request:
                    request += client.recv(65536)
                head, _, body = request.partition(b"\r\n\r\n")
                fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
                while len(body) < int(fields[b"content-length"]):
                    body += client.recv(65536)
                behind.sendall(head + b"\r\n\r\n" + body)
                answer = behind.recv(1 << 20)
                if left[0] > 0:
                    left[0] -= 1
                    continue
                client.sendall(answer)
                behind.settimeout(1)
                try:
                    while more := behind.recv(65536):
                        client.sendall(more)
                except TimeoutError:
                    pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()


def test_the_client_asks_again_and_nothing_is_done_twice(account, server, revoker, role):
    creds = account.assume(role, name="lost")
    with loses_answers(server, 2) as endpoint:
        words = ("revoke", "session", creds.access_key, "--endpoint-url", endpoint)
        # The signed host is that of the one in between.
        told = json.loads(revoker.command.ok(*words, creds=revoker.root))
    held = [held for held in revoker.all().values() if held["Target"]["Id"] == creds.access_key]
    assert [one["RevocationId"] for one in held] == [told["ReceiptId"]]
    asked = [event["requestParameters"] for event in lookup(account, EventName="Revoke")]
    tokens = [given["clientToken"] for given in asked if given["target"] == creds.access_key]
    assert len(tokens) == 3 and len(set(tokens)) == 1 and len(tokens[0]) == 32
    assert not works(account, creds)


def test_a_token_of_ones_own_is_taken(account, revoker, role):
    creds = account.assume(role, name="given")
    words = ("session", creds.access_key, "--client-token", f"case-{creds.access_key}")
    first, again = revoker.revoke(*words), revoker.revoke(*words)
    assert first["ReceiptId"] == again["ReceiptId"] and first["Revision"] == again["Revision"]
    revoker.refused("revoke", *words, "--no-cascade", code="IdempotentParameterMismatchException")
