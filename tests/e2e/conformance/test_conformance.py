"""Each service, action by action: what its model says is what the server does, or as near as results.txt has it."""

from __future__ import annotations

import pytest

from . import results
from .trial import Trial

SERVICES = ("cloudtrail", "iam", "organizations", "sts")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_keeps_to_its_model(account, request, service):
    trial = Trial(account, service)
    trial.refusals()
    trial.pages()
    trial.answers()
    held = results.load()
    if request.config.getoption("--bless-conformance"):
        kept = {name: line for name, line in held.items() if line.service != service}
        results.save(kept | {line.name: line for line in trial.lines.values()})
        print(*trial.faults, sep="\n")
        return
    flaws = [flaw for line in trial.lines.values() for flaw in line.flaws(held.get(line.name))]
    flaws += [f"{name}: is not served any more" for name in held if is_lost(name, service, trial)]
    assert not flaws, "\n".join([*flaws, "", "bad answers:", *trial.faults])


def is_lost(name: str, service: str, trial: Trial) -> bool:
    of, action = name.split(" ")
    return of == service and action not in trial.lines
