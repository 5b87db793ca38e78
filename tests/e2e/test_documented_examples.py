"""Policies of the kinds that the S3 User Guide teaches, each with what it must let through and what it must stop.

The policies are ours, in the shape that the guide describes. Those of the IAM User Guide are in
`test_documented_examples_iam.py`.
"""

from __future__ import annotations

from botocore import UNSIGNED

from harness import documents as doc
from harness.account import Account, fresh
from harness.expect import BY_RESOURCE, NO_IDENTITY, NO_SESSION, allowed, denied, refused
from harness.raw import Raw, Request
from harness.server import ACCOUNT

SSE = "s3:x-amz-server-side-encryption"
BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def open_to_public(account: Account, bucket: str, **blocks: bool) -> None:
    switches = dict.fromkeys(BLOCKS, False) | blocks
    account.s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=switches)


def reader(account: Account, *statements: dict):
    """An S3 client of a user with these statements."""
    return account.client("s3", account.make_user("reader", doc.policy(*statements)).creds)


def unsigned(account: Account):
    return account.client("s3", signature_version=UNSIGNED)


# -- home directories ------------------------------------------------------------------------------


def test_each_user_has_a_home_directory_of_its_own(account):
    bucket = account.make_bucket("homes", "home/ann/a.txt", "home/ben/b.txt", "top.txt")
    own = "home/${aws:username}"
    homes = account.make_managed(
        doc.policy(
            doc.allow(["s3:ListAllMyBuckets", "s3:GetBucketLocation"], "arn:aws:s3:::*"),
            doc.allow(
                "s3:ListBucket",
                doc.bucket_arn(bucket),
                StringEquals={"s3:prefix": ["", "home/"], "s3:delimiter": ["/"]},
            ),
            doc.allow("s3:ListBucket", doc.bucket_arn(bucket), StringLike={"s3:prefix": [f"{own}/*"]}),
            doc.allow("s3:*", [doc.bucket_arn(bucket, own), doc.bucket_arn(bucket, f"{own}/*")]),
        )
    )
    group = fresh("homes")
    account.iam.create_group(GroupName=group)
    account.iam.attach_group_policy(GroupName=group, PolicyArn=homes)
    for name in ("ann", "annabel", "ben"):
        user = account.make_user(name=name)
        account.iam.add_user_to_group(GroupName=group, UserName=name)
        s3 = account.client("s3", user.creds)
        allowed(lambda s3=s3: s3.list_objects_v2(Bucket=bucket, Prefix="home/", Delimiter="/"))
        allowed(lambda s3=s3: s3.list_objects_v2(Bucket=bucket, Prefix="", Delimiter="/"))
        denied(lambda s3=s3: s3.list_objects_v2(Bucket=bucket, Prefix="home/"))
        denied(lambda s3=s3: s3.list_objects_v2(Bucket=bucket))
        for other in ("ann", "ben"):
            listing = lambda s3=s3, other=other: s3.list_objects_v2(Bucket=bucket, Prefix=f"home/{other}/")  # noqa: E731
            writing = lambda s3=s3, other=other: s3.put_object(Bucket=bucket, Key=f"home/{other}/new")  # noqa: E731
            if other == name:
                allowed(listing), allowed(writing)
            else:
                denied(listing), denied(writing, NO_IDENTITY)
        denied(lambda s3=s3: s3.get_object(Bucket=bucket, Key="top.txt"))
    # Membership is what grants: without it nothing is left.
    account.iam.remove_user_from_group(GroupName=group, UserName="ben")
    denied(lambda: s3.get_object(Bucket=bucket, Key="home/ben/b.txt"), NO_IDENTITY)


def test_a_federated_user_has_a_home_by_its_user_id(account):
    bucket = account.make_bucket("fed-homes", f"{ACCOUNT}:mia/a.txt", f"{ACCOUNT}:noa/a.txt")
    portal = account.make_user("portal", doc.policy(doc.allow(["sts:GetFederationToken", "s3:*"])))
    own = doc.policy(doc.allow("s3:GetObject", doc.bucket_arn(bucket, "${aws:userid}/*")))
    mia = account.federate(portal.creds, "mia", own)
    allowed(account.reads(mia, bucket, f"{ACCOUNT}:mia/a.txt"))
    denied(account.reads(mia, bucket, f"{ACCOUNT}:noa/a.txt"), NO_SESSION)


# -- bucket policies -------------------------------------------------------------------------------


def test_uploads_must_name_their_encryption(account):
    bucket = account.make_bucket("encrypted")
    objects = doc.bucket_arn(bucket, "*")
    account.bucket_policy(
        bucket,
        doc.deny("s3:PutObject", objects, "*", StringNotEquals={SSE: "AES256"}),
        doc.deny("s3:PutObject", objects, "*", Null={SSE: "true"}),
    )
    s3 = reader(account, doc.allow("s3:*"))
    denied(lambda: s3.put_object(Bucket=bucket, Key="plain"), BY_RESOURCE)
    allowed(lambda: s3.put_object(Bucket=bucket, Key="sealed", ServerSideEncryption="AES256"))
    denied(lambda: s3.create_multipart_upload(Bucket=bucket, Key="parts"), BY_RESOURCE)
    source = f"{bucket}/sealed"
    denied(lambda: s3.copy_object(Bucket=bucket, Key="copy", CopySource=source), BY_RESOURCE)
    allowed(lambda: s3.copy_object(Bucket=bucket, Key="copy", CopySource=source, ServerSideEncryption="AES256"))


def test_only_addresses_of_the_company_get_in(account):
    bucket = account.make_bucket("company")
    everything = [doc.bucket_arn(bucket), doc.bucket_arn(bucket, "*")]
    s3 = reader(account, doc.allow("s3:*"))

    def held_to(*ranges: str) -> None:
        account.bucket_policy(bucket, doc.deny("s3:*", everything, "*", NotIpAddress={"aws:SourceIp": list(ranges)}))

    held_to("192.0.2.0/24", "2001:db8::/32")
    denied(lambda: s3.get_object(Bucket=bucket, Key="a.txt"), BY_RESOURCE)
    denied(lambda: account.s3.get_object(Bucket=bucket, Key="a.txt"), BY_RESOURCE)
    # The owner's root user is not locked out of the policy itself.
    held_to("192.0.2.0/24", "127.0.0.0/8")
    allowed(lambda: s3.get_object(Bucket=bucket, Key="a.txt"))


def test_what_is_not_secure_transport_is_stopped(account):
    bucket = account.make_bucket("tls")
    everything = [doc.bucket_arn(bucket), doc.bucket_arn(bucket, "*")]
    account.bucket_policy(bucket, doc.deny("s3:*", everything, "*", Bool={"aws:SecureTransport": "false"}))
    denied(account.reads(account.make_user("plain", doc.policy(doc.allow("s3:*"))).creds, bucket), BY_RESOURCE)


def test_a_folder_is_read_with_mfa_only(account):
    bucket = account.make_bucket("mfa", "tax/a.txt", "a.txt")
    account.bucket_policy(
        bucket, doc.deny("s3:*", doc.bucket_arn(bucket, "tax/*"), "*", Null={"aws:MultiFactorAuthAge": "true"})
    )
    user = account.make_user("mfa", doc.policy(doc.allow("s3:*")))
    for creds in (user.creds, account.session_token(user.creds)):
        denied(account.reads(creds, bucket, "tax/a.txt"), BY_RESOURCE)
        allowed(account.reads(creds, bucket))


def test_everybody_reads_a_site_once_its_public_access_is_unblocked(account):
    bucket = account.make_bucket("site", "index.html")
    public = doc.allow("s3:GetObject", doc.bucket_arn(bucket, "*"), "*")
    visitor = unsigned(account)
    denied(lambda: account.bucket_policy(bucket, public), "public policies are blocked")
    open_to_public(account, bucket)
    account.bucket_policy(bucket, public)
    allowed(lambda: visitor.get_object(Bucket=bucket, Key="index.html"))
    denied(lambda: visitor.get_object(Bucket=bucket, Key="absent.html"))
    denied(lambda: visitor.list_objects_v2(Bucket=bucket))
    denied(lambda: visitor.put_object(Bucket=bucket, Key="index.html"))
    # Blocked again, the policy stays and serves the owner's account alone.
    open_to_public(account, bucket, RestrictPublicBuckets=True)
    denied(lambda: visitor.get_object(Bucket=bucket, Key="index.html"))
    allowed(account.reads(account.make_user("own").creds, bucket, "index.html"))


def test_a_site_is_read_from_its_own_pages_only(account):
    bucket = account.make_bucket("linked")
    open_to_public(account, bucket)
    pages = {"aws:Referer": ["http://www.example.com/*"]}
    account.bucket_policy(bucket, doc.allow("s3:GetObject", doc.bucket_arn(bucket, "*"), "*", StringLike=pages))
    raw = Raw(account.server)

    def get(*headers: tuple[str, str]) -> int:
        return raw.send(Request("GET", f"/{bucket}/a.txt", [("Host", raw.host), *headers], b"")).status

    assert get(("Referer", "http://www.example.com/page")) == 200
    assert (get(("Referer", "http://www.example.org/")), get()) == (403, 403)


def test_objects_are_read_and_tagged_by_their_tags(account):
    bucket = account.make_bucket("tagged", "open.txt", "closed.txt")
    account.s3.put_object_tagging(
        Bucket=bucket, Key="open.txt", Tagging={"TagSet": [{"Key": "environment", "Value": "production"}]}
    )
    user = account.make_user("tagger")
    objects = doc.bucket_arn(bucket, "*")
    account.bucket_policy(
        bucket,
        doc.allow(
            ["s3:GetObject", "s3:GetObjectVersion"], objects, {"AWS": user.arn},
            StringEquals={"s3:ExistingObjectTag/environment": "production"},
        ),
        doc.allow(
            "s3:PutObjectTagging", objects, {"AWS": user.arn},
            **{"ForAllValues:StringLike": {"s3:RequestObjectTagKeys": ["Owner", "CreationDate"]}},
        ),
    )
    s3 = account.client("s3", user.creds)
    allowed(lambda: s3.get_object(Bucket=bucket, Key="open.txt"))
    denied(lambda: s3.get_object(Bucket=bucket, Key="closed.txt"))

    def tag(key: str):
        tagging = {"TagSet": [{"Key": key, "Value": "x"}]}
        return lambda: s3.put_object_tagging(Bucket=bucket, Key="closed.txt", Tagging=tagging)

    allowed(tag("Owner"))
    denied(tag("environment"))


def test_copies_come_from_the_public_folder_only(account):
    source = account.make_bucket("source", "public/a.txt", "private/b.txt")
    target = account.make_bucket("target")
    user = account.make_user("copier", doc.policy(doc.allow("s3:GetObject", doc.bucket_arn(source, "*"))))
    account.bucket_policy(
        target,
        doc.allow("s3:PutObject", doc.bucket_arn(target, "*"), {"AWS": user.arn}),
        doc.deny(
            "s3:PutObject", doc.bucket_arn(target, "*"), {"AWS": user.arn},
            StringNotLike={"s3:x-amz-copy-source": f"{source}/public/*"},
        ),
    )
    s3 = account.client("s3", user.creds)
    copy = lambda key: s3.copy_object(Bucket=target, Key="k", CopySource=f"{source}/{key}")  # noqa: E731
    allowed(lambda: copy("public/a.txt"))
    denied(lambda: copy("private/b.txt"), BY_RESOURCE)
    denied(lambda: s3.put_object(Bucket=target, Key="k", Body=b"own"), BY_RESOURCE)


def test_writes_must_be_conditional(account):
    bucket = account.make_bucket("conditional")
    account.bucket_policy(
        bucket,
        doc.deny(
            "s3:PutObject", doc.bucket_arn(bucket, "*"), "*",
            Null={"s3:if-none-match": "true"}, Bool={"s3:ObjectCreationOperation": "true"},
        ),
    )
    s3 = reader(account, doc.allow("s3:*"))
    denied(lambda: s3.put_object(Bucket=bucket, Key="new"), BY_RESOURCE)
    allowed(lambda: s3.put_object(Bucket=bucket, Key="new", IfNoneMatch="*"))
    refused(lambda: s3.put_object(Bucket=bucket, Key="new", IfNoneMatch="*"), "PreconditionFailed", 412)
    upload = allowed(lambda: s3.create_multipart_upload(Bucket=bucket, Key="parts"))["UploadId"]
    part = {"Bucket": bucket, "Key": "parts", "UploadId": upload}
    etag = allowed(lambda: s3.upload_part(**part, PartNumber=1, Body=b"x"))["ETag"]
    listed = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    denied(lambda: s3.complete_multipart_upload(**part, MultipartUpload=listed), BY_RESOURCE)
    allowed(lambda: s3.complete_multipart_upload(**part, MultipartUpload=listed, IfNoneMatch="*"))


def test_lists_are_held_to_a_number_of_keys(account):
    bucket = account.make_bucket("few", "a", "b")
    s3 = reader(account, doc.allow("s3:ListBucket", NumericLessThanEquals={"s3:max-keys": "10"}))
    allowed(lambda: s3.list_objects_v2(Bucket=bucket, MaxKeys=10))
    denied(lambda: s3.list_objects_v2(Bucket=bucket, MaxKeys=11))
    denied(lambda: s3.list_objects_v2(Bucket=bucket))


def test_presigned_urls_live_as_long_as_the_bucket_says(account, server):
    bucket = account.make_bucket("presigned")
    account.bucket_policy(
        bucket,
        doc.deny("s3:*", doc.bucket_arn(bucket, "*"), "*", NumericGreaterThan={"s3:signatureAge": 600_000}),
        doc.deny("s3:PutObject", doc.bucket_arn(bucket, "*"), "*", StringNotEquals={"s3:authType": "REST-HEADER"}),
    )
    raw = Raw(server)
    creds = account.make_user("signer", doc.policy(doc.allow("s3:*"))).creds
    path = f"/{bucket}/a.txt"
    assert raw.send(raw.presigned("GET", path, creds)).status == 200
    assert raw.send(raw.presigned("PUT", path, creds, body=b"x")).status == 403
    assert raw.signed("PUT", path, creds, body=b"x").status == 200
