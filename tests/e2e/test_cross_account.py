"""Work across accounts: roles, buckets that name foreign principals, and the keys that tell organizations apart."""

from __future__ import annotations

import json

import pytest

from harness import documents as doc
from harness.account import fresh
from harness.clients import Creds
from harness.expect import allowed, denied, refused
from harness.server import ACCOUNT

EVERYTHING = doc.policy(doc.allow("*"))
FLAGS = ("--quota", "accounts=60")


def assume(member, creds, role, **more):
    return lambda: member.client("sts", creds).assume_role(RoleArn=role, RoleSessionName=fresh("session"), **more)


# -- roles -----------------------------------------------------------------------------------


def test_a_role_of_another_account_needs_both_sides(one, two, org):
    trusting = two.make_role(doc.trust(f"arn:aws:iam::{one.id}:root"), EVERYTHING)
    closed = two.make_role(doc.trust(f"arn:aws:iam::{two.id}:root"), EVERYTHING)
    may, may_not = one.make_user(policy=doc.policy(doc.allow("sts:AssumeRole"))), one.make_user()
    issued = allowed(assume(one, may.creds, trusting))
    assert issued["AssumedRoleUser"]["Arn"].startswith(f"arn:aws:sts::{two.id}:assumed-role/")
    denied(assume(one, may_not.creds, trusting))
    denied(assume(one, may.creds, closed))
    # A third account is not meant.
    third = org.account.make_user(policy=EVERYTHING)
    denied(assume(one, third.creds, trusting))


def test_a_trust_policy_that_names_a_foreign_user_or_role_means_that_one(one, two):
    user, other = (one.make_user(policy=doc.policy(doc.allow("sts:*"))) for _ in range(2))
    by_user = two.make_role(doc.trust(user.arn))
    allowed(assume(one, user.creds, by_user))
    denied(assume(one, other.creds, by_user))
    # Even then the caller's own account must allow it, unlike within one account.
    bare = one.make_user()
    by_bare = two.make_role(doc.trust(bare.arn))
    denied(assume(one, bare.creds, by_bare))
    name = by_user.rsplit("/", 1)[1]
    shown = two.client("iam").get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    assert shown["Statement"][0]["Principal"]["AWS"] == [user.arn]
    # A namesake made later in that account gets nothing; the trust shows whom it meant.
    iam = one.client("iam")
    for key in iam.list_access_keys(UserName=user.name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=user.name, AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName=user.name, PolicyName="main")
    iam.delete_user(UserName=user.name)
    iam.create_user(UserName=user.name)
    iam.put_user_policy(UserName=user.name, PolicyName="main", PolicyDocument=EVERYTHING)
    key = iam.create_access_key(UserName=user.name)["AccessKey"]
    denied(assume(one, Creds(key["AccessKeyId"], key["SecretAccessKey"]), by_user))
    shown = two.client("iam").get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    assert shown["Statement"][0]["Principal"]["AWS"] == [user.user_id]


def test_a_chain_through_three_accounts(org, one, two):
    last = two.make_role(doc.trust(f"arn:aws:iam::{one.id}:root"), doc.policy(doc.allow("iam:ListUsers")), "last")
    middle = one.make_role(doc.trust(f"arn:aws:iam::{ACCOUNT}:root"), doc.policy(doc.allow("sts:AssumeRole")), "middle")
    hop = org.account.assume(middle, by=org.operator.creds)
    end = org.account.assume(last, by=hop)
    assert org.account.whoami(end)["Account"] == two.id
    allowed(two.client("iam", end).list_users)
    denied(assume(one, end, middle))


def test_an_external_id_stops_the_confused_deputy(one, two):
    role = two.make_role(doc.trust(f"arn:aws:iam::{one.id}:root", StringEquals={"sts:ExternalId": "customer-7"}))
    user = one.make_user(policy=doc.policy(doc.allow("sts:AssumeRole")))
    allowed(assume(one, user.creds, role, ExternalId="customer-7"))
    wrong = denied(assume(one, user.creds, role, ExternalId="customer-8"))
    missing = denied(assume(one, user.creds, role))
    absent = denied(assume(one, user.creds, role + "-absent"))
    assert wrong == missing == absent.replace("-absent", "")


# -- buckets ---------------------------------------------------------------------------------


def test_a_bucket_that_names_another_account_needs_both_sides(one, two):
    bucket = two.make_bucket({"AWS": one.id})
    may, may_not = one.make_user(policy=doc.policy(doc.allow("s3:GetObject"))), one.make_user()
    allowed(two.reads(bucket, may.creds))
    refused(two.reads(bucket, may_not.creds), "AccessDenied", 403, "Access Denied")
    refused(lambda: one.client("s3", may.creds).put_object(Bucket=bucket, Key="x"), "AccessDenied", 403)
    closed = two.make_bucket()
    refused(two.reads(closed, may.creds), "AccessDenied", 403, "Access Denied")


def test_a_bucket_that_names_a_foreign_role(one, two, org):
    role = one.make_role(doc.trust(f"arn:aws:iam::{one.id}:root"), doc.policy(doc.allow("s3:GetObject")))
    bucket = two.make_bucket({"AWS": role})
    other = one.make_role(doc.trust(f"arn:aws:iam::{one.id}:root"), doc.policy(doc.allow("s3:GetObject")))
    user = one.make_user(policy=doc.policy(doc.allow("sts:AssumeRole")))
    allowed(two.reads(bucket, org.account.assume(role, by=user.creds)))
    refused(two.reads(bucket, org.account.assume(other, by=user.creds)), "AccessDenied", 403)


def test_a_deny_in_the_role_cuts_its_session_in_every_account(one, two, org):
    role = one.make_role(doc.trust(f"arn:aws:iam::{one.id}:root"), doc.policy(doc.allow("s3:*")))
    bucket = two.make_bucket({"AWS": role})
    user = one.make_user(policy=doc.policy(doc.allow("sts:AssumeRole")))
    session = org.account.assume(role, by=user.creds)
    allowed(two.reads(bucket, session))
    one.client("iam").put_role_policy(
        RoleName=role.rsplit("/", 1)[1],
        PolicyName=doc.REVOKE_NAME,
        PolicyDocument=doc.revoke_older(doc.utc_now()),
    )
    refused(two.reads(bucket, session), "AccessDenied", 403)
    allowed(two.reads(bucket, org.account.assume(role, by=user.creds)))


def test_nobody_sees_or_changes_what_another_account_has(one, two):
    admin = one.make_user(policy=EVERYTHING)
    iam, theirs = one.client("iam", admin.creds), two.make_user(policy=EVERYTHING)
    refused(lambda: iam.get_user(UserName=theirs.name), "NoSuchEntity", 404)
    refused(lambda: iam.create_access_key(UserName=theirs.name), "NoSuchEntity", 404)
    foreign = two.client("iam").create_policy(PolicyName=fresh("p"), PolicyDocument=EVERYTHING)["Policy"]["Arn"]
    refused(lambda: iam.attach_user_policy(UserName=admin.name, PolicyArn=foreign), "NoSuchEntity", 404)
    denied(lambda: iam.delete_policy(PolicyArn=foreign))
    denied(lambda: iam.get_policy(PolicyArn=foreign))
    key = theirs.creds.access_key
    with pytest.raises(Exception):
        iam.delete_access_key(UserName=admin.name, AccessKeyId=key)
    allowed(lambda: two.client("sts", theirs.creds).get_caller_identity())
    trail = one.client("cloudtrail", admin.creds).lookup_events(MaxResults=50)["Events"]
    assert trail and all(json.loads(event["CloudTrailEvent"])["recipientAccountId"] == one.id for event in trail)


# -- keys ------------------------------------------------------------------------------------


def test_a_bucket_for_the_organization(org, one, two):
    user = one.make_user(policy=doc.policy(doc.allow("s3:*")))
    bucket = two.make_bucket()
    objects = doc.bucket_arn(bucket, "*")
    two.bucket_policy(bucket, doc.allow("s3:GetObject", objects, "*", StringEquals={"aws:PrincipalOrgID": org.id}))
    allowed(two.reads(bucket, user.creds))
    # Who leaves the organization is cut at once.
    leaver = org.make_account()
    gone_user = leaver.make_user(policy=doc.policy(doc.allow("s3:*")))
    allowed(two.reads(bucket, gone_user.creds))
    org.api.remove_account_from_organization(AccountId=leaver.id)
    refused(two.reads(bucket, gone_user.creds), "AccessDenied", 403)
    two.bucket_policy(bucket, doc.allow("s3:GetObject", objects, "*", StringEquals={"aws:PrincipalOrgID": "o-aaaaaaaaaa"}))
    refused(two.reads(bucket, user.creds), "AccessDenied", 403)


def test_a_bucket_for_a_unit(org, two):
    outer = org.make_unit()
    inner = org.make_unit(outer)
    inside, outside = org.make_account(inner), org.make_account()
    bucket = two.make_bucket()
    path = f"{org.id}/{org.root}/{outer}/*"
    two.bucket_policy(
        bucket,
        doc.allow(
            "s3:GetObject",
            doc.bucket_arn(bucket, "*"),
            "*",
            **{"StringEquals": {"aws:PrincipalOrgID": org.id}, "ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": path}},
        ),
    )
    member, stranger = (held.make_user(policy=doc.policy(doc.allow("s3:*"))) for held in (inside, outside))
    allowed(two.reads(bucket, member.creds))
    refused(two.reads(bucket, stranger.creds), "AccessDenied", 403)
    org.move(inside.id, org.root)
    refused(two.reads(bucket, member.creds), "AccessDenied", 403)
    org.move(outside.id, outer)
    allowed(two.reads(bucket, stranger.creds))


def test_only_resources_of_the_organization(org, one, two):
    alone = org.make_account()
    org.api.remove_account_from_organization(AccountId=alone.id)
    ours, theirs = two.make_bucket({"AWS": one.id}), alone.make_bucket({"AWS": one.id})
    user = one.make_user(
        policy=doc.policy(doc.allow("s3:*"), doc.deny("s3:*", StringNotEquals={"aws:ResourceOrgID": org.id}))
    )
    allowed(two.reads(ours, user.creds))
    refused(alone.reads(theirs, user.creds), "AccessDenied", 403)
    free = one.make_user(policy=doc.policy(doc.allow("s3:*")))
    allowed(alone.reads(theirs, free.creds))
    account_only = one.make_user(
        policy=doc.policy(doc.allow("s3:*"), doc.deny("s3:*", StringNotEquals={"aws:ResourceAccount": one.id}))
    )
    refused(two.reads(ours, account_only.creds), "AccessDenied", 403)


# -- the history -----------------------------------------------------------------------------


def events_of(member, name: str) -> list[dict]:
    trail = member.client("cloudtrail")
    found = trail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}])
    return [json.loads(event["CloudTrailEvent"]) for event in found["Events"]]


def test_both_accounts_have_the_event_of_what_crosses_between_them(org):
    one, two = org.make_account(), org.make_account()
    bucket = two.make_bucket({"AWS": one.id})
    user, stranger = (one.make_user(policy=doc.policy(doc.allow("s3:GetObject"), doc.deny("s3:List*"))) for _ in range(2))
    allowed(two.reads(bucket, user.creds))
    refused(lambda: one.client("s3", user.creds).list_objects_v2(Bucket=bucket), "AccessDenied", 403)
    [own] = events_of(one, "GetObject")
    [copy] = events_of(two, "GetObject")
    assert own["sharedEventID"] == copy["sharedEventID"] and own["eventID"] != copy["eventID"]
    assert (own["recipientAccountId"], copy["recipientAccountId"]) == (one.id, two.id)
    assert own["userIdentity"]["arn"] == user.arn
    # The owner learns who it was by account and unique id, and nothing of that account's policies.
    assert copy["userIdentity"] == {"type": "AWSAccount", "principalId": user.user_id, "accountId": one.id}
    assert "additionalEventData" not in copy and copy["requestParameters"]["bucketName"] == bucket
    assert {held["accountId"] for held in own["resources"]} == {two.id}
    [refusal] = events_of(two, "ListObjectsV2")
    assert refusal["errorCode"] == "AccessDenied"
    # What stays within an account is told once.
    allowed(one.client("iam").list_users)
    assert "sharedEventID" not in events_of(one, "ListUsers")[0]
    # A role that is entered from another account tells its own.
    role = two.make_role(doc.trust(f"arn:aws:iam::{one.id}:root"))
    caller = one.make_user(policy=doc.policy(doc.allow("sts:AssumeRole")))
    issued = allowed(assume(one, caller.creds, role))
    entered = [event for event in events_of(two, "AssumeRole") if event["requestParameters"]["roleArn"] == role]
    assert len(entered) == 1
    assert entered[0]["responseElements"]["credentials"]["accessKeyId"] == issued["Credentials"]["AccessKeyId"]
