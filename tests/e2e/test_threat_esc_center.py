"""ESC-7 for Identity Center: what it makes in accounts is pointed at another account's policies, roles or people's access.

The instance's account manages the organization. A member that administers Identity Center for it gets no further than
the members.
"""

from __future__ import annotations

import pytest

from conformance.center import Center
from harness import documents as doc
from harness.account import fresh
from harness.attack import Watched
from harness.clients import Creds
from harness.expect import allowed, refused
from harness.organization import Member
from harness.permission_sets import ADMINISTRATOR, ATTACH_REFERENCE, READ_ONLY, assign, inline_of, provision, role_of
from harness.server import ACCOUNT

FLAGS = ("--quota", "accounts=20")
SERVICE = "sso.amazonaws.com"
EVERYTHING = doc.policy(doc.allow("*"))
READ = doc.policy(doc.allow(["iam:Get*", "iam:List*"]))


class Entered:
    """A member account as the calls of `Center` want one."""

    def __init__(self, member: Member, creds: Creds) -> None:
        self.member, self.creds, self.iam = member, creds, member.iam

    def client(self, service: str, **config):
        return self.member.client(service, self.creds, **config)


def by(member: Member, center: Center) -> Center:
    """The same instance, permission set and person, in the hands of an administrator of a member."""
    made = Center(Entered(member, member.make_user("administrator", EVERYTHING).creds))
    made.__dict__.update(held=center.held, set=center.set, user=center.user)
    return made


@pytest.fixture
def center(account, org) -> Center:
    return Center(account)


@pytest.fixture(scope="module")
def delegate(org, one) -> Member:
    org.api.enable_aws_service_access(ServicePrincipal=SERVICE)
    org.api.register_delegated_administrator(AccountId=one.id, ServicePrincipal=SERVICE)
    return one


def test_policies_of_another_account_are_none_of_a_sets(center, two):
    foreign = two.iam.create_policy(PolicyName=fresh("foreign"), PolicyDocument=EVERYTHING)["Policy"]["Arn"]
    watched = Watched(center.account)
    attach = "attach_managed_policy_to_permission_set"
    watched.repelled(lambda: center.on_set(attach, ManagedPolicyArn=foreign), "ValidationException", 400)
    boundary = {"ManagedPolicyArn": foreign}
    put = "put_permissions_boundary_to_permission_set"
    watched.repelled(lambda: center.on_set(put, PermissionsBoundary=boundary), "ValidationException", 400)
    for name in (foreign, f"../{foreign}", "a/b"):
        reference = {"Name": name, "Path": "/"}
        refer = lambda: center.on_set(ATTACH_REFERENCE, CustomerManagedPolicyReference=reference)  # noqa: E731
        watched.repelled(refer, "ValidationException", 400)
    # A name finds the account's own policy of this name, and only that: here there is none.
    center.on_set(ATTACH_REFERENCE, CustomerManagedPolicyReference={"Name": foreign.rpartition("/")[2], "Path": "/"})
    failed = assign(center)
    assert failed["Status"] == "FAILED" and f"arn:aws:iam::{ACCOUNT}:policy/" in failed["FailureReason"]
    assert assign(center, target=two.id)["Status"] == "SUCCEEDED"


def test_an_account_outside_of_the_organization_is_not_reached(center, org):
    outside = org.make_account()
    user = outside.make_user("owner", EVERYTHING)
    outside = Member(outside.id, outside.email, user.creds, outside.server)
    org.api.remove_account_from_organization(AccountId=outside.id)
    watched = Watched(outside, told=center.account)
    for target in (outside.id, "999999999999"):
        watched.repelled(lambda: assign(center, target=target), "ResourceNotFoundException", 400)
        move = {"TargetType": "AWS_ACCOUNT", "TargetId": target}
        watched.repelled(lambda: provision(center, **move), "ResourceNotFoundException", 400)


def test_a_delegate_does_not_reach_into_the_management_account(center, delegate, two):
    """Neither by an assignment there, nor by writing what an assignment that is there gives."""
    theirs, watched = by(delegate, center), Watched(center.account, told=delegate)
    watched.repelled(lambda: assign(theirs), "AccessDeniedException", 400)
    assign(center)
    assign(center, target=two.id)
    reference = {"Name": "shared", "Path": "/"}
    for call, more in (
        ("put_inline_policy_to_permission_set", {"InlinePolicy": EVERYTHING}),
        ("delete_inline_policy_from_permission_set", {}),
        ("attach_managed_policy_to_permission_set", {"ManagedPolicyArn": ADMINISTRATOR}),
        ("detach_managed_policy_from_permission_set", {"ManagedPolicyArn": ADMINISTRATOR}),
        (ATTACH_REFERENCE, {"CustomerManagedPolicyReference": reference}),
        ("detach_customer_managed_policy_reference_from_permission_set", {"CustomerManagedPolicyReference": reference}),
        ("put_permissions_boundary_to_permission_set", {"PermissionsBoundary": {"ManagedPolicyArn": ADMINISTRATOR}}),
        ("delete_permissions_boundary_from_permission_set", {}),
        ("update_permission_set", {"SessionDuration": "PT12H"}),
        ("delete_permission_set", {}),
        ("provision_permission_set", {"TargetType": "ALL_PROVISIONED_ACCOUNTS"}),
        ("provision_permission_set", {"TargetType": "AWS_ACCOUNT", "TargetId": ACCOUNT}),
        ("provision_permission_set", {"TargetType": "AWS_ACCOUNT", "TargetId": two.id}),
    ):
        watched.repelled(lambda: theirs.on_set(call, **more), "AccessDeniedException", 400)
    watched.repelled(lambda: assign(theirs, call="delete"), "AccessDeniedException", 400)
    tagged = {"InstanceArn": center.instance, "ResourceArn": center.set}
    tags = [{"Key": "team", "Value": "attackers"}]
    watched.repelled(lambda: theirs.sso.tag_resource(**tagged, Tags=tags), "AccessDeniedException", 400)
    watched.repelled(lambda: theirs.sso.untag_resource(**tagged, TagKeys=["team"]), "AccessDeniedException", 400)
    assert inline_of(center.account.iam, role_of(center)["RoleName"]) == []


def test_the_delegate_does_what_it_was_made_for(center, delegate, two):
    theirs = by(delegate, center)
    theirs.on_set("put_inline_policy_to_permission_set", InlinePolicy=READ)
    assert assign(theirs, target=two.id)["Status"] == "SUCCEEDED"
    theirs.on_set("attach_managed_policy_to_permission_set", ManagedPolicyArn=READ_ONLY)
    assert provision(theirs)["Status"] == "SUCCEEDED"
    assert inline_of(two.iam, role_of(center, two.iam)["RoleName"])
    assert role_of(center) is None


def test_a_member_that_is_no_delegate_finds_no_instance(center, two):
    theirs, watched = by(two, center), Watched(two)
    assert allowed(lambda: theirs.sso.list_instances())["Instances"] == []
    for target in (two.id, ACCOUNT):
        watched.repelled(lambda: assign(theirs, target=target), "ResourceNotFoundException", 400)
    refused(lambda: theirs.on_set("describe_permission_set"), "ResourceNotFoundException", 400)
