"""The errors that the models declare for the actions that are served, and the checked-in table that says where each is
shown: `declared_errors.txt`."""

from __future__ import annotations

import ast
import functools
from pathlib import Path
from typing import Iterable, Iterator

import botocore.session

from .seen import Answer
from .services import CALLED
from .table import served

PLACE = Path(__file__).parents[1] / "declared_errors.txt"
SERVICES = ("cloudtrail", "iam", "identitystore", "organizations", "sso", "sts")
REASON = "# - "
NOT_SHOWN = "?"
# Where errors are shown best, by the beginnings of the names of files, and where they are seen by chance.
PREFERRED = "test_declared_errors"
BY_CHANCE = ("conformance/", "test_authorization_matrix", "test_corpus_wire", "test_threat")

# What stands for an error: the test that shows it as `file::function`, or the name of a reason why it cannot occur.
Table = dict[Answer, str]


@functools.cache
def declared() -> tuple[Answer, ...]:
    """Every error that the models declare for a served action, in order."""
    session = botocore.session.get_session()
    models = {service: session.get_service_model(CALLED.get(service, service)) for service in SERVICES}
    return tuple(
        sorted(
            Answer(action.service, action.name, shape.metadata.get("error", {}).get("code", shape.name))
            for action in served()
            if action.service in models
            for shape in models[action.service].operation_model(action.name).error_shapes
        )
    )


def parse(text: str) -> tuple[dict[str, str], Table]:
    """The reasons of a table and its entries; a line is an action with its errors: `iam GetUser | Error what | ...`."""
    reasons, table = {}, {}
    for line in text.splitlines():
        if line.startswith(REASON):
            name, _, why = line.removeprefix(REASON).partition(": ")
            reasons[name] = why
        elif line and not line.startswith("#"):
            whose, *errors = line.split(" | ")
            for error in errors:
                code, what = error.split(" ")
                table[Answer(*whose.split(" "), code)] = what
    return reasons, table


def written(head: str, table: Table) -> str:
    """A table's text, with the head of the old one."""
    lines: dict[str, list[str]] = {}
    for answer, what in sorted(table.items()):
        lines.setdefault(f"{answer.service} {answer.action}", []).append(f"{answer.code} {what}")
    kept = [line for line in head.splitlines() if line.startswith("#")]
    return "\n".join([*kept, *(" | ".join([name, *errors]) for name, errors in lines.items()), ""])


def is_test(what: str) -> bool:
    return "::" in what


def flaws(text: str, wanted: Iterable[Answer], has_test) -> Iterator[str]:
    """What is wrong with a table by itself: `has_test` says whether there is a test of a name."""
    reasons, table = parse(text)
    wanted = set(wanted)
    for answer in sorted(wanted - table.keys()):
        yield f"{' '.join(answer)}: has no entry"
    for answer in sorted(table.keys() - wanted):
        yield f"{' '.join(answer)}: no served action declares this"
    for answer, what in table.items():
        if is_test(what) and not has_test(what):
            yield f"{' '.join(answer)}: there is no test {what}"
        elif not is_test(what) and what not in reasons:
            yield f"{' '.join(answer)}: {what} is not a reason of the table's head"
    for reason in reasons.keys() - set(table.values()):
        yield f"the reason {reason} is not used"


def unseen(table: Table, seen: dict[Answer, set[str]], ran: set[str]) -> Iterator[str]:
    """Entries that a session of tests refutes: not seen by their test, which ran, or seen although they cannot occur."""
    for answer, what in table.items():
        if is_test(what) and what in ran and what not in seen.get(answer, ()):
            yield f"{' '.join(answer)}: was not seen by {what}"
        if not is_test(what) and answer in seen:
            yield f"{' '.join(answer)}: is listed as {what}, but seen by {', '.join(sorted(seen[answer]))}"


def blessed(table: Table, seen: dict[Answer, set[str]], ran: set[str]) -> Table:
    """The table that a session of tests shows."""
    return {answer: entry(answer, table, seen, ran) for answer in declared()}


def entry(answer: Answer, table: Table, seen: dict[Answer, set[str]], ran: set[str]) -> str:
    """What stands for an error after a session: what stood there if it still holds, else the best test that saw it."""
    held, tests = table.get(answer, NOT_SHOWN), seen.get(answer, set())
    is_lost = is_test(held) and held in ran and held not in tests
    if tests and (is_lost or not is_test(held)):
        return min(tests, key=lambda test: (test.startswith(BY_CHANCE), not test.startswith(PREFERRED), test))
    return NOT_SHOWN if is_lost else held


@functools.cache
def functions(file: str) -> frozenset[str]:
    """The functions of a file of tests; none if there is no such file."""
    place = PLACE.parent / file
    if not place.is_file():
        return frozenset()
    return frozenset(node.name for node in ast.parse(place.read_text()).body if isinstance(node, ast.FunctionDef))


def has_test(what: str) -> bool:
    file, _, function = what.partition("::")
    return function.startswith("test_") and function in functions(file)
