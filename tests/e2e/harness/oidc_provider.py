"""npm's oidc-provider as an issuer on loopback, and somebody who signs in at it with a browser's requests."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import socket
import ssl
import subprocess
import tempfile
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from .issuer import CLIENT, Authority, Site

HERE = Path(__file__).resolve().parents[1]
MODULES = HERE.parents[1] / "target" / "node" / "node_modules"
HOST = "sign-in.issuer.test"
HOPS_MAX = 10


class OidcProvider(Site):
    """Started with what its tokens say of each person beside the name."""

    def __init__(self, claims: dict[str, dict] | None = None, env: dict[str, str] | None = None) -> None:
        self.scratch = tempfile.TemporaryDirectory(prefix="portcullis-issuer-")
        self.host, self.url = HOST, f"https://{HOST}"
        self.authority = Authority([HOST], Path(self.scratch.name))
        given = {
            "modules": str(MODULES), "issuer": self.url, "client": CLIENT, "claims": claims or {},
            "cert": str(self.authority.chain), "key": str(self.authority.server_key),
        }
        self.process = subprocess.Popen(
            ["node", "--no-warnings", str(HERE / "node" / "issuer.mjs"), json.dumps(given)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | (env or {}),
        )
        self.port = self.told()["port"]

    def told(self) -> dict:
        while True:
            line = self.process.stdout.readline()
            assert line, "the issuer has ended"
            if line.startswith("{"):
                return json.loads(line)

    @property
    def flags(self) -> tuple[str, ...]:
        return ("--federation-allow", f"{self.host}=127.0.0.1:{self.port}")

    def rotate(self, order: str = "rotate") -> str:
        """The name of the key that it signs with from now on."""
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()
        return self.told()["kid"]

    def token(self, person: str = "somebody") -> str:
        """What somebody's browser brings back from signing in."""
        asked = {
            "client_id": CLIENT, "scope": "openid", "response_type": "id_token", "login_hint": person,
            "redirect_uri": "https://app.test/back", "nonce": secrets.token_hex(8), "state": "s",
        }
        cookies: dict[str, str] = {}
        place = f"{self.url}/auth?{urlencode(asked)}"
        for _ in range(HOPS_MAX):
            place = self.get(place, cookies)
            if place.startswith("https://app.test/back"):
                answer = parse_qs(urlsplit(place).fragment)
                assert "id_token" in answer, answer
                return answer["id_token"][0]
        raise AssertionError(f"signing in does not end: {place}")

    def get(self, url: str, cookies: dict[str, str]) -> str:
        """Where the answer leads to."""
        parts = urlsplit(url)
        trust = ssl.create_default_context(cafile=str(self.authority.file))
        link = http.client.HTTPConnection(self.host)
        link.sock = trust.wrap_socket(socket.create_connection(("127.0.0.1", self.port)), server_hostname=self.host)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        link.request("GET", path, headers={"Cookie": "; ".join(f"{n}={v}" for n, v in cookies.items())})
        answer = link.getresponse()
        body = answer.read()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                cookies |= {key: held.value for key, held in SimpleCookie(value).items()}
        link.close()
        where = answer.getheader("Location")
        assert where, (answer.status, body[:500])
        return where if where.startswith("https://") else self.url + where

    def __enter__(self) -> "OidcProvider":
        return self

    def __exit__(self, *_) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=10)
        self.scratch.cleanup()
