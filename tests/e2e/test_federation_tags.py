"""Tags that a token or an assertion gives a session: they hold in every policy, and those that are handed on along a chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

import pytest

from harness import documents as doc
from harness.account import Account, Role
from harness.clients import Creds
from harness.expect import allowed, denied, refused
from harness.federated import issuers, server  # noqa: F401
from harness.issuer import Issuers
from harness.saml import Idp

TAGS = "https://aws.amazon.com/tags"
TAGGING = ["sts:AssumeRole", "sts:TagSession"]


@dataclass
class Way:
    """How people get in with tags, whatever the protocol."""

    account: Account
    trust: str
    tagged: Callable[[Role, dict[str, str], list[str]], Creds]

    def make_role(self, policy: str | None = None) -> Role:
        return self.account.make_role("tagged", policy, self.trust)


def web_identity(account: Account, issuers: Issuers) -> Way:
    site = issuers.site()
    site.provider(account)

    def tagged(role: Role, tags: dict[str, str], transitive: list[str]) -> Creds:
        said = {"principal_tags": {key: [value] for key, value in tags.items()}, "transitive_tag_keys": transitive}
        return site.session(account, role, site.token(**{TAGS: said}))

    return Way(account, site.trust("sts:AssumeRoleWithWebIdentity", "sts:TagSession"), tagged)


def saml(account: Account, issuers: Issuers) -> Way:
    idp = Idp(account)

    def tagged(role: Role, tags: dict[str, str], transitive: list[str]) -> Creds:
        attributes = {f"PrincipalTag:{key}": [value] for key, value in tags.items()}
        attributes |= {"TransitiveTagKeys": transitive} if transitive else {}
        return Creds.issued(idp.sign_in(role, attributes=attributes))

    return Way(account, idp.trusts(), tagged)


@pytest.fixture(scope="module", params=[web_identity, saml], ids=lambda way: way.__name__)
def way(request, account, issuers):
    return request.param(account, issuers)


@pytest.fixture(scope="module")
def bucket(account):
    return account.make_bucket("tags", "team.txt", "desk.txt")


def by_tag(bucket: str, principal=None) -> list[dict]:
    """Each object is read by whoever has its tag."""
    return [
        doc.allow("s3:GetObject", doc.bucket_arn(bucket, f"{key}.txt"), principal, StringEquals={f"aws:PrincipalTag/{key}": value})
        for key, value in (("team", "blue"), ("desk", "7"))
    ]


def reads(account: Account, creds: Creds, bucket: str, **expected: bool) -> None:
    for key, is_in in expected.items():
        call = account.reads(creds, bucket, f"{key}.txt")
        allowed(call) if is_in else denied(call)


def next_role(account: Account, first: Role, policy: str | None = None) -> Role:
    return account.make_role("next", policy, doc.trust(first.arn, actions=TAGGING))


def test_a_roles_policy_asks_for_the_tag_that_was_given(account, way, bucket):
    role = way.make_role(doc.policy(*by_tag(bucket)))
    reads(account, way.tagged(role, {"team": "blue", "desk": "7"}, ["team"]), bucket, team=True, desk=True)
    reads(account, way.tagged(role, {"team": "blue"}, []), bucket, team=True, desk=False)
    reads(account, way.tagged(role, {"team": "red", "desk": "blue"}, ["team"]), bucket, team=False, desk=False)
    reads(account, way.tagged(role, {"TEAM": "blue", "desk": "07"}, []), bucket, team=True, desk=False)


def test_a_buckets_policy_asks_for_the_tag_that_was_given(account, way):
    bucket = account.make_bucket("tags", "team.txt", "desk.txt")
    role = way.make_role()
    account.bucket_policy(bucket, *by_tag(bucket, {"AWS": role.arn}))
    reads(account, way.tagged(role, {"team": "blue", "desk": "7"}, ["team"]), bucket, team=True, desk=True)
    reads(account, way.tagged(role, {"team": "red"}, ["team"]), bucket, team=False, desk=False)


def test_along_a_chain_a_roles_policy_sees_what_is_handed_on(account, way, bucket):
    policy = doc.policy(*by_tag(bucket), doc.allow("sts:*"))
    first = way.make_role(policy)
    second = next_role(account, first, policy)
    third = next_role(account, second, policy)
    mary = way.tagged(first, {"team": "blue", "desk": "7"}, ["team"])
    reads(account, mary, bucket, team=True, desk=True)
    hop = account.assume(second, by=mary)
    reads(account, hop, bucket, team=True, desk=False)
    reads(account, account.assume(third, by=hop), bucket, team=True, desk=False)


def test_along_a_chain_a_buckets_policy_sees_what_is_handed_on(account, way):
    bucket = account.make_bucket("tags", "team.txt", "desk.txt")
    first = way.make_role(doc.policy(doc.allow("sts:*")))
    second = next_role(account, first)
    account.bucket_policy(bucket, *by_tag(bucket, {"AWS": [first.arn, second.arn]}))
    mary = way.tagged(first, {"team": "blue", "desk": "7"}, ["team"])
    reads(account, mary, bucket, team=True, desk=True)
    reads(account, account.assume(second, by=mary), bucket, team=True, desk=False)


def test_what_nobody_hands_on_is_gone_after_one_hop(account, way, bucket):
    policy = doc.policy(*by_tag(bucket), doc.allow("sts:*"))
    first = way.make_role(policy)
    second = next_role(account, first, policy)
    mary = way.tagged(first, {"team": "blue", "desk": "7"}, [])
    reads(account, mary, bucket, team=True, desk=True)
    reads(account, account.assume(second, by=mary), bucket, team=False, desk=False)


def test_a_tag_that_is_handed_on_cannot_be_replaced_and_others_can_be_added(account, way, bucket):
    policy = doc.policy(*by_tag(bucket), doc.allow("sts:*"))
    first = way.make_role(policy)
    second = next_role(account, first, policy)
    mary = way.tagged(first, {"team": "red", "desk": "1"}, ["team"])
    for key in ("team", "TEAM"):
        tag = [{"Key": key, "Value": "blue"}]
        refused(lambda: account.assume(second, by=mary, Tags=tag), "InvalidParameterValue", 400)
    hop = account.assume(second, by=mary, Tags=[{"Key": "desk", "Value": "7"}])
    reads(account, hop, bucket, team=False, desk=True)


def test_the_next_roles_trust_policy_sees_the_tags_of_whoever_comes(account, way):
    first = way.make_role(doc.policy(doc.allow("sts:*")))
    blue = doc.trust(first.arn, actions=TAGGING, StringEquals={"aws:PrincipalTag/team": "blue"})
    second = account.make_role("next", trust=blue)
    account.assume(second, by=way.tagged(first, {"team": "blue"}, []))
    denied(lambda: account.assume(second, by=way.tagged(first, {"team": "red"}, ["team"])))


def test_tags_of_the_session_win_over_those_of_the_role(account, way, bucket):
    role = way.make_role(doc.policy(*by_tag(bucket)))
    account.iam.tag_role(RoleName=role.name, Tags=[{"Key": "team", "Value": "red"}, {"Key": "desk", "Value": "7"}])
    reads(account, way.tagged(role, {"team": "blue"}, []), bucket, team=True, desk=True)
    reads(account, way.tagged(role, {"desk": "1"}, []), bucket, team=False, desk=False)
