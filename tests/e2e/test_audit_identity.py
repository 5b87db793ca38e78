"""The history: userIdentity says who asked, for each kind of principal."""

from __future__ import annotations

import re

import pytest
from botocore.exceptions import ClientError

from harness import documents as doc
from harness.account import ROOT_ARN
from harness.audit import event_of
from harness.server import ACCOUNT

EVERYTHING = doc.policy(doc.allow("*"))


@pytest.fixture(scope="module")
def user(account):
    return account.make_user("auditee", EVERYTHING, Path="/team/")


@pytest.fixture(scope="module")
def role(account):
    trusted = doc.trust(ROOT_ARN, actions=["sts:AssumeRole", "sts:SetSourceIdentity"])
    return account.make_role("audited", EVERYTHING, trusted, Path="/team/")



def identity_of(account, creds) -> dict:
    return event_of(account, account.whoami(creds), EventName="GetCallerIdentity")["userIdentity"]


def test_identity_of_root(account):
    assert identity_of(account, account.root) == {
        "type": "Root",
        "principalId": ACCOUNT,
        "arn": ROOT_ARN,
        "accountId": ACCOUNT,
        "accessKeyId": account.root.access_key,
    }


def test_identity_of_a_user(account, user):
    assert identity_of(account, user.creds) == {
        "type": "IAMUser",
        "principalId": user.user_id,
        "arn": user.arn,
        "accountId": ACCOUNT,
        "accessKeyId": user.creds.access_key,
        "userName": user.name,
    }


def attributes(identity: dict) -> dict:
    found = identity["sessionContext"]["attributes"]
    assert re.match(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", found["creationDate"])
    return found


def test_identity_of_a_session_token(account, user):
    creds = account.session_token(user.creds)
    found = identity_of(account, creds)
    assert (found["type"], found["principalId"], found["arn"]) == ("IAMUser", user.user_id, user.arn)
    assert (found["accessKeyId"], found["userName"]) == (creds.access_key, user.name)
    assert attributes(found)["mfaAuthenticated"] == "false"
    assert not found["sessionContext"].get("sessionIssuer")


def test_identity_of_a_session_token_of_root(account):
    creds = account.session_token(account.root)
    found = identity_of(account, creds)
    assert (found["type"], found["arn"], found["accessKeyId"]) == ("Root", ROOT_ARN, creds.access_key)
    attributes(found)


def test_identity_of_a_role_session(account, role):
    creds = account.assume(role, name="mary", SourceIdentity="jane")
    found = identity_of(account, creds)
    assert (found["type"], found["principalId"]) == ("AssumedRole", f"{role.role_id}:mary")
    assert (found["arn"], found["accountId"], found["accessKeyId"]) == (creds.arn, ACCOUNT, creds.access_key)
    context = found["sessionContext"]
    assert context["sessionIssuer"] == {
        "type": "Role",
        "principalId": role.role_id,
        "arn": role.arn,
        "accountId": ACCOUNT,
        "userName": role.name,
    }
    assert attributes(found)["mfaAuthenticated"] == "false"
    assert context["sourceIdentity"] == "jane"


def test_identity_of_a_federated_user(account, user):
    creds = account.federate(user.creds, "Bob", EVERYTHING)
    found = identity_of(account, creds)
    assert (found["type"], found["principalId"], found["arn"]) == ("FederatedUser", f"{ACCOUNT}:Bob", creds.arn)
    assert found["sessionContext"]["sessionIssuer"] == {
        "type": "IAMUser",
        "principalId": user.user_id,
        "arn": user.arn,
        "accountId": ACCOUNT,
        "userName": user.name,
    }


def test_identity_of_a_federated_user_of_root(account):
    found = identity_of(account, account.federate(account.root, "Guest", EVERYTHING))
    issuer = found["sessionContext"]["sessionIssuer"]
    assert (found["type"], issuer["type"], issuer["arn"]) == ("FederatedUser", "Root", ROOT_ARN)


def test_identity_of_an_expired_or_deleted_caller_is_not_believed(account):
    gone = account.make_user("gone")
    account.delete_user(gone.name)
    with pytest.raises(ClientError) as caught:
        account.whoami(gone.creds)
    event = event_of(account, caught.value.response)
    assert event["errorCode"] == "InvalidClientTokenId"
    assert "arn" not in event["userIdentity"]
