"""Fixtures: one server for a module, of the kind the module asks for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness import declared
from harness.account import Account
from harness.awscli import Cli
from harness.clock import Clock
from harness.command import Revoker
from harness.house import House
from harness.organization import Member, Organization
from harness.seen import SEEN, Answer, function_of
from harness.server import Server

# Nothing of the person's own configuration may reach the clients under test.
for _name in [n for n in os.environ if n.startswith("AWS_")]:
    del os.environ[_name]
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"


def pytest_addoption(parser):
    parser.addoption("--bless-conformance", action="store_true", help="write conformance/results.txt anew")
    parser.addoption("--bless-declared-errors", action="store_true", help="write declared_errors.txt anew")
    parser.addoption("--whole-matrix", action="store_true", help="grant every permission in the matrix of ESC-3")
    parser.addoption("--whole-floods", action="store_true", help="send as many guesses as ADM-2 and ADM-3 tell of")
    parser.addoption(
        "--check-declared-errors",
        action="store_true",
        help="hold what the tests that run see against declared_errors.txt; sessions of all tests always do",
    )


# The tests that this session ran to their end.
RAN: set[str] = set()


def pytest_runtest_logreport(report):
    if report.when == "call" and report.passed:
        RAN.add(function_of(report.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    """Takes over what the tests of another process saw."""
    for answer, tests in getattr(node, "workeroutput", {}).get("seen", ()):
        SEEN.setdefault(Answer(*answer), set()).update(tests)


def pytest_sessionfinish(session, exitstatus):
    """What the tests saw is held against the table of declared errors, or written into it."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["seen"] = [(tuple(answer), sorted(tests)) for answer, tests in SEEN.items()]
        return
    options = session.config.option
    text = declared.PLACE.read_text()
    reasons, table = declared.parse(text)
    if options.bless_declared_errors:
        declared.PLACE.write_text(declared.written(text, declared.blessed(table, SEEN, RAN)))
    elif options.check_declared_errors or is_whole(session):
        wrong = list(declared.unseen(table, SEEN, RAN))
        if wrong:
            print("\n", "declared_errors.txt is not what the tests saw:", *wrong, sep="\n")
            session.exitstatus = exitstatus or pytest.ExitCode.TESTS_FAILED


def is_whole(session) -> bool:
    """Whether all tests were asked for and none is known to have failed."""
    options, here = session.config.option, Path(__file__).parent
    is_all = [Path(given).resolve() for given in session.config.args] == [here]
    chosen = options.keyword or options.markexpr or options.deselect or options.collectonly
    return is_all and not chosen and not session.testsfailed


@pytest.fixture(scope="module")
def server(request):
    """An ephemeral server, with the flags that the module has as FLAGS."""
    with Server(flags=getattr(request.module, "FLAGS", ())) as running:
        yield running


@pytest.fixture(scope="module")
def account(server: Server) -> Account:
    return Account(server)


@pytest.fixture(scope="module")
def org(account: Account) -> Organization:
    """An organization that the server's account manages."""
    return Organization(account)


@pytest.fixture
def api(org: Organization):
    return org.api


@pytest.fixture(scope="module")
def one(org: Organization) -> Member:
    """A member account: the attacker's, where there is one."""
    return org.make_account()


@pytest.fixture(scope="module")
def two(org: Organization) -> Member:
    """Another member account: the one attacked."""
    return org.make_account()


@pytest.fixture(scope="module")
def durable(tmp_path_factory):
    """A server with a data directory."""
    with Server(data=tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture(scope="module")
def cli(server: Server, tmp_path_factory) -> Cli:
    """The AWS CLI in a home of its own, with root's key as its default profile."""
    return Cli(server, tmp_path_factory.mktemp("home"))


@pytest.fixture
def moved(tmp_path: Path):
    """A server whose wall clock the test moves: gives (account, clock)."""
    with Clock(tmp_path / "clock") as clock, Server(clock_file=clock.path) as running:
        yield Account(running), clock


@pytest.fixture(scope="module")
def clocked(tmp_path_factory):
    """The same for a whole module."""
    with Clock(tmp_path_factory.mktemp("clock") / "clock") as clock, Server(clock_file=clock.path) as running:
        yield Account(running), clock


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Shows what the servers logged beside the failure."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for number, running in enumerate(Server.live):
            report.sections.append((f"log of server {number}", running.log_tail()))


@pytest.fixture
def revoker(server, tmp_path):
    """The commands about revocations, as the administrator runs them."""
    return Revoker(server, tmp_path)


@pytest.fixture(scope="module")
def house(account):
    """An organization with people in it."""
    return House(account)
