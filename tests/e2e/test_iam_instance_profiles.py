"""IAM: instance profiles, service-linked roles, and both in the lists of the whole account."""

from __future__ import annotations

import re

import pytest

from harness import documents as doc
from harness.account import ROOT_ARN, fresh
from harness.expect import allowed, denied, refused
from harness.server import ACCOUNT

EVERYTHING = doc.policy(doc.allow("*"))
UNMODIFIABLE = "UnmodifiableEntity"


@pytest.fixture
def iam(account):
    return account.iam


def arn(resource: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:{resource}"


# -- instance profiles -----------------------------------------------------------------------


def test_a_profile_is_made_waited_for_shown_and_deleted(iam):
    name = fresh("Profile")
    made = iam.create_instance_profile(InstanceProfileName=name, Path="/p/", Tags=[{"Key": "a", "Value": "b"}])
    made = made["InstanceProfile"]
    assert (made["Arn"], made["Roles"]) == (arn(f"instance-profile/p/{name}"), [])
    assert re.match("^AIPA[A-Z2-7]{17}$", made["InstanceProfileId"])
    iam.get_waiter("instance_profile_exists").wait(InstanceProfileName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 2})
    assert iam.get_instance_profile(InstanceProfileName=name.lower())["InstanceProfile"] == made
    message = f"Instance Profile {name.upper()} already exists."
    again = lambda: iam.create_instance_profile(InstanceProfileName=name.upper())  # noqa: E731
    refused(again, "EntityAlreadyExists", 409, message)
    iam.delete_instance_profile(InstanceProfileName=name)
    for call in (iam.get_instance_profile, iam.delete_instance_profile, iam.list_instance_profile_tags):
        refused(lambda call=call: call(InstanceProfileName=name), "NoSuchEntity", 404, name)


def test_tags_of_a_profile(iam):
    name = fresh("tagged")
    iam.create_instance_profile(InstanceProfileName=name)
    iam.tag_instance_profile(InstanceProfileName=name, Tags=[{"Key": k, "Value": "1"} for k in ("a", "b", "c")])
    iam.untag_instance_profile(InstanceProfileName=name, TagKeys=["B", "absent"])
    pages = iam.get_paginator("list_instance_profile_tags").paginate(
        InstanceProfileName=name, PaginationConfig={"PageSize": 1}
    )
    assert [tag["Key"] for page in pages for tag in page["Tags"]] == ["a", "c"]
    twice = [{"Key": "k", "Value": ""}, {"Key": "K", "Value": ""}]
    refused(lambda: iam.tag_instance_profile(InstanceProfileName=name, Tags=twice), "InvalidInput", 400)
    many = [{"Key": f"k{number}", "Value": ""} for number in range(49)]
    refused(lambda: iam.tag_instance_profile(InstanceProfileName=name, Tags=many), "LimitExceeded", 409)
    absent = lambda: iam.tag_instance_profile(InstanceProfileName="absent", Tags=twice[:1])  # noqa: E731
    refused(absent, "NoSuchEntity", 404)


def test_profiles_are_listed_by_path_and_paged(iam):
    names = sorted(fresh("listed") for _ in range(5))
    for name in names:
        iam.create_instance_profile(InstanceProfileName=name, Path="/listed/")
    pages = iam.get_paginator("list_instance_profiles").paginate(
        PathPrefix="/listed/", PaginationConfig={"PageSize": 2}
    )
    found = [profile["InstanceProfileName"] for page in pages for profile in page["InstanceProfiles"]]
    assert sorted(found) == names and len(found) == 5


def test_a_profile_holds_one_role_and_keeps_it(account, iam):
    one, two = account.make_role("in"), account.make_role("out")
    name = fresh("holder")
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=one.name)
    held = iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Roles"]
    assert [(role["Arn"], role["RoleId"]) for role in held] == [(one.arn, one.role_id)]
    assert held[0]["AssumeRolePolicyDocument"]["Statement"]
    quota = "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"
    add = lambda role: lambda: iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role)  # noqa: E731
    refused(add(two.name), "LimitExceeded", 409, quota)
    refused(add("absent"), "NoSuchEntity", 404)
    first = "must remove roles from instance profile first."
    refused(lambda: iam.delete_role(RoleName=one.name), "DeleteConflict", 409, first)
    refused(lambda: iam.delete_instance_profile(InstanceProfileName=name), "DeleteConflict", 409, first)
    pages = iam.get_paginator("list_instance_profiles_for_role").paginate(RoleName=one.name)
    assert [it["InstanceProfileName"] for page in pages for it in page["InstanceProfiles"]] == [name]
    details = iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"]
    shown = {role["RoleName"]: [it["InstanceProfileName"] for it in role["InstanceProfileList"]] for role in details}
    assert (shown[one.name], shown[two.name]) == ([name], [])
    take = lambda role: lambda: iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=role)  # noqa: E731
    refused(take(two.name), "NoSuchEntity", 404)
    allowed(take(one.name))
    refused(take(one.name), "NoSuchEntity", 404)
    refused(lambda: iam.list_instance_profiles_for_role(RoleName="absent"), "NoSuchEntity", 404)
    iam.delete_role(RoleName=one.name)
    iam.delete_instance_profile(InstanceProfileName=name)


def test_putting_a_role_in_takes_the_permission_to_pass_it(account, iam):
    role, name = account.make_role("passed", EVERYTHING), fresh("passing")
    iam.create_instance_profile(InstanceProfileName=name)
    add = doc.allow("iam:AddRoleToInstanceProfile")
    user = account.make_user("passer", doc.policy(add))
    own = account.client("iam", user.creds)
    call = lambda: own.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role.name)  # noqa: E731
    denied(call, "iam:PassRole")
    account.user_policy(user.name, doc.policy(add, doc.allow("iam:PassRole", arn("role/other"))))
    denied(call, "iam:PassRole")
    account.user_policy(user.name, doc.policy(doc.allow("iam:PassRole")))
    denied(call, "iam:AddRoleToInstanceProfile")
    assert iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Roles"] == []
    to_ec2 = doc.allow("iam:PassRole", role.arn, StringEquals={"iam:PassedToService": "ec2.amazonaws.com"})
    account.user_policy(user.name, doc.policy(add, to_ec2))
    allowed(call)


def test_counts_in_the_summary(iam):
    before = iam.get_account_summary()["SummaryMap"]
    iam.create_instance_profile(InstanceProfileName=fresh("counted"))
    after = iam.get_account_summary()["SummaryMap"]
    assert after["InstanceProfiles"] == before["InstanceProfiles"] + 1
    assert after["InstanceProfilesQuota"] == 1000
    assert {"Providers", "MFADevices", "MFADevicesInUse", "AccountMFAEnabled", "ServerCertificates"} <= after.keys()


# -- service-linked roles --------------------------------------------------------------------


def test_a_service_linked_role_is_made_described_and_deleted(iam):
    made = iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com", Description="one")["Role"]
    name = "AWSServiceRoleForECS"
    assert made["Arn"] == arn(f"role/aws-service-role/ecs.amazonaws.com/{name}")
    assert made["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": ["ecs.amazonaws.com"]}
    taken = f"Service role name {name} has been taken in this account, please try a different suffix."
    again = lambda: iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")  # noqa: E731
    refused(again, "InvalidInput", 400, taken)
    for change in (
        lambda: iam.delete_role(RoleName=name),
        lambda: iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=EVERYTHING),
        lambda: iam.attach_role_policy(RoleName=name, PolicyArn=arn("policy/p")),
        lambda: iam.update_assume_role_policy(RoleName=name, PolicyDocument=doc.trust(ROOT_ARN)),
        lambda: iam.update_role(RoleName=name, MaxSessionDuration=7200),
    ):
        refused(change, UNMODIFIABLE, 400)
    iam.update_role(RoleName=name, Description="two")
    assert iam.get_role(RoleName=name)["Role"]["Description"] == "two"
    task = iam.delete_service_linked_role(RoleName=name)["DeletionTaskId"]
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
    refused(lambda: iam.get_role(RoleName=name), "NoSuchEntity", 404)
    refused(lambda: iam.delete_service_linked_role(RoleName=name), "NoSuchEntity", 404)


def test_nobody_assumes_a_service_linked_role(account, iam):
    role = iam.create_service_linked_role(AWSServiceName="rds.amazonaws.com")["Role"]
    denied(lambda: account.assume(role["Arn"]))
    name = fresh("linked")
    iam.create_instance_profile(InstanceProfileName=name)
    add = lambda: iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role["RoleName"])  # noqa: E731
    refused(add, UNMODIFIABLE, 400)


def test_suffixes_and_services(iam):
    scaling = "autoscaling.amazonaws.com"
    made = iam.create_service_linked_role(AWSServiceName=scaling, CustomSuffix="blue")["Role"]
    assert made["RoleName"] == "AWSServiceRoleForAutoScaling_blue"
    suffixed = lambda: iam.create_service_linked_role(AWSServiceName="eks.amazonaws.com", CustomSuffix="x")  # noqa: E731
    refused(suffixed, "InvalidInput", 400, "Custom suffix is not allowed for eks.amazonaws.com")
    unknown = lambda: iam.create_service_linked_role(AWSServiceName="nothing.example.com")  # noqa: E731
    refused(unknown, "NoSuchEntity", 404)
    status = lambda task: lambda: iam.get_service_linked_role_deletion_status(DeletionTaskId=task)  # noqa: E731
    refused(status("made-up"), "InvalidInput", 400)
    refused(status(f"task/aws-service-role/{scaling}/{made['RoleName']}/00"), "NoSuchEntity", 404)


def test_making_one_can_be_limited_to_a_service(account):
    service = {"iam:AWSServiceName": "guardduty.amazonaws.com"}
    policy = doc.policy(doc.allow("iam:CreateServiceLinkedRole", StringEquals=service))
    own = account.client("iam", account.make_user("linker", policy).creds)
    denied(lambda: own.create_service_linked_role(AWSServiceName="macie.amazonaws.com"))
    allowed(lambda: own.create_service_linked_role(AWSServiceName="guardduty.amazonaws.com"))
    denied(lambda: own.delete_service_linked_role(RoleName="AWSServiceRoleForAmazonGuardDuty"))


# -- who may, and other clients --------------------------------------------------------------


def test_each_action_needs_its_own_permission(account):
    nobody = account.client("iam", account.make_user("nobody").creds)
    one, role = {"InstanceProfileName": "some"}, {"RoleName": account.make_role().name}
    task = "task/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS/00"
    calls = {
        "CreateInstanceProfile": lambda: nobody.create_instance_profile(**one),
        "GetInstanceProfile": lambda: nobody.get_instance_profile(**one),
        "ListInstanceProfiles": lambda: nobody.list_instance_profiles(),
        "DeleteInstanceProfile": lambda: nobody.delete_instance_profile(**one),
        "AddRoleToInstanceProfile": lambda: nobody.add_role_to_instance_profile(**one, **role),
        "RemoveRoleFromInstanceProfile": lambda: nobody.remove_role_from_instance_profile(**one, **role),
        "ListInstanceProfilesForRole": lambda: nobody.list_instance_profiles_for_role(**role),
        "TagInstanceProfile": lambda: nobody.tag_instance_profile(**one, Tags=[{"Key": "k", "Value": "v"}]),
        "UntagInstanceProfile": lambda: nobody.untag_instance_profile(**one, TagKeys=["k"]),
        "ListInstanceProfileTags": lambda: nobody.list_instance_profile_tags(**one),
        "CreateServiceLinkedRole": lambda: nobody.create_service_linked_role(AWSServiceName="ecs.amazonaws.com"),
        "DeleteServiceLinkedRole": lambda: nobody.delete_service_linked_role(**role),
        "GetServiceLinkedRoleDeletionStatus": lambda: nobody.get_service_linked_role_deletion_status(
            DeletionTaskId=task
        ),
    }
    for action, call in calls.items():
        denied(call, f"is not authorized to perform: iam:{action} on resource: ")


def test_the_aws_cli(account, cli):
    name, role = fresh("cli"), account.make_role("cli").name
    cli.ok("iam", "create-instance-profile", "--instance-profile-name", name)
    cli.ok("iam", "wait", "instance-profile-exists", "--instance-profile-name", name)
    cli.ok("iam", "add-role-to-instance-profile", "--instance-profile-name", name, "--role-name", role)
    found = cli.ok("iam", "list-instance-profiles-for-role", "--role-name", role)
    assert [it["InstanceProfileName"] for it in found["InstanceProfiles"]] == [name]
    cli.fails("iam", "delete-role", "--role-name", role, code="DeleteConflict")
    cli.ok("iam", "remove-role-from-instance-profile", "--instance-profile-name", name, "--role-name", role)
    cli.ok("iam", "delete-instance-profile", "--instance-profile-name", name)
    cli.ok("iam", "create-service-linked-role", "--aws-service-name", "backup.amazonaws.com")
    gone = cli.ok("iam", "delete-service-linked-role", "--role-name", "AWSServiceRoleForBackup")
    task = gone["DeletionTaskId"]
    status = cli.ok("iam", "get-service-linked-role-deletion-status", "--deletion-task-id", task)
    assert status["Status"] == "SUCCEEDED"
