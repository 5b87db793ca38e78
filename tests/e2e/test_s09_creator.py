"""S9: what a user's sessions may do follows the user's policies, live, and never exceeds them."""

from __future__ import annotations

import pytest

from harness import documents as doc
from harness.expect import BY_IDENTITY, BY_SESSION, NO_IDENTITY, NO_SESSION, allowed, denied

READ = doc.policy(doc.allow(["s3:GetObject", "sts:GetFederationToken"]))
READ_WRITE = doc.policy(doc.allow(["s3:GetObject", "s3:PutObject", "sts:GetFederationToken"]))
EVERYTHING = doc.policy(doc.allow("*"))


@pytest.fixture(scope="module")
def bucket(account):
    return account.make_bucket()


@pytest.fixture
def user(account):
    return account.make_user("creator", READ)


def writes(account, creds, bucket):
    client = account.client("s3", creds)
    return lambda: client.put_object(Bucket=bucket, Key="written.txt", Body=b"x")


def both(account, user):
    return [account.session_token(user.creds), account.federate(user.creds, "bob", EVERYTHING)]


def test_permissions_taken_from_the_user_are_taken_from_its_sessions(account, bucket, user):
    held = both(account, user)
    for creds in held:
        allowed(account.reads(creds, bucket))
    account.iam.delete_user_policy(UserName=user.name, PolicyName="main")
    for creds in [*held, user.creds]:
        denied(account.reads(creds, bucket), NO_IDENTITY)


def test_permissions_given_to_the_user_reach_its_live_sessions(account, bucket, user):
    held = both(account, user)
    for creds in held:
        denied(writes(account, creds, bucket), NO_IDENTITY)
    account.user_policy(user.name, READ_WRITE)
    for creds in held:
        allowed(writes(account, creds, bucket))


def test_a_deny_on_the_user_cuts_its_sessions_and_lifting_it_restores_them(account, bucket, user):
    held = both(account, user)
    account.user_policy(user.name, doc.policy(doc.deny("s3:*")), "lockout")
    for creds in held:
        denied(account.reads(creds, bucket), BY_IDENTITY)
    account.iam.delete_user_policy(UserName=user.name, PolicyName="lockout")
    for creds in held:
        allowed(account.reads(creds, bucket))


def test_group_membership_counts_live(account, bucket):
    group = account.iam.create_group(GroupName="readers")["Group"]["GroupName"]
    account.iam.put_group_policy(GroupName=group, PolicyName="read", PolicyDocument=READ)
    user = account.make_user("member", doc.policy(doc.allow("sts:GetFederationToken")))
    held = both(account, user)
    for creds in held:
        denied(account.reads(creds, bucket), NO_IDENTITY)
    account.iam.add_user_to_group(GroupName=group, UserName=user.name)
    for creds in held:
        allowed(account.reads(creds, bucket))
    account.iam.put_group_policy(GroupName=group, PolicyName="read", PolicyDocument=doc.policy(doc.deny()))
    for creds in held:
        denied(account.reads(creds, bucket), BY_IDENTITY)
    account.iam.remove_user_from_group(GroupName=group, UserName=user.name)
    for creds in held:
        denied(account.reads(creds, bucket), NO_IDENTITY)


def test_a_boundary_put_on_the_user_limits_its_sessions(account, bucket, user):
    held = both(account, user)
    limit = account.make_managed(doc.policy(doc.allow("iam:*")), "boundary")
    account.iam.put_user_permissions_boundary(UserName=user.name, PermissionsBoundary=limit)
    for creds in held:
        denied(account.reads(creds, bucket), "because no permissions boundary allows the")
    account.iam.delete_user_permissions_boundary(UserName=user.name)
    for creds in held:
        allowed(account.reads(creds, bucket))


def test_a_federated_user_never_exceeds_the_user(account, bucket, user):
    bob = account.federate(user.creds, "bob", EVERYTHING)
    allowed(account.reads(bob, bucket))
    denied(writes(account, bob, bucket), NO_IDENTITY)


def test_a_federated_user_never_exceeds_the_session_policy(account, bucket):
    user = account.make_user("strong", EVERYTHING)
    bob = account.federate(user.creds, "bob", doc.policy(doc.allow("s3:GetObject")))
    allowed(account.reads(bob, bucket))
    denied(writes(account, bob, bucket), NO_SESSION)


def test_a_federated_user_without_session_policy_may_do_nothing(account, bucket):
    user = account.make_user("strong", EVERYTHING)
    bob = account.federate(user.creds, "bob")
    denied(account.reads(bob, bucket), NO_SESSION)
    assert account.whoami(bob)["Arn"] == bob.arn


def test_a_deny_in_the_session_policy_counts(account, bucket):
    user = account.make_user("strong", EVERYTHING)
    passed = doc.policy(doc.allow("s3:*"), doc.deny("s3:PutObject"))
    bob = account.federate(user.creds, "bob", passed)
    allowed(account.reads(bob, bucket))
    denied(writes(account, bob, bucket), BY_SESSION)


def test_managed_session_policies_are_read_live(account, bucket):
    user = account.make_user("strong", EVERYTHING)
    arn = account.make_managed(doc.policy(doc.allow("s3:GetObject")))
    bob = account.federate(user.creds, "bob", PolicyArns=[{"arn": arn}])
    allowed(account.reads(bob, bucket))
    denied(writes(account, bob, bucket), NO_SESSION)


def test_a_session_token_is_the_user_itself(account, user):
    session = account.session_token(user.creds)
    expected = {"UserId": user.user_id, "Arn": user.arn, "Account": account.server.account}
    found = account.whoami(session)
    assert {key: found[key] for key in expected} == expected


def test_other_users_are_not_affected(account, bucket, user):
    other = account.make_user("other", READ)
    held = [other.creds, *both(account, other)]
    account.user_policy(user.name, doc.policy(doc.deny()), "lockout")
    for creds in held:
        allowed(account.reads(creds, bucket))


def test_federating_needs_the_permission_and_a_session_token_does_not(account):
    user = account.make_user("plain", doc.policy(doc.allow("s3:*")))
    denied(lambda: account.federate(user.creds, "bob", EVERYTHING), "sts:GetFederationToken")
    account.session_token(user.creds)
