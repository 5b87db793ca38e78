"""AWS's managed policies: there in every account, attached like any other, and nobody's to change."""

from __future__ import annotations

import pytest

from harness import documents as doc
from harness.account import fresh
from harness.clients import Creds
from harness.expect import BY_IDENTITY, NO_BOUNDARY, NO_IDENTITY, NO_SESSION, allowed, denied, refused

AWS = "arn:aws:iam::aws:policy/"
ADMIN, READ_ONLY, POWER = AWS + "AdministratorAccess", AWS + "ReadOnlyAccess", AWS + "PowerUserAccess"
S3, S3_READ, IAM, DENY = AWS + "AmazonS3FullAccess", AWS + "AmazonS3ReadOnlyAccess", AWS + "IAMFullAccess", AWS + "AWSDenyAll"
SERVICE_LINKED = AWS + "aws-service-role/CloudTrailServiceRolePolicy"


@pytest.fixture
def iam(account):
    return account.iam


def holder(account, *arns: str) -> Creds:
    user = account.make_user("managed")
    for arn in arns:
        account.iam.attach_user_policy(UserName=user.name, PolicyArn=arn)
    return user.creds


def names(pages, member: str = "Policies") -> list[str]:
    return [policy["PolicyName"] for page in pages for policy in page[member]]


def calls(account, creds: Creds, bucket: str) -> dict:
    """Calls of several kinds, by a short name."""
    iam, s3 = account.client("iam", creds), account.client("s3", creds)
    target = account.make_user("target").name
    return {
        "read": lambda: s3.get_object(Bucket=bucket, Key="a.txt"),
        "write": lambda: s3.put_object(Bucket=bucket, Key="new.txt", Body=b"x"),
        "see": lambda: iam.get_user(UserName=target),
        "tag": lambda: iam.tag_user(UserName=target, Tags=[{"Key": "k", "Value": "v"}]),
        "roles": lambda: iam.list_roles(),
    }


# Policy: the calls that it allows, of those above; all others it does not.
GRANTS = {
    "AdministratorAccess": "read write see tag roles",
    "PowerUserAccess": "read write roles",
    "ReadOnlyAccess": "read see roles",
    "job-function/ViewOnlyAccess": "roles",
    "SecurityAudit": "see roles",
    "AmazonS3FullAccess": "read write",
    "AmazonS3ReadOnlyAccess": "read",
    "IAMFullAccess": "see tag roles",
    "IAMReadOnlyAccess": "see roles",
    "IAMUserChangePassword": "",
    "AWSCloudTrail_ReadOnlyAccess": "",
    "AmazonEC2FullAccess": "",
}


@pytest.mark.parametrize("name", GRANTS)
def test_a_policy_allows_what_its_name_says_and_no_more(account, name):
    bucket = account.make_bucket()
    granted = GRANTS[name].split()
    for word, call in calls(account, holder(account, AWS + name), bucket).items():
        if word in granted:
            allowed(call)
        else:
            denied(call, NO_IDENTITY)


def test_a_quarantine_denies_what_an_administrator_may(account, iam):
    user = account.make_user("leaked")
    iam.attach_user_policy(UserName=user.name, PolicyArn=ADMIN)
    make = lambda: account.client("iam", user.creds).create_access_key(UserName=user.name)  # noqa: E731
    for quarantine in ("AWSCompromisedKeyQuarantineV2", "AWSCompromisedKeyQuarantineV3"):
        iam.attach_user_policy(UserName=user.name, PolicyArn=AWS + quarantine)
        denied(make, BY_IDENTITY)
        allowed(account.sees_users(user.creds))
        iam.detach_user_policy(UserName=user.name, PolicyArn=AWS + quarantine)
    allowed(make)
    iam.attach_user_policy(UserName=user.name, PolicyArn=DENY)
    denied(account.sees_users(user.creds), BY_IDENTITY)


def test_groups_and_roles_hold_them_too(account, iam):
    bucket, group, user = account.make_bucket(), fresh("group"), account.make_user()
    iam.create_group(GroupName=group)
    iam.add_user_to_group(GroupName=group, UserName=user.name)
    denied(account.reads(user.creds, bucket))
    iam.attach_group_policy(GroupName=group, PolicyArn=S3_READ)
    allowed(account.reads(user.creds, bucket))
    assert names([iam.list_attached_group_policies(GroupName=group)], "AttachedPolicies") == ["AmazonS3ReadOnlyAccess"]
    role = account.make_role()
    iam.attach_role_policy(RoleName=role.name, PolicyArn=S3_READ)
    session = account.assume(role)
    allowed(account.reads(session, bucket))
    iam.detach_role_policy(RoleName=role.name, PolicyArn=S3_READ)
    denied(account.reads(session, bucket), NO_IDENTITY)


def test_as_a_boundary(account, iam):
    bucket, user = account.make_bucket(), account.make_user("bound", PermissionsBoundary=S3_READ)
    iam.attach_user_policy(UserName=user.name, PolicyArn=ADMIN)
    allowed(account.reads(user.creds, bucket))
    denied(account.sees_users(user.creds), NO_BOUNDARY)
    shown = iam.get_user(UserName=user.name)["User"]["PermissionsBoundary"]
    assert shown == {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": S3_READ}
    counts = iam.get_policy(PolicyArn=S3_READ)["Policy"]
    assert counts["PermissionsBoundaryUsageCount"] >= 1
    iam.put_user_permissions_boundary(UserName=user.name, PermissionsBoundary=ADMIN)
    allowed(account.sees_users(user.creds))
    put = lambda arn: lambda: iam.put_user_permissions_boundary(UserName=user.name, PermissionsBoundary=arn)  # noqa: E731
    refused(put(SERVICE_LINKED), "PolicyNotAttachable", 400)
    refused(put(AWS + "NoSuchPolicy"), "NoSuchEntity", 404)


def test_as_a_session_policy(account):
    bucket = account.make_bucket()
    role = account.make_role(policy=doc.policy(doc.allow("*")))
    session = account.assume(role, PolicyArns=[{"arn": S3_READ}])
    allowed(account.reads(session, bucket))
    denied(account.sees_users(session), NO_SESSION)
    write = account.client("s3", session)
    denied(lambda: write.put_object(Bucket=bucket, Key="x", Body=b"x"), NO_SESSION)
    absent = lambda: account.assume(role, PolicyArns=[{"arn": AWS + "NoSuchPolicy"}])  # noqa: E731
    refused(absent, "ValidationError", 400, "does not exist")


def test_a_customer_may_take_the_name(account, iam):
    own = iam.create_policy(PolicyName="AWSSupportAccess", PolicyDocument=doc.policy(doc.deny()))["Policy"]
    aws = iam.get_policy(PolicyArn=AWS + "AWSSupportAccess")["Policy"]
    assert own["PolicyId"] != aws["PolicyId"] and own["Arn"] != aws["Arn"]
    assert names([iam.list_policies()]).count("AWSSupportAccess") == 2
    iam.delete_policy(PolicyArn=own["Arn"])


def test_lists_by_scope_path_and_use(account, iam):
    own = account.make_managed(doc.policy(doc.allow("iam:ListUsers")))
    pages = iam.get_paginator("list_policies")
    by_seven = lambda **more: list(pages.paginate(PaginationConfig={"PageSize": 7}, **more))  # noqa: E731
    aws = names(by_seven(Scope="AWS"))
    assert len(aws) >= 50 and len(set(aws)) == len(aws) and aws == sorted(aws, key=str.lower)
    local = names(by_seven(Scope="Local"))
    assert own.rpartition("/")[2] in local and not set(local) & set(aws)
    assert names(by_seven()) == names(by_seven(Scope="All")) == local + aws
    assert names([iam.list_policies(MaxItems=1000)]) == local + aws
    jobs = names(by_seven(PathPrefix="/job-function/"))
    assert len(jobs) >= 7 and {"Billing", "SupportUser"} <= set(jobs)
    for policy in (policy for page in by_seven(Scope="AWS") for policy in page["Policies"]):
        whole = iam.get_policy(PolicyArn=policy["Arn"])["Policy"]
        assert policy["Arn"] == f"arn:aws:iam::aws:policy{policy['Path']}{policy['PolicyName']}"
        assert policy["IsAttachable"] and whole["Description"] and whole["PolicyId"] == policy["PolicyId"]
        version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
        assert version["PolicyVersion"]["Document"]["Statement"]


def test_what_is_used_is_counted_and_told(account, iam):
    arn, user, role = AWS + "AmazonSQSFullAccess", account.make_user(), account.make_role()
    is_listed = lambda **more: "AmazonSQSFullAccess" in names([iam.list_policies(OnlyAttached=True, **more)])  # noqa: E731
    counts = lambda: [  # noqa: E731
        iam.get_policy(PolicyArn=arn)["Policy"][member] for member in ("AttachmentCount", "PermissionsBoundaryUsageCount")
    ]
    details = lambda: names(  # noqa: E731
        iam.get_paginator("get_account_authorization_details").paginate(
            Filter=["AWSManagedPolicy"], PaginationConfig={"PageSize": 1}
        )
    )
    assert counts() == [0, 0] and not is_listed() and "AmazonSQSFullAccess" not in details()
    iam.attach_user_policy(UserName=user.name, PolicyArn=arn)
    iam.attach_role_policy(RoleName=role.name, PolicyArn=arn)
    iam.put_role_permissions_boundary(RoleName=role.name, PermissionsBoundary=arn)
    assert counts() == [2, 1] and is_listed() and is_listed(Scope="AWS") and not is_listed(Scope="Local")
    assert is_listed(PolicyUsageFilter="PermissionsBoundary") and "AmazonSQSFullAccess" in details()
    assert not set(details()) - set(names([iam.list_policies(Scope="AWS", OnlyAttached=True)]))
    holders = iam.list_entities_for_policy(PolicyArn=arn)
    assert [user.name] == [held["UserName"] for held in holders["PolicyUsers"]]
    assert [role.name] == [held["RoleName"] for held in holders["PolicyRoles"]]
    refused(lambda: iam.delete_role(RoleName=role.name), "DeleteConflict", 409, "detach all policies")
    refused(lambda: iam.delete_user(UserName=user.name), "DeleteConflict", 409)
    account.delete_user(user.name)
    account.delete_role(role.name)
    assert counts() == [0, 0] and not is_listed()


def test_nobody_changes_them(account, iam):
    admin = account.client("iam", holder(account, ADMIN))
    document = doc.policy(doc.allow("*"))
    before = iam.list_policy_versions(PolicyArn=READ_ONLY)["Versions"]
    for client in (iam, admin):
        for change in (
            lambda: client.create_policy_version(PolicyArn=READ_ONLY, PolicyDocument=document, SetAsDefault=True),
            lambda: client.delete_policy_version(PolicyArn=READ_ONLY, VersionId="v1"),
            lambda: client.set_default_policy_version(PolicyArn=READ_ONLY, VersionId="v1"),
            lambda: client.delete_policy(PolicyArn=READ_ONLY),
            lambda: client.tag_policy(PolicyArn=READ_ONLY, Tags=[{"Key": "k", "Value": "v"}]),
            lambda: client.untag_policy(PolicyArn=READ_ONLY, TagKeys=["k"]),
        ):
            denied(change, "is managed by AWS")
    assert iam.list_policy_versions(PolicyArn=READ_ONLY)["Versions"] == before
    assert iam.list_policy_tags(PolicyArn=READ_ONLY)["Tags"] == []


def test_seeing_and_attaching_take_permission_on_their_arn(account):
    statement = doc.allow(["iam:GetPolicy", "iam:AttachUserPolicy"], "*", ArnEquals={"iam:PolicyARN": S3})
    narrow = account.make_user("narrow", doc.policy(doc.allow("iam:GetPolicy", S3), statement))
    client = account.client("iam", narrow.creds)
    allowed(lambda: client.get_policy(PolicyArn=S3))
    denied(lambda: client.get_policy(PolicyArn=ADMIN), NO_IDENTITY)
    attach = lambda arn: lambda: client.attach_user_policy(UserName=narrow.name, PolicyArn=arn)  # noqa: E731
    denied(attach(ADMIN), NO_IDENTITY)
    allowed(attach(S3))


def test_what_cannot_be_attached(account, iam):
    role = account.make_role()
    attach = lambda arn: lambda: iam.attach_role_policy(RoleName=role.name, PolicyArn=arn)  # noqa: E731
    refused(attach(SERVICE_LINKED), "PolicyNotAttachable", 400, "Cannot attach a Service Role Policy to a Customer Role.")
    refused(attach(AWS + "NoSuchPolicy"), "NoSuchEntity", 404)
    refused(attach(AWS + "ViewOnlyAccess"), "NoSuchEntity", 404)
    refused(attach(ADMIN.lower()), "NoSuchEntity", 404)
    allowed(attach(AWS + "root-task/S3UnlockBucketPolicy"))


def test_attachments_outlive_a_restart(durable):
    from harness.account import Account

    account = Account(durable)
    bucket, creds = account.make_bucket(), holder(account, S3)
    durable.restart()
    account = Account(durable)
    allowed(account.reads(creds, bucket))
    assert account.iam.get_policy(PolicyArn=S3)["Policy"]["AttachmentCount"] == 1
