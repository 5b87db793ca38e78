"""The unmodified AWS CLI as a person would run it: its own home, its own files, our endpoint."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from .clients import Creds
from .server import REGION, Server

LIMIT_S = 60
S3_SETTINGS = "s3 =\n  addressing_style = path\n  signature_version = s3v4\n"


class Cli:
    def __init__(self, server: Server, home: Path) -> None:
        self.server = server
        self.home = home
        self.folder = home / ".aws"
        self.folder.mkdir(parents=True)
        self.config = ""
        self.credentials = ""
        self.keys("default", server.root)

    # -- the person's files --------------------------------------------------------

    def keys(self, profile: str, creds: Creds) -> None:
        self.credentials += f"[{profile}]\naws_access_key_id = {creds.access_key}\n"
        self.credentials += f"aws_secret_access_key = {creds.secret}\n"
        if creds.token:
            self.credentials += f"aws_session_token = {creds.token}\n"
        self.profile(profile)

    def profile(self, name: str, **settings: str) -> None:
        title = name if name == "default" else f"profile {name}"
        self.config += f"[{title}]\nregion = {REGION}\noutput = json\n{S3_SETTINGS}"
        self.config += "".join(f"{key} = {value}\n" for key, value in settings.items())
        self.save()

    def save(self) -> None:
        (self.folder / "config").write_text(self.config)
        (self.folder / "credentials").write_text(self.credentials)

    @property
    def cache(self) -> Path:
        return self.folder / "cli" / "cache"

    # -- commands ------------------------------------------------------------------

    def environment(self) -> dict[str, str]:
        env = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        return env | {
            "HOME": str(self.home),
            "AWS_ENDPOINT_URL": self.server.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
        }

    def run(self, *words: str, profile: str = "default") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "awscli", *words, "--profile", profile],
            env=self.environment(),
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )

    def ok(self, *words: str, profile: str = "default"):
        """The command must succeed; gives its JSON, or its text where it prints none."""
        done = self.run(*words, profile=profile)
        assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
        try:
            return json.loads(done.stdout)
        except json.JSONDecodeError:
            return done.stdout

    def fails(self, *words: str, profile: str = "default", code: str = "AccessDenied") -> str:
        done = self.run(*words, profile=profile)
        assert done.returncode != 0, done.stdout
        assert f"({code})" in done.stderr, done.stderr
        return done.stderr
