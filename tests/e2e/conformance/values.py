"""Examples that a model cannot know: names of what is there, documents, and what must be done before a call.

To serve another action well, add its members here, by `Operation.Member` where the name alone would be wrong. A value
is a text or a function of the scene; what a scene prepares it makes when it is first asked for.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from harness import documents as doc
from harness.account import ROOT_ARN
from harness.server import ACCOUNT

from .center import ATTRIBUTES

POLICY = doc.policy(doc.allow("iam:ListUsers"))
METADATA = Path(__file__).parents[1].joinpath("saml", "metadata.xml").read_text()
SCP = doc.policy(doc.deny("iam:CreateUser"))
DELEGATION = doc.policy(doc.allow("organizations:ListRoots", "*", "*", StringEquals={"aws:PrincipalTag/none": "none"}))
SERVICE = "config.amazonaws.com"

# Whatever the service. A dotted name is of one operation.
VALUES: dict[str, object] = {
    "UserName": lambda scene: scene.user,
    "GroupName": lambda scene: scene.group,
    "RoleName": lambda scene: scene.role,
    "PolicyArn": lambda scene: scene.policy,
    "PolicySourceArn": lambda scene: scene.arn("user", scene.user),
    "AccessKeyId": lambda scene: scene.key,
    "VersionId": "v1",
    "PolicyName": "inline",
    "PermissionsBoundary": lambda scene: scene.policy,
    "PolicyDocument": POLICY,
    "PolicyInputList": [POLICY],
    "PermissionsBoundaryPolicyInputList": [POLICY],
    "ActionNames": ["iam:ListUsers"],
    "AssumeRolePolicyDocument": doc.trust(ROOT_ARN),
    "Tags": [{"Key": "team", "Value": "red"}],
    "TagKeys": ["team"],
    "Key": "team",
    "Value": "red",
    "Path": "/example/",
    "NewPath": "/example/",
    "PathPrefix": "/",
    "ServiceNamespace": "iam",
    "ServiceNamespaces": ["iam"],
    "AWSServiceName": "autoscaling.amazonaws.com",
    "Url": lambda scene: f"https://{scene.fresh('idp')}.example.com",
    "Password": "Correct-Horse-9-Battery",
    "NewPassword": "Correct-Horse-9-Battery",
    "InstanceProfileName": lambda scene: scene.instance_profile,
    "SerialNumber": lambda scene: scene.mfa_device,
    "OpenIDConnectProviderArn": lambda scene: scene.oidc_provider,
    "SAMLProviderArn": lambda scene: scene.saml_provider,
    "SSHPublicKeyBody": lambda scene: scene.ssh_text(),
    "SSHPublicKeyId": lambda scene: scene.ssh_key,
    "SAMLMetadataDocument": METADATA,
    "AuthenticationCode1": lambda scene: scene.device.two()["AuthenticationCode1"],
    "AuthenticationCode2": lambda scene: scene.device.two()["AuthenticationCode2"],
    "JobId": lambda scene: scene.job,
    "Arn": lambda scene: scene.arn("user", scene.user),
    "RoleArn": lambda scene: scene.arn("role", scene.role),
    "RoleSessionName": "session",
    "AssumeRoleWithWebIdentity.RoleArn": lambda scene: scene.web_identity[0],
    "WebIdentityToken": lambda scene: scene.web_identity[1],
    "AssumeRoleWithWebIdentity.Policy": POLICY,
    "UpdateAssumeRolePolicy.PolicyDocument": doc.trust(ROOT_ARN),
    "DeleteServiceLinkedRole.RoleName": lambda scene: scene.linked_role,
    "DeletionTaskId": lambda scene: scene.deletion_task,
    "SetDefaultPolicyVersion.VersionId": "v2",
    "DeletePolicyVersion.VersionId": "v2",
    "UpdateAccessKey.Status": "Inactive",
    "ListServiceSpecificCredentials.ServiceName": "codecommit.amazonaws.com",
    "DeletePolicy.PolicyArn": lambda scene: scene.loose_policy,
    "AssumeRole.Policy": POLICY,
    "AssumeRoleWithSAML.RoleArn": lambda scene: scene.federated,
    "PrincipalArn": lambda scene: scene.idp.arn,
    "SAMLAssertion": lambda scene: scene.assertion,
    "GetFederationToken.Policy": POLICY,
    "Policy": POLICY,
    "PolicyArns": lambda scene: [{"arn": scene.policy}],
    "arn": lambda scene: scene.policy,
    "ProviderId": "www.amazon.com",
    # Organizations.
    "Content": SCP,
    "PutResourcePolicy.Content": DELEGATION,
    "UpdatePolicy.Content": SCP,
    "Email": lambda scene: f"{scene.fresh('made')}@example.com",
    "AccountName": "member",
    **{
        f"{operation}.Name": lambda scene: scene.fresh("name")
        for operation in ("CreateOrganizationalUnit", "CreatePolicy", "UpdateOrganizationalUnit", "UpdatePolicy")
    },
    "AccountId": lambda scene: scene.member,
    "ParentId": lambda scene: scene.organization.root,
    "RootId": lambda scene: scene.organization.root,
    "ChildId": lambda scene: scene.member,
    "OrganizationalUnitId": lambda scene: scene.unit,
    "PolicyId": lambda scene: scene.scp,
    "TargetId": lambda scene: scene.unit,
    "ResourceId": lambda scene: scene.unit,
    "SourceParentId": lambda scene: scene.organization.root,
    "DestinationParentId": lambda scene: scene.unit,
    "HandshakeId": lambda scene: scene.handshake,
    "CreateAccountRequestId": lambda scene: scene.request,
    "ServicePrincipal": SERVICE,
    "Target": lambda scene: {"Type": "ACCOUNT", "Id": scene.stranger},
    **{f"{operation}.PolicyType": "TAG_POLICY" for operation in ("EnablePolicyType", "DisablePolicyType")},
    "DescribeEffectivePolicy.PolicyType": "TAG_POLICY",
    "TargetPrincipal": lambda scene: scene.member,
    "TaskPolicyArn": {"arn": "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"},
    "AssumeRoot.arn": "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy",
    # Identity Center.
    "InstanceArn": lambda scene: scene.center.instance,
    "PermissionSetArn": lambda scene: scene.center.set,
    "ResourceArn": lambda scene: scene.center.set,
    "SessionDuration": "PT2H",
    "RestrictSourceVpcs": ["arn:aws:ec2:us-east-1:123456789012:vpc/vpc-01234567"],
    "AllowSourceIps": ["192.0.2.0/24"],
    "InlinePolicy": POLICY,
    "ManagedPolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
    "CustomerManagedPolicyReference": lambda scene: {"Name": scene.policy.rsplit("/", 1)[1], "Path": "/"},
    "PutPermissionsBoundaryToPermissionSet.PermissionsBoundary": {
        "ManagedPolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"
    },
    "InstanceAccessControlAttributeConfiguration": ATTRIBUTES,
    "TargetType": "AWS_ACCOUNT",
    "ProvisionPermissionSet.TargetType": "ALL_PROVISIONED_ACCOUNTS",
    "PrincipalType": "USER",
    "PrincipalId": lambda scene: scene.center.user,
    **{
        f"{operation}.TargetId": ACCOUNT
        for operation in ("CreateAccountAssignment", "DeleteAccountAssignment", "ProvisionPermissionSet")
    },
    **{
        f"{operation}.AccountId": ACCOUNT
        for operation in (
            "ListAccountAssignments",
            "ListAccountAssignmentsForPrincipal",
            "ListPermissionSetsProvisionedToAccount",
        )
    },
    "AccountAssignmentCreationRequestId": lambda scene: scene.center.assigned,
    "AccountAssignmentDeletionRequestId": lambda scene: scene.center.unassigned,
    "ProvisionPermissionSetRequestId": lambda scene: scene.center.provisioned,
    "IdentityStoreId": lambda scene: scene.center.store,
    "UserId": lambda scene: scene.center.user,
    "GroupId": lambda scene: scene.center.group,
    "GroupIds": lambda scene: [scene.center.group],
    "MemberId": lambda scene: {"UserId": scene.center.user},
    "MembershipId": lambda scene: scene.center.membership,
    "Revision": "1",
    "CreateGroup.DisplayName": lambda scene: scene.fresh("people"),
    "GetUserId.AlternateIdentifier": lambda scene: scene.center.named("user"),
    "GetGroupId.AlternateIdentifier": lambda scene: scene.center.named("group"),
    "UpdateUser.Operations": [{"AttributePath": "displayName", "AttributeValue": "Somebody"}],
    "UpdateGroup.Operations": [{"AttributePath": "description", "AttributeValue": "Some people"}],
    "ListUsers.Filters": [{"AttributePath": "UserName", "AttributeValue": "nobody"}],
    "ListGroups.Filters": [{"AttributePath": "DisplayName", "AttributeValue": "nobody"}],
    "Extensions": {"aws:identitystore:enterprise": {"department": "R"}},
    "DescribeUser.Extensions": ["aws:identitystore:enterprise"],
    "ListUsers.Extensions": ["aws:identitystore:enterprise"],
}


def inline(kind: str):
    return lambda scene: scene.act(f"put_{kind}_policy", kind, PolicyName="inline", PolicyDocument=POLICY)


def attached(kind: str):
    return lambda scene: scene.act(f"attach_{kind}_policy", kind, PolicyArn=scene.policy)


def bounded(kind: str):
    return lambda scene: scene.act(f"put_{kind}_permissions_boundary", kind, PermissionsBoundary=scene.policy)


# What must be there before an operation can succeed, by the operation's whole name.
BEFORE: list[tuple[str, object]] = [
    *((f"(Get|Delete){kind.capitalize()}Policy", inline(kind)) for kind in ("user", "group", "role")),
    *((f"Detach{kind.capitalize()}Policy", attached(kind)) for kind in ("user", "group", "role")),
    *((f"Delete{kind.capitalize()}PermissionsBoundary", bounded(kind)) for kind in ("user", "role")),
    ("(SetDefault|Delete)PolicyVersion", lambda scene: scene.second_version()),
    ("(Get|Update|Delete)LoginProfile", lambda scene: scene.login_profile()),
    ("RemoveRoleFromInstanceProfile", lambda scene: scene.filled_profile()),
    ("AddRoleToInstanceProfile", lambda scene: scene.instance_profile),
    ("(GetAccount|DeleteAccount)PasswordPolicy", lambda scene: scene.password_policy()),
    ("DeleteAccountAlias", lambda scene: scene.alias()),
    ("(Deactivate|Resync|Get)MFADevice", lambda scene: scene.device.enable(scene.user)),
    ("GetCredentialReport", lambda scene: scene.report()),
    ("DetachPolicy", lambda scene: scene.attached_scp()),
    ("(DeregisterDelegatedAdministrator|ListDelegatedServicesForAccount)", lambda scene: scene.delegate()),
    ("RegisterDelegatedAdministrator", lambda scene: scene.trusted()),
    ("(Describe|Delete)ResourcePolicy", lambda scene: scene.resource_policy()),
    ("PutResourcePolicy", lambda scene: scene.no_resource_policy()),
    ("(DisablePolicyType|DescribeEffectivePolicy)", lambda scene: scene.tag_policy()),
    ("EnablePolicyType", lambda scene: scene.no_tag_policy()),
    ("(.*OrganizationsRoot.*|ListOrganizationsFeatures|AssumeRoot)", lambda scene: scene.root_features()),
    (
        "(Get|Delete)PermissionsBoundaryF.*",
        lambda scene: scene.center.on_set(
            "put_permissions_boundary_to_permission_set",
            PermissionsBoundary={"ManagedPolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
        ),
    ),
    (
        "DetachManagedPolicyFromPermissionSet",
        lambda scene: scene.center.on_set(
            "attach_managed_policy_to_permission_set", ManagedPolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess"
        ),
    ),
    (
        "DetachCustomerManagedPolicyReferenceFromPermissionSet",
        lambda scene: scene.center.on_set(
            "attach_customer_managed_policy_reference_to_permission_set",
            CustomerManagedPolicyReference={"Name": scene.policy.rsplit("/", 1)[1], "Path": "/"},
        ),
    ),
    ("(DeleteAccountAssignment|ProvisionPermissionSet)", lambda scene: scene.center.assigned),
    ("(Describe|Update|Delete)InstanceAccessControl.*", lambda scene: scene.center.attributes()),
    ("CreateInstanceAccessControl.*", lambda scene: scene.center.no_attributes()),
    ("GetGroupMembershipId", lambda scene: scene.center.membership),
]

# Operations that are not called with valid input, and why.
NOT_CALLED: dict[str, str] = {
    "ChangePassword": "is for a user about itself",
    "DeleteOrganization": "would take what the others need",
    "LeaveOrganization": "would take what the others need",
    "CreateOrganization": "the others need the one that is there",
    "AcceptHandshake": "is for the invited account",
    "DeclineHandshake": "is for the invited account",
    "EnableAllFeatures": "organizations here have them from the beginning",
    "CreateInstance": "there is one from the first start, and never a second",
}

# Cases that do not apply: protocol, operation (or *), path (or *) and limit; and why.
WAIVED: list[tuple[str, str, str, str, str]] = [
    ("query", "*", "*", "items min 1", "botocore writes an empty list as clients write an absent one"),
]

# What answers hold although the model has another word, and where that is written.
SPELLED: dict[str, str] = {
    # IAM API reference, AttachedPermissionsBoundary: "can only have a value of Policy".
    "PermissionsBoundaryType": "Policy",
}

# Members whose answers do not keep to the model, and why.
UNFIT: dict[str, str] = {
    "InlinePolicy": "AWS answers with an empty text where there is none",
    "Fingerprint": "the model wants 48 characters; sixteen bytes in hexadecimal with colons have 47",
}

# Members that are given although they are not required: without them the caller itself is meant, here root.
GIVEN = ("UserName", "DisplayName")

# What lists are asked for so that they hold three items that stay as they are.
PAGED: dict[str, object] = {
    "LookupEvents": lambda scene: {
        "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "CreateGroup"}]
    },
}


def example_of(scene, service: str, operation: str, path: tuple, shape) -> object:
    """The example for a member, or None where there is none."""
    names = [step for step in path if isinstance(step, str)]
    if not names or isinstance(path[-1], int):
        return None
    name = names[-1]
    made = re.fullmatch("Create(.*)", operation)
    is_own_name = made is not None and name in (f"{made[1]}Name", "Name", "AccountAlias") and len(path) == 1
    if is_own_name and shape.type_name == "string" and service != "organizations":
        return scene.fresh("made").replace("_", "-")
    found = VALUES.get(f"{operation}.{name}", VALUES.get(name))
    return found(scene) if callable(found) else json.loads(json.dumps(found)) if found is not None else None
