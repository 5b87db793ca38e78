"""A data directory keeps everything that was acknowledged, over restarts and over kill -9."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from harness import documents as doc
from harness.account import Account, Role, fresh
from harness.audit import counted, file_events, lookup
from harness.clients import Creds
from harness.expect import BY_IDENTITY, allowed, denied, refused, request_id
from harness.server import Server, ServerFailed

READ = doc.policy(doc.allow(["s3:GetObject", "sts:*"]))
KILLS = 50
WRITERS = 4
LOAD_S = (0.05, 0.25)


# -- an orderly restart --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """An account with a little of everything, then a restart: gives (account, what was made)."""
    with Server(data=tmp_path_factory.mktemp("kept")) as server:
        account = Account(server)
        made = furnish(account)
        server.restart()
        yield Account(server), made


def furnish(account: Account) -> dict:
    role = account.make_role("kept", READ, Description="kept", Tags=[{"Key": "a", "Value": "b"}])
    user = account.make_user("kept", READ, Path="/kept/")
    managed = account.make_managed(READ)
    account.iam.attach_role_policy(RoleName=role.name, PolicyArn=managed)
    account.iam.create_policy_version(PolicyArn=managed, PolicyDocument=READ)
    account.iam.create_group(GroupName="kept")
    account.iam.add_user_to_group(GroupName="kept", UserName=user.name)
    bucket = account.make_bucket("kept", "a.txt", "b.txt")
    account.s3.put_object(Bucket=bucket, Key="big", Body=b"x" * 3_000_000, Metadata={"note": "kept"})
    account.bucket_policy(bucket, doc.bucket_deny(bucket, {"AWS": account.make_user("denied").arn}))
    cut = account.make_role("cut", READ)
    cut_session = account.assume(cut)
    time.sleep(0.002)
    account.role_policy(cut.name, doc.revoke_older(doc.utc_now()), doc.REVOKE_NAME)
    return {
        "role": role, "user": user, "managed": managed, "bucket": bucket, "cut": cut_session, "cut role": cut,
        "sessions": [account.assume(role), account.session_token(user.creds), account.federate(user.creds, "bob", READ)],
        "event": request_id(account.iam.list_users()),
    }  # fmt: skip


def test_users_roles_groups_and_policies_are_kept(history):
    account, made = history
    role = account.iam.get_role(RoleName=made["role"].name)["Role"]
    assert (role["RoleId"], role["Description"], role["Tags"]) == (
        made["role"].role_id, "kept", [{"Key": "a", "Value": "b"}],
    )  # fmt: skip
    assert account.iam.get_user(UserName=made["user"].name)["User"]["Arn"] == made["user"].arn
    assert [user["UserName"] for user in account.iam.get_group(GroupName="kept")["Users"]] == [made["user"].name]
    versions = account.iam.list_policy_versions(PolicyArn=made["managed"])["Versions"]
    assert sorted(version["VersionId"] for version in versions) == ["v1", "v2"]
    attached = account.iam.list_attached_role_policies(RoleName=made["role"].name)["AttachedPolicies"]
    assert [item["PolicyArn"] for item in attached] == [made["managed"]]


def test_objects_and_bucket_policies_are_kept(history):
    account, made = history
    big = account.s3.get_object(Bucket=made["bucket"], Key="big")
    assert big["Body"].read() == b"x" * 3_000_000 and big["Metadata"] == {"note": "kept"}
    keys = [item["Key"] for item in account.s3.list_objects_v2(Bucket=made["bucket"])["Contents"]]
    assert keys == ["a.txt", "b.txt", "big"]
    assert "Deny" in account.s3.get_bucket_policy(Bucket=made["bucket"])["Policy"]


def test_access_keys_and_session_tokens_stay_valid(history):
    account, made = history
    for creds in [made["user"].creds, *made["sessions"]]:
        allowed(account.reads(creds, made["bucket"]))


def test_a_revocation_is_not_forgotten(history):
    account, made = history
    denied(account.reads(made["cut"], made["bucket"]), BY_IDENTITY)
    allowed(account.reads(account.assume(made["cut role"]), made["bucket"]))


def test_events_are_kept(history):
    account, made = history
    counts = counted(list(lookup(account)))
    assert counts[made["event"]] == 1
    assert all(count == 1 for count in counts.values())


def test_ids_and_version_numbers_go_on(history):
    account, made = history
    version = account.iam.create_policy_version(PolicyArn=made["managed"], PolicyDocument=READ)["PolicyVersion"]
    assert version["VersionId"] == "v3"


def test_another_account_id_refuses_to_start(tmp_path):
    with Server(data=tmp_path) as server:
        server.stop()
        other = Server(data=tmp_path, flags=("--account-id", "999999999999"))
        with pytest.raises(ServerFailed, match="before it was ready"):
            other.start()
        other.kill()
        server.start()


def test_a_data_directory_is_opened_by_one_server_only(durable):
    second = Server(data=durable.data)
    with pytest.raises(ServerFailed, match="before it was ready"):
        second.start()
    second.kill()
    assert durable.healthy()


def test_a_copy_without_its_master_key_opens_nothing(tmp_path):
    with Server(data=tmp_path) as server:
        Account(server).make_user("someone")
        server.stop()
        (tmp_path / "master.key").rename(tmp_path.parent / "taken-away.key")
        other = Server(data=tmp_path)
        with pytest.raises(ServerFailed, match="before it was ready"):
            other.start()
        other.kill()
        (tmp_path.parent / "taken-away.key").rename(tmp_path / "master.key")
        server.start()
        allowed(Account(server).iam.list_users)


def test_a_token_of_another_deployment_is_refused(tmp_path):
    with Server(data=tmp_path / "one") as first, Server(data=tmp_path / "two") as second:
        one, two = Account(first), Account(second)
        creds = one.assume(one.make_role(name="same"))
        two.make_role(name="same")
        refused(lambda: two.whoami(creds), "InvalidClientTokenId", 403)


# -- kill -9 under load ------------------------------------------------------------------------------


@dataclass
class Kept:
    """What was acknowledged; each list is written by one kind of writer and read after the kill."""

    users: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, tuple[Creds, str]] = field(default_factory=dict)
    objects: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    surprises: list[BaseException] = field(default_factory=list)

    def requests(self) -> list[str]:
        issued = [request for _, request in self.sessions.values()]
        stored = [request for _, request in self.objects.values()]
        return [*self.users.values(), *issued, *stored]


class Load:
    """Threads that write until the server dies under them."""

    def __init__(self, account: Account, role: Role, bucket: str, kept: Kept) -> None:
        self.account, self.role, self.bucket, self.kept = account, role, bucket, kept
        self.sts = account.client("sts", account.operator.creds)
        self.ending = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(n,)) for n in range(WRITERS)]

    def run(self, seed: int) -> None:
        chance = random.Random(seed)
        while not self.ending.is_set():
            try:
                chance.choice([self.user, self.session, self.object])()
            except BotoCoreError:
                return  # no answer: not acknowledged
            except ClientError as refusal:
                self.kept.surprises.append(refusal)
                return

    def user(self) -> None:
        name = fresh("loaded")
        self.kept.users[name] = request_id(self.account.iam.create_user(UserName=name))

    def session(self) -> None:
        answer = self.sts.assume_role(RoleArn=self.role.arn, RoleSessionName=fresh("loaded"))
        creds = Creds.issued(answer, answer["AssumedRoleUser"]["Arn"])
        self.kept.sessions[creds.access_key] = (creds, request_id(answer))

    def object(self) -> None:
        key, body = fresh("loaded"), random.randbytes(random.choice([10, 5_000, 200_000]))
        answer = self.account.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        self.kept.objects[key] = (body, request_id(answer))


def load_and_kill(server: Server, account: Account, role: Role, bucket: str, seconds: float) -> Kept:
    kept = Kept()
    load = Load(account, role, bucket, kept)
    for thread in load.threads:
        thread.start()
    time.sleep(seconds)
    server.kill()
    load.ending.set()
    for thread in load.threads:
        thread.join(30)
    assert not kept.surprises, kept.surprises
    return kept


def check_kept(account: Account, bucket: str, kept: Kept) -> None:
    for key, (body, _) in kept.objects.items():
        assert account.s3.get_object(Bucket=bucket, Key=key)["Body"].read() == body, key
    for creds, _ in list(kept.sessions.values())[-3:]:
        assert account.whoami(creds)["Arn"] == creds.arn
    for name in list(kept.users)[-3:]:
        account.iam.get_user(UserName=name)


@pytest.mark.timeout(300)
def test_killing_it_fifty_times_under_load_loses_nothing_acknowledged(tmp_path):
    chance = random.Random(20)
    every: list[Kept] = []
    with Server(data=tmp_path, flags=("--quota", "users=100000")) as server:
        account = Account(server)
        role, bucket = account.make_role("loaded", READ), account.make_bucket("loaded")
        assert account.operator
        for _ in range(KILLS):
            every.append(load_and_kill(server, account, role, bucket, chance.uniform(*LOAD_S)))
            server.start()
            check_kept(account, bucket, every[-1])
        for creds, _ in (pair for kept in every for pair in kept.sessions.values()):
            allowed(account.reads(creds, bucket)) if chance.random() < 0.05 else None
        users = account.iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 1000}).build_full_result()
        names = {user["UserName"] for user in users["Users"]}
        assert names >= {name for kept in every for name in kept.users}
        server.stop()
    asked = [request for kept in every for request in kept.requests()]
    assert len(asked) > KILLS * WRITERS, "the load was too light to mean anything"
    events = counted(file_events(tmp_path))
    assert {request: events.get(request) for request in asked} == dict.fromkeys(asked, 1)


def test_a_stopped_upload_leaves_nothing_visible(tmp_path):
    with Server(data=tmp_path) as server:
        account = Account(server)
        bucket = account.make_bucket("halves")
        client = account.s3
        threads = [
            threading.Thread(target=ignore_death, args=(client, bucket, f"half-{n}")) for n in range(3)
        ]
        for thread in threads:
            thread.start()
        time.sleep(0.1)
        server.kill()
        for thread in threads:
            thread.join(30)
        server.start()
        for item in client.list_objects_v2(Bucket=bucket).get("Contents", []):
            body = client.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
            assert len(body) == item["Size"]
            assert item["Key"] == "a.txt" or len(body) == BIG


BIG = 64 * 1024 * 1024


def ignore_death(client, bucket: str, key: str) -> None:
    try:
        client.put_object(Bucket=bucket, Key=key, Body=b"h" * BIG)
    except BotoCoreError:
        pass
