"""The scripts below examples/ run to their end against the real server, as `cargo xtask tour` runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.server import Server

EXAMPLES = Path(__file__).parents[2] / "examples"
LIMIT_S = 110


@pytest.mark.parametrize("script", sorted(path.name for path in EXAMPLES.glob("*.sh")))
def test_an_example_runs_to_its_end(script):
    with Server() as server:
        env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "AWS_ENDPOINT_URL": server.url,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": server.root.access_key,
            "AWS_SECRET_ACCESS_KEY": server.root.secret,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_PAGER": "",
        }
        done = subprocess.run(
            ["sh", str(EXAMPLES / script)], env=env, capture_output=True, text=True, timeout=LIMIT_S, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "AccessDenied" in done.stdout and "Traceback" not in done.stderr
