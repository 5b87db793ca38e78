"""LEAK-2: who may not look learns nothing about what is there, in its own account or in another.

The answers for what exists and what does not are compared word for word once the name that was asked for and the id of the
request are taken out. Times are not compared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from botocore.exceptions import ClientError

from harness import documents as doc
from harness.account import fresh
from harness.attack import Watched
from harness.clients import Creds
from harness.expect import allowed, refused
from harness.organization import Member
from harness.raw import Raw

EVERYTHING = doc.policy(doc.allow("*"))
FLAGS = ("--quota", "accounts=30")


@pytest.fixture(scope="module")
def victim(org) -> Member:
    return org.make_account()


@pytest.fixture(scope="module")
def other(org) -> Member:
    return org.make_account()


@dataclass(frozen=True)
class Twins:
    """What is there and what would be its like."""

    there: str
    absent: str


KEYS = Twins("kept-plan.txt", "lost-plan.txt")


@pytest.fixture(scope="module")
def names(victim) -> Twins:
    """One name for a user, group, role, policy, profile and bucket with an object, and one that nothing has."""
    name, iam = fresh("secret-project"), victim.iam
    iam.create_user(UserName=name)
    iam.create_group(GroupName=name)
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=doc.trust(f"arn:aws:iam::{victim.id}:root"))
    iam.create_policy(PolicyName=name, PolicyDocument=EVERYTHING)
    iam.create_instance_profile(InstanceProfileName=name)
    iam.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=EVERYTHING)
    iam.create_login_profile(UserName=name, Password="Correct-Horse-9-Battery")
    victim.s3.create_bucket(Bucket=name)
    victim.s3.put_object(Bucket=name, Key=KEYS.there, Body=b"secret")
    # As long as the other one, so that lengths tell nothing in a comparison either.
    return Twins(name, name[:-1] + "x")


def told(call, name: str) -> tuple:
    """Status, headers' names and text of a refusal, without what was asked for."""
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response
    meta = answer["ResponseMetadata"]
    request = meta["RequestId"]
    text = str(answer["Error"]).replace(name, "NAME").replace(request, "REQUEST")
    same = {k for k in meta["HTTPHeaders"] if k not in ("x-portcullis-revision",)}
    return meta["HTTPStatusCode"], text, tuple(sorted(same))


QUESTIONS = {
    "GetUser": lambda i, s, a: lambda n: i.get_user(UserName=n),
    "GetRole": lambda i, s, a: lambda n: i.get_role(RoleName=n),
    "GetGroup": lambda i, s, a: lambda n: i.get_group(GroupName=n),
    "GetPolicy": lambda i, s, a: lambda n: i.get_policy(PolicyArn=f"arn:aws:iam::{a}:policy/{n}"),
    "GetInstanceProfile": lambda i, s, a: lambda n: i.get_instance_profile(InstanceProfileName=n),
    "GetLoginProfile": lambda i, s, a: lambda n: i.get_login_profile(UserName=n),
    "GetUserPolicy": lambda i, s, a: lambda n: i.get_user_policy(UserName=n, PolicyName=n),
    "ListAccessKeys": lambda i, s, a: lambda n: i.list_access_keys(UserName=n),
    "CreateUser": lambda i, s, a: lambda n: i.create_user(UserName=n),
    "CreateRole": lambda i, s, a: lambda n: i.create_role(RoleName=n, AssumeRolePolicyDocument=doc.trust("*")),
    "DeleteUser": lambda i, s, a: lambda n: i.delete_user(UserName=n),
    "DeletePolicy": lambda i, s, a: lambda n: i.delete_policy(PolicyArn=f"arn:aws:iam::{a}:policy/{n}"),
    "UpdateUser": lambda i, s, a: lambda n: i.update_user(UserName=n, NewPath="/x/"),
    "AttachUserPolicy": lambda i, s, a: lambda n: i.attach_user_policy(UserName=n, PolicyArn=f"arn:aws:iam::{a}:policy/{n}"),
    "AddUserToGroup": lambda i, s, a: lambda n: i.add_user_to_group(UserName=n, GroupName=n),
    "AssumeRole": lambda i, s, a: lambda n: s.assume_role(RoleArn=f"arn:aws:iam::{a}:role/{n}", RoleSessionName="asking"),
}  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS)
def test_leak_2_a_user_without_permission_hears_the_same_of_what_is_there_and_what_is_not(victim, names, question):
    nobody, watched = victim.make_user("nobody"), Watched(victim)
    ask = QUESTIONS[question](victim.client("iam", nobody.creds), victim.client("sts", nobody.creds), victim.id)
    there, absent = told(lambda: ask(names.there), names.there), told(lambda: ask(names.absent), names.absent)
    assert there == absent and there[0] == 403
    watched.repelled(lambda: ask(names.there), "AccessDenied", 403)


@pytest.mark.parametrize("question", ["GetPolicy", "AttachUserPolicy", "AssumeRole"])
def test_leak_2_an_administrator_of_another_account_does_too(victim, other, names, question):
    """With every permission there is, in an account that has nothing to do with the one that is asked about."""
    admin = other.make_user("admin", EVERYTHING)
    watched = Watched(victim)
    before = watched.state()
    ask = QUESTIONS[question](other.client("iam", admin.creds), other.client("sts", admin.creds), victim.id)
    assert told(lambda: ask(names.there), names.there) == told(lambda: ask(names.absent), names.absent)
    assert watched.state() == before
    # An account that was never made is told of in the same words.
    nowhere = QUESTIONS[question](other.client("iam", admin.creds), other.client("sts", admin.creds), "999999999999")
    there, absent = told(lambda: ask(names.there), names.there), told(lambda: nowhere(names.there), names.there)
    assert str(there).replace(victim.id, "ACCOUNT") == str(absent).replace("999999999999", "ACCOUNT")


def test_leak_2_a_role_that_refuses_is_a_role_that_is_not_there(victim, other, names):
    """AssumeRole by a permitted caller of another account, and of its own, against trust that does not name it."""
    iam = victim.iam
    closed = fresh("closed-to-all")
    iam.create_role(RoleName=closed, AssumeRolePolicyDocument=doc.trust(f"arn:aws:iam::{victim.id}:user/{names.there}"))
    for member in (victim, other):
        caller = member.make_user("caller", EVERYTHING)
        sts = member.client("sts", caller.creds)
        ask = lambda n: lambda: sts.assume_role(RoleArn=f"arn:aws:iam::{victim.id}:role/{n}", RoleSessionName="asking")  # noqa: E731
        assert told(ask(closed), closed) == told(ask("absent-from-here"), "absent-from-here")
        Watched(victim, told=member).repelled(ask(closed), "AccessDenied", 403)
    iam.update_assume_role_policy(RoleName=closed, PolicyDocument=doc.trust(f"arn:aws:iam::{other.id}:root"))
    allowed(ask(closed))


# -- buckets and objects -----------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["get_object", "head_object", "get_object_tagging", "delete_object", "get_object_attributes"])
@pytest.mark.parametrize("whose", ["victim", "other", "unsigned"])
def test_leak_2_a_key_that_is_there_and_one_that_is_not_are_one(victim, other, names, server, call, whose):
    from botocore import UNSIGNED

    member = other if whose == "other" else victim
    creds = member.make_user("nobody", EVERYTHING if whose == "other" else None).creds
    more = {"signature_version": UNSIGNED} if whose == "unsigned" else {}
    s3 = server.client("s3", creds, **more)
    needed = {"ObjectAttributes": ["ETag"]} if call == "get_object_attributes" else {}
    ask = lambda n: lambda: getattr(s3, call)(Bucket=names.there, Key=n, **needed)  # noqa: E731
    before = Watched(victim).state()
    assert told(ask(KEYS.there), KEYS.there) == told(ask(KEYS.absent), KEYS.absent)
    assert told(ask(KEYS.there), KEYS.there)[0] == 403
    assert Watched(victim).state() == before
    allowed(lambda: victim.s3.get_object(Bucket=names.there, Key=KEYS.there))


def test_leak_2_other_accounts_buckets_are_in_no_list(victim, other, names):
    admin = other.make_user("admin", EVERYTHING)
    s3 = other.client("s3", admin.creds)
    assert names.there not in [held["Name"] for held in s3.list_buckets()["Buckets"]]
    for prefix in (names.there, names.there[:5]):
        assert s3.list_buckets(Prefix=prefix)["Buckets"] == []
    assert names.there in [held["Name"] for held in victim.s3.list_buckets()["Buckets"]]


def test_leak_2_the_namespace_of_buckets_is_one_as_in_aws_and_tells_no_more_than_that(victim, other, names):
    """S3's own exception: a bucket that is not there is 404, one of somebody else 403, for each call and caller alike."""
    admin = other.make_user("admin", EVERYTHING)
    s3 = other.client("s3", admin.creds)
    watched = Watched(victim, told=other)
    watched.repelled(lambda: s3.create_bucket(Bucket=names.there), "BucketAlreadyExists", 409)
    before = watched.state()
    for call in (s3.list_objects_v2, s3.get_bucket_policy, s3.get_bucket_location, s3.get_bucket_acl, s3.delete_bucket, s3.get_bucket_tagging):
        assert told(lambda: call(Bucket=names.there), names.there)[0] == 403
        there, absent = (told(lambda n=n: call(Bucket=n), n) for n in (names.there, names.absent))
        assert absent[0] == 404 and "NoSuchBucket" in absent[1]
        assert victim.id not in there[1] and victim.email not in there[1]
    assert watched.state() == before


# -- organizations ------------------------------------------------------------------------------------


def test_leak_2_accounts_units_and_policies_are_not_told_apart_by_who_may_not_ask(org, victim, other):
    unit, policy = org.make_unit(), org.make_policy(doc.deny("ec2:*"))
    for creds, member in ((other.make_user("admin", EVERYTHING).creds, other), (other.make_user("nobody").creds, other)):
        api = member.client("organizations", creds)
        for call, there, absent in (
            (lambda n: api.describe_account(AccountId=n), victim.id, "999999999999"),
            (lambda n: api.list_parents(ChildId=n), victim.id, "999999999999"),
            (lambda n: api.describe_organizational_unit(OrganizationalUnitId=n), unit, unit[:-2] + "zz"),
            (lambda n: api.describe_policy(PolicyId=n), policy, policy[:-2] + "zz"),
            (lambda n: api.list_targets_for_policy(PolicyId=n), policy, policy[:-2] + "zz"),
            (lambda n: api.list_tags_for_resource(ResourceId=n), victim.id, "999999999999"),
            (lambda n: api.close_account(AccountId=n), victim.id, "999999999999"),
            (lambda n: api.remove_account_from_organization(AccountId=n), victim.id, "999999999999"),
        ):
            assert told(lambda: call(there), there) == told(lambda: call(absent), absent), (there, absent)
        Watched(victim, told=other).repelled(lambda: api.describe_account(AccountId=victim.id), "AccessDeniedException", 400)
    assert org.api.describe_account(AccountId=victim.id)["Account"]["Email"] == victim.email


def test_leak_2_an_account_outside_of_the_organization_learns_nothing_of_it(org, victim):
    stranger = org.make_account()
    admin = stranger.make_user("admin", EVERYTHING)
    org.api.remove_account_from_organization(AccountId=stranger.id)
    api = stranger.client("organizations", admin.creds)
    policy = org.make_policy(doc.deny("ec2:*"))
    for call, there, absent in (
        (lambda n: api.describe_account(AccountId=n), victim.id, "999999999999"),
        (lambda n: api.describe_policy(PolicyId=n), policy, policy[:-2] + "zz"),
        (lambda n: api.list_accounts_for_parent(ParentId=n), org.root, "r-zzzz"),
    ):
        found = told(lambda: call(there), there)
        assert found == told(lambda: call(absent), absent)
        assert org.id not in found[1] and org.account.server.account not in found[1], found
    ask = lambda: api.describe_organization()  # noqa: E731
    refused(ask, "AWSOrganizationsNotInUseException", 400)
    assert stranger.client("iam", admin.creds).list_users()["Users"]


def test_leak_2_a_user_of_the_management_account_without_permission_learns_no_more(account, org, victim):
    api = account.client("organizations", account.make_user("nobody").creds)
    ask = lambda n: lambda: api.describe_account(AccountId=n)  # noqa: E731
    there, absent = told(ask(victim.id), victim.id), told(ask("999999999999"), "999999999999")
    assert there == absent and there[0] == 400


# -- the credentials themselves ----------------------------------------------------------------------------


def test_leak_2_access_keys_tell_their_account_and_nothing_else(victim, other, names):
    """GetAccessKeyInfo reads the account out of the id, as AWS does, whether or not the key is there."""
    key = victim.make_user("keyed").creds.access_key
    admin = other.make_user("admin", EVERYTHING)
    sts, iam = other.client("sts", admin.creds), other.client("iam", admin.creds)
    deleted = key[:-2] + ("AA" if key[-2:] != "AA" else "BB")
    assert sts.get_access_key_info(AccessKeyId=key)["Account"] == sts.get_access_key_info(AccessKeyId=deleted)["Account"]
    ask = lambda k: lambda: iam.get_access_key_last_used(AccessKeyId=k)  # noqa: E731
    assert told(ask(key), key) == told(ask(deleted), deleted)


def test_leak_2_a_wrong_secret_and_a_wrong_key_are_told_apart_only_as_aws_tells(victim, server):
    raw, user = Raw(server), victim.make_user("keyed")
    wrong = Creds(user.creds.access_key, "x" * 40)
    answers = [raw.send(raw.query_call("sts", "GetCallerIdentity", creds)) for creds in (wrong, Creds("AKIAQQQQQQQQQQQQQQQQ", "x" * 40))]
    assert [answer.code for answer in answers] == ["SignatureDoesNotMatch", "InvalidClientTokenId"]
    assert not any(re.search(f"{user.name}|{victim.id}", answer.text) for answer in answers)


# -- the enumeration by policies -------------------------------------------------------------------------


def test_leak_2_trust_that_names_a_missing_principal_is_refused_as_in_aws(victim, other, names):
    """AWS tells by MalformedPolicyDocument that a user or role is not there, to whoever may write a trust policy of his own.

    It says no more: an account that has none of the name and one that was never made are refused in the same words.
    """
    watched, own = Watched(victim), other.make_user("writer", doc.policy(doc.allow("iam:UpdateAssumeRolePolicy")))
    iam = other.client("iam", own.creds)
    role = other.make_role(doc.trust(f"arn:aws:iam::{other.id}:root")).rpartition("/")[2]
    before = watched.state()
    save = lambda account, kind, n: lambda: iam.update_assume_role_policy(  # noqa: E731
        RoleName=role, PolicyDocument=doc.trust(f"arn:aws:iam::{account}:{kind}/{n}")
    )
    for kind in ("user", "role"):
        refused(save(victim.id, kind, names.absent), "MalformedPolicyDocument", 400, "Invalid principal in policy")
        told_of = [str(told(save(number, kind, names.absent), names.absent)).replace(number, "ACCOUNT") for number in (victim.id, "999999999999")]
        assert told_of[0] == told_of[1]
        allowed(save(victim.id, kind, names.there))
    # Who may not write the policy hears nothing of whom it names.
    nobody = other.client("iam", other.make_user("nobody").creds)
    for n in (names.there, names.absent):
        refused(lambda: nobody.update_assume_role_policy(RoleName=role, PolicyDocument=doc.trust(f"arn:aws:iam::{victim.id}:user/{n}")), "AccessDenied", 403)
    assert watched.state() == before


def test_leak_2_a_bucket_policy_tells_as_much_and_no_more(victim, other, names):
    bucket = other.make_bucket()
    save = lambda account, n: lambda: other.bucket_policy(  # noqa: E731
        bucket, doc.allow("s3:GetObject", doc.bucket_arn(bucket, "*"), {"AWS": f"arn:aws:iam::{account}:user/{n}"})
    )
    told_of = [str(told(save(number, names.absent), names.absent)).replace(number, "ACCOUNT") for number in (victim.id, "999999999999")]
    assert told_of[0] == told_of[1] and "MalformedPolicy" in told_of[0]
    save(victim.id, names.there)()
