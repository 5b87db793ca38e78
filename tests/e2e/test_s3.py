"""S3: buckets, objects, listing, tagging and the words of its errors."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from harness import documents as doc
from harness.account import ROOT_ARN, fresh
from harness.expect import NO_IDENTITY, allowed, denied, refused
from harness.raw import Raw

READ = doc.policy(doc.allow("s3:GetObject"))
NO_CONFIGURATION = {
    "get_bucket_policy": "NoSuchBucketPolicy",
    "get_bucket_tagging": "NoSuchTagSet",
    "get_bucket_lifecycle_configuration": "NoSuchLifecycleConfiguration",
    "get_bucket_cors": "NoSuchCORSConfiguration",
    "get_bucket_website": "NoSuchWebsiteConfiguration",
    "get_bucket_replication": "ReplicationConfigurationNotFoundError",
    "get_object_lock_configuration": "ObjectLockConfigurationNotFoundError",
}


@pytest.fixture
def s3(account):
    return account.s3


@pytest.fixture(scope="module")
def bucket(account):
    return account.make_bucket("s3")


def put(s3, bucket, *keys: str) -> None:
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")


# -- buckets ----------------------------------------------------------------------------------


def test_a_bucket_is_made_listed_and_deleted(s3):
    name = fresh("made")
    made = s3.create_bucket(Bucket=name)
    assert made["Location"] == f"/{name}"
    assert name in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert s3.head_bucket(Bucket=name)["BucketRegion"] == "us-east-1"
    assert not s3.get_bucket_location(Bucket=name)["LocationConstraint"]
    s3.delete_bucket(Bucket=name)
    refused(lambda: s3.list_objects_v2(Bucket=name), "NoSuchBucket", 404)
    refused(lambda: s3.head_bucket(Bucket=name), "404", 404)


def test_making_ones_own_bucket_again_is_fine_in_us_east_1(s3, bucket):
    allowed(lambda: s3.create_bucket(Bucket=bucket))
    assert s3.get_object(Bucket=bucket, Key="a.txt")["Body"].read() == b"content of a.txt"


def test_a_bucket_in_a_region_that_is_not_served_is_refused(s3):
    where = {"LocationConstraint": "eu-west-1"}
    refused(
        lambda: s3.create_bucket(Bucket=fresh("far"), CreateBucketConfiguration=where),
        "IllegalLocationConstraintException", 400,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["client", "token", "federation", "assignment", "logout", "authorize"])
def test_names_that_are_paths_of_the_same_endpoint_are_no_buckets(s3, name):
    refused(lambda: s3.create_bucket(Bucket=name), "InvalidBucketName", 400)


def test_a_bucket_with_objects_is_not_deleted(s3, bucket):
    refused(lambda: s3.delete_bucket(Bucket=bucket), "BucketNotEmpty", 409)


@pytest.mark.parametrize("call", NO_CONFIGURATION)
def test_absent_configurations_have_their_own_codes(account, s3, call):
    name = account.make_bucket("bare")
    refused(lambda: getattr(s3, call)(Bucket=name), NO_CONFIGURATION[call], 404)


def test_writing_configurations_that_are_not_offered_says_so(s3, bucket):
    rules = {"Rules": [{"ID": "x", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}]}
    refused(
        lambda: s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=rules), "NotImplemented", 501
    )
    cors = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]}
    refused(lambda: s3.put_bucket_cors(Bucket=bucket, CORSConfiguration=cors), "NotImplemented", 501)


# -- objects ------------------------------------------------------------------------------------


def test_an_object_keeps_its_bytes_type_and_metadata(s3, bucket):
    body = bytes(range(256)) * 10
    put_answer = s3.put_object(
        Bucket=bucket, Key="kept", Body=body, ContentType="text/x", CacheControl="no-cache", ContentEncoding="identity",
        ContentDisposition="attachment", ContentLanguage="en", Metadata={"One": "1", "two": "zwei"},
    )  # fmt: skip
    etag = f'"{hashlib.md5(body).hexdigest()}"'
    assert put_answer["ETag"] == etag
    for found in (s3.get_object(Bucket=bucket, Key="kept"), s3.head_object(Bucket=bucket, Key="kept")):
        assert (found["ETag"], found["ContentLength"], found["ContentType"]) == (etag, len(body), "text/x")
        assert found["Metadata"] == {"one": "1", "two": "zwei"}
        assert (found["CacheControl"], found["ContentDisposition"], found["ContentLanguage"]) == ("no-cache", "attachment", "en")
        assert abs(found["LastModified"] - doc.utc_now()) < timedelta(seconds=60)
    assert s3.get_object(Bucket=bucket, Key="kept")["Body"].read() == body


def test_an_object_is_replaced_and_deleted_twice(s3, bucket):
    put(s3, bucket, "again")
    s3.put_object(Bucket=bucket, Key="again", Body=b"second")
    assert s3.get_object(Bucket=bucket, Key="again")["Body"].read() == b"second"
    for _ in range(2):
        assert s3.delete_object(Bucket=bucket, Key="again")["ResponseMetadata"]["HTTPStatusCode"] == 204
    refused(lambda: s3.get_object(Bucket=bucket, Key="again"), "NoSuchKey", 404)


def test_ranges(s3, bucket):
    s3.put_object(Bucket=bucket, Key="range", Body=b"0123456789")
    read = lambda r: s3.get_object(Bucket=bucket, Key="range", Range=r)  # noqa: E731
    for asked, body, shown in (("bytes=2-4", b"234", "bytes 2-4/10"), ("bytes=7-", b"789", "bytes 7-9/10"), ("bytes=-2", b"89", "bytes 8-9/10"), ("bytes=8-99", b"89", "bytes 8-9/10")):
        found = read(asked)
        assert (found["Body"].read(), found["ContentRange"]) == (body, shown)
        assert found["ResponseMetadata"]["HTTPStatusCode"] == 206
    refused(lambda: read("bytes=10-"), "InvalidRange", 416)
    assert read("bytes=5-2")["Body"].read() == b"0123456789"


def test_conditions_on_reading_and_writing(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="if", Body=b"x")["ETag"]
    past, future = doc.utc_now() - timedelta(days=1), doc.utc_now() + timedelta(days=1)
    read = lambda **more: lambda: s3.get_object(Bucket=bucket, Key="if", **more)  # noqa: E731
    allowed(read(IfMatch=etag))
    allowed(read(IfModifiedSince=past))
    refused(read(IfMatch='"other"'), "PreconditionFailed", 412)
    refused(read(IfNoneMatch=etag), "304", 304)
    refused(read(IfUnmodifiedSince=past), "PreconditionFailed", 412)
    refused(read(IfModifiedSince=future - timedelta(hours=23, minutes=59)), "304", 304)
    write = lambda key: lambda: s3.put_object(Bucket=bucket, Key=key, Body=b"y", IfNoneMatch="*")  # noqa: E731
    refused(write("if"), "PreconditionFailed", 412)
    allowed(write("if-new"))
    assert s3.get_object(Bucket=bucket, Key="if")["Body"].read() == b"x"


def test_a_copy_keeps_or_replaces_metadata_and_tags(s3, bucket):
    s3.put_object(Bucket=bucket, Key="origin", Body=b"copied", Metadata={"a": "1"}, ContentType="text/x", Tagging="t=1")
    source = {"Bucket": bucket, "Key": "origin"}
    s3.copy_object(Bucket=bucket, Key="same", CopySource=source)
    same = s3.get_object(Bucket=bucket, Key="same")
    assert (same["Body"].read(), same["Metadata"], same["ContentType"]) == (b"copied", {"a": "1"}, "text/x")
    assert s3.get_object_tagging(Bucket=bucket, Key="same")["TagSet"] == [{"Key": "t", "Value": "1"}]
    s3.copy_object(Bucket=bucket, Key="new", CopySource=source, MetadataDirective="REPLACE", Metadata={"b": "2"}, TaggingDirective="REPLACE", Tagging="u=2")
    assert s3.head_object(Bucket=bucket, Key="new")["Metadata"] == {"b": "2"}
    assert s3.get_object_tagging(Bucket=bucket, Key="new")["TagSet"] == [{"Key": "u", "Value": "2"}]
    refused(lambda: s3.copy_object(Bucket=bucket, Key="x", CopySource={"Bucket": bucket, "Key": "absent"}), "NoSuchKey", 404)
    refused(lambda: s3.copy_object(Bucket=bucket, Key="origin", CopySource=source), "InvalidRequest", 400)


def test_many_objects_are_deleted_at_once(s3, bucket):
    put(s3, bucket, "many/1", "many/2", "many/3")
    gone = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": f"many/{n}"} for n in (1, 2, 9)]})
    assert sorted(item["Key"] for item in gone["Deleted"]) == ["many/1", "many/2", "many/9"]
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "many/3"}], "Quiet": True})
    assert "Deleted" not in quiet
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket, Prefix="many/")


def test_tags_of_an_object(s3, bucket):
    s3.put_object(Bucket=bucket, Key="tags", Body=b"x", Tagging="a=1&b=zwei%20drei")
    read = lambda: s3.get_object_tagging(Bucket=bucket, Key="tags")["TagSet"]  # noqa: E731
    assert read() == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "zwei drei"}]
    assert s3.get_object(Bucket=bucket, Key="tags")["TagCount"] == 2
    s3.put_object_tagging(Bucket=bucket, Key="tags", Tagging={"TagSet": [{"Key": "c", "Value": "3"}]})
    assert read() == [{"Key": "c", "Value": "3"}]
    s3.delete_object_tagging(Bucket=bucket, Key="tags")
    assert read() == []
    eleven = {"TagSet": [{"Key": f"k{n}", "Value": "v"} for n in range(11)]}
    with pytest.raises(ClientError) as caught:
        s3.put_object_tagging(Bucket=bucket, Key="tags", Tagging=eleven)
    assert caught.value.response["Error"]["Code"] in ("BadRequest", "InvalidTag")
    twice = {"TagSet": [{"Key": "k", "Value": "v"}] * 2}
    refused(lambda: s3.put_object_tagging(Bucket=bucket, Key="tags", Tagging=twice), "InvalidTag", 400)


def test_checksums_are_kept_and_given_back(s3, bucket):
    for name in ("CRC32", "SHA1", "SHA256"):
        answer = s3.put_object(Bucket=bucket, Key=f"sum-{name}", Body=b"sum", ChecksumAlgorithm=name)
        found = s3.get_object(Bucket=bucket, Key=f"sum-{name}", ChecksumMode="ENABLED")
        assert found[f"Checksum{name}"] == answer[f"Checksum{name}"]
        assert found["Body"].read() == b"sum"


def test_acl_headers_other_than_the_owners_are_refused(s3, bucket):
    refused(lambda: s3.put_object(Bucket=bucket, Key="acl", Body=b"x", ACL="public-read"), "AccessControlListNotSupported", 400)
    allowed(lambda: s3.put_object(Bucket=bucket, Key="acl", Body=b"x", ACL="bucket-owner-full-control"))


def test_another_expected_owner_is_refused(s3, bucket):
    denied(lambda: s3.get_object(Bucket=bucket, Key="a.txt", ExpectedBucketOwner="999999999999"))
    allowed(lambda: s3.get_object(Bucket=bucket, Key="a.txt", ExpectedBucketOwner="123456789012"))


# -- listing --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tree(account):
    return account.make_bucket("tree", "a", "b/1", "b/2", "b/c/3", "d", "ä", "z z")


def test_listing_in_order_of_bytes(s3, tree):
    found = s3.list_objects_v2(Bucket=tree)
    assert [item["Key"] for item in found["Contents"]] == ["a", "b/1", "b/2", "b/c/3", "d", "z z", "ä"]
    assert (found["KeyCount"], found["MaxKeys"], found["IsTruncated"], found["Name"]) == (7, 1000, False, tree)
    first = found["Contents"][0]
    assert first["Size"] == len("content of a") and first["StorageClass"] == "STANDARD" and first["ETag"].startswith('"')


def test_listing_with_prefix_and_delimiter(s3, tree):
    top = s3.list_objects_v2(Bucket=tree, Delimiter="/")
    assert [item["Key"] for item in top["Contents"]] == ["a", "d", "z z", "ä"]
    assert top["CommonPrefixes"] == [{"Prefix": "b/"}]
    below = s3.list_objects_v2(Bucket=tree, Prefix="b/", Delimiter="/")
    assert [item["Key"] for item in below["Contents"]] == ["b/1", "b/2"]
    assert below["CommonPrefixes"] == [{"Prefix": "b/c/"}]


def test_listing_in_pages_with_prefixes_counted(s3, tree):
    seen, more = [], {}
    while True:
        page = s3.list_objects_v2(Bucket=tree, Delimiter="/", MaxKeys=2, **more)
        assert page["KeyCount"] <= 2
        seen += [item["Key"] for item in page.get("Contents", [])]
        seen += [item["Prefix"] for item in page.get("CommonPrefixes", [])]
        if not page["IsTruncated"]:
            break
        more = {"ContinuationToken": page["NextContinuationToken"]}
    assert sorted(seen) == sorted(["a", "b/", "d", "z z", "ä"])


def test_listing_after_a_key_and_with_nothing(s3, tree):
    after = s3.list_objects_v2(Bucket=tree, StartAfter="b/c/3")
    assert [item["Key"] for item in after["Contents"]] == ["d", "z z", "ä"]
    none = s3.list_objects_v2(Bucket=tree, MaxKeys=0)
    assert none["KeyCount"] == 0 and not none["IsTruncated"]


def test_the_older_listing(s3, tree):
    page = s3.list_objects(Bucket=tree, Delimiter="/", MaxKeys=2)
    assert page["IsTruncated"] and page["NextMarker"] == "b/"
    rest = s3.list_objects(Bucket=tree, Delimiter="/", Marker=page["NextMarker"])
    assert [item["Key"] for item in rest["Contents"]] == ["d", "z z", "ä"]


# -- existence and permission -------------------------------------------------------------------------


def test_absence_is_told_only_to_those_who_may_list(account, bucket):
    reader = account.make_user("reader", READ)
    lister = account.make_user("lister", doc.policy(doc.allow(["s3:GetObject", "s3:ListBucket"])))
    denied(account.reads(reader.creds, bucket, "absent"))
    refused(account.reads(lister.creds, bucket, "absent"), "NoSuchKey", 404)
    stranger = account.client("s3", reader.creds)
    refused(lambda: stranger.head_object(Bucket=bucket, Key="absent"), "403", 403)


def test_each_call_needs_its_own_permission(account, bucket):
    user = account.make_user("nothing", doc.policy(doc.allow("sts:*")))
    s3 = account.client("s3", user.creds)
    for action, call in {
        "s3:GetObject": lambda: s3.get_object(Bucket=bucket, Key="a.txt"),
        "s3:PutObject": lambda: s3.put_object(Bucket=bucket, Key="a.txt", Body=b"x"),
        "s3:DeleteObject": lambda: s3.delete_object(Bucket=bucket, Key="a.txt"),
        "s3:ListBucket": lambda: s3.list_objects_v2(Bucket=bucket),
        "s3:ListAllMyBuckets": lambda: s3.list_buckets(),
        "s3:CreateBucket": lambda: s3.create_bucket(Bucket=fresh("forbidden")),
        "s3:DeleteBucket": lambda: s3.delete_bucket(Bucket=bucket),
        "s3:GetBucketLocation": lambda: s3.get_bucket_location(Bucket=bucket),
        "s3:GetBucketPolicy": lambda: s3.get_bucket_policy(Bucket=bucket),
        "s3:PutBucketPolicy": lambda: s3.put_bucket_policy(Bucket=bucket, Policy=READ),
        "s3:DeleteBucketPolicy": lambda: s3.delete_bucket_policy(Bucket=bucket),
        "s3:PutBucketPublicAccessBlock": lambda: s3.delete_public_access_block(Bucket=bucket),
        "s3:GetObjectTagging": lambda: s3.get_object_tagging(Bucket=bucket, Key="a.txt"),
        "s3:ListBucketMultipartUploads": lambda: s3.list_multipart_uploads(Bucket=bucket),
    }.items():
        message = denied(call, NO_IDENTITY)
        assert f"User: {user.arn} is not authorized to perform: {action} on resource: " in message


def test_the_long_refusal_quotes_the_resource(account, bucket):
    user = account.make_user("nothing")
    message = denied(account.reads(user.creds, bucket))
    assert f'on resource: "{doc.bucket_arn(bucket, "a.txt")}" because' in message


# -- bucket policies and public access --------------------------------------------------------------------


def test_a_bucket_policy_comes_back_as_it_was_put(account, s3):
    name = account.make_bucket("policy")
    text = doc.policy(doc.bucket_deny(name, {"AWS": account.make_user("x").arn})).replace(" ", "  ")
    assert s3.put_bucket_policy(Bucket=name, Policy=text)["ResponseMetadata"]["HTTPStatusCode"] in (200, 204)
    assert s3.get_bucket_policy(Bucket=name)["Policy"] == text
    assert s3.get_bucket_policy_status(Bucket=name)["PolicyStatus"]["IsPublic"] is False
    s3.delete_bucket_policy(Bucket=name)
    refused(lambda: s3.get_bucket_policy(Bucket=name), "NoSuchBucketPolicy", 404)


def bad_policies(bucket: str) -> dict[str, dict]:
    good = doc.bucket_deny(bucket, {"AWS": ROOT_ARN})
    return {
        "no principal": {k: v for k, v in good.items() if k != "Principal"},
        "other bucket": good | {"Resource": doc.bucket_arn("somebody-elses", "*")},
        "absent user": good | {"Principal": {"AWS": "arn:aws:iam::123456789012:user/absent"}},
        "wildcard in the ARN": good | {"Principal": {"AWS": "arn:aws:iam::123456789012:user/*"}},
        "group": good | {"Principal": {"AWS": "arn:aws:iam::123456789012:group/x"}},
        "bare text": good | {"Principal": "arn:aws:iam::123456789012:root"},
        "array with something else": good | {"Principal": [{"AWS": ROOT_ARN}]},
        "unknown kind": good | {"Principal": {"GCP": "x"}},
    }


@pytest.mark.parametrize("name", bad_policies("x"))
def test_a_bad_bucket_policy_is_malformed_and_not_stored(account, s3, name):
    bucket = account.make_bucket("bad")
    text = doc.policy(bad_policies(bucket)[name])
    refused(lambda: s3.put_bucket_policy(Bucket=bucket, Policy=text), "MalformedPolicy", 400)
    refused(lambda: s3.get_bucket_policy(Bucket=bucket), "NoSuchBucketPolicy", 404)


def test_an_oversize_bucket_policy_is_refused(account, s3):
    bucket = account.make_bucket("large")
    text = json.dumps({"Version": doc.VERSION, "Id": "x" * 20_500, "Statement": [doc.bucket_deny(bucket, {"AWS": ROOT_ARN})]})
    with pytest.raises(ClientError) as caught:
        s3.put_bucket_policy(Bucket=bucket, Policy=text)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_public_policies_are_blocked_until_the_block_is_lifted(account, s3, server):
    bucket = account.make_bucket("public")
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert block == dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    public = doc.policy(doc.allow("s3:GetObject", doc.bucket_arn(bucket, "*"), "*"))
    denied(lambda: s3.put_bucket_policy(Bucket=bucket, Policy=public))
    raw = Raw(server)
    anonymous = f"GET /{bucket}/a.txt HTTP/1.1\r\nHost: {raw.host}\r\nConnection: close\r\n\r\n".encode()
    assert raw.exchange(anonymous).status == 403
    s3.delete_public_access_block(Bucket=bucket)
    refused(lambda: s3.get_public_access_block(Bucket=bucket), "NoSuchPublicAccessBlockConfiguration", 404)
    s3.put_bucket_policy(Bucket=bucket, Policy=public)
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is True
    assert raw.exchange(anonymous).body == b"content of a.txt"
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})
    assert raw.exchange(anonymous).status == 403
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"BlockPublicPolicy": True})
    assert raw.exchange(anonymous).status == 200


def test_errors_have_the_form_clients_parse(account, server, bucket):
    raw = Raw(server)
    answer = raw.signed("GET", f"/{bucket}/absent", account.root)
    assert answer.text.startswith("<?xml") and "<Error>" in answer.text, "no namespace on Error"
    for element in ("Code", "Message", "RequestId", "HostId"):
        assert f"<{element}>" in answer.text
    assert answer.header("x-amz-request-id") and answer.header("x-amz-id-2")
    assert raw.signed("HEAD", f"/{bucket}/absent", account.root).body == b""
