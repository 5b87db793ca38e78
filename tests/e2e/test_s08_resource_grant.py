"""S8: what a bucket policy grants survives losing the role's permissions; a Deny there ends it."""

from __future__ import annotations

import pytest

from harness import documents as doc
from harness.expect import BY_IDENTITY, BY_RESOURCE, allowed, denied

READ = doc.policy(doc.allow(["s3:GetObject", "s3:ListBucket"]))
NOTHING = doc.policy(doc.allow("sts:GetCallerIdentity"))


@pytest.fixture
def bucket(account):
    """Without the block of public access, which counts a grant by aws:PrincipalArn as public."""
    name = account.make_bucket("granted")
    account.s3.delete_public_access_block(Bucket=name)
    return name


@pytest.fixture
def role(account):
    return account.make_role("holder", READ)


def grant(bucket: str, principal, **condition) -> dict:
    return doc.allow("s3:GetObject", doc.bucket_arn(bucket, "*"), principal, **condition)


def principals(role, mary) -> dict[str, tuple]:
    return {
        "session ARN": ({"AWS": mary.arn}, {}),
        "role ARN": ({"AWS": role.arn}, {}),
        "everyone with that role's ARN": ("*", {"ArnEquals": {"aws:PrincipalArn": role.arn}}),
        "everyone with that user id": ("*", {"StringEquals": {"aws:userid": mary.user_id}}),
    }


KINDS = pytest.mark.parametrize(
    "kind", ["session ARN", "role ARN", "everyone with that role's ARN", "everyone with that user id"]
)


@KINDS
def test_a_role_that_allows_nothing_still_reads_what_the_bucket_grants(account, bucket, kind):
    role = account.make_role("empty")
    mary = account.assume(role, name="mary")
    denied(account.reads(mary, bucket))
    principal, condition = principals(role, mary)[kind]
    account.bucket_policy(bucket, grant(bucket, principal, **condition))
    allowed(account.reads(mary, bucket))


@KINDS
def test_removing_the_role_permissions_is_not_enough(account, bucket, role, kind):
    mary = account.assume(role, name="mary")
    principal, condition = principals(role, mary)[kind]
    account.bucket_policy(bucket, grant(bucket, principal, **condition))
    account.iam.delete_role_policy(RoleName=role.name, PolicyName="main")
    allowed(account.reads(mary, bucket))
    denied(account.lists(mary, bucket))
    account.role_policy(role.name, NOTHING)
    allowed(account.reads(mary, bucket))


@KINDS
def test_the_explicit_deny_on_the_bucket_is(account, bucket, role, kind):
    mary = account.assume(role, name="mary")
    account.iam.delete_role_policy(RoleName=role.name, PolicyName="main")
    principal, condition = principals(role, mary)[kind]
    granted = grant(bucket, principal, **condition)
    account.bucket_policy(bucket, granted, doc.bucket_deny(bucket, {"AWS": mary.arn}))
    denied(account.reads(mary, bucket), BY_RESOURCE)
    account.bucket_policy(bucket, granted)
    allowed(account.reads(mary, bucket))


def test_the_deny_for_one_session_leaves_the_role_its_grant(account, bucket, role):
    mary, john = account.assume(role, name="mary"), account.assume(role, name="john")
    account.iam.delete_role_policy(RoleName=role.name, PolicyName="main")
    account.bucket_policy(
        bucket, grant(bucket, {"AWS": role.arn}), doc.bucket_deny(bucket, {"AWS": mary.arn})
    )
    denied(account.reads(mary, bucket), BY_RESOURCE)
    allowed(account.reads(john, bucket))


def test_a_session_grant_reaches_no_other_session(account, bucket, role):
    mary, john = account.assume(role, name="mary"), account.assume(role, name="john")
    account.iam.delete_role_policy(RoleName=role.name, PolicyName="main")
    account.bucket_policy(bucket, grant(bucket, {"AWS": mary.arn}))
    allowed(account.reads(mary, bucket))
    denied(account.reads(john, bucket))


def test_an_explicit_deny_on_the_role_beats_the_grant_of_the_bucket(account, bucket, role):
    mary = account.assume(role, name="mary")
    account.bucket_policy(bucket, grant(bucket, {"AWS": mary.arn}))
    account.role_policy(role.name, doc.policy(doc.deny()))
    denied(account.reads(mary, bucket), BY_IDENTITY)


def test_a_grant_to_the_account_alone_gives_the_role_nothing(account, bucket):
    mary = account.assume(account.make_role("empty"), name="mary")
    account.bucket_policy(bucket, grant(bucket, {"AWS": account.server.account}))
    denied(account.reads(mary, bucket))


def test_a_federated_user_without_session_policy_has_only_what_the_bucket_grants_by_name(account, bucket):
    user = account.make_user("app", doc.policy(doc.allow(["s3:*", "sts:*"])))
    bob = account.federate(user.creds, "bob")
    denied(account.reads(bob, bucket))
    account.bucket_policy(bucket, grant(bucket, {"AWS": bob.arn}))
    allowed(account.reads(bob, bucket))
    account.bucket_policy(bucket, grant(bucket, {"AWS": user.arn}))
    denied(account.reads(bob, bucket))
    allowed(account.reads(user.creds, bucket))
