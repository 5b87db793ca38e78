"""Tokens for programs: which come with which registration, what each is good for, and whose events tell of them."""

from __future__ import annotations

import json
import time

import pytest
from botocore.exceptions import ClientError

from harness.audit import event_of
from harness.expect import allowed, refused
from harness.people import Center
from harness.program import ACCESS, Program
from harness.signed_in import DEVICE, SignedIn

HOURS_8 = 8 * 3600


@pytest.fixture(scope="module")
def center(server) -> Center:
    return Center(server)


@pytest.fixture(scope="module")
def jane(center):
    return center.make_person_with_role()


def works(program: Program, token: str, jane) -> None:
    allowed(lambda: program.portal.list_accounts(accessToken=token))
    given = program.portal.get_role_credentials(
        accessToken=token, accountId=program.center.server.account, roleName=jane.role
    )
    assert given["roleCredentials"]["secretAccessKey"]


def oauth(call, code: str, word: str) -> None:
    """Refused with AWS's code and OAuth's word."""
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response
    found = (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer.get("error"))
    assert found == (code, 400, word), answer


# -- registrations ----------------------------------------------------------------------------------


OTHER_SCOPES = [{}, {"scopes": []}, {"scopes": ["codewhisperer:completions"]}, {"scopes": ["sso:account"]}]


@pytest.mark.parametrize("registered", OTHER_SCOPES, ids=lambda registered: "".join(registered.get("scopes", ["none"])))
def test_without_the_scope_no_token_is_refreshed_and_it_lasts_as_long_as_the_sign_in(center, jane, registered):
    program = Program(center, **registered)
    got = program.redeem(program.let_in(jane))
    assert "refreshToken" not in got and got["tokenType"] == "Bearer"
    assert HOURS_8 - 60 < got["expiresIn"] <= HOURS_8
    works(program, got["accessToken"], jane)


def test_with_the_scope_there_is_a_refresh_token_and_the_access_token_is_short(center, jane):
    program = Program(center, scopes=["codewhisperer:completions", ACCESS])
    got = program.redeem(program.let_in(jane))
    assert 0 < got["expiresIn"] <= 3600
    works(program, got["accessToken"], jane)
    again = program.refresh(got["refreshToken"])
    assert 0 < again["expiresIn"] <= 3600 and again["accessToken"] != got["accessToken"]
    works(program, again["accessToken"], jane)
    works(program, got["accessToken"], jane)


def test_a_token_is_over_when_it_says(moved):
    account, clock = moved
    center = Center(account.server)
    user = center.make_person()
    for registered in ({}, {"scopes": [ACCESS]}):
        program = Program(center, **registered)
        got = program.redeem(program.let_in(user))
        clock.forward(got["expiresIn"] - 30)
        allowed(lambda: program.portal.list_accounts(accessToken=got["accessToken"]))
        clock.forward(31)
        refused(lambda: program.portal.list_accounts(accessToken=got["accessToken"]), "UnauthorizedException", 401)


def test_the_scope_that_is_asked_for_with_a_token_is_passed_over(center, jane):
    program = Program(center, scopes=[ACCESS])
    got = program.redeem(program.let_in(jane), scope=["nothing:at:all"])
    assert got["refreshToken"]
    works(program, got["accessToken"], jane)
    assert program.refresh(got["refreshToken"], scope=["other"])["refreshToken"]
    plain = Program(center)
    assert "refreshToken" not in plain.redeem(plain.let_in(jane), scope=[ACCESS])


@pytest.mark.parametrize("scope", ["sso:account:access other", "a\tb", "a\nb", "\x00"])
def test_what_no_scope_can_be_is_refused(center, scope):
    oauth(lambda: Program(center, scopes=[scope]), "InvalidScopeException", "invalid_scope")


# -- grants -----------------------------------------------------------------------------------------


def test_a_grant_that_was_not_registered_is_not_its_clients(center, jane):
    unauthorized = ("UnauthorizedClientException", "unauthorized_client")
    device = Program(center, scopes=[ACCESS], grantTypes=[DEVICE])
    got = device.redeem(device.let_in(jane))
    assert "refreshToken" not in got
    both = SignedIn(center, jane)
    oauth(lambda: device.refresh(both.refresh_token), *unauthorized)
    back = {"redirectUri": "http://127.0.0.1/", "codeVerifier": "v" * 43}
    code = {"grantType": "authorization_code", "code": "x"} | back
    oauth(lambda: device.oidc.create_token(**device.client, **code), *unauthorized)
    refreshes = Program(center, scopes=[ACCESS], grantTypes=["refresh_token"])
    for given in ("x", device.let_in(jane)):
        oauth(lambda: refreshes.redeem(given), *unauthorized)
    oauth(lambda: refreshes.oidc.create_token(**refreshes.client, **code), *unauthorized)


def test_without_grants_all_are_registered(center, jane):
    program = Program(center, scopes=[ACCESS])
    assert program.refresh(program.redeem(program.let_in(jane))["refreshToken"])["accessToken"]


def test_a_grant_that_is_none_cannot_be_registered(center):
    with pytest.raises(ClientError) as caught:
        Program(center, grantTypes=["password"])
    assert caught.value.response["Error"]["Code"] == "InvalidClientMetadataException"


# -- what is good once, and for one ------------------------------------------------------------------


def test_a_refresh_token_is_its_clients_alone(center, jane):
    one, two = Program(center, scopes=[ACCESS]), Program(center, scopes=[ACCESS])
    token = one.redeem(one.let_in(jane))["refreshToken"]
    oauth(lambda: two.refresh(token), "InvalidGrantException", "invalid_grant")
    mixed = one.client | {"clientSecret": two.client["clientSecret"]}
    with pytest.raises(ClientError) as caught:
        one.oidc.create_token(**mixed, grantType="refresh_token", refreshToken=token)
    assert caught.value.response["Error"]["Code"] == "InvalidClientException"
    assert one.refresh(token)["accessToken"]


def test_no_other_token_or_code_stands_in_for_a_refresh_token(center, jane):
    program = Program(center, scopes=[ACCESS])
    got = program.redeem(code := program.let_in(jane))
    token = got["refreshToken"]
    for bad in (got["accessToken"], code, token[:-1], token + "A", program.client["clientSecret"]):
        oauth(lambda: program.refresh(bad), "InvalidGrantException", "invalid_grant")
    refused(lambda: program.portal.list_accounts(accessToken=token), "UnauthorizedException", 401)


def test_a_device_code_is_good_once(center, jane):
    program = Program(center, scopes=[ACCESS])
    got = program.redeem(code := program.let_in(jane))
    for _ in range(2):
        time.sleep(1.1)
        oauth(lambda: program.redeem(code), "ExpiredTokenException", "expired_token")
    works(program, got["accessToken"], jane)


def test_what_was_let_in_comes_to_nothing_once_the_person_is_gone(center):
    user = center.make_person()
    program = Program(center, scopes=[ACCESS])
    code = program.let_in(user)
    center.store_api.delete_user(IdentityStoreId=center.store, UserId=user.id)
    oauth(lambda: program.redeem(code), "InvalidGrantException", "invalid_grant")


# -- in whose name ----------------------------------------------------------------------------------


def identity(center: Center, user) -> dict:
    store = f"arn:aws:identitystore::{center.server.account}:identitystore/{center.store}"
    return {"userId": user.id, "identityStoreArn": store}


def test_a_token_is_told_of_as_the_persons_and_without_its_secrets(center, account, jane):
    program = Program(center, scopes=[ACCESS])
    got = program.redeem(code := program.let_in(jane))
    again = program.refresh(got["refreshToken"])
    for answer in (got, again):
        event = event_of(account, answer, EventName="CreateToken")
        assert event["eventSource"] == "sso.amazonaws.com"
        assert event["userIdentity"]["type"] == "IdentityCenterUser"
        assert event["userIdentity"]["onBehalfOf"] == identity(center, jane)
        assert "errorCode" not in event
        text = json.dumps(event)
        secrets = [code, program.client["clientSecret"]]
        secrets += [told[name] for told in (got, again) for name in ("accessToken", "refreshToken")]
        for secret in secrets:
            assert secret not in text


def test_a_token_that_was_not_given_is_told_of_as_nobodys(center, account, jane):
    program = Program(center, scopes=[ACCESS])
    code = program.start()["deviceCode"]
    with pytest.raises(ClientError) as caught:
        program.redeem(code)
    event = event_of(account, caught.value.response, EventName="CreateToken")
    assert event["errorCode"] == "AuthorizationPendingException"
    assert event["userIdentity"]["type"] != "IdentityCenterUser" and jane.id not in json.dumps(event)
    assert code not in json.dumps(event)


def test_of_two_people_and_one_client_each_token_is_whoevers_it_is(center, account, jane):
    other = center.make_person()
    program = Program(center, scopes=[ACCESS])
    for user in (jane, other):
        answer = program.redeem(program.let_in(user))
        told = event_of(account, answer, EventName="CreateToken")["userIdentity"]["onBehalfOf"]
        assert told == identity(center, user)
