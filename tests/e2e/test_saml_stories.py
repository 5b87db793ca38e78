"""The stories S2 to S8 with sessions that came of SAML assertions: what cuts a role's sessions cuts these, from the next
request on, and nobody else's."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest

from harness import documents as doc
from harness.clients import Creds
from harness.expect import BY_RESOURCE, allowed, denied, gone
from harness.raw import Raw
from harness.saml import Idp

READ = doc.policy(doc.allow(["s3:GetObject", "s3:ListBucket", "iam:ListUsers"]))


@pytest.fixture(scope="module")
def idp(account):
    return Idp(account)


@pytest.fixture(scope="module")
def bucket(account):
    return account.make_bucket("stories", "a.txt")


@pytest.fixture
def role(account, idp):
    made = idp.role()
    account.role_policy(made.name, READ)
    return made


def enter(idp: Idp, role, name: str = "alice", **more) -> Creds:
    return Creds.issued(idp.sign_in(role, session=name, **more))


def probes(account, creds: Creds, bucket: str) -> list:
    return [account.reads(creds, bucket), account.lists(creds, bucket), account.sees_users(creds)]


def all_denied(account, creds: Creds, bucket: str) -> None:
    for call in probes(account, creds, bucket):
        denied(call)


def all_allowed(account, creds: Creds, bucket: str) -> None:
    for call in probes(account, creds, bucket):
        allowed(call)


def test_s2_a_deny_on_the_role_cuts_its_sessions_and_no_others(account, idp, role, bucket):
    mine = enter(idp, role)
    other_role = idp.role()
    account.role_policy(other_role.name, READ)
    theirs = enter(idp, other_role)
    all_allowed(account, mine, bucket)
    account.role_policy(role.name, doc.policy(doc.deny()), "lockout")
    all_denied(account, mine, bucket)
    all_allowed(account, theirs, bucket)
    account.iam.delete_role_policy(RoleName=role.name, PolicyName="lockout")
    all_allowed(account, mine, bucket)


def test_s3_sessions_of_a_deleted_role_stay_dead_when_it_is_made_again(account, idp, role, bucket):
    creds = enter(idp, role)
    all_allowed(account, creds, bucket)
    account.delete_role(role.name)
    gone(account.reads(creds, bucket), account.sees_users(creds))
    account.iam.create_role(RoleName=role.name, AssumeRolePolicyDocument=idp.trusts())
    account.role_policy(role.name, READ)
    gone(account.reads(creds, bucket), account.sees_users(creds))
    all_allowed(account, enter(idp, role), bucket)


def test_s3_deleting_the_provider_ends_no_session_that_it_gave(account, bucket):
    own = Idp(account)
    role = own.role()
    account.role_policy(role.name, READ)
    creds = enter(own, role)
    account.iam.delete_saml_provider(SAMLProviderArn=own.arn)
    all_allowed(account, creds, bucket)


def test_s4_what_was_issued_before_the_moment_is_cut(account, idp, role, bucket):
    before = enter(idp, role)
    moment = doc.utc_now() + timedelta(milliseconds=2)
    account.role_policy(role.name, doc.revoke_older(moment), "AWSRevokeOlderSessions")
    while doc.utc_now() <= moment + timedelta(milliseconds=2):
        time.sleep(0.001)
    all_denied(account, before, bucket)
    all_allowed(account, enter(idp, role), bucket)


@pytest.fixture
def other_role(account, idp):
    made = idp.role()
    account.role_policy(made.name, READ)
    return made


def deny_list(*arns: str, operator: str = "ArnEquals") -> str:
    return doc.policy(doc.deny(**{operator: {"aws:PrincipalArn": list(arns)}}))


def test_s5_one_policy_on_many_roles_denies_the_one_that_it_names(account, idp, role, other_role, bucket):
    sessions = [enter(idp, role, name) for name in ("alice", "bob")]
    spared = [enter(idp, other_role, name) for name in ("alice", "bob")]
    deny = account.make_managed(deny_list(role.arn), "deny-list")
    for held in (role, other_role):
        account.iam.attach_role_policy(RoleName=held.name, PolicyArn=deny)
    for creds in (*sessions, enter(idp, role)):
        all_denied(account, creds, bucket)
    for creds in (*spared, enter(idp, other_role)):
        all_allowed(account, creds, bucket)
    account.iam.detach_role_policy(RoleName=role.name, PolicyArn=deny)
    for creds in sessions:
        all_allowed(account, creds, bucket)


def test_s5_a_bucket_denies_a_role_by_its_arn(account, idp, role, other_role, bucket):
    closed = account.make_bucket("closed", "a.txt")
    creds, spared = enter(idp, role), enter(idp, other_role)
    account.bucket_policy(closed, doc.bucket_deny(closed, "*", ArnEquals={"aws:PrincipalArn": role.arn}))
    denied(account.reads(creds, closed), BY_RESOURCE)
    allowed(account.reads(spared, closed))
    all_allowed(account, creds, bucket)


def test_s5_only_the_role_itself_is_named_by_the_key(account, idp, role, other_role, bucket):
    creds, spared = enter(idp, role), enter(idp, other_role)
    for asked, operator, is_hit in (
        (role.arn, "StringEquals", True),
        (role.arn, "ArnLike", True),
        (role.session_arn("alice"), "ArnEquals", False),
        (role.session_arn("*"), "ArnLike", False),
        (idp.arn, "ArnEquals", False),
        (other_role.arn, "ArnNotEquals", True),
    ):
        for held in (role, other_role):
            account.role_policy(held.name, deny_list(asked, operator=operator), "by-arn")
        (all_denied if is_hit else all_allowed)(account, creds, bucket)
        all_allowed(account, spared, bucket)


@pytest.mark.parametrize("key", ("aws:userid", "saml:sub", "aws:SourceIdentity"))
def test_s6_a_deny_hits_one_person_of_the_role(account, idp, role, bucket, key):
    people = {}
    for name in ("alice", "bob"):
        name_id = f"<saml:NameID>{name}@corp.example</saml:NameID>"
        people[name] = enter(idp, role, name, name_id=name_id, attributes={"SourceIdentity": [f"{name}-source"]})
    value = {"aws:userid": f"{role.role_id}:alice", "saml:sub": "alice@corp.example", "aws:SourceIdentity": "alice-source"}
    account.role_policy(role.name, doc.policy(doc.deny(StringEquals={key: value[key]})), "one")
    all_denied(account, people["alice"], bucket)
    all_allowed(account, people["bob"], bucket)


def test_s6_a_revocation_of_the_session_hits_it_alone(account, idp, role, bucket):
    first, second = enter(idp, role, "first"), enter(idp, role, "second")
    raw = Raw(account.server)
    target = json.dumps({"Kind": "session", "Target": first.access_key})
    answer = raw.send(raw.json_call("portcullis", "Revoke", account.root, target))
    assert answer.status == 200, answer.text
    all_denied(account, first, bucket)
    all_allowed(account, second, bucket)


def test_s7_a_bucket_policy_denies_on_that_bucket_alone(account, idp, role, bucket):
    closed = account.make_bucket("closed", "a.txt")
    creds, other = enter(idp, role, "alice"), enter(idp, role, "bob")
    statement = doc.bucket_deny(closed, {"AWS": role.session_arn("alice")})
    account.bucket_policy(closed, statement)
    denied(account.reads(creds, closed))
    allowed(account.reads(creds, bucket))
    allowed(account.reads(other, closed))


def test_s8_a_grant_of_the_bucket_outlives_the_roles_permissions_until_denied(account, idp, bucket):
    role = idp.role()
    granted = account.make_bucket("granted", "a.txt")
    grant = doc.allow("s3:GetObject", doc.bucket_arn(granted, "*"), {"AWS": role.session_arn("alice")})
    account.bucket_policy(granted, grant)
    creds = enter(idp, role)
    allowed(account.reads(creds, granted))
    denied(account.reads(creds, bucket))
    account.bucket_policy(granted, grant, doc.bucket_deny(granted, {"AWS": role.session_arn("alice")}))
    denied(account.reads(creds, granted))
