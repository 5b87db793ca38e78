"""Class ESC: one permission opens one door. Each is granted alone and every other operation is tried with it."""

from __future__ import annotations

import base64
import hashlib

import pytest

from harness import documents as doc
from harness.account import ROOT_ARN
from harness.operations import QUERY_OPERATIONS, S3_OPERATIONS
from harness.raw import Raw

# These need no permission.
FREE = {"GetCallerIdentity", "GetSessionToken"}
# The permission of an S3 call that is not named like it.
S3_PERMISSION = {
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "HeadBucket": "ListBucket",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeleteObjects": "DeleteObject",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "HeadObject": "GetObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "ListParts": "ListMultipartUploadParts",
}
# Permissions of no call above.
MORE_S3 = [
    "ListBucketVersions", "CreateBucket", "ListAllMyBuckets", "PutObjectAcl", "GetObjectVersion", "DeleteObjectVersion",
]
BODIES = {
    "PutBucketPolicy": b"{}",
    "PutPublicAccessBlock": b"<PublicAccessBlockConfiguration/>",
    "PutObjectTagging": b"<Tagging><TagSet/></Tagging>",
    "DeleteObjects": b"<Delete><Object><Key>a.txt</Key></Object></Delete>",
    "CompleteMultipartUpload": b"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part>"
    b"</CompleteMultipartUpload>",
}


@pytest.fixture(scope="module")
def victims(account):
    account.make_user(name="victim")
    account.make_role(name="victim", trust=doc.trust(ROOT_ARN))
    account.iam.create_group(GroupName="victim")


def test_esc_3_a_permission_of_iam_or_sts_opens_no_other_operation(account, victims):
    raw = Raw(account.server)
    user = account.make_user("one")
    operations = [operation for operation in QUERY_OPERATIONS if operation.action not in FREE]
    granted = {(operation.service, operation.action) for operation in operations} | {("iam", "PassRole")}
    opened = []
    for service, action in sorted(granted):
        account.user_policy(user.name, doc.policy(doc.allow(f"{service}:{action}")))
        for asked in operations:
            if (asked.service, asked.action) != (service, action):
                answer = raw.send(raw.query_call(asked.service, asked.action, user.creds, **dict(asked.fields)))
                if (answer.status, answer.code) != (403, "AccessDenied"):
                    opened.append((action, asked.action, answer.status, answer.code))
    assert not opened


def test_esc_3_a_permission_of_s3_opens_no_other_operation(account):
    raw = Raw(account.server)
    bucket = account.make_bucket("matrix")
    user = account.make_user("one")
    needed = {call: S3_PERMISSION.get(call, call) for call, *_ in S3_OPERATIONS}
    opened = []
    for permission in sorted({*needed.values(), *MORE_S3}):
        account.user_policy(user.name, doc.policy(doc.allow(f"s3:{permission}")))
        for call, method, path, query in S3_OPERATIONS:
            if needed[call] != permission:
                query, body = query.replace("{id}", "0" * 64), BODIES.get(call, b"")
                digest = [("Content-MD5", base64.b64encode(hashlib.md5(body).digest()).decode())]
                answer = raw.signed(method, f"/{bucket}{path}", user.creds, query=query, body=body, headers=digest)
                # DeleteObjects refuses each object in an answer of its own.
                is_refused = answer.status == 403 or (call == "DeleteObjects" and answer.code == "AccessDenied")
                if not is_refused:
                    opened.append((permission, call, answer.status, answer.code))
    assert not opened
    assert account.s3.get_object(Bucket=bucket, Key="a.txt")["Body"].read() == b"content of a.txt"
