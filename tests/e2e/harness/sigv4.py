"""Signature Version 4 written out, so that a test can bend any single part of it.

Nothing is normalised: the path and the query go into the signature as they go onto the wire.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from urllib.parse import quote, unquote

from .clients import Creds

ALGORITHM = "AWS4-HMAC-SHA256"
EMPTY_SHA = hashlib.sha256(b"").hexdigest()


def sha_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def encode(text: str, safe: str = "") -> str:
    return quote(text, safe=safe + "-_.~")


@dataclass(frozen=True)
class Scope:
    """Who signs, for what and when; every part may be a lie."""

    creds: Creds
    service: str
    region: str = "us-east-1"
    moment: datetime = field(default_factory=lambda: datetime.now(timezone.utc))
    scope_date: str | None = None
    terminator: str = "aws4_request"
    algorithm: str = ALGORITHM

    @property
    def stamp(self) -> str:
        return self.moment.strftime("%Y%m%dT%H%M%SZ")

    @property
    def date(self) -> str:
        return self.scope_date or self.stamp[:8]

    @property
    def text(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/{self.terminator}"

    def key(self) -> bytes:
        made = ("AWS4" + self.creds.secret).encode()
        for part in (self.date, self.region, self.service, self.terminator):
            made = mac(made, part)
        return made

    def sign(self, string_to_sign: str) -> str:
        return mac(self.key(), string_to_sign).hex()

    def but(self, **changes) -> "Scope":
        return replace(self, **changes)


def canonical(
    method: str, path: str, query: str, headers: list[tuple[str, str]], signed: list[str], payload: str
) -> str:
    lines = {name: [] for name in signed}
    for name, value in headers:
        if name.lower() in lines:
            lines[name.lower()].append(" ".join(value.split()))
    block = "".join(f"{name}:{','.join(lines[name])}\n" for name in signed)
    ordered = "&".join(f"{n}={v}" for n, v in sorted(pairs_of(query)))
    return "\n".join([method, path, ordered, block, ";".join(signed), payload])


def pairs_of(query: str) -> list[tuple[str, str]]:
    """Name and value of each query part, in the one canonical encoding; a bare name has no value."""
    parts = [part.partition("=") for part in query.split("&") if part]
    return [(encode(unquote(name)), encode(unquote(value))) for name, _, value in parts]


def string_to_sign(scope: Scope, canonical_request: str) -> str:
    return "\n".join([scope.algorithm, scope.stamp, scope.text, sha_hex(canonical_request.encode())])
