"""S5: a Deny on aws:PrincipalArn hits exactly the role, user or federated user that it names.

One managed policy holds the Deny and is attached to every principal, as an administrator's
account-wide deny list would be; only the named one may be hit.
"""

from __future__ import annotations

import pytest

from harness import documents as doc
from harness.account import federated_arn
from harness.expect import BY_IDENTITY, allowed, denied

ALL = doc.policy(doc.allow(["s3:*", "sts:*", "iam:ListUsers"]))
PASSED = doc.policy(doc.allow("s3:*"))
NOBODY = "arn:aws:iam::123456789012:role/nobody-at-all"


class Stage:
    """Principals that all carry the same deny list."""

    def __init__(self, account):
        self.account = account
        self.bucket = account.make_bucket()
        self.role = account.make_role("target", ALL, Path="/finance/")
        self.other_role = account.make_role("other", ALL)
        self.user = account.make_user("target", ALL, Path="/finance/")
        self.other_user = account.make_user("other", ALL)
        self.list_arn = account.make_managed(deny_list(NOBODY), "deny-list")
        for role in (self.role, self.other_role):
            account.iam.attach_role_policy(RoleName=role.name, PolicyArn=self.list_arn)
        for user in (self.user, self.other_user):
            account.iam.attach_user_policy(UserName=user.name, PolicyArn=self.list_arn)
        self.creds = {
            "role session": account.assume(self.role, name="mary"),
            "second role session": account.assume(self.role, name="john"),
            "other role session": account.assume(self.other_role, name="mary"),
            "user": self.user.creds,
            "user session": account.session_token(self.user.creds),
            "bob": account.federate(self.user.creds, "bob", PASSED),
            "alice": account.federate(self.user.creds, "alice", PASSED),
            "other user": self.other_user.creds,
            "other user's carol": account.federate(self.other_user.creds, "carol", PASSED),
        }

    def deny(self, *arns: str, operator: str = "ArnEquals") -> None:
        iam = self.account.iam
        version = iam.create_policy_version(
            PolicyArn=self.list_arn, PolicyDocument=deny_list(*arns, operator=operator), SetAsDefault=True
        )["PolicyVersion"]["VersionId"]
        for old in iam.list_policy_versions(PolicyArn=self.list_arn)["Versions"]:
            if old["VersionId"] != version:
                iam.delete_policy_version(PolicyArn=self.list_arn, VersionId=old["VersionId"])

    def assert_hit(self, *names: str) -> None:
        for name, creds in self.creds.items():
            read = self.account.reads(creds, self.bucket)
            if name in names:
                denied(read, BY_IDENTITY)
            else:
                allowed(read)


def deny_list(*arns: str, operator: str = "ArnEquals") -> str:
    return doc.policy(doc.deny(**{operator: {"aws:PrincipalArn": list(arns)}}))


@pytest.fixture(scope="module")
def stage(account):
    return Stage(account)


@pytest.fixture(autouse=True)
def lifted(stage):
    yield
    stage.deny(NOBODY)
    stage.assert_hit()


def test_role_arn_hits_all_sessions_of_the_role(stage):
    stage.deny(stage.role.arn)
    stage.assert_hit("role session", "second role session")


def test_role_arn_must_carry_the_path(stage):
    stage.deny(stage.role.arn.replace("/finance/", "/"))
    stage.assert_hit()


def test_user_arn_hits_the_user_and_its_session_tokens_but_not_its_federated_users(stage):
    stage.deny(stage.user.arn)
    stage.assert_hit("user", "user session")


def test_federated_user_arn_hits_that_federated_user_only(stage):
    stage.deny(federated_arn("bob"))
    stage.assert_hit("bob")


def test_the_three_kinds_together(stage):
    stage.deny(stage.role.arn, stage.user.arn, federated_arn("alice"))
    stage.assert_hit("role session", "second role session", "user", "user session", "alice")


def test_a_session_arn_never_matches_the_key(stage):
    stage.deny(stage.creds["role session"].arn)
    stage.assert_hit()


def test_wildcards_work_inside_the_arn(stage):
    stage.deny("arn:aws:iam::*:role/finance/*", operator="ArnLike")
    stage.assert_hit("role session", "second role session")


def test_every_federated_user_by_wildcard(stage):
    stage.deny(federated_arn("*"), operator="ArnLike")
    stage.assert_hit("bob", "alice", "other user's carol")


def test_string_equals_takes_the_exact_arn(stage):
    stage.deny(stage.role.arn, operator="StringEquals")
    stage.assert_hit("role session", "second role session")
    stage.deny(stage.role.arn.replace("role/finance/", "role/*"), operator="StringEquals")
    stage.assert_hit()


def test_arn_not_equals_spares_the_named_one_only(stage):
    stage.deny(stage.role.arn, operator="ArnNotEquals")
    stage.assert_hit(*(set(stage.creds) - {"role session", "second role session"}))


def test_the_arn_follows_a_renamed_user(account):
    bucket = account.make_bucket()
    user = account.make_user("old-name", ALL)
    account.user_policy(user.name, deny_list(user.arn), "list")
    denied(account.reads(user.creds, bucket), BY_IDENTITY)
    account.iam.update_user(UserName=user.name, NewUserName=user.name + "-renamed")
    allowed(account.reads(user.creds, bucket))
