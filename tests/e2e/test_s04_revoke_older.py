"""S4: the AWSRevokeOlderSessions policy cuts every session issued before it, and no later one."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from harness import documents as doc
from harness.expect import BY_IDENTITY, allowed, denied

READ = doc.policy(doc.allow(["s3:GetObject", "sts:GetFederationToken"]))
PASSED = doc.policy(doc.allow("s3:GetObject"))


@pytest.fixture(scope="module")
def bucket(account):
    return account.make_bucket()


@pytest.fixture
def role(account):
    return account.make_role("revoked", READ)


@pytest.fixture
def user(account):
    return account.make_user("issuer", READ)


def revoke_role(account, role) -> None:
    account.role_policy(role.name, doc.revoke_older(doc.utc_now()), doc.REVOKE_NAME)


def revoke_user(account, user) -> None:
    account.user_policy(user.name, doc.revoke_older(doc.utc_now()), doc.REVOKE_NAME)


def pause() -> None:
    """Two milliseconds, the finest step of an issue time, rounded up."""
    time.sleep(0.002)


def test_every_session_issued_before_the_moment_is_cut(account, bucket, role):
    sessions = [account.assume(role) for _ in range(4)]
    for creds in sessions:
        allowed(account.reads(creds, bucket))
    pause()
    revoke_role(account, role)
    for creds in sessions:
        denied(account.reads(creds, bucket), BY_IDENTITY)


def test_a_session_issued_right_afterwards_works(account, bucket, role):
    old = account.assume(role)
    pause()
    revoke_role(account, role)
    new = account.assume(role)
    allowed(account.reads(new, bucket))
    denied(account.reads(old, bucket), BY_IDENTITY)


def test_issuing_and_revoking_within_one_second_is_exact(account, bucket, role):
    for _ in range(15):
        old = account.assume(role)
        pause()
        revoke_role(account, role)
        new = account.assume(role)
        denied(account.reads(old, bucket), BY_IDENTITY)
        allowed(account.reads(new, bucket))


def test_the_same_session_name_issued_anew_works(account, bucket, role):
    old = account.assume(role, name="mary")
    pause()
    revoke_role(account, role)
    new = account.assume(role, name="mary")
    denied(account.reads(old, bucket), BY_IDENTITY)
    allowed(account.reads(new, bucket))


def test_sessions_of_another_role_are_not_cut(account, bucket, role):
    other = account.assume(account.make_role("spared", READ))
    pause()
    revoke_role(account, role)
    allowed(account.reads(other, bucket))


def test_a_session_of_a_second_role_obtained_through_the_revoked_one_lives_on(account, bucket):
    first = account.make_role("hop-one", doc.policy(doc.allow(["sts:AssumeRole", "s3:GetObject"])))
    second = account.make_role("hop-two", READ)
    hop = account.assume(first)
    chained = account.assume(second, by=hop)
    pause()
    revoke_role(account, first)
    denied(account.reads(hop, bucket), BY_IDENTITY)
    denied(lambda: account.assume(second, by=hop), "sts:AssumeRole")
    allowed(account.reads(chained, bucket))


def test_a_moment_before_the_issue_cuts_nothing(account, bucket, role):
    early = doc.revoke_older(doc.utc_now() - timedelta(minutes=5))
    creds = account.assume(role)
    account.role_policy(role.name, early, doc.REVOKE_NAME)
    allowed(account.reads(creds, bucket))


def test_pressing_the_button_again_moves_the_moment(account, bucket, role):
    first = account.assume(role)
    pause()
    revoke_role(account, role)
    second = account.assume(role)
    allowed(account.reads(second, bucket))
    pause()
    revoke_role(account, role)
    for creds in (first, second):
        denied(account.reads(creds, bucket), BY_IDENTITY)
    assert account.iam.list_role_policies(RoleName=role.name)["PolicyNames"].count(doc.REVOKE_NAME) == 1


def test_removing_the_policy_brings_the_sessions_back(account, bucket, role):
    creds = account.assume(role)
    pause()
    revoke_role(account, role)
    denied(account.reads(creds, bucket), BY_IDENTITY)
    account.iam.delete_role_policy(RoleName=role.name, PolicyName=doc.REVOKE_NAME)
    allowed(account.reads(creds, bucket))


def test_on_a_user_it_cuts_session_tokens_and_federated_users(account, bucket, user):
    session = account.session_token(user.creds)
    federated = account.federate(user.creds, "bob", PASSED)
    for creds in (session, federated):
        allowed(account.reads(creds, bucket))
    pause()
    revoke_user(account, user)
    for creds in (session, federated):
        denied(account.reads(creds, bucket), BY_IDENTITY)


def test_on_a_user_the_long_term_keys_are_untouched(account, bucket, user):
    second = account.make_key(user.name)
    revoke_user(account, user)
    for creds in (user.creds, second):
        allowed(account.reads(creds, bucket))


def test_on_a_user_later_sessions_work(account, bucket, user):
    pause()
    revoke_user(account, user)
    allowed(account.reads(account.session_token(user.creds), bucket))
    allowed(account.reads(account.federate(user.creds, "bob", PASSED), bucket))


def test_on_a_user_sessions_of_other_users_are_not_cut(account, bucket, user):
    other = account.make_user("other", READ)
    sessions = [account.session_token(other.creds), account.federate(other.creds, "bob", PASSED)]
    pause()
    revoke_user(account, user)
    for creds in sessions:
        allowed(account.reads(creds, bucket))


def test_a_coarse_moment_in_whole_seconds_also_counts(account, bucket, role):
    creds = account.assume(role)
    later = (doc.utc_now() + timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    moment = {"aws:TokenIssueTime": later}
    account.role_policy(role.name, doc.policy(doc.deny(DateLessThan=moment)), doc.REVOKE_NAME)
    denied(account.reads(creds, bucket), BY_IDENTITY)


def test_the_key_is_absent_for_long_term_keys_so_if_exists_hits_them(account, bucket, user):
    moment = {"aws:TokenIssueTime": doc.iso_ms(doc.utc_now())}
    account.user_policy(user.name, doc.policy(doc.deny(DateLessThanIfExists=moment)), "if-exists")
    denied(account.reads(user.creds, bucket), BY_IDENTITY)
