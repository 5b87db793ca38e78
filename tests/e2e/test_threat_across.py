"""Classes SES and CTX across accounts: the same attacks by somebody of another account of the organization.

The state that may not change is that of the account attacked; the event is in the history of the attacker's.
"""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from harness import documents as doc
from harness.account import fresh
from harness.across import assuming, issued, root_of, tags
from harness.attack import Watched
from harness.audit import lookup
from harness.clients import Creds
from harness.expect import allowed
from harness.raw import Raw
from harness.sigv4 import encode

EVERYTHING = doc.policy(doc.allow("*"))
TAGGING, SOURCING = ["sts:AssumeRole", "sts:TagSession"], ["sts:AssumeRole", "sts:SetSourceIdentity"]
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


# -- SES -------------------------------------------------------------------------------------------


def test_ses_1_a_limited_session_does_not_leave_its_limits_through_another_account(one, two, rich, watched):
    own = one.make_role(doc.trust(root_of(one)), EVERYTHING)
    foreign = two.make_role(doc.trust(root_of(one)), EVERYTHING)
    bucket = two.make_bucket({"AWS": root_of(one)})
    limited = issued(assuming(one, rich, own, Policy=doc.policy(doc.allow("s3:GetObject"))))
    allowed(two.reads(bucket, limited))
    watched.repelled(assuming(one, limited, foreign), "AccessDenied", 403)
    federated = Creds.issued(one.client("sts", rich).get_federation_token(Name="guest", Policy=EVERYTHING))
    watched.repelled(assuming(one, federated, foreign), "AccessDenied", 403)
    # The session policy given at the border bounds what is got there.
    bounded = issued(assuming(one, rich, foreign, Policy=doc.policy(doc.allow("s3:GetObject"))))
    Watched(two).repelled(lambda: two.client("iam", bounded).create_user(UserName=fresh("made")), "AccessDenied", 403)
    Watched(two).repelled(lambda: two.client("sts", bounded).assume_role(RoleArn=foreign, RoleSessionName="self"), "AccessDenied", 403)
    allowed(lambda: two.client("iam", issued(assuming(one, rich, foreign))).list_users())


def test_ses_2_no_call_is_made_for_a_user_of_another_account(one, two, rich, watched):
    """Names are those of the caller's account; ARNs of another account are no names."""
    target = two.make_user("administrator", EVERYTHING)
    policy = two.iam.create_policy(PolicyName=fresh("policy"), PolicyDocument=EVERYTHING)["Policy"]["Arn"]
    role = two.make_role(doc.trust(root_of(two)), EVERYTHING).rpartition("/")[2]
    iam = one.client("iam", rich, parameter_validation=False)
    for call in (
        lambda n: iam.create_access_key(UserName=n),
        lambda n: iam.create_login_profile(UserName=n, Password="Correct-Horse-9-Battery"),
        lambda n: iam.put_user_policy(UserName=n, PolicyName="p", PolicyDocument=EVERYTHING),
        lambda n: iam.delete_user(UserName=n),
        lambda n: iam.list_access_keys(UserName=n),
    ):
        watched.repelled(lambda: call(target.name), "NoSuchEntity", 404)
        watched.repelled(lambda: call(target.arn), "ValidationError", 400)
    key = target.creds.access_key
    mine = one.make_user("mine").name
    watched.repelled(lambda: iam.delete_access_key(UserName=mine, AccessKeyId=key), "NoSuchEntity", 404)
    watched.repelled(lambda: iam.update_access_key(UserName=mine, AccessKeyId=key, Status="Inactive"), "NoSuchEntity", 404)
    trust = doc.trust(root_of(one))
    watched.repelled(lambda: iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust), "NoSuchEntity", 404)
    for call in (
        lambda: iam.attach_user_policy(UserName=mine, PolicyArn=policy),
        lambda: iam.create_policy_version(PolicyArn=policy, PolicyDocument=EVERYTHING, SetAsDefault=True),
        lambda: iam.delete_policy(PolicyArn=policy),
        lambda: iam.put_user_permissions_boundary(UserName=mine, PermissionsBoundary=policy),
    ):
        with pytest.raises(ClientError) as caught:
            call()
        answer = caught.value.response
        assert answer["Error"]["Code"] in ("NoSuchEntity", "AccessDenied", "ValidationError"), answer
    allowed(lambda: iam.create_access_key(UserName=mine))
    two.client("sts", target.creds).get_caller_identity()


def test_ses_4_a_key_of_one_account_with_a_token_of_another_is_nobody(one, two, rich):
    mine = issued(assuming(one, rich, one.make_role(doc.trust(root_of(one)), EVERYTHING)))
    theirs = issued(assuming(one, rich, two.make_role(doc.trust(root_of(one)), EVERYTHING)))
    for mixed in (
        Creds(mine.access_key, mine.secret, theirs.token),
        Creds(theirs.access_key, mine.secret, theirs.token),
        Creds(theirs.access_key, theirs.secret, mine.token),
    ):
        with pytest.raises(ClientError) as caught:
            one.client("sts", mixed).get_caller_identity()
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    allowed(lambda: one.client("sts", theirs).get_caller_identity())


def test_ses_5_both_accounts_and_the_external_id_must_agree(one, two, rich, watched, raw):
    named = {"StringEquals": {"sts:ExternalId": "agreed"}}
    role = two.make_role(doc.trust(root_of(one), **named), EVERYTHING)
    for given in ({}, {"ExternalId": "Agreed"}, {"ExternalId": "agreed2"}):
        watched.repelled(assuming(one, rich, role, **given), "AccessDenied", 403)
    twice = raw.query_call("sts", "AssumeRole", rich, RoleArn=role, RoleSessionName="attempt", ExternalId="wrong")
    doubled = raw.request(
        "POST", "/", rich, "sts", headers=[("Content-Type", "application/x-www-form-urlencoded")], body=twice.body + b"&ExternalId=agreed"
    )
    assert (raw.send(doubled).status, raw.send(doubled).code) == (400, "MalformedInput")
    unpermitted = one.make_user("unpermitted").creds
    watched.repelled(assuming(one, unpermitted, role, ExternalId="agreed"), "AccessDenied", 403)
    untrusting = two.make_role(doc.trust(root_of(two)), EVERYTHING)
    watched.repelled(assuming(one, rich, untrusting), "AccessDenied", 403)
    allowed(assuming(one, rich, role, ExternalId="agreed"))


def test_ses_6_transitive_tags_cross_the_border_unchanged(one, two, rich, watched):
    by_team = doc.policy(doc.allow("s3:*", StringEquals={"aws:PrincipalTag/team": "blue"}), doc.allow("sts:*"))
    first = one.make_role(doc.trust(root_of(one), actions=TAGGING), by_team)
    second = two.make_role(doc.trust(root_of(one), actions=TAGGING), by_team)
    bucket = two.make_bucket()
    hop = issued(assuming(one, rich, first, Tags=tags(team="red", desk="7"), TransitiveTagKeys=["team"]))
    for given in (tags(team="blue"), tags(TEAM="blue")):
        with pytest.raises(ClientError) as caught:
            assuming(one, hop, second, Tags=given)()
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)
    Watched(two).repelled(two.reads(bucket, issued(assuming(one, hop, second))), "AccessDenied", 403)
    blue = issued(assuming(one, rich, first, Tags=tags(team="blue"), TransitiveTagKeys=["team"]))
    allowed(two.reads(bucket, issued(assuming(one, blue, second))))
    # Who may not tag does not, even if the other account would take it.
    poor = one.make_user("poor", doc.policy(doc.allow("sts:AssumeRole"))).creds
    watched.repelled(assuming(one, poor, second, Tags=tags(team="blue")), "AccessDenied", 403)


def test_ses_7_a_source_identity_goes_with_the_chain_through_accounts(one, two, rich):
    first = one.make_role(doc.trust(root_of(one), actions=SOURCING), EVERYTHING)
    second = two.make_role(doc.trust(root_of(one), actions=SOURCING), EVERYTHING)
    hop = issued(assuming(one, rich, first, SourceIdentity="jane"))
    Watched(two, told=one).repelled(assuming(one, hop, second, SourceIdentity="john"), "AccessDenied", 403)
    answer = assuming(one, hop, second)()
    assert answer["SourceIdentity"] == "jane"
    arrived = Creds.issued(answer)
    made = two.client("iam", arrived).create_user(UserName=fresh("made"))
    found = [e for e in lookup(two, EventName="CreateUser") if e["requestID"] == made["ResponseMetadata"]["RequestId"]]
    assert [e["userIdentity"]["sessionContext"]["sourceIdentity"] for e in found] == ["jane"]


# -- CTX -------------------------------------------------------------------------------------------

CLAIMS = {
    "aws:PrincipalAccount": ["x-amz-principal-account", "principalaccount", "x-amz-source-account", "x-amz-account-id"],
    "aws:PrincipalArn": ["x-amz-principal-arn", "principalarn"],
    "aws:PrincipalOrgPaths": ["x-amz-principal-org-paths"],
    "aws:SourceAccount": ["x-amz-source-account", "x-amz-expected-source-account"],
    "aws:userid": ["userid", "x-amz-userid"],
    "aws:PrincipalTag/team": ["x-amz-principaltag-team", "x-amz-tagging"],
}


@pytest.mark.parametrize("key", CLAIMS)
def test_ctx_1_a_header_does_not_move_its_sender_to_another_account(one, two, rich, watched, raw, key):
    value = {"aws:PrincipalArn": root_of(two), "aws:PrincipalTag/team": "team=blue"}.get(key, two.id)
    bucket = two.make_bucket()
    objects = doc.bucket_arn(bucket, "*")
    operator = "ForAnyValue:StringLike" if key == "aws:PrincipalOrgPaths" else "StringEquals"
    them = {"AWS": root_of(one)}
    two.bucket_policy(bucket, doc.allow("s3:GetObject", objects, them, **{operator: {key: value}}))
    for name in CLAIMS[key]:
        watched.turned_away(lambda: raw.signed("GET", f"/{bucket}/a.txt", rich, headers=[(name, value)]))
    watched.turned_away(lambda: raw.signed("GET", f"/{bucket}/a.txt", rich, query=f"{encode(key)}={encode(value)}"))
    owner = [("x-amz-expected-bucket-owner", two.id)]
    watched.turned_away(lambda: raw.signed("GET", f"/{bucket}/a.txt", rich, headers=owner))
    # The fact itself opens.
    two.bucket_policy(bucket, doc.allow("s3:GetObject", objects, them, StringEquals={"aws:PrincipalAccount": one.id}))
    assert raw.signed("GET", f"/{bucket}/a.txt", rich, headers=owner).status == 200


@pytest.mark.parametrize("call", ["get_object", "get_object_tagging", "get_object_attributes", "copy_object", "upload_part_copy"])
def test_ctx_5_a_foreign_reader_meets_the_tags_of_the_object_on_every_path(one, two, rich, call):
    bucket, own = two.make_bucket(), one.make_bucket()
    two.s3.put_object(Bucket=bucket, Key="secret.txt", Body=b"secret")
    two.s3.put_object_tagging(Bucket=bucket, Key="secret.txt", Tagging=SECRET)
    objects, everybody = doc.bucket_arn(bucket, "*"), {"AWS": root_of(one)}
    hidden = {"StringEquals": {"s3:ExistingObjectTag/secret": "yes"}}
    two.bucket_policy(bucket, doc.allow("s3:*", objects, everybody), doc.deny("s3:*", objects, everybody, **hidden))
    s3 = one.client("s3", rich)
    upload = s3.create_multipart_upload(Bucket=own, Key="parts")["UploadId"]
    ways = {
        "copy_object": lambda key: s3.copy_object(Bucket=own, Key="copy", CopySource=f"{bucket}/{key}"),
        "upload_part_copy": lambda key: s3.upload_part_copy(
            Bucket=own, Key="parts", UploadId=upload, PartNumber=1, CopySource=f"{bucket}/{key}"
        ),
        "get_object_attributes": lambda key: s3.get_object_attributes(Bucket=bucket, Key=key, ObjectAttributes=["ETag"]),
    }
    way = ways.get(call) or (lambda key: getattr(s3, call)(Bucket=bucket, Key=key))
    Watched(two, told=one).repelled(lambda: way("secret.txt"), "AccessDenied", 403)
    allowed(lambda: way("a.txt"))
