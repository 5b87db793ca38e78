"""Every error that the models declare for a served action is shown by a test, or listed with why it cannot occur.

This holds the table against the models and the tests' files; what the tests really saw is held against it at the end of
a session (conftest.py).
"""

from __future__ import annotations

from harness import declared
from harness.seen import Answer

GONE, FULL = Answer("iam", "GetUser", "NoSuchEntity"), Answer("iam", "GetUser", "LimitExceeded")
TEST = "test_declared_errors.py::test_a_wrong_table_is_found"
HEAD = "# - fault: is a fault\n"
GOOD = f"{HEAD}iam GetUser | LimitExceeded fault | NoSuchEntity {TEST}\n"


def test_the_table_has_all_that_is_declared():
    wrong = list(declared.flaws(declared.PLACE.read_text(), declared.declared(), declared.has_test))
    assert not wrong, "\n".join(wrong)


def test_a_wrong_table_is_found():
    flaws = lambda text: list(declared.flaws(text, (GONE, FULL), declared.has_test))  # noqa: E731
    assert not flaws(GOOD)
    assert declared.written(GOOD, declared.parse(GOOD)[1]) == GOOD
    for old, new in (
        ("LimitExceeded fault | ", ""),
        ("NoSuchEntity", "NoSuchThing"),
        ("GetUser", "GetUsers"),
        (" fault |", " ? |"),
        (" fault |", " other |"),
        ("test_a_wrong_table_is_found", "test_of_nothing"),
        ("test_a_wrong_table_is_found", "GONE"),
        ("test_declared_errors.py", "test_of_nothing.py"),
        (HEAD, HEAD + "# - other: is not used\n"),
    ):
        assert old in GOOD and flaws(GOOD.replace(old, new)), (old, new)


def test_what_a_session_saw_is_held_against_the_table():
    table = declared.parse(GOOD)[1]
    unseen = lambda seen, ran: len(list(declared.unseen(table, seen, ran)))  # noqa: E731
    assert unseen({GONE: {TEST}}, {TEST}) == 0
    # What did not run may have gone unseen, but not what ran; and what cannot occur is not seen.
    assert unseen({}, set()) == 0
    assert unseen({}, {TEST}) == 1
    assert unseen({GONE: {"test_other.py::test"}}, {TEST}) == 1
    assert unseen({GONE: {TEST}, FULL: {TEST}}, {TEST}) == 1


def test_a_table_is_written_from_what_was_seen():
    first, other = "test_declared_errors_iam.py::test", "conformance/test_conformance.py::test"
    held = {GONE: TEST, FULL: "fault"}
    assert declared.entry(GONE, held, {GONE: {TEST, first}}, {TEST}) == TEST
    assert declared.entry(GONE, held, {GONE: {first, other, "test_a.py::test"}}, {TEST}) == first
    assert declared.entry(GONE, held, {GONE: {other, "test_a.py::test"}}, {TEST}) == "test_a.py::test"
    assert declared.entry(GONE, held, {}, {TEST}) == declared.NOT_SHOWN
    assert declared.entry(GONE, held, {}, set()) == TEST
    assert declared.entry(FULL, held, {}, set()) == "fault"
    assert declared.entry(FULL, held, {FULL: {first}}, set()) == first
    assert declared.entry(FULL, {}, {}, set()) == declared.NOT_SHOWN
