"""ADM-2 and ADM-5 where nobody has signed in yet: what strangers can start, over the wire, and what it costs others.

What comes after somebody has let a client in needs the portal's pages, and is tested with them.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter

import pytest
from botocore.exceptions import ClientError

from harness import audit
from harness.account import Account
from harness.burst import Burst
from harness.people import Center
from harness.raw import Request
from harness.server import Server
from harness.signed_in import SignedIn

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
NOBODY = "nobody"


@pytest.fixture(scope="module")
def oidc(server: Server):
    return server.client("sso-oauth")


@pytest.fixture(scope="module")
def start_url(server: Server) -> str:
    return f"{server.url}/_portcullis/portal/"


def registered(oidc, **more) -> dict:
    answer = oidc.register_client(clientName="cli", clientType="public", **more)
    return {"clientId": answer["clientId"], "clientSecret": answer["clientSecret"]}


def refusal(call) -> tuple[int, str, str]:
    """Status, AWS's name and OAuth's word of a refusal."""
    with pytest.raises(ClientError) as refused:
        call()
    answer = refused.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer.get("error", "")


def post(server: Server, path: str, members: dict) -> Request:
    headers = [("Host", f"127.0.0.1:{server.port}"), ("Content-Type", "application/json")]
    return Request("POST", path, headers, json.dumps(members).encode())


def test_a_client_registers_waits_and_is_told_where(server, oidc, start_url):
    answer = oidc.register_client(clientName="cli", clientType="public", scopes=["sso:account:access"])
    assert answer["clientSecretExpiresAt"] - answer["clientIdIssuedAt"] == 90 * 24 * 3600
    client = {"clientId": answer["clientId"], "clientSecret": answer["clientSecret"]}
    started = oidc.start_device_authorization(**client, startUrl=start_url)
    assert re.fullmatch(r"[A-Z0-9]{4}-[A-Z0-9]{4}", started["userCode"])
    assert (started["expiresIn"], started["interval"]) == (600, 1)
    page = f"{start_url}device"
    assert started["verificationUri"] == page
    assert started["verificationUriComplete"] == f"{page}?user_code={started['userCode']}"
    assert len(started["deviceCode"]) >= 43  # 256 bits, however they are spelled
    asked = lambda: oidc.create_token(**client, grantType=DEVICE, deviceCode=started["deviceCode"])  # noqa: E731
    assert refusal(asked) == (400, "AuthorizationPendingException", "authorization_pending")


def test_adm_5_who_asks_faster_than_the_interval_is_told_to_slow_down(oidc, start_url):
    client = registered(oidc)
    started = oidc.start_device_authorization(**client, startUrl=start_url)
    asked = lambda: oidc.create_token(**client, grantType=DEVICE, deviceCode=started["deviceCode"])  # noqa: E731
    words = [refusal(asked)[2] for _ in range(3)]
    assert words[0] == "authorization_pending"
    assert "slow_down" in words[1:]


def test_adm_5_a_device_code_is_its_clients_alone(oidc, start_url):
    started = oidc.start_device_authorization(**registered(oidc), startUrl=start_url)
    other = registered(oidc)
    asked = lambda: oidc.create_token(**other, grantType=DEVICE, deviceCode=started["deviceCode"])  # noqa: E731
    assert refusal(asked) == (400, "ExpiredTokenException", "expired_token")


def test_what_no_client_can_be_is_refused(oidc, start_url):
    register = lambda **more: lambda: oidc.register_client(**({"clientName": "cli", "clientType": "public"} | more))  # noqa: E731
    assert refusal(register(clientType="confidential"))[1] == "InvalidClientMetadataException"
    for address in ("https://example.com/", "http://127.0.0.1.example.com/", "http://[::1].example.com/x"):
        assert refusal(register(redirectUris=[address]))[1] == "InvalidRedirectUriException", address
    good = registered(oidc)
    start = lambda client, url: lambda: oidc.start_device_authorization(**client, startUrl=url)  # noqa: E731
    for url in ("https://example.com/", "https://example.com/start", "x"):
        assert refusal(start(good, url))[1] == "InvalidRequestException", url
    spoiled = good | {"clientSecret": good["clientSecret"][:-2]}
    swapped = good | {"clientId": registered(oidc)["clientId"]}
    for client in (spoiled, swapped, {"clientId": NOBODY, "clientSecret": NOBODY}):
        assert refusal(start(client, start_url))[:2] == (401, "InvalidClientException")
    no_token = lambda: oidc.create_token(**good, grantType="refresh_token", refreshToken=NOBODY)  # noqa: E731
    assert refusal(no_token) == (400, "InvalidGrantException", "invalid_grant")
    no_grant = lambda: oidc.create_token(**good, grantType="password")  # noqa: E731
    assert refusal(no_grant) == (400, "UnsupportedGrantTypeException", "unsupported_grant_type")


def test_nothing_of_the_portal_is_given_for_a_token_that_is_none(server):
    portal = server.client("awsssoportal")
    for token in (NOBODY, "a" * 5000):
        for call in (
            lambda: portal.list_accounts(accessToken=token),
            lambda: portal.list_account_roles(accessToken=token, accountId=server.account),
            lambda: portal.get_role_credentials(accessToken=token, accountId=server.account, roleName="Admin"),
            lambda: portal.logout(accessToken=token),
        ):
            assert refusal(call)[:2] == (401, "UnauthorizedException")


def test_no_event_tells_a_code_or_a_clients_secret(server, oidc, start_url):
    account = Account(server)
    answer = oidc.register_client(clientName="told", clientType="public")
    client = {"clientId": answer["clientId"], "clientSecret": answer["clientSecret"]}
    started = oidc.start_device_authorization(**client, startUrl=start_url)
    with pytest.raises(ClientError) as pending:
        oidc.create_token(**client, grantType=DEVICE, deviceCode=started["deviceCode"])
    for told in (answer, started, pending.value.response):
        request = told["ResponseMetadata"]["RequestId"]
        events = audit.recent_events_with(account, request)
        assert events
        for event in events:
            text = json.dumps(event)
            for secret in (client["clientSecret"], started["deviceCode"], started["userCode"]):
                assert secret not in text


@pytest.fixture
def flood(request) -> int:
    """ADM-2 says 10^5 of each. Fewer take seconds with the binary that tests build, and fill the table less."""
    return 100_000 if request.config.getoption("--whole-floods") else 5_000


class Flood(threading.Thread):
    """A stranger who registers and asks for codes, again and again."""

    def __init__(self, server: Server, source: str, rounds: int, requests: list[Request]) -> None:
        super().__init__(daemon=True)
        self.server, self.source, self.rounds, self.requests = server, source, rounds, requests
        self.answers: Counter[int] = Counter()

    def run(self) -> None:
        with Burst(self.server, self.source) as burst:
            for _ in range(self.rounds):
                for request in self.requests:
                    self.answers[burst.send(request).status] += 1


@pytest.mark.timeout(900)
def test_adm_2_a_flood_of_strangers_holds_nobody_up(server, oidc, start_url, flood):
    center = Center(server)
    person, (_, arn) = center.make_person(), center.make_set()
    center.assign(person, arn)
    client = registered(oidc)
    before = oidc.start_device_authorization(**client, startUrl=start_url)
    requests = [
        post(server, "/device_authorization", client | {"startUrl": start_url}),
        post(server, "/client/register", {"clientName": "x", "clientType": "public"}),
    ]
    strangers = [Flood(server, source, flood // 2, requests) for source in ("127.0.0.2", "127.0.0.3")]
    for stranger in strangers:
        stranger.start()
    took = []
    while any(stranger.is_alive() for stranger in strangers) or not took:
        # Registers, is let in on the pages, and gets a token: five seconds are the threat's own measure.
        begun = time.monotonic()
        assert SignedIn(center, person).accounts() == [server.account]
        took.append(time.monotonic() - begun)
    for stranger in strangers:
        stranger.join()
        assert stranger.answers == {200: len(requests) * (flood // 2)}
    print(f"{len(took)} sign-ins meanwhile, the longest {max(took):.2f} s")
    assert max(took) < 5
    # Who waited before it waits still, and new ones can.
    asked = lambda: oidc.create_token(**client, grantType=DEVICE, deviceCode=before["deviceCode"])  # noqa: E731
    assert refusal(asked)[2] == "authorization_pending"
    after = oidc.start_device_authorization(**client, startUrl=start_url)
    assert after["userCode"] != before["userCode"]
