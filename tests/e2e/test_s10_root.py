"""S10: no identity policy limits the root user or its sessions, and it cannot assume a role."""

from __future__ import annotations

import pytest

from harness import documents as doc
from harness.account import ROOT_ARN
from harness.expect import BY_RESOURCE, NO_SESSION, allowed, denied, refused

EVERYTHING = doc.policy(doc.allow("*"))


@pytest.fixture(scope="module")
def bucket(account):
    return account.make_bucket()


@pytest.fixture(scope="module", autouse=True)
def everyone_denied(account):
    """Denies that would hit root if any identity policy could."""
    document = doc.policy(doc.deny(), doc.deny(ArnEquals={"aws:PrincipalArn": ROOT_ARN}))
    arn = account.make_managed(document)
    user, role = account.make_user("denied"), account.make_role("denied")
    account.iam.attach_user_policy(UserName=user.name, PolicyArn=arn)
    account.iam.attach_role_policy(RoleName=role.name, PolicyArn=arn)
    return user


def test_root_reads_and_administers(account, bucket):
    allowed(account.reads(account.root, bucket))
    allowed(account.sees_users(account.root))


def test_root_cannot_be_named_as_a_user_to_put_a_policy_on(account):
    refused(lambda: account.user_policy("root", doc.policy(doc.deny())), "NoSuchEntity", 404)


def test_a_session_token_of_root_is_root(account, bucket):
    creds = account.session_token(account.root)
    found = account.whoami(creds)
    assert (found["Arn"], found["UserId"]) == (ROOT_ARN, account.server.account)
    allowed(account.reads(creds, bucket))


def test_a_federated_user_of_root_is_limited_by_its_session_policy_only(account, bucket):
    creds = account.federate(account.root, "guest", doc.policy(doc.allow("s3:GetObject")))
    allowed(account.reads(creds, bucket))
    denied(account.lists(creds, bucket), NO_SESSION)


def test_a_federated_user_of_root_without_session_policy_may_do_nothing(account, bucket):
    denied(account.reads(account.federate(account.root, "guest"), bucket))


def test_a_resource_policy_does_reach_root_and_its_sessions(account):
    bucket = account.make_bucket()
    session = account.session_token(account.root)
    federated = account.federate(account.root, "guest", EVERYTHING)
    account.bucket_policy(bucket, doc.bucket_deny(bucket, {"AWS": ROOT_ARN}))
    for creds in (account.root, session, federated):
        denied(account.reads(creds, bucket), BY_RESOURCE)
    allowed(lambda: account.s3.delete_bucket_policy(Bucket=bucket))
    for creds in (account.root, session, federated):
        allowed(account.reads(creds, bucket))


def test_root_cannot_assume_a_role(account):
    role = account.make_role("open", trust=doc.trust("*"))
    message = denied(lambda: account.assume(role, by=account.root))
    assert message == "Roles may not be assumed by root accounts."


def test_a_session_of_root_cannot_assume_a_role_either(account):
    role = account.make_role("open", trust=doc.trust("*"))
    denied(lambda: account.assume(role, by=account.session_token(account.root)))


def test_sessions_of_root_cannot_make_further_sessions(account):
    creds = account.session_token(account.root)
    denied(lambda: account.session_token(creds), "Cannot call GetSessionToken with session credentials")
    denied(
        lambda: account.federate(creds, "guest", EVERYTHING),
        "Cannot call GetFederationToken with session credentials",
    )


def test_sessions_of_root_do_not_administer_without_mfa(account):
    denied(account.sees_users(account.session_token(account.root)))
    denied(account.sees_users(account.federate(account.root, "guest", EVERYTHING)))


def test_the_root_arn_in_a_principal_means_the_account_not_only_root(account, bucket):
    reader = account.make_user("reader", doc.policy(doc.allow("s3:GetObject")))
    account.bucket_policy(bucket, doc.bucket_deny(bucket, {"AWS": ROOT_ARN}))
    denied(account.reads(reader.creds, bucket), BY_RESOURCE)
    account.bucket_policy(bucket, doc.bucket_deny(bucket, "*", ArnEquals={"aws:PrincipalArn": ROOT_ARN}))
    allowed(account.reads(reader.creds, bucket))
    denied(account.reads(account.root, bucket), BY_RESOURCE)
    account.s3.delete_bucket_policy(Bucket=bucket)
