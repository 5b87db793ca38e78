"""Class CTX: the condition context holds verified facts and nothing that the caller merely says.

CTX-1: also `test_context_keys.py` (each key present or absent for each kind of caller). CTX-2 and CTX-6 are about what
operators make of the facts: `test_threat_ctx_operators.py`. CTX-4: what is here is that no code of a
device that is not there is taken or passed over; that a code counts once, for its own device, and that wrong ones lock
it: `test_threat_ctx_mfa.py`. CTX-5: tags live in the object's own record, so that there is no way to find the object and not
its tags.
"""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from harness import documents as doc
from harness.account import Account
from harness.attack import Watched
from harness.audit import recent_events_with
from harness.expect import BY_IDENTITY, allowed, denied, refused
from harness.raw import Raw
from harness.server import ACCOUNT, Server

S3_ALL = doc.allow("s3:*")


@pytest.fixture(scope="module")
def watched(account):
    return Watched(account)


@pytest.fixture(scope="module")
def raw(server):
    return Raw(server)


@pytest.fixture(scope="module")
def bucket(account):
    return account.make_bucket("ctx")


@pytest.fixture(scope="module")
def user(account):
    return account.make_user("ctx")


# -- CTX-1: a header or parameter is no fact --------------------------------------------------

CLAIMS = [
    ("aws:userid", "AIDAADMINISTRATOR0000", ["userid", "aws-userid", "x-amz-userid"]),
    ("aws:username", "administrator", ["username", "x-aws-username", "x-amz-security-username"]),
    ("aws:PrincipalTag/team", "red", ["principaltag", "x-amz-principaltag-team", "x-amz-tagging", "x-amz-meta-team"]),
    ("aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:root", ["principalarn", "x-amz-principal-arn"]),
    ("aws:SourceIp", "10.1.2.3", ["x-aws-sourceip", "x-amz-source-ip", "x-forwarded-for", "x-real-ip", "true-client-ip"]),
    ("aws:MultiFactorAuthPresent", "true", ["multifactorauthpresent", "x-amz-mfa"]),
    ("aws:SourceVpce", "vpce-1", ["x-amz-source-vpce", "sourcevpce"]),
    ("aws:PrincipalOrgID", "o-1", ["groups", "x-amz-principal-org-id"]),
    ("aws:ViaAWSService", "true", ["x-amz-via-aws-service", "x-amz-source-arn", "x-amz-source-account"]),
    ("s3:VersionId", "null", ["versionid", "x-amz-version-id"]),
]


@pytest.mark.parametrize("key, value, names", CLAIMS, ids=[key for key, *_ in CLAIMS])
def test_ctx_1_what_a_header_claims_is_no_fact(account, watched, raw, bucket, user, key, value, names):
    operator = "IpAddress" if key == "aws:SourceIp" else "StringEquals"
    account.user_policy(user.name, doc.policy(doc.allow("s3:GetObject", **{operator: {key: value}})))
    path = f"/{bucket}/a.txt"
    claims = [(name, value) for name in names]
    watched.turned_away(lambda: raw.signed("GET", path, user.creds, headers=claims))
    for name, claimed in claims:
        assert raw.signed("GET", path, user.creds, headers=[(name, claimed)]).status == 403, name
    # A deny cannot be talked away either.
    negated = {"IpAddress": "NotIpAddress", "StringEquals": "StringNotEquals"}[operator]
    account.user_policy(user.name, doc.policy(S3_ALL, doc.deny("s3:GetObject", **{negated: {key: value}})))
    assert raw.signed("GET", path, user.creds, headers=claims).status == 403
    # The twin: what is true of the caller is taken.
    true = {"StringEquals": {"aws:username": user.name}, "IpAddress": {"aws:SourceIp": "127.0.0.1"}}
    account.user_policy(user.name, doc.policy(doc.allow("s3:GetObject", **true)))
    assert raw.signed("GET", path, user.creds, headers=claims).status == 200


def test_ctx_1_a_parameter_of_the_query_or_the_form_is_no_fact(account, watched, raw, bucket, user):
    account.user_policy(
        user.name, doc.policy(doc.allow(["s3:GetObject", "iam:ListUsers"], StringEquals={"aws:PrincipalTag/team": "red"}))
    )
    query = "aws%3APrincipalTag%2Fteam=red&team=red"
    watched.turned_away(lambda: raw.signed("GET", f"/{bucket}/a.txt", user.creds, query=query))
    form = {"aws:PrincipalTag/team": "red", "Tags.member.1.Key": "team", "Tags.member.1.Value": "red"}
    watched.turned_away(lambda: raw.send(raw.query_call("iam", "ListUsers", user.creds, **form)))
    account.iam.tag_user(UserName=user.name, Tags=[{"Key": "team", "Value": "red"}])
    assert raw.signed("GET", f"/{bucket}/a.txt", user.creds).status == 200
    account.iam.untag_user(UserName=user.name, TagKeys=["team"])


def test_ctx_1_documented_headers_do_feed_their_keys(account, watched, bucket, user):
    acl = {"s3:x-amz-acl": "bucket-owner-full-control"}
    account.user_policy(user.name, doc.policy(doc.allow("s3:PutObject*", StringEquals=acl)))
    s3 = account.client("s3", user.creds)
    watched.repelled(lambda: s3.put_object(Bucket=bucket, Key="acl", Body=b""), "AccessDenied", 403)
    allowed(lambda: s3.put_object(Bucket=bucket, Key="acl", Body=b"", ACL="bucket-owner-full-control"))


# -- CTX-3: addresses -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def proxied():
    """A server that believes a proxy on loopback; gives (raw, user, bucket, account)."""
    with Server(flags=("--trusted-proxy", "127.0.0.0/8")) as server:
        account = Account(server)
        yield Raw(server), account.make_user("net"), account.make_bucket("net"), account


ADDRESSES = [
    ("10.0.0.1", {"IpAddress": "10.0.0.0/8"}, True),
    ("::ffff:10.0.0.1", {"IpAddress": "10.0.0.0/8"}, True),
    ("::ffff:10.0.0.1", {"NotIpAddress": "10.0.0.0/8"}, False),
    ("::ffff:a00:1", {"IpAddress": "10.0.0.1"}, True),
    ("10.0.0.1", {"IpAddress": "::ffff:10.0.0.0/104"}, True),
    ("10.200.3.4", {"IpAddress": "10.0.0.1/8"}, True),
    ("11.0.0.1", {"IpAddress": "10.0.0.1/8"}, False),
    ("10.0.0.1", {"IpAddress": "0.0.0.0/0"}, True),
    ("10.0.0.1", {"IpAddress": "::/0"}, False),
    ("2001:db8::1", {"IpAddress": "::/0"}, True),
    ("2001:db8::1", {"IpAddress": "0.0.0.0/0"}, False),
    ("2001:db8::1", {"NotIpAddress": "0.0.0.0/0"}, True),
    ("2001:DB8:0:0::1", {"IpAddress": "2001:db8::1"}, True),
]


@pytest.mark.parametrize("address, wanted, holds", ADDRESSES)
def test_ctx_3_an_address_is_one_address_however_it_is_written(proxied, address, wanted, holds):
    raw, user, bucket, account = proxied
    condition = {operator: {"aws:SourceIp": value} for operator, value in wanted.items()}
    account.user_policy(user.name, doc.policy(doc.allow("s3:GetObject", **condition)))
    answer = raw.signed("GET", f"/{bucket}/a.txt", user.creds, headers=[("X-Forwarded-For", address)])
    assert answer.status == (200 if holds else 403), answer
    account.user_policy(user.name, doc.policy(S3_ALL, doc.deny("s3:GetObject", **condition)))
    answer = raw.signed("GET", f"/{bucket}/a.txt", user.creds, headers=[("X-Forwarded-For", address)])
    assert answer.status == (403 if holds else 200), answer
    [event] = recent_events_with(account, answer.request_id)
    assert event["sourceIPAddress"] == address.replace("::ffff:a00:1", "10.0.0.1").replace("::ffff:", "").replace(
        "2001:DB8:0:0::1", "2001:db8::1"
    )


@pytest.mark.parametrize(
    "text", ["010.0.0.1", "10.0.0.0/33", "10.0.0.0/08", "10.0.0", "10.0.0.1.1", "::/129", "10.0.0.*", "0x0a000001", "167772161", "10.0.0.0/255.0.0.0"]
)  # fmt: skip
@pytest.mark.parametrize("operator", ["IpAddress", "NotIpAddress"])
def test_ctx_3_what_is_no_range_is_refused_at_save(account, watched, user, operator, text):
    bad = doc.policy(doc.allow("s3:*", **{operator: {"aws:SourceIp": ["127.0.0.0/8", text]}}))
    watched.repelled(lambda: account.user_policy(user.name, bad), "MalformedPolicyDocument", 400, text)
    good = doc.policy(doc.allow("s3:*", **{operator: {"aws:SourceIp": ["127.0.0.0/8"]}}))
    allowed(lambda: account.user_policy(user.name, good))


# -- CTX-4: codes ---------------------------------------------------------------------------------

SERIAL = f"arn:aws:iam::{ACCOUNT}:mfa/alice"
GUESSES = 200
MFA = "aws:MultiFactorAuthPresent"


@pytest.fixture(scope="module")
def open_role(account):
    return account.make_role("open")


def asking(account, role, **code):
    """The two calls that take a code."""
    sts = account.client("sts", account.operator.creds)
    return [
        lambda: sts.get_session_token(**code),
        lambda: sts.assume_role(RoleArn=role.arn, RoleSessionName="coded", **code),
    ]


@pytest.mark.parametrize(
    "code",
    [
        {"SerialNumber": SERIAL, "TokenCode": "123456"},
        {"SerialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/of-another", "TokenCode": "123456"},
        {"SerialNumber": "GAHT12345678", "TokenCode": "000000"},
        {"SerialNumber": SERIAL},
        {"TokenCode": "123456"},
    ],
    ids=["a code", "of another's device", "of a hardware device", "no code", "no device"],
)
def test_ctx_4_no_code_is_taken_or_passed_over(account, watched, open_role, code):
    for call in asking(account, open_role, **code):
        watched.repelled(call, "AccessDenied", 403, "MultiFactorAuthentication failed")
    for call in asking(account, open_role):
        allowed(call)


@pytest.mark.parametrize("spelling", [" 123456", "123456 ", "123 456", "１２３４５６", "12345", "1234567", "abcdef", "-12345"])
def test_ctx_4_a_code_in_another_spelling_is_no_code(account, watched, raw, spelling):
    caller = account.operator.creds
    form = {"SerialNumber": SERIAL, "TokenCode": spelling}
    before = watched.state()
    answer = raw.send(raw.query_call("sts", "GetSessionToken", caller, **form))
    assert answer.status in (400, 403) and answer.code in ("ValidationError", "AccessDenied"), answer
    watched.unharmed(before, answer.request_id, answer.code)


def test_ctx_4_guessing_opens_nothing_and_locks_nobody_out(account, watched, bucket):
    caller = account.operator.creds
    before = watched.state()
    guess = account.client("sts", caller).get_session_token
    for number in range(GUESSES):
        refused(lambda: guess(SerialNumber=SERIAL, TokenCode=f"{number:06}"), "AccessDenied", 403)
    # A code that was refused may be sent again, and is refused again.
    refused(lambda: guess(SerialNumber=SERIAL, TokenCode="000000"), "AccessDenied", 403)
    assert watched.state() == before and account.server.alive()
    allowed(lambda: guess())


def test_ctx_4_nobody_has_multi_factor_authentication(account, bucket):
    user = account.make_user("mfa", doc.policy(doc.allow(["s3:GetObject", "sts:*"], Bool={MFA: "true"})))
    account.user_policy(user.name, doc.policy(doc.allow("sts:AssumeRole")), "sts")
    role = account.make_role("mfa", doc.policy(doc.allow("s3:GetObject", Bool={MFA: "true"})))
    callers = [user.creds, account.session_token(user.creds), account.assume(role, by=user.creds)]
    for creds in callers:
        denied(account.reads(creds, bucket))
    # Absent for the long-term key, false for sessions.
    account.user_policy(user.name, doc.policy(doc.allow("s3:GetObject", Null={MFA: "true"})))
    assert [works(account.reads(creds, bucket)) for creds in callers[:2]] == [True, False]
    account.user_policy(user.name, doc.policy(doc.allow("s3:GetObject", Bool={MFA: "false"})))
    assert [works(account.reads(creds, bucket)) for creds in callers[:2]] == [False, True]
    trust = doc.trust(user.arn, Bool={MFA: "true"})
    account.iam.update_assume_role_policy(RoleName=role.name, PolicyDocument=trust)
    denied(lambda: account.assume(role, by=user.creds))


def works(call) -> bool:
    try:
        call()
    except ClientError:
        return False
    return True


# -- CTX-5: tags of the object --------------------------------------------------------------------


@pytest.fixture(scope="module")
def tagged(account):
    """A bucket with an object tagged secret and its untagged twin, and a user who may all but the secret."""
    bucket = account.make_bucket("tags", "secret.txt", "open.txt")
    tags = {"TagSet": [{"Key": "secret", "Value": "yes"}]}
    account.s3.put_object_tagging(Bucket=bucket, Key="secret.txt", Tagging=tags)
    deny = doc.deny("s3:*", StringEquals={"s3:ExistingObjectTag/secret": "yes"})
    return bucket, account.make_user("tags", doc.policy(S3_ALL, deny)).creds


READS = {
    "Get": lambda s3, bucket, key: s3.get_object(Bucket=bucket, Key=key),
    "Head": lambda s3, bucket, key: s3.head_object(Bucket=bucket, Key=key),
    "a range": lambda s3, bucket, key: s3.get_object(Bucket=bucket, Key=key, Range="bytes=0-1"),
    "the version": lambda s3, bucket, key: s3.get_object(Bucket=bucket, Key=key, VersionId="null"),
    "Head of the version": lambda s3, bucket, key: s3.head_object(Bucket=bucket, Key=key, VersionId="null"),
    "the tags": lambda s3, bucket, key: s3.get_object_tagging(Bucket=bucket, Key=key),
    "the attributes": lambda s3, bucket, key: s3.get_object_attributes(Bucket=bucket, Key=key, ObjectAttributes=["ETag"]),
    "a copy": lambda s3, bucket, key: s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": key}),
    "a copy of the version": lambda s3, bucket, key: s3.copy_object(
        Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": key, "VersionId": "null"}
    ),
    "a part copied": lambda s3, bucket, key: s3.upload_part_copy(
        Bucket=bucket,
        Key="parts",
        PartNumber=1,
        UploadId=s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"],
        CopySource={"Bucket": bucket, "Key": key},
    ),
}


@pytest.mark.parametrize("path", READS)
def test_ctx_5_a_tagged_object_is_closed_on_every_path(account, watched, tagged, path):
    bucket, creds = tagged
    s3 = account.client("s3", creds)
    # A HEAD answer has no body, hence no code but its status.
    code = "403" if path.startswith("Head") else "AccessDenied"
    if path.startswith("Head"):
        refused(lambda: READS[path](s3, bucket, "secret.txt"), code, 403)
    else:
        watched.repelled(lambda: READS[path](s3, bucket, "secret.txt"), code, 403)
    allowed(lambda: READS[path](s3, bucket, "open.txt"))
    account.s3.delete_object(Bucket=bucket, Key="copy")


def test_ctx_5_a_url_and_a_delete_meet_the_tags_too(account, watched, tagged, raw):
    bucket, creds = tagged
    s3 = account.client("s3", creds)
    watched.turned_away(lambda: raw.send(raw.presigned("GET", f"/{bucket}/secret.txt", creds)))
    assert raw.send(raw.presigned("GET", f"/{bucket}/open.txt", creds)).status == 200
    watched.repelled(lambda: s3.delete_object_tagging(Bucket=bucket, Key="secret.txt"), "AccessDenied", 403)
    watched.repelled(
        lambda: s3.put_object_tagging(Bucket=bucket, Key="secret.txt", Tagging={"TagSet": []}), "AccessDenied", 403
    )


def test_ctx_5_what_is_tagged_later_is_closed_from_then_on(account, tagged):
    bucket, creds = tagged
    account.s3.put_object(Bucket=bucket, Key="later.txt", Body=b"x")
    allowed(account.reads(creds, bucket, "later.txt"))
    tags = {"TagSet": [{"Key": "Secret", "Value": "yes"}]}
    account.s3.put_object_tagging(Bucket=bucket, Key="later.txt", Tagging=tags)
    denied(account.reads(creds, bucket, "later.txt"), BY_IDENTITY)
    account.s3.delete_object_tagging(Bucket=bucket, Key="later.txt")
    allowed(account.reads(creds, bucket, "later.txt"))
