"""Starting: what is said when a start fails, whom the data belong to, which regions and hosts are served."""

from __future__ import annotations

import configparser
import os
import shutil
import socket
import subprocess
from pathlib import Path

import boto3
import pytest

from harness import documents as doc
from harness.account import Account
from harness.audit import event_of
from harness.clients import Creds, configuration
from harness.expect import refused
from harness.raw import Raw
from harness.server import ACCOUNT, Server, binary, free_port

LIMIT_S = 10
OTHER_ACCOUNT = "111122223333"


def portcullis(*words: object, **variables: str) -> tuple[int, str]:
    """Runs a command that ends; gives its exit code and what it said on standard error."""
    env = {n: v for n, v in os.environ.items() if not n.startswith("PORTCULLIS_")} | variables
    done = subprocess.run(
        [binary(), *map(str, words)], env=env, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    return done.returncode, done.stderr


def serve(*flags: object, **variables: str) -> tuple[int, str]:
    return portcullis("serve", "--listen", f"127.0.0.1:{free_port()}", *flags, **variables)


def root_of(data: Path) -> Creds:
    file = configparser.ConfigParser()
    file.read(data / "root-credentials")
    return Creds(file["default"]["aws_access_key_id"], file["default"]["aws_secret_access_key"])


@pytest.fixture(scope="module")
def stopped(tmp_path_factory) -> Path:
    """The data directory of a server that has ended."""
    data = tmp_path_factory.mktemp("stopped") / "data"
    with Server(data=data):
        pass
    return data


@pytest.fixture
def data(stopped: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoiled."""
    return Path(shutil.copytree(stopped, tmp_path / "data"))


# -- starts that fail --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--bogus"], "--bogus"),
        (["--listen", "localhost"], "127.0.0.1:7070"),
        (["--account-id", "12"], "twelve decimal digits"),
        (["--region", "EU WEST"], "eu-west-1"),
        (["--region", ""], "eu-west-1"),
        (["--domain", "http://s3.example.com/"], "a host's name"),
        (["--quota", "users"], "NAME=VALUE"),
        (["--audit-retention", "0"], "1..="),
        (["--trusted-proxy", "everybody"], "--trusted-proxy"),
        (["--ephemeral", "--data", "d"], "--ephemeral"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_flag_is_named_with_what_is_wanted(flags, says):
    code, said = portcullis("serve", *flags)
    assert code == 2 and says in said, said


def test_a_quota_that_does_not_exist_is_answered_with_those_that_do():
    code, said = serve("--ephemeral", "--quota", "unicorns=3")
    assert code != 0 and "unicorns" in said and "access-keys-per-user" in said


@pytest.mark.parametrize(
    ("key", "secret", "says"),
    [
        ("AKIAE2EROOTKEY234567", "", "belong together"),
        ("AKIAE2EROOTKEY234567", "short", "16 characters"),
        ("ASIAE2EROOTKEY234567", "x" * 40, "ASIA"),
    ],
)
def test_half_a_root_key_or_a_bad_one_is_refused_without_its_secret(key, secret, says):
    variables = {"PORTCULLIS_ROOT_ACCESS_KEY_ID": key, "PORTCULLIS_ROOT_SECRET_ACCESS_KEY": secret}
    code, said = serve("--ephemeral", **variables)
    assert code == 1 and says in said
    assert not secret or secret not in said


def test_a_port_in_use_is_named_and_leaves_no_data_directory(server, tmp_path):
    code, said = portcullis("serve", "--listen", f"127.0.0.1:{server.port}", "--data", tmp_path / "new")
    assert code == 1 and str(server.port) in said and "--listen" in said
    assert not (tmp_path / "new").exists()


def test_a_data_directory_has_one_server_at_a_time(durable):
    for command in (["serve", "--listen", f"127.0.0.1:{free_port()}"], ["recover"]):
        code, said = portcullis(*command, "--data", durable.data)
        assert code == 1 and f"{durable.data} is in use" in said, said
    assert durable.healthy()


def test_a_directory_that_cannot_be_had_is_named(tmp_path):
    file = tmp_path / "file"
    file.touch()
    for place in (file, file / "below", Path("/proc/portcullis")):
        code, said = serve("--data", place)
        assert code == 1 and str(place) in said, said


def test_another_account_is_refused_and_none_is_that_of_the_data(tmp_path):
    with Server(data=tmp_path / "data", flags=("--account-id", OTHER_ACCOUNT)) as server:
        assert server.client("sts").get_caller_identity()["Account"] == OTHER_ACCOUNT
    code, said = serve("--data", tmp_path / "data", "--account-id", ACCOUNT)
    assert code == 1 and OTHER_ACCOUNT in said
    with Server(data=tmp_path / "data") as server:
        assert server.client("sts").get_caller_identity()["Account"] == OTHER_ACCOUNT


def test_data_do_not_open_without_their_master_key(data, tmp_path):
    key = data / "master.key"
    kept = key.read_bytes()
    with Server(data=tmp_path / "other"):
        pass
    another = (tmp_path / "other" / "master.key").read_bytes()
    for content, says in ((b"\x00" * 40, "cannot be used"), (another, "under another one"), (None, "put the key back")):
        if content is None:
            key.unlink()
        else:
            key.write_bytes(content)
        code, said = serve("--data", data)
        assert code == 1 and str(key) in said and says in said, said
    key.write_bytes(kept)
    key.chmod(0o644)
    code, said = serve("--data", data)
    assert code == 1 and "set its mode to 600" in said
    key.chmod(0o600)
    with Server(data=data) as server:
        assert server.client("iam").list_users()["Users"] == []


def test_a_damaged_store_is_not_served(data):
    store = data / "store.redb"
    store.write_bytes(os.urandom(4096) + store.read_bytes()[4096:])
    code, said = serve("--data", data)
    assert code == 1 and "damaged" in said


# -- recover -----------------------------------------------------------------------------------


def test_recover_makes_a_root_key_and_ends_the_old_one(data):
    code, said = portcullis("recover", "--data", data)
    assert code == 0, said
    made = root_of(data)
    with Server(data=data, root=made, env={"PORTCULLIS_ROOT_ACCESS_KEY_ID": "", "PORTCULLIS_ROOT_SECRET_ACCESS_KEY": ""}) as server:
        assert server.client("sts").get_caller_identity()["Arn"].endswith(":root")
        old = server.client("sts", Creds("AKIAE2EROOTKEY234567", "e2eRootCanary/0123456789abcdefghijABCDEF"))
        refused(old.get_caller_identity, "InvalidClientTokenId", 403)
        assert "RootAccessKeyReplaced" in [event["EventName"] for event in server.client("cloudtrail").lookup_events()["Events"]]


def test_recover_makes_no_new_deployment(tmp_path):
    code, said = portcullis("recover", "--data", tmp_path / "slip of the pen")
    assert code == 1 and "slip of the pen" in said
    assert not (tmp_path / "slip of the pen").exists()


# -- regions -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def europe():
    with Server(flags=("--region", "eu-west-1")) as server:
        yield server


def at(server: Server, service: str, region: str):
    return server.maker.client(service, server.root, region=region)


def test_another_region_than_the_default_is_served(europe):
    s3 = at(europe, "s3", "eu-west-1")
    where = {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket="europe", CreateBucketConfiguration=where)
    refused(lambda: s3.create_bucket(Bucket="europe", CreateBucketConfiguration=where), "BucketAlreadyOwnedByYou", 409)
    refused(lambda: s3.create_bucket(Bucket="nowhere"), "IllegalLocationConstraintException", 400)
    refused(
        lambda: s3.create_bucket(Bucket="nowhere", CreateBucketConfiguration={"LocationConstraint": "eu-west-2"}),
        "IllegalLocationConstraintException", 400,
    )  # fmt: skip
    assert s3.get_bucket_location(Bucket="europe")["LocationConstraint"] == "eu-west-1"
    assert s3.head_bucket(Bucket="europe")["BucketRegion"] == "eu-west-1"
    assert at(europe, "sts", "eu-west-1").get_caller_identity()["Account"] == ACCOUNT


def test_global_services_take_the_global_region_and_no_third_one(europe):
    for service, call in (("iam", "list_users"), ("sts", "get_caller_identity")):
        for region in ("eu-west-1", "us-east-1"):
            getattr(at(europe, service, region), call)()
        refused(getattr(at(europe, service, "eu-central-1"), call), "SignatureDoesNotMatch", 403, "eu-west-1")


def test_requested_region_and_event_say_which_region_was_meant(europe):
    account = Account(europe)
    rows = (
        ("iam", "eu-west-1", "list_users", "us-east-1"),
        ("iam", "us-east-1", "list_users", "us-east-1"),
        ("sts", "eu-west-1", "get_caller_identity", "eu-west-1"),
        ("sts", "us-east-1", "get_caller_identity", "us-east-1"),
        ("s3", "eu-west-1", "list_buckets", "eu-west-1"),
    )
    trail = at(europe, "cloudtrail", "eu-west-1")
    account.client = lambda service: trail
    for service, region, call, meant in rows:
        answer = getattr(at(europe, service, region), call)()
        assert event_of(account, answer)["awsRegion"] == meant, (service, region)
    only = doc.allow(["iam:ListUsers", "s3:ListAllMyBuckets"], StringEquals={"aws:RequestedRegion": "us-east-1"})
    user = Account(europe).make_user("us", doc.policy(only))
    europe.maker.client("iam", user.creds, region="eu-west-1").list_users()
    refused(europe.maker.client("s3", user.creds, region="eu-west-1").list_buckets, "AccessDenied", 403)


def test_s3_clients_find_the_region_by_themselves(europe):
    """boto3 signs again for the region that a refusal names; one without a body names it in a header."""
    where = {"LocationConstraint": "eu-west-1"}
    at(europe, "s3", "eu-west-1").create_bucket(Bucket="found", CreateBucketConfiguration=where)
    astray = at(europe, "s3", "us-east-1")
    assert astray.head_bucket(Bucket="found")["BucketRegion"] == "eu-west-1"
    astray.put_object(Bucket="found", Key="k", Body=b"x")
    assert astray.get_object(Bucket="found", Key="k")["Body"].read() == b"x"
    refused(astray.list_buckets, "AuthorizationHeaderMalformed", 400, "eu-west-1")


def test_any_region_and_regions_of_ones_own():
    with Server(flags=("--region", "any")) as server:
        for region in ("us-east-1", "eu-west-1", "cellar-1"):
            more = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region != "us-east-1" else {}
            s3 = at(server, "s3", region)
            s3.create_bucket(Bucket=f"in-{region}", **more)
            assert (s3.get_bucket_location(Bucket=f"in-{region}")["LocationConstraint"] or "us-east-1") == region
            at(server, "iam", region).list_users()


# -- hosts -------------------------------------------------------------------------------------


def test_a_domain_makes_hosts_of_buckets():
    with Server(flags=("--domain", "S3.localhost", "--domain", "cellar.test")) as server:
        owner, raw = Account(server), Raw(server)
        bucket = owner.make_bucket("host")
        for host in (f"{bucket}.s3.localhost", f"{bucket}.cellar.test:7070", f"{bucket}.S3.LOCALHOST"):
            raw.host = host
            answer = raw.signed("GET", "/a.txt", server.root)
            assert (answer.status, answer.body) == (200, b"content of a.txt"), host
        raw.host = f"{bucket}.elsewhere.test"
        assert raw.signed("GET", f"/{bucket}/a.txt", server.root).status == 200, "another host's paths begin with a bucket"
        raw.host = "s3.localhost"
        assert raw.signed("GET", f"/{bucket}/a.txt", server.root).status == 200


def test_boto3_speaks_to_hosts_of_buckets(monkeypatch):
    # Every name is this machine, as a wild-card record of a name server would have it.
    resolve = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *more, **named: resolve("127.0.0.1", *more, **named))
    with Server(flags=("--domain", "localhost")) as server:
        s3 = boto3.client(
            "s3",
            region_name="us-east-1",
            endpoint_url=f"http://localhost:{server.port}",
            aws_access_key_id=server.root.access_key,
            aws_secret_access_key=server.root.secret,
            config=configuration("s3", s3={"addressing_style": "virtual"}),
        )
        sent: list[str] = []
        s3.meta.events.register("before-send.s3", lambda request, **_: sent.append(request.url))
        s3.create_bucket(Bucket="virtual")
        s3.put_object(Bucket="virtual", Key="a b/ü", Body=b"x")
        assert s3.get_object(Bucket="virtual", Key="a b/ü")["Body"].read() == b"x"
        assert [item["Key"] for item in s3.list_objects_v2(Bucket="virtual")["Contents"]] == ["a b/ü"]
        assert all(url.startswith("http://virtual.localhost:") for url in sent), sent
