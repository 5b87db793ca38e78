"""Letting in clients on the portal's pages: who asks is shown, what is guessed is not found, and a browser with an answer
goes to this computer alone (ADM-5, REV-15)."""

from __future__ import annotations

import base64
import hashlib
import http.server
import secrets
import threading
import time
import urllib.parse

import pytest
from botocore.exceptions import ClientError

from harness.browser import Person, chromium
from harness.people import Center
from harness.portal import Visitor
from harness.server import ACCOUNT

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def center(server):
    return Center(server)


@pytest.fixture(scope="module")
def anna(center):
    user = center.make_person()
    user.role, arn = center.make_set()
    center.assign(user, arn)
    return user


class Client:
    """A client of sso-oidc, registered."""

    def __init__(self, server, name: str = "a client", **more) -> None:
        self.api = server.client("sso-oidc")
        self.portal = server.client("awsssoportal")
        scopes = ["sso:account:access"]
        made = self.api.register_client(clientName=name, clientType="public", scopes=scopes, **more)
        self.id = {"clientId": made["clientId"], "clientSecret": made["clientSecret"]}

    def start(self, center: Center) -> dict:
        self.started = self.api.start_device_authorization(**self.id, startUrl=center.start_url)
        return self.started

    def token(self, device: str = "") -> dict:
        return self.api.create_token(**self.id, grantType=DEVICE, deviceCode=device or self.started["deviceCode"])

    def refused(self, device: str = "") -> str:
        with pytest.raises(ClientError) as refused:
            self.token(device)
        return refused.value.response["Error"]["Code"]


def test_whoever_is_let_in_is_shown_first(browser, server, center, anna):
    client = Client(server, "<b>my</b> client & co")
    started = client.start(center)
    assert client.refused() == "AuthorizationPendingException"
    with Person(browser, server) as person:
        person.go(started["verificationUriComplete"]).sign_in(anna.name, anna.password)
        assert person.shown("#client") == "<b>my</b> client & co"
        assert person.shown("#from") == "127.0.0.1"
        assert person.shown("#code") == started["userCode"]
        assert person.shown("#person") == anna.name
        assert "Your accounts and roles" in person.shown("#gets")
        assert person.shown("#when").startswith("20")
        person.press("Let it in")
        assert person.heading == "Let in"
    time.sleep(1.1)
    token = client.token()["accessToken"]
    roles = client.portal.list_account_roles(accountId=ACCOUNT, accessToken=token)["roleList"]
    assert [role["roleName"] for role in roles] == [anna.role]
    assert client.refused() in ("ExpiredTokenException", "InvalidGrantException"), "a code is good once"


def test_the_code_can_be_typed_as_people_type_and_denied(browser, server, center, anna):
    client = Client(server)
    code = client.start(center)["userCode"]
    with Person(browser, server) as person:
        person.go("device").sign_in(anna.name, anna.password)
        person.fill(user_code=f" {code.lower().replace('-', ' ')} ").press("Next")
        assert person.shown("#code") == code
        person.press("Deny")
        assert person.heading == "Denied"
    assert client.refused() == "AccessDeniedException"


def test_nothing_is_let_in_by_a_link(server, center, anna):
    """Whoever follows a phisher's link has let in nobody."""
    client = Client(server)
    started = client.start(center)
    code = started["userCode"]
    visitor = Visitor(server).sign_in(anna.name, anna.password)
    visitor.get(f"device?user_code={code}&answer=allow")
    assert visitor.status == 200
    assert client.refused() == "AuthorizationPendingException"
    stranger = Visitor(server).get("sign-in")
    stranger.post("device", user_code=code, answer="allow")
    assert stranger.status == 303 and "sign-in" in stranger.location
    # No clear yes is a no.
    visitor.post("device", user_code=code, answer="")
    time.sleep(1.1)
    assert client.refused() == "AccessDeniedException"


def test_adm_5_guesses_are_counted(server, center):
    guesser = center.make_person()
    visitor = Visitor(server).sign_in(guesser.name, guesser.password)
    statuses = []
    for number in range(30):
        letters = "BCDFGHJKLMNPQRSTVWXZ"
        guess = "".join(letters[(number * 7 + place * 3) % 20] for place in range(8))
        statuses.append(visitor.get(f"device?user_code={guess}").status)
    assert statuses[:20] == [404] * 20 and statuses[20:] == [429] * 10
    # Also the right one is not found then, and other people go on.
    client = Client(server)
    code = client.start(center)["userCode"]
    assert visitor.get(f"device?user_code={code}").status == 429


def test_adm_5_a_code_is_good_for_the_client_that_asked_with_it(server, center, anna):
    client, other = Client(server), Client(server)
    started = client.start(center)
    visitor = Visitor(server).sign_in(anna.name, anna.password).get(f"device?user_code={started['userCode']}")
    visitor.post("device", user_code=started["userCode"], answer="allow")
    assert other.refused(started["deviceCode"]) in ("ExpiredTokenException", "InvalidGrantException")
    assert client.token()["accessToken"]


def test_adm_5_whoever_polls_too_fast_is_slowed_down(server, center):
    client = Client(server)
    client.start(center)
    assert client.refused() == "AuthorizationPendingException"
    assert client.refused() == "SlowDownException"


def test_adm_5_a_code_that_is_over_lets_nobody_in(moved):
    account, clock = moved
    server = account.server
    center = Center(server)
    user = center.make_person()
    client = Client(server)
    code = client.start(center)["userCode"]
    visitor = Visitor(server).sign_in(user.name, user.password).get(f"device?user_code={code}")
    clock.forward(601)
    visitor.post("device", user_code=code, answer="allow")
    assert visitor.status == 404
    assert client.refused() == "ExpiredTokenException"


def test_rev_15_what_was_approved_before_the_end_of_the_session_is_not_redeemed(server, center, anna):
    for cut in (center.end_sessions, center.disable):
        user = center.make_person()
        client = Client(server)
        code = client.start(center)["userCode"]
        visitor = Visitor(server).sign_in(user.name, user.password).get(f"device?user_code={code}")
        visitor.post("device", user_code=code, answer="allow")
        cut(user)
        assert client.refused() in ("InvalidGrantException", "AccessDeniedException", "ExpiredTokenException")


# -- through the browser --------------------------------------------------------------


class Callback:
    """The loopback listener of a command line that opened a browser."""

    def __init__(self) -> None:
        came = self.came = []

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                came.append(self.path)
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(b"<h1>Back in your command line</h1>")

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
        self.uri = f"http://127.0.0.1:{self.server.server_address[1]}/oauth/callback"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self) -> "Callback":
        return self

    def __exit__(self, *_) -> None:
        self.server.shutdown()
        self.server.server_close()

    def query(self) -> dict[str, str]:
        (path,) = [path for path in self.came if path.startswith("/oauth/callback")]
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query))


class Pkce(Client):
    REGISTERED = "http://127.0.0.1/oauth/callback"

    def __init__(self, server, name: str = "a client with a browser") -> None:
        grants = ["authorization_code", "refresh_token"]
        super().__init__(server, name, grantTypes=grants, redirectUris=[self.REGISTERED])
        self.server = server
        self.verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(self.verifier.encode()).digest()
        self.challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def asked(self, uri: str, **changes: str) -> dict[str, str]:
        return {
            "response_type": "code",
            "client_id": self.id["clientId"],
            "redirect_uri": uri,
            "state": "a state & more",
            "code_challenge": self.challenge,
            "code_challenge_method": "S256",
        } | changes

    def url(self, uri: str, **changes: str) -> str:
        return "/authorize?" + urllib.parse.urlencode(self.asked(uri, **changes))

    def redeem(self, code: str, uri: str, verifier: str = "") -> dict:
        return self.api.create_token(
            **self.id,
            grantType="authorization_code",
            code=code,
            redirectUri=uri,
            codeVerifier=verifier or self.verifier,
        )


def test_a_browser_brings_the_code_back_to_the_program(browser, server, center, anna):
    client = Pkce(server)
    with Callback() as callback, Person(browser, server) as person:
        person.go(client.url(callback.uri)).sign_in(anna.name, anna.password)
        assert person.shown("#client") == "a client with a browser"
        person.press("Let it in")
        assert person.heading == "Back in your command line"
        query = callback.query()
        assert query["state"] == "a state & more"
        with pytest.raises(ClientError):
            client.redeem(query["code"], callback.uri, "x" * 43)
        with pytest.raises(ClientError):
            client.redeem(query["code"], callback.uri)


def test_the_code_is_redeemed_once_by_the_client_that_knows_the_verifier(server, center, anna):
    client, uri = Pkce(server), "http://127.0.0.1:4711/oauth/callback"

    def code() -> str:
        visitor = Visitor(server).sign_in(anna.name, anna.password).get(client.url(uri))
        assert visitor.status == 200
        visitor.post("authorize", **client.asked(uri), answer="allow")
        assert visitor.status == 303 and visitor.location.startswith(uri + "?code=")
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(visitor.location).query))["code"]

    first = code()
    assert client.redeem(first, uri)["accessToken"]
    with pytest.raises(ClientError):
        client.redeem(first, uri)
    with pytest.raises(ClientError):
        client.redeem(code(), "http://127.0.0.1:4712/oauth/callback")
    with pytest.raises(ClientError):
        Pkce(server).redeem(code(), uri, client.verifier)


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://evil.example/oauth/callback"},
        {"redirect_uri": "http://127.0.0.1.evil.example/oauth/callback"},
        {"redirect_uri": "http://127.0.0.1@evil.example/oauth/callback"},
        {"redirect_uri": "http://127.0.0.1:1;script-src 'unsafe-inline'/oauth/callback"},
        {"redirect_uri": "http://127.0.0.1:4711/other"},
        {"redirect_uri": "http://localhost:4711/oauth/callback"},
        {"redirect_uri": ""},
        {"client_id": "nobody"},
        {"code_challenge_method": "plain"},
        {"code_challenge": "short"},
        {"response_type": "token"},
    ],
    ids=lambda changes: "-".join(changes.values())[:40] or "none",
)
def test_what_is_wrong_is_told_here_and_the_browser_goes_nowhere(server, anna, changes):
    client, uri = Pkce(server), "http://127.0.0.1:4711/oauth/callback"
    visitor = Visitor(server).sign_in(anna.name, anna.password).get(client.url(uri, **changes))
    assert visitor.status == 400 and visitor.location is None
    visitor.get("")
    visitor.post("authorize", **client.asked(uri, **changes), answer="allow")
    assert visitor.status == 400 and visitor.location is None


def test_a_denial_goes_back_as_one(server, anna):
    client, uri = Pkce(server), "http://127.0.0.1:4711/oauth/callback"
    visitor = Visitor(server).sign_in(anna.name, anna.password).get(client.url(uri))
    visitor.post("authorize", **client.asked(uri), answer="deny")
    assert visitor.location == f"{uri}?error=access_denied&state=a+state+%26+more"
