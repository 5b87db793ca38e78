"""FED-4 and FED-7: whoever shows tokens by the thousand is not looked at for a while, makes the server ask no issuer, and
keeps nobody waiting."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from urllib.parse import urlencode

import pytest

from harness.burst import Burst
from harness.federated import issuers, role, server, site  # noqa: F401
from harness.issuer import encoded
from harness.raw import FORM, Answer, Request

TOKENS = 10_000
# What the server remembers of one network, and how fast it forgets: docs of `federation::refusals`.
BURST, A_SECOND = 1000, 20
STRANGER, NEIGHBOUR = "127.0.0.7", "127.0.0.8"


class Asking:
    """Calls that nobody signs, from one address."""

    def __init__(self, server, source: str) -> None:
        self.server, self.burst = server, Burst(server, source)

    def ask(self, action: str, **parameters: str) -> Answer:
        body = urlencode({"Action": action, "Version": "2011-06-15", **parameters}).encode()
        headers = [("Host", f"127.0.0.1:{self.server.port}"), ("Content-Type", FORM)]
        return self.burst.send(Request("POST", "/", headers, body))

    def show(self, role, token: str) -> Answer:
        return self.ask("AssumeRoleWithWebIdentity", RoleArn=role.arn, RoleSessionName="shown", WebIdentityToken=token)


def test_fed_4_who_shows_too_many_is_not_looked_at_and_others_are(account, server, site, role):
    head, _, sign = site.token().split(".")
    forged = (f"{head}.{encoded(site.claims(iss=f'https://{n}.issuer.test'))}.{sign}" for n in itertools.count(1))
    stranger, neighbour = Asking(server, STRANGER), Asking(server, NEIGHBOUR)
    begun, codes = time.monotonic(), Counter()
    for number in range(TOKENS):
        answer = stranger.show(role, next(forged))
        codes[answer.status, answer.code] += 1
        if number % 500 == 0:
            assert neighbour.show(role, site.token()).status == 200
    seconds = time.monotonic() - begun
    looked_at = codes.pop((400, "InvalidIdentityToken"))
    assert BURST <= looked_at <= BURST + A_SECOND * (seconds + 1), looked_at
    assert codes == {(400, "Throttling"): TOKENS - looked_at}
    # One limit for everything that is shown and not signed; and whoever signs is none of it.
    for action, more in (
        ("AssumeRoleWithSAML", {"PrincipalArn": site.arn, "SAMLAssertion": "eA=="}),
        ("AssumeRoleWithWebIdentity", {"RoleSessionName": "shown", "WebIdentityToken": site.token()}),
    ):
        refused = [stranger.ask(action, RoleArn=role.arn, **more) for _ in range(20)]
        told = [answer.text for answer in refused if answer.code == "Throttling"]
        assert told and "Wait a second and try again" in told[0], action
    # It ends by itself, for good tokens as for others.
    deadline = time.monotonic() + 10
    while stranger.show(role, site.token()).status != 200:
        assert time.monotonic() < deadline
        time.sleep(0.06)


def test_fed_4_good_tokens_count_for_nothing(account, server, site, role):
    asking = Asking(server, "127.0.0.9")
    token = site.token()
    answers = Counter(asking.show(role, token).status for _ in range(BURST + 200))
    assert answers == {200: BURST + 200}


@pytest.mark.timeout(900)
def test_fed_7_keys_that_nobody_knows_are_asked_for_once_in_half_a_minute(account, server, issuers, request):
    site = issuers.site()
    site.provider(account)
    role = account.make_role("asked", trust=site.trust())
    site.assume(account, role)
    asked, begun = len(site.asked), time.monotonic()
    kids = 100_000 if request.config.getoption("--whole-floods") else 5_000
    _, claims, sign = site.token().split(".")
    # From many networks, so that the keys themselves are what is looked for.
    sources = [Asking(server, f"127.0.1.{n + 1}") for n in range(1 + kids // BURST)]
    codes = Counter()
    for number in range(kids):
        head = encoded({"alg": "RS256", "typ": "JWT", "kid": f"random-{number}"})
        answer = sources[number % len(sources)].show(role, f"{head}.{claims}.{sign}")
        codes[answer.status, answer.code] += 1
    assert codes == {(400, "InvalidIdentityToken"): kids}
    # Each time it is asked for its two documents.
    assert len(site.asked) - asked <= 2 * (1 + int(time.monotonic() - begun) // 30)
    assert site.assume(account, role)["Credentials"]


def test_fed_4_an_issuer_that_is_down_is_no_fault_of_who_shows_its_tokens(account, server, issuers, site, role):
    down = issuers.site()
    down.provider(account)
    other = account.make_role("down", trust=down.trust())
    down.documents.clear()
    asking, token = Asking(server, "127.0.0.11"), down.token()
    answers = Counter(asking.show(other, token).code for _ in range(BURST + 200))
    assert answers == {"IDPCommunicationError": BURST + 200}
    assert asking.show(role, site.token()).status == 200
