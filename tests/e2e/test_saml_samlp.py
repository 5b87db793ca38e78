"""Sign-ins at a real identity provider, samlp, become sessions: its metadata, its page, its signature."""

from __future__ import annotations

import base64
import json

import pytest

from harness import documents as doc
from harness.account import Role, fresh
from harness.clients import Creds
from harness.expect import refused
from harness.samlp import Samlp


@pytest.fixture(scope="module")
def idp():
    with Samlp() as running:
        yield running


@pytest.fixture(scope="module")
def provider(account, idp):
    made = account.iam.create_saml_provider(SAMLMetadataDocument=idp.metadata(), Name=fresh("samlp"))
    return made["SAMLProviderArn"]


@pytest.fixture(scope="module")
def role(account, provider) -> Role:
    actions = ["sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"]
    statement = {"Effect": "Allow", "Action": actions, "Principal": {"Federated": provider}}
    trust = json.dumps({"Version": doc.VERSION, "Statement": [statement]})
    return account.make_role("samlp", doc.policy(doc.allow("iam:ListUsers")), trust)


def redeem(account, role: Role, provider: str, response: str) -> dict:
    sts = account.client("sts")
    return sts.assume_role_with_saml(RoleArn=role.arn, PrincipalArn=provider, SAMLAssertion=response)


@pytest.mark.parametrize("signs", ("assertion", "response", "both"))
def test_a_sign_in_becomes_a_session_that_works_once(account, idp, provider, role, signs):
    user = "zoë@corp.example"
    tags = (("claim:PrincipalTag:team", "blue"), ("claim:SourceIdentity", "zoe"), ("claim:SessionDuration", "900"))
    response = idp.sign_in(user, role.arn, provider, "zoe@corp", ("signs", signs), *tags)
    answer = redeem(account, role, provider, response)
    assert answer["Subject"] == user and answer["SubjectType"] == "persistent"
    assert answer["Issuer"] == f"{idp.url}/metadata" and answer["SourceIdentity"] == "zoe"
    creds = Creds.issued(answer)
    assert account.whoami(creds)["Arn"] == role.session_arn("zoe@corp")
    assert account.client("iam", creds).list_users()
    refused(lambda: redeem(account, role, provider, response), "InvalidIdentityToken", 400, "redeemed before")


def test_sha_1_is_refused_from_it_too(account, idp, provider, role):
    response = idp.sign_in("alice", role.arn, provider, "alice", ("algorithm", "rsa-sha1"))
    assert b"rsa-sha1" in base64.b64decode(response)
    refused(lambda: redeem(account, role, provider, response), "InvalidIdentityToken", 400, "Response signature invalid")


def test_the_word_of_one_provider_is_not_that_of_another(account, provider, role):
    with Samlp() as other:
        response = other.sign_in("alice", role.arn, provider, "alice")
    refused(lambda: redeem(account, role, provider, response), "InvalidIdentityToken", 400, "Response signature invalid")
