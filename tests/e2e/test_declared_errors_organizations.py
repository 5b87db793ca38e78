"""Organizations: the errors that its model declares, action by action. What is not here is in declared_errors.txt."""

from __future__ import annotations

import pytest

from conformance import shapes
from conformance.refusals import Refusals, Row, all_right
from conformance.values import SERVICE
from harness import documents as doc
from harness.account import Account, fresh
from harness.expect import refused
from harness.organization import FULL, Member, Organization
from harness.server import ACCOUNT, Server

# An id of nothing, by the member that has it, and the error that tells so.
ABSENT = {
    "AccountId": ("999999999999", "AccountNotFoundException"),
    "ChildId": ("999999999999", "ChildNotFoundException"),
    "CreateAccountRequestId": ("car-" + "0" * 32, "CreateAccountStatusNotFoundException"),
    "DestinationParentId": ("ou-none-00000000", "DestinationParentNotFoundException"),
    "HandshakeId": ("h-" + "0" * 32, "HandshakeNotFoundException"),
    "OrganizationalUnitId": ("ou-none-00000000", "OrganizationalUnitNotFoundException"),
    "ParentId": ("ou-none-00000000", "ParentNotFoundException"),
    "PolicyId": ("p-00000000", "PolicyNotFoundException"),
    "ResourceId": ("ou-none-00000000", "TargetNotFoundException"),
    "RootId": ("r-none", "RootNotFoundException"),
    "SourceParentId": ("ou-none-00000000", "SourceParentNotFoundException"),
    "TargetId": ("ou-none-00000000", "TargetNotFoundException"),
}
NOT_IN_USE = "AWSOrganizationsNotInUseException"
# Asked by an account that is in no organization, which has invitations all the same.
INVITED = ("AcceptHandshake",)
LONG = doc.policy(*[doc.deny("iam:CreateUser", f"arn:aws:iam::*:user/{'x' * 500}{n}") for n in range(20)])
TAGS = [{"Key": f"key-{number}", "Value": "v"} for number in range(51)]


@pytest.fixture(scope="module")
def server():
    with Server(flags=("--quota", "accounts=1000", "--quota", "organizational-units=40")) as running:
        yield running


@pytest.fixture(scope="module")
def asked(account) -> Refusals:
    made = Refusals(account, "organizations")
    assert made.scene.organization
    return made


@pytest.mark.timeout(300)
def test_without_an_organization_no_action_works(asked):
    actions = [action for action in asked.declaring(NOT_IN_USE) if action not in INVITED]
    with Server() as alone:
        client = alone.client("organizations", parameter_validation=False)
        all_right(asked.asked(action, NOT_IN_USE, {}, client) for action in actions)


def test_whatever_an_action_names_must_be_there(asked):
    errors = {code for _, code in ABSENT.values()}
    cases = [
        (action, code, {member: ABSENT[member][0]})
        for code in sorted(errors)
        for action in asked.declaring(code)
        for member in getattr(asked.trial.shape(action), "members", ())
        if member in ABSENT and ABSENT[member][1] == code
    ]
    all_right(asked.row(Row(action, code, lambda scene, changes=changes: changes)) for action, code, changes in cases)


def test_input_beyond_its_limits_is_invalid(asked):
    """One limit for each action; the tests of conformance cross them all."""
    wrong = []
    for action in asked.declaring("InvalidInputException"):
        shape, example = asked.trial.shape(action), asked.trial.example(action, asked.scene)
        if shape is not None and shape.members:
            case = next(shapes.beyond(shape, asked.trial.least(action, asked.scene), example))
            wrong.append(asked.asked(action, "InvalidInputException", case.params))
    all_right(iter(wrong))


def closed(scene) -> dict:
    scene.organization.api.close_account(AccountId=scene.member)
    return {}


def management(scene) -> dict:
    return {"AccountId": ACCOUNT}


def delegated(scene) -> dict:
    scene.delegate()
    return {}


def named_like(scene) -> dict:
    """The name of another unit at the same place."""
    api, other = scene.organization.api, scene.organization.make_unit()
    return {"Name": api.describe_organizational_unit(OrganizationalUnitId=other)["OrganizationalUnit"]["Name"]}


def policy_named_like(scene) -> dict:
    other = scene.organization.make_policy(doc.deny("ec2:*"))
    held = scene.organization.api.describe_policy(PolicyId=other)["Policy"]["PolicySummary"]
    return {"Name": held["Name"], "Type": held["Type"]}


def new_policy_name(scene) -> dict:
    return {"Name": policy_named_like(scene)["Name"]}


def attached(scene) -> dict:
    scene.attached_scp()
    return {}


def inhabited(scene) -> dict:
    scene.organization.move(scene.member, scene.unit)
    return {}


def invited(scene) -> dict:
    return {"Target": {"Type": "ACCOUNT", "Id": scene.stranger}} if scene.handshake else {}


def tagging_on(scene) -> dict:
    scene.tag_policy()
    return {}


def tagging_off(scene) -> dict:
    scene.no_tag_policy()
    return {}


def none_of_tags(scene) -> dict:
    """A tag policy of a type that is not enabled any more."""
    api = scene.organization.api
    scene.no_tag_policy()
    text = '{"tags": {"a": {"tag_key": {"@@assign": "A"}}}}'
    made = api.create_policy(Name=fresh("tags"), Description="", Type="TAG_POLICY", Content=text)
    return {"PolicyId": made["Policy"]["PolicySummary"]["Id"]}


def unruled(scene) -> dict:
    scene.no_resource_policy()
    return {}


def deep(scene) -> dict:
    unit = scene.organization.root
    for _ in range(5):
        unit = scene.organization.make_unit(unit)
    return {"ParentId": unit}


def fully_attached(scene) -> dict:
    """As many as there may be: the first is AWS's own."""
    for _ in range(4):
        scene.organization.attach(scene.organization.make_policy(doc.deny("ec2:*")), scene.unit)
    return {}


def untrusted(scene) -> dict:
    scene.organization.api.disable_aws_service_access(ServicePrincipal=SERVICE)
    return {}


VIOLATED, MALFORMED = "ConstraintViolationException", "MalformedPolicyDocumentException"
NOT_AVAILABLE = "PolicyTypeNotAvailableForOrganizationException"
ROWS = [
    Row("CreateOrganization", "AlreadyInOrganizationException"),
    Row("DeleteOrganization", "OrganizationNotEmptyException", lambda scene: {} if scene.member else {}),
    Row("EnableAllFeatures", "HandshakeConstraintViolationException"),
    Row("LeaveOrganization", "MasterCannotLeaveOrganizationException"),
    Row("RemoveAccountFromOrganization", "MasterCannotLeaveOrganizationException", management),
    Row("RemoveAccountFromOrganization", VIOLATED, delegated),
    # Accounts.
    Row("CloseAccount", "AccountAlreadyClosedException", closed),
    Row("CloseAccount", VIOLATED, management),
    Row("CreateAccount", VIOLATED, lambda scene: {"Tags": TAGS}),
    Row("MoveAccount", "DuplicateAccountException", lambda scene: {"DestinationParentId": scene.organization.root}),
    Row("InviteAccountToOrganization", "DuplicateHandshakeException", invited),
    Row("InviteAccountToOrganization", VIOLATED, lambda scene: {"Tags": TAGS}),
    Row(
        "InviteAccountToOrganization",
        "HandshakeConstraintViolationException",
        lambda scene: {"Target": {"Type": "ACCOUNT", "Id": ACCOUNT}},
    ),
    # Units.
    Row("CreateOrganizationalUnit", "DuplicateOrganizationalUnitException", named_like),
    Row("UpdateOrganizationalUnit", "DuplicateOrganizationalUnitException", named_like),
    Row("DeleteOrganizationalUnit", "OrganizationalUnitNotEmptyException", inhabited),
    Row("CreateOrganizationalUnit", VIOLATED, deep),
    # Policies.
    Row("CreatePolicy", "DuplicatePolicyException", policy_named_like),
    Row("UpdatePolicy", "DuplicatePolicyException", new_policy_name),
    Row("CreatePolicy", MALFORMED, lambda scene: {"Content": "{"}),
    Row("UpdatePolicy", MALFORMED, lambda scene: {"Content": "{"}),
    Row("CreatePolicy", VIOLATED, lambda scene: {"Content": LONG}),
    Row("UpdatePolicy", VIOLATED, lambda scene: {"Content": LONG}),
    Row("CreatePolicy", NOT_AVAILABLE, lambda scene: {"Type": "CHATBOT_POLICY"}),
    Row("EnablePolicyType", NOT_AVAILABLE, lambda scene: {"PolicyType": "CHATBOT_POLICY"}),
    Row("EnablePolicyType", "PolicyTypeAlreadyEnabledException", tagging_on),
    Row("DisablePolicyType", "PolicyTypeNotEnabledException", tagging_off),
    Row("AttachPolicy", "PolicyTypeNotEnabledException", none_of_tags),
    Row("AttachPolicy", "DuplicatePolicyAttachmentException", attached),
    Row("AttachPolicy", VIOLATED, fully_attached),
    Row("DetachPolicy", "PolicyNotAttachedException", lambda scene: {"PolicyId": scene.organization.make_policy(doc.deny("s3:*"))}),
    Row("DetachPolicy", VIOLATED, lambda scene: {"PolicyId": FULL, "TargetId": scene.organization.make_unit()}),
    Row("DeletePolicy", "PolicyInUseException", attached),
    Row("DescribeEffectivePolicy", "EffectivePolicyNotFoundException", tagging_off),
    Row("DescribeEffectivePolicy", VIOLATED, lambda scene: {"PolicyType": "CHATBOT_POLICY"}),
    Row("DescribeResourcePolicy", "ResourcePolicyNotFoundException", unruled),
    Row("DeleteResourcePolicy", "ResourcePolicyNotFoundException", unruled),
    Row("PutResourcePolicy", VIOLATED, lambda scene: {"Tags": TAGS}),
    # Delegated administrators.
    Row("RegisterDelegatedAdministrator", "AccountAlreadyRegisteredException", delegated),
    Row("RegisterDelegatedAdministrator", VIOLATED, untrusted),
    Row("DeregisterDelegatedAdministrator", "AccountNotRegisteredException", lambda scene: {"ServicePrincipal": "none.amazonaws.com"}),
    Row("ListDelegatedServicesForAccount", "AccountNotRegisteredException", lambda scene: {"AccountId": type(scene)(scene.account).member}),
    Row("TagResource", VIOLATED, lambda scene: {"Tags": TAGS}),
]


@pytest.mark.timeout(300)
def test_what_an_action_refuses(asked):
    all_right(map(asked.row, ROWS))


# -- what only others than the management account meet ---------------------------------------------------


def invite(organization, member: Member) -> str:
    return organization.api.invite_account_to_organization(Target={"Type": "ACCOUNT", "Id": member.id})["Handshake"]["Id"]


def test_an_invitation_is_answered_once(asked):
    organization = asked.scene.organization
    member = organization.make_account()
    own = member.client("organizations")
    organization.api.remove_account_from_organization(AccountId=member.id)
    same, moved = "HandshakeAlreadyInStateException", "InvalidHandshakeTransitionException"
    held = invite(organization, member)
    own.decline_handshake(HandshakeId=held)
    refused(lambda: own.decline_handshake(HandshakeId=held), same, 400)
    refused(lambda: own.accept_handshake(HandshakeId=held), moved, 400)
    refused(lambda: organization.api.cancel_handshake(HandshakeId=held), moved, 400)
    held = invite(organization, member)
    organization.api.cancel_handshake(HandshakeId=held)
    refused(lambda: organization.api.cancel_handshake(HandshakeId=held), same, 400)
    refused(lambda: own.decline_handshake(HandshakeId=held), moved, 400)
    held = invite(organization, member)
    own.accept_handshake(HandshakeId=held)
    refused(lambda: own.accept_handshake(HandshakeId=held), same, 400)


def test_who_is_invited_counts_as_an_account():
    with Server(flags=("--quota", "accounts=3")) as running:
        organization = Organization(Account(running))
        first, second = organization.make_account(), organization.make_account()
        for member in (first, second):
            organization.api.remove_account_from_organization(AccountId=member.id)
        organization.make_account()
        held = invite(organization, first)
        refused(lambda: invite(organization, second), "HandshakeConstraintViolationException", 400)
        failed = organization.api.create_account(Email="x@example.com", AccountName="x")["CreateAccountStatus"]
        assert failed["FailureReason"] == "ACCOUNT_LIMIT_EXCEEDED"
        organization.api.cancel_handshake(HandshakeId=held)
        own = second.client("organizations")
        assert own.accept_handshake(HandshakeId=invite(organization, second))["Handshake"]["State"] == "ACCEPTED"


def test_an_organization_that_only_shares_bills_cannot_be_made():
    with Server() as alone:
        create = alone.client("organizations").create_organization
        refused(lambda: create(FeatureSet="CONSOLIDATED_BILLING"), VIOLATED, 400)


def test_a_delegated_administrator_cannot_leave(asked):
    organization = asked.scene.organization
    member = organization.make_account()
    organization.api.enable_aws_service_access(ServicePrincipal=SERVICE)
    organization.api.register_delegated_administrator(AccountId=member.id, ServicePrincipal=SERVICE)
    refused(member.client("organizations").leave_organization, VIOLATED, 400)


ROOT_FEATURES = [
    "DisableOrganizationsRootCredentialsManagement",
    "DisableOrganizationsRootSessions",
    "EnableOrganizationsRootCredentialsManagement",
    "EnableOrganizationsRootSessions",
    "ListOrganizationsFeatures",
]


def test_root_access_is_managed_by_the_management_account_where_iam_may_act(asked):
    iam, organization = Refusals(asked.trial.account, "iam"), asked.scene.organization
    member = organization.make_account().client("iam", parameter_validation=False)
    others = "AccountNotManagementOrDelegatedAdministratorException"
    all_right(iam.asked(action, others, {}, member) for action in ROOT_FEATURES)
    all_right(iam.asked(action, "ServiceAccessNotEnabledException", {}) for action in ROOT_FEATURES)
    with Server() as alone:
        client = alone.client("iam", parameter_validation=False)
        all_right(iam.asked(action, "OrganizationNotFoundException", {}, client) for action in ROOT_FEATURES)
