"""Identity Store and SSO Admin: the errors that their models declare, action by action. What is not here is in
declared_errors.txt."""

from __future__ import annotations

import pytest

from conformance import shapes
from conformance.refusals import Refusals, Row, all_right
from conformance.scene import Scene
from harness import documents as doc
from harness.account import Account, fresh
from harness.server import Server

SERVICES = ("identitystore", "sso")
NOWHERE = "d-0000000000"
NO_INSTANCE = "arn:aws:sso:::instance/ssoins-0000000000000000"
MANAGED = "arn:aws:iam::aws:policy/ReadOnlyAccess"
CONFLICT, FULL, INVALID = "ConflictException", "ServiceQuotaExceededException", "ValidationException"
TAGS = [{"Key": f"key-{number}", "Value": "v"} for number in range(51)]
# Quotas that the scenes of one module do not reach by themselves.
QUOTAS = ("inline-policy-size-role=10", "permission-sets=1", "directory-users=1", "directory-groups=1", "groups-per-directory-user=0")


def attached(scene: Scene, kind: str, **policy) -> dict:
    """What is attached already."""
    scene.center.on_set(f"attach_{kind}_to_permission_set", **policy)
    return policy


def same_set(scene: Scene) -> dict:
    described = scene.center.on_set("describe_permission_set")
    return {"Name": described["PermissionSet"]["Name"]}


def assigned_set(scene: Scene) -> dict:
    _ = scene.center.assigned
    return {}


def there(scene: Scene) -> dict:
    scene.center.attributes()
    return {}


def joined(scene: Scene) -> dict:
    _ = scene.center.membership
    return {}


def customer(scene: Scene) -> dict:
    return {"Name": scene.policy.rsplit("/", 1)[1], "Path": "/"}


def named(scene: Scene, kind: str) -> dict:
    """An update of one to what another has."""
    other = getattr(Scene(scene.account).center, kind)
    path, member = ("userName", "UserName") if kind == "user" else ("displayName", "DisplayName")
    held = getattr(scene.center.people, f"describe_{kind}")(
        IdentityStoreId=scene.center.store, **{f"{kind.capitalize()}Id": other}
    )
    return {"Operations": [{"AttributePath": path, "AttributeValue": held[member]}]}


def full_set(scene: Scene) -> dict:
    for _ in range(20):
        reference = {"Name": fresh("policy"), "Path": "/"}
        attach = "attach_customer_managed_policy_reference_to_permission_set"
        scene.center.on_set(attach, CustomerManagedPolicyReference=reference)
    return {}


ROWS = {
    "identitystore": [
        Row("CreateUser", CONFLICT, lambda scene: {"UserName": (scene.center.user, scene.center.user_name)[1]}),
        Row("CreateGroup", CONFLICT, lambda scene: {"DisplayName": (scene.center.group, scene.center.group_name)[1]}),
        Row("CreateGroupMembership", CONFLICT, joined),
        Row("UpdateUser", CONFLICT, lambda scene: named(scene, "user")),
        Row("UpdateGroup", CONFLICT, lambda scene: named(scene, "group")),
        Row("DeleteUser", CONFLICT, lambda scene: {"Revision": "7"}),
        Row("DeleteGroup", CONFLICT, lambda scene: {"Revision": "7"}),
    ],
    "sso": [
        Row("AttachManagedPolicyToPermissionSet", CONFLICT, lambda scene: attached(scene, "managed_policy", ManagedPolicyArn=MANAGED)),
        Row(
            "AttachCustomerManagedPolicyReferenceToPermissionSet",
            CONFLICT,
            lambda scene: attached(
                scene, "customer_managed_policy_reference", CustomerManagedPolicyReference=customer(scene)
            ),
        ),
        Row("CreateInstance", CONFLICT),
        Row("CreateInstanceAccessControlAttributeConfiguration", CONFLICT, there),
        Row("CreatePermissionSet", CONFLICT, same_set),
        Row("DeletePermissionSet", CONFLICT, assigned_set),
        Row("AttachManagedPolicyToPermissionSet", FULL, full_set),
        Row("AttachCustomerManagedPolicyReferenceToPermissionSet", FULL, full_set),
        Row("TagResource", FULL, lambda scene: {"Tags": TAGS}),
    ],
}


@pytest.fixture(scope="module")
def asked(account) -> dict[str, Refusals]:
    return {service: Refusals(account, service) for service in SERVICES}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("service", SERVICES)
def test_without_the_permission_it_is_denied(account, asked, service):
    held = asked[service]
    nobody = account.make_user("nobody", doc.policy(doc.deny()))
    client = account.client(service, nobody.creds, parameter_validation=False)
    code = "AccessDeniedException"
    all_right(held.asked(action, code, {}, client) for action in held.declaring(code))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("service", SERVICES)
def test_input_beyond_its_limits_is_invalid(asked, service):
    """One limit for each action; the tests of conformance cross them all."""
    held, wrong = asked[service], []
    for action in held.declaring("ValidationException"):
        shape, example = held.trial.shape(action), held.trial.example(action, held.scene)
        if shape is not None and shape.members:
            case = next(shapes.beyond(shape, held.trial.least(action, held.scene), example))
            wrong.append(held.asked(action, "ValidationException", case.params))
    all_right(iter(wrong))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("service", SERVICES)
def test_what_an_action_is_about_must_be_there(asked, service):
    """Nobody has another store or instance; what is in it is in the services' own tests."""
    held, code = asked[service], "ResourceNotFoundException"
    absent = {"IdentityStoreId": NOWHERE, "InstanceArn": NO_INSTANCE}
    all_right(held.asked(action, code, changes) for action, changes in held.wrong_members(code, absent))


@pytest.mark.parametrize("service", SERVICES)
def test_what_an_action_refuses(asked, service):
    all_right(map(asked[service].row, ROWS[service]))


def test_quotas_of_an_instance():
    flags = [flag for quota in QUOTAS for flag in ("--quota", quota)]
    with Server(flags=tuple(flags)) as server:
        account = Account(server)
        for service, actions in (
            ("identitystore", ("CreateGroupMembership", "CreateUser", "CreateGroup")),
            ("sso", ("CreatePermissionSet", "PutInlinePolicyToPermissionSet")),
        ):
            held = Refusals(account, service)
            if service == "identitystore":
                _ = (held.scene.center.user, held.scene.center.group)
            else:
                _ = held.scene.center.set
            all_right(held.asked(action, FULL, {}) for action in actions)
