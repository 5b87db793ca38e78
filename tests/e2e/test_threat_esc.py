"""ESC-1 and ESC-2: the known ways from a small permission of IAM to a great one, each shut, bounded and guarded.

The cases are those of the list of AWS privilege escalations by Rhino Security Labs as far as the services are here, and
a few of the same kind. All are tried in a member account: by a user with the harmless neighbour of the permission, by one
whose boundary does not have it, by one whose organization denies it, and by one who may.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

import pytest

from harness import documents as doc
from harness.account import fresh
from harness.attack import Watched
from harness.expect import NO_BOUNDARY, NO_IDENTITY, allowed
from harness.mfa import Device
from harness.organization import Member
from harness.table import served

EVERYTHING = doc.policy(doc.allow("*"))
HARMLESS = doc.policy(doc.allow("iam:ListUsers"))
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
PASSWORD = "Correct-Horse-9-Battery"
BY_SCP = "with an explicit deny in a service control policy"


class Target:
    """What an escalation aims at, made anew for each case: an administrator, a role, a policy, and the attacker."""

    def __init__(self, member: Member, attacker: str) -> None:
        iam, self.member, self.attacker = member.iam, member, attacker
        made = member.make_user("admin", EVERYTHING)
        self.admin, self.key = made.name, made.creds.access_key
        self.role = fresh("role")
        iam.create_role(RoleName=self.role, AssumeRolePolicyDocument=doc.trust(f"arn:aws:iam::{member.id}:root"))
        self.group, self.profile = fresh("group"), fresh("profile")
        iam.create_group(GroupName=self.group)
        iam.create_instance_profile(InstanceProfileName=self.profile)
        self.policy = iam.create_policy(PolicyName=fresh("own"), PolicyDocument=HARMLESS)["Policy"]["Arn"]
        iam.attach_user_policy(UserName=attacker, PolicyArn=self.policy)

    def second_version(self) -> "Target":
        self.member.iam.create_policy_version(PolicyArn=self.policy, PolicyDocument=EVERYTHING)
        return self

    def bounded(self) -> "Target":
        self.member.iam.put_user_permissions_boundary(UserName=self.admin, PermissionsBoundary=self.policy)
        return self

    def password(self) -> "Target":
        self.member.iam.create_login_profile(UserName=self.admin, Password=PASSWORD)
        return self


@dataclass(frozen=True)
class Escalation:
    permission: str
    neighbour: str
    call: Callable
    prepare: Callable = lambda target: target
    more: tuple[str, ...] = ()

    @property
    def permissions(self) -> list[str]:
        return [self.permission, *self.more]


def row(permission: str, neighbour: str, call, prepare=lambda target: target, more=()) -> Escalation:
    return Escalation(f"iam:{permission}", f"iam:{neighbour}", call, prepare, tuple(more))


TAGS = [{"Key": "team", "Value": "administrators"}]
OPEN_TRUST = doc.trust("*")
ESCALATIONS = [
    row("CreatePolicyVersion", "GetPolicyVersion", lambda c, t: c.create_policy_version(PolicyArn=t.policy, PolicyDocument=EVERYTHING, SetAsDefault=True)),
    row("SetDefaultPolicyVersion", "CreatePolicyVersion", lambda c, t: c.set_default_policy_version(PolicyArn=t.policy, VersionId="v2"), Target.second_version),
    row("CreateAccessKey", "ListAccessKeys", lambda c, t: c.create_access_key(UserName=t.admin)),
    row("CreateLoginProfile", "GetLoginProfile", lambda c, t: c.create_login_profile(UserName=t.admin, Password=PASSWORD)),
    row("UpdateLoginProfile", "CreateLoginProfile", lambda c, t: c.update_login_profile(UserName=t.admin, Password=PASSWORD + "-2"), Target.password),
    row("AttachUserPolicy", "ListAttachedUserPolicies", lambda c, t: c.attach_user_policy(UserName=t.attacker, PolicyArn=ADMINISTRATOR)),
    row("AttachGroupPolicy", "ListAttachedGroupPolicies", lambda c, t: c.attach_group_policy(GroupName=t.group, PolicyArn=ADMINISTRATOR)),
    row("AttachRolePolicy", "AttachUserPolicy", lambda c, t: c.attach_role_policy(RoleName=t.role, PolicyArn=ADMINISTRATOR)),
    row("PutUserPolicy", "GetUserPolicy", lambda c, t: c.put_user_policy(UserName=t.attacker, PolicyName="main", PolicyDocument=EVERYTHING)),
    row("PutGroupPolicy", "PutUserPolicy", lambda c, t: c.put_group_policy(GroupName=t.group, PolicyName="p", PolicyDocument=EVERYTHING)),
    row("PutRolePolicy", "GetRolePolicy", lambda c, t: c.put_role_policy(RoleName=t.role, PolicyName="p", PolicyDocument=EVERYTHING)),
    row("AddUserToGroup", "ListGroupsForUser", lambda c, t: c.add_user_to_group(GroupName=t.group, UserName=t.attacker)),
    row("UpdateAssumeRolePolicy", "UpdateRole", lambda c, t: c.update_assume_role_policy(RoleName=t.role, PolicyDocument=doc.trust(f"arn:aws:iam::{t.member.id}:user/{t.attacker}"))),
    row("AddRoleToInstanceProfile", "PassRole", lambda c, t: c.add_role_to_instance_profile(InstanceProfileName=t.profile, RoleName=t.role), more=["iam:PassRole"]),
    row("PassRole", "AddRoleToInstanceProfile", lambda c, t: c.add_role_to_instance_profile(InstanceProfileName=t.profile, RoleName=t.role), more=["iam:AddRoleToInstanceProfile"]),
    row("DeleteUserPermissionsBoundary", "PutUserPermissionsBoundary", lambda c, t: c.delete_user_permissions_boundary(UserName=t.admin), Target.bounded),
    row("PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary", lambda c, t: c.put_user_permissions_boundary(UserName=t.admin, PermissionsBoundary=ADMINISTRATOR), Target.bounded),
    row("PutRolePermissionsBoundary", "PutUserPermissionsBoundary", lambda c, t: c.put_role_permissions_boundary(RoleName=t.role, PermissionsBoundary=ADMINISTRATOR)),
    row("DeleteUserPolicy", "GetUserPolicy", lambda c, t: c.delete_user_policy(UserName=t.admin, PolicyName="main")),
    row("DetachUserPolicy", "AttachUserPolicy", lambda c, t: c.detach_user_policy(UserName=t.attacker, PolicyArn=t.policy)),
    row("TagUser", "UntagUser", lambda c, t: c.tag_user(UserName=t.attacker, Tags=TAGS)),
    row("TagRole", "TagUser", lambda c, t: c.tag_role(RoleName=t.role, Tags=TAGS)),
    row("CreateServiceLinkedRole", "CreateRole", lambda c, t: c.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com", CustomSuffix=fresh("s"))),
    row("CreateRole", "TagRole", lambda c, t: c.create_role(RoleName=fresh("made"), AssumeRolePolicyDocument=OPEN_TRUST)),
    row("CreateUser", "UpdateUser", lambda c, t: c.create_user(UserName=fresh("made"))),
    row("UpdateUser", "TagUser", lambda c, t: c.update_user(UserName=t.admin, NewPath="/renamed/")),
    row("UpdateAccessKey", "ListAccessKeys", lambda c, t: c.update_access_key(UserName=t.admin, AccessKeyId=t.key, Status="Inactive")),
    row("CreateGroup", "ListGroups", lambda c, t: c.create_group(GroupName=fresh("made"))),
]  # fmt: skip
FLAGS = ("--quota", "accounts=20")


@pytest.fixture(scope="module")
def member(org) -> Member:
    """An account whose organization denies everything here to the users it names."""
    made = org.make_account(parent=org.make_unit())
    unit = org.api.list_parents(ChildId=made.id)["Parents"][0]["Id"]
    denied = sorted({permission for way in ESCALATIONS for permission in way.permissions})
    guarded = {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{made.id}:user/guarded-*"}}
    org.attach(org.make_policy(doc.deny(denied, "*", **guarded)), unit)
    return made


@pytest.fixture(scope="module")
def narrow(member) -> str:
    return member.iam.create_policy(PolicyName=fresh("narrow"), PolicyDocument=HARMLESS)["Policy"]["Arn"]


# -- ESC-1 -------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ESCALATIONS, ids=lambda way: way.permission)
def test_esc_1_a_known_escalation_takes_its_permission_within_every_bound(member, narrow, way):
    watched, granted = Watched(member), doc.policy(doc.allow(way.permissions))
    neighbour = doc.policy(doc.allow([way.neighbour, *way.more]))
    poor, bound, guarded, may = (
        member.make_user(stem, policy)
        for stem, policy in (("poor", neighbour), ("bound", granted), ("guarded", granted), ("may", granted))
    )
    member.iam.put_user_permissions_boundary(UserName=bound.name, PermissionsBoundary=narrow)
    for user, words in ((poor, NO_IDENTITY), (bound, NO_BOUNDARY), (guarded, BY_SCP)):
        target, client = way.prepare(Target(member, user.name)), member.client("iam", user.creds)
        watched.repelled(lambda: way.call(client, target), "AccessDenied", 403, words)
    target, client = way.prepare(Target(member, may.name)), member.client("iam", may.creds)
    allowed(lambda: way.call(client, target))


def test_esc_1_versions_of_one_policy_give_nothing_on_another(member):
    watched, iam = Watched(member), member.iam
    mine, other, boundary = (
        iam.create_policy(PolicyName=fresh("policy"), PolicyDocument=HARMLESS)["Policy"]["Arn"] for _ in range(3)
    )
    both = ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"]
    user = member.make_user("editor", doc.policy(doc.allow(both, mine)))
    iam.create_policy_version(PolicyArn=boundary, PolicyDocument=EVERYTHING)
    iam.put_user_permissions_boundary(UserName=user.name, PermissionsBoundary=mine)
    client = member.client("iam", user.creds)
    make = lambda arn: lambda: client.create_policy_version(PolicyArn=arn, PolicyDocument=EVERYTHING, SetAsDefault=True)  # noqa: E731
    # The policy that bounds does not allow its own edit, although the identity policy does.
    watched.repelled(make(mine), "AccessDenied", 403, NO_BOUNDARY)
    iam.put_user_permissions_boundary(UserName=user.name, PermissionsBoundary=ADMINISTRATOR)
    for arn in (other, boundary, ADMINISTRATOR):
        watched.repelled(make(arn), "AccessDenied", 403)
        watched.repelled(lambda: client.set_default_policy_version(PolicyArn=arn, VersionId="v1"), "AccessDenied", 403)
    for _ in range(4):
        allowed(make(mine))
    watched.repelled(make(mine), "LimitExceeded", 409)
    allowed(lambda: client.set_default_policy_version(PolicyArn=mine, VersionId="v1"))


def test_esc_1_a_boundary_that_allows_the_edit_on_its_own_arn_can_be_edited(member):
    """The exception that the rule names: allowed explicitly on that ARN by both."""
    name = fresh("self")
    arn = f"arn:aws:iam::{member.id}:policy/{name}"
    document = doc.policy(doc.allow("iam:CreatePolicyVersion", arn))
    member.iam.create_policy(PolicyName=name, PolicyDocument=document)
    user = member.make_user("editor", document)
    member.iam.put_user_permissions_boundary(UserName=user.name, PermissionsBoundary=arn)
    allowed(lambda: member.client("iam", user.creds).create_policy_version(PolicyArn=arn, PolicyDocument=EVERYTHING))


def test_esc_1_a_member_does_not_detach_its_guardrail(org, member):
    """Whatever a member's users may do, its administrator included, the organization is not theirs."""
    admin = member.make_user("admin", EVERYTHING)
    watched = Watched(member)
    guardrail = org.make_policy(doc.deny("ec2:*"))
    org.attach(guardrail, member.id)
    for creds in (admin.creds, member.creds):
        api = member.client("organizations", creds)
        for call in (
            lambda: api.detach_policy(PolicyId=guardrail, TargetId=member.id),
            lambda: api.update_policy(PolicyId=guardrail, Content=doc.policy(doc.allow("*"))),
            lambda: api.delete_policy(PolicyId=guardrail),
            lambda: api.move_account(AccountId=member.id, SourceParentId=org.root, DestinationParentId=org.root),
            lambda: api.disable_policy_type(RootId=org.root, PolicyType="SERVICE_CONTROL_POLICY"),
        ):
            watched.repelled(call, "AccessDeniedException", 400)
    held = org.api.list_policies_for_target(TargetId=member.id, Filter="SERVICE_CONTROL_POLICY")["Policies"]
    assert guardrail in [policy["Id"] for policy in held]
    org.detach(guardrail, member.id)


def test_esc_1_taking_an_mfa_device_away_takes_its_permission(account):
    watched, user = Watched(account), account.make_user("guarded")
    device = Device(account)
    device.enable(user.name)
    poor = account.make_user("poor", doc.policy(doc.allow("iam:ListMFADevices")))
    may = account.make_user("may", doc.policy(doc.allow("iam:DeactivateMFADevice")))
    call = lambda creds: lambda: account.client("iam", creds).deactivate_mfa_device(UserName=user.name, SerialNumber=device.serial)  # noqa: E731
    watched.repelled(call(poor.creds), "AccessDenied", 403, NO_IDENTITY)
    assert account.iam.list_mfa_devices(UserName=user.name)["MFADevices"]
    allowed(call(may.creds))


def test_esc_1_a_tag_that_opens_by_principal_tag_is_not_set_without_permission(account):
    """Gained by `aws:PrincipalTag`: who may not tag himself stays outside, who may is in."""
    by_tag = {"StringEquals": {"aws:PrincipalTag/team": "administrators"}}
    opened = doc.allow("iam:ListRoles", "*", **by_tag)
    watched = Watched(account)
    user = account.make_user("tagging", doc.policy(opened, doc.allow("iam:TagRole")))
    client = account.client("iam", user.creds)
    watched.repelled(client.list_roles, "AccessDenied", 403)
    watched.repelled(lambda: client.tag_user(UserName=user.name, Tags=TAGS), "AccessDenied", 403)
    watched.repelled(client.list_roles, "AccessDenied", 403)
    account.iam.tag_user(UserName=user.name, Tags=TAGS)
    allowed(client.list_roles)


# -- ESC-2 -------------------------------------------------------------------------------------

# How a role is handed to a service, and to which; an action of the table that is not here fails the test.
PASSED = {
    "AddRoleToInstanceProfile": (
        "ec2.amazonaws.com",
        lambda client, target: client.add_role_to_instance_profile(InstanceProfileName=target.profile, RoleName=target.role),
    )
}


def test_esc_2_every_action_that_takes_a_role_asks_to_pass_it(member):
    passing = [action for action in served() if "iam:PassRole" in action.permissions]
    # An import asks for it in the account of the deployment, for what its files bring: test_import_rights tries it.
    assert {action.name for action in passing} == {*PASSED, "Import"}
    watched = Watched(member)
    for action in (action for action in passing if action.name in PASSED):
        service, call = PASSED[action.name]
        own = doc.allow([permission for permission in action.permissions if permission != "iam:PassRole"])
        user = member.make_user("passing")
        target, client = Target(member, user.name), member.client("iam", user.creds)
        arn = f"arn:aws:iam::{member.id}:role/{target.role}"
        elsewhere = f"arn:aws:iam::{member.id}:role/{target.role}-other"
        for refused_with in (
            [],
            [doc.allow("iam:PassRole", elsewhere)],
            [doc.allow("iam:PassRole", arn, StringEquals={"iam:PassedToService": "lambda.amazonaws.com"})],
            [doc.allow("iam:PassRole", arn), doc.deny("iam:PassRole", arn, StringEquals={"iam:PassedToService": service})],
            [doc.allow("iam:GetRole", arn)],
        ):
            member.iam.put_user_policy(UserName=user.name, PolicyName="main", PolicyDocument=doc.policy(own, *refused_with))
            watched.repelled(lambda: call(client, target), "AccessDenied", 403, "iam:PassRole")
        right = doc.allow("iam:PassRole", arn, StringEquals={"iam:PassedToService": service})
        member.iam.put_user_policy(UserName=user.name, PolicyName="main", PolicyDocument=doc.policy(own, right))
        allowed(lambda: call(client, target))
