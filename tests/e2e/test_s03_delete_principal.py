"""S3: deleting a role or user ends its credentials for good; a namesake made later gets nothing."""

from __future__ import annotations

import pytest

from harness import documents as doc
from harness.expect import allowed, denied, gone, refused

READ = doc.policy(doc.allow(["s3:*", "iam:ListUsers", "sts:*"]))
PASSED = doc.policy(doc.allow("s3:*"))


@pytest.fixture(scope="module")
def bucket(account):
    return account.make_bucket()


def is_gone(account, creds, bucket) -> None:
    gone(account.reads(creds, bucket), account.sees_users(creds))
    refused(lambda: account.whoami(creds), "InvalidClientTokenId", 403)


def test_sessions_of_a_deleted_role_fail(account, bucket):
    role = account.make_role("doomed", READ)
    sessions = [account.assume(role) for _ in range(3)]
    for creds in sessions:
        allowed(account.reads(creds, bucket))
    account.delete_role(role.name)
    for creds in sessions:
        is_gone(account, creds, bucket)


def test_sessions_of_other_roles_are_not_affected(account, bucket):
    doomed = account.make_role("doomed", READ)
    spared = account.assume(account.make_role("spared", READ))
    account.delete_role(doomed.name)
    allowed(account.reads(spared, bucket))


def test_old_sessions_still_fail_after_the_role_is_made_again(account, bucket):
    role = account.make_role("phoenix", READ)
    old = account.assume(role, name="mary")
    account.delete_role(role.name)
    again = account.make_role(policy=READ, name=role.name)
    assert again.arn == role.arn
    assert again.role_id != role.role_id
    new = account.assume(again, name="mary")
    assert new.arn == old.arn
    allowed(account.reads(new, bucket))
    is_gone(account, old, bucket)


def test_a_deleted_role_cannot_be_assumed(account):
    role = account.make_role("doomed", READ)
    account.delete_role(role.name)
    denied(lambda: account.assume(role))


def test_a_session_obtained_through_the_deleted_role_lives_on(account, bucket):
    """As in AWS: the second role is untouched; what it may do is its own affair."""
    first, second = account.make_role("first", READ), account.make_role("second", READ)
    chained = account.assume(second, by=account.assume(first))
    account.delete_role(first.name)
    allowed(account.reads(chained, bucket))


def every_credential(account, user):
    return [
        user.creds,
        account.session_token(user.creds),
        account.federate(user.creds, "bob", PASSED),
    ]


def test_keys_and_sessions_of_a_deleted_user_fail(account, bucket):
    user = account.make_user("doomed", READ)
    held = every_credential(account, user)
    for creds in held:
        allowed(account.reads(creds, bucket))
    account.delete_user(user.name)
    for creds in held:
        is_gone(account, creds, bucket)


def test_old_credentials_still_fail_after_the_user_is_made_again(account, bucket):
    user = account.make_user("phoenix", READ)
    old = every_credential(account, user)
    account.delete_user(user.name)
    again = account.make_user(policy=READ, name=user.name)
    assert again.arn == user.arn
    assert again.user_id != user.user_id
    for creds in every_credential(account, again):
        allowed(account.reads(creds, bucket))
    for creds in old:
        is_gone(account, creds, bucket)


def test_a_user_made_again_is_not_trusted_in_place_of_the_old_one(account):
    user = account.make_user("trusted", READ)
    role = account.make_role("vault", READ, doc.trust(user.arn))
    allowed_role = account.assume(role, by=user.creds)
    account.delete_user(user.name)
    again = account.make_user(policy=READ, name=user.name)
    denied(lambda: account.assume(role, by=again.creds))
    document = account.iam.get_role(RoleName=role.name)["Role"]["AssumeRolePolicyDocument"]
    assert document["Statement"][0]["Principal"]["AWS"] in (user.user_id, [user.user_id])
    account.iam.update_assume_role_policy(RoleName=role.name, PolicyDocument=doc.trust(again.arn))
    account.assume(role, by=again.creds)
    assert account.whoami(allowed_role)["Account"] == account.server.account


def test_a_user_made_again_gets_nothing_from_a_bucket_policy_for_the_old_one(account, bucket):
    user = account.make_user("reader")
    account.bucket_policy(bucket, doc.allow("s3:GetObject", doc.bucket_arn(bucket, "*"), {"AWS": user.arn}))
    allowed(account.reads(user.creds, bucket))
    account.delete_user(user.name)
    again = account.make_user(name=user.name)
    denied(account.reads(again.creds, bucket))
    shown = account.s3.get_bucket_policy(Bucket=bucket)["Policy"]
    assert user.user_id in shown and user.arn not in shown
    account.s3.delete_bucket_policy(Bucket=bucket)


def test_a_role_made_again_gets_nothing_from_a_bucket_policy_for_the_old_one(account, bucket):
    role = account.make_role("reader")
    account.bucket_policy(bucket, doc.allow("s3:GetObject", doc.bucket_arn(bucket, "*"), {"AWS": role.arn}))
    allowed(account.reads(account.assume(role), bucket))
    account.delete_role(role.name)
    again = account.make_role(name=role.name)
    denied(account.reads(account.assume(again), bucket))
    account.s3.delete_bucket_policy(Bucket=bucket)


def test_deleting_an_access_key_ends_that_key_only(account, bucket):
    user = account.make_user("rotating", READ)
    second = account.make_key(user.name)
    account.iam.delete_access_key(UserName=user.name, AccessKeyId=user.creds.access_key)
    gone(account.reads(user.creds, bucket), account.sees_users(user.creds))
    allowed(account.reads(second, bucket))


def test_an_inactive_access_key_fails_until_it_is_active_again(account, bucket):
    user = account.make_user("paused", READ)
    key = {"UserName": user.name, "AccessKeyId": user.creds.access_key}
    account.iam.update_access_key(**key, Status="Inactive")
    gone(account.reads(user.creds, bucket), account.sees_users(user.creds))
    account.iam.update_access_key(**key, Status="Active")
    allowed(account.reads(user.creds, bucket))
