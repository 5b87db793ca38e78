"""Which error answers which test got through boto3: one record for the whole session of tests."""

from __future__ import annotations

import os
from typing import NamedTuple

from .services import SIGNED


class Answer(NamedTuple):
    """An error that an action answered."""

    service: str
    action: str
    code: str


# The tests that saw each answer, as `file::function`.
SEEN: dict[Answer, set[str]] = {}


def record(parsed: dict, model, **_) -> None:
    """Handles botocore's event `after-call`, which comes with the answer."""
    code = parsed.get("Error", {}).get("Code")
    if code:
        called = model.service_model.service_name
        answer = Answer(SIGNED.get(called, called), model.name, code)
        SEEN.setdefault(answer, set()).add(running())


def running() -> str:
    """The test that runs, without its parameters: pytest names it for whoever asks, in every thread."""
    return function_of(os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" (")[0])


def function_of(node: str) -> str:
    return node.partition("[")[0]
