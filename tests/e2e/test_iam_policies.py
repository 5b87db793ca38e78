"""IAM: managed policies and their versions, and what makes a document malformed."""

from __future__ import annotations

import json
import re

import pytest

from harness import documents as doc
from harness.account import ROOT_ARN, fresh
from harness.expect import allowed, denied, refused
from harness.server import ACCOUNT

READ = doc.policy(doc.allow("iam:ListUsers"))
NOTHING = doc.policy(doc.deny())


@pytest.fixture
def iam(account):
    return account.iam


def test_a_policy_is_made_shown_and_deleted(iam):
    name = fresh("policy")
    made = iam.create_policy(
        PolicyName=name, PolicyDocument=READ, Path="/p/", Description="d", Tags=[{"Key": "a", "Value": "b"}]
    )["Policy"]
    arn = made["Arn"]
    assert arn == f"arn:aws:iam::{ACCOUNT}:policy/p/{name}" and re.match("^ANPA[A-Z2-7]{17}$", made["PolicyId"])
    assert (made["DefaultVersionId"], made["AttachmentCount"], made["IsAttachable"]) == ("v1", 0, True)
    shown = iam.get_policy(PolicyArn=arn)["Policy"]
    assert (shown["Description"], shown["Tags"]) == ("d", [{"Key": "a", "Value": "b"}])
    version = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    assert version["Document"] == json.loads(READ) and version["IsDefaultVersion"]
    again = lambda: iam.create_policy(PolicyName=name.upper(), PolicyDocument=READ)  # noqa: E731
    refused(again, "EntityAlreadyExists", 409, f"A policy called {name.upper()} already exists. Duplicate names are not allowed.")
    iam.delete_policy(PolicyArn=arn)
    refused(lambda: iam.get_policy(PolicyArn=arn), "NoSuchEntity", 404)


def test_versions_are_numbered_once_and_five_are_kept(account, iam):
    arn = account.make_managed(READ)
    more = lambda **extra: iam.create_policy_version(PolicyArn=arn, PolicyDocument=READ, **extra)["PolicyVersion"]  # noqa: E731
    assert [more()["VersionId"] for _ in range(4)] == ["v2", "v3", "v4", "v5"]
    words = "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version."
    refused(more, "LimitExceeded", 409, words)
    iam.delete_policy_version(PolicyArn=arn, VersionId="v5")
    assert more(SetAsDefault=True)["VersionId"] == "v6"
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v6"
    delete = lambda: iam.delete_policy_version(PolicyArn=arn, VersionId="v6")  # noqa: E731
    refused(delete, "DeleteConflict", 409, "Cannot delete the default version of a policy.")
    listed = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert {version["VersionId"] for version in listed} == {"v1", "v2", "v3", "v4", "v6"}
    assert all("Document" not in version for version in listed)
    refused(lambda: iam.delete_policy(PolicyArn=arn), "DeleteConflict", 409, "This policy has more than one version.")
    refused(lambda: iam.get_policy_version(PolicyArn=arn, VersionId="v5"), "NoSuchEntity", 404)


def test_attaching_twice_is_fine_and_detaching_twice_is_not(account, iam):
    arn, role = account.make_managed(READ), account.make_role("attached")
    for _ in range(2):
        iam.attach_role_policy(RoleName=role.name, PolicyArn=arn)
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    refused(lambda: iam.delete_policy(PolicyArn=arn), "DeleteConflict", 409, "Cannot delete a policy attached to entities.")
    iam.detach_role_policy(RoleName=role.name, PolicyArn=arn)
    refused(lambda: iam.detach_role_policy(RoleName=role.name, PolicyArn=arn), "NoSuchEntity", 404)
    absent = f"arn:aws:iam::{ACCOUNT}:policy/absent"
    words = "does not exist or is not attachable"
    refused(lambda: iam.attach_role_policy(RoleName=role.name, PolicyArn=absent), "NoSuchEntity", 404, words)


def test_ten_policies_are_attached_at_most(account, iam):
    role = account.make_role("laden")
    for _ in range(10):
        iam.attach_role_policy(RoleName=role.name, PolicyArn=account.make_managed(READ))
    one_more = account.make_managed(READ)
    call = lambda: iam.attach_role_policy(RoleName=role.name, PolicyArn=one_more)  # noqa: E731
    refused(call, "LimitExceeded", 409, "Cannot exceed quota for PoliciesPerRole: 10")


def test_who_carries_a_policy_is_listed(account, iam):
    arn, role, user, group = account.make_managed(READ), account.make_role("r"), account.make_user("u"), fresh("g")
    iam.create_group(GroupName=group)
    iam.attach_role_policy(RoleName=role.name, PolicyArn=arn)
    iam.attach_user_policy(UserName=user.name, PolicyArn=arn)
    iam.attach_group_policy(GroupName=group, PolicyArn=arn)
    found = iam.list_entities_for_policy(PolicyArn=arn)
    assert [item["RoleName"] for item in found["PolicyRoles"]] == [role.name]
    assert [item["UserName"] for item in found["PolicyUsers"]] == [user.name]
    assert [item["GroupName"] for item in found["PolicyGroups"]] == [group]
    only = iam.list_entities_for_policy(PolicyArn=arn, EntityFilter="Role")
    assert not only["PolicyUsers"] and not only["PolicyGroups"]


def test_policies_are_listed_by_scope_and_attachment(account, iam):
    attached, loose = account.make_managed(READ), account.make_managed(READ)
    iam.attach_role_policy(RoleName=account.make_role("r").name, PolicyArn=attached)
    everything = {p["Arn"] for p in iam.get_paginator("list_policies").paginate(Scope="Local").build_full_result()["Policies"]}
    assert {attached, loose} <= everything
    used = {p["Arn"] for p in iam.get_paginator("list_policies").paginate(Scope="Local", OnlyAttached=True).build_full_result()["Policies"]}
    assert attached in used and loose not in used


def test_a_policy_attached_is_evaluated_in_its_default_version(account, iam):
    arn, user = account.make_managed(READ), account.make_user("reader")
    iam.attach_user_policy(UserName=user.name, PolicyArn=arn)
    allowed(account.sees_users(user.creds))
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=NOTHING, SetAsDefault=True)
    denied(account.sees_users(user.creds))
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    allowed(account.sees_users(user.creds))


def test_a_policy_holds_6144_characters_without_white_space(iam):
    frame = len(doc.policy(doc.allow("s3:*", ["arn:aws:s3:::"])).replace(" ", ""))
    sized = lambda n: doc.policy(doc.allow("s3:*", ["arn:aws:s3:::" + "x" * (n - frame)]))  # noqa: E731
    iam.create_policy(PolicyName=fresh("full"), PolicyDocument=sized(6144) + " " * 500)
    refused(lambda: iam.create_policy(PolicyName=fresh("over"), PolicyDocument=sized(6145)), "LimitExceeded", 409)


def test_tags_of_a_policy(account, iam):
    arn = account.make_managed(READ)
    iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "a", "Value": "b"}])
    assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
    iam.untag_policy(PolicyArn=arn, TagKeys=["a"])
    assert not iam.list_policy_tags(PolicyArn=arn)["Tags"]


# -- malformed documents ---------------------------------------------------------------------------

ONE = '"Effect":"Allow","Action":"s3:*","Resource":"*"'


def wrapped(statement: str, version: str = doc.VERSION) -> str:
    return '{"Version":"%s","Statement":[{%s}]}' % (version, statement)


MALFORMED = {
    "not JSON": ("{", "Syntax errors in policy."),
    "an array": ("[]", "Syntax errors in policy."),
    "trailing comma": (wrapped(ONE + ","), "Syntax errors in policy."),
    "comment": ("/* x */" + wrapped(ONE), "Syntax errors in policy."),
    "no statement": ('{"Version":"2012-10-17"}', ""),
    "empty": ("{}", ""),
    "unknown version": (wrapped(ONE, "2012-10-18"), "Policy document must be version 2012-10-17 or greater."),
    "no action": (wrapped('"Effect":"Allow","Resource":"*"'), "Policy statement must contain actions."),
    "no resource": (wrapped('"Effect":"Allow","Action":"s3:*"'), "Policy statement must contain resources."),
    "no effect": (wrapped('"Action":"s3:*","Resource":"*"'), "Effect"),
    "effect in lower case": (wrapped(ONE.replace("Allow", "allow")), "Effect must be Allow or Deny"),
    "action without service": (wrapped(ONE.replace("s3:*", "GetObject")), "Actions/Conditions must be prefaced by a vendor"),
    "principal": (wrapped(ONE + ',"Principal":"*"'), "Has prohibited field Principal."),
    "action and not action": (wrapped(ONE + ',"NotAction":"s3:*"'), "NotAction"),
    "resource and not resource": (wrapped(ONE + ',"NotResource":"*"'), "NotResource"),
    "unknown element": (wrapped(ONE + ',"Condtion":{}'), "Condtion"),
    "unknown operator": (wrapped(ONE + ',"Condition":{"StringEqualz":{"aws:userid":"x"}}'), "StringEqualz"),
    "element in lower case": (wrapped(ONE + ',"condition":{}'), "condition"),
    "effect twice": (wrapped(ONE + ',"Effect":"Deny"'), "Effect"),
    "statement twice": ('{"Version":"2012-10-17","Statement":[{%s}],"Statement":[]}' % ONE, "Statement"),
    "condition key twice": (
        wrapped(ONE + ',"Condition":{"StringEquals":{"aws:userid":"a","aws:userid":"b"}}'), "aws:userid",
    ),
    "condition key twice by case": (
        wrapped(ONE + ',"Condition":{"StringEquals":{"aws:userid":"a","AWS:UserId":"b"}}'), "UserId",
    ),
    "bad date": (wrapped(ONE + ',"Condition":{"DateLessThan":{"aws:CurrentTime":"2026-02-30"}}'), "2026-02-30"),
    "bad number": (wrapped(ONE + ',"Condition":{"NumericLessThan":{"s3:max-keys":"0x10"}}'), "0x10"),
    "bad address": (wrapped(ONE + ',"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/33"}}'), "10.0.0.0/33"),
    "number as action": (wrapped('"Effect":"Allow","Action":7,"Resource":"*"'), ""),
    "bad resource": (wrapped(ONE.replace('"*"', '"no-arn"')), "no-arn"),
    "same Sid twice": (
        '{"Version":"2012-10-17","Statement":[{"Sid":"A",%s},{"Sid":"A",%s}]}' % (ONE, ONE),
        "Statement IDs (SID) in a single policy must be unique.",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def role(account):
    return account.make_role("malformed")


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_document_is_refused_and_nothing_is_stored(account, iam, role, name):
    text, words = MALFORMED[name]
    refused(lambda: account.role_policy(role.name, text, "bad"), "MalformedPolicyDocument", 400, words)
    refused(lambda: iam.create_policy(PolicyName="malformed", PolicyDocument=text), "MalformedPolicyDocument", 400, words)
    assert not iam.list_role_policies(RoleName=role.name)["PolicyNames"]
    refused(lambda: iam.get_policy(PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/malformed"), "NoSuchEntity", 404)


def test_a_malformed_element_is_named_with_its_position(account, iam):
    text = '{\n "Version": "2012-10-17",\n "Statement": [\n  {\n   "Effect": "Allow",\n   "Actoin": "s3:*"}]}'
    message = refused(lambda: iam.create_policy(PolicyName=fresh("x"), PolicyDocument=text), "MalformedPolicyDocument", 400, "Actoin")
    assert re.search(r"line 6|6:", message), message


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::open/*"},
        {"Sid": "Named1", "Effect": "Allow", "Action": ["s3:Get*", "s3:List?ucket"], "Resource": ["arn:aws:s3:::a", "arn:aws:s3:::a/*"]},
        {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": True}}},
        {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"NumericLessThan": {"s3:max-keys": 10}}},
        {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a*"]}}},
        {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Null": {"aws:TokenIssueTime": "true"}}},
    ],
)  # fmt: skip
def test_control_legal_documents_are_taken_as_object_or_list(account, iam, statement):
    for shape in (statement, [statement]):
        text = json.dumps({"Version": doc.VERSION, "Id": "x", "Statement": shape})
        allowed(lambda text=text: iam.create_policy(PolicyName=fresh("legal"), PolicyDocument=text))


def test_a_document_of_the_older_version_takes_variables_as_text(account):
    older = json.dumps({"Version": "2008-10-17", "Statement": [doc.allow("iam:GetUser", "arn:aws:iam::*:user/${aws:username}")]})
    user = account.make_user("older", older)
    get = lambda: account.client("iam", user.creds).get_user(UserName=user.name)  # noqa: E731
    denied(get)
    account.user_policy(user.name, older.replace("2008-10-17", doc.VERSION))
    allowed(get)


def test_permissions_are_asked_of_the_target_not_the_caller(account):
    mine = account.make_user("mine", Path="/mine/")
    other = account.make_user("other", Path="/other/")
    only = doc.policy(doc.allow("iam:*", f"arn:aws:iam::{ACCOUNT}:user/mine/*"))
    iam = account.client("iam", account.make_user("keeper", only).creds)
    allowed(lambda: iam.get_user(UserName=mine.name))
    message = denied(lambda: iam.get_user(UserName=other.name))
    assert f"is not authorized to perform: iam:GetUser on resource: {other.arn}" in message or other.name in message
    denied(lambda: iam.create_role(RoleName=fresh("x"), AssumeRolePolicyDocument=doc.trust(ROOT_ARN)))
