"""Clients that the system packages: s3cmd, rclone, restic and curl, each in a home of its own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from .clients import Creds
from .server import REGION, Server

LIMIT_S = 60
# The person's own settings, and certificates that a client over plain HTTP would stumble over.
FOREIGN = ("AWS_", "RCLONE_", "RESTIC_", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")


class Tools:
    """The tools as one person uses them, with these credentials."""

    def __init__(self, server: Server, home: Path, creds: Creds | None = None) -> None:
        self.server = server
        self.home = home
        self.creds = creds or server.root
        home.mkdir(parents=True, exist_ok=True)
        self.host = f"127.0.0.1:{server.port}"

    def environment(self) -> dict[str, str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        env |= {
            "HOME": str(self.home),
            "AWS_ACCESS_KEY_ID": self.creds.access_key,
            "AWS_SECRET_ACCESS_KEY": self.creds.secret,
            "AWS_DEFAULT_REGION": REGION,
            "RESTIC_PASSWORD": "of the repository",
            "RCLONE_CONFIG": str(self.rclone_file()),
        }
        if self.creds.token:
            env["AWS_SESSION_TOKEN"] = self.creds.token
        return env

    def run(self, *words: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [str(word) for word in words],
            env=self.environment(),
            cwd=self.home,
            input=stdin,
            capture_output=True,
            timeout=LIMIT_S,
            check=False,
        )

    def ok(self, *words: object, stdin: bytes = b"") -> str:
        """The command must succeed; gives what it printed."""
        done = self.run(*words, stdin=stdin)
        assert done.returncode == 0, f"{words}: {done.stderr.decode(errors='replace')[-2000:]}"
        return done.stdout.decode()

    def fails(self, *words: object) -> str:
        done = self.run(*words)
        assert done.returncode != 0, done.stdout
        return done.stderr.decode()

    # -- each tool with its settings -------------------------------------------------------

    def s3cmd(self, *words: object) -> tuple[object, ...]:
        settings = {
            "access_key": self.creds.access_key,
            "secret_key": self.creds.secret,
            "access_token": self.creds.token or "",
            "host_base": self.host,
            "host_bucket": self.host,
            "use_https": "False",
            "bucket_location": REGION,
        }
        file = self.home / "s3cfg"
        file.write_text("[default]\n" + "".join(f"{name} = {value}\n" for name, value in settings.items()))
        return ("s3cmd", "--config", file, "--no-progress", *words)

    def rclone_file(self) -> Path:
        """Two remotes of one endpoint: `old` lists as in the first version of that call, `new` as in the second."""
        file = self.home / "rclone.conf"
        text = ""
        for name, provider in (("old", "Other"), ("new", "Minio")):
            text += f"[{name}]\ntype = s3\nprovider = {provider}\nendpoint = {self.server.url}\nregion = {REGION}\n"
            text += f"access_key_id = {self.creds.access_key}\nsecret_access_key = {self.creds.secret}\n"
            text += f"session_token = {self.creds.token}\n\n" if self.creds.token else "\n"
        file.write_text(text)
        return file

    def restic(self, bucket: str, *words: object) -> tuple[object, ...]:
        return ("restic", "--repo", f"s3:{self.server.url}/{bucket}", "--no-cache", "--quiet", *words)

    def curl(self, service: str, target: str, *words: object) -> tuple[object, ...]:
        signed = ["--aws-sigv4", f"aws:amz:{REGION}:{service}", "--user", f"{self.creds.access_key}:{self.creds.secret}"]
        if self.creds.token:
            signed += ["--header", f"x-amz-security-token: {self.creds.token}"]
        if service == "s3":
            # Versions of curl before the eighth do not say by themselves what they signed of the body.
            signed += ["--header", "x-amz-content-sha256: UNSIGNED-PAYLOAD"]
        return ("curl", "--silent", "--show-error", *signed, *words, f"{self.server.url}{target}")
