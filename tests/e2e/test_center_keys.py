"""Condition keys of a session that Identity Center gave, in policies of buckets and of the set."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from harness import documents as doc
from harness.account import fresh
from harness.clients import Creds
from harness.expect import BY_IDENTITY, BY_RESOURCE, allowed, denied
from harness.people import Center, Somebody
from harness.server import ACCOUNT
from harness.signed_in import SignedIn

DEPARTMENT = "aws:identitystore:enterprise"
ATTRIBUTES = {"team": "${path:enterprise.department}", "title": "${path:title}", "login": "${path:userName}"}


@pytest.fixture(scope="module")
def center(server) -> Center:
    center = Center(server)
    held = [{"Key": key, "Value": {"Source": [source]}} for key, source in ATTRIBUTES.items()]
    center.sso.create_instance_access_control_attribute_configuration(
        InstanceArn=center.instance, InstanceAccessControlAttributeConfiguration={"AccessControlAttributes": held}
    )
    return center


def describe(center: Center, who: Somebody, **attributes: str) -> None:
    paths = {"department": f"{DEPARTMENT}.department", "title": "title"}
    center.store_api.update_user(
        IdentityStoreId=center.store,
        UserId=who.id,
        Operations=[{"AttributePath": paths[name], "AttributeValue": value} for name, value in attributes.items()],
    )


@dataclass
class Jane:
    signed_in: SignedIn
    set: str
    arn: str
    creds: Creds
    role: str
    role_id: str
    values: dict[str, str]


@pytest.fixture(scope="module")
def jane(center, account) -> Jane:
    who, (name, arn) = center.make_person(), center.make_set()
    describe(center, who, department="R and D", title="lead")
    center.assign(who, arn)
    signed_in = SignedIn(center, who)
    creds = signed_in.creds(name)
    found = account.whoami(creds)
    role = found["Arn"].split("/")[1]
    role_id = account.iam.get_role(RoleName=role)["Role"]["RoleId"]
    store = f"arn:aws:identitystore::{ACCOUNT}:identitystore/{center.store}"
    values = {
        "identitystore:IdentityStoreArn": store,
        "identitystore:UserId": who.id,
        "aws:userid": f"{role_id}:{who.name}",
        "aws:PrincipalTag/team": "R and D",
        "aws:PrincipalTag/title": "lead",
        "aws:PrincipalTag/login": who.name,
    }
    return Jane(signed_in, name, arn, creds, role, role_id, values)


KEYS = [
    "identitystore:IdentityStoreArn",
    "identitystore:identitystorearn",
    "identitystore:UserId",
    "aws:userid",
    "aws:PrincipalTag/team",
    "aws:PrincipalTag/title",
    "aws:PrincipalTag/login",
]
OBJECTS = ("if-equal", "if-other", "not-if-equal", "not-if-other")


def value_of(jane: Jane, key: str) -> str:
    return next(value for name, value in jane.values.items() if name.lower() == key.lower())


def statements(bucket: str, key: str, value: str, principal=None) -> list[dict]:
    """Of each of OBJECTS, whether it may be read hangs on the key."""
    equal, other = {"StringEquals": {key: value}}, {"StringEquals": {key: f"{value}x"}}
    place = {name: doc.bucket_arn(bucket, name) for name in OBJECTS}
    get = "s3:GetObject"
    return [
        doc.allow(get, place["if-equal"], principal, **equal),
        doc.allow(get, place["if-other"], principal, **other),
        doc.allow(get, [place["not-if-equal"], place["not-if-other"]], principal),
        doc.deny(get, place["not-if-equal"], principal, **equal),
        doc.deny(get, place["not-if-other"], principal, **other),
    ]


def holds(account, creds: Creds, bucket: str, by: str) -> None:
    reads = {name: account.reads(creds, bucket, name) for name in OBJECTS}
    allowed(reads["if-equal"])
    denied(reads["if-other"], "because no identity-based policy allows")
    denied(reads["not-if-equal"], by)
    allowed(reads["not-if-other"])


@pytest.mark.parametrize("key", KEYS)
def test_in_the_policy_of_a_bucket(account, jane, key):
    bucket = account.make_bucket("keys", *OBJECTS)
    role = account.iam.get_role(RoleName=jane.role)["Role"]["Arn"]
    account.bucket_policy(bucket, *statements(bucket, key, value_of(jane, key), {"AWS": role}))
    holds(account, jane.creds, bucket, BY_RESOURCE)


@pytest.mark.parametrize("key", KEYS)
def test_in_the_policy_of_the_set(account, center, jane, key):
    bucket = account.make_bucket("keys", *OBJECTS)
    policy = doc.policy(*statements(bucket, key, value_of(jane, key)))
    center.sso.put_inline_policy_to_permission_set(
        InstanceArn=center.instance, PermissionSetArn=jane.arn, InlinePolicy=policy
    )
    center.sso.provision_permission_set(
        InstanceArn=center.instance, PermissionSetArn=jane.arn, TargetType="ALL_PROVISIONED_ACCOUNTS"
    )
    holds(account, jane.creds, bucket, BY_IDENTITY)


def test_the_user_id_of_the_session_is_the_roles_and_the_persons_name(account, jane):
    who = account.whoami(jane.creds)
    assert who["UserId"] == f"{jane.role_id}:{jane.signed_in.who.name}" and jane.role_id.startswith("AROA")
    assert who["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{jane.role}/{jane.signed_in.who.name}"


def test_who_did_not_come_of_identity_center_has_none_of_its_keys(account, jane):
    bucket = account.make_bucket("keys", "a.txt")
    keys = ("identitystore:IdentityStoreArn", "identitystore:UserId", "aws:PrincipalTag/team")
    for key in keys:
        user = account.make_user("plain", doc.policy(doc.allow("s3:GetObject"), doc.deny(Null={key: "false"})))
        allowed(account.reads(user.creds, bucket))
        needs = doc.policy(doc.allow("s3:GetObject", StringEquals={key: value_of(jane, key)}))
        denied(account.reads(account.make_user("plain", needs).creds, bucket))


def test_a_tag_is_as_the_person_was_when_the_session_was_given(account, center):
    who, (name, arn) = center.make_person(), center.make_set()
    center.assign(who, arn)
    signed_in = SignedIn(center, who)
    nowhere = signed_in.creds(name)
    describe(center, who, department="sales")
    sales = signed_in.creds(name)
    describe(center, who, department="support")
    support = signed_in.creds(name)
    bucket = account.make_bucket(fresh("tags"), "sales", "support", "none")
    role = account.iam.get_role(RoleName=account.whoami(sales)["Arn"].split("/")[1])["Role"]["Arn"]
    tag = "aws:PrincipalTag/team"
    given = [
        doc.allow("s3:GetObject", doc.bucket_arn(bucket, team), {"AWS": role}, StringEquals={tag: team})
        for team in ("sales", "support")
    ]
    none = doc.allow("s3:GetObject", doc.bucket_arn(bucket, "none"), {"AWS": role}, Null={tag: "true"})
    account.bucket_policy(bucket, *given, none)
    for creds, reads in ((nowhere, "none"), (sales, "sales"), (support, "support")):
        for key in ("sales", "support", "none"):
            (allowed if key == reads else denied)(account.reads(creds, bucket, key))
