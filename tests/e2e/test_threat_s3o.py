"""Class S3O: objects are reached only through the decision, whatever the key, header or list."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from harness import documents as doc
from harness.account import Account, fresh
from harness.expect import BY_IDENTITY, allowed, denied
from harness.raw import Raw
from harness.server import Server
from harness.sigv4 import encode

ALL_S3 = doc.policy(doc.allow("s3:*"))


@pytest.fixture(scope="module")
def raw(server):
    return Raw(server)


# -- S3O-1: copying what may not be read ----------------------------------------------------


@pytest.fixture
def thief(account):
    """May write everywhere in its own bucket and read nothing of the vault."""
    own, vault = account.make_bucket("own"), account.make_bucket("vault", "secret.txt")
    user = account.make_user("thief", doc.policy(doc.allow("s3:*", [doc.bucket_arn(own), doc.bucket_arn(own, "*")])))
    return user.creds, own, vault


def test_s3o_1_copying_needs_to_read_the_source(account, thief):
    creds, own, vault = thief
    s3 = account.client("s3", creds)
    source = {"Bucket": vault, "Key": "secret.txt"}
    denied(lambda: s3.copy_object(Bucket=own, Key="copy", CopySource=source))
    upload = s3.create_multipart_upload(Bucket=own, Key="parts")["UploadId"]
    denied(
        lambda: s3.upload_part_copy(Bucket=own, Key="parts", UploadId=upload, PartNumber=1, CopySource=source)
    )
    allowed(lambda: s3.copy_object(Bucket=own, Key="copy", CopySource={"Bucket": own, "Key": "a.txt"}))
    assert s3.get_object(Bucket=own, Key="copy")["Body"].read() == b"content of a.txt"


@pytest.mark.parametrize(
    "form",
    ["{v}/secret.txt", "/{v}/secret.txt", "{v}%2Fsecret.txt", "//{v}/secret.txt", "{v}/secret.txt?versionId=null",
     "{v}/secret%2Etxt", "{o}/../{v}/secret.txt", "arn:aws:s3:::{v}/secret.txt", ".", "/", "%", "{v}", "{v}/", "%zz/%zz", ""],
)  # fmt: skip
def test_s3o_1_odd_copy_sources_never_open_the_source(account, raw, thief, server, form):
    creds, own, vault = thief
    source = form.format(v=vault, o=own)
    answer = raw.signed("PUT", f"/{own}/stolen", creds, headers=[("x-amz-copy-source", source)])
    assert answer.status in (400, 403, 404), answer
    assert server.alive()
    with pytest.raises(ClientError):
        account.s3.head_object(Bucket=own, Key="stolen")


def test_s3o_1_a_deny_on_the_source_beats_a_grant_on_everything(account, thief):
    _, own, vault = thief
    user = account.make_user("rich", ALL_S3)
    account.bucket_policy(vault, doc.bucket_deny(vault, {"AWS": user.arn}))
    s3 = account.client("s3", user.creds)
    denied(lambda: s3.copy_object(Bucket=own, Key="copy", CopySource=f"{vault}/secret.txt"))


# -- S3O-2: keys are bytes --------------------------------------------------------------------

ODD_KEYS = [
    "..", "../up", "a/../b", "a/./b", "/leading", "a//b", "trailing/", "dot.", "space ", " space", "back\\slash",
    "%2e%2e/x", "%00", "new\nline", "tab\there", "plus+and space", "ümläut/日本語", "?query=1", "#fragment",
    "a&b=c", "con", ".portcullis", "quote\"'<>", "\x7f", "e\u0301", "\u00e9", "k" * 1024,
]  # fmt: skip


@pytest.fixture(scope="module")
def odd_bucket(account):
    return account.make_bucket("keys")


@pytest.mark.parametrize("key", ODD_KEYS, ids=[repr(key)[:24] for key in ODD_KEYS])
def test_s3o_2_every_key_is_stored_and_read_back_as_it_is(account, raw, odd_bucket, key):
    body = b"body of " + key.encode()
    path = f"/{odd_bucket}/{encode(key, safe='/')}"
    put = raw.signed("PUT", path, account.root, body=body)
    if put.status == 400:
        return  # refusing a key outright is allowed; storing it elsewhere is not
    assert put.status == 200, put
    assert raw.signed("GET", path, account.root).body == body
    listed = account.s3.list_objects_v2(Bucket=odd_bucket, Prefix=key)["Contents"]
    assert key in [item["Key"] for item in listed]
    assert raw.signed("DELETE", path, account.root).status == 204
    assert raw.signed("GET", path, account.root).status == 404


def test_s3o_2_a_key_of_1025_bytes_is_too_long(account, raw):
    bucket = account.make_bucket("long")
    answer = raw.signed("PUT", f"/{bucket}/{'k' * 1025}", account.root, body=b"x")
    assert (answer.status, answer.code) == (400, "KeyTooLongError")


def test_s3o_2_a_key_of_broken_utf_8_is_refused_or_kept(account, raw, server):
    bucket = account.make_bucket("utf")
    for path in ("%ff%fe", "%c3", "a%80b", "%", "%2", "%zz"):
        answer = raw.signed("PUT", f"/{bucket}/{path}", account.root, body=b"x")
        assert answer.status in (200, 400, 403), answer
    assert server.alive()


def test_s3o_2_different_spellings_of_a_key_are_different_objects(account):
    bucket = account.make_bucket("spell")
    keys = ["a", "A", "a ", "a/", "/a", "./a", "e\u0301", "\u00e9"]
    for key in keys:
        account.s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    for key in keys:
        assert account.s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    assert len(account.s3.list_objects_v2(Bucket=bucket)["Contents"]) == len(keys) + 1  # and a.txt


@pytest.mark.parametrize("name", ["..", ".hidden", "_portcullis", "Upper", "a", "a" * 64, "192.168.0.1", "a..b", "a_b", "client", "token", "authorize"])
def test_s3o_2_a_bucket_cannot_have_a_name_that_means_something_else(account, raw, server, name):
    answer = raw.signed("PUT", f"/{name}", account.root)
    assert 400 <= answer.status < 500, answer
    assert server.alive()


def test_s3o_2_no_key_leaves_the_data_directory(tmp_path):
    data = tmp_path / "deep" / "data"
    data.mkdir(parents=True)
    with Server(data=data) as durable:
        account, raw = Account(durable), Raw(durable)
        bucket = account.make_bucket("traverse")
        for key in ("../../escaped", "..%2f..%2fescaped", "%2e%2e/%2e%2e/escaped", "/etc/portcullis-escaped", "a/../../../escaped"):
            raw.signed("PUT", f"/{bucket}/{key}", account.root, body=b"escape")
    outside = [path for path in tmp_path.rglob("*escaped*")]
    assert not outside and not Path("/etc/portcullis-escaped").exists()


# -- S3O-3: conditions on listing ---------------------------------------------------------------


@pytest.fixture(scope="module")
def shared(account):
    """Bob may list his own folder only."""
    keys = [f"home/{who}/{n}.txt" for who in ("alice", "bob") for n in range(3)]
    bucket = account.make_bucket("shared", *keys)
    permitted = doc.policy(doc.allow("s3:ListBucket", doc.bucket_arn(bucket), StringLike={"s3:prefix": "home/bob/*"}))
    return account.make_user("bob", permitted).creds, bucket


def test_s3o_3_listing_is_held_to_the_prefix(account, shared):
    creds, bucket = shared
    s3 = account.client("s3", creds)
    found = allowed(lambda: s3.list_objects_v2(Bucket=bucket, Prefix="home/bob/"))
    assert [item["Key"] for item in found["Contents"]] == [f"home/bob/{n}.txt" for n in range(3)]
    allowed(lambda: s3.list_objects(Bucket=bucket, Prefix="home/bob/"))
    for prefix in ("", "home/", "home/bob", "home/alice/", "HOME/BOB/", "home%2Fbob%2F"):
        denied(lambda prefix=prefix: s3.list_objects_v2(Bucket=bucket, Prefix=prefix))
    denied(lambda: s3.list_objects_v2(Bucket=bucket))
    up = allowed(lambda: s3.list_objects_v2(Bucket=bucket, Prefix="home/bob/../alice/"))
    assert up["KeyCount"] == 0


def test_s3o_3_start_after_does_not_widen_the_prefix(account, shared):
    creds, bucket = shared
    s3 = account.client("s3", creds)
    found = s3.list_objects_v2(Bucket=bucket, Prefix="home/bob/", StartAfter="home/alice/")
    assert {item["Key"].split("/")[1] for item in found["Contents"]} == {"bob"}
    assert "Contents" not in s3.list_objects(Bucket=bucket, Prefix="home/bob/", Marker="home/c")


def test_s3o_3_a_continuation_token_is_bound_to_its_list(account, shared):
    creds, bucket = shared
    s3 = account.client("s3", creds)
    foreign = account.s3.list_objects_v2(Bucket=bucket, MaxKeys=1)["NextContinuationToken"]
    own = s3.list_objects_v2(Bucket=bucket, Prefix="home/bob/", MaxKeys=1)["NextContinuationToken"]
    rest = s3.list_objects_v2(Bucket=bucket, Prefix="home/bob/", ContinuationToken=own)
    assert len(rest["Contents"]) == 2
    denied(lambda: s3.list_objects_v2(Bucket=bucket, ContinuationToken=own))
    for token in (foreign, "made up", own[:-2] + "AA", own + "A"):
        try:
            found = s3.list_objects_v2(Bucket=bucket, Prefix="home/bob/", ContinuationToken=token)
        except ClientError as refusal:
            assert refusal.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)
        else:
            assert all(item["Key"].startswith("home/bob/") for item in found.get("Contents", []))


# -- S3O-4: a Deny counts in every handler ----------------------------------------------------------


def test_s3o_4_an_explicit_deny_wins_on_extra_permissions_too(account):
    bucket = account.make_bucket("extra")
    user = account.make_user("almost", doc.policy(doc.allow("*"), doc.deny(["s3:PutObjectTagging", "s3:PutObjectAcl"])))
    s3 = account.client("s3", user.creds)
    allowed(lambda: s3.put_object(Bucket=bucket, Key="plain", Body=b"x"))
    denied(lambda: s3.put_object(Bucket=bucket, Key="tagged", Body=b"x", Tagging="a=b"), BY_IDENTITY)
    denied(lambda: s3.create_multipart_upload(Bucket=bucket, Key="tagged", Tagging="a=b"), BY_IDENTITY)
    denied(
        lambda: s3.copy_object(
            Bucket=bucket, Key="tagged", CopySource=f"{bucket}/a.txt", TaggingDirective="REPLACE", Tagging="a=b"
        ),
        BY_IDENTITY,
    )
    denied(lambda: s3.put_object(Bucket=bucket, Key="acl", Body=b"x", ACL="bucket-owner-full-control"), BY_IDENTITY)
    keys = [item["Key"] for item in account.s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert keys == ["a.txt", "plain"]


def test_s3o_4_deleting_many_refuses_each_denied_key_alone(account):
    bucket = account.make_bucket("many", "free/1", "kept/1")
    document = doc.policy(doc.allow("s3:*"), doc.deny("s3:DeleteObject", doc.bucket_arn(bucket, "kept/*")))
    s3 = account.client("s3", account.make_user("cleaner", document).creds)
    wanted = {"Objects": [{"Key": "free/1"}, {"Key": "kept/1"}]}
    answer = s3.delete_objects(Bucket=bucket, Delete=wanted)
    assert [item["Key"] for item in answer["Deleted"]] == ["free/1"]
    assert [(item["Key"], item["Code"]) for item in answer["Errors"]] == [("kept/1", "AccessDenied")]
    account.s3.head_object(Bucket=bucket, Key="kept/1")


# -- S3O-5, S3O-6: headers -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["x-portcullis-internal-size", "x-amz-replication-status", "x-amz-meta-x-amz-server-side-encryption-sealed-key",
     "x-minio-source-etag", "x-amz-object-lock-mode-internal", "x-amz-version-id"],
)  # fmt: skip
def test_s3o_5_internal_looking_headers_change_nothing(account, raw, name):
    bucket = account.make_bucket("internal")
    path = f"/{bucket}/odd.txt"
    answer = raw.signed("PUT", path, account.root, body=b"body", headers=[(name, "1")], extra_signed=(name,))
    assert answer.status in (200, 400, 501), answer
    if answer.status == 200:
        assert raw.signed("GET", path, account.root).body == b"body"
        assert account.s3.head_object(Bucket=bucket, Key="odd.txt")["ContentLength"] == 4


@pytest.mark.parametrize("override", ["response-content-type", "response-content-disposition", "response-cache-control"])
def test_s3o_6_response_overrides_cannot_inject_headers(account, raw, override):
    bucket = account.make_bucket("inject")
    query = f"{override}={encode('text/plain' + chr(13) + chr(10) + 'X-Injected: yes')}"
    answer = raw.signed("GET", f"/{bucket}/a.txt", account.root, query=query)
    assert answer.header("X-Injected") is None
    assert answer.status in (200, 400)


def test_s3o_6_control_an_ordinary_override_works(account, raw):
    bucket = account.make_bucket("override")
    answer = raw.signed("GET", f"/{bucket}/a.txt", account.root, query="response-content-type=text%2Fcsv")
    assert (answer.status, answer.header("content-type")) == (200, "text/csv")


def test_s3o_6_anonymous_callers_cannot_override(account, raw):
    bucket = account.make_bucket("public")
    account.s3.delete_public_access_block(Bucket=bucket)
    account.bucket_policy(bucket, doc.allow("s3:GetObject", doc.bucket_arn(bucket, "*"), "*"))
    bare = f"HTTP/1.1\r\nHost: {raw.host}\r\nConnection: close\r\n\r\n"
    assert raw.exchange(f"GET /{bucket}/a.txt {bare}".encode()).body == b"content of a.txt"
    answer = raw.exchange(f"GET /{bucket}/a.txt?response-content-type=text%2Fhtml {bare}".encode())
    assert answer.status == 400 and b"content of" not in answer.body


def test_s3o_6_metadata_cannot_inject_headers(account, raw):
    bucket = account.make_bucket("meta")
    key = fresh("meta")
    for value in ("a\r\n X-Injected: yes", "a\tb", "=?UTF-8?B?DQpYLUluamVjdGVkOiB5ZXM=?="):
        answer = raw.signed("PUT", f"/{bucket}/{key}", account.root, body=b"x", headers=[("x-amz-meta-note", value)])
        if answer.status == 200:
            assert raw.signed("GET", f"/{bucket}/{key}", account.root).header("X-Injected") is None


def test_every_object_reply_is_safe_to_open_in_a_browser(account, raw):
    bucket = account.make_bucket("browser")
    for method in ("GET", "HEAD"):
        answer = raw.signed(method, f"/{bucket}/a.txt", account.root)
        assert answer.header("X-Content-Type-Options") == "nosniff"
        assert answer.header("Content-Security-Policy") == "sandbox"


def test_the_server_is_alive_after_all_of_this(server):
    assert server.alive() and server.healthy()
