"""`portcullis person set-password --remove-authenticator`: a lost app is taken away, and only if that is asked."""

from __future__ import annotations

import pytest

from harness.command import Revoker
from harness.mfa import App
from harness.people import Center, Somebody
from harness.portal import Visitor
from harness.server import Server

NEW = "Another-Horse-43-staple"


@pytest.fixture(scope="module")
def center(server: Server) -> Center:
    return Center(server)


class Owner:
    """Somebody whose sign-in asks for a code."""

    def __init__(self, center: Center) -> None:
        self.center, self.who = center, center.make_person()
        visitor = Visitor(center.server).sign_in(self.who.name, self.who.password).get("authenticator")
        visitor.post("authenticator", password=self.who.password)
        self.app = App(visitor.text.split('id="key">')[1].split("<")[0])
        two = self.app.two()
        visitor.post("authenticator/enrol", first=two["AuthenticationCode1"], second=two["AuthenticationCode2"])
        assert "asks for a code" in visitor.get("authenticator").text, visitor.text

    def sign_in(self, code: str = "") -> Visitor:
        return Visitor(self.center.server).sign_in(self.who.name, self.who.password, code)

    def set_password(self, revoker: Revoker, *flags: str) -> Somebody:
        self.who.password = revoker.json("person", "set-password", self.who.name, *flags)["Password"]
        return self.who


def test_without_the_app_the_new_password_is_enough(center, revoker):
    owner = Owner(center)
    assert owner.sign_in().status == 401, "a code is asked for"
    owner.set_password(revoker, "--remove-authenticator")
    visitor = owner.sign_in()
    assert visitor.status == 303 and "/password" in visitor.get("").location
    visitor.get("password").post("password", old=owner.who.password, new=NEW, again=NEW)
    owner.who.password = NEW
    visitor = owner.sign_in()
    assert visitor.status == 303 and "your password alone is not enough" in visitor.get("authenticator").text
    # Another app can be set up, and from then on it is that one.
    visitor.post("authenticator", password=NEW)
    app = App(visitor.text.split('id="key">')[1].split("<")[0])
    assert app.seed != owner.app.seed
    two = app.two()
    visitor.post("authenticator/enrol", first=two["AuthenticationCode1"], second=two["AuthenticationCode2"])
    assert owner.sign_in().status == 401
    assert owner.sign_in(owner.app.code(1)).status == 401
    assert owner.sign_in(app.code(1)).status == 303


def test_unless_that_is_asked_the_code_is_asked_for_still(center, revoker):
    owner = Owner(center)
    owner.set_password(revoker)
    assert owner.sign_in().status == 401
    assert owner.sign_in(owner.app.wrong()).status == 401
    visitor = owner.sign_in(owner.app.code(1))
    assert visitor.status == 303 and "/password" in visitor.get("").location


def test_a_new_password_lets_the_right_code_in_again_at_once(center, revoker):
    owner = Owner(center)
    for _ in range(5):
        assert owner.sign_in(owner.app.wrong()).status == 401
    assert owner.sign_in(owner.app.code(1)).status == 401, "locked"
    owner.set_password(revoker)
    assert owner.sign_in().status == 401
    assert owner.sign_in(owner.app.code(1)).status == 303


def test_a_code_that_was_used_is_used_after_a_new_password_too(center, revoker):
    owner = Owner(center)
    assert owner.sign_in(code := owner.app.code(1)).status == 303
    owner.set_password(revoker)
    assert owner.sign_in(code).status == 401


def test_somebody_without_an_app_loses_nothing_by_the_flag(center, revoker):
    owner, person = Owner(center), center.make_person()
    person.password = revoker.json("person", "set-password", person.id, "--remove-authenticator")["Password"]
    assert Visitor(center.server).sign_in(person.name, person.password).status == 303
    assert owner.sign_in().status == 401, "another person's app is left alone"
