"""`serve --portal-idle`: pages that nobody uses ask for the password again, and programs that were let in go on."""

from __future__ import annotations

import pytest

from harness.clock import Clock
from harness.expect import allowed
from harness.people import Center
from harness.portal import Visitor
from harness.server import ACCOUNT, Server
from harness.signed_in import SignedIn

MINUTE = 60


@pytest.fixture
def clock(tmp_path):
    with Clock(tmp_path / "clock") as clock:
        yield clock


@pytest.fixture
def center(clock):
    with Server(flags=("--portal-idle", "1"), clock_file=clock.path) as server:
        yield Center(server)


@pytest.fixture
def jane(center):
    return center.make_person_with_role()


def signed_in(center, user) -> Visitor:
    return Visitor(center.server).sign_in(user.name, user.password)


def test_pages_ask_again_after_a_minute_without_use_and_not_before(center, jane, clock):
    visitor = signed_in(center, jane)
    for page in ("", "sessions", "authenticator", ""):
        clock.forward(MINUTE - 10)
        assert visitor.get(page).status == 200, "each use counts"
    clock.forward(MINUTE + 1)
    assert visitor.get("").status == 303 and "/sign-in" in visitor.location
    assert visitor.get("sessions").status == 303
    visitor = signed_in(center, jane).get("")
    assert visitor.status == 200 and jane.role in visitor.text


def test_a_form_that_stood_open_for_too_long_gives_nothing(center, jane, clock):
    early, late = signed_in(center, jane).get(""), signed_in(center, jane).get("")
    clock.forward(MINUTE - 10)
    early.post("credentials", account=ACCOUNT, role=jane.role)
    assert early.status == 200 and "AWS_SECRET_ACCESS_KEY" in early.text
    clock.forward(11)
    late.post("credentials", account=ACCOUNT, role=jane.role)
    assert late.status == 303 and "/sign-in" in late.location and "AWS_SECRET_ACCESS_KEY" not in late.text


def test_no_program_is_let_in_by_pages_that_nobody_used(center, jane, clock):
    program = SignedIn(center, jane)
    started = program.oidc.start_device_authorization(**program.client, startUrl=center.start_url)
    code = started["userCode"]
    visitor = signed_in(center, jane).get(f"device?user_code={code}")
    clock.forward(MINUTE + 1)
    visitor.post("device", user_code=code, answer="allow")
    assert visitor.status == 303 and "/sign-in" in visitor.location
    with pytest.raises(program.oidc.exceptions.AuthorizationPendingException):
        program.oidc.create_token(
            **program.client,
            grantType="urn:ietf:params:oauth:grant-type:device_code",
            deviceCode=started["deviceCode"],
        )


def test_a_program_that_was_let_in_goes_on(center, jane, clock):
    program = SignedIn(center, jane)
    for _ in range(3):
        clock.forward(10 * MINUTE)
        assert program.accounts() == [ACCOUNT]
        program.token = program.refresh()
        creds = program.creds(jane.role)
        allowed(center.server.client("sts", creds).get_caller_identity)


def test_what_a_program_does_is_no_use_of_the_pages(center, jane, clock):
    browser, program = signed_in(center, jane), SignedIn(center, jane)
    assert browser.get("").status == 200
    for _ in range(3):
        clock.forward(MINUTE // 3 + 1)
        assert program.accounts() == [ACCOUNT] and program.creds(jane.role)
    assert browser.get("").status == 303


def test_one_browser_keeps_no_other_awake(center, jane, clock):
    used, left = signed_in(center, jane), signed_in(center, jane)
    assert left.get("").status == 200
    clock.forward(MINUTE - 10)
    assert used.get("").status == 200
    clock.forward(15)
    assert used.get("").status == 200 and left.get("").status == 303
