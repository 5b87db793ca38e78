"""Condition keys of web identity: what a token says is asked for by the issuer's name, and only what it says is there."""

from __future__ import annotations

import json

import pytest

from harness import documents as doc
from harness.expect import allowed, denied
from harness.federated import issuers, server  # noqa: F401
from harness.issuer import CLIENT, DISCOVERY

REFUSED = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
METHODS = ["mfa", "pwd"]


@pytest.fixture(scope="module")
def site(issuers, account):
    site = issuers.site()
    site.provider(account, clients=("ours", "app", CLIENT))
    return site


def asks(site, account, condition: dict):
    """A role whose trust policy asks this; the keys are those behind the issuer's name."""
    named = {
        operator: {key if ":" in key else f"{site.url.removeprefix('https://')}:{key}": value for key, value in asked.items()}
        for operator, asked in condition.items()
    }
    return account.make_role("asks", trust=site.trust(**named))


def check(site, account, condition: dict, said: dict, is_in: bool) -> None:
    role = asks(site, account, condition)
    call = lambda: site.assume(account, role, site.token(**said))  # noqa: E731
    allowed(call) if is_in else denied(call, REFUSED)


PARTY = {"aud": ["other", "ours"], "azp": "app"}


@pytest.mark.parametrize(
    "condition, said, is_in",
    [
        ({"StringEquals": {"aud": "ours"}}, {"aud": "ours"}, True),
        ({"StringEquals": {"aud": "ours"}}, {"aud": ["other", "ours"]}, True),
        ({"StringEquals": {"aud": "other"}}, {"aud": ["other", "ours"]}, False),
        ({"StringEquals": {"aud": "app"}}, {"aud": "ours"}, False),
        ({"StringEquals": {"aud": "OURS"}}, {"aud": "ours"}, False),
        ({"StringEqualsIgnoreCase": {"aud": "OURS"}}, {"aud": "ours"}, True),
        ({"StringNotEquals": {"aud": "ours"}}, {"aud": "ours"}, False),
        # With an authorized party the audience is that, and what it was is beside it.
        ({"StringEquals": {"aud": "app"}}, PARTY, True),
        ({"StringEquals": {"aud": "ours"}}, PARTY, False),
        ({"StringEquals": {"oaud": "ours"}}, PARTY, True),
        ({"StringEquals": {"oaud": "app"}}, PARTY, False),
        ({"StringEquals": {"oaud": "other"}}, PARTY, False),
        ({"StringEquals": {"aud": "app", "oaud": "ours"}}, PARTY, True),
        ({"StringEquals": {"aud": "app", "oaud": "app"}}, PARTY, False),
        ({"StringEquals": {"oaud": "app"}}, {"aud": "app", "azp": "app"}, True),
        # Without one there is none.
        ({"StringEquals": {"oaud": "ours"}}, {"aud": "ours"}, False),
        ({"Null": {"oaud": "true"}}, {"aud": "ours"}, True),
        ({"Null": {"oaud": "true"}}, PARTY, False),
        ({"Null": {"oaud": "false"}}, PARTY, True),
    ],
    ids=str,
)
def test_the_audience_and_what_it_was(site, account, condition, said, is_in):
    check(site, account, condition, said, is_in)


@pytest.mark.parametrize(
    "condition, said, is_in",
    [
        ({"ForAnyValue:StringEquals": {"amr": "mfa"}}, METHODS, True),
        ({"ForAnyValue:StringEquals": {"amr": ["sms", "pwd"]}}, METHODS, True),
        ({"ForAnyValue:StringEquals": {"amr": ["sms", "otp"]}}, METHODS, False),
        ({"ForAnyValue:StringLike": {"amr": "m*"}}, METHODS, True),
        ({"ForAllValues:StringEquals": {"amr": ["mfa", "pwd", "sms"]}}, METHODS, True),
        ({"ForAllValues:StringEquals": {"amr": ["mfa"]}}, METHODS, False),
        ({"ForAnyValue:StringEquals": {"amr": "mfa"}}, [], False),
        ({"ForAnyValue:StringEquals": {"amr": "mfa"}}, ..., False),
        ({"Null": {"amr": "true"}}, ..., True),
        ({"Null": {"amr": "false"}}, METHODS, True),
        ({"Null": {"amr": "true"}}, METHODS, False),
    ],
    ids=str,
)
def test_the_methods_by_which_somebody_signed_in(site, account, condition, said, is_in):
    check(site, account, condition, {"amr": said}, is_in)


@pytest.mark.parametrize("key", ["email", "groups", "azp", "iss", "nonce", "exp"])
def test_what_else_a_token_says_is_no_key(site, account, key):
    said = {"email": "mary@example.com", "groups": ["staff"], "azp": "app", "aud": "ours", "nonce": "n"}
    check(site, account, {"Null": {key: "true"}}, said, True)


def test_a_claim_cannot_pass_for_another_key(site, account):
    said = {f"{site.host}:sub": "admin", "aws:PrincipalTag/team": "blue", "sts:RoleSessionName": "admin", "saml:sub": "admin"}
    for key in ("sub", "aws:PrincipalTag/team", "sts:RoleSessionName", "saml:sub"):
        check(site, account, {"StringLike": {key: ["admin", "blue"]}}, said, False)


def test_keys_are_behind_the_name_of_this_issuer_alone(issuers, site, account):
    other = issuers.site()
    other.provider(account)
    role = account.make_role("other", trust=other.trust(StringEquals={f"{site.host}:aud": CLIENT}))
    denied(lambda: other.assume(account, role), REFUSED)
    role = account.make_role("other", trust=other.trust(StringEquals={f"{other.host}:aud": CLIENT}))
    allowed(lambda: other.assume(account, role))


def test_the_name_of_an_issuer_with_a_path_has_the_path(issuers, account):
    site = issuers.site()
    site.url += "/tenants/one"
    site.publish()
    site.documents[f"/tenants/one{DISCOVERY}"] = site.documents.pop(DISCOVERY)
    site.documents["/tenants/one/jwks"] = site.documents.pop("/jwks")
    assert json.loads(site.documents[f"/tenants/one{DISCOVERY}"].body)["issuer"] == site.url
    assert site.provider(account).endswith(f"oidc-provider/{site.host}/tenants/one")
    for key, value in (("sub", "somebody"), ("aud", CLIENT)):
        check(site, account, {"StringEquals": {key: value}}, {}, True)
        check(site, account, {"StringEquals": {key: "x"}}, {}, False)
        check(site, account, {"StringEquals": {f"{site.host}:{key}": value}}, {}, False)


@pytest.mark.parametrize(
    "key, value, stays",
    [("aud", "app", True), ("sub", "somebody", True), ("amr", "mfa", True), ("oaud", "ours", False), ("azp", "app", False)],
)
def test_of_the_keys_some_stay_with_the_session(site, account, key, value, stays):
    operator = "ForAnyValue:StringEquals" if key == "amr" else "StringEquals"
    asked = {operator: {f"{site.host}:{key}": value}}
    role = account.make_role("stays", doc.policy(doc.allow("iam:ListUsers", **asked)), site.trust())
    call = account.sees_users(site.session(account, role, site.token(**PARTY, amr=METHODS)))
    allowed(call) if stays else denied(call)
