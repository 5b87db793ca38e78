"""A change holds from the first request that starts after it was acknowledged, under load too."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from dataclasses import dataclass, field

import pytest
import urllib3
from botocore.exceptions import BotoCoreError, ClientError

from harness import chunks
from harness import documents as doc
from harness.account import fresh
from harness.clients import Creds
from harness.expect import allowed, denied, refused
from harness.raw import Raw, parse, read_all
from harness.sigv4 import Scope

ALL_S3 = doc.policy(doc.allow("s3:*"))
DENY = doc.policy(doc.deny())
READERS = 4
TURNS = 10


@pytest.fixture(scope="module")
def raw(server):
    return Raw(server)


@pytest.fixture(scope="module")
def bucket(account):
    return account.make_bucket("exact")


# -- readers that never stop -------------------------------------------------------------------


@dataclass
class Readers:
    """Threads that read all the time; each attempt keeps when it began, how long it took and its outcome."""

    account: object
    creds: Creds
    bucket: str
    attempts: list[tuple[float, float, bool]] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ending = threading.Event()
        read = self.account.reads(self.creds, self.bucket)
        self.threads = [threading.Thread(target=self.run, args=(read,)) for _ in range(READERS)]

    def run(self, read) -> None:
        while not self.ending.is_set():
            began = time.monotonic()
            allowed_whole = self.attempt(read)
            self.attempts.append((began, time.monotonic() - began, allowed_whole))

    def attempt(self, read) -> bool:
        try:
            read()["Body"].read()
        except ClientError as refusal:
            code = refusal.response["Error"]["Code"]
            if code not in ("AccessDenied", "InvalidAccessKeyId"):
                self.surprises.append(code)
            return False
        except (BotoCoreError, urllib3.exceptions.HTTPError):
            return False  # a download that was under way is cut off when its grant goes
        return True

    def __enter__(self) -> "Readers":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.ending.set()
        for thread in self.threads:
            thread.join(30)


def turns(account, creds, bucket, cut, restore) -> None:
    """Cuts and restores under load; nothing that begins between the two answers may be allowed."""
    wrong: list[float] = []
    with Readers(account, creds, bucket) as readers:
        for _ in range(TURNS):
            cut()
            cut_at = time.monotonic()
            time.sleep(0.02)
            restoring_at = time.monotonic()
            restore()
            restored_at = time.monotonic()
            time.sleep(0.02)
            done = list(readers.attempts)
            wrong += [began for began, took, ok in done if ok and cut_at < began and began + took < restoring_at]
            wrong += [began for began, _, ok in done if not ok and restored_at < began]
    assert not readers.surprises
    assert {ok for _, _, ok in readers.attempts} == {True, False}, "both outcomes were seen"
    assert not wrong, f"{len(wrong)} of {len(readers.attempts)} requests met the state before"


def test_a_deny_on_the_role_and_its_removal(account, bucket):
    role = account.make_role("exact", ALL_S3)
    turns(
        account, account.assume(role), bucket,
        lambda: account.role_policy(role.name, DENY, "cut"),
        lambda: account.iam.delete_role_policy(RoleName=role.name, PolicyName="cut"),
    )  # fmt: skip


def test_a_deny_on_the_bucket_and_its_removal(account):
    bucket = account.make_bucket("exact")
    user = account.make_user("exact", ALL_S3)
    turns(
        account, user.creds, bucket,
        lambda: account.bucket_policy(bucket, doc.bucket_deny(bucket, {"AWS": user.arn})),
        lambda: account.s3.delete_bucket_policy(Bucket=bucket),
    )  # fmt: skip


def test_a_key_made_inactive_and_active(account, bucket):
    user = account.make_user("exact", ALL_S3)
    key = {"UserName": user.name, "AccessKeyId": user.creds.access_key}
    turns(
        account, user.creds, bucket,
        lambda: account.iam.update_access_key(**key, Status="Inactive"),
        lambda: account.iam.update_access_key(**key, Status="Active"),
    )  # fmt: skip


def test_a_membership_of_a_group(account, bucket):
    user, group = account.make_user("exact"), fresh("exact")
    account.iam.create_group(GroupName=group)
    account.iam.put_group_policy(GroupName=group, PolicyName="p", PolicyDocument=ALL_S3)
    member = {"UserName": user.name, "GroupName": group}
    account.iam.add_user_to_group(**member)
    turns(
        account, user.creds, bucket,
        lambda: account.iam.remove_user_from_group(**member),
        lambda: account.iam.add_user_to_group(**member),
    )  # fmt: skip


def test_a_default_version_and_a_boundary(account, bucket):
    user, arn = account.make_user("exact"), account.make_managed(ALL_S3)
    account.iam.attach_user_policy(UserName=user.name, PolicyArn=arn)
    account.iam.create_policy_version(PolicyArn=arn, PolicyDocument=DENY)
    turns(
        account, user.creds, bucket,
        lambda: account.iam.set_default_policy_version(PolicyArn=arn, VersionId="v2"),
        lambda: account.iam.set_default_policy_version(PolicyArn=arn, VersionId="v1"),
    )  # fmt: skip
    limit = account.make_managed(DENY)
    turns(
        account, user.creds, bucket,
        lambda: account.iam.put_user_permissions_boundary(UserName=user.name, PermissionsBoundary=limit),
        lambda: account.iam.delete_user_permissions_boundary(UserName=user.name),
    )  # fmt: skip


# -- requests that were under way ----------------------------------------------------------------


def test_the_same_connection_remembers_no_permission(account, raw, bucket):
    role = account.make_role("kept", ALL_S3)
    creds = account.assume(role)
    request = raw.request("GET", f"/{bucket}/a.txt", creds)
    link = http.client.HTTPConnection("127.0.0.1", raw.server.port, timeout=10)

    def status() -> int:
        link.request("GET", request.target, headers=dict(request.headers))
        answer = link.getresponse()
        answer.read()
        return answer.status

    assert [status(), status()] == [200, 200]
    account.role_policy(role.name, DENY, "cut")
    assert status() == 403
    account.iam.delete_role_policy(RoleName=role.name, PolicyName="cut")
    assert status() == 200
    link.close()


def started_put(account, raw, bucket, creds, key: str, mode: str | None):
    """A PUT of which half was sent: gives the open connection and the other half."""
    data = b"u" * (4 * chunks.CHUNK)
    path = f"/{bucket}/{key}"
    request = (
        raw.request("PUT", path, creds, body=data)
        if mode is None
        else chunks.upload(raw, path, creds, data, mode).finished()
    )
    wire = raw.wire(request)
    half = len(wire) - len(request.body) // 2
    link = socket.create_connection(("127.0.0.1", raw.server.port), 10)
    link.sendall(wire[:half])
    time.sleep(0.05)
    return link, wire[half:]


@pytest.mark.parametrize("mode", [None, chunks.SIGNED, chunks.UNSIGNED_TRAILER])
@pytest.mark.parametrize("how", ["role policy", "bucket policy", "role deleted"])
def test_an_upload_begun_before_the_revocation_is_not_committed_after_it(account, raw, mode, how):
    bucket = account.make_bucket("underway")
    role = account.make_role("uploader", ALL_S3)
    link, rest = started_put(account, raw, bucket, account.assume(role), "late", mode)
    if how == "role policy":
        account.role_policy(role.name, DENY, "cut")
    elif how == "bucket policy":
        account.bucket_policy(bucket, doc.bucket_deny(bucket, {"AWS": role.arn}))
    else:
        account.delete_role(role.name)
    with link:
        try:
            link.sendall(rest)
        except (BrokenPipeError, ConnectionResetError):
            pass
        answer = parse(read_all(link))
    assert answer.status == 403, answer
    keys = [item["Key"] for item in account.s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert keys == ["a.txt"]


def test_control_an_upload_begun_before_an_unrelated_change_is_committed(account, raw):
    bucket = account.make_bucket("underway")
    role = account.make_role("uploader", ALL_S3)
    link, rest = started_put(account, raw, bucket, account.assume(role), "late", None)
    account.make_role("unrelated", DENY)
    with link:
        link.sendall(rest)
        answer = parse(read_all(link))
    assert answer.status == 200, answer


def test_a_session_issued_while_its_role_is_being_deleted_is_dead_or_refused(account, bucket):
    for _ in range(5):
        role = account.make_role("racing", ALL_S3)
        issued: list[Creds] = []
        ending = threading.Event()

        def issue(role=role, issued=issued, ending=ending) -> None:
            while not ending.is_set():
                try:
                    issued.append(account.assume(role))
                except ClientError:
                    return

        threads = [threading.Thread(target=issue) for _ in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(0.05)
        account.delete_role(role.name)
        ending.set()
        for thread in threads:
            thread.join(30)
        assert issued
        for creds in issued[-5:]:
            refused(account.reads(creds, bucket), "InvalidAccessKeyId", 403)


def test_a_denied_administrator_cannot_undo_the_deny(account):
    """Who loops on removing the deny is never let through once it was acknowledged."""
    everything = doc.policy(doc.allow("*"))
    suspect = account.make_user("suspect", everything)
    own = account.client("iam", suspect.creds)
    removed: list[float] = []
    ending = threading.Event()

    def undo() -> None:
        while not ending.is_set():
            began = time.monotonic()
            try:
                own.delete_user_policy(UserName=suspect.name, PolicyName="cut")
                removed.append(began)
            except ClientError:
                pass

    threads = [threading.Thread(target=undo) for _ in range(3)]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    account.user_policy(suspect.name, DENY, "cut")
    time.sleep(0.2)
    ending.set()
    for thread in threads:
        thread.join(30)
    assert not removed, "the attempt met the deny or its absence, never removed it"
    denied(lambda: own.list_users())
    allowed(lambda: account.iam.get_user_policy(UserName=suspect.name, PolicyName="cut"))


def test_the_time_of_a_replayed_signature_does_not_matter_for_the_decision(account, raw, bucket):
    """A request signed before the deny and sent after it is refused."""
    role = account.make_role("early", ALL_S3)
    creds = account.assume(role)
    early = raw.request("GET", f"/{bucket}/a.txt", creds, scope=Scope(creds, "s3"))
    account.role_policy(role.name, DENY, "cut")
    assert raw.send(early).status == 403
