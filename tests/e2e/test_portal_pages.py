"""A person at the access portal, in a real browser, from the first password to the last sign-out."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

import pytest

from harness.browser import Person, chromium
from harness.clients import ClientMaker, Creds
from harness.command import Command
from harness.expect import allowed
from harness.mfa import App
from harness.people import OWN_PASSWORD, Center
from harness.portal import Visitor
from harness.server import ACCOUNT, Server
from harness.signed_in import SignedIn, signed_out

WRONG = "The user name, the password or the code is not right."


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def center(server):
    return Center(server)


@pytest.fixture
def person(browser, server):
    with Person(browser, server) as person:
        yield person


def credentials(text: str) -> Creds:
    """As a shell would read them."""
    found = dict(re.findall(r"export (\w+)='([^']*)'", text))
    return Creds(found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"], found["AWS_SESSION_TOKEN"])


def test_the_whole_life_of_a_person(browser, server, center):
    user = center.make_user()
    set_name, arn = center.make_set()
    center.assign(user, arn)
    one_time = center.one_time_password(user)
    with Person(browser, server) as person:
        # The first sign-in: nothing goes on before there is a password that nobody else knows.
        person.go().sign_in(user.name, one_time)
        assert person.heading == "Change your password"
        person.go("sessions")
        assert person.heading == "Change your password"
        person.fill(old=one_time, new=OWN_PASSWORD, again=OWN_PASSWORD).press("Change password")
        person.go()
        assert person.heading == "Accounts and roles"
        assert person.shown("#person") == user.name
        assert ACCOUNT in person.text and set_name in person.text

        # Credentials from the page.
        person.press(f"Credentials for {set_name} in {ACCOUNT}")
        creds = credentials(person.shown("#bash"))
        maker = ClientMaker(server.url)
        arn = maker.client("sts", creds).get_caller_identity()["Arn"]
        assert re.search(rf":assumed-role/AWSReservedSSO_{set_name}_[0-9a-f]{{16}}/{user.name}$", arn), arn
        allowed(maker.client("iam", creds).list_users)
        assert creds.secret in person.shown("#powershell") and creds.token in person.shown("#profile")
        assert person.answer.headers["cache-control"] == "no-store"

        # An authenticator app.
        person.go("authenticator").fill(password=OWN_PASSWORD).press("Set up")
        app = App(person.shown("#key"))
        assert person.page.get_attribute("img", "src").startswith("data:image/png;base64,")
        assert person.page.evaluate("document.images[0].naturalWidth") > 0, "the picture is let in"
        two = app.two()
        person.fill(first=two["AuthenticationCode1"], second=two["AuthenticationCode2"]).press("Done")
        assert "asks for a code" in person.text

        # Signing out, and in again with a code.
        person.press("Sign out")
        assert person.heading == "Sign in"
        assert person.go("sessions").heading == "Sign in"
        person.sign_in(user.name, OWN_PASSWORD)
        assert WRONG in person.refusal
        person.sign_in(user.name, OWN_PASSWORD, app.code(1))
        assert person.heading == "Where you are signed in"
        allowed(maker.client("iam", creds).list_users)


def test_an_administrator_gives_a_password_at_the_command_line(server, center, tmp_path):
    user = center.make_person()
    before = Visitor(server).sign_in(user.name, user.password)
    told = json.loads(Command(server, tmp_path).ok("person", "set-password", user.name, creds=server.root))
    assert told["UserId"] == user.id
    assert before.get("").status == 303, "sign-in sessions end with it"
    assert Visitor(server).sign_in(user.name, user.password).status == 401
    visitor = Visitor(server).sign_in(user.name, told["Password"])
    assert visitor.status == 303 and "/password" in visitor.get("").location


def test_a_person_signs_out_elsewhere(browser, server, center):
    user = center.make_person()
    program = SignedIn(center, user)  # signed in by a browser that is forgotten, as one that was lost
    with Person(browser, server, user_agent="the lost one") as lost, Person(browser, server) as here:
        lost.go().sign_in(user.name, user.password)
        here.go().sign_in(user.name, user.password)
        here.go("sessions")
        rows = here.page.locator("tbody tr")
        before = rows.count()
        assert before >= 3 and rows.filter(has_text="this one").count() == 1
        row = rows.filter(has_text="the lost one")
        with here.page.expect_navigation():
            row.get_by_role("button", name="End", exact=True).click()
        assert rows.count() == before - 1 and row.count() == 0
        assert lost.go().heading == "Sign in"
        assert program.accounts() == [], "nobody else is signed out"
        while here.page.get_by_role("button", name="End", exact=True).count():
            with here.page.expect_navigation():
                here.page.get_by_role("button", name="End", exact=True).first.click()
        assert signed_out(program.accounts) and signed_out(program.refresh)
        assert here.go("sessions").heading == "Where you are signed in"


def test_an_authenticator_goes_with_the_password_and_a_code(browser, server, center):
    user = center.make_person()
    with Person(browser, server) as person:
        person.go().sign_in(user.name, user.password)
        person.go("authenticator").fill(password=user.password).press("Set up")
        app = App(person.shown("#key"))
        two = app.two()
        person.fill(first=two["AuthenticationCode1"], second=two["AuthenticationCode2"]).press("Done")
        used = two["AuthenticationCode2"]
        for password, code in (("Wrong-Horse-9-Battery", app.code(1)), (user.password, app.wrong()), (user.password, used)):
            person.go("authenticator").fill(password=password, code=code).press("Remove")
            assert person.status == 401 and person.refusal, code
        assert Visitor(server).sign_in(user.name, user.password).status == 401
        person.go("authenticator").fill(password=user.password, code=app.code(1)).press("Remove")
        assert "your password alone is not enough" in person.go("authenticator").text
    assert Visitor(server).sign_in(user.name, user.password).status == 303


def test_how_long_people_stay_signed_in_is_the_operators(tmp_path):
    with Server(flags=("--portal-session", "90")) as server:
        center = Center(server)
        user = center.make_person()
        Visitor(server).sign_in(user.name, user.password)
        listed = Command(server, tmp_path).ok("person", "sessions", user.name, creds=server.root)
        held = json.loads(listed)["PortalSessions"]
        lives = [datetime.fromisoformat(one["Expires"]) - datetime.fromisoformat(one["SignedInAt"]) for one in held]
        assert lives and set(lives) == {timedelta(minutes=90)}
