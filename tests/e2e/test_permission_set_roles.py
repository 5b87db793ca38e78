"""What permission sets become in accounts: roles that follow their sets when told to, and that nobody else changes."""

from __future__ import annotations

import json
import re

import pytest

from conformance.center import Center
from harness import documents as doc
from harness.account import Account, fresh
from harness.expect import allowed, denied, refused
from harness.permission_sets import (
    ADMINISTRATOR,
    ATTACH_REFERENCE,
    PATH,
    READ_ONLY,
    assign,
    attached_of,
    inline_of,
    name_of,
    provision,
    role_of,
)
from harness.server import ACCOUNT, Server

FLAGS = ("--quota", "accounts=20")
READ = doc.policy(doc.allow(["iam:Get*", "iam:List*"]))


@pytest.fixture
def center(account) -> Center:
    return Center(account)


# -- the role ------------------------------------------------------------------------------------


def test_the_role_is_as_the_set_says(center):
    center.on_set("update_permission_set", Description="for readers", SessionDuration="PT8H")
    center.on_set("put_inline_policy_to_permission_set", InlinePolicy=READ)
    center.on_set("attach_managed_policy_to_permission_set", ManagedPolicyArn=READ_ONLY)
    center.on_set("put_permissions_boundary_to_permission_set", PermissionsBoundary={"ManagedPolicyArn": ADMINISTRATOR})
    assert role_of(center) is None
    assert assign(center)["Status"] == "SUCCEEDED"
    iam, role = center.account.iam, role_of(center)
    name = role["RoleName"]
    assert re.fullmatch(rf"AWSReservedSSO_{re.escape(name_of(center))}_[0-9a-f]{{16}}", name)
    assert role["Path"] == PATH and role["Arn"] == f"arn:aws:iam::{ACCOUNT}:role{PATH}{name}"
    assert (role["MaxSessionDuration"], role["Description"]) == (43200, "for readers")
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == ADMINISTRATOR
    assert inline_of(iam, name) == ["AwsSSOInlinePolicy"] and attached_of(iam, name) == {READ_ONLY}
    assert iam.get_role_policy(RoleName=name, PolicyName="AwsSSOInlinePolicy")["PolicyDocument"] == json.loads(READ)
    [trust] = role["AssumeRolePolicyDocument"]["Statement"]
    provider = trust["Principal"]["Federated"]
    assert re.fullmatch(rf"arn:aws:iam::{ACCOUNT}:saml-provider/AWSSSO_[0-9a-f]{{16}}_DO_NOT_DELETE", provider)
    assert trust["Action"] == ["sts:AssumeRoleWithSAML", "sts:TagSession"]


def test_changes_reach_it_when_it_is_provisioned(center):
    assign(center)
    iam, role = center.account.iam, role_of(center)["RoleName"]
    center.on_set("put_inline_policy_to_permission_set", InlinePolicy=READ)
    center.on_set("attach_managed_policy_to_permission_set", ManagedPolicyArn=READ_ONLY)
    assert inline_of(iam, role) == [] and attached_of(iam, role) == set()
    listing = "list_accounts_for_provisioned_permission_set"
    stale = {"ProvisioningStatus": "LATEST_PERMISSION_SET_NOT_PROVISIONED"}
    assert center.on_set(listing, **stale)["AccountIds"] == [ACCOUNT]
    done = provision(center, TargetType="AWS_ACCOUNT", TargetId=ACCOUNT)
    assert (done["Status"], done["AccountId"]) == ("SUCCEEDED", ACCOUNT)
    assert inline_of(iam, role) == ["AwsSSOInlinePolicy"] and attached_of(iam, role) == {READ_ONLY}
    assert center.on_set(listing, **stale)["AccountIds"] == []
    center.on_set("delete_inline_policy_from_permission_set")
    center.on_set("detach_managed_policy_from_permission_set", ManagedPolicyArn=READ_ONLY)
    assert inline_of(iam, role) == ["AwsSSOInlinePolicy"]
    assert provision(center)["Status"] == "SUCCEEDED"
    assert inline_of(iam, role) == [] and attached_of(iam, role) == set()


def test_a_policy_that_the_account_lacks_fails_whole_and_one_in_use_stays(center):
    iam, name = center.account.iam, fresh("shared")
    center.on_set(ATTACH_REFERENCE, CustomerManagedPolicyReference={"Name": name, "Path": "/team/"})
    failed = assign(center)
    assert failed["Status"] == "FAILED" and f"policy/team/{name} does not exist" in failed["FailureReason"]
    assert role_of(center) is None
    listed = center.on_set("list_account_assignments", AccountId=ACCOUNT)
    assert listed["AccountAssignments"] == []
    # The name alone is not enough.
    elsewhere = iam.create_policy(PolicyName=name, PolicyDocument=READ)["Policy"]["Arn"]
    assert assign(center)["Status"] == "FAILED"
    iam.delete_policy(PolicyArn=elsewhere)
    arn = iam.create_policy(PolicyName=name, Path="/team/", PolicyDocument=READ)["Policy"]["Arn"]
    assert assign(center)["Status"] == "SUCCEEDED"
    assert attached_of(iam, role_of(center)["RoleName"]) == {arn}
    refused(lambda: iam.delete_policy(PolicyArn=arn), "DeleteConflict", 409)
    center.on_set("put_permissions_boundary_to_permission_set", PermissionsBoundary={
        "CustomerManagedPolicyReference": {"Name": "nowhere"}
    })  # fmt: skip
    failed = provision(center)
    assert failed["Status"] == "FAILED" and "policy/nowhere does not exist" in failed["FailureReason"]
    assert "PermissionsBoundary" not in role_of(center)


def test_the_last_assignment_takes_the_role_away_and_a_new_one_is_another(center, account):
    assign(center)
    other = Center(account).user
    assign(center, who=other)
    before = role_of(center)
    assert assign(center, call="delete")["Status"] == "SUCCEEDED"
    assert role_of(center)["RoleId"] == before["RoleId"]
    refused(lambda: center.on_set("delete_permission_set"), "ConflictException", 400)
    assert assign(center, call="delete", who=other)["Status"] == "SUCCEEDED"
    assert role_of(center) is None
    refused(lambda: assign(center, call="delete", who=other), "ResourceNotFoundException", 400)
    assign(center)
    after = role_of(center)
    assert after["RoleName"] != before["RoleName"] and after["RoleId"] != before["RoleId"]


def test_each_account_has_a_role_of_its_own(center, org):
    member = org.make_account()
    assign(center)
    assign(center, target=member.id)
    here, there = role_of(center), role_of(center, member.iam)
    assert here["RoleName"] != there["RoleName"] and f"::{member.id}:role/" in there["Arn"]
    center.on_set("put_inline_policy_to_permission_set", InlinePolicy=READ)
    provision(center, TargetType="AWS_ACCOUNT", TargetId=member.id)
    assert inline_of(member.iam, there["RoleName"]) and not inline_of(center.account.iam, here["RoleName"])
    accounts = center.on_set("list_accounts_for_provisioned_permission_set")["AccountIds"]
    assert sorted(accounts) == sorted([ACCOUNT, member.id])
    listed = center.sso.list_permission_sets_provisioned_to_account(InstanceArn=center.instance, AccountId=member.id)
    assert listed["PermissionSets"] == [center.set]


def test_there_is_one_instance_and_never_a_second(center):
    refused(lambda: center.sso.create_instance(Name="second"), "ConflictException", 400)
    assert [held["InstanceArn"] for held in center.sso.list_instances()["Instances"]] == [center.instance]


# -- what nobody else does with it ---------------------------------------------------------------


def test_iam_changes_nothing_about_it(center):
    center.on_set("put_inline_policy_to_permission_set", InlinePolicy=READ)
    assign(center)
    iam, role = center.account.iam, role_of(center)
    named = {"RoleName": role["RoleName"]}
    profile = fresh("profile")
    iam.create_instance_profile(InstanceProfileName=profile)
    for call, more in (
        (iam.put_role_policy, {"PolicyName": "p", "PolicyDocument": READ}),
        (iam.delete_role_policy, {"PolicyName": "AwsSSOInlinePolicy"}),
        (iam.attach_role_policy, {"PolicyArn": READ_ONLY}),
        (iam.detach_role_policy, {"PolicyArn": READ_ONLY}),
        (iam.update_assume_role_policy, {"PolicyDocument": doc.trust(f"arn:aws:iam::{ACCOUNT}:root")}),
        (iam.update_role, {"MaxSessionDuration": 3600}),
        (iam.update_role_description, {"Description": "mine"}),
        (iam.put_role_permissions_boundary, {"PermissionsBoundary": READ_ONLY}),
        (iam.delete_role_permissions_boundary, {}),
        (iam.tag_role, {"Tags": [{"Key": "a", "Value": "b"}]}),
        (iam.untag_role, {"TagKeys": ["a"]}),
        (iam.add_role_to_instance_profile, {"InstanceProfileName": profile}),
        (iam.delete_role, {}),
    ):
        refused(lambda: call(**named, **more), "UnmodifiableEntity", 400)
    assert role_of(center) == role


def test_nobody_makes_what_could_be_taken_for_one_of_its_kind(account):
    iam, trust = account.iam, doc.trust(f"arn:aws:iam::{ACCOUNT}:root")
    for more in ({"RoleName": fresh("role"), "Path": PATH}, {"RoleName": "AWSReservedSSO_Admins_0123456789abcdef"}):
        refused(lambda: iam.create_role(AssumeRolePolicyDocument=trust, **more), "InvalidInput", 400, "reserved")


def test_nobody_becomes_the_provider_that_it_trusts(center):
    """Whoever may make SAML providers would be whoever has the most powerful permission set."""
    assign(center)
    iam = center.account.iam
    [trust] = role_of(center)["AssumeRolePolicyDocument"]["Statement"]
    name = trust["Principal"]["Federated"].rpartition("/")[2]
    metadata = "<EntityDescriptor/>".ljust(1000)
    for name in (name, name.lower()):
        make = lambda: iam.create_saml_provider(Name=name, SAMLMetadataDocument=metadata)  # noqa: E731
        refused(make, "InvalidInput", 400, "reserved")


def test_nobody_assumes_it(center):
    center.on_set("attach_managed_policy_to_permission_set", ManagedPolicyArn=ADMINISTRATOR)
    assign(center)
    arn = role_of(center)["Arn"]
    rich = center.account.make_user("rich", doc.policy(doc.allow("*")))
    sts = center.account.client("sts", rich.creds)
    denied(lambda: sts.assume_role(RoleArn=arn, RoleSessionName="jane"))
    allowed(lambda: center.account.client("iam", rich.creds).list_users())


# -- how far it reaches --------------------------------------------------------------------------


def test_an_account_that_leaves_keeps_nothing_of_it(center, org):
    member = org.make_account()
    user = member.make_user("stays", doc.policy(doc.allow("*")))
    assign(center, target=member.id)
    assert role_of(center, member.client("iam", user.creds)) is not None
    org.api.remove_account_from_organization(AccountId=member.id)
    assert role_of(center, member.client("iam", user.creds)) is None
    refused(lambda: assign(center, target=member.id), "ResourceNotFoundException", 400)
    assert center.on_set("list_accounts_for_provisioned_permission_set")["AccountIds"] == []
    center.on_set("delete_permission_set")


def test_what_was_given_in_a_closed_account_can_be_taken_away(center, org):
    member = org.make_account()
    assign(center, target=member.id)
    org.api.close_account(AccountId=member.id)
    refused(lambda: assign(center, target=member.id), "ResourceNotFoundException", 400)
    assert assign(center, target=member.id, call="delete")["Status"] == "SUCCEEDED"
    center.on_set("delete_permission_set")


def test_a_quota_of_the_account_is_the_roles_too():
    with Server(flags=("--quota", "roles=1", "--quota", "policies-per-role=1")) as server:
        center = Center(Account(server))
        for arn in (READ_ONLY, ADMINISTRATOR):
            center.on_set("attach_managed_policy_to_permission_set", ManagedPolicyArn=arn)
        failed = assign(center)
        assert failed["Status"] == "FAILED" and "2 managed policies" in failed["FailureReason"]
        center.on_set("detach_managed_policy_from_permission_set", ManagedPolicyArn=ADMINISTRATOR)
        assert assign(center)["Status"] == "SUCCEEDED"
        second = Center(center.account)
        failed = assign(second)
        assert failed["Status"] == "FAILED" and "RolesPerAccount" in failed["FailureReason"]
        assert role_of(second) is None
        # The one that there is can still be brought up to date.
        assert provision(center)["Status"] == "SUCCEEDED"


def test_all_of_it_survives_a_restart(tmp_path):
    with Server(data=tmp_path) as server:
        center = Center(Account(server))
        center.on_set("put_inline_policy_to_permission_set", InlinePolicy=READ)
        request = assign(center)["RequestId"]
        center.attributes()
        center.on_set("attach_managed_policy_to_permission_set", ManagedPolicyArn=READ_ONLY)
        before = role_of(center)
        server.kill()
        server.start()
        again = Center(Account(server))
        assert again.instance == center.instance and again.store == center.store
        again.__dict__.update(set=center.set, user=center.user)
        assert role_of(again) == before
        stale = {"ProvisioningStatus": "LATEST_PERMISSION_SET_NOT_PROVISIONED"}
        assert again.on_set("list_accounts_for_provisioned_permission_set", **stale)["AccountIds"] == [ACCOUNT]
        describe = again.sso.describe_account_assignment_creation_status
        status = describe(InstanceArn=again.instance, AccountAssignmentCreationRequestId=request)
        assert status["AccountAssignmentCreationStatus"]["Status"] == "SUCCEEDED"
        assert again.sso.describe_instance_access_control_attribute_configuration(InstanceArn=again.instance)
        refused(lambda: again.account.iam.delete_role(RoleName=before["RoleName"]), "UnmodifiableEntity", 400)
        assert assign(again, call="delete")["Status"] == "SUCCEEDED" and role_of(again) is None
