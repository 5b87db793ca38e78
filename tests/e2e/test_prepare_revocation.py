"""`portcullis prepare-revocation`: the Deny that stands ready, and changes nothing until somebody is put into it."""

from __future__ import annotations

import json

import pytest

from harness import documents as doc
from harness.account import Account
from harness.command import Revoker
from harness.expect import allowed
from harness.organization import SCP, Organization
from harness.server import ACCOUNT, Server

PLACEHOLDER = "Add user ID here"
NAME = "PreparedRevocation"


@pytest.fixture
def alone(tmp_path):
    """A server of its own: whether there is an organization is what the test is about."""
    with Server() as running:
        yield Account(running), Revoker(running, tmp_path)


def with_policies(account: Account) -> Organization:
    org = Organization(account)
    types = org.api.list_roots()["Roots"][0]["PolicyTypes"]
    if not any(kind["Type"] == SCP for kind in types):
        org.api.enable_policy_type(RootId=org.root, PolicyType=SCP)
    return org


def test_it_stands_at_the_root_lists_nobody_and_is_made_once(alone):
    account, revoker = alone
    org = with_policies(account)
    member = org.make_account()
    user = member.make_user(policy=doc.policy(doc.allow("*")))
    before = [policy["Id"] for policy in org.api.list_policies(Filter=SCP)["Policies"]]
    made = revoker.json("prepare-revocation")
    assert made["Made"] is True and made["TargetId"] == org.root and made["Name"] == NAME
    assert ACCOUNT in made["Notes"][0]
    again = revoker.json("prepare-revocation")
    assert again["Made"] is False and again["PolicyId"] == made["PolicyId"]
    after = [policy["Id"] for policy in org.api.list_policies(Filter=SCP)["Policies"]]
    assert set(after) - set(before) == {made["PolicyId"]}
    [statement] = json.loads(org.api.describe_policy(PolicyId=made["PolicyId"])["Policy"]["Content"])["Statement"]
    assert (statement["Effect"], statement["Action"], statement["Resource"]) == ("Deny", ["*"], "*")
    assert statement["Condition"] == {"StringEquals": {"identitystore:userId": [PLACEHOLDER]}}
    targets = org.api.list_targets_for_policy(PolicyId=made["PolicyId"])["Targets"]
    assert [target["TargetId"] for target in targets] == [org.root]
    # Nobody is hit: no key, no role's session, no root.
    iam = member.client("iam", user.creds)
    allowed(iam.list_users)
    allowed(member.iam.list_users)


def test_one_that_was_written_by_hand_stands_ready_too(alone):
    account, revoker = alone
    org = with_policies(account)
    unit = org.make_unit()
    condition = {"StringEquals": {"identitystore:userId": PLACEHOLDER}}
    by_hand = org.make_policy({"Effect": "Deny", "Action": ["*"], "Resource": "*", "Condition": condition})
    org.attach(by_hand, unit)
    found = revoker.json("prepare-revocation", "--target-id", unit)
    assert (found["Made"], found["PolicyId"]) == (False, by_hand)
    assert revoker.json("prepare-revocation", "--policy-name", "Elsewhere")["Name"] == "Elsewhere"
    assert "was not found" in revoker.refused(
        "prepare-revocation", "--target-id", "ou-none-12345678", code="ResourceNotFoundException"
    )


def test_it_needs_an_organization_its_management_and_the_permissions_of_what_it_does(alone):
    account, revoker = alone
    assert "organization" in revoker.refused("prepare-revocation", code="InvalidInputException")
    org = with_policies(account)
    member = org.make_account()
    half = account.make_user("half", doc.policy(doc.allow("portcullis:*")))
    nobody = account.make_user("nobody", doc.policy(doc.allow("organizations:*")))
    before = org.api.list_policies(Filter=SCP)["Policies"]
    assert "organizations:CreatePolicy" in revoker.refused("prepare-revocation", creds=half.creds)
    assert "portcullis:PrepareRevocation" in revoker.refused("prepare-revocation", creds=nobody.creds)
    revoker.refused("prepare-revocation", creds=member.creds, code="InvalidInputException")
    assert org.api.list_policies(Filter=SCP)["Policies"] == before
    org.api.disable_policy_type(RootId=org.root, PolicyType=SCP)
    assert "enable-policy-type" in revoker.refused("prepare-revocation", code="InvalidInputException")
