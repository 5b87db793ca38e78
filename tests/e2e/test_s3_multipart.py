"""S3: uploads in parts: what completes them, what refuses them, and that permission is asked anew."""

from __future__ import annotations

import hashlib

import pytest

from harness import documents as doc
from harness.account import fresh
from harness.expect import BY_RESOURCE, denied, refused

PART = 5 * 1024 * 1024


@pytest.fixture(scope="module")
def bucket(account):
    return account.make_bucket("parts")


@pytest.fixture
def s3(account):
    return account.s3


@pytest.fixture
def upload(s3, bucket):
    """A started upload, as the parameters that every further call takes."""
    key = fresh("upload")
    made = s3.create_multipart_upload(Bucket=bucket, Key=key, Metadata={"m": "1"}, ContentType="text/x")
    yield {"Bucket": bucket, "Key": key, "UploadId": made["UploadId"]}
    for left in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []):
        s3.abort_multipart_upload(Bucket=bucket, Key=left["Key"], UploadId=left["UploadId"])


def send(s3, upload, number: int, body: bytes) -> dict:
    etag = s3.upload_part(**upload, PartNumber=number, Body=body)["ETag"]
    return {"PartNumber": number, "ETag": etag}


def complete(s3, upload, *parts: dict) -> dict:
    return s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": list(parts)})


def test_parts_become_one_object_in_the_order_of_their_numbers(s3, upload):
    bodies = {7: b"c" * 10, 2: b"a" * PART, 5: b"b" * PART}
    parts = {number: send(s3, upload, number, body) for number, body in bodies.items()}
    answer = complete(s3, upload, *(parts[number] for number in sorted(parts)))
    found = s3.get_object(Bucket=upload["Bucket"], Key=upload["Key"])
    assert found["Body"].read() == b"".join(bodies[number] for number in sorted(bodies))
    digests = b"".join(hashlib.md5(bodies[number]).digest() for number in sorted(bodies))
    assert answer["ETag"] == found["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-3"'
    assert (found["Metadata"], found["ContentType"]) == ({"m": "1"}, "text/x")


def test_nothing_is_visible_before_the_upload_is_complete(s3, upload):
    send(s3, upload, 1, b"x")
    refused(lambda: s3.get_object(Bucket=upload["Bucket"], Key=upload["Key"]), "NoSuchKey", 404)
    assert [item["UploadId"] for item in s3.list_multipart_uploads(Bucket=upload["Bucket"])["Uploads"]] == [upload["UploadId"]]


def test_a_part_may_be_sent_again_and_parts_may_be_left_out(s3, upload):
    send(s3, upload, 1, b"old")
    send(s3, upload, 2, b"unwanted")
    part = send(s3, upload, 1, b"new")
    listed = s3.list_parts(**upload)["Parts"]
    assert [(item["PartNumber"], item["Size"]) for item in listed] == [(1, 3), (2, 8)]
    complete(s3, upload, part)
    assert s3.get_object(Bucket=upload["Bucket"], Key=upload["Key"])["Body"].read() == b"new"


def test_wrong_lists_of_parts_are_refused(s3, upload):
    one, two = send(s3, upload, 1, b"small"), send(s3, upload, 2, b"b" * PART)
    refused(lambda: complete(s3, upload, one, two), "EntityTooSmall", 400)
    refused(lambda: complete(s3, upload, two, one), "InvalidPartOrder", 400)
    refused(lambda: complete(s3, upload, {"PartNumber": 3, "ETag": one["ETag"]}), "InvalidPart", 400)
    refused(lambda: complete(s3, upload, {"PartNumber": 1, "ETag": two["ETag"]}), "InvalidPart", 400)
    complete(s3, upload, two)


def test_part_numbers_lie_between_1_and_10000(s3, upload):
    for number in (0, 10_001):
        refused(lambda number=number: send(s3, upload, number, b"x"), "InvalidArgument", 400)
    send(s3, upload, 10_000, b"x")


def test_an_aborted_or_unknown_upload_is_gone(s3, upload):
    part = send(s3, upload, 1, b"x")
    s3.abort_multipart_upload(**upload)
    refused(lambda: send(s3, upload, 2, b"x"), "NoSuchUpload", 404)
    refused(lambda: complete(s3, upload, part), "NoSuchUpload", 404)
    refused(lambda: s3.list_parts(**upload), "NoSuchUpload", 404)
    refused(lambda: s3.abort_multipart_upload(**upload | {"UploadId": "made-up"}), "NoSuchUpload", 404)


def test_an_upload_belongs_to_its_bucket_and_key(account, s3, upload):
    other = account.make_bucket("other-parts")
    refused(lambda: send(s3, upload | {"Bucket": other}, 1, b"x"), "NoSuchUpload", 404)
    refused(lambda: send(s3, upload | {"Key": "another"}, 1, b"x"), "NoSuchUpload", 404)


def test_parts_are_copied_with_ranges(s3, upload):
    bucket = upload["Bucket"]
    s3.put_object(Bucket=bucket, Key="digits", Body=b"0123456789")
    copied = s3.upload_part_copy(**upload, PartNumber=1, CopySource=f"{bucket}/digits", CopySourceRange="bytes=3-5")
    complete(s3, upload, {"PartNumber": 1, "ETag": copied["CopyPartResult"]["ETag"]})
    assert s3.get_object(Bucket=bucket, Key=upload["Key"])["Body"].read() == b"345"


def test_a_deny_put_during_the_upload_stops_each_further_step(account, s3, bucket):
    user = account.make_user("uploader", doc.policy(doc.allow("s3:*")))
    mine = account.client("s3", user.creds)
    upload = {"Bucket": bucket, "Key": "stopped"}
    upload["UploadId"] = mine.create_multipart_upload(**upload)["UploadId"]
    part = send(mine, upload, 1, b"x")
    account.bucket_policy(bucket, doc.bucket_deny(bucket, {"AWS": user.arn}))
    denied(lambda: send(mine, upload, 2, b"x"), BY_RESOURCE)
    denied(lambda: complete(mine, upload, part), BY_RESOURCE)
    denied(lambda: mine.abort_multipart_upload(**upload), BY_RESOURCE)
    s3.delete_bucket_policy(Bucket=bucket)
    s3.abort_multipart_upload(**upload)
    refused(lambda: s3.get_object(Bucket=bucket, Key="stopped"), "NoSuchKey", 404)


def test_a_bucket_with_an_unfinished_upload_can_be_deleted(account, s3):
    name = fresh("unfinished")
    s3.create_bucket(Bucket=name)
    s3.create_multipart_upload(Bucket=name, Key="k")
    s3.delete_bucket(Bucket=name)
