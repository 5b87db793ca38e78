"""What the credentials page offers, each used as people use it."""

from __future__ import annotations

import html
import os
import re
import subprocess

import boto3
import pytest

from harness.awscli2 import Cli2
from harness.browser import Person, chromium
from harness.clients import Creds
from harness.expect import allowed, denied
from harness.people import Center
from harness.portal import Visitor
from harness.server import ACCOUNT, REGION, Server

NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@pytest.fixture(scope="module")
def center(server: Server) -> Center:
    return Center(server)


@pytest.fixture(scope="module")
def jane(center):
    return center.make_person_with_role()


class Page:
    """The page as somebody copies from it."""

    def __init__(self, center: Center, user) -> None:
        visitor = Visitor(center.server).sign_in(user.name, user.password).get("")
        visitor.post("credentials", account=ACCOUNT, role=user.role)
        assert visitor.status == 200, visitor.text
        self.text = visitor.text

    def copied(self, place: str) -> str:
        return html.unescape(self.text.split(f'<pre id="{place}">')[1].split("</pre>")[0])


@pytest.fixture(scope="module")
def page(center, jane) -> Page:
    return Page(center, jane)


def works(server: Server, user, creds: Creds) -> None:
    assert all((creds.access_key, creds.secret, creds.token))
    who = server.client("sts", creds).get_caller_identity()["Arn"]
    role = rf"AWSReservedSSO_{user.role}_[0-9a-f]{{16}}"
    assert re.fullmatch(rf"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{user.name}", who)
    allowed(server.client("iam", creds).list_users)
    denied(lambda: server.client("iam", creds).create_user(UserName="x"))


def test_the_lines_for_a_shell(server, jane, page):
    """What a shell makes of them, not what they look like."""
    script = page.copied("bash") + "\nenv -0"
    for shell in (["bash", "--noprofile", "--norc"], ["sh"]):
        path = {"PATH": os.environ["PATH"]}
        done = subprocess.run([*shell, "-euc", script], env=path, capture_output=True, check=True)
        held = dict(line.split("=", 1) for line in done.stdout.decode().split("\0") if line)
        works(server, jane, Creds(*(held[name] for name in NAMES)))


def test_the_lines_for_powershell(server, jane, page):
    lines = page.copied("powershell").splitlines()
    found = [re.fullmatch(r"\$Env:(\w+)='([^'‘’]*)'", line) for line in lines]
    assert [line and line[1] for line in found] == list(NAMES)
    works(server, jane, Creds(*(line[2] for line in found)))


def test_the_profile_in_a_credentials_file(server, jane, page, tmp_path, monkeypatch):
    path = tmp_path / "credentials"
    path.write_text(page.copied("profile") + "\n\n[other]\naws_access_key_id=x\naws_secret_access_key=y\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
    session = boto3.Session(profile_name=f"{ACCOUNT}_{jane.role}", region_name=REGION)
    found = session.get_credentials().get_frozen_credentials()
    works(server, jane, Creds(found.access_key, found.secret_key, found.token))
    arn = session.client("sts", endpoint_url=server.url).get_caller_identity()["Arn"]
    assert arn.endswith(f"/{jane.name}")
    assert set(session.available_profiles) == {f"{ACCOUNT}_{jane.role}", "other"}


def test_all_three_are_the_same_and_the_next_page_has_others(center, jane, page):
    secret = re.search(r"export AWS_SECRET_ACCESS_KEY='([^']+)'", page.copied("bash"))[1]
    assert secret in page.copied("powershell") and secret in page.copied("profile")
    assert secret not in page.copied("config") and secret not in Page(center, jane).text


def test_the_configuration_signs_in_from_the_command_line(server, jane, page, tmp_path):
    cli = Cli2(server, tmp_path / "home")
    (cli.folder / "config").write_text(page.copied("config") + "\n")
    login = cli.login("portcullis")
    with chromium() as browser, Person(browser, server) as person:
        person.go(login.url).sign_in(jane.name, jane.password).press("Let it in")
    assert login.end() == 0, login.said
    who = cli.ok("sts", "get-caller-identity", profile=jane.role)
    assert f":assumed-role/AWSReservedSSO_{jane.role}_" in who["Arn"] and who["Arn"].endswith(f"/{jane.name}")
    tokens = "".join(held.read_text() for held in cli.cache.glob("*.json"))
    assert "refreshToken" in tokens, "it keeps itself supplied"
