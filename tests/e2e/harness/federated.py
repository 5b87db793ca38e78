"""A server that finds issuers on loopback, one issuer with a key of every kind, and a role that trusts it.

A module of tests imports the fixtures that it needs.
"""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from .expect import refused
from .issuer import Issuers
from .server import Server


@pytest.fixture(scope="module")
def issuers():
    with Issuers() as running:
        yield running


@pytest.fixture(scope="module")
def server(issuers):
    with Server(flags=issuers.flags) as running:
        yield running


@pytest.fixture(scope="module")
def site(issuers, account):
    """An issuer with a key of every kind, and a provider for it."""
    site = issuers.site()
    for name, curve in (("p256", ec.SECP256R1()), ("p384", ec.SECP384R1()), ("p521", ec.SECP521R1())):
        site.add(name, ec.generate_private_key(curve))
    site.provider(account)
    return site


@pytest.fixture(scope="module")
def role(account, site):
    return account.make_role("federated", trust=site.trust())


def bad(site, account, role, token: str, code: str = "InvalidIdentityToken", contains: str = "") -> str:
    return refused(lambda: site.assume(account, role, token), code, 400, contains)
