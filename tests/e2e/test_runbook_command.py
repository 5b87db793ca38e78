"""`portcullis revoke person USER` does the whole runbook, in its order, and tells what is left."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from harness import documents as doc
from harness.account import fresh
from harness.clock import Clock
from harness.command import Revoker
from harness.expect import denied
from harness.house import cut, retired, states, works
from harness.people import Center
from harness.server import Server
from harness.sessions import Sessions
from harness.signed_in import SignedIn, signed_out


ORDER = [("deny", "done"), ("end-portal-sessions", "done"), ("disable-sign-in", "done")]


def test_the_command_does_it_all_in_order_and_spares_colleagues(house, revoker):
    jane, colleague = (SignedIn(house.center, house.make_person()) for _ in range(2))
    hers, his = house.everywhere(jane), house.everywhere(colleague)
    told = revoker.revoke("person", jane.who.name, "--reason", "laptop lost")
    assert states(told) == ORDER
    assert "management account too" in told["Steps"][0]["Detail"]
    assert told["State"] == "in-force" and told["SessionsHitCount"] == len(hers)
    cut(house, *hers)
    assert signed_out(jane.accounts) and signed_out(lambda: house.everywhere(jane)) and signed_out(jane.refresh)
    works(house, *his, *house.everywhere(colleague))
    describe = house.center.store_api.describe_user
    assert describe(IdentityStoreId=house.center.store, UserId=jane.who.id)["UserStatus"] == "DISABLED"
    held = house.center.sso.list_account_assignments_for_principal(
        InstanceArn=house.center.instance, PrincipalId=jane.who.id, PrincipalType="USER"
    )
    assert len(held["AccountAssignments"]) == len(hers), "assignments go only if that is asked"
    receipt = revoker.json("receipt", told["ReceiptId"])
    assert receipt["Reason"] == "laptop lost" and receipt["AllowedSince"] == 0


def test_an_open_portal_session_gives_nothing_once_the_deny_stands(house, revoker):
    jane = SignedIn(house.center, house.make_person())
    held = house.everywhere(jane)
    told = revoker.revoke("person", jane.who.id, "--deny-only", "--block-reissue")
    assert "Steps" not in told
    cut(house, *held)
    assert jane.accounts(), "the portal session itself is open"
    with pytest.raises(ClientError):
        house.everywhere(jane)
    revoker.lift(told)
    works(house, *held, *house.everywhere(jane))


def test_assignments_and_memberships_go_if_that_is_asked(house, revoker):
    center = house.center
    jane = house.make_person(house.accounts[0])
    groups = [
        center.store_api.create_group(IdentityStoreId=center.store, DisplayName=fresh("group"))["GroupId"]
        for _ in range(2)
    ]
    for group in groups:
        center.store_api.create_group_membership(
            IdentityStoreId=center.store, GroupId=group, MemberId={"UserId": jane.id}
        )
    center.sso.create_account_assignment(
        InstanceArn=center.instance,
        TargetId=house.accounts[1],
        TargetType="AWS_ACCOUNT",
        PermissionSetArn=house.sets[0][1],
        PrincipalType="GROUP",
        PrincipalId=groups[0],
    )
    told = revoker.revoke("person", jane.name, "--remove-assignments")
    removed = [step for step in told["Steps"] if step["Step"] == "remove-assignments"]
    assert [step["State"] for step in removed] == ["done"] * (len(house.sets) + 1), removed
    left = center.sso.list_account_assignments_for_principal(
        InstanceArn=center.instance, PrincipalId=jane.id, PrincipalType="USER"
    )
    assert left["AccountAssignments"] == []
    memberships = center.store_api.list_group_memberships_for_member(
        IdentityStoreId=center.store, MemberId={"UserId": jane.id}
    )["GroupMemberships"]
    assert [held["GroupId"] for held in memberships] == [groups[1]], "a group without assignments is left alone"
    again = revoker.revoke("person", jane.name, "--remove-assignments")
    assert states(again) == [
        ("deny", "done"),
        ("end-portal-sessions", "already"),
        ("disable-sign-in", "done"),
        ("remove-assignments", "already"),
    ]


def test_a_rehearsal_tells_every_step_and_does_none(house, revoker):
    jane = SignedIn(house.center, house.make_person())
    held = house.everywhere(jane)
    words = ("revoke", "person", jane.who.name, "--remove-assignments", "--dry-run")
    told = revoker.json(*words)
    assert told["DryRun"] is True and told["SessionsHitCount"] == len(held), told
    assert states(told) == [
        ("end-portal-sessions", "would"),
        ("disable-sign-in", "would"),
        *[("remove-assignments", "would")] * len(held),
    ]
    assert told["Steps"][0]["Detail"].endswith(": 2"), "the one that chose a password, and the one that let a program in"
    text = revoker.command.run(*words, "--output", "text", creds=revoker.root).stdout
    assert f"Step\tend-portal-sessions\twould\t{told['Steps'][0]['Detail']}" in text
    works(house, *held)
    assert jane.accounts() and jane.refresh()
    assert "Steps" not in revoker.json("revoke", "person", jane.who.name, "--deny-only", "--dry-run")
    revoker.revoke("person", jane.who.name, "--remove-assignments")
    assert [step["State"] for step in revoker.json(*words)["Steps"]] == ["already"] * 3
    # Who may only rehearse the deny is told that the rest is not known.
    some = house.account.make_user("rehearses", doc.policy(doc.allow(["portcullis:*"], "*")))
    assert "not known" in revoker.json(*words, creds=some.creds)["Steps"][1]["Detail"]


def test_what_fails_half_way_is_told_and_done_when_it_is_run_again(house, revoker):
    jane = SignedIn(house.center, house.make_person())
    held = house.everywhere(jane)
    half = house.account.make_user("half", doc.policy(doc.allow(["portcullis:Revoke", "portcullis:DisablePerson"])))
    words = ("revoke", "person", jane.who.name, "--remove-assignments", "--client-token", fresh("token"))
    done = revoker.command.run(*words, creds=half.creds)
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert states(told) == [
        ("deny", "done"),
        ("end-portal-sessions", "left"),
        ("disable-sign-in", "done"),
        ("remove-assignments", "left"),
    ]
    left = told["Steps"][1]
    assert "portcullis:EndPortalSessions" in left["Detail"]
    assert left["Command"] == f"portcullis person sign-out '{jane.who.name}'"
    assert "2 of 4 steps are left; the deny is in force" in done.stderr
    cut(house, *held)
    # Under the same token the deny is the same, and the rest is done.
    again = revoker.json(*words, creds=revoker.root)
    assert states(again)[:3] == [("deny", "done"), ("end-portal-sessions", "already"), ("disable-sign-in", "done")]
    assert [step["State"] for step in again["Steps"][3:]] == ["done"] * len(held)


def test_without_the_permission_to_deny_nothing_else_is_done(house, revoker):
    jane = SignedIn(house.center, house.make_person())
    held = house.everywhere(jane)
    actions = ["portcullis:EndPortalSessions", "portcullis:DisablePerson", "sso:*", "identitystore:*"]
    other = house.account.make_user("other", doc.policy(doc.allow(actions)))
    revoker.refused("revoke", "person", jane.who.name, code="AccessDeniedException", creds=other.creds)
    works(house, *held)
    assert jane.accounts()


def test_a_person_is_disabled_enabled_and_signed_out_by_commands(house, revoker):
    jane = SignedIn(house.center, house.make_person())
    listed = revoker.json("person", "sessions", jane.who.name)["PortalSessions"]
    assert {held["UserId"] for held in listed} == {jane.who.id} and "Secret" not in json.dumps(listed)
    latest = max(listed, key=lambda held: held["SignedInAt"])
    ended = revoker.json("person", "sign-out", jane.who.name, "--session-id", latest["SessionId"])
    assert ended["Ended"] == 1 and signed_out(jane.accounts)
    jane = SignedIn(house.center, jane.who)
    assert revoker.json("person", "disable", jane.who.id)["Status"] == "DISABLED"
    with pytest.raises((KeyError, IndexError)):
        SignedIn(house.center, jane.who)
    assert revoker.json("person", "enable", jane.who.id)["Status"] == "ENABLED"
    assert signed_out(jane.accounts), "a session from before is over"
    assert SignedIn(house.center, jane.who).accounts()
    assert len(revoker.json("person", "set-password", jane.who.name)["Password"]) >= 12
    revoker.refused("person", "disable", "nobody", code="ResourceNotFoundException")


def test_the_deny_retires_when_the_last_session_of_a_role_is_over(tmp_path):
    with Clock(tmp_path / "clock") as clock:
        running = lambda: Server(data=tmp_path / "data", clock_file=clock.path)  # noqa: E731
        with running() as server:
            center, revoker = Center(server), Revoker(server, tmp_path)
            name, arn = center.make_set()
            center.assign(person := center.make_person(), arn)
            creds = SignedIn(center, person).creds(name)
            told = revoker.revoke("person", person.name)
            clock.forward(3500)
            denied(server.client("sts", creds).get_caller_identity)
            asked = {"ReceiptId": told["ReceiptId"]}
            assert Sessions(server, clock).ok("DescribeReceipt", asked)["State"] == "in-force"
        clock.forward(12 * 3600)
        # It looks whether something is due when it starts, and every minute.
        with running() as server:
            center = Center(server)
            own = Sessions(server, clock)
            retired(own, told["ReceiptId"])
            # Whoever is enabled again and signs in gets sessions again: nothing stands against the person any more.
            own.ok("EnablePerson", {"User": person.id})
            assert server.client("sts", SignedIn(center, person).creds(name)).get_caller_identity()
