"""Debian's AWS CLI 2, as packaged: it signs in with `aws sso login`, which the one from PyPI cannot.

It is older than `AWS_ENDPOINT_URL`. A folder in `AWS_DATA_PATH` takes the place of the endpoints that it knows."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from pathlib import Path

from .server import REGION, Server, ServerFailed

PROGRAM = "/usr/bin/aws"
LIMIT_S = 60
SERVICES = {
    "iam": "2010-05-08",
    "sso": "2019-06-10",
    "sso-oidc": "2019-06-10",
    "sts": "2011-06-15",
}


def rule_set(url: str) -> dict:
    """One rule: this endpoint, whatever is asked for."""
    parameter = {"required": False, "documentation": "", "type": "String"}
    return {
        "version": "1.0",
        "parameters": {"Region": {**parameter, "builtIn": "AWS::Region"}},
        "rules": [{"documentation": "", "conditions": [], "type": "endpoint", "endpoint": {"url": url}}],
    }


class Cli2:
    def __init__(self, server: Server, home: Path) -> None:
        if not Path(PROGRAM).is_file():
            raise ServerFailed(f"no {PROGRAM}: apt-get install awscli")
        self.server, self.home = server, home
        self.folder, self.data = home / ".aws", home / "endpoints"
        self.folder.mkdir(parents=True)
        self.config = ""
        for service, version in SERVICES.items():
            place = self.data / service / version
            place.mkdir(parents=True)
            (place / "endpoint-rule-set-1.json").write_text(json.dumps(rule_set(server.url)))

    # -- the person's file ---------------------------------------------------------

    def section(self, title: str, **settings: str) -> None:
        self.config += f"[{title}]\n" + "".join(f"{key} = {value}\n" for key, value in settings.items())
        (self.folder / "config").write_text(self.config)

    def sso_session(self, name: str, start_url: str) -> None:
        self.section(
            f"sso-session {name}",
            sso_start_url=start_url,
            sso_region=REGION,
            sso_registration_scopes="sso:account:access",
        )

    def sso_profile(self, name: str, session: str, account: str, role: str) -> None:
        self.section(
            f"profile {name}", sso_session=session, sso_account_id=account, sso_role_name=role, region=REGION
        )

    @property
    def cache(self) -> Path:
        return self.folder / "sso" / "cache"

    # -- commands ------------------------------------------------------------------

    def environment(self) -> dict[str, str]:
        env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PYTHON"))}
        trusted = {"AWS_CA_BUNDLE": str(self.server.ca)} if hasattr(self.server, "ca") else {}
        return env | trusted | {
            "HOME": str(self.home),
            "AWS_DATA_PATH": str(self.data),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
            "AWS_MAX_ATTEMPTS": "1",
            "PYTHONUNBUFFERED": "1",
        }

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAM, *words],
            env=self.environment(),
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )

    def ok(self, *words: str, profile: str):
        done = self.run(*words, "--profile", profile, "--output", "json")
        assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
        try:
            return json.loads(done.stdout)
        except json.JSONDecodeError:
            return done.stdout

    def login(self, session: str) -> "Login":
        return Login(self, session)


class Login:
    """`aws sso login`, which says where to go in a browser and waits until somebody was there."""

    def __init__(self, cli: Cli2, session: str) -> None:
        self.process = subprocess.Popen(
            [PROGRAM, "sso", "login", "--sso-session", session, "--no-browser"],
            env=cli.environment(),
            cwd=cli.home,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""
        self.has_url = threading.Event()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self) -> None:
        for line in self.process.stdout:
            self.said += line
            if "user_code=" in line:
                self.has_url.set()
        self.has_url.set()

    @property
    def url(self) -> str:
        """The address with the code in it."""
        assert self.has_url.wait(LIMIT_S), self.said
        found = re.search(r"https?://\S+user_code=\S+", self.said)
        assert found, self.said
        return found[0]

    def end(self) -> int:
        try:
            self.process.wait(LIMIT_S)
        finally:
            self.process.kill()
        self.reader.join(LIMIT_S)
        return self.process.returncode
