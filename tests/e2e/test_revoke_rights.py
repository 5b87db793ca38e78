"""Who may revoke whom, what others learn of it, and the events that tell."""

from __future__ import annotations

import pytest

from harness import documents as doc
from harness.account import Account
from harness.audit import events_with, lookup
from harness.clients import Creds
from harness.command import Revoker
from harness.organization import Member, Organization
from harness.revoking import ALL, Scene, everybody, works
from harness.server import ACCOUNT, Server


@pytest.fixture(scope="module")
def revoker(server: Server, tmp_path_factory) -> Revoker:
    return Revoker(server, tmp_path_factory.mktemp("revoker"))


@pytest.fixture(scope="module")
def scene(account: Account) -> Scene:
    return everybody(account)


# -- who may -------------------------------------------------------------------------------------


def test_the_permission_is_asked_on_the_target(account, revoker, scene):
    mine = account.make_role("mine")
    inside = f"arn:aws:sts::{ACCOUNT}:assumed-role/{mine.name}/*"
    clerk = account.make_user("clerk", doc.policy(doc.allow("portcullis:Revoke", [mine.arn, inside])))
    session = account.assume(mine)
    for words in (("role", mine.name), ("role", mine.arn), ("role-session", f"{mine.name}/x")):
        revoker.revoke(*words, creds=clerk.creds)
    assert not works(account, session)
    before = revoker.all()
    for words in (
        ("role", scene.role.name), ("user", scene.alice.arn), ("user", "root"), ("source-identity", "jane"),
        ("session", scene.sessions["one"].access_key), ("access-key", scene.alice.creds.access_key),
    ):  # fmt: skip
        said = revoker.refused("revoke", *words, creds=clerk.creds)
        assert "is not authorized to perform: portcullis:Revoke on resource: " in said
    for words in (("revocations",), ("lift", next(iter(before))), ("revocations", next(iter(before)))):
        revoker.refused(*words, creds=clerk.creds)
    assert revoker.all() == before


def test_the_kind_of_target_can_be_a_condition(account, revoker, scene):
    only = {"StringEquals": {"portcullis:TargetKind": ["session", "role-session"]}}
    clerk = account.make_user("clerk", doc.policy(doc.allow("portcullis:Revoke", **only)))
    one = account.assume(scene.role, by=scene.bob.creds, name="by-kind")
    revoker.revoke("session", one.access_key, creds=clerk.creds)
    revoker.revoke("role-session", f"{scene.role.name}/by-kind", creds=clerk.creds)
    for words in (("role", scene.role.name), ("user", scene.alice.name), ("source-identity", "jane")):
        revoker.refused("revoke", *words, creds=clerk.creds)


def test_who_may_not_revoke_learns_nothing_of_what_is_there(account, revoker, scene):
    nobody = account.make_user("nobody", doc.policy(doc.allow("portcullis:Revoke", "arn:aws:iam::*:role/none")))
    there, absent = scene.role.name, scene.role.name + "x"

    def said(kind: str, target: str, name: str) -> str:
        text = revoker.refused("revoke", kind, target, creds=nobody.creds)
        return "\n".join(line for line in text.splitlines() if "request id" not in line).replace(name, "NAME")

    for kind, form in (
        ("role", "{}"), ("role", f"arn:aws:iam::{ACCOUNT}:role/{{}}"), ("role-session", "{}/one"), ("user", "{}"),
    ):  # fmt: skip
        one, two = (there, absent) if kind != "user" else (scene.alice.name, scene.alice.name + "x")
        assert said(kind, form.format(one), one) == said(kind, form.format(two), two)


# -- an organization -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def org(account) -> Organization:
    return Organization(account)


@pytest.fixture(scope="module")
def member(org) -> Member:
    return org.make_account()


@pytest.fixture(scope="module")
def neighbour(org) -> Member:
    return org.make_account()


def session_of(member: Member, policy: str = ALL):
    """A session of a role of this account, and the role's ARN."""
    arn = member.make_role(doc.trust(f"arn:aws:iam::{member.id}:root"), policy)
    operator = member.make_user("operator", doc.policy(doc.allow("sts:*")))
    answer = member.client("sts", operator.creds).assume_role(RoleArn=arn, RoleSessionName="one")
    return Creds.issued(answer), arn, operator


def test_an_account_revokes_its_own_and_sees_its_own(account, revoker, member, neighbour):
    session, role, _ = session_of(member)
    receipt = revoker.revoke("role", role, creds=member.creds)
    assert not works(account, session)
    seen = revoker.all(creds=member.creds)
    assert receipt["RevocationId"] in seen
    # The deployment's own account sees and lifts all; another learns nothing.
    assert receipt["RevocationId"] in revoker.all() and receipt["RevocationId"] not in revoker.all(neighbour.creds)
    listed = lambda creds: {held["ReceiptId"] for held in revoker.json("receipts", creds=creds)["Receipts"]}  # noqa: E731
    assert receipt["ReceiptId"] in listed(member.creds) & listed(None) and not listed(neighbour.creds)
    for command in ("lift", "revocations", "receipt"):
        absent = receipt["RevocationId"][:-1] + ("0" if receipt["RevocationId"][-1] != "0" else "1")
        said = [
            revoker.refused(command, held, creds=neighbour.creds, code="ResourceNotFoundException").splitlines()[0]
            for held in (receipt["RevocationId"], absent)
        ]
        assert said[0].replace(receipt["RevocationId"], "ID") == said[1].replace(absent, "ID")
    assert not works(account, session)
    revoker.lift(receipt, creds=member.creds)
    assert works(account, session)
    by_management = revoker.revoke("session", session.access_key)
    assert not works(account, session) and by_management["RevocationId"] not in revoker.all(member.creds)
    revoker.refused("lift", by_management["RevocationId"], creds=member.creds, code="ResourceNotFoundException")
    revoker.lift(by_management)
    assert works(account, session)


def test_an_account_revokes_nobody_of_another_and_learns_nothing_of_them(account, revoker, scene, member, neighbour):
    session, role, operator = session_of(member)
    name, user = role.rpartition("/")[2], operator.arn
    of_role = f"arn:aws:sts::{member.id}:assumed-role/{{}}/one"
    for kind, there, absent in [
        ("session", session.access_key, None),
        ("session", of_role.format(name), of_role.format(name[:-1] + "x")),
        ("access-key", operator.creds.access_key, None),
        ("role", role, role[:-1] + "x"),
        ("role-session", of_role.format(name), of_role.format(name[:-1] + "x")),
        ("user", user, user[:-1] + "x"),
        ("user", f"arn:aws:iam::{ACCOUNT}:user/{scene.alice.name}", f"arn:aws:iam::{ACCOUNT}:user/nobody-at-all"),
        ("access-key", scene.alice.creds.access_key, None),
        ("session", scene.sessions["one"].access_key, None),
        ("federated-user", f"arn:aws:sts::{member.id}:federated-user/jane", None),
    ]:
        for target in (there, absent):
            if target is not None:
                said = revoker.refused("revoke", kind, target, creds=neighbour.creds, code="ResourceNotFoundException")
                assert said.splitlines()[0].endswith(f": {target} was not found."), said
    given = [
        revoker.refused("revoke", "user", "root", "--account", held, creds=neighbour.creds, code="ResourceNotFoundException")
        for held in (member.id, ACCOUNT, "999999999999")
    ]
    assert len({said.splitlines()[0] for said in given}) == 1
    assert all(works(account, creds) for creds in (session, operator.creds, *scene.sessions.values()))


def test_a_source_identity_is_cut_off_only_in_the_account_that_asks(account, revoker, member, neighbour):
    def jane(of: Member) -> Creds:
        trust = doc.trust(f"arn:aws:iam::{of.id}:root", actions=["sts:AssumeRole", "sts:SetSourceIdentity"])
        arn, operator = of.make_role(trust, ALL), of.make_user("operator", doc.policy(doc.allow("sts:*")))
        sts = of.client("sts", operator.creds)
        return Creds.issued(sts.assume_role(RoleArn=arn, RoleSessionName="one", SourceIdentity="jane"))

    one, two = jane(member), jane(neighbour)
    receipt = revoker.revoke("source-identity", "jane", creds=member.creds)
    assert receipt["AccountId"] == member.id
    assert not works(account, one) and works(account, two)
    revoker.revoke("source-identity", "jane")
    assert not works(account, one) and not works(account, two)


def test_the_management_account_names_whom_it_revokes_by_account(account, revoker, member):
    session, role, _ = session_of(member)
    revoker.refused("revoke", "role", role.rpartition("/")[2], code="ResourceNotFoundException")
    revoker.revoke("role", role.rpartition("/")[2], "--account", member.id)
    assert not works(account, session)


# -- what is told of it --------------------------------------------------------------------------


def test_each_call_is_exactly_one_event(account, revoker, scene):
    admin = account.make_user("auditor", ALL)
    one = account.assume(scene.role, by=scene.bob.creds, name="audited")
    receipt = revoker.revoke("session", one.access_key, "--reason", "because", creds=admin.creds)
    [event] = [event for event in lookup(account, EventName="Revoke") if event["eventID"] == receipt["EventId"]]
    assert event["userIdentity"]["arn"] == admin.arn and event["readOnly"] is False
    token = event["requestParameters"].pop("clientToken")
    assert event["requestParameters"] == {"kind": "session", "target": one.access_key, "reason": "because"}
    assert len(token) == 32
    assert event["responseElements"]["revocationId"] == receipt["RevocationId"]
    assert len(events_with(account, event["requestID"])) == 1
    revoker.json("revocations", receipt["RevocationId"], creds=admin.creds)
    revoker.json("revocations", creds=admin.creds)
    revoker.json("receipt", receipt["ReceiptId"], creds=admin.creds)
    revoker.json("receipts", creds=admin.creds)
    revoker.lift(receipt, creds=admin.creds)
    own = account.assume(scene.role, by=admin.creds, name="audited")
    revoker.json("end-session", creds=own)
    for name in ("DescribeReceipt", "DescribeRevocation", "ListReceipts", "ListRevocations", "LiftRevocation"):
        found = [event for event in lookup(account, EventName=name) if event["userIdentity"].get("arn") == admin.arn]
        assert len(found) == 1, name
    said = revoker.refused("revoke", "role", scene.role.name, creds=own)
    request = said.split("request id: ")[1].split()[0]
    [event] = events_with(account, request)
    assert (event["eventName"], event["errorCode"]) == ("Revoke", "AccessDeniedException")
    ended = [event for event in lookup(account, EventName="RevokeOwnSession")]
    assert sum(event["userIdentity"].get("accessKeyId") == own.access_key for event in ended) == 1
