"""A lock-out has an exit: whoever holds the data directory lifts revocations while nobody serves it."""

from __future__ import annotations

import json
import subprocess

import pytest

from harness import documents as doc
from harness.account import Account
from harness.command import Revoker
from harness.expect import BY_REVOCATION, denied
from harness.server import Server, binary


def recover(data, *flags: object) -> subprocess.CompletedProcess:
    command = [binary(), "recover", "--data", str(data), *map(str, flags)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def locked(tmp_path):
    """A deployment whose administrators have all cut themselves off; stopped."""
    with Server(data=tmp_path / "data") as server:
        account, revoker = Account(server), Revoker(server, tmp_path)
        alice = account.make_user("alice", doc.policy(doc.allow("*")))
        session = account.session_token(alice.creds)
        ids = [
            revoker.revoke("session", session.access_key)["RevocationId"],
            revoker.revoke("access-key", alice.creds.access_key, "--reason", "by mistake")["RevocationId"],
            revoker.revoke("access-key", server.root.access_key)["RevocationId"],
        ]
        for creds in (session, alice.creds, server.root):
            denied(lambda creds=creds: account.whoami(creds), BY_REVOCATION)
        server.stop()
        yield server, account, alice, session, ids


def test_named_revocations_are_lifted_and_told(locked):
    server, account, alice, session, ids = locked
    listed = recover(server.data, "--revocations", "--output", "json")
    assert listed.returncode == 0, listed
    held = {it["RevocationId"]: it for it in json.loads(listed.stdout)["Revocations"]}
    assert set(held) == set(ids)
    assert held[ids[1]]["Reason"] == "by mistake" and held[ids[1]]["Kind"] == "access-key"
    assert held[ids[1]]["Target"] == alice.creds.access_key
    lines = recover(server.data, "--revocations").stdout.splitlines()
    assert [line.split("\t")[0] for line in lines] == list(held)

    lifted = recover(server.data, "--lift", ids[1], "--lift", ids[2])
    assert lifted.returncode == 0 and ids[1] in lifted.stdout and ids[2] in lifted.stdout, lifted
    server.start()
    for creds in (alice.creds, server.root):
        account.whoami(creds)
    # Only those that were named.
    denied(lambda: account.whoami(session), BY_REVOCATION)
    events = [
        json.loads(event["CloudTrailEvent"])
        for event in server.client("cloudtrail").lookup_events(
            LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "RevocationLifted"}]
        )["Events"]
    ]
    assert {event["serviceEventDetails"]["revocationId"] for event in events} == {ids[1], ids[2]}
    # The root key is what it was.
    assert server.client("sts").get_caller_identity()["Arn"].endswith(":root")


def test_all_are_lifted_or_none(locked):
    server, account, alice, _, ids = locked
    for wrong in ("rv-0000000000000001", "bogus", ""):
        answer = recover(server.data, "--lift", ids[1], "--lift", wrong)
        assert answer.returncode == 1 and f"{wrong} is no revocation" in answer.stderr, answer
    both = recover(server.data, "--lift", ids[1], "--revocations")
    assert both.returncode == 2
    server.start()
    denied(lambda: account.whoami(alice.creds), BY_REVOCATION)


def test_it_waits_for_no_server(locked):
    server, account, alice, _, ids = locked
    server.start()
    answer = recover(server.data, "--lift", ids[1])
    assert answer.returncode == 1 and "is in use" in answer.stderr
    denied(lambda: account.whoami(alice.creds), BY_REVOCATION)
