"""Doors and the aws style across accounts: what is told to whom, and what a service control policy reaches."""

from __future__ import annotations

import pytest

from harness import documents as doc
from harness.account import Account, fresh
from harness.clients import Creds
from harness.command import Revoker
from harness.expect import allowed, denied
from harness.organization import Member, Organization
from harness.revoking import ALL
from harness.server import ACCOUNT, Server

BY_SCP = "with an explicit deny in a service control policy"
UNLOCK = {"arn": "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"}


@pytest.fixture(scope="module")
def revoker(server: Server, tmp_path_factory) -> Revoker:
    return Revoker(server, tmp_path_factory.mktemp("across"))


@pytest.fixture(scope="module", autouse=True)
def with_policies(org: Organization):
    kinds = org.api.list_roots()["Roots"][0]["PolicyTypes"]
    if not any(kind["Type"] == "SERVICE_CONTROL_POLICY" for kind in kinds):
        org.api.enable_policy_type(RootId=org.root, PolicyType="SERVICE_CONTROL_POLICY")


def test_a_door_in_another_account_is_told_to_the_management_and_stays_open(account, one, revoker):
    role = account.make_role("traveller", ALL)
    account.assume(role, name="mary")
    bucket = one.make_bucket({"AWS": role.arn})
    trusting = one.make_role(doc.trust(role.arn), ALL)
    receipt = revoker.revoke("role", role.name, "--close-doors")
    doors = {door["ResourceArn"]: door for door in receipt["OpenDoors"]}
    assert {doc.bucket_arn(bucket), trusting} <= set(doors)
    assert "Another account's" in doors[trusting]["Note"] and doors[trusting]["AccountId"] == one.id
    assert "Command" not in doors[trusting]
    policy = one.s3.get_bucket_policy(Bucket=bucket)["Policy"]
    assert "Portcullis" not in policy
    revoker.lift(receipt)


def test_a_member_is_told_its_own_doors_alone(account: Account, one: Member, two: Member, revoker: Revoker):
    role = one.make_role(doc.trust(f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:iam::{one.id}:root"), ALL)
    name = role.rsplit("/", 1)[1]
    account.assume(role, name="mary")
    mine, theirs = one.make_bucket({"AWS": role}), two.make_bucket({"AWS": role})
    admin = one.make_user("admin", ALL)
    told = revoker.revoke("role", name, "--dry-run", creds=admin.creds)
    assert [door["ResourceArn"] for door in told["OpenDoors"]] == [doc.bucket_arn(mine)]
    whole = revoker.revoke("role", role, "--dry-run")
    assert {doc.bucket_arn(mine), doc.bucket_arn(theirs)} <= {door["ResourceArn"] for door in whole["OpenDoors"]}


def test_a_role_of_another_account_is_not_mistaken_for_ones_own(account, one, revoker):
    shared = fresh("namesake")
    one.iam.create_role(RoleName=shared, AssumeRolePolicyDocument=doc.trust(f"arn:aws:iam::{ACCOUNT}:root"))
    account.make_role(name=shared, policy=ALL)
    said = revoker.refused(
        "revoke", "role", f"arn:aws:iam::{one.id}:role/{shared}", "--style", "aws", code="InvalidInputException"
    )
    assert one.id in said
    assert account.iam.list_role_policies(RoleName=shared)["PolicyNames"] == ["main"]


def test_root_of_a_member_is_reached_by_a_service_control_policy(org: Organization, one: Member, two: Member, revoker):
    org.api.enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
    org.account.client("iam", org.operator.creds).enable_organizations_root_sessions()
    sts = org.account.client("sts", org.operator.creds)
    roots = {
        member.id: Creds.issued(sts.assume_root(TargetPrincipal=member.id, TaskPolicyArn=UNLOCK)) for member in (one, two)
    }
    buckets = {member.id: member.make_bucket({"AWS": f"arn:aws:iam::{member.id}:root"}) for member in (one, two)}
    look = lambda member: member.client("s3", roots[member.id]).get_bucket_policy(Bucket=buckets[member.id])  # noqa: E731
    allowed(lambda: look(one))
    receipt = revoker.revoke("user", "root", "--account", one.id, "--style", "aws")
    [part] = receipt["Written"]
    assert (part["Kind"], part["Resource"]) == ("service-control-policy", one.id)
    assert any("service control policy" in finding for finding in receipt["Findings"])
    denied(lambda: look(one), BY_SCP)
    allowed(lambda: look(two))
    allowed(lambda: one.s3.list_buckets())
    names = lambda: [it["Name"] for it in org.api.list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]]  # noqa: E731
    assert part["Name"] in names()
    revoker.lift(receipt)
    allowed(lambda: look(one))
    assert part["Name"] not in names()


def test_a_source_identity_is_denied_wherever_it_acts(org: Organization, account: Account, one: Member, revoker):
    actions = ["sts:AssumeRole", "sts:SetSourceIdentity"]
    here = account.make_role("here", ALL, doc.trust(f"arn:aws:iam::{ACCOUNT}:root", actions=actions))
    there = one.make_role(doc.trust(f"arn:aws:iam::{ACCOUNT}:root", actions=actions), ALL)
    sessions = {
        (role, who): account.assume(role, by=org.operator.creds, SourceIdentity=who)
        for role in (here.arn, there)
        for who in ("eve", "jane")
    }
    receipt = revoker.revoke("source-identity", "eve", "--style", "aws")
    assert {part["Kind"] for part in receipt["Written"]} == {"role-policy", "service-control-policy"}
    for (_, who), creds in sessions.items():
        if who == "eve":
            denied(account.sees_users(creds))
        else:
            allowed(account.sees_users(creds))
    revoker.lift(receipt)
    for creds in sessions.values():
        allowed(account.sees_users(creds))
