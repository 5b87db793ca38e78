"""Permission sets given and provisioned, and the roles that come of it.

    center = Center(account)               # conformance/center.py: its permission set and its person
    assign(center)                         # the outcome, not the first answer
    role_of(center)["RoleName"]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .server import ACCOUNT

if TYPE_CHECKING:
    from conformance.center import Center

PATH = "/aws-reserved/sso.amazonaws.com/"
READ_ONLY, ADMINISTRATOR = (f"arn:aws:iam::aws:policy/{name}" for name in ("ReadOnlyAccess", "AdministratorAccess"))
ATTACH_REFERENCE = "attach_customer_managed_policy_reference_to_permission_set"


def name_of(center: Center) -> str:
    return center.on_set("describe_permission_set")["PermissionSet"]["Name"]


def role_of(center: Center, iam=None) -> dict | None:
    """The role in an account, if there is one."""
    prefix = f"AWSReservedSSO_{name_of(center)}_"
    iam = iam or center.account.iam
    roles = [role for page in iam.get_paginator("list_roles").paginate(PathPrefix=PATH) for role in page["Roles"]]
    found = [role for role in roles if role["RoleName"].startswith(prefix)]
    assert len(found) < 2, found
    return iam.get_role(RoleName=found[0]["RoleName"])["Role"] if found else None


def assign(center: Center, target: str = ACCOUNT, call: str = "create", who: str = "") -> dict:
    """Assigns or takes away, and gives what came of it."""
    kind = {"create": "Creation", "delete": "Deletion"}[call]
    begun = center.on_set(
        f"{call}_account_assignment",
        TargetId=target,
        TargetType="AWS_ACCOUNT",
        PrincipalType="USER",
        PrincipalId=who or center.user,
    )[f"AccountAssignment{kind}Status"]
    assert begun["Status"] == "IN_PROGRESS" and "FailureReason" not in begun
    request = {f"AccountAssignment{kind}RequestId": begun["RequestId"]}
    describe = getattr(center.sso, f"describe_account_assignment_{kind.lower()}_status")
    return describe(InstanceArn=center.instance, **request)[f"AccountAssignment{kind}Status"]


def provision(center: Center, **target: str) -> dict:
    target = target or {"TargetType": "ALL_PROVISIONED_ACCOUNTS"}
    begun = center.on_set("provision_permission_set", **target)["PermissionSetProvisioningStatus"]
    describe = center.sso.describe_permission_set_provisioning_status
    request = {"ProvisionPermissionSetRequestId": begun["RequestId"]}
    return describe(InstanceArn=center.instance, **request)["PermissionSetProvisioningStatus"]


def inline_of(iam, role: str) -> list[str]:
    return iam.list_role_policies(RoleName=role)["PolicyNames"]


def attached_of(iam, role: str) -> set[str]:
    return {held["PolicyArn"] for held in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]}
