"""`portcullis revoke`, `lift`, `revocations` and `end-session`: exactly those who are named are cut off, from the next
request on, with unmodified clients."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from harness import documents as doc
from harness.account import Account
from harness.audit import lookup
from harness.awscli import Cli
from harness.clients import Creds
from harness.command import Revoker
from harness.expect import BY_REVOCATION, allowed, denied
from harness.raw import Raw
from harness.revoking import ALL, Scene, cut, everybody, live, works
from harness.server import ACCOUNT, Server


@pytest.fixture(scope="module")
def revoker(server: Server, tmp_path_factory) -> Revoker:
    return Revoker(server, tmp_path_factory.mktemp("revoker"))


@pytest.fixture(scope="module")
def bucket(account: Account) -> str:
    return account.make_bucket("revoked")


# -- whom each kind hits -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def scene(account: Account) -> Scene:
    return everybody(account)


@pytest.mark.parametrize(
    ("kind", "target", "hit"),
    [
        ("session", "{key_one}", ["one", "chained"]),
        ("session", "{key_chained}", ["chained"]),
        ("session", "arn:aws:sts::{account}:assumed-role/{role}/two", ["two"]),
        ("session", "{role_id}:one", ["one", "chained"]),
        ("access-key", "{key_alice}", ["alice", "one", "chained", "token", "guest"]),
        ("role", "{role}", ["one", "two", "chained"]),
        ("role", "{role_arn}", ["one", "two", "chained"]),
        ("role", "{other}", ["chained"]),
        ("role-session", "{role}/one", ["one", "chained"]),
        ("user", "{alice}", ["one", "chained", "token", "guest"]),
        ("user", "{alice_arn}", ["one", "chained", "token", "guest"]),
        ("user", "{alice_id}", ["one", "chained", "token", "guest"]),
        ("user", "root", ["root token", "root guest"]),
        ("federated-user", "guest", ["guest", "root guest"]),
        ("federated-user", "arn:aws:sts::{account}:federated-user/guest", ["guest", "root guest"]),
        ("source-identity", "jane", ["two"]),
    ],
)
def test_each_kind_cuts_off_whom_it_names_and_nobody_else(account, revoker, scene, kind, target, hit):
    receipt = revoker.revoke(kind, scene.target(target), "--reason", "suspected theft")
    found = [name for name, creds in scene.sessions.items() if not works(account, creds)]
    shown = revoker.json("revocations", receipt["RevocationId"])
    revoker.lift(receipt)
    assert found == hit
    assert all(works(account, creds) for creds in scene.sessions.values())
    assert shown["Reason"] == "suspected theft" and shown["Cascade"] is True
    assert {name: receipt[name] for name in shown} == shown
    assert receipt["ReceiptId"] == receipt["RevocationId"] and len(receipt["Nodes"]) == 1


def test_a_request_in_a_log_names_the_session_that_made_it(account, revoker, scene):
    one, two, three, four = (account.assume(scene.role, by=scene.bob.creds, name=f"logged-{n}") for n in range(4))
    asked = {key: account.client("sts", creds).get_caller_identity() for key, creds in (("one", one), ("two", two))}
    # The id in the reply, as clients log it, and the id of the event, as event history has it.
    receipt = revoker.revoke("session", asked["one"]["ResponseMetadata"]["RequestId"])
    assert receipt["Target"] == {"Kind": "session", "Id": one.access_key}
    [event] = [it for it in lookup(account, AccessKeyId=two.access_key) if it["eventName"] == "GetCallerIdentity"]
    assert revoker.revoke("session", event["eventID"])["Target"]["Id"] == two.access_key
    # A request that issued a session names that session, unless a session signed it.
    [issued] = [it for it in lookup(account, ResourceName=three.access_key) if it["eventName"] == "AssumeRole"]
    assert revoker.revoke("session", issued["requestID"])["Target"]["Id"] == three.access_key
    assert [works(account, it) for it in (one, two, three, four)] == [False, False, False, True]
    nobody = "00000000-0000-4000-8000-000000000000"
    said = revoker.refused("revoke", "session", nobody, code="ResourceNotFoundException")
    assert f"{nobody} was not found" in said
    for kind in ("role", "user", "access-key", "role-session"):
        revoker.command.fails("revoke", kind, asked["one"]["ResponseMetadata"]["RequestId"], creds=revoker.root)
    # Of what a request was, nobody learns who may not revoke.
    stranger = account.make_user("stranger", doc.policy(doc.allow("iam:ListUsers")))
    refusals = {
        revoker.refused("revoke", "session", target, creds=stranger.creds).splitlines()[0].replace(target, "")
        for target in (nobody, issued["requestID"])
    }
    assert len(refusals) == 1


def test_a_presigned_url_names_the_session_that_signed_it(account, revoker, scene, bucket):
    one = account.assume(scene.role, by=scene.bob.creds, name="presigner")
    place = {"Bucket": bucket, "Key": "a.txt"}
    url = account.client("s3", one).generate_presigned_url("get_object", Params=place)
    raw = Raw(account.server)
    request = raw.presigned("GET", f"/{bucket}/a.txt", one)
    assert raw.send(request).status == 200
    receipt = revoker.revoke("session", url)
    assert receipt["Target"] == {"Kind": "session", "Id": one.access_key}
    answer = raw.send(request)
    assert (answer.status, answer.code) == (403, "AccessDenied") and BY_REVOCATION in answer.text
    assert account.s3.get_object(**place)["Body"].read()
    # Whoever reads the events must not be able to use it.
    [event] = [event for event in lookup(account, EventName="Revoke") if event["eventID"] == receipt["EventId"]]
    told = json.dumps(event)
    assert one.access_key in told and "X-Amz-Signature=HIDDEN" in told
    for kind in ("role", "role-session", "user"):
        told += json.dumps(revoker.command.fails("revoke", kind, url, creds=revoker.root))
    told += json.dumps(list(lookup(account, EventName="Revoke")))
    assert url.split("X-Amz-Signature=")[1].split("&")[0] not in told
    assert url.split("X-Amz-Security-Token=")[1].split("&")[0] not in told


def test_no_cascade_spares_what_the_session_made(account, revoker, scene, bucket):
    one = account.assume(scene.role, by=scene.bob.creds, name="first")
    made = account.assume(scene.other, by=one, name="second")
    revoker.revoke("session", one.access_key, "--no-cascade")
    cut(account, bucket, one)
    live(account, bucket, made)


def test_a_session_that_is_cut_off_takes_nothing_with_it(account, revoker, scene, bucket):
    """Its user, its role, its namesakes, and whoever assumes the role again: all as before."""
    one = account.assume(scene.role, by=scene.alice.creds, name="same")
    namesake = account.assume(scene.role, by=scene.alice.creds, name="same")
    revoker.revoke("session", one.access_key)
    cut(account, bucket, one)
    again = account.assume(scene.role, by=scene.alice.creds, name="same")
    live(account, bucket, namesake, again, scene.alice.creds)
    denied(lambda: account.assume(scene.other, by=one, name="escape"), BY_REVOCATION)


def test_who_is_revoked_gets_a_new_session_that_works_unless_that_is_blocked(account, revoker, scene, bucket):
    old = account.assume(scene.role, by=scene.bob.creds, name="again")
    target = f"{scene.role.name}/again"
    free = revoker.revoke("role-session", target)
    new = account.assume(scene.role, by=scene.bob.creds, name="again")
    cut(account, bucket, old)
    live(account, bucket, new)
    blocking = revoker.revoke("role-session", target, "--block-reissue")
    cut(account, bucket, old, new)
    denied(lambda: account.assume(scene.role, by=scene.bob.creds, name="again"), "revocation")
    allowed(lambda: account.whoami(account.assume(scene.role, by=scene.bob.creds, name="else")))
    revoker.lift(blocking)
    cut(account, bucket, old)
    live(account, bucket, new, account.assume(scene.role, by=scene.bob.creds, name="again"))
    revoker.lift(free)
    live(account, bucket, old)


def test_issued_before_spares_what_is_younger(clocked, tmp_path):
    account, clock = clocked
    revoker, role = Revoker(account.server, tmp_path), account.make_role("aging", ALL)
    old = account.assume(role)
    moment = clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    clock.forward(60)
    young = account.assume(role)
    clock.forward(-60)
    receipt = revoker.revoke("role", role.name, "--issued-before", later(moment, 30))
    assert works(account, young) and not works(account, old)
    assert receipt["IssuedBefore"] == later(moment, 30)


def later(text: str, seconds: int) -> str:
    form = "%Y-%m-%dT%H:%M:%SZ"
    return (datetime.strptime(text, form) + timedelta(seconds=seconds)).strftime(form)


def test_the_aws_cli_is_refused_in_words_that_name_the_layer(account, revoker, cli: Cli, bucket):
    role = account.make_role("person", ALL)
    creds = account.assume(role)
    cli.keys("person", creds)
    cli.ok("s3", "cp", f"s3://{bucket}/a.txt", "-", profile="person")
    revoker.revoke("role", role.arn)
    said = cli.fails("s3api", "get-object", "--bucket", bucket, "--key", "a.txt", "/dev/null", profile="person")
    assert BY_REVOCATION in said and "s3:GetObject" in said
    cli.fails("sts", "get-caller-identity", profile="person")


# -- lifting, and showing --------------------------------------------------------------------------


def test_overlapping_revocations_do_not_undo_each_other(account, revoker, scene, bucket):
    one = account.assume(scene.role, by=scene.bob.creds, name="overlap")
    made = [
        revoker.revoke("session", one.access_key),
        revoker.revoke("session", one.access_key, "--no-cascade"),
        revoker.revoke("role", scene.role.name),
        revoker.revoke("role-session", f"{scene.role.name}/overlap"),
        revoker.revoke("user", scene.bob.name),
    ]
    for receipt in made:
        cut(account, bucket, one)
        assert revoker.lift(receipt, "--reason", "found")["RevocationId"] == receipt["RevocationId"]
    live(account, bucket, one)
    for receipt in made:
        revoker.refused("lift", receipt["RevocationId"], code="ResourceNotFoundException")


def test_an_older_cutoff_stays_when_a_younger_one_is_lifted(account, revoker, scene, bucket):
    first = account.assume(scene.other, by=scene.bob.creds, name="cutoff")
    kept = revoker.revoke("role", scene.other.name)
    second = account.assume(scene.other, by=scene.bob.creds, name="cutoff")
    revoker.lift(revoker.revoke("role", scene.other.name))
    cut(account, bucket, first)
    live(account, bucket, second)
    revoker.lift(kept)


def test_every_revocation_is_listed_over_all_pages(account, server, revoker):
    raw, made = Raw(server), [revoker.revoke("source-identity", f"person-{n}")["RevocationId"] for n in range(3)]
    made += [revoker.revoke("session", session(account).access_key)["RevocationId"] for _ in range(2)]
    listed = revoker.all()
    assert set(made) <= set(listed)
    paged, token = [], None
    while True:
        given = {"MaxResults": 2} | ({"NextToken": token} if token else {})
        page = json.loads(raw.send(raw.json_call("portcullis", "ListRevocations", server.root, json.dumps(given))).text)
        assert len(page["Revocations"]) <= 2
        paged += [held["RevocationId"] for held in page["Revocations"]]
        token = page.get("NextToken")
        if token is None:
            break
    assert paged == list(listed) and len(set(paged)) == len(paged)
    text = revoker.command.ok("revocations", "--output", "text", creds=server.root)
    assert [line.split("\t")[:2] for line in text.splitlines()] == [["Revocations", it] for it in paged]


def session(account: Account) -> Creds:
    return account.session_token(account.operator.creds)


def test_words_that_mean_nothing_change_nothing(account, revoker, scene):
    before = revoker.all()
    for words, code in [
        (("session", scene.alice.creds.access_key), "InvalidInputException"),
        (("session", "AKIAIOSFODNN7EXAMPLE"), "InvalidInputException"),
        (("session", "one"), "InvalidInputException"),
        (("access-key", scene.sessions["one"].access_key), "InvalidInputException"),
        (("role", "nobody"), "ResourceNotFoundException"),
        (("user", f"arn:aws:iam::{ACCOUNT}:user/nobody"), "ResourceNotFoundException"),
        (("role", scene.role.name, "--account", "999999999999"), "ResourceNotFoundException"),
        (("session", scene.sessions["one"].access_key, "--block-reissue"), "InvalidInputException"),
        (("session", scene.sessions["one"].access_key, "--issued-before", "2026-01-01T00:00:00Z"), "InvalidInputException"),
    ]:
        said = revoker.refused("revoke", *words, code=code)
        assert len(said.splitlines()[0]) > len(f"portcullis: {code}: "), said
    for words in (("lift", "rv-0123456789abcdef"), ("lift", "x"), ("revocations", "rv-0123456789abcdef")):
        revoker.refused(*words, code="ResourceNotFoundException")
    for words in (("revoke", "role"), ("revoke", "team", "x"), ("revoke", "role", "x", "--issued-before", "noon"), ("lift",)):
        revoker.command.fails(*words, code=2, creds=revoker.root)
    assert revoker.all() == before and account.server.alive()


# -- a session ends itself -----------------------------------------------------------------------


def test_every_session_ends_itself_and_nothing_else(account, revoker, scene, bucket):
    bare = account.make_role("bare", doc.policy(doc.deny("*")))
    trusting = account.make_role("after", ALL)
    for own in (account.assume(bare), account.session_token(scene.bob.creds), account.federate(scene.bob.creds, "own")):
        receipt = revoker.json("end-session", "--reason", "done", creds=own)
        assert receipt["Target"] == {"Kind": "session", "Id": own.access_key} and receipt["Reason"] == "done"
        denied(lambda: account.whoami(own), BY_REVOCATION)
        revoker.refused("end-session", creds=own)
    live(account, bucket, scene.bob.creds)
    own = account.assume(scene.role, by=scene.bob.creds, name="ending")
    made = account.assume(trusting, by=own, name="made")
    revoker.json("end-session", "--no-cascade", creds=own)
    cut(account, bucket, own)
    live(account, bucket, made)
    for key in (scene.bob.creds, account.root):
        assert "UpdateAccessKey" in revoker.refused("end-session", creds=key, code="InvalidInputException")
        allowed(lambda: account.whoami(key))


# -- kept ------------------------------------------------------------------------------------------


def test_a_restart_forgets_nothing(tmp_path):
    with Server(data=tmp_path / "data") as server:
        account, revoker = Account(server), Revoker(server, tmp_path / "home")
        role, bucket = account.make_role("kept", ALL), account.make_bucket("kept")
        one, two, three = (account.assume(role, name=name) for name in ("one", "two", "three"))
        single = revoker.revoke("session", one.access_key)
        wide = revoker.revoke("role-session", f"{role.name}/two", "--block-reissue")
        before = revoker.all()
        server.restart()
        account = Account(server)
        assert revoker.all() == before and len(before) == 2
        cut(account, bucket, one, two)
        live(account, bucket, three)
        denied(lambda: account.assume(role, name="two"), "revocation")
        # Lifted, they stay lifted.
        revoker.lift(single), revoker.lift(wide)
        server.restart()
        assert revoker.all() == {}
        live(account, bucket, one, two, account.assume(role, name="two"))


@pytest.mark.timeout(180)
def test_kill_9_right_after_the_answer_forgets_nothing(tmp_path):
    with Server(data=tmp_path / "data") as server:
        account, revoker = Account(server), Revoker(server, tmp_path / "home")
        role, bucket = account.make_role("killed", ALL), account.make_bucket("killed")
        kept: set[str] = set()
        for turn in range(10):
            gone, spared = account.assume(role, name=f"gone-{turn}"), account.assume(role, name=f"spared-{turn}")
            kind, target = ("session", gone.access_key) if turn % 2 else ("role-session", f"{role.name}/gone-{turn}")
            kept.add(revoker.revoke(kind, target)["RevocationId"])
            server.kill()
            server.start()
            cut(account, bucket, gone)
            live(account, bucket, spared)
        assert set(revoker.all()) == kept
