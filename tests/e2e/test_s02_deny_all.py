"""S2: denying everything on a role ends what all its live sessions may do, and only theirs."""

from __future__ import annotations

import pytest

from harness import documents as doc
from harness.expect import BY_IDENTITY, NO_IDENTITY, allowed, denied

READ = doc.policy(doc.allow(["s3:GetObject", "s3:ListBucket", "iam:ListUsers"]))
DENY_ALL = doc.policy(doc.deny())


@pytest.fixture(scope="module")
def bucket(account):
    return account.make_bucket()


@pytest.fixture
def role(account):
    return account.make_role("cut", READ)


def probes(account, creds, bucket):
    return [account.reads(creds, bucket), account.lists(creds, bucket), account.sees_users(creds)]


def test_sessions_issued_before_the_deny_fail_in_every_service(account, bucket, role):
    sessions = [account.assume(role) for _ in range(3)]
    calls = [call for creds in sessions for call in probes(account, creds, bucket)]
    for call in calls:
        allowed(call)
    account.role_policy(role.name, DENY_ALL)
    for call in calls:
        denied(call, BY_IDENTITY)


def test_a_deny_in_a_second_policy_beats_the_allow_that_stays(account, bucket, role):
    creds = account.assume(role)
    account.role_policy(role.name, DENY_ALL, "lockout")
    denied(account.reads(creds, bucket), BY_IDENTITY)


def test_a_deny_in_an_attached_managed_policy_cuts_the_sessions(account, bucket, role):
    creds = account.assume(role)
    arn = account.make_managed(DENY_ALL)
    account.iam.attach_role_policy(RoleName=role.name, PolicyArn=arn)
    denied(account.reads(creds, bucket), BY_IDENTITY)
    account.iam.detach_role_policy(RoleName=role.name, PolicyArn=arn)
    allowed(account.reads(creds, bucket))


def test_a_new_default_version_of_a_managed_policy_cuts_the_sessions(account, bucket):
    arn = account.make_managed(READ)
    role = account.make_role("versioned")
    account.iam.attach_role_policy(RoleName=role.name, PolicyArn=arn)
    creds = account.assume(role)
    allowed(account.reads(creds, bucket))
    account.iam.create_policy_version(PolicyArn=arn, PolicyDocument=DENY_ALL, SetAsDefault=False)
    allowed(account.reads(creds, bucket))
    account.iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    denied(account.reads(creds, bucket), BY_IDENTITY)
    account.iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    allowed(account.reads(creds, bucket))


def test_sessions_of_other_roles_and_users_are_not_affected(account, bucket, role):
    other = account.assume(account.make_role("other", READ))
    user = account.make_user("bystander", READ)
    account.role_policy(role.name, DENY_ALL)
    for creds in (other, user.creds):
        for call in probes(account, creds, bucket):
            allowed(call)


def test_the_same_sessions_work_again_once_the_permission_is_restored(account, bucket, role):
    sessions = [account.assume(role) for _ in range(2)]
    account.role_policy(role.name, DENY_ALL)
    for creds in sessions:
        denied(account.reads(creds, bucket), BY_IDENTITY)
    account.role_policy(role.name, READ)
    for creds in sessions:
        allowed(account.reads(creds, bucket))


def test_removing_the_policy_refuses_implicitly_and_names_no_deny(account, bucket, role):
    creds = account.assume(role)
    account.iam.delete_role_policy(RoleName=role.name, PolicyName="main")
    message = denied(account.reads(creds, bucket), NO_IDENTITY)
    assert "explicit deny" not in message
    assert f"User: {creds.arn} is not authorized to perform: s3:GetObject" in message


def test_new_sessions_of_the_denied_role_are_refused_too(account, bucket, role):
    account.role_policy(role.name, DENY_ALL)
    denied(account.reads(account.assume(role), bucket), BY_IDENTITY)


def test_get_caller_identity_still_answers_under_a_deny(account, role):
    creds = account.assume(role)
    account.role_policy(role.name, DENY_ALL)
    assert account.whoami(creds)["Arn"] == creds.arn


def test_each_change_holds_from_the_next_request_on(account, bucket, role):
    creds = account.assume(role)
    read = account.reads(creds, bucket)
    for _ in range(25):
        account.role_policy(role.name, DENY_ALL)
        denied(read, BY_IDENTITY)
        account.role_policy(role.name, READ)
        allowed(read)


def test_changing_the_trust_policy_does_not_end_issued_sessions(account, bucket, role):
    creds = account.assume(role)
    nobody = account.make_user("nobody")
    account.iam.update_assume_role_policy(RoleName=role.name, PolicyDocument=doc.trust(nobody.arn))
    denied(lambda: account.assume(role))
    allowed(account.reads(creds, bucket))
