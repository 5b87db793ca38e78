"""The binary's own client commands, as a person runs them: a home and an environment of their own.

    command = Command(server, tmp_path)
    command.ok("rotate-keys", creds=admin)
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from .clients import Creds
from .server import Server, binary

LIMIT_S = 30


class Command:
    """Commands of one person; `always` stands before the words of every call."""

    def __init__(self, server: Server, home: Path, *always: str) -> None:
        self.server = server
        self.always = always
        self.folder = home / ".aws"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.home = home

    def environment(self, creds: Creds | None) -> dict[str, str]:
        env = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        env |= {"HOME": str(self.home), "AWS_ENDPOINT_URL": self.server.url}
        if creds is not None:
            env |= {"AWS_ACCESS_KEY_ID": creds.access_key, "AWS_SECRET_ACCESS_KEY": creds.secret}
            if creds.token:
                env["AWS_SESSION_TOKEN"] = creds.token
        return env

    def run(self, *words: str, creds: Creds | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [binary(), *self.always, *words],
            env=self.environment(creds) | env,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )

    def ok(self, *words: str, creds: Creds | None = None, **env: str) -> str:
        done = self.run(*words, creds=creds, **env)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout

    def fails(self, *words: str, code: int = 1, creds: Creds | None = None, **env: str) -> str:
        done = self.run(*words, creds=creds, **env)
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        assert done.stdout == ""
        return done.stderr


class Revoker:
    """The commands about revocations: root's, unless other credentials are given."""

    def __init__(self, server: Server, home: Path) -> None:
        self.command = Command(server, home)
        self.root = server.root

    def json(self, *words: str, creds: Creds | None = None) -> dict:
        return json.loads(self.command.ok(*words, creds=creds or self.root))

    def revoke(self, kind: str, target: str, *flags: str, creds: Creds | None = None) -> dict:
        """The receipt."""
        return self.json("revoke", kind, target, *flags, creds=creds)

    def lift(self, receipt: dict, *flags: str, creds: Creds | None = None) -> dict:
        return self.json("lift", receipt["RevocationId"], *flags, creds=creds)

    def all(self, creds: Creds | None = None) -> dict[str, dict]:
        """Every revocation in force, by its id."""
        return {held["RevocationId"]: held for held in self.json("revocations", creds=creds)["Revocations"]}

    def refused(self, *words: str, creds: Creds | None = None, code: str = "AccessDeniedException") -> str:
        """What the command says when the server refuses with this code."""
        said = self.command.fails(*words, creds=creds or self.root)
        assert said.startswith(f"portcullis: {code}: "), said
        return said
