"""What there is of Identity Center while an action is tried: made when an example first names it."""

from __future__ import annotations

from functools import cached_property

from harness.account import Account, fresh
from harness.server import ACCOUNT

ATTRIBUTES = {"AccessControlAttributes": [{"Key": "team", "Value": {"Source": ["${path:title}"]}}]}


class Center:
    def __init__(self, account: Account) -> None:
        self.account = account
        self.sso = account.client("sso")
        self.people = account.client("identitystore")

    @cached_property
    def held(self) -> dict:
        return self.sso.list_instances()["Instances"][0]

    @property
    def instance(self) -> str:
        return self.held["InstanceArn"]

    @property
    def store(self) -> str:
        return self.held["IdentityStoreId"]

    # -- people ----------------------------------------------------------------------

    @cached_property
    def user_name(self) -> str:
        return fresh("person")

    @cached_property
    def user(self) -> str:
        return self.people.create_user(IdentityStoreId=self.store, UserName=self.user_name)["UserId"]

    @cached_property
    def group_name(self) -> str:
        return fresh("people")

    @cached_property
    def group(self) -> str:
        return self.people.create_group(IdentityStoreId=self.store, DisplayName=self.group_name)["GroupId"]

    @cached_property
    def membership(self) -> str:
        member = {"UserId": self.user}
        made = self.people.create_group_membership(IdentityStoreId=self.store, GroupId=self.group, MemberId=member)
        return made["MembershipId"]

    def named(self, kind: str) -> dict:
        """The alternate identifier of the user or the group."""
        self.people.describe_user(IdentityStoreId=self.store, UserId=self.user)
        self.people.describe_group(IdentityStoreId=self.store, GroupId=self.group)
        path, name = ("userName", self.user_name) if kind == "user" else ("displayName", self.group_name)
        return {"UniqueAttribute": {"AttributePath": path, "AttributeValue": name}}

    # -- permission sets ---------------------------------------------------------------

    @cached_property
    def set(self) -> str:
        made = self.sso.create_permission_set(InstanceArn=self.instance, Name=fresh("set").replace("_", "-")[-32:])
        return made["PermissionSet"]["PermissionSetArn"]

    def on_set(self, call: str, **more) -> dict:
        return getattr(self.sso, call)(InstanceArn=self.instance, PermissionSetArn=self.set, **more)

    def change(self, call: str, kind: str = "USER", who: str = "") -> dict:
        target = {"TargetId": ACCOUNT, "TargetType": "AWS_ACCOUNT"}
        return self.on_set(call, **target, PrincipalType=kind, PrincipalId=who or self.user)

    @cached_property
    def assigned(self) -> str:
        made = self.change("create_account_assignment")
        return made["AccountAssignmentCreationStatus"]["RequestId"]

    @cached_property
    def unassigned(self) -> str:
        others = Center(self.account)
        _ = others.assigned
        made = others.change("delete_account_assignment")
        return made["AccountAssignmentDeletionStatus"]["RequestId"]

    @cached_property
    def provisioned(self) -> str:
        _ = self.assigned
        made = self.on_set("provision_permission_set", TargetType="ALL_PROVISIONED_ACCOUNTS")
        return made["PermissionSetProvisioningStatus"]["RequestId"]

    def attributes(self) -> None:
        self.no_attributes()
        self.sso.create_instance_access_control_attribute_configuration(
            InstanceArn=self.instance, InstanceAccessControlAttributeConfiguration=ATTRIBUTES
        )

    def no_attributes(self) -> None:
        try:
            self.sso.delete_instance_access_control_attribute_configuration(InstanceArn=self.instance)
        except self.sso.exceptions.ResourceNotFoundException:
            pass

    def populate(self, crowd: int, references: list[dict]) -> None:
        """So many of everything that is listed."""
        tags = [{"Key": f"key-{number}", "Value": "v"} for number in range(crowd)]
        self.sso.tag_resource(InstanceArn=self.instance, ResourceArn=self.set, Tags=tags)
        for number, name in enumerate(("ReadOnlyAccess", "SecurityAudit", "AdministratorAccess")):
            self.on_set("attach_managed_policy_to_permission_set", ManagedPolicyArn=f"arn:aws:iam::aws:policy/{name}")
            attach = "attach_customer_managed_policy_reference_to_permission_set"
            self.on_set(attach, CustomerManagedPolicyReference=references[number])
            others = Center(self.account)
            _ = others.membership
            self.people.create_group_membership(
                IdentityStoreId=self.store, GroupId=self.group, MemberId={"UserId": others.user}
            )
            self.people.create_group_membership(
                IdentityStoreId=self.store, GroupId=others.group, MemberId={"UserId": self.user}
            )
            self.change("create_account_assignment", who=others.user)
            others.change("create_account_assignment", who=self.user)
            _ = (others.unassigned, others.provisioned)
