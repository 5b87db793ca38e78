"""The clients that people bring along besides AWS's own: s3cmd, rclone, restic, curl; and what other SDKs send."""

from __future__ import annotations

import base64
import filecmp
import os
from pathlib import Path
from urllib.request import urlopen

import pytest

from harness import documents as doc
from harness.account import fresh
from harness.raw import Raw
from harness.tools import Tools

MIB = 1024 * 1024
NAMES = ["plain.txt", "sp ace", "plus+sign", "per%41cent", "ünïcödé ☃", "a&b<c>'d\"", "q?x=1#y", "sub/deep/er.txt", "empty"]


@pytest.fixture
def tools(server, tmp_path: Path) -> Tools:
    return Tools(server, tmp_path / "home")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Files with difficult names, and one that is uploaded in parts."""
    folder = tmp_path / "tree"
    for name in NAMES:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("" if name == "empty" else f"content of {name}")
    (folder / "big.bin").write_bytes(os.urandom(11 * MIB))
    return folder


def same(left: Path, right: Path) -> bool:
    found = filecmp.dircmp(left, right)
    parts = [found.left_only, found.right_only, found.diff_files, found.funny_files]
    return not any(parts) and all(same(left / name, right / name) for name in found.common_dirs)


def session_for(account, bucket: str):
    """A session that may do anything with one bucket; also its role, to take that away."""
    inside = doc.allow("s3:*", [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"])
    role = account.make_role("tool", doc.policy(inside))
    return role, account.assume(role)


# -- s3cmd -------------------------------------------------------------------------------------


def test_s3cmd_keeps_a_tree(tools, tree, tmp_path):
    def s3cmd(*words):
        return tools.ok(*tools.s3cmd(*words))

    bucket = f"s3://{fresh('s3cmd')}"
    s3cmd("mb", bucket)
    assert "upload" in s3cmd("sync", "--multipart-chunk-size-mb=5", f"{tree}/", f"{bucket}/tree/")
    assert "upload" not in s3cmd("sync", f"{tree}/", f"{bucket}/tree/"), "nothing is left to do"
    s3cmd("sync", f"{bucket}/tree/", f"{tmp_path}/back/")
    assert same(tree, tmp_path / "back")
    assert f"{len(NAMES) + 1} objects" in s3cmd("du", bucket)

    s3cmd("put", "--mime-type=text/x-test", "--add-header=x-amz-meta-colour:blue", tree / "plain.txt", f"{bucket}/one")
    shown = s3cmd("info", f"{bucket}/one")
    assert "text/x-test" in shown and "x-amz-meta-colour: blue" in shown
    s3cmd("modify", "--add-header=x-amz-meta-shape:round", f"{bucket}/one")
    assert "x-amz-meta-shape: round" in s3cmd("info", f"{bucket}/one")
    s3cmd("cp", f"{bucket}/tree/plus+sign", f"{bucket}/copied +")
    s3cmd("mv", f"{bucket}/copied +", f"{bucket}/moved")
    assert s3cmd("get", f"{bucket}/moved", "-") == "content of plus+sign"
    s3cmd("rm", "--recursive", "--force", bucket)
    s3cmd("rb", bucket)


def test_s3cmd_sets_policies_and_no_acls(tools, account, tmp_path):
    bucket = account.make_bucket("s3cmd")
    file = tmp_path / "policy.json"
    file.write_text(doc.policy(doc.deny("s3:GetObject", doc.bucket_arn(bucket, "*"), "*")))
    tools.ok(*tools.s3cmd("setpolicy", file, f"s3://{bucket}"))
    assert "Deny" in tools.ok(*tools.s3cmd("info", f"s3://{bucket}"))
    assert "403" in tools.fails(*tools.s3cmd("get", f"s3://{bucket}/a.txt", "-"))
    tools.ok(*tools.s3cmd("delpolicy", f"s3://{bucket}"))
    assert tools.ok(*tools.s3cmd("get", f"s3://{bucket}/a.txt", "-")) == "content of a.txt"
    tools.ok(*tools.s3cmd("setacl", "--acl-private", f"s3://{bucket}/a.txt"))
    refusal = tools.fails(*tools.s3cmd("setacl", "--acl-public", f"s3://{bucket}/a.txt"))
    assert "AccessControlListNotSupported" in refusal


# -- rclone ------------------------------------------------------------------------------------


@pytest.mark.parametrize("remote", ["old", "new"])
def test_rclone_keeps_a_tree(tools, tree, tmp_path, remote):
    def rclone(*words):
        done = tools.run("rclone", *words, "--s3-upload-cutoff", "5M", "--s3-chunk-size", "5M", "--s3-copy-cutoff", "5M")
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode() + done.stderr.decode()

    there = f"{remote}:{fresh('rclone')}"
    os.utime(tree / "plus+sign", ns=(0, 981_173_106_123_456_789))
    rclone("sync", tree, there)
    assert "0 differences" in rclone("check", "--download", tree, there)
    assert "nothing to transfer" in rclone("sync", tree, there, "-v")
    assert "2001-02-03 04:05:06.123456789 plus+sign" in rclone("lsl", there)
    (tree / "big.bin").touch()
    assert "Updated modification time" in rclone("sync", tree, there, "-v"), "by a copy upon itself, in parts"

    assert "server-side copy" in rclone("copy", there, f"{there}-2", "-v")
    assert "0 differences" in rclone("check", there, f"{there}-2")
    rclone("sync", f"{there}-2", tmp_path / "back")
    assert same(tree, tmp_path / "back")
    assert (tmp_path / "back" / "plus+sign").stat().st_mtime_ns == 981_173_106_123_456_789
    (tree / "plain.txt").unlink()
    rclone("sync", tree, there)
    assert "plain.txt" not in rclone("lsf", there)
    with urlopen(rclone("link", f"{there}/sp ace", "--expire", "1h").strip(), timeout=10) as answer:
        assert answer.read() == b"content of sp ace"
    for bucket in (there, f"{there}-2"):
        rclone("purge", bucket)


# -- restic ------------------------------------------------------------------------------------


def test_restic_backs_up_and_restores(tools, tree, tmp_path):
    bucket = fresh("restic")

    def restic(*words):
        return tools.ok(*tools.restic(bucket, *words))

    restic("init")
    restic("backup", tree)
    (tree / "plain.txt").write_text("changed since")
    restic("backup", tree)
    restic("check", "--read-data")
    restic("restore", "latest", "--target", tmp_path / "back")
    assert same(tree, tmp_path / "back" / tree.relative_to("/"))
    restic("forget", "--keep-last", "1", "--prune")
    restic("check")
    assert restic("snapshots", "--json").count('"short_id"') == 1


# -- sessions ----------------------------------------------------------------------------------


def test_every_client_sends_its_session_token_and_is_cut_off(server, account, tmp_path):
    bucket = account.make_bucket("session")
    tools = Tools(server, tmp_path / "home")
    tools.ok(*tools.restic(bucket, "init"))
    role, tools.creds = session_for(account, bucket)
    commands = [
        tools.s3cmd("get", "--force", f"s3://{bucket}/a.txt", tmp_path / "got"),
        ("rclone", "cat", f"new:{bucket}/a.txt", "--retries", "1", "--low-level-retries", "1"),
        tools.restic(bucket, "snapshots"),
        tools.curl("s3", f"/{bucket}/a.txt", "--fail"),
    ]
    for command in commands:
        tools.ok(*command)
    account.role_policy(role.name, doc.policy(doc.deny("*")), "cut")
    for command in commands:
        refusal = tools.fails(*command)
        assert any(word in refusal for word in ("403", "AccessDenied", "Access Denied", "Forbidden")), refusal


# -- curl --------------------------------------------------------------------------------------


def test_curl_signs_for_s3_and_sts(tools, account, tmp_path):
    bucket = account.make_bucket("curl")
    big = tmp_path / "big"
    big.write_bytes(os.urandom(5 * MIB))
    for target, more in ((f"/{bucket}/a%20b%2B%C3%BC", ()), (f"/{bucket}/chunked", ("--header", "Transfer-Encoding: chunked"))):
        tools.ok(*tools.curl("s3", target, "--fail", "--upload-file", big, *more))
        back = tools.run(*tools.curl("s3", target, "--fail"))
        assert back.stdout == big.read_bytes()
        assert len(tools.run(*tools.curl("s3", target, "--range", "5-9")).stdout) == 5
    keys = [item["Key"] for item in account.s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert keys == ["a b+ü", "a.txt", "chunked"]
    who = tools.ok(*tools.curl("sts", "/", "--data", "Action=GetCallerIdentity&Version=2011-06-15"))
    assert "<Arn>arn:aws:iam::123456789012:root</Arn>" in who


# -- what other SDKs send ----------------------------------------------------------------------


def test_a_presigned_url_carries_headers_in_its_query(server, account):
    """As the SDKs for JavaScript, Java and Ruby make it: who uses it sends nothing but the URL and a body."""
    bucket, raw = account.make_bucket("hoisted"), Raw(server)
    crc_of_nothing = "x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32"
    query = f"x-amz-meta-colour=blue&{crc_of_nothing}&x-id=PutObject"
    assert raw.send(raw.presigned("PUT", f"/{bucket}/put", account.root, query=query, body=b"body")).status == 200
    found = account.s3.get_object(Bucket=bucket, Key="put")
    assert (found["Body"].read(), found["Metadata"]) == (b"body", {"colour": "blue"})

    query = f"x-amz-copy-source={bucket}%2Fput"
    assert raw.send(raw.presigned("PUT", f"/{bucket}/copy", account.root, query=query)).status == 200
    assert account.s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == b"body"
    query = "x-amz-acl=public-read"
    refused = raw.send(raw.presigned("PUT", f"/{bucket}/public", account.root, query=query, body=b"x"))
    assert refused.code == "AccessControlListNotSupported"


def test_headers_in_the_query_of_a_presigned_url_are_asked_for_permission(server, account):
    bucket, raw = account.make_bucket("hoisted"), Raw(server)
    other = account.make_bucket("other")
    user = account.make_user("copier", doc.policy(doc.allow("s3:*", f"arn:aws:s3:::{bucket}/*")))
    query = f"x-amz-copy-source={other}%2Fa.txt"
    refused = raw.send(raw.presigned("PUT", f"/{bucket}/copy", user.creds, query=query))
    assert (refused.status, refused.code) == (403, "AccessDenied")
    unsigned = raw.presigned("PUT", f"/{bucket}/put", user.creds, body=b"x")
    unsigned.target += "&x-amz-meta-added=later"
    assert raw.send(unsigned).code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("source", ["{}%2Fa%20b%2B%C3%BC", "/{}/a%20b%2B%C3%BC", "{}/a+b%2B%C3%BC"])
def test_a_copy_source_may_be_encoded_in_any_way(server, account, source):
    bucket = account.make_bucket("source", "a b+ü")
    headers = [("x-amz-copy-source", source.format(bucket))]
    assert Raw(server).signed("PUT", f"/{bucket}/copy", account.root, headers=headers).status == 200
    assert account.s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == "content of a b+ü".encode()


def test_metadata_beyond_ascii_comes_back_as_encoded_words(server, account):
    bucket, raw = account.make_bucket("metadata"), Raw(server)
    word = f"=?UTF-8?B?{base64.b64encode('grün ☃'.encode()).decode()}?="
    for value in ("grün ☃", word, "=?utf-8?Q?gr=C3=BCn_=E2=98=83?="):
        headers = [("x-amz-meta-note", value)]
        assert raw.signed("PUT", f"/{bucket}/k", account.root, headers=headers, body=b"x").status == 200
        assert raw.signed("GET", f"/{bucket}/k", account.root).header("x-amz-meta-note") == word
        account.s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/k")
        assert account.s3.head_object(Bucket=bucket, Key="copy")["Metadata"] == {"note": word}
