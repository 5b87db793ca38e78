"""Moves the server's wall clock and the signing clock of boto3 together.

The server reads its offset from a file through libfaketime; boto3 asks one function for the time
it signs with, which is replaced while an offset is in force.
"""

from __future__ import annotations

import datetime
from pathlib import Path

import botocore.auth
import botocore.compat


class Clock:
    # Those in force; the last one signs.
    running: list["Clock"] = []

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset_s = 0
        self.write()

    def forward(self, seconds: int) -> None:
        self.offset_s += seconds
        self.write()

    def write(self) -> None:
        # A rename, so that the server never reads half a number.
        fresh = self.path.with_suffix(".new")
        fresh.write_text(f"{self.offset_s:+d}\n")
        fresh.rename(self.path)

    def now(self) -> datetime.datetime:
        real = datetime.datetime.now(datetime.timezone.utc)
        return real + datetime.timedelta(seconds=self.offset_s)

    def signing_now(self, remove_tzinfo: bool = True) -> datetime.datetime:
        now = self.now()
        return now.replace(tzinfo=None) if remove_tzinfo else now

    def __enter__(self) -> "Clock":
        Clock.running.append(self)
        botocore.auth.get_current_datetime = self.signing_now
        return self

    def __exit__(self, *_) -> None:
        # Another one may be in force for the whole module.
        Clock.running.remove(self)
        last = Clock.running[-1].signing_now if Clock.running else botocore.compat.get_current_datetime
        botocore.auth.get_current_datetime = last
