"""People belong to the instance's account: nobody in another account gives them passwords, signs them out or disables
them, not even who administers Identity Center for the organization (ESC-7)."""

from __future__ import annotations

import json

import pytest

from harness.organization import Member
from harness.people import Center
from harness.portal import Visitor
from harness.revoking import ALL
from harness.sessions import Sessions
from harness.signed_in import SignedIn

SERVICE = "sso.amazonaws.com"
NEW = "Another-Horse-43-staple"
CHANGES = [
    ("SetPersonPassword", {"Password": NEW}),
    ("SetPersonPassword", {}),
    ("SetPersonPassword", {"RemoveAuthenticator": True}),
    ("DisablePerson", {}),
    ("EnablePerson", {}),
    ("EndPortalSessions", {}),
]


@pytest.fixture(scope="module")
def center(org, server) -> Center:
    return Center(server)


@pytest.fixture(scope="module")
def delegate(org, two) -> Member:
    org.api.enable_aws_service_access(ServicePrincipal=SERVICE)
    org.api.register_delegated_administrator(AccountId=two.id, ServicePrincipal=SERVICE)
    return two


@pytest.fixture(params=["administrator", "access role", "delegate", "delegate's access role"])
def outsider(request, one, delegate):
    member = delegate if "delegate" in request.param else one
    return member.creds if "access role" in request.param else member.make_user("administrator", ALL).creds


@pytest.fixture(scope="module")
def jane(center) -> SignedIn:
    return SignedIn(center, center.make_person())


@pytest.fixture
def own(server) -> Sessions:
    return Sessions(server)


def refusal(answer) -> tuple[int, str]:
    assert answer.status != 200, answer.text
    return answer.status, json.loads(answer.text)["__type"]


@pytest.mark.parametrize("action, more", CHANGES, ids=lambda part: part if isinstance(part, str) else "".join(part))
def test_nobody_elsewhere_changes_a_person(own, outsider, center, jane, action, more):
    visitor = Visitor(center.server).sign_in(jane.who.name, jane.who.password)
    described = center.store_api.describe_user(IdentityStoreId=center.store, UserId=jane.who.id)
    for words in (jane.who.name, jane.who.id):
        assert refusal(own.call(action, {"User": words} | more, outsider)) == (400, "ResourceNotFoundException")
    assert visitor.get("").status == 200, "the browser that is open goes on"
    assert jane.accounts() == [] and jane.refresh(), "and so does the program that was let in"
    assert Visitor(center.server).sign_in(jane.who.name, jane.who.password).status == 303
    again = center.store_api.describe_user(IdentityStoreId=center.store, UserId=jane.who.id)
    assert again["UserStatus"] == described["UserStatus"] == "ENABLED"


def test_the_password_that_was_tried_from_elsewhere_is_none(own, outsider, center):
    user = center.make_person()
    assert own.call("SetPersonPassword", {"User": user.id, "Password": NEW}, outsider).status == 400
    assert Visitor(center.server).sign_in(user.name, NEW).status == 401
    assert Visitor(center.server).sign_in(user.name, user.password).status == 303


def test_one_session_is_not_ended_from_elsewhere_by_its_id(own, outsider, center, jane):
    held = own.ok("ListPortalSessions", {"User": jane.who.id})["PortalSessions"]
    for session in held:
        named = {"User": jane.who.id, "SessionId": session["SessionId"]}
        assert refusal(own.call("EndPortalSessions", named, outsider)) == (400, "ResourceNotFoundException")
    assert own.ok("ListPortalSessions", {"User": jane.who.id})["PortalSessions"] == held and held


def test_whoever_is_disabled_is_not_enabled_from_elsewhere(own, outsider, center):
    user = center.make_person()
    center.disable(user)
    assert refusal(own.call("EnablePerson", {"User": user.id}, outsider)) == (400, "ResourceNotFoundException")
    assert Visitor(center.server).sign_in(user.name, user.password).status == 401
    own.ok("EnablePerson", {"User": user.id})
    assert Visitor(center.server).sign_in(user.name, user.password).status == 303


def test_nobody_elsewhere_sees_who_is_signed_in(own, outsider, jane):
    assert own.ok("ListPortalSessions", {})["PortalSessions"]
    assert own.ok("ListPortalSessions", {}, outsider)["PortalSessions"] == []
    answers = []
    for words in (jane.who.name, jane.who.id, "nobody"):
        answer = own.call("ListPortalSessions", {"User": words}, outsider)
        assert jane.who.id not in answer.text or words == jane.who.id
        answers.append(answer.text.replace(words, "USER"))
    assert len(set(answers)) == 1, "whether there is such a person is not told either"
    assert "ResourceNotFoundException" in answers[0]
