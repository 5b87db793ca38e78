"""The checked-in table: one line for each action, and when a new line is worse than the old one."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

PLACE = Path(__file__).with_name("results.txt")
TITLE = """\
# What the conformance tests found, one line for each action that is served. Written by
#     cargo xtask e2e -k conformance --bless-conformance
# least, full: the answers to the least valid input and to one with every member. missing, beyond: of how many inputs
# without a required member, or beyond a limit, were refused as they must be. within: of how many inputs just within a
# limit were not refused for it. pages: items read one by one and at once, or why that was not tried. waived: cases that
# do not apply; why stands in values.py.
"""
NOT_TRIED = "-"
# The kinds of cases that are counted.
KINDS = ("missing", "beyond", "within")
# How answers begin that no action may give.
FAULTS = ("ill-formed", "undeclared")


@dataclass
class Line:
    """What was found out about one action."""

    service: str
    action: str
    least: str = NOT_TRIED
    full: str = NOT_TRIED
    missing: list[int] = field(default_factory=lambda: [0, 0])
    beyond: list[int] = field(default_factory=lambda: [0, 0])
    within: list[int] = field(default_factory=lambda: [0, 0])
    waived: int = 0
    pages: str = NOT_TRIED

    @property
    def name(self) -> str:
        return f"{self.service} {self.action}"

    def counted(self, kind: str) -> list[int]:
        return getattr(self, kind)

    def __str__(self) -> str:
        ratios = ["{} {}/{}".format(kind, *self.counted(kind)) for kind in KINDS]
        parts = [self.name, f"least {self.least}", f"full {self.full}", *ratios, f"waived {self.waived}", f"pages {self.pages}"]
        return " | ".join(parts)

    @staticmethod
    def read(text: str) -> "Line":
        name, *parts = text.split(" | ")
        found = dict(part.split(" ", 1) for part in parts)
        service, action = name.split(" ")
        ratio = lambda word: [int(number) for number in found[word].split("/")]  # noqa: E731
        return Line(
            service,
            action,
            found["least"],
            found["full"],
            *(ratio(kind) for kind in KINDS),
            int(found["waived"]),
            found["pages"],
        )

    def flaws(self, old: "Line | None") -> list[str]:
        """How it is worse than the checked-in line; a new action must have none of the faults that a line can show."""
        if old is None:
            full = "ok" if self.full.startswith(FAULTS) else self.full
            perfect = [self.counted(kind)[1:] * 2 for kind in KINDS]
            old = Line(self.service, self.action, "ok", full, *perfect, self.waived, self.pages)
        found = []
        for word, new, held in (("least", self.least, old.least), ("full", self.full, old.full)):
            if new not in (held, "ok"):
                found.append(f"the {word} valid input is answered by {new} instead of {held}")
        for kind in KINDS:
            (passed, asked), (held, all_held) = self.counted(kind), old.counted(kind)
            if asked - passed > all_held - held or asked < all_held:
                found.append(f"{kind}: {passed}/{asked}, was {held}/{all_held}")
        if self.waived > old.waived:
            found.append(f"{self.waived} cases waived, was {old.waived}")
        if self.pages != old.pages and not is_better(self.pages, old.pages):
            found.append(f"pages: {self.pages}, was {old.pages}")
        return [f"{self.name}: {flaw}" for flaw in found]


def is_better(new: str, old: str) -> bool:
    """`ok`, with however many items, is better than not tried, and that is better than a fault."""
    rank = lambda text: 2 if text.startswith("ok") else 1 if text.startswith(NOT_TRIED) else 0  # noqa: E731
    return rank(new) > rank(old) or rank(new) == rank(old) == 2


def load() -> dict[str, Line]:
    texts = PLACE.read_text().splitlines() if PLACE.exists() else []
    lines = [Line.read(text) for text in texts if text and not text.startswith("#")]
    return {line.name: line for line in lines}


def save(lines: dict[str, Line]) -> None:
    PLACE.write_text(TITLE + "".join(f"{lines[name]}\n" for name in sorted(lines)))
