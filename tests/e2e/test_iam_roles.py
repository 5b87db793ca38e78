"""IAM: roles, trust policies, inline policies and permissions boundaries."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote

import pytest

from harness import documents as doc
from harness.account import ROOT_ARN, fresh
from harness.expect import BY_BOUNDARY, NO_BOUNDARY, NO_IDENTITY, allowed, denied, refused
from harness.raw import Raw
from harness.server import ACCOUNT

EVERYTHING = doc.policy(doc.allow("*"))
LIST_USERS = doc.policy(doc.allow("iam:ListUsers"))


@pytest.fixture
def iam(account):
    return account.iam


def test_a_role_is_made_shown_changed_and_deleted(iam):
    name = fresh("role")
    made = iam.create_role(
        RoleName=name, Path="/r/", AssumeRolePolicyDocument=doc.trust(ROOT_ARN),
        Description="first", MaxSessionDuration=7200, Tags=[{"Key": "a", "Value": "b"}],
    )["Role"]  # fmt: skip
    assert re.match("^AROA[A-Z2-7]{17}$", made["RoleId"])
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/r/{name}"
    shown = iam.get_role(RoleName=name)["Role"]
    assert (shown["Description"], shown["MaxSessionDuration"], shown["Tags"]) == ("first", 7200, [{"Key": "a", "Value": "b"}])
    assert shown["RoleLastUsed"] == {}
    iam.update_role(RoleName=name, Description="second", MaxSessionDuration=3600)
    iam.update_role(RoleName=name)
    changed = iam.get_role(RoleName=name)["Role"]
    assert (changed["Description"], changed["MaxSessionDuration"]) == ("second", 3600)
    listed = next(r for r in iam.list_roles(PathPrefix="/r/")["Roles"] if r["RoleName"] == name)
    assert listed["AssumeRolePolicyDocument"] == json.loads(doc.trust(ROOT_ARN))
    assert "Tags" not in listed and "RoleLastUsed" not in listed
    iam.delete_role(RoleName=name)
    refused(lambda: iam.get_role(RoleName=name), "NoSuchEntity", 404, f"The role with name {name} cannot be found.")


def test_role_names_are_unique_whatever_their_path_and_case(iam):
    name = fresh("Role")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=doc.trust(ROOT_ARN))
    call = lambda named: lambda: iam.create_role(  # noqa: E731
        RoleName=named, Path="/other/", AssumeRolePolicyDocument=doc.trust(ROOT_ARN)
    )
    refused(call(name), "EntityAlreadyExists", 409, f"Role with name {name} already exists.")
    refused(call(name.upper()), "EntityAlreadyExists", 409)


def test_a_role_that_still_holds_policies_is_not_deleted(account, iam):
    role = account.make_role("holder", EVERYTHING)
    arn = account.make_managed(EVERYTHING)
    iam.attach_role_policy(RoleName=role.name, PolicyArn=arn)
    delete = lambda: iam.delete_role(RoleName=role.name)  # noqa: E731
    refused(delete, "DeleteConflict", 409, "Cannot delete entity, must ")
    iam.detach_role_policy(RoleName=role.name, PolicyArn=arn)
    refused(delete, "DeleteConflict", 409, "Cannot delete entity, must delete policies first.")
    iam.delete_role_policy(RoleName=role.name, PolicyName="main")
    allowed(delete)


def test_last_use_of_a_role(account, iam):
    role = account.make_role("used", LIST_USERS)
    account.sees_users(account.assume(role))()
    assert iam.get_role(RoleName=role.name)["Role"]["RoleLastUsed"]["Region"] == "us-east-1"


def test_documents_come_back_byte_for_byte(account, server, iam):
    role = account.make_role("verbatim")
    text = '{ "Version":"2012-10-17",\n\t"Statement" : [ {"Effect":"Allow", "Action":"s3:*" ,"Resource":"*"} ] }\n'
    account.role_policy(role.name, text, "odd")
    raw = Raw(server)
    answer = raw.send(raw.query_call("iam", "GetRolePolicy", account.root, RoleName=role.name, PolicyName="odd"))
    encoded = re.search(r"<PolicyDocument>([^<]*)</PolicyDocument>", answer.text).group(1)
    assert unquote(encoded) == text
    assert " " not in encoded and "{" not in encoded and "+" not in encoded


# -- inline policies ---------------------------------------------------------------------------


def test_inline_policies_are_put_replaced_listed_and_deleted(account, iam):
    role = account.make_role("inline")
    account.role_policy(role.name, LIST_USERS, "b")
    account.role_policy(role.name, LIST_USERS, "a")
    account.role_policy(role.name, EVERYTHING, "b")
    assert sorted(iam.list_role_policies(RoleName=role.name)["PolicyNames"]) == ["a", "b"]
    shown = iam.get_role_policy(RoleName=role.name, PolicyName="b")
    assert (shown["RoleName"], shown["PolicyDocument"]) == (role.name, json.loads(EVERYTHING))
    iam.delete_role_policy(RoleName=role.name, PolicyName="a")
    message = "The role policy with name a cannot be found."
    refused(lambda: iam.get_role_policy(RoleName=role.name, PolicyName="a"), "NoSuchEntity", 404, message)
    refused(lambda: iam.delete_role_policy(RoleName=role.name, PolicyName="a"), "NoSuchEntity", 404, message)


def sized(characters: int) -> str:
    """A policy of exactly that many characters, white space not counted."""
    frame = len(json.dumps(json.loads(doc.policy(doc.allow("s3:*", ["arn:aws:s3:::"]))), separators=(",", ":")))
    return doc.policy(doc.allow("s3:*", ["arn:aws:s3:::" + "x" * (characters - frame)]))


@pytest.mark.parametrize("kind, most", [("user", 2048), ("group", 5120), ("role", 10240)])
def test_inline_policies_have_a_size_together_without_white_space(account, iam, kind, most):
    name = fresh("sized")
    key = {kind.title() + "Name": name}
    if kind == "role":
        iam.create_role(**key, AssumeRolePolicyDocument=doc.trust(ROOT_ARN))
    else:
        getattr(iam, f"create_{kind}")(**key)
    put = getattr(iam, f"put_{kind}_policy")
    put(**key, PolicyName="one", PolicyDocument=sized(most - 500))
    refused(lambda: put(**key, PolicyName="two", PolicyDocument=sized(501)), "LimitExceeded", 409)
    put(**key, PolicyName="two", PolicyDocument=sized(500) + " " * 300)
    put(**key, PolicyName="one", PolicyDocument=sized(200))
    put(**key, PolicyName="two", PolicyDocument=sized(most - 200))


# -- trust policies -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document, words",
    [
        (json.loads(doc.trust(ROOT_ARN)) | {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}, ""),
        ({"Version": doc.VERSION, "Statement": [doc.allow("sts:AssumeRole", "*", {"AWS": ROOT_ARN})]}, "Has prohibited field Resource"),
        (json.loads(doc.trust(ROOT_ARN, actions="s3:GetObject")), "AssumeRole policy may only specify STS AssumeRole actions."),
        (json.loads(doc.trust(f"arn:aws:iam::{ACCOUNT}:user/absent")), "Invalid principal in policy"),
        (json.loads(doc.trust(f"arn:aws:iam::{ACCOUNT}:role/absent")), "Invalid principal in policy"),
        (json.loads(doc.trust(f"arn:aws:iam::{ACCOUNT}:user/*")), "Invalid principal in policy"),
        (json.loads(doc.trust("not-an-arn")), "Invalid principal in policy"),
    ],
    ids=["no principal", "resource", "other action", "absent user", "absent role", "wildcard", "no ARN"],
)
def test_a_trust_policy_that_trusts_nobody_real_is_malformed(iam, document, words):
    call = lambda: iam.create_role(RoleName=fresh("bad"), AssumeRolePolicyDocument=json.dumps(document))  # noqa: E731
    refused(call, "MalformedPolicyDocument", 400, words)


def test_a_trust_policy_shows_the_arn_as_long_as_the_user_lives(account, iam):
    user = account.make_user("trusted")
    role = account.make_role("trusting", trust=doc.trust(user.arn))
    iam.update_user(UserName=user.name, NewUserName=user.name + "-renamed")
    shown = iam.get_role(RoleName=role.name)["Role"]["AssumeRolePolicyDocument"]
    assert shown["Statement"][0]["Principal"]["AWS"] in (user.arn + "-renamed", [user.arn + "-renamed"])
    account.assume(role, by=user.creds)


def test_the_trust_policy_is_replaced(account, iam):
    role = account.make_role("moving", trust=doc.trust(account.operator.arn))
    account.assume(role)
    someone = account.make_user("someone")
    iam.update_assume_role_policy(RoleName=role.name, PolicyDocument=doc.trust(someone.arn))
    denied(lambda: account.assume(role))
    account.assume(role, by=someone.creds)


def test_conditions_in_a_trust_policy_see_the_session_name(account):
    named = {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}
    role = account.make_role("personal", trust=doc.trust(ROOT_ARN, **named))
    by = account.operator
    account.assume(role, name=by.name)
    denied(lambda: account.assume(role, name="somebody-else"))


# -- permissions boundaries ----------------------------------------------------------------------------


def test_a_boundary_limits_and_never_grants(account, iam):
    limit = account.make_managed(doc.policy(doc.allow("iam:ListUsers"), doc.deny("iam:ListGroups")))
    user = account.make_user("bounded", EVERYTHING, PermissionsBoundary=limit)
    client = account.client("iam", user.creds)
    allowed(account.sees_users(user.creds))
    denied(client.list_roles, NO_BOUNDARY)
    denied(client.list_groups, BY_BOUNDARY)
    iam.delete_user_policy(UserName=user.name, PolicyName="main")
    denied(account.sees_users(user.creds), NO_IDENTITY)


def test_a_boundary_of_a_role_limits_its_sessions_and_is_lifted_live(account, iam):
    role = account.make_role("bounded", EVERYTHING)
    session = account.assume(role)
    client = account.client("iam", session)
    iam.put_role_permissions_boundary(RoleName=role.name, PermissionsBoundary=account.make_managed(LIST_USERS))
    allowed(account.sees_users(session))
    denied(client.list_roles, NO_BOUNDARY)
    iam.delete_role_permissions_boundary(RoleName=role.name)
    allowed(client.list_roles)


def test_a_boundary_is_shown_and_does_not_block_deletion(account, iam):
    limit = account.make_managed(LIST_USERS)
    name = fresh("shown")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=doc.trust(ROOT_ARN), PermissionsBoundary=limit)
    shown = iam.get_role(RoleName=name)["Role"]["PermissionsBoundary"]
    assert shown["PermissionsBoundaryArn"] == limit
    assert shown["PermissionsBoundaryType"] in ("Policy", "PermissionsBoundaryPolicy")
    assert iam.get_policy(PolicyArn=limit)["Policy"]["PermissionsBoundaryUsageCount"] == 1
    refused(lambda: iam.delete_policy(PolicyArn=limit), "DeleteConflict", 409, "Cannot delete a policy attached to entities.")
    iam.delete_role(RoleName=name)
    iam.delete_policy(PolicyArn=limit)


def test_a_boundary_must_be_a_managed_policy(account, iam):
    user = account.make_user("bounded")
    call = lambda arn: lambda: iam.put_user_permissions_boundary(UserName=user.name, PermissionsBoundary=arn)  # noqa: E731
    refused(call(f"arn:aws:iam::{ACCOUNT}:policy/absent"), "NoSuchEntity", 404)
    with pytest.raises(iam.exceptions.ClientError) as caught:
        call(user.arn)()
    assert caught.value.response["Error"]["Code"] in ("ValidationError", "InvalidInput")
    refused(lambda: iam.delete_user_permissions_boundary(UserName=user.name), "NoSuchEntity", 404)


def test_only_with_a_boundary_may_users_be_made(account):
    limit = account.make_managed(LIST_USERS)
    document = doc.policy(doc.allow("iam:CreateUser", StringEquals={"iam:PermissionsBoundary": limit}))
    iam = account.client("iam", account.make_user("delegate", document).creds)
    allowed(lambda: iam.create_user(UserName=fresh("made"), PermissionsBoundary=limit))
    denied(lambda: iam.create_user(UserName=fresh("made")))
