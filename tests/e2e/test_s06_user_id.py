"""S6: a Deny on aws:userid, by user id, by role session, by federated name and by bare role id."""

from __future__ import annotations

import json

import pytest

from harness import documents as doc
from harness.audit import event_of
from harness.expect import BY_IDENTITY, allowed, denied, header

ALL = doc.policy(doc.allow(["s3:*", "sts:*", "iam:ListUsers"]))
PASSED = doc.policy(doc.allow("s3:*"))
NOBODY = "AIDAAAAAAAAAAAAAAAAAA"


def deny_list(*ids: str, operator: str = "StringLike", key: str = "aws:userid") -> str:
    return doc.policy(doc.deny(**{operator: {key: list(ids)}}))


class Stage:
    """Principals that all share a group's or role's deny list."""

    def __init__(self, account):
        self.account = account
        self.bucket = account.make_bucket()
        self.role, self.other_role = account.make_role("target", ALL), account.make_role("other", ALL)
        self.user, self.other_user = account.make_user("target", ALL), account.make_user("other", ALL)
        self.creds = {
            "mary": account.assume(self.role, name="mary"),
            "john": account.assume(self.role, name="john"),
            "other mary": account.assume(self.other_role, name="mary"),
            "user": self.user.creds,
            "user session": account.session_token(self.user.creds),
            "bob": account.federate(self.user.creds, "bob", PASSED),
            "alice": account.federate(self.user.creds, "alice", PASSED),
            "other user": self.other_user.creds,
        }

    def deny(self, *ids: str, **more) -> dict:
        document = deny_list(*ids, **more)
        for user in (self.user, self.other_user):
            self.account.user_policy(user.name, document, "list")
        self.account.role_policy(self.other_role.name, document, "list")
        return self.account.role_policy(self.role.name, document, "list")

    def assert_hit(self, *names: str) -> None:
        for name, creds in self.creds.items():
            read = self.account.reads(creds, self.bucket)
            if name in names:
                denied(read, BY_IDENTITY)
            else:
                allowed(read)


@pytest.fixture(scope="module")
def stage(account):
    return Stage(account)


@pytest.fixture(autouse=True)
def lifted(stage):
    yield
    stage.deny(NOBODY)
    stage.assert_hit()


def test_user_id_hits_the_user_and_its_session_tokens_not_its_federated_users(stage):
    stage.deny(stage.user.user_id)
    stage.assert_hit("user", "user session")


def test_role_id_and_session_name_hit_that_session_only(stage):
    stage.deny(f"{stage.role.role_id}:mary")
    stage.assert_hit("mary")


def test_a_new_session_that_reuses_the_name_is_hit_too(account, stage):
    stage.deny(f"{stage.role.role_id}:mary")
    denied(account.reads(account.assume(stage.role, name="mary"), stage.bucket), BY_IDENTITY)
    allowed(account.reads(account.assume(stage.role, name="mary2"), stage.bucket))


def test_role_id_with_star_hits_every_session_of_the_role(stage):
    stage.deny(f"{stage.role.role_id}:*")
    stage.assert_hit("mary", "john")


def test_account_and_federated_name_hit_that_federated_user_only(account, stage):
    stage.deny(f"{account.server.account}:bob")
    stage.assert_hit("bob")


def test_account_and_star_hit_every_federated_user(account, stage):
    stage.deny(f"{account.server.account}:*")
    stage.assert_hit("bob", "alice")


def test_the_key_name_is_not_case_sensitive_but_its_value_is(stage):
    stage.deny(f"{stage.role.role_id}:mary", key="aws:userId")
    stage.assert_hit("mary")
    stage.deny(f"{stage.role.role_id}:MARY", key="AWS:USERID")
    stage.assert_hit()


@pytest.mark.parametrize("operator", ["StringLike", "StringEquals", "StringEqualsIgnoreCase"])
def test_bare_role_id_in_a_deny_hits_every_session_of_the_role(stage, operator):
    stage.deny(stage.role.role_id, operator=operator)
    stage.assert_hit("mary", "john")


def test_bare_role_id_is_reported_with_the_portable_form(account, stage):
    answer = stage.deny(stage.role.role_id)
    assert int(header(answer, "x-portcullis-findings") or 0) >= 1
    findings = event_of(account, answer)["additionalEventData"]["findings"]
    assert f"{stage.role.role_id}:*" in json.dumps(findings)


def test_the_portable_form_has_no_finding(stage):
    answer = stage.deny(f"{stage.role.role_id}:*")
    assert header(answer, "x-portcullis-findings") in (None, "0")


def test_bare_role_id_under_a_negated_operator_spares_nobody(stage):
    stage.deny(stage.role.role_id, operator="StringNotEquals")
    stage.assert_hit(*stage.creds)


def test_bare_role_id_in_an_allow_grants_nothing(account, stage):
    only = doc.policy(doc.allow("s3:*", StringLike={"aws:userid": "AROAXXXXXXXXXXXXXXXXX"}))
    role = account.make_role("hopeful", only)
    creds = account.assume(role)
    bare = doc.policy(doc.allow("s3:*", StringLike={"aws:userid": role.role_id}))
    account.role_policy(role.name, bare)
    denied(account.reads(creds, stage.bucket))
    full = doc.policy(doc.allow("s3:*", StringLike={"aws:userid": role.role_id + ":*"}))
    account.role_policy(role.name, full)
    allowed(account.reads(creds, stage.bucket))


def test_bare_role_id_of_another_role_hits_nobody_here(account, stage):
    stage.deny(account.make_role("elsewhere").role_id)
    stage.assert_hit()


def test_bare_role_id_in_a_bucket_policy_hits_every_session_of_the_role(account, stage):
    key = {"aws:userid": stage.role.role_id}
    account.bucket_policy(stage.bucket, doc.bucket_deny(stage.bucket, "*", StringLike=key))
    for name, creds in stage.creds.items():
        probe = account.reads(creds, stage.bucket)
        denied(probe) if name in ("mary", "john") else allowed(probe)
    account.s3.delete_bucket_policy(Bucket=stage.bucket)
