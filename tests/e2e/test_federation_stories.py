"""The stories of cutting somebody off, for sessions of people whom an identity provider vouches for."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Callable

import pytest

from harness import documents as doc
from harness.account import Account, Role
from harness.clients import Creds
from harness.expect import BY_IDENTITY, BY_RESOURCE, allowed, denied, gone, refused
from harness.issuer import Issuers, Site
from harness.raw import Raw
from harness.revoking import ALL, Own, cut, live
from harness.server import Server

SOURCE = "https://aws.amazon.com/source_identity"
ACTIONS = ("sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity")


@dataclass
class WebIdentity:
    """How people get in, whatever the protocol."""

    account: Account
    site: Site

    call = "sts:AssumeRoleWithWebIdentity"

    def make_role(self, stem: str, **condition) -> Role:
        return self.account.make_role(stem, ALL, trust=self.trust(**condition))

    def trust(self, **condition) -> str:
        return self.site.trust(*ACTIONS, **condition)

    def trust_without(self, person: str) -> str:
        """A trust policy that turns this person away."""
        return self.site.trust(*ACTIONS, StringNotEquals={f"{self.site.host}:sub": person})

    def session(self, role: Role, person: str = "somebody", source_identity: str | None = None, name: str = "") -> Creds:
        more = {SOURCE: source_identity} if source_identity else {}
        return self.site.session(self.account, role, self.site.token(sub=person, **more), name)


@pytest.fixture(scope="module")
def issuers():
    with Issuers(1) as running:
        yield running


@pytest.fixture(scope="module")
def server(issuers):
    with Server(flags=issuers.flags) as running:
        yield running


def web_identity(account: Account, issuers: Issuers) -> WebIdentity:
    site = issuers.site()
    site.provider(account)
    return WebIdentity(account, site)


WAYS: list[Callable] = [web_identity]


@pytest.fixture(scope="module", params=WAYS, ids=lambda way: way.__name__)
def way(request, account, issuers):
    return request.param(account, issuers)


@pytest.fixture(scope="module")
def bucket(account):
    return account.make_bucket()


@pytest.fixture(scope="module")
def own(server):
    return Own(Raw(server))


def test_s2_a_deny_on_everything_cuts_the_sessions_that_are_there(account, way, bucket):
    role = way.make_role("denied")
    creds = way.session(role)
    allowed(account.reads(creds, bucket))
    account.role_policy(role.name, doc.policy(doc.deny()), "deny-all")
    denied(account.reads(creds, bucket), BY_IDENTITY)
    denied(account.reads(way.session(role), bucket), BY_IDENTITY)


def test_s3_without_its_role_a_session_is_nobody(account, way, bucket):
    role = way.make_role("deleted")
    creds = way.session(role)
    allowed(account.reads(creds, bucket))
    account.delete_role(role.name)
    gone(account.reads(creds, bucket), account.sees_users(creds))
    denied(lambda: way.session(role), f"Not authorized to perform {way.call}")


def test_s3_sessions_of_a_deleted_role_stay_dead_when_it_is_made_again(account, way, bucket):
    role = way.make_role("phoenix")
    old = way.session(role, "mary", name="mary")
    allowed(account.reads(old, bucket))
    account.delete_role(role.name)
    again = account.make_role(policy=ALL, trust=way.trust(), name=role.name)
    assert again.arn == role.arn and again.role_id != role.role_id
    gone(account.reads(old, bucket), account.sees_users(old))
    new = way.session(again, "mary", name="mary")
    assert new.arn == old.arn and new.user_id != old.user_id
    allowed(account.reads(new, bucket))
    gone(account.reads(old, bucket), account.sees_users(old))
    refused(lambda: account.whoami(old), "InvalidClientTokenId", 403)


def test_s3_what_trusted_the_old_role_does_not_trust_its_namesake(account, way):
    bucket, role = account.make_bucket(), way.make_role("trusted")
    role_policy = doc.policy(doc.allow("sts:*"))
    further = account.make_role("further", ALL, doc.trust(role.arn))
    account.bucket_policy(bucket, doc.allow("s3:GetObject", doc.bucket_arn(bucket, "*"), {"AWS": role.arn}))
    account.assume(further, by=way.session(role))
    account.delete_role(role.name)
    again = account.make_role(policy=role_policy, trust=way.trust(), name=role.name)
    new = way.session(again)
    denied(lambda: account.assume(further, by=new))
    denied(account.reads(new, bucket))


def test_s4_sessions_from_before_the_moment_are_cut_and_later_ones_work(account, way, bucket):
    role = way.make_role("revoked")
    old = [way.session(role) for _ in range(3)]
    time.sleep(0.002)
    account.role_policy(role.name, doc.revoke_older(doc.utc_now()), doc.REVOKE_NAME)
    for creds in old:
        denied(account.reads(creds, bucket), BY_IDENTITY)
    allowed(account.reads(way.session(role), bucket))


def test_s5_a_resource_denies_a_role_by_its_arn(account, way):
    bucket, role, other = account.make_bucket(), way.make_role("by-arn"), way.make_role("other")
    creds, spared = way.session(role), way.session(other)
    account.bucket_policy(bucket, doc.bucket_deny(bucket, "*", ArnEquals={"aws:PrincipalArn": role.arn}))
    denied(account.reads(creds, bucket), BY_RESOURCE)
    allowed(account.reads(spared, bucket))


def test_s5_one_policy_on_many_roles_denies_the_one_that_it_names(account, way, bucket):
    role, other = way.make_role("named"), way.make_role("carries-it-too")
    deny = account.make_managed(doc.policy(doc.deny(ArnEquals={"aws:PrincipalArn": role.arn})), "deny-list")
    sessions = [way.session(role, name) for name in ("mary", "john")]
    spared = [way.session(other, name) for name in ("mary", "john")]
    live(account, bucket, *sessions, *spared)
    for held in (role, other):
        account.iam.attach_role_policy(RoleName=held.name, PolicyArn=deny)
    for creds in (*sessions, way.session(role, "mary")):
        denied(account.reads(creds, bucket), BY_IDENTITY)
        denied(account.sees_users(creds), BY_IDENTITY)
    live(account, bucket, *spared, way.session(other, "mary"))
    account.iam.detach_role_policy(RoleName=role.name, PolicyArn=deny)
    live(account, bucket, *sessions)


def test_s6_one_session_is_cut_by_its_user_id(account, way, bucket):
    role = way.make_role("by-id")
    mary, john = way.session(role, "mary", name="mary"), way.session(role, "john", name="john")
    account.role_policy(role.name, doc.policy(doc.deny(StringEquals={"aws:userid": mary.user_id})), "list")
    denied(account.reads(mary, bucket), BY_IDENTITY)
    allowed(account.reads(john, bucket))


def test_s7_a_resource_denies_one_session_by_its_arn(account, way):
    bucket, role = account.make_bucket(), way.make_role("by-session")
    mary, john = way.session(role, "mary", name="mary"), way.session(role, "john", name="john")
    account.bucket_policy(bucket, doc.bucket_deny(bucket, {"AWS": mary.arn}))
    denied(account.reads(mary, bucket), BY_RESOURCE)
    allowed(account.reads(john, bucket))


def test_s8_what_a_resource_grants_a_session_it_can_take_back(account, way):
    bucket = account.make_bucket()
    role = account.make_role("granted", trust=way.trust())
    creds = way.session(role, name="mary")
    grant = doc.allow("s3:GetObject", doc.bucket_arn(bucket, "*"), {"AWS": role.arn})
    account.bucket_policy(bucket, grant)
    allowed(account.reads(creds, bucket))
    account.bucket_policy(bucket, grant, doc.bucket_deny(bucket, "*", StringEquals={"aws:userid": creds.user_id}))
    denied(account.reads(creds, bucket), BY_RESOURCE)


def test_a_person_is_cut_by_source_identity_along_a_chain(account, way, bucket):
    role = way.make_role("sourced")
    next_role = account.make_role("next", ALL, doc.trust(role.arn, actions=["sts:AssumeRole", "sts:SetSourceIdentity"]))
    mary, john = (way.session(role, name, source_identity=name) for name in ("mary", "john"))
    further = account.assume(next_role, by=mary)
    deny = doc.policy(doc.deny(StringEquals={"aws:SourceIdentity": "mary"}))
    for held in (role, next_role):
        account.role_policy(held.name, deny, "person")
    for creds in (mary, further):
        denied(account.reads(creds, bucket), BY_IDENTITY)
    allowed(account.reads(john, bucket))


def test_a_trust_policy_turns_one_person_away_from_the_next_try_on(account, way, bucket):
    role = way.make_role("turned-away")
    mary = way.session(role, "mary")
    account.iam.update_assume_role_policy(RoleName=role.name, PolicyDocument=way.trust_without("mary"))
    denied(lambda: way.session(role, "mary"), f"Not authorized to perform {way.call}")
    way.session(role, "john")
    allowed(account.reads(mary, bucket))


@pytest.mark.parametrize("kind", ["session", "role", "role-session", "source-identity"])
def test_a_native_revocation_finds_it_by_every_handle(account, way, own, bucket, kind):
    role, other = way.make_role("found"), way.make_role("spared")
    person = f"mary-{kind}"
    mary = way.session(role, person, source_identity=person, name="mary")
    spared = way.session(other, "john", source_identity="john", name="john")
    onward = doc.trust(role.arn, actions=["sts:AssumeRole", "sts:SetSourceIdentity"])
    further = account.assume(account.make_role("further", ALL, onward), by=mary)
    target = {
        "session": mary.access_key,
        "role": role.name,
        "role-session": f"{role.name}/mary",
        "source-identity": person,
    }[kind]
    live(account, bucket, mary, further, spared)
    revocation = own.revoke(kind, target)
    cut(account, bucket, mary, further)
    live(account, bucket, spared)
    again = way.session(role, person, source_identity=person, name="mary")
    live(account, bucket, again)
    own.lift(revocation)
    live(account, bucket, mary, further)


def test_a_revocation_can_keep_it_from_coming_back(account, way, own):
    role = way.make_role("blocked")
    way.session(role, name="mary")
    revocation = own.revoke("role", role.name, BlockReissue=True)
    denied(lambda: way.session(role, name="mary"), "is not given a new session")
    own.lift(revocation)
    way.session(role, name="mary")
