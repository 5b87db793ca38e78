"""Class POL, POL-8 and POL-9: an answer depends on its own request and on no other, before or beside it.

The run of POL-8 is bounded to a few seconds; the engine has no state, so that minutes would show what seconds do. MFA
devices are not there yet: the callers differ by kind of credentials, tag, address claimed and header instead.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter

import pytest

from harness import documents as doc
from harness.attack import Watched
from harness.audit import recent_events_with
from harness.raw import Raw

THREADS = 64
RUN_S = 4.0


@pytest.fixture(scope="module")
def raw(server):
    return Raw(server)


@pytest.fixture(scope="module")
def watched(account):
    return Watched(account)


@pytest.fixture(scope="module")
def stage(account, raw):
    """Requests that differ in one fact each, signed once, with the answer that each must always get."""
    bucket = account.make_bucket("parallel")
    conditions = {
        "Null": {"aws:TokenIssueTime": "true"},
        "StringEquals": {"aws:PrincipalTag/team": "red"},
        "IpAddress": {"aws:SourceIp": "127.0.0.0/8"},
        "StringLike": {"aws:Referer": "inside/*"},
    }
    text = doc.policy(doc.allow("s3:GetObject", doc.bucket_arn(bucket, "*"), **conditions), doc.allow("sts:*"))
    shared = account.make_managed(text)
    users = {team: account.make_user("parallel", Tags=[{"Key": "team", "Value": team}]) for team in ("red", "blue")}
    for user in users.values():
        account.iam.attach_user_policy(UserName=user.name, PolicyArn=shared)
    inside, outside = [("Referer", "inside/x")], [("Referer", "outside/x"), ("X-Forwarded-For", "127.0.0.1")]
    path = f"/{bucket}/a.txt"
    red, blue = users["red"].creds, users["blue"].creds
    session = account.session_token(red)
    made = [
        (raw.request("GET", path, red, headers=inside), 200),
        (raw.request("GET", path, red, headers=outside), 403),
        (raw.request("GET", path, red), 403),
        (raw.request("GET", path, blue, headers=inside), 403),
        (raw.request("GET", path, session, headers=inside), 403),
        (raw.presigned("GET", path, red).with_header("Referer", "inside/x"), 200),
    ]
    return [(raw.wire(request), status) for request, status in made]


def test_pol_8_many_threads_get_the_answers_of_one(account, watched, raw, stage):
    for data, status in stage:
        assert raw.exchange(data).status == status
    before = watched.state()
    wrong: Counter = Counter()
    asked: Counter = Counter()
    deadline = time.monotonic() + RUN_S

    def ask(first: int) -> None:
        for number in itertools.count(first):
            if time.monotonic() > deadline:
                return
            at = number % len(stage)
            data, status = stage[at]
            found = raw.exchange(data).status
            asked[at] += 1
            if found != status:
                wrong[at, found] += 1

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong
    assert len(asked) == len(stage) and sum(asked.values()) > 20 * THREADS, asked
    assert watched.state() == before and account.server.alive()
    for data, status in stage:
        assert raw.exchange(data).status == status


def test_pol_8_a_change_reaches_every_thread_at_once(account, raw):
    """Whoever asks after a save was acknowledged is answered by it, however many ask beside."""
    bucket, user = account.make_bucket("change"), account.make_user("change")
    open_, closed = doc.policy(doc.allow("s3:GetObject")), doc.policy(doc.deny("s3:GetObject"))
    account.user_policy(user.name, closed)
    data = raw.wire(raw.request("GET", f"/{bucket}/a.txt", user.creds))
    stop = threading.Event()

    def noise() -> None:
        while not stop.is_set():
            raw.exchange(data)

    threads = [threading.Thread(target=noise) for _ in range(16)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(40):
            account.user_policy(user.name, open_)
            assert raw.exchange(data).status == 200
            account.user_policy(user.name, closed)
            assert raw.exchange(data).status == 403
    finally:
        stop.set()
        for thread in threads:
            thread.join()


# -- POL-9: one value more or less is another request -------------------------------------------

PAIRS = [
    # What is allowed, and a neighbour that a careless key would take for it.
    (("a|b", "c"), ("a", "b|c")),
    (("a:b", "c"), ("a", "b:c")),
    (("a,b", "c"), ("a", "b,c")),
    (("a b", "c"), ("a", "b c")),
    (("a\tb", "c"), ("a", "b\tc")),
    (("ab", "c"), ("a", "bc")),
    (("a", "b"), ("b", "a")),
    (("a", "a"), ("a", "aa")),
    (("a", "b"), ("A", "b")),
    (("1", "1.0"), ("1.0", "1")),
    (("a=b&c", "d"), ("a", "b&c=d")),
    (("a\\", "b"), ("a", "\\b")),
    (("\"a\"", "b"), ("a", "\"b\"")),
]


@pytest.mark.parametrize("granted, neighbour", PAIRS)
def test_pol_9_crafted_values_stay_apart(account, watched, raw, granted, neighbour):
    bucket = account.make_bucket("apart")
    keys = {"aws:Referer": granted[0], "aws:UserAgent": granted[1]}
    user = account.make_user("apart", doc.policy(doc.allow("s3:GetObject", StringEquals=keys)))

    def ask(values: tuple[str, str]):
        headers = [("Referer", values[0]), ("User-Agent", values[1])]
        return raw.signed("GET", f"/{bucket}/a.txt", user.creds, headers=headers)

    # Both orders, again and again: nothing is remembered of the one that answers the other.
    for _ in range(5):
        assert ask(granted).status == 200
        assert ask(neighbour).status == 403
    watched.turned_away(lambda: ask(neighbour))
    [event] = recent_events_with(account, ask(granted).request_id)
    assert "errorCode" not in event


def test_pol_9_tags_are_keys_of_their_own(account):
    """A tag's key and value cannot be moved over the line between them."""
    bucket = account.make_bucket("tags")
    pairs = [({"a": "b=c"}, {"a=b": "c"}), ({"a": "b", "c": "d"}, {"a": "d", "c": "b"}), ({"a/b": "c"}, {"a": "b/c"})]
    for granted, neighbour in pairs:
        keys = {f"aws:PrincipalTag/{key}": value for key, value in granted.items()}
        text = doc.policy(doc.allow("s3:GetObject", StringEquals=keys))
        found = []
        for tags in (granted, neighbour):
            tagged = [{"Key": key, "Value": value} for key, value in tags.items()]
            user = account.make_user("tags", text, Tags=tagged)
            try:
                account.reads(user.creds, bucket)()
                found.append(True)
            except account.s3.exceptions.ClientError:
                found.append(False)
        assert found == [True, False], (granted, neighbour)


def test_pol_9_the_same_name_in_two_roles_is_two_callers(account):
    bucket = account.make_bucket("roles")
    open_, closed = account.make_role("open", doc.policy(doc.allow("s3:GetObject"))), account.make_role("closed")
    one, other = account.assume(open_, name="same"), account.assume(closed, name="same")
    for _ in range(5):
        account.reads(one, bucket)()
        with pytest.raises(account.s3.exceptions.ClientError):
            account.reads(other, bucket)()
