"""`portcullis rotate-keys`: a new key seals session tokens, and no live session notices."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness import documents as doc
from harness.account import Account, User
from harness.audit import lookup
from harness.clients import Creds
from harness.command import Command
from harness.raw import Raw
from harness.server import Server


@pytest.fixture
def command(server: Server, tmp_path: Path) -> Command:
    return Command(server, tmp_path, "rotate-keys")


@pytest.fixture(scope="module")
def turner(account: Account) -> User:
    """Someone who may do this and nothing else."""
    return account.make_user("turner", doc.policy(doc.allow("portcullis:RotateKeys")))


def test_sessions_of_before_and_after_work(account: Account, command: Command, turner: User):
    role = account.make_role()
    before = account.assume(role, name="before")
    made = json.loads(command.ok(creds=turner.creds))
    assert sorted(made) == ["Created", "KeyId"] and made["Created"].endswith("Z")
    after = account.assume(role, name="after")
    assert account.whoami(before)["Arn"] == role.session_arn("before")
    assert account.whoami(after)["Arn"] == role.session_arn("after")
    again = json.loads(command.ok("--output", "json", creds=turner.creds))
    assert again["KeyId"] == made["KeyId"] + 1
    assert account.whoami(before)["Arn"] == role.session_arn("before")


def test_a_session_may_rotate_and_goes_on(account: Account, command: Command, turner: User):
    session = account.session_token(turner.creds)
    name, value = command.ok("--output", "text", creds=session).splitlines()[0].split("\t")
    assert name == "KeyId" and int(value) > 1
    assert account.whoami(session)["Arn"] == turner.arn


def test_without_the_permission_it_is_refused(account: Account, command: Command):
    nobody = account.make_user("nobody", doc.policy(doc.allow(["iam:*", "sts:*", "s3:*"])))
    said = command.fails(creds=nobody.creds)
    assert said.startswith(f"portcullis: AccessDeniedException: User: {nobody.arn} is not authorized to perform: ")
    assert "portcullis:RotateKeys on resource: *" in said
    assert "what to do: ask an administrator" in said
    account.user_policy(nobody.name, doc.policy(doc.allow("*"), doc.deny("portcullis:*")))
    assert "with an explicit deny in an identity-based policy" in command.fails(creds=nobody.creds)


def test_what_cannot_be_understood_is_a_usage_error(command: Command, turner: User):
    assert "--output" in command.fails("--output", "table", code=2, creds=turner.creds)
    assert "--endpoint-url" in command.fails("--endpoint-url", "nowhere", code=2, creds=turner.creds)
    assert "now" in command.fails("now", code=2, creds=turner.creds)


def test_profile_region_and_endpoint_come_from_the_files(server: Server, command: Command, turner: User):
    (command.folder / "config").write_text(
        f"[default]\nregion = eu-central-1\n[profile turner]\nregion = us-east-1\nendpoint_url = {server.url}\n"
    )
    (command.folder / "credentials").write_text(
        f"[turner]\naws_access_key_id = {turner.creds.access_key}\naws_secret_access_key = {turner.creds.secret}\n"
    )
    other = {"AWS_ENDPOINT_URL": ""}
    assert json.loads(command.ok("--profile", "turner", **other))["KeyId"]
    assert json.loads(command.ok(**other, AWS_PROFILE="turner"))["KeyId"]
    # A profile that is named goes before keys of the environment; one that a variable names does not.
    wrong = Creds("AKIANOSUCHKEY2345678", "no")
    assert json.loads(command.ok("--profile", "turner", creds=wrong, **other))["KeyId"]
    assert "UnrecognizedClientException" in command.fails(creds=wrong, **other, AWS_PROFILE="turner")
    said = command.fails("--profile", "turner", "--region", "eu-west-1", **other)
    assert "InvalidSignatureException" in said and "'us-east-1'" in said


def test_failures_say_what_to_do(command: Command, turner: User):
    assert "AWS_ACCESS_KEY_ID" in command.fails()
    assert "there is no profile gone" in command.fails("--profile", "gone")
    (command.folder / "config").write_text("[profile ops]\nrole_arn = arn:aws:iam::123456789012:role/r\n")
    assert "export-credentials --profile ops" in command.fails("--profile", "ops")
    said = command.fails("--endpoint-url", "http://127.0.0.1:1", creds=turner.creds)
    assert "cannot be reached" in said and "portcullis serve" in said
    assert "cannot be reached" in command.fails(creds=turner.creds, AWS_ENDPOINT_URL="https://127.0.0.1:1")
    assert "cannot be used" in command.fails(creds=turner.creds, AWS_ENDPOINT_URL="ftp://127.0.0.1:1")
    wrong = Creds(turner.creds.access_key, "not-the-secret")
    said = command.fails(creds=wrong)
    assert "InvalidSignatureException" in said and "check the secret access key" in said
    assert turner.creds.secret not in said and "not-the-secret" not in said


def test_a_rotation_is_one_event(account: Account, command: Command, turner: User):
    made = json.loads(command.ok(creds=turner.creds))
    done = [event for event in lookup(account, EventName="RotateKeys") if event["responseElements"] is not None]
    [event] = [event for event in done if event["responseElements"]["keyId"] == made["KeyId"]]
    assert event["eventSource"] == "portcullis.amazonaws.com" and event["readOnly"] is False
    assert event["userIdentity"]["arn"] == turner.arn


def test_a_rotation_outlives_the_server(durable: Server, tmp_path: Path):
    account = Account(durable)
    command = Command(durable, tmp_path, "rotate-keys")
    session = account.session_token(account.operator.creds)
    first = json.loads(command.ok(creds=durable.root))["KeyId"]
    later = account.session_token(account.operator.creds)
    durable.kill()
    durable.start()
    assert account.whoami(session)["Arn"] == account.whoami(later)["Arn"] == account.operator.arn
    assert json.loads(command.ok(creds=durable.root))["KeyId"] == first + 1


def test_no_other_signature_reaches_it(account: Account, turner: User):
    """It is called with a signature for its own service, or not at all."""
    raw = Raw(account.server)
    typed = [("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", "Portcullis_20261122.RotateKeys")]

    def asked(service: str):
        request = raw.request("POST", "/", turner.creds, service, headers=typed, body=b"{}")
        return request, raw.send(request)

    request, answer = asked("portcullis")
    assert answer.status == 200, answer.text
    unsigned = raw.send(request.without_header("Authorization"))
    assert (unsigned.status, unsigned.code) == (400, "MissingAuthenticationTokenException")
    forged = raw.send(request.replaced("Authorization", request.authorization[:-4] + "0000"))
    assert (forged.status, forged.code) == (400, "InvalidSignatureException")
    assert asked("cloudtrail")[1].code == "UnknownOperationException"
    assert asked("sts")[1].status in (400, 403)
    events = lookup(account, EventName="RotateKeys")
    assert sum(event["requestID"] == answer.request_id for event in events) == 1
