"""IAM: the errors that its model declares, action by action. What is not here is in declared_errors.txt."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from conformance.refusals import Refusals, Row, all_right
from conformance.trial import Trial, code
from conformance.values import POLICY
from harness import documents as doc
from harness.account import Account
from harness.mfa import Device
from harness.server import Server

PASSWORD = "Correct-Horse-9-Battery"
NOT_JSON = "{"
# A name, ARN or id of nothing, by the member that has it.
ABSENT = {
    **dict.fromkeys(("UserName", "GroupName", "RoleName", "InstanceProfileName", "PolicyName"), "absent"),
    **dict.fromkeys(("PolicyArn", "PermissionsBoundary"), "arn:aws:iam::123456789012:policy/absent"),
    **dict.fromkeys(("PolicySourceArn", "Arn"), "arn:aws:iam::123456789012:user/absent"),
    "VersionId": "v99",
    "SAMLProviderArn": "arn:aws:iam::123456789012:saml-provider/absent",
    "OpenIDConnectProviderArn": "arn:aws:iam::123456789012:oidc-provider/absent.example.com",
    "SerialNumber": "arn:aws:iam::123456789012:mfa/absent",
    "SSHPublicKeyId": "APKAAAAAAAAAAAAAAAAA",
    "AccessKeyId": "AKIAAAAAAAAAAAAAAAAA",
    "JobId": "0" * 36,
    "AccountAlias": "absent",
    "AWSServiceName": "absent.amazonaws.com",
}
# What an action makes, and does not look for.
MADE = frozenset(
    [("CreateUser", "UserName"), ("CreateGroup", "GroupName")]
    + [(f"Put{kind}Policy", "PolicyName") for kind in ("User", "Group", "Role")]
    # What is gone already is well deleted (IAM API reference, DeleteOpenIDConnectProvider).
    + [("DeleteOpenIDConnectProvider", "OpenIDConnectProviderArn")]
)
# Texts that cannot be what the member is to be.
ILL = {
    **dict.fromkeys(("PolicyArn", "PolicySourceArn", "Arn"), "of no known kind at all"),
    **dict.fromkeys(("SAMLProviderArn", "OpenIDConnectProviderArn"), "of no known kind at all"),
    "Tags": [{"Key": "team", "Value": "red"}, {"Key": "Team", "Value": "blue"}],
    "ThumbprintList": ["g" * 40],
    "Url": "http://idp.example.com",
    "ActionNames": ["iam:*"],
    "PolicyInputList": [NOT_JSON],
    "SAMLMetadataDocument": "x" * 1000,
    "DeletionTaskId": "no task",
    "ServiceNamespaces": ["nosuchservice"],
    "ServiceNamespace": "nosuchservice",
    "CustomSuffix": "x" * 64,
    "Status": "Expired",
}


@pytest.fixture(scope="module")
def asked(account) -> Refusals:
    return Refusals(account, "iam")


@pytest.mark.timeout(300)
def test_whatever_an_action_names_must_be_there(asked):
    cases = asked.wrong_members("NoSuchEntity", ABSENT, MADE)
    all_right(asked.asked(action, "NoSuchEntity", changes) for action, changes in cases)


@pytest.mark.timeout(300)
def test_texts_that_can_mean_nothing_are_invalid(asked):
    cases = asked.wrong_members("InvalidInput", ILL)
    all_right(asked.asked(action, "InvalidInput", changes) for action, changes in cases)


def bad_text(action: str, member: str = "PolicyDocument") -> Row:
    return Row(action, "MalformedPolicyDocument", lambda scene: {member: NOT_JSON})


def other(scene, kind: str) -> str:
    """Another one of a kind."""
    return getattr(type(scene)(scene.account), kind)


def linked(action: str) -> Row:
    """A change to a role that is a service's own."""
    return Row(action, "UnmodifiableEntity", lambda scene: {"RoleName": scene.linked_role})


SERVICE_POLICY = "arn:aws:iam::aws:policy/aws-service-role/CloudTrailServiceRolePolicy"


def unattachable(action: str, member: str = "PolicyArn") -> Row:
    return Row(action, "PolicyNotAttachable", lambda scene: {member: SERVICE_POLICY})


def in_group(scene) -> dict:
    scene.iam.add_user_to_group(GroupName=scene.group, UserName=scene.user)
    return {}


def with_attached(scene) -> dict:
    scene.act("attach_user_policy", "user", PolicyArn=scene.policy)
    return {"PolicyArn": scene.policy}


def with_inline(scene) -> dict:
    scene.act("put_role_policy", "role", PolicyName="inline", PolicyDocument=POLICY)
    return {}


def with_key(scene) -> dict:
    return {} if scene.key else {}


def filled(scene) -> dict:
    scene.filled_profile()
    return {}


def enabled(scene) -> dict:
    scene.device.enable(scene.user)
    return {"SerialNumber": scene.mfa_device}


def same_key(scene) -> dict:
    text = scene.ssh_text()
    scene.iam.upload_ssh_public_key(UserName=scene.user, SSHPublicKeyBody=text)
    return {"SSHPublicKeyBody": text}


def with_login(scene) -> dict:
    scene.login_profile()
    return {}


def same_provider(scene) -> dict:
    return {"Url": "https://" + scene.oidc_provider.split("/", 1)[1]}


def name_of(arn: str) -> str:
    return arn.rsplit("/", 1)[1]


def aliased(scene) -> dict:
    scene.iam.create_account_alias(AccountAlias="taken")
    return {"AccountAlias": "taken"}


ROWS = [
    # What is taken.
    Row("CreateUser", "EntityAlreadyExists", lambda scene: {"UserName": scene.user}),
    Row("CreateGroup", "EntityAlreadyExists", lambda scene: {"GroupName": scene.group}),
    Row("CreateRole", "EntityAlreadyExists", lambda scene: {"RoleName": scene.role}),
    Row("CreatePolicy", "EntityAlreadyExists", lambda scene: {"PolicyName": name_of(scene.policy)}),
    Row("CreateInstanceProfile", "EntityAlreadyExists", lambda scene: {"InstanceProfileName": scene.instance_profile}),
    Row("CreateVirtualMFADevice", "EntityAlreadyExists", lambda scene: {"VirtualMFADeviceName": name_of(scene.mfa_device)}),
    Row("CreateSAMLProvider", "EntityAlreadyExists", lambda scene: {"Name": name_of(scene.saml_provider)}),
    Row("CreateOpenIDConnectProvider", "EntityAlreadyExists", same_provider),
    Row("CreateLoginProfile", "EntityAlreadyExists", with_login),
    Row("CreateAccountAlias", "EntityAlreadyExists", aliased),
    Row("UpdateUser", "EntityAlreadyExists", lambda scene: {"NewUserName": other(scene, "user")}),
    Row("UpdateGroup", "EntityAlreadyExists", lambda scene: {"NewGroupName": other(scene, "group")}),
    Row("EnableMFADevice", "EntityAlreadyExists", enabled),
    Row("UploadSSHPublicKey", "DuplicateSSHPublicKey", same_key),
    # What still has or is something.
    Row("DeleteGroup", "DeleteConflict", in_group),
    Row("DeletePolicy", "DeleteConflict", with_attached),
    Row("DeletePolicyVersion", "DeleteConflict", lambda scene: {"VersionId": "v1"}),
    Row("DeleteRole", "DeleteConflict", with_inline),
    Row("DeleteUser", "DeleteConflict", with_key),
    Row("DeleteInstanceProfile", "DeleteConflict", filled),
    Row("DeleteVirtualMFADevice", "DeleteConflict", enabled),
    # Documents.
    *(bad_text(f"Put{kind}Policy") for kind in ("User", "Group", "Role")),
    *(bad_text(action) for action in ("CreatePolicy", "CreatePolicyVersion", "UpdateAssumeRolePolicy")),
    bad_text("CreateRole", "AssumeRolePolicyDocument"),
    # What is AWS's.
    *map(linked, ("DeleteRole", "PutRolePolicy", "DeleteRolePolicy", "AttachRolePolicy", "DetachRolePolicy")),
    *map(linked, ("PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary", "UpdateAssumeRolePolicy")),
    *map(linked, ("AddRoleToInstanceProfile", "RemoveRoleFromInstanceProfile")),
    Row("UpdateRole", "UnmodifiableEntity", lambda scene: {"RoleName": scene.linked_role, "MaxSessionDuration": 3600}),
    *(unattachable(f"Attach{kind}Policy") for kind in ("User", "Group", "Role")),
    *(unattachable(f"Put{kind}PermissionsBoundary", "PermissionsBoundary") for kind in ("User", "Role")),
    # Secrets.
    Row("CreateLoginProfile", "PasswordPolicyViolation", lambda scene: {"Password": "a"}),
    Row("UpdateLoginProfile", "PasswordPolicyViolation", lambda scene: {"Password": "a"}),
    Row("UploadSSHPublicKey", "InvalidPublicKey", lambda scene: {"SSHPublicKeyBody": "ssh-rsa AAAA"}),
    Row("UploadSSHPublicKey", "UnrecognizedPublicKeyEncoding", lambda scene: {"SSHPublicKeyBody": "none at all"}),
    Row("EnableMFADevice", "InvalidAuthenticationCode", lambda scene: {"AuthenticationCode2": scene.device.wrong()}),
    Row("ResyncMFADevice", "InvalidAuthenticationCode", lambda scene: {"AuthenticationCode2": scene.device.wrong()}),
    # What there is none of.
    Row("GetAccountPasswordPolicy", "NoSuchEntity", lambda scene: scene.iam.delete_account_password_policy() and {}),
    Row("ListServiceSpecificCredentials", "NotSupportedService", lambda scene: {"ServiceName": "absent.amazonaws.com"}),
]


@pytest.mark.timeout(300)
def test_what_an_action_refuses(asked):
    all_right(map(asked.row, ROWS))


@pytest.mark.timeout(60)
def test_a_password_that_is_being_changed_cannot_be_changed(asked):
    """Making a password ready takes long enough that one of several at once is overtaken."""
    asked.scene.login_profile()
    user, seen = asked.scene.user, set()

    def update(number: int) -> str:
        return code(asked.trial.call("UpdateLoginProfile", {"UserName": user, "Password": f"Correct-Horse-{number}"}))

    with ThreadPoolExecutor(8) as pool:
        while "EntityTemporarilyUnmodifiable" not in seen:
            seen |= set(pool.map(update, range(8)))
            assert seen <= {"", "EntityTemporarilyUnmodifiable"}


# -- quotas --------------------------------------------------------------------------------------

FEW = 3
# Quotas that a few calls reach, and such that nothing at all may be made.
SMALL = {
    **dict.fromkeys(("access-keys-per-user", "mfa-devices-per-user", "ssh-public-keys-per-user"), FEW),
    **dict.fromkeys(("policies-per-user", "policies-per-group", "policies-per-role", "groups-per-user"), FEW),
    **dict.fromkeys(("versions-per-policy", "oidc-providers", "saml-providers", "instance-profiles"), FEW),
}
NONE = dict.fromkeys(("users", "groups", "roles", "policies", "saml-providers", "oidc-providers", "instance-profiles"), 0)
LONG = doc.policy(*[doc.allow("iam:ListUsers", f"arn:aws:iam::123456789012:user/{'x' * 500}{n}") for n in range(30)])
LONG_TRUST = doc.trust(*[f"arn:aws:iam::{100000000000 + n}:root" for n in range(100)])
HUNDRED = [f"client-{number}" for number in range(100)]


@pytest.fixture(scope="module")
def small():
    with Server(flags=flags(SMALL)) as running:
        yield Refusals(Account(running), "iam")


@pytest.fixture(scope="module")
def none():
    with Server(flags=flags(NONE)) as running:
        yield Refusals(Account(running), "iam")


def flags(quotas: dict[str, int]) -> tuple[str, ...]:
    return tuple(part for name, value in quotas.items() for part in ("--quota", f"{name}={value}"))


def limit(action: str, given=lambda scene: {}) -> Row:
    return Row(action, "LimitExceeded", given)


def tagged(action: str) -> Row:
    """Twice as many tags as there may be, in two requests."""
    halves = [[{"Key": f"{half}-{number}", "Value": "v"} for number in range(50)] for half in ("a", "b")]

    def given(scene) -> dict:
        trial = Trial(scene.account, "iam", is_asked=False)
        trial.call(action, trial.least(action, scene) | {"Tags": halves[0]})
        return {"Tags": halves[1]}

    return limit(action, given)


def grown(action: str, *members: str) -> Row:
    """Called with ever new values of these members, which are kinds of the scene."""

    def given(scene) -> dict:
        trial = Trial(scene.account, "iam", is_asked=False)
        for _ in range(FEW):
            trial.call(action, trial.least(action, scene) | others(scene))
        return others(scene)

    def others(scene) -> dict:
        return {member: other(scene, kind) for member, kind in (held.split("=") for held in members)}

    return limit(action, given)


def full_clients(scene) -> dict:
    url = f"https://{scene.fresh('full')}.example.com"
    made = scene.iam.create_open_id_connect_provider(Url=url, ThumbprintList=["a" * 40], ClientIDList=HUNDRED)
    return {"OpenIDConnectProviderArn": made["OpenIDConnectProviderArn"], "ClientID": "one-more"}


def enough_devices(scene) -> dict:
    for _ in range(FEW):
        Device(scene.account).enable(scene.user)
    return {}


LIMITS = [
    grown("AddUserToGroup", "GroupName=group"),
    *(grown(f"Attach{kind}Policy", "PolicyArn=policy") for kind in ("User", "Group", "Role")),
    *map(grown, ("CreateAccessKey", "CreatePolicyVersion", "UploadSSHPublicKey")),
    *(limit(f"Put{kind}Policy", lambda scene: {"PolicyDocument": LONG}) for kind in ("User", "Group", "Role")),
    limit("CreatePolicy", lambda scene: {"PolicyDocument": LONG}),
    limit("CreatePolicyVersion", lambda scene: {"PolicyDocument": LONG}),
    limit("CreateRole", lambda scene: {"AssumeRolePolicyDocument": LONG_TRUST}),
    limit("UpdateAssumeRolePolicy", lambda scene: {"PolicyDocument": LONG_TRUST}),
    limit("AddRoleToInstanceProfile", filled),
    limit("AddClientIDToOpenIDConnectProvider", full_clients),
    limit("EnableMFADevice", enough_devices),
    *(tagged(f"Tag{kind}") for kind in ("User", "Role", "Policy", "InstanceProfile", "MFADevice", "SAMLProvider")),
    tagged("TagOpenIDConnectProvider"),
]
MADE_NEW = [
    f"Create{kind}"
    for kind in ("User", "Group", "Role", "Policy", "InstanceProfile", "VirtualMFADevice", "ServiceLinkedRole")
]


@pytest.mark.timeout(300)
def test_quotas_of_one_entity(small):
    all_right(map(small.row, LIMITS))


def test_quotas_of_an_account(none):
    cases = [*MADE_NEW, "CreateSAMLProvider", "CreateOpenIDConnectProvider"]
    all_right(none.asked(action, "LimitExceeded", {"Url": "https://idp.example.com"} if "OpenID" in action else {}) for action in cases)
