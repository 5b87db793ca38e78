"""FED-4: whoever shows tokens by the thousand is not looked at for a while, and nobody else is kept waiting."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from urllib.parse import urlencode

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
