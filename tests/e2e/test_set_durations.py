"""A permission set says how long its sessions last, and a deny on a person outlasts the longest of them."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from harness import documents as doc
from harness.account import Account
from harness.clock import Clock
from harness.command import Revoker
from harness.expect import BY_REVOCATION, allowed, denied, refused
from harness.house import retired
from harness.people import Center
from harness.server import Server
from harness.sessions import Sessions
from harness.signed_in import SignedIn

NEAR = timedelta(seconds=10)


def make_set(center: Center, duration: str) -> tuple[str, str]:
    name, arn = center.make_set()
    center.sso.update_permission_set(InstanceArn=center.instance, PermissionSetArn=arn, SessionDuration=duration)
    return name, arn


@pytest.mark.parametrize("hours", [1, 4, 12])
def test_credentials_last_as_long_as_their_set_says(moved, hours):
    account, clock = moved
    center = Center(account.server)
    name, arn = make_set(center, f"PT{hours}H")
    center.assign(person := center.make_person(), arn)
    creds = SignedIn(center, person).creds(name)
    whole = timedelta(hours=hours)
    assert abs(creds.expiration - clock.now() - whole) < NEAR
    clock.forward(hours * 3600 - 30)
    allowed(lambda: account.whoami(creds))
    clock.forward(45)
    refused(lambda: account.whoami(creds), "ExpiredToken", 403)


def test_an_assignment_that_is_there_gets_the_new_length_when_it_is_provisioned(account):
    center = Center(account.server)
    name, arn = make_set(center, "PT1H")
    center.assign(person := center.make_person(), arn)
    jane = SignedIn(center, person)
    center.sso.update_permission_set(InstanceArn=center.instance, PermissionSetArn=arn, SessionDuration="PT4H")
    center.sso.provision_permission_set(
        InstanceArn=center.instance, PermissionSetArn=arn, TargetType="ALL_PROVISIONED_ACCOUNTS"
    )
    assert abs(jane.creds(name).expiration - doc.utc_now() - timedelta(hours=4)) < NEAR


def test_the_deny_outlasts_a_session_of_twelve_hours_and_then_retires(tmp_path):
    with Clock(tmp_path / "clock") as clock:
        running = lambda: Server(data=tmp_path / "data", clock_file=clock.path)  # noqa: E731
        with running() as server:
            center, revoker = Center(server), Revoker(server, tmp_path)
            name, arn = make_set(center, "PT12H")
            center.assign(person := center.make_person(), arn)
            creds = SignedIn(center, person).creds(name)
            told = revoker.revoke("person", person.name)
        asked = {"ReceiptId": told["ReceiptId"]}
        clock.forward(12 * 3600 - 90)
        # It looks whether something is due when it starts.
        with running() as server:
            own = Sessions(server, clock)
            time.sleep(1)
            assert own.ok("DescribeReceipt", asked)["State"] == "in-force"
            denied(lambda: Account(server).whoami(creds), BY_REVOCATION)
            assert creds.expiration > clock.now()
        clock.forward(180)
        with running() as server:
            own = Sessions(server, clock)
            retired(own, told["ReceiptId"])
            refused(lambda: Account(server).whoami(creds), "ExpiredToken", 403)
