"""Listing sessions: the product's own API called by hand, and its command as a person runs it."""

from __future__ import annotations

import json
import os
import subprocess

from .clients import Creds
from .clock import Clock
from .raw import Raw
from .server import Server, binary
from .sigv4 import Scope

LIMIT_S = 30


class Sessions:
    """The API, called by hand, and the command, as a person runs it."""

    def __init__(self, server: Server, clock: Clock | None = None) -> None:
        self.server = server
        self.clock = clock
        self.raw = Raw(server)
        self.creds = server.root

    def call(self, operation: str, given: dict, creds: Creds | None = None):
        creds = creds or self.creds
        headers = [("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", f"Portcullis_20261122.{operation}")]
        scope = Scope(creds, "portcullis", **({"moment": self.clock.now()} if self.clock else {}))
        body = json.dumps(given).encode()
        return self.raw.send(self.raw.request("POST", "/", creds, "portcullis", headers=headers, body=body, scope=scope))

    def ok(self, operation: str, given: dict, creds: Creds | None = None) -> dict:
        answer = self.call(operation, given, creds)
        assert answer.status == 200, answer.text
        return json.loads(answer.text)

    def list(self, creds: Creds | None = None, **given) -> list[dict]:
        found: list[dict] = []
        while True:
            page = self.ok("ListSessions", given, creds)
            found += page["Sessions"]
            if "NextToken" not in page:
                return found
            given["NextToken"] = page["NextToken"]

    def keys(self, creds: Creds | None = None, **given) -> set[str]:
        return {session["AccessKeyId"] for session in self.list(creds, **given)}

    def describe(self, creds_or_key: Creds | str, by: Creds | None = None) -> dict:
        key = creds_or_key if isinstance(creds_or_key, str) else creds_or_key.access_key
        return self.ok("DescribeSession", {"AccessKeyId": key}, by)

    def run(self, *words: str, creds: Creds | None = None) -> subprocess.CompletedProcess[str]:
        creds = creds or self.creds
        env = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        env |= {"HOME": "/nonexistent", "AWS_ENDPOINT_URL": self.server.url}
        env |= {"AWS_ACCESS_KEY_ID": creds.access_key, "AWS_SECRET_ACCESS_KEY": creds.secret}
        if creds.token:
            env["AWS_SESSION_TOKEN"] = creds.token
        return subprocess.run(
            [binary(), "sessions", *words], env=env, capture_output=True, text=True, timeout=LIMIT_S, check=False
        )

    def told(self, *words: str, creds: Creds | None = None) -> str:
        done = self.run(*words, creds=creds)
        assert done.returncode == 0, done.stderr
        return done.stdout
