"""Classes S3O and POL across accounts: the same attacks by somebody of another account of the organization.

The state that may not change is that of the account attacked; the event is in the history of the attacker's.
"""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from harness import documents as doc
from harness.account import fresh
from harness.across import assuming, issued, root_of, tags
from harness.attack import Watched
from harness.clients import Creds
from harness.expect import allowed, denied, refused
from harness.raw import Raw

EVERYTHING = doc.policy(doc.allow("*"))
TAGGING = ["sts:AssumeRole", "sts:TagSession"]
SECRET = {"TagSet": [{"Key": "secret", "Value": "yes"}]}
FLAGS = ("--quota", "accounts=20")


@pytest.fixture(scope="module")
def raw(server) -> Raw:
    return Raw(server)


@pytest.fixture(scope="module")
def watched(one, two) -> Watched:
    return Watched(two, told=one)


@pytest.fixture(scope="module")
def rich(one) -> Creds:
    """Has every permission that its own account can give."""
    return one.make_user("rich", EVERYTHING).creds


# -- S3O -------------------------------------------------------------------------------------------

SOURCES = ["{v}/a.txt", "/{v}/a.txt", "{v}%2Fa.txt", "{v}/a.txt?versionId=null", "{o}/../{v}/a.txt", "arn:aws:s3:::{v}/a.txt",
           "//{v}/a.txt", "{v}/%61.txt", ""]  # fmt: skip


@pytest.mark.parametrize("form", SOURCES)
def test_s3o_1_a_copy_does_not_read_what_its_maker_may_not(one, two, rich, raw, form):
    own, vault = one.make_bucket(), two.make_bucket()
    theirs, mine = Watched(two).state(), Watched(one).state()
    source = form.format(v=vault, o=own)
    for query in ("", "part"):
        path, more = f"/{own}/stolen", ""
        if query:
            upload = one.client("s3", rich).create_multipart_upload(Bucket=own, Key="stolen")["UploadId"]
            more = f"partNumber=1&uploadId={upload}"
        answer = raw.signed("PUT", path, rich, query=more, headers=[("x-amz-copy-source", source)])
        assert answer.status in (400, 403, 404) and b"content" not in answer.body, (source, answer)
    assert (Watched(two).state(), Watched(one).state()) == (theirs, mine)
    two.bucket_policy(vault, doc.allow("s3:GetObject", doc.bucket_arn(vault, "*"), {"AWS": root_of(one)}))
    allowed(lambda: one.client("s3", rich).copy_object(Bucket=own, Key="copy", CopySource=f"{vault}/a.txt"))


def test_s3o_1_a_copy_is_not_written_where_its_maker_may_not(one, two, rich, watched):
    own, vault = one.make_bucket(), two.make_bucket()
    s3 = one.client("s3", rich)
    source = f"{own}/a.txt"
    watched.repelled(lambda: s3.copy_object(Bucket=vault, Key="planted", CopySource=source), "AccessDenied", 403)
    watched.repelled(lambda: s3.copy_object(Bucket=vault, Key="a.txt", CopySource=f"{vault}/a.txt"), "AccessDenied", 403)
    watched.repelled(lambda: s3.create_multipart_upload(Bucket=vault, Key="planted"), "AccessDenied", 403)
    upload = two.s3.create_multipart_upload(Bucket=vault, Key="theirs")["UploadId"]
    watched.repelled(
        lambda: s3.upload_part(Bucket=vault, Key="theirs", UploadId=upload, PartNumber=1, Body=b"planted"), "AccessDenied", 403
    )
    watched.repelled(lambda: s3.abort_multipart_upload(Bucket=vault, Key="theirs", UploadId=upload), "AccessDenied", 403)
    two.bucket_policy(vault, doc.allow("s3:PutObject", doc.bucket_arn(vault, "*"), {"AWS": root_of(one)}))
    allowed(lambda: s3.copy_object(Bucket=vault, Key="planted", CopySource=source))
    # Another account's object in its bucket is read by whom the bucket's account lets.
    watched.repelled(lambda: s3.get_object(Bucket=vault, Key="planted"), "AccessDenied", 403)


def test_s3o_1_an_upload_of_one_bucket_is_not_one_of_another(one, two, rich, watched):
    own, vault = one.make_bucket(), two.make_bucket()
    s3 = one.client("s3", rich)
    theirs = two.s3.create_multipart_upload(Bucket=vault, Key="up.bin")["UploadId"]
    for call in (
        lambda: s3.upload_part(Bucket=own, Key="up.bin", UploadId=theirs, PartNumber=1, Body=b"planted"),
        lambda: s3.abort_multipart_upload(Bucket=own, Key="up.bin", UploadId=theirs),
        lambda: s3.list_parts(Bucket=own, Key="up.bin", UploadId=theirs),
    ):
        watched.repelled(call, "NoSuchUpload", 404)
    assert two.s3.list_parts(Bucket=vault, Key="up.bin", UploadId=theirs).get("Parts", []) == []
    allowed(lambda: two.s3.upload_part(Bucket=vault, Key="up.bin", UploadId=theirs, PartNumber=1, Body=b"own"))


@pytest.mark.parametrize("given", [{}, {"Prefix": "home/ali"}, {"Prefix": "home/bob/../alice"}, {"Prefix": "home/alice/"},
                                   {"Prefix": "", "Delimiter": "/"}, {"StartAfter": "home/bob/"}])  # fmt: skip
def test_s3o_3_a_foreign_list_stays_below_its_prefix(one, two, rich, watched, given):
    bucket = two.make_bucket()
    for name in ("alice", "bob"):
        two.s3.put_object(Bucket=bucket, Key=f"home/{name}/1", Body=b"1")
        two.s3.put_object(Bucket=bucket, Key=f"home/{name}/2", Body=b"2")
    below = {"StringEquals": {"s3:prefix": "home/bob/"}}
    two.bucket_policy(bucket, doc.allow("s3:ListBucket", doc.bucket_arn(bucket), {"AWS": root_of(one)}, **below))
    s3 = one.client("s3", rich)
    watched.repelled(lambda: s3.list_objects_v2(Bucket=bucket, **given), "AccessDenied", 403)
    watched.repelled(lambda: s3.list_object_versions(Bucket=bucket, Prefix="home/bob/"), "AccessDenied", 403)
    page = allowed(lambda: s3.list_objects_v2(Bucket=bucket, Prefix="home/bob/", MaxKeys=1))
    assert [held["Key"] for held in page["Contents"]] == ["home/bob/1"]
    # A place in a list of another prefix leads nowhere.
    foreign = two.s3.list_objects_v2(Bucket=bucket, Prefix="home/alice/", MaxKeys=1)["NextContinuationToken"]
    try:
        found = s3.list_objects_v2(Bucket=bucket, Prefix="home/bob/", ContinuationToken=foreign).get("Contents", [])
    except ClientError as refusal:
        assert refusal.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    else:
        assert all(held["Key"].startswith("home/bob/") for held in found)


def test_s3o_4_a_deny_of_the_buckets_account_wins_over_all_that_another_grants(one, two, rich, watched):
    bucket = two.make_bucket()
    objects, them = doc.bucket_arn(bucket, "*"), {"AWS": root_of(one)}
    two.bucket_policy(bucket, doc.allow("s3:*", [objects, doc.bucket_arn(bucket)], them), doc.deny("s3:PutObjectTagging", objects, "*"))
    s3 = one.client("s3", rich)
    watched.repelled(lambda: s3.put_object(Bucket=bucket, Key="t", Body=b"", Tagging="a=b"), "AccessDenied", 403)
    watched.repelled(lambda: s3.put_object_tagging(Bucket=bucket, Key="a.txt", Tagging=SECRET), "AccessDenied", 403)
    watched.repelled(
        lambda: s3.copy_object(Bucket=bucket, Key="t", CopySource=f"{bucket}/a.txt", TaggingDirective="REPLACE", Tagging="a=b"),
        "AccessDenied",
        403,
    )
    allowed(lambda: s3.put_object(Bucket=bucket, Key="t", Body=b""))


# -- POL -------------------------------------------------------------------------------------------


def test_pol_4_a_foreign_principal_is_exactly_the_one_that_is_named(one, two, watched):
    one.iam.create_user(UserName="dev")
    bucket = two.make_bucket({"AWS": f"arn:aws:iam::{one.id}:user/dev"})
    for name in ("dev-admin", "de", "xdev"):
        made = one.make_user(name, EVERYTHING)
        watched.repelled(two.reads(bucket, made.creds), "AccessDenied", 403)
    role = one.client("iam").create_role(RoleName="dev", AssumeRolePolicyDocument=doc.trust(root_of(one)))["Role"]["Arn"]
    one.iam.put_role_policy(RoleName="dev", PolicyName="p", PolicyDocument=EVERYTHING)
    issuer = one.make_user("issuer", EVERYTHING).creds
    watched.repelled(two.reads(bucket, issued(assuming(one, issuer, role))), "AccessDenied", 403)
    one.iam.put_user_policy(UserName="dev", PolicyName="p", PolicyDocument=EVERYTHING)
    key = one.iam.create_access_key(UserName="dev")["AccessKey"]
    allowed(two.reads(bucket, Creds(key["AccessKeyId"], key["SecretAccessKey"])))


@pytest.mark.parametrize("value", ["+", "a=b", "../x", "/", ":", "x/../secret", "@", "-", "."])
def test_pol_5_a_tag_that_another_account_gives_is_text_in_a_bucket_policy(one, two, rich, watched, value):
    """The other account chooses the tag; the bucket's policy takes it as nothing but itself."""
    bucket = two.make_bucket()
    two.s3.put_object(Bucket=bucket, Key="secret/plan", Body=b"secret")
    two.s3.put_object(Bucket=bucket, Key=f"{value}/own", Body=b"own")
    own = doc.bucket_arn(bucket, "${aws:PrincipalTag/team}/*")
    two.bucket_policy(bucket, doc.allow("s3:GetObject", own, {"AWS": root_of(one)}))
    role = one.make_role(doc.trust(root_of(one), actions=TAGGING), EVERYTHING)
    session = issued(assuming(one, rich, role, Tags=tags(team=value)))
    s3 = one.client("s3", session)
    watched.repelled(lambda: s3.get_object(Bucket=bucket, Key="secret/plan"), "AccessDenied", 403)
    allowed(lambda: s3.get_object(Bucket=bucket, Key=f"{value}/own"))
    # Without the tag the variable has no value, and matches nothing.
    bare = one.client("s3", issued(assuming(one, rich, role)))
    watched.repelled(lambda: bare.get_object(Bucket=bucket, Key="secret/plan"), "AccessDenied", 403)


def test_pol_7_neither_account_alone_grants(one, two, watched):
    bucket = two.make_bucket()
    objects = doc.bucket_arn(bucket, "*")
    reader = one.make_user("reader", doc.policy(doc.allow("s3:GetObject", objects)))
    watched.repelled(two.reads(bucket, reader.creds), "AccessDenied", 403)
    silent = one.make_user("silent")
    two.bucket_policy(bucket, doc.allow("s3:GetObject", objects, {"AWS": silent.arn}))
    watched.repelled(two.reads(bucket, silent.creds), "AccessDenied", 403)
    watched.repelled(two.reads(bucket, reader.creds), "AccessDenied", 403)
    two.bucket_policy(bucket, doc.allow("s3:GetObject", objects, {"AWS": [silent.arn, reader.arn]}))
    watched.repelled(two.reads(bucket, silent.creds), "AccessDenied", 403)
    allowed(two.reads(bucket, reader.creds))
    assert json.loads(two.s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]


def test_pol_9_namesakes_in_two_accounts_are_two_callers(one, two):
    """The same name, the same policy: what is decided for one is not remembered for the other."""
    policy = doc.policy(doc.allow("s3:GetObject"))
    name = fresh("namesake")
    found = []
    for member in (one, two):
        member.iam.create_user(UserName=name)
        member.iam.put_user_policy(UserName=name, PolicyName="main", PolicyDocument=policy)
        key = member.iam.create_access_key(UserName=name)["AccessKey"]
        found.append(Creds(key["AccessKeyId"], key["SecretAccessKey"]))
    bucket = two.make_bucket()
    for _ in range(20):
        denied(two.reads(bucket, found[0]))
        allowed(two.reads(bucket, found[1]))
    refused(lambda: one.client("s3", found[0]).put_object(Bucket=bucket, Key="a.txt", Body=b""), "AccessDenied", 403)
