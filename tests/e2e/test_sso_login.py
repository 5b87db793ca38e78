"""`aws sso login` with the AWS CLI 2 that Debian packages, over TLS, approved in Chromium, and what comes after it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from harness.awscli2 import Cli2
from harness.browser import Person, chromium
from harness.people import Center
from harness.secure import SecureServer
from harness.server import ACCOUNT


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    with SecureServer(tmp_path_factory.mktemp("secure") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def center(secure):
    return Center(secure)


@pytest.fixture(scope="module")
def worker(center):
    """Somebody with a role, and the role's name."""
    user = center.make_person()
    name, arn = center.make_set()
    center.assign(user, arn)
    return user, name


@pytest.fixture
def cli(secure, center, worker, tmp_path):
    cli = Cli2(secure, tmp_path / "home")
    cli.sso_session("portcullis", center.start_url)
    cli.sso_profile("work", "portcullis", ACCOUNT, worker[1])
    return cli


def log_in(cli: Cli2, browser, user, answer: str = "Let it in") -> int:
    login = cli.login("portcullis")
    with Person(browser, cli.server) as person:
        person.go(login.url)
        assert person.heading == "Sign in"
        person.sign_in(user.name, user.password)
        assert "botocore-client" in person.shown("#client")
        assert person.shown("#from") == "127.0.0.1"
        assert person.shown("#code") in login.url
        person.press(answer)
    return login.end()


def test_a_person_logs_in_works_and_logs_out(secure, browser, worker, cli):
    user, role = worker
    assert log_in(cli, browser, user) == 0
    who = cli.ok("sts", "get-caller-identity", profile="work")
    assert who["Arn"].startswith(f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSReservedSSO_{role}_")
    assert who["Arn"].endswith(f"/{user.name}")
    assert "Users" in cli.ok("iam", "list-users", profile="work")
    refused = cli.run("iam", "create-user", "--user-name", "x", "--profile", "work")
    assert "AccessDenied" in refused.stderr
    assert cli.run("sso", "logout").returncode == 0
    assert not list(cli.cache.glob("*.json")) or "accessToken" not in "".join(
        held.read_text() for held in cli.cache.glob("*.json")
    )
    gone = cli.run("sts", "get-caller-identity", "--profile", "work")
    assert gone.returncode != 0 and "sso" in gone.stderr.lower()


def test_over_tls_the_cookie_is_bound_to_this_very_host(secure, browser, worker):
    user, _ = worker
    with Person(browser, secure) as person:
        person.go("sign-in").sign_in(user.name, user.password)
        assert person.heading == "Accounts and roles"
        (held,) = person.cookies().values()
        assert held["name"] == "__Host-portcullis-session"
        assert held["secure"] and held["httpOnly"] and held["sameSite"] == "Strict" and held["path"] == "/"


def test_whoever_is_denied_gets_nothing(browser, worker, cli):
    user, _ = worker
    assert log_in(cli, browser, user, "Deny") != 0
    assert cli.run("sts", "get-caller-identity", "--profile", "work").returncode != 0


# -- the SDK for JavaScript ---------------------------------------------------------

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).parent / "node" / "sso.js"


def javascript(cli: Cli2, profile: str) -> subprocess.CompletedProcess[str]:
    env = cli.environment() | {
        "AWS_ENDPOINT_URL": cli.server.url,
        "AWS_REGION": "us-east-1",
        "NODE_EXTRA_CA_CERTS": str(cli.server.ca),
        "NODE_FOLDER": str(ROOT / "target" / "node"),
    }
    return subprocess.run(
        ["node", str(SCRIPT), profile], env=env, cwd=cli.home, capture_output=True, text=True, timeout=60, check=False
    )


def token_file(cli: Cli2) -> Path:
    (found,) = [held for held in cli.cache.glob("*.json") if "accessToken" in held.read_text()]
    return found


def test_the_sdk_for_javascript_goes_on_with_it_and_refreshes_its_token(browser, worker, cli):
    user, role = worker
    assert log_in(cli, browser, user) == 0
    done = javascript(cli, "work")
    assert done.returncode == 0, done.stderr
    assert f"AWSReservedSSO_{role}_" in json.loads(done.stdout)["Arn"]
    # The token is as good as over: the SDK asks for another with the refresh token.
    place = token_file(cli)
    before = json.loads(place.read_text())
    place.write_text(json.dumps({**before, "expiresAt": "2020-01-01T00:00:00Z"}))
    done = javascript(cli, "work")
    assert done.returncode == 0, done.stderr
    after = json.loads(place.read_text())
    assert after["accessToken"] != before["accessToken"] and after["expiresAt"] > "2026"


def test_no_token_is_refreshed_once_the_session_was_ended(browser, worker, cli, center):
    user, _ = worker
    assert log_in(cli, browser, user) == 0
    place = token_file(cli)
    held = json.loads(place.read_text())
    center.end_sessions(user)
    done = javascript(cli, "work")
    assert done.returncode != 0, "the token names a session that has ended"
    place.write_text(json.dumps({**held, "expiresAt": "2020-01-01T00:00:00Z"}))
    assert javascript(cli, "work").returncode != 0
