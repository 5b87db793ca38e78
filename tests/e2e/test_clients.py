"""A tour with the clients as they are: the AWS CLI's commands, boto3's uploads, pages and waiters."""

from __future__ import annotations

import json
from io import BytesIO
from urllib.request import urlopen

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError, WaiterError

from harness import documents as doc
from harness.account import ROOT_ARN, fresh
from harness.server import ACCOUNT

READ = doc.policy(doc.allow(["s3:GetObject", "s3:ListBucket"]))
MIB = 1024 * 1024


# -- the AWS CLI -------------------------------------------------------------------------------


def test_cli_sts(cli, account):
    found = cli.ok("sts", "get-caller-identity")
    assert (found["Account"], found["Arn"]) == (ACCOUNT, ROOT_ARN)
    role = account.make_role("cli")
    user = account.make_user("cli", doc.policy(doc.allow("sts:*")))
    cli.keys("cli-user", user.creds)
    issued = cli.ok("sts", "assume-role", "--role-arn", role.arn, "--role-session-name", "tour", profile="cli-user")
    assert issued["AssumedRoleUser"]["Arn"] == role.session_arn("tour")
    assert cli.ok("sts", "get-session-token", "--duration-seconds", "900", profile="cli-user")["Credentials"]
    federated = cli.ok("sts", "get-federation-token", "--name", "bob", "--policy", READ, profile="cli-user")
    assert federated["FederatedUser"]["FederatedUserId"] == f"{ACCOUNT}:bob"
    key = issued["Credentials"]["AccessKeyId"]
    assert cli.ok("sts", "get-access-key-info", "--access-key-id", key)["Account"] == ACCOUNT


def test_cli_iam(cli, tmp_path):
    name = fresh("cli")
    document = tmp_path / "policy.json"
    document.write_text(READ)
    assert cli.ok("iam", "create-user", "--user-name", name, "--tags", "Key=team,Value=blue")["User"]["UserName"] == name
    key = cli.ok("iam", "create-access-key", "--user-name", name)["AccessKey"]["AccessKeyId"]
    cli.ok("iam", "put-user-policy", "--user-name", name, "--policy-name", "p", "--policy-document", f"file://{document}")
    shown = cli.ok("iam", "get-user-policy", "--user-name", name, "--policy-name", "p")
    assert shown["PolicyDocument"] == json.loads(READ)
    listed = cli.ok("iam", "list-users", "--query", "Users[].UserName")
    assert name in listed
    cli.fails("iam", "delete-user", "--user-name", name, code="DeleteConflict")
    cli.ok("iam", "delete-access-key", "--user-name", name, "--access-key-id", key)
    cli.ok("iam", "delete-user-policy", "--user-name", name, "--policy-name", "p")
    cli.ok("iam", "delete-user", "--user-name", name)
    cli.fails("iam", "get-user", "--user-name", name, code="NoSuchEntity")


def test_cli_s3api(cli, tmp_path):
    bucket = fresh("cli-api")
    body = tmp_path / "body"
    body.write_bytes(b"the body")
    cli.ok("s3api", "create-bucket", "--bucket", bucket)
    put = cli.ok("s3api", "put-object", "--bucket", bucket, "--key", "k", "--body", str(body), "--metadata", "a=b")
    assert put["ETag"].startswith('"')
    back = tmp_path / "back"
    got = cli.ok("s3api", "get-object", "--bucket", bucket, "--key", "k", str(back))
    assert back.read_bytes() == b"the body" and got["Metadata"] == {"a": "b"}
    cli.ok("s3api", "put-object-tagging", "--bucket", bucket, "--key", "k", "--tagging", "TagSet=[{Key=x,Value=y}]")
    tags = cli.ok("s3api", "get-object-tagging", "--bucket", bucket, "--key", "k")["TagSet"]
    assert tags == [{"Key": "x", "Value": "y"}]
    cli.ok("s3api", "delete-object", "--bucket", bucket, "--key", "k")
    cli.fails("s3api", "get-object", "--bucket", bucket, "--key", "k", str(back), code="NoSuchKey")
    cli.ok("s3api", "delete-bucket", "--bucket", bucket)


def test_cli_s3(cli, tmp_path):
    bucket = f"s3://{fresh('cli-s3')}"
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    (tree / "one.txt").write_text("one")
    (tree / "sub" / "two.txt").write_text("two")
    (tree / "big.bin").write_bytes(b"b" * (9 * MIB))
    cli.ok("s3", "mb", bucket)
    cli.ok("s3", "cp", str(tree / "one.txt"), f"{bucket}/copied.txt")
    cli.ok("s3", "sync", str(tree), f"{bucket}/tree/")
    listed = cli.ok("s3", "ls", f"{bucket}/", "--recursive")
    for key in ("copied.txt", "tree/one.txt", "tree/sub/two.txt", "tree/big.bin"):
        assert key in listed
    assert "PRE tree/" in cli.ok("s3", "ls", f"{bucket}/")
    back = tmp_path / "back"
    cli.ok("s3", "sync", f"{bucket}/tree/", str(back))
    assert (back / "sub" / "two.txt").read_text() == "two"
    assert (back / "big.bin").stat().st_size == 9 * MIB
    assert "upload" not in cli.ok("s3", "sync", str(tree), f"{bucket}/tree/"), "nothing is left to do"
    cli.ok("s3", "mv", f"{bucket}/copied.txt", f"{bucket}/moved.txt")
    url = cli.ok("s3", "presign", f"{bucket}/moved.txt").strip()
    with urlopen(url, timeout=10) as answer:
        assert answer.read() == b"one"
    cli.ok("s3", "rm", f"{bucket}/", "--recursive")
    assert cli.ok("s3", "ls", f"{bucket}/", "--recursive") == ""
    cli.ok("s3", "rb", bucket)
    assert bucket.removeprefix("s3://") not in cli.ok("s3", "ls")


# -- boto3 ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bucket(account):
    return account.make_bucket("boto")


def test_boto3_uploads_and_downloads_twenty_mebibytes_in_parts(account, bucket, tmp_path):
    source = tmp_path / "source"
    data = bytes(range(256)) * (20 * MIB // 256)
    source.write_bytes(data)
    parts = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, max_concurrency=4)
    extra = {"Metadata": {"origin": "test"}, "ContentType": "application/x-test"}
    account.s3.upload_file(str(source), bucket, "big", Config=parts, ExtraArgs=extra)
    head = account.s3.head_object(Bucket=bucket, Key="big")
    assert head["ETag"].endswith('-4"')
    assert (head["ContentLength"], head["ContentType"], head["Metadata"]) == (
        len(data), "application/x-test", {"origin": "test"},
    )  # fmt: skip
    back = BytesIO()
    account.s3.download_fileobj(bucket, "big", back, Config=parts)
    assert back.getvalue() == data


def test_boto3_copies_a_large_object_in_parts(account, bucket):
    data = b"c" * (11 * MIB)
    account.s3.upload_fileobj(BytesIO(data), bucket, "origin")
    parts = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
    account.s3.copy({"Bucket": bucket, "Key": "origin"}, bucket, "copy", Config=parts)
    assert account.s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == data


def test_boto3_paginators_see_everything_once(account, bucket):
    for n in range(7):
        account.s3.put_object(Bucket=bucket, Key=f"page/{n}", Body=b"x")
        account.iam.create_role(RoleName=fresh("page"), AssumeRolePolicyDocument=doc.trust(ROOT_ARN), Path="/page/")
    for call in ("list_objects_v2", "list_objects"):
        pages = list(account.s3.get_paginator(call).paginate(Bucket=bucket, Prefix="page/", PaginationConfig={"PageSize": 3}))
        keys = [item["Key"] for page in pages for item in page["Contents"]]
        assert keys == [f"page/{n}" for n in range(7)] and len(pages) == 3
    roles = account.iam.get_paginator("list_roles").paginate(PathPrefix="/page/", PaginationConfig={"PageSize": 2})
    names = [role["RoleName"] for page in roles for role in page["Roles"]]
    assert len(names) == len(set(names)) == 7


def test_boto3_waiters(account):
    bucket, name = fresh("wait"), fresh("wait")
    quick = {"Delay": 1, "MaxAttempts": 1}
    account.s3.create_bucket(Bucket=bucket)
    account.s3.get_waiter("bucket_exists").wait(Bucket=bucket, WaiterConfig=quick)
    account.s3.get_waiter("object_not_exists").wait(Bucket=bucket, Key="k", WaiterConfig=quick)
    with pytest.raises(WaiterError):
        account.s3.get_waiter("object_exists").wait(Bucket=bucket, Key="k", WaiterConfig=quick)
    account.s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    account.s3.get_waiter("object_exists").wait(Bucket=bucket, Key="k", WaiterConfig=quick)
    account.s3.delete_object(Bucket=bucket, Key="k")
    account.s3.delete_bucket(Bucket=bucket)
    account.s3.get_waiter("bucket_not_exists").wait(Bucket=bucket, WaiterConfig=quick)
    account.iam.create_user(UserName=name)
    account.iam.get_waiter("user_exists").wait(UserName=name, WaiterConfig=quick)
    role = account.make_role("wait")
    account.iam.get_waiter("role_exists").wait(RoleName=role.name, WaiterConfig=quick)
    arn = account.make_managed(READ)
    account.iam.get_waiter("policy_exists").wait(PolicyArn=arn, WaiterConfig=quick)


def test_boto3_resources(account, server):
    s3 = boto3.resource(
        "s3",
        region_name="us-east-1",
        endpoint_url=server.url,
        aws_access_key_id=account.root.access_key,
        aws_secret_access_key=account.root.secret,
    )
    bucket = s3.create_bucket(Bucket=fresh("resource"))
    bucket.put_object(Key="a", Body=b"1")
    bucket.put_object(Key="b", Body=b"2")
    assert [item.key for item in bucket.objects.all()] == ["a", "b"]
    bucket.objects.all().delete()
    bucket.delete()


def test_a_client_for_another_region_is_told_which_one_is_served(account):
    elsewhere = account.server.maker.client("sts", account.root, region="eu-west-1")
    with pytest.raises(ClientError) as caught:
        elsewhere.get_caller_identity()
    assert "us-east-1" in caught.value.response["Error"]["Message"]


def test_every_reply_has_a_request_id_and_a_revision(account):
    for answer in (account.iam.list_users(), account.s3.list_buckets(), account.whoami(account.root)):
        headers = answer["ResponseMetadata"]["HTTPHeaders"]
        assert headers["x-amzn-requestid"]
        assert int(headers["x-portcullis-revision"]) >= 0
