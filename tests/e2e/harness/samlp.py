"""A real SAML identity provider, npm's samlp, in a process of its own."""

from __future__ import annotations

import html
import os
import re
import subprocess
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from .saml import certificate, pem

NODE = Path(__file__).parents[1] / "node"
MODULES = Path(__file__).parents[3] / "target/node/node_modules"


class Samlp:
    def __enter__(self) -> "Samlp":
        self.scratch = tempfile.TemporaryDirectory(prefix="portcullis-samlp-")
        key = rsa.generate_private_key(65537, 2048)
        files = Path(self.scratch.name) / "key.pem", Path(self.scratch.name) / "cert.pem"
        private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        files[0].write_bytes(key.private_bytes(*private))
        files[1].write_text(pem(certificate(key)))
        # Whoever holds this opens what the identity provider encrypts.
        opens = rsa.generate_private_key(65537, 2048)
        self.private_key = opens.private_bytes(*private).decode()
        files += Path(self.scratch.name) / "seal.pem", Path(self.scratch.name) / "seal-cert.pem"
        form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        files[2].write_bytes(opens.public_key().public_bytes(*form))
        files[3].write_text(pem(certificate(opens)))
        self.process = subprocess.Popen(
            ["node", "--no-deprecation", str(NODE / "saml-idp.js"), *map(str, files)],
            env=os.environ | {"NODE_PATH": str(MODULES)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url = self.process.stdout.readline().strip()
        assert self.url, "the identity provider did not start"
        return self

    def __exit__(self, *_) -> None:
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()
        self.scratch.cleanup()

    def page(self, path: str, *query: tuple[str, str]) -> str:
        with urllib.request.urlopen(f"{self.url}{path}?{urllib.parse.urlencode(query)}", timeout=10) as answer:
            return answer.read().decode()

    def metadata(self) -> str:
        return self.page("/metadata")

    def sign_in(self, user: str, role: str, provider: str, session: str, *more: tuple[str, str]) -> str:
        """What the form would post after a sign-in."""
        claims = (("claim:Role", f"{role},{provider}"), ("claim:RoleSessionName", session))
        page = self.page("/sso", ("user", user), *claims, *more)
        found = re.search(r'name="SAMLResponse"\s+value="([^"]+)"', page)
        assert found, page
        return html.unescape(found.group(1))
