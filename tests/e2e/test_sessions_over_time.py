"""Listed sessions over time: they go with their end, and a restart forgets none."""

from __future__ import annotations

import time

from harness import documents as doc
from harness.account import Account
from harness.server import Server
from harness.sessions import Sessions

EVERYTHING = doc.policy(doc.allow("*"))


def test_ended_sessions_disappear_and_their_children_keep_their_lineage(moved):
    account, clock = moved
    sessions = Sessions(account.server, clock)
    alice = account.make_user("alice", EVERYTHING)
    role = account.make_role("role", EVERYTHING)
    short = account.session_token(alice.creds, DurationSeconds=900)
    child = account.assume(role, short, "child", DurationSeconds=3600)
    assert sessions.keys() == {short.access_key, child.access_key}
    clock.forward(901)
    assert sessions.keys() == {child.access_key}
    assert sessions.call("DescribeSession", {"AccessKeyId": short.access_key}).code == "NoSuchSessionException"
    told = sessions.describe(child)
    assert [it["AccessKeyId"] for it in told["Ancestors"]] == [alice.creds.access_key, short.access_key]
    assert sessions.keys(Handle=alice.creds.access_key) == {child.access_key}
    clock.forward(2700)
    assert sessions.keys() == set()


def test_they_are_there_after_a_restart(durable: Server):
    account = Account(durable)
    sessions = Sessions(durable)
    role = account.make_role("kept", EVERYTHING)
    one = account.assume(role, name="one", DurationSeconds=900)
    two = account.assume(role, one, name="two")
    account.client("s3", two).list_buckets()
    before = sessions.describe(two)
    assert before["Session"]["Allowed"] == 1
    page = sessions.ok("ListSessions", {"Principal": role.arn, "MaxResults": 1})
    durable.kill()
    durable.start()
    # What they were used for is read from the event history, which nobody waits for.
    for _ in range(200):
        after = sessions.describe(two)
        if after == before:
            break
        time.sleep(0.05)
    assert after == before
    account.client("s3", two).list_buckets()
    assert sessions.describe(two)["Session"]["Allowed"] == 2
    page = sessions.ok("ListSessions", {"Principal": role.arn, "MaxResults": 1, "NextToken": page["NextToken"]})
    assert [it["AccessKeyId"] for it in page["Sessions"]] == [one.access_key] and "NextToken" not in page
