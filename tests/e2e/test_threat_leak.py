"""Class LEAK: no secret leaves through a log, an event, a file or an error; no event is lost."""

from __future__ import annotations

import gzip
import resource
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from harness import documents as doc
from harness.account import Account, fresh
from harness.audit import counted, file_events, lookup
from harness.clients import Creds
from harness.expect import request_id
from harness.raw import Raw
from harness.server import ROOT_SECRET, Server

EVERYTHING = doc.policy(doc.allow("*"))

# -- LEAK-1: canaries ------------------------------------------------------------------------


class Spoken:
    """Every secret the server gave out and every byte it said besides."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {"root secret": ROOT_SECRET}
        self.errors: list[str] = []

    def keep(self, name: str, creds: Creds) -> Creds:
        self.secrets[f"secret of {name}"] = creds.secret
        if creds.token:
            self.secrets[f"token of {name}"] = creds.token
        return creds

    def provoke(self, call) -> None:
        try:
            call()
        except ClientError as refusal:
            self.errors.append(str(refusal.response))
        except BotoCoreError:
            pass


def use_everything(account: Account, spoken: Spoken) -> None:
    """Issues each kind of credential and uses it well, badly and in the wrong place."""
    bucket = account.make_bucket("canary")
    user = account.make_user("canary", EVERYTHING)
    role = account.make_role("canary", EVERYTHING)
    held = {
        "user": user.creds,
        "session": account.session_token(user.creds),
        "federated": account.federate(user.creds, "guest", EVERYTHING),
        "role": account.assume(role, by=user.creds),
        "root session": account.session_token(account.root),
    }
    raw = Raw(account.server)
    for name, creds in held.items():
        spoken.keep(name, creds)
        account.reads(creds, bucket)()
        for call in (
            lambda c=creds: account.whoami(Creds(c.access_key, c.secret + "x", c.token)),
            lambda c=creds: account.whoami(Creds(c.access_key, c.secret, (c.token or "") + "AAAA")),
            lambda c=creds: account.whoami(Creds("AKIAUNKNOWNUNKNOWN22", c.secret, c.token)),
            account.reads(Creds(creds.access_key, creds.secret + "x", creds.token), bucket),
            lambda c=creds: account.client("iam", c).create_user(UserName="not/a/name"),
            lambda c=creds: account.client("iam", c).delete_role(RoleName="absent"),
        ):
            spoken.provoke(call)
        raw.send(raw.presigned("GET", f"/{bucket}/a.txt", creds))
        spoken.errors.append(raw.send(raw.presigned("GET", f"/{bucket}/a.txt", creds, expires="0")).text)


def readable(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def leaks(text: bytes, spoken: Spoken) -> list[str]:
    return [name for name, secret in spoken.secrets.items() if secret.encode() in text]


@pytest.mark.parametrize("level", ["info", "trace"])
def test_leak_1_no_secret_or_token_is_in_any_file_log_event_or_error(tmp_path, level):
    spoken = Spoken()
    with Server(data=tmp_path, env={"PORTCULLIS_LOG": level}) as server:
        account = Account(server)
        use_everything(account, spoken)
        events = list(lookup(account))
        assert len(events) > 40
        assert leaks(str(events).encode(), spoken) == []
        log = server.log().encode()
        server.stop()
        assert leaks(log + server.log().encode(), spoken) == []
        assert leaks("\n".join(spoken.errors).encode(), spoken) == []
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert any(path.suffix == ".gz" for path in files)
        assert {path.name: leaks(readable(path), spoken) for path in files if leaks(readable(path), spoken)} == {}


def test_leak_1_a_secret_given_where_a_name_belongs_is_not_repeated_as_a_key(tmp_path):
    """A person who swaps the two halves of a key must not find the secret in the history."""
    with Server(data=tmp_path) as server:
        account = Account(server)
        swapped = Creds(ROOT_SECRET.replace("/", "+"), account.root.access_key)
        with pytest.raises(ClientError):
            account.whoami(swapped)
        server.stop()
        assert ROOT_SECRET.replace("/", "+") not in server.log()


def test_leak_1_the_data_directory_is_for_its_owner_only(tmp_path):
    with Server(data=tmp_path / "made") as server:
        Account(server).make_user("someone")
        key = server.data / "master.key"
        assert key.stat().st_mode & 0o777 == 0o600
        for path in server.data.rglob("*"):
            assert path.stat().st_mode & 0o077 == 0 or server.data.stat().st_mode & 0o077 == 0, path


def test_leak_1_a_generated_root_key_is_in_a_file_and_never_in_the_log(tmp_path):
    server = Server(data=tmp_path)
    server.env = {"PORTCULLIS_ROOT_ACCESS_KEY_ID": "", "PORTCULLIS_ROOT_SECRET_ACCESS_KEY": ""}
    given = server.environment

    def without_root_key() -> dict[str, str]:
        return {k: v for k, v in given().items() if not k.startswith("PORTCULLIS_ROOT")}

    server.environment = without_root_key
    with server:
        named = [word.strip("\"'`,.") for word in server.log().split() if str(tmp_path) in word]
        files = [Path(word) for word in named if Path(word).is_file()]
        key_files = [path for path in files if "AKIA" in path.read_text(errors="ignore")]
        assert key_files, "the log names the file with the root key"
        text = key_files[0].read_text()
        assert key_files[0].stat().st_mode & 0o777 == 0o600
        secrets = [word for word in text.replace("=", " ").replace('"', " ").split() if len(word) == 40]
        assert secrets and not any(secret in server.log() for secret in secrets)


# -- LEAK-3: what callers write into the history ------------------------------------------------

NASTY = ['a"b', "a\\b", "a\r\nb: c", "\u0000x", "{\"errorCode\":\"none\"}", "\u2028line", "é" * 500, "</Event>"]


def test_leak_3_hostile_text_stays_inside_its_field(account, server):
    raw = Raw(server)
    bucket = account.make_bucket("hostile")
    made: list[tuple[str, str]] = []
    for text in NASTY:
        key = text.replace("\u0000", "")
        answer = account.s3.put_object(Bucket=bucket, Key=key, Body=b"x")
        made.append((request_id(answer), key))
    events = {event["requestID"]: event for event in lookup(account, EventName="PutObject")}
    for request, key in made:
        assert events[request]["requestParameters"]["key"] == key
    for agent in ("a\"b\\c", "tab\there", "{}", "x" * 5000, "\u00e9\u2028", "b\udcff\udcfe"):
        request = raw.query_call("sts", "GetCallerIdentity", account.root).with_header("User-Agent", agent)
        answer = raw.send(request)
        if answer.status == 200:
            found = [e for e in lookup(account, EventName="GetCallerIdentity") if e.get("requestID") == answer.request_id]
            assert len(found) == 1
            assert len(found[0]["userAgent"].encode()) <= 1024


def test_leak_3_a_line_break_in_a_header_is_refused_whole(server):
    raw = Raw(server)
    data = f"GET / HTTP/1.1\r\nHost: {raw.host}\r\nUser-Agent: a\x00b\r\nConnection: close\r\n\r\n"
    assert raw.exchange(data.encode()).status in (0, 400)
    assert server.alive()


def test_leak_3_tags_and_session_names_are_escaped_in_events(account):
    trusted = doc.trust(account.operator.arn, actions=["sts:AssumeRole", "sts:TagSession"])
    role = account.make_role("escaped", trust=trusted)
    value = "a/b:c=d+e-f@g é"
    account.assume(role, name="x=,.@-y", Tags=[{"Key": "note", "Value": value}])
    event = next(e for e in lookup(account, EventName="AssumeRole"))
    assert event["requestParameters"]["tags"] == [{"key": "note", "value": value}]
    assert event["requestParameters"]["roleSessionName"] == "x=,.@-y"


# -- LEAK-4: no acknowledged change without its event ----------------------------------------------


def test_leak_4_a_full_disk_refuses_changes_and_loses_no_acknowledged_one(tmp_path):
    """A limit on file size stands for the full disk: every write past it fails."""
    with Server(data=tmp_path) as server:
        account = Account(server)
        account.make_user("before")
        fullest = max(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
        set_limit(server, fullest + 64 * 1024)
        acknowledged, refusals = fill(account)
        assert refusals, "the disk was never full"
        assert all(status >= 500 for status in refusals), refusals
        server.kill()
        server.start()
        account = Account(server)
        names = {u["UserName"] for u in account.iam.get_paginator("list_users").paginate().build_full_result()["Users"]}
        account.make_user("afterwards")
        server.stop()
        events = counted(file_events(tmp_path))
        for name, request in acknowledged.items():
            assert name in names
            assert events.get(request) == 1, name


def set_limit(server: Server, size: int) -> None:
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def fill(account: Account) -> tuple[dict[str, str], list[int]]:
    """Creates users with large tags until the server refuses; what was acknowledged and how it refused."""
    acknowledged: dict[str, str] = {}
    refusals: list[int] = []
    tags = [{"Key": f"k{n}", "Value": f"{n:03d}" + "v" * 250} for n in range(50)]
    for _ in range(1500):
        name = fresh("filler")
        try:
            acknowledged[name] = request_id(account.iam.create_user(UserName=name, Tags=tags))
        except ClientError as refusal:
            refusals.append(refusal.response["ResponseMetadata"]["HTTPStatusCode"])
            if len(refusals) >= 3:
                break
        except BotoCoreError:
            break  # the process gave up; what it acknowledged must be there all the same
    return acknowledged, refusals


def test_leak_4_the_event_of_the_last_answer_survives_kill_9(tmp_path):
    with Server(data=tmp_path) as server:
        account = Account(server)
        bucket = account.make_bucket("last")
        for _ in range(5):
            account = Account(server)
            write = request_id(account.iam.create_user(UserName=fresh("last")))
            read = request_id(account.reads(account.root, bucket)())
            with pytest.raises(ClientError) as caught:
                account.whoami(Creds(account.root.access_key, "x" * 40))
            server.kill()
            server.start()
            seen = counted(list(lookup(Account(server))))
            refusal = request_id(caught.value.response)
            assert [seen.get(request) for request in (write, read, refusal)] == [1, 1, 1]
