"""The table of actions, as the binary prints it: nothing here is written by hand, so that no action can be forgotten."""

from __future__ import annotations

import functools
import json
import subprocess
from dataclasses import dataclass

from .server import binary

CALLER_ONLY = "valid credentials"
EACH_ITEM = "permission on each item"
VOUCHED = "permission of whom a token vouches for"


@dataclass(frozen=True)
class Action:
    service: str
    name: str
    asks: str
    permissions: tuple[str, ...]
    access: str

    def __str__(self) -> str:
        return f"{self.service}:{self.name}"


@functools.cache
def served() -> tuple[Action, ...]:
    """Every action that is served."""
    printed = subprocess.run([binary(), "actions", "--output", "json"], capture_output=True, check=True, text=True)
    return tuple(
        Action(service, row["action"], row["asks"], tuple(row["permissions"]), row["access"])
        for service, rows in json.loads(printed.stdout).items()
        for row in rows
        if row["served"]
    )
