"""FED-6 with somebody who listens: what is private is not connected to, whoever may be there."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.account import Account
from harness.federated import bad, issuers, role, server, site  # noqa: F401
from harness.hostile import Listener
from harness.issuer import CLIENT, DISCOVERY
from harness.server import Server
from test_threat_fed import INSIDE

# Every way to write loopback that some resolver takes.
LOOPBACK = [
    "127.0.0.1", "0.0.0.0", "2130706433", "0x7f.1", "localhost", "LOCALHOST", "localhost.", "127.1", "0", "0177.0.0.1",
    "0x7f000001", "127.255.255.254", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:ffff:7f00:1]",
]  # fmt: skip
UNREACHABLE = "IDPCommunicationError"
FORBIDDEN = "nothing is fetched from there: the name has no address from which anything is fetched"


@pytest.fixture
def listener():
    with Listener(is_everywhere=True) as running:
        yield running


def keys_elsewhere(issuers, account, place: str):
    """An issuer whose keys are at this place, and a role that trusts it."""
    site = issuers.site()
    site.provider(account)
    site.document(DISCOVERY, {"issuer": site.url, "jwks_uri": place})
    return site, account.make_role("elsewhere", trust=site.trust())


@pytest.mark.parametrize("host", LOOPBACK)
def test_fed_6_whoever_listens_on_loopback_is_not_connected_to(account, issuers, listener, host):
    site, role = keys_elsewhere(issuers, account, f"https://{host}:{listener.port}/jwks")
    bad(site, account, role, site.token(), UNREACHABLE)
    assert site.asked == [DISCOVERY]
    assert listener.nobody_came()
    if leads_to(host, listener.port):
        assert not listener.nobody_came(), "had it been tried, it would have been seen"


def leads_to(host: str, port: int) -> bool:
    """Whether this machine finds the listener by that name."""
    try:
        socket.create_connection((host.strip("[]"), port), timeout=5).close()
    except OSError:
        return False
    return True


def test_fed_6_most_of_these_do_lead_there(listener):
    found = [host for host in LOOPBACK if leads_to(host, listener.port)]
    assert {"127.0.0.1", "0.0.0.0", "2130706433", "0x7f.1", "localhost", "127.1", "127.255.255.254"} <= set(found), found


@pytest.mark.parametrize("host", INSIDE)
def test_fed_6_it_is_the_address_for_which_nothing_is_fetched(server, account, site, role, host):
    url = f"https://{host}"
    account.iam.create_open_id_connect_provider(Url=url, ClientIDList=[CLIENT], ThumbprintList=["a" * 40])
    begins = len(server.log())
    bad(site, account, role, site.token(iss=url), UNREACHABLE)
    told = [line for line in server.log()[begins:].splitlines() if host in line]
    assert told and all(FORBIDDEN in line for line in told), told


def test_fed_6_what_the_operator_allows_is_connected_to(issuers, listener):
    with Server(flags=(*issuers.flags, "--federation-allow", "127.0.0.0/8")) as open_server, ThreadPoolExecutor(1) as pool:
        account = Account(open_server)
        site, role = keys_elsewhere(issuers, account, f"https://127.0.0.1:{listener.port}/jwks")
        asked = pool.submit(bad, site, account, role, site.token(), UNREACHABLE)
        deadline = time.monotonic() + 10
        while listener.nobody_came():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        asked.result()
