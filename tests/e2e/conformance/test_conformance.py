"""Each service, action by action: what its model says is what the server does, or as near as results.txt has it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.issuer import Issuers
from harness.server import Server

from . import results
from .trial import Trial

@pytest.fixture(scope="module")
def server():
    with Issuers(1) as issuers, Server(flags=("--quota", "accounts=1000", *issuers.flags)) as running:
        running.issuers = issuers
        yield running


SERVICES = ("cloudtrail", "iam", "identitystore", "organizations", "sso", "sts")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_keeps_to_its_model(account, request, service):
    trial = Trial(account, service)
    trial.refusals()
    trial.pages()
    trial.answers()
    trial.acceptance()
    held = results.load()
    if request.config.getoption("--bless-conformance"):
        kept = {name: line for name, line in held.items() if line.service != service}
        results.save(kept | {line.name: line for line in trial.lines.values()})
        print(*trial.faults, sep="\n")
        return
    flaws = [flaw for line in trial.lines.values() for flaw in line.flaws(held.get(line.name))]
    flaws += [f"{name}: is not served any more" for name in held if is_lost(name, service, trial)]
    assert not flaws, "\n".join([*flaws, "", "bad answers:", *trial.faults])


def test_a_worse_line_is_found():
    old = results.Line.read("iam GetUser | least ok | full ok | missing 1/1 | beyond 3/3 | within 2/2 | waived 0 | pages ok, 2 items")
    assert str(results.Line.read(str(old))) == str(old) and not old.flaws(old)
    better = {"missing": [2, 2], "pages": "ok, 3 or more items", "waived": 0}
    assert not replace(old, **better).flaws(old)
    for worse in (
        {"least": "NoSuchEntity"},
        {"full": "undeclared 500 InternalFailure"},
        {"missing": [0, 0]},
        {"beyond": [3, 4]},
        {"within": [1, 2]},
        {"waived": 1},
        {"pages": "- (nothing is listed)"},
        {"pages": "differ: 1 items one by one, 2 at once"},
    ):
        assert len(replace(old, **worse).flaws(old)) == 1, worse
    # A new action must do well from the beginning.
    assert not old.flaws(None)
    assert replace(old, least="ValidationError").flaws(None) and replace(old, beyond=[2, 3]).flaws(None)


def is_lost(name: str, service: str, trial: Trial) -> bool:
    of, action = name.split(" ")
    return of == service and action not in trial.lines
