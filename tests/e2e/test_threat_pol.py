"""Class POL: documents say one thing to every reader, and a decision follows from nothing but its inputs.

POL-1 and POL-2: also `test_iam_policies.py` and `crates/policy/tests/malformed.rs`. A stored policy that no longer
parses cannot be made through the API; that it denies its scope is `corpus/decide/unreadable`. POL-3: that patterns
take one pass is measured by `crates/policy/benches/hostile.rs` and shown by `crates/policy/tests/hostile.rs`; that
they match as their definition says by the fuzz target `pattern`. POL-7: the whole matrix is
`crates/policy/tests/layer_matrix.rs`, of which `test_corpus_wire.py` asks what one account can stage. POL-8 and POL-9
have a file of their own, `test_threat_pol_parallel.py`.
"""

from __future__ import annotations

import json
import time

import pytest

from harness import documents as doc
from harness.account import ROOT_ARN, fresh
from harness.attack import Watched
from harness.expect import BY_IDENTITY, NO_IDENTITY, allowed, denied, refused
from harness.raw import Raw

S3_ALL = doc.allow("s3:*")
# However hostile a policy of the largest size is, an answer takes less. A bound of liveness, no measurement.
LIVELY_S = 2.0


@pytest.fixture(scope="module")
def watched(account):
    return Watched(account)


@pytest.fixture(scope="module")
def raw(server):
    return Raw(server)


@pytest.fixture(scope="module")
def doors(account):
    """Every way in for a document: by name, a call that saves it, and what the document must have besides."""
    user, role = account.make_user("pol"), account.make_role("pol")
    bucket = account.make_bucket("pol")
    account.s3.delete_public_access_block(Bucket=bucket)
    iam, operator = account.iam, account.operator
    everyone = '"Principal":"*"'
    trusted = f'"Principal":{{"AWS":"{ROOT_ARN}"}}'
    return {
        "user": (lambda text: account.user_policy(user.name, text), ""),
        "role": (lambda text: account.role_policy(role.name, text), ""),
        "managed": (lambda text: iam.create_policy(PolicyName=fresh("pol"), PolicyDocument=text), ""),
        "trust": (lambda text: iam.update_assume_role_policy(RoleName=role.name, PolicyDocument=text), trusted),
        "bucket": (lambda text: account.s3.put_bucket_policy(Bucket=bucket, Policy=text), everyone),
        "session": (lambda text: account.assume(role, Policy=text), ""),
        "federation": (lambda text: account.federate(operator.creds, "guest", text), ""),
    }, bucket


def document(door: str, more: str, statement: str = "") -> str:
    """A document for a door, written by hand so that it may say something twice."""
    if door == "trust":
        rest = '"Action":"sts:AssumeRole"'
    elif door == "bucket":
        rest = '"Action":"s3:GetObject","Resource":"arn:aws:s3:::BUCKET/*"'
    else:
        rest = '"Action":"s3:GetObject","Resource":"*"'
    parts = [part for part in ('"Effect":"Allow"', rest, more, statement) if part]
    return '{"Version":"2012-10-17","Statement":[{%s}]}' % ",".join(parts)


# -- POL-1: nothing is said twice ---------------------------------------------------------------
# -- POL-2: nothing unknown is said -------------------------------------------------------------

TWICE = {
    "Effect": '"Effect":"Deny"',
    "effect in another case": '"effect":"Deny"',
    "Action": '"Action":"sts:AssumeRole"',
    "action in another case": '"action":"sts:*"',
    "Principal": '"Principal":"*","principal":"*"',
    "a condition key": '"Condition":{"StringEquals":{"aws:userid":"a","aws:userid":"b"}}',
    "a condition key in another case": '"Condition":{"StringEquals":{"aws:userid":"a","aws:userId":"b"}}',
    "an operator": '"Condition":{"StringEquals":{"aws:userid":"a"},"StringEquals":{"aws:userid":"b"}}',
    "an operator in another case": '"Condition":{"StringEquals":{"aws:userid":"a"},"stringequals":{"aws:username":"b"}}',
    "Condition": '"Condition":{},"Condition":{"Bool":{"aws:SecureTransport":"true"}}',
    "escaped": '"\\u0045ffect":"Deny"',
}
UNKNOWN = {
    "Condtion": '"Condtion":{"Bool":{"aws:SecureTransport":"true"}}',
    "NotResources": '"NotResources":"*"',
    "Principle": '"Principle":"*"',
    "conditions in the plural": '"Conditions":{}',
    "an operator": '"Condition":{"StringEqualz":{"aws:userid":"a"}}',
    "a set operator": '"Condition":{"ForSomeValues:StringEquals":{"aws:userid":"a"}}',
    "IfExists on Null": '"Condition":{"NullIfExists":{"aws:userid":"true"}}',
    "a key without its service": '"Condition":{"StringEquals":{"userid":"a"}}',
}
DOORS = ["user", "role", "managed", "trust", "bucket", "session", "federation"]


@pytest.mark.parametrize("door", DOORS)
def test_pol_1_and_2_every_door_refuses_what_is_said_twice_or_unknown(account, watched, doors, door):
    ways, bucket = doors
    save, principal = ways[door]
    code = "MalformedPolicy" if door == "bucket" else "MalformedPolicyDocument"
    before = watched.state()
    for name, more in (TWICE | UNKNOWN).items():
        text = document(door, principal, more).replace("BUCKET", bucket)
        message = refused(lambda: save(text), code, 400)
        assert message, name
    for text in (
        document(door, principal).replace("2012-10-17", "2012-10-18"),
        document(door, principal).replace('"Statement"', '"Version":"2012-10-17","Statement"'),
        document(door, principal).replace('"Statement"', '"Statement":[],"Statement"'),
        document(door, principal).replace('"Statement"', '"statement":[],"Statement"'),
        document(door, principal).replace('"Allow"', '"allow"'),
    ):
        refused(lambda: save(text.replace("BUCKET", bucket)), code, 400)
    assert watched.state() == before
    text = document(door, principal, '"Effect":"Deny"').replace("BUCKET", bucket)
    watched.repelled(lambda: save(text), code, 400, "stands twice")
    save(document(door, principal).replace("BUCKET", bucket))


def test_pol_2_a_refused_save_leaves_the_policy_before_in_force(account, doors):
    ways, bucket = doors
    user = account.make_user("kept", doc.policy(S3_ALL, doc.deny("s3:GetObject")))
    refused(
        lambda: account.user_policy(user.name, '{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condtion":{}}]}'),
        "MalformedPolicyDocument", 400,
    )  # fmt: skip
    denied(account.reads(user.creds, bucket), BY_IDENTITY)


# -- POL-3: hostile wildcards ---------------------------------------------------------------------


def timed(call) -> float:
    began = time.monotonic()
    call()
    return time.monotonic() - began


def test_pol_3_policies_of_the_largest_size_full_of_stars_do_not_stall(account, watched):
    key = "a" * 1000
    bucket = account.make_bucket("stars", key)
    # 64 stars each, which match up to the last character; as many statements as 6,144 characters hold, ten times.
    resource = doc.bucket_arn(bucket, "a*" * 64 + "b")
    one = json.dumps(doc.allow("s3:*Get*Obj*t*", resource))
    many = [doc.allow("s3:*Get*Obj*t*", resource)] * (6000 // len(one))
    user = account.make_user("stars", Tags=[{"Key": "team", "Value": "a" * 256}])
    for _ in range(10):
        account.iam.attach_user_policy(UserName=user.name, PolicyArn=account.make_managed(doc.policy(*many)))
    read = account.reads(user.creds, bucket, key)
    message = watched.repelled(read, "AccessDenied", 403, NO_IDENTITY)
    assert key in message
    assert timed(lambda: denied(read)) < LIVELY_S
    account.user_policy(user.name, doc.policy(doc.allow("s3:GetObject", doc.bucket_arn(bucket, "a*" * 64))))
    assert timed(lambda: allowed(read)) < LIVELY_S


def test_pol_3_a_long_header_against_many_stars_does_not_stall(account, raw):
    bucket, user = account.make_bucket("agent"), account.make_user("agent")
    sent = [("Referer", "a" * 7000)]
    answers = []
    for pattern, status in (("a*" * 500 + "b", 403), ("*a?" * 300 + "b", 403), ("?*" * 500, 200), ("a*" * 500, 200)):
        account.user_policy(user.name, doc.policy(doc.allow("s3:GetObject", StringLike={"aws:Referer": pattern})))
        took = timed(lambda: answers.append(raw.signed("GET", f"/{bucket}/a.txt", user.creds, headers=sent).status))
        assert answers[-1] == status, pattern
        assert took < LIVELY_S


@pytest.mark.parametrize("actions, works", [("*:*", True), ("s3:*Get*Obj*t*", True), ("s3:*Get*Obj*t*x", False), ("*", True)])
def test_pol_3_starred_actions_mean_what_they_say(account, actions, works):
    bucket = account.make_bucket("acts")
    read = account.reads(account.make_user("acts", doc.policy(doc.allow(actions))).creds, bucket)
    allowed(read) if works else denied(read, NO_IDENTITY)


# -- POL-4: names are not prefixes ----------------------------------------------------------------


def test_pol_4_a_bucket_is_not_the_beginning_of_another(account, watched):
    stem = fresh("logs")
    secret = account.s3.create_bucket(Bucket=f"{stem}-secret") and f"{stem}-secret"
    account.s3.create_bucket(Bucket=stem)
    for name in (stem, secret):
        account.s3.put_object(Bucket=name, Key="a.txt", Body=b"x")
    user = account.make_user("logs", doc.policy(doc.allow("s3:*", [doc.bucket_arn(stem), doc.bucket_arn(stem, "*")])))
    for call in (account.lists(user.creds, secret), account.reads(user.creds, secret)):
        watched.repelled(call, "AccessDenied", 403, NO_IDENTITY)
    allowed(account.lists(user.creds, stem))
    allowed(account.reads(user.creds, stem))


def test_pol_4_a_role_is_not_the_beginning_of_another(account, watched):
    name = fresh("dev")
    plain, admin = account.make_role(name=name), account.make_role(name=f"{name}-admin")
    user = account.make_user("dev", doc.policy(doc.allow("sts:AssumeRole", plain.arn)))
    watched.repelled(lambda: account.assume(admin, by=user.creds), "AccessDenied", 403)
    account.assume(plain, by=user.creds)


def test_pol_4_a_question_mark_is_one_character_of_any_width(account, watched):
    keys = ["caf/é", "caf/🦀", "caf/e\u0301", "caf/ab", "caf/"]
    bucket = account.make_bucket("wide", *keys)
    user = account.make_user("wide", doc.policy(doc.allow("s3:GetObject", doc.bucket_arn(bucket, "caf/?"))))
    for key in keys[:2]:
        allowed(account.reads(user.creds, bucket, key))
    for key in keys[2:]:
        watched.repelled(account.reads(user.creds, bucket, key), "AccessDenied", 403)


# -- POL-5: what is filled in is text -------------------------------------------------------------


@pytest.mark.parametrize("value", ["*", "?", "**", "${aws:userid}", "${aws:username}", "../bob", "bob/../*", "${*}", "$", "a*"])
def test_pol_5_a_value_never_means_more_than_itself(account, watched, raw, value):
    user = account.make_user("filled")
    bucket = account.make_bucket("home", "home/bob/x", f"home/{user.name}/x", "home/b/x")
    mine = doc.bucket_arn(bucket, "home/${aws:Referer}/*")
    account.user_policy(user.name, doc.policy(doc.allow("s3:GetObject", mine)))
    says = [("Referer", value)]
    watched.turned_away(lambda: raw.signed("GET", f"/{bucket}/home/bob/x", user.creds, headers=says))
    for other in ("b", user.name):
        assert raw.signed("GET", f"/{bucket}/home/{other}/x", user.creds, headers=says).status == 403
    assert raw.signed("GET", f"/{bucket}/home/bob/x", user.creds, headers=[("Referer", "bob")]).status == 200
    # In a condition as well: the pattern made of the value fits the value alone.
    account.user_policy(user.name, doc.policy(doc.allow("s3:GetObject", StringLike={"aws:username": "${aws:Referer}"})))
    assert raw.signed("GET", f"/{bucket}/home/bob/x", user.creds, headers=says).status == 403
    own = [("Referer", user.name)]
    assert raw.signed("GET", f"/{bucket}/home/bob/x", user.creds, headers=own).status == 200


def test_pol_5_tags_and_session_names_are_text_too(account, watched):
    bucket = account.make_bucket("home", "home/a/x", "home/../x", "home/=a@b/x")
    mine = doc.bucket_arn(bucket, "home/${aws:PrincipalTag/home}/*")
    user = account.make_user("tag", doc.policy(doc.allow("s3:GetObject", mine)), Tags=[{"Key": "home", "Value": ".."}])
    watched.repelled(account.reads(user.creds, bucket, "home/a/x"), "AccessDenied", 403)
    allowed(account.reads(user.creds, bucket, "home/../x"))
    for value in ("*", "?", "${aws:userid}"):
        tags = [{"Key": "home", "Value": value}]
        watched.repelled(lambda: account.iam.tag_user(UserName=user.name, Tags=tags), "ValidationError", 400)
    role = account.make_role("tag", doc.policy(doc.allow("s3:GetObject", doc.bucket_arn(bucket, "home/${aws:userid}/*"))))
    session = account.assume(role, name="=a@b")
    denied(account.reads(session, bucket, "home/=a@b/x"))
    account.s3.put_object(Bucket=bucket, Key=f"home/{session.user_id}/x", Body=b"x")
    allowed(account.reads(session, bucket, f"home/{session.user_id}/x"))


# -- POL-6: versions and variables without a value ----------------------------------------------


@pytest.mark.parametrize("version", ["2008-10-17", None])
def test_pol_6_an_older_document_takes_a_variable_as_text(account, watched, version):
    user = account.make_user("older")
    bucket = account.make_bucket("older", f"{user.name}/x", "${aws:username}/x")
    statement = doc.allow("s3:GetObject", doc.bucket_arn(bucket, "${aws:username}/*"))
    older = {"Version": version, "Statement": statement} if version else {"Statement": statement}
    account.user_policy(user.name, json.dumps(older))
    watched.repelled(account.reads(user.creds, bucket, f"{user.name}/x"), "AccessDenied", 403)
    allowed(account.reads(user.creds, bucket, "${aws:username}/x"))
    account.user_policy(user.name, json.dumps({"Version": "2012-10-17", "Statement": statement}))
    allowed(account.reads(user.creds, bucket, f"{user.name}/x"))
    denied(account.reads(user.creds, bucket, "${aws:username}/x"))


UNRESOLVED = "${aws:PrincipalTag/none}"


@pytest.mark.parametrize(
    "statement, reads",
    [
        ({"Effect": "Allow", "Resource": f"BUCKET/{UNRESOLVED}*"}, False),
        ({"Effect": "Allow", "Resource": f"BUCKET/a{UNRESOLVED}.txt"}, False),
        ({"Effect": "Allow", "NotResource": f"BUCKET/{UNRESOLVED}"}, True),
        ({"Effect": "Deny", "Resource": f"BUCKET/{UNRESOLVED}*"}, True),
        ({"Effect": "Deny", "NotResource": f"BUCKET/{UNRESOLVED}*"}, False),
        ({"Effect": "Allow", "Condition": {"StringEquals": {"aws:username": UNRESOLVED}}}, False),
        ({"Effect": "Allow", "Condition": {"StringLike": {"aws:username": f"*{UNRESOLVED}"}}}, False),
        ({"Effect": "Allow", "Condition": {"StringNotEquals": {"aws:username": UNRESOLVED}}}, True),
        ({"Effect": "Deny", "Condition": {"StringEquals": {"aws:username": UNRESOLVED}}}, True),
        ({"Effect": "Deny", "Condition": {"StringNotEquals": {"aws:username": UNRESOLVED}}}, False),
        ({"Effect": "Deny", "Condition": {"StringNotLike": {"aws:username": f"*{UNRESOLVED}"}}}, False),
        ({"Effect": "Deny", "Condition": {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::*:user/{UNRESOLVED}"}}}, False),
        ({"Effect": "Allow", "Condition": {"StringEquals": {"aws:PrincipalType": "${aws:PrincipalTag/none, 'User'}"}}}, True),
    ],
)
def test_pol_6_a_variable_without_a_value_matches_nothing(account, statement, reads):
    bucket = account.make_bucket("unresolved")
    full = {"Action": "s3:GetObject"} | statement
    if "NotResource" not in full:
        full.setdefault("Resource", "*")
    text = json.dumps(full).replace("BUCKET", doc.bucket_arn(bucket))
    statements = [json.loads(text)] if statement["Effect"] == "Allow" else [S3_ALL, json.loads(text)]
    user = account.make_user("unresolved", doc.policy(*statements))
    read = account.reads(user.creds, bucket)
    allowed(read) if reads else denied(read)
