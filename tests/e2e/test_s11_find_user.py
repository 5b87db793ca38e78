"""S11: from the audit events alone, find who made a request, deny exactly that, see it denied.

Everything the investigator does here goes through the AWS CLI.
"""

from __future__ import annotations

import json

import pytest

from harness import documents as doc
from harness.expect import BY_IDENTITY, BY_RESOURCE, allowed, denied

ALL = doc.policy(doc.allow(["s3:*", "sts:*"]))
PASSED = doc.policy(doc.allow("s3:*"))


@pytest.fixture
def bucket(account):
    return account.make_bucket("evidence", "secret.txt", "public.txt")


@pytest.fixture
def app(account):
    return account.make_user("token-app", ALL)


def history(cli, key: str, value: str) -> list[dict]:
    found = cli.ok("cloudtrail", "lookup-events", "--lookup-attributes", f"AttributeKey={key},AttributeValue={value}")
    return [json.loads(event["CloudTrailEvent"]) for event in found["Events"]]


def reader_of(cli, bucket: str, key: str) -> dict:
    """Who read that object, as userIdentity."""
    wanted = {"bucketName": bucket, "key": key}
    hits = [
        event["userIdentity"]
        for event in history(cli, "EventName", "GetObject")
        if wanted.items() <= (event["requestParameters"] or {}).items() and "errorCode" not in event
    ]
    assert len(hits) == 1, hits
    return hits[0]


def put_policy(cli, bucket: str, statement: dict) -> None:
    cli.ok("s3api", "put-bucket-policy", "--bucket", bucket, "--policy", doc.policy(statement))


def test_a_federated_user_is_found_and_denied_on_the_bucket(account, cli, bucket, app):
    bob, alice = (account.federate(app.creds, name, PASSED) for name in ("Bob", "Alice"))
    allowed(account.reads(bob, bucket, "secret.txt"))
    allowed(account.reads(alice, bucket, "public.txt"))
    who = reader_of(cli, bucket, "secret.txt")
    assert who["type"] == "FederatedUser"
    put_policy(cli, bucket, doc.bucket_deny(bucket, {"AWS": who["arn"]}))
    denied(account.reads(bob, bucket, "secret.txt"), BY_RESOURCE)
    for creds in (alice, app.creds):
        allowed(account.reads(creds, bucket, "secret.txt"))


def test_a_federated_user_is_found_and_denied_everywhere_through_its_creator(account, cli, bucket, app):
    bob, alice = (account.federate(app.creds, name, PASSED) for name in ("Bob", "Alice"))
    allowed(account.reads(bob, bucket, "secret.txt"))
    who = reader_of(cli, bucket, "secret.txt")
    creator = who["sessionContext"]["sessionIssuer"]
    assert (creator["type"], creator["userName"]) == ("IAMUser", app.name)
    document = doc.policy(doc.deny(ArnEquals={"aws:PrincipalArn": who["arn"]}))
    cli.ok(
        "iam", "put-user-policy", "--user-name", creator["userName"],
        "--policy-name", "deny-bob", "--policy-document", document,
    )  # fmt: skip
    denied(account.reads(bob, bucket, "secret.txt"), BY_IDENTITY)
    for creds in (alice, app.creds):
        allowed(account.reads(creds, bucket, "secret.txt"))


def test_a_role_session_is_found_and_denied_by_its_user_id(account, cli, bucket):
    role = account.make_role("ops", ALL)
    mary, john = (account.assume(role, name=name) for name in ("mary", "john"))
    allowed(account.reads(mary, bucket, "secret.txt"))
    who = reader_of(cli, bucket, "secret.txt")
    assert who["type"] == "AssumedRole"
    document = doc.policy(doc.deny(StringEquals={"aws:userid": who["principalId"]}))
    cli.ok(
        "iam", "put-role-policy", "--role-name", who["sessionContext"]["sessionIssuer"]["userName"],
        "--policy-name", "deny-session", "--policy-document", document,
    )  # fmt: skip
    denied(account.reads(mary, bucket, "secret.txt"), BY_IDENTITY)
    allowed(account.reads(john, bucket, "secret.txt"))


def issuing_event(cli, name: str, access_key: str) -> dict:
    hits = [
        event
        for event in history(cli, "EventName", name)
        if event.get("responseElements") and event["responseElements"]["credentials"]["accessKeyId"] == access_key
    ]
    assert len(hits) == 1, hits
    return hits[0]


def test_the_issuing_event_names_who_is_behind_a_federated_user(account, cli, bucket, app):
    bob = account.federate(app.creds, "Bob", PASSED)
    allowed(account.reads(bob, bucket, "secret.txt"))
    who = reader_of(cli, bucket, "secret.txt")
    event = issuing_event(cli, "GetFederationToken", who["accessKeyId"])
    assert event["userIdentity"]["arn"] == app.arn
    assert event["userIdentity"]["accessKeyId"] == app.creds.access_key
    assert event["responseElements"]["federatedUser"]["arn"] == who["arn"]


def test_a_chain_of_roles_is_followed_back_to_the_person(account, cli, bucket):
    first, second = account.make_role("first", ALL), account.make_role("second", ALL)
    hop = account.assume(first, name="hop")
    last = account.assume(second, by=hop, name="last")
    allowed(account.reads(last, bucket, "secret.txt"))
    who = reader_of(cli, bucket, "secret.txt")
    middle = issuing_event(cli, "AssumeRole", who["accessKeyId"])["userIdentity"]
    assert middle["arn"] == hop.arn
    start = issuing_event(cli, "AssumeRole", middle["accessKeyId"])["userIdentity"]
    assert start["arn"] == account.operator.arn


def test_after_the_deny_the_history_of_that_key_shows_refusals(account, cli, bucket, app):
    bob = account.federate(app.creds, "Bob", PASSED)
    allowed(account.reads(bob, bucket, "secret.txt"))
    put_policy(cli, bucket, doc.bucket_deny(bucket, {"AWS": bob.arn}))
    denied(account.reads(bob, bucket, "secret.txt"))
    newest, oldest = history(cli, "AccessKeyId", bob.access_key)
    assert newest["errorCode"] == "AccessDenied"
    assert bob.arn in newest["errorMessage"]
    assert "errorCode" not in oldest
    assert newest["userIdentity"] == oldest["userIdentity"]


def test_events_are_found_by_name_of_user_session_and_root(account, cli, app):
    role = account.make_role("named", ALL)
    account.whoami(account.assume(role, name="a-very-own-name"))
    account.whoami(app.creds)
    assert any(e["eventName"] == "GetCallerIdentity" for e in history(cli, "Username", "a-very-own-name"))
    assert any(e["eventName"] == "GetCallerIdentity" for e in history(cli, "Username", app.name))
    assert any(e["eventName"] == "CreateRole" for e in history(cli, "Username", "root"))
