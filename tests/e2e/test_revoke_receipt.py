"""What a revocation tells: whom it hits, what stays open and how to close it; tried before and shown afterwards."""

from __future__ import annotations

import shlex

import pytest

from harness.account import Account
from harness.awscli import Cli
from harness.command import Revoker
from harness.revoking import everybody, works
from harness.server import Server


@pytest.fixture
def revoker(server: Server, tmp_path) -> Revoker:
    return Revoker(server, tmp_path)


def keys(sessions: list[dict]) -> set[str]:
    return {session["AccessKeyId"] for session in sessions}


@pytest.mark.parametrize(
    ("kind", "target", "hit", "made"),
    [
        ("session", "{key_one}", {"one"}, {"chained"}),
        ("access-key", "{key_alice}", set(), {"one", "chained", "token", "guest"}),
        ("role", "{role}", {"one", "two"}, {"chained"}),
        ("role-session", "{role}/two", {"two"}, set()),
        ("user", "{alice}", {"token", "guest"}, {"one", "chained"}),
        ("user", "root", {"root token", "root guest"}, set()),
        ("source-identity", "jane", {"two"}, set()),
    ],
)
def test_the_receipt_names_exactly_those_who_are_cut_off(tmp_path, kind, target, hit, made):
    with Server() as own:
        account = Account(own)
        scene, revoker = everybody(account), Revoker(own, tmp_path)
        wanted = scene.target(target)
        named = lambda names: {scene.sessions[name].access_key for name in names}  # noqa: E731
        tried = revoker.revoke(kind, wanted, "--dry-run")
        assert tried["DryRun"] is True and "ReceiptId" not in tried
        assert all(works(account, creds) for creds in scene.sessions.values())
        assert revoker.all() == {}
        receipt = revoker.revoke(kind, wanted)
        for told in (tried, receipt):
            assert (keys(told["SessionsHit"]), keys(told["Descendants"])) == (named(hit), named(made))
            assert (told["SessionsHitCount"], told["DescendantsCount"]) == (len(hit), len(made))
            assert told["Findings"] == []
        cut = {name for name, creds in scene.sessions.items() if not works(account, creds)}
        assert cut - {"alice"} == hit | made


def test_the_commands_that_it_names_close_what_is_open(tmp_path):
    with Server() as own:
        account = Account(own)
        scene, revoker, cli = everybody(account), Revoker(own, tmp_path), Cli(own, tmp_path / "cli")
        receipt = revoker.revoke("role", scene.role.name)
        sources = {source["Kind"]: source for source in receipt["OpenSources"]}
        assert set(sources) == {"access-key", "trust-policy"}
        words = [shlex.split(source["Command"]) for source in receipt["OpenSources"]]
        for command in words:
            if command[0] == "aws":
                cli.ok(*command[1:])
            else:
                assert command[:2] == ["portcullis", "revoke"]
                revoker.revoke(*command[2:])
        again = revoker.revoke("role", scene.role.name, "--block-reissue")
        assert again["OpenSources"] == []


def test_a_target_without_sessions_is_told(account: Account, revoker: Revoker):
    lonely = account.make_user("lonely")
    receipt = revoker.revoke("user", lonely.name)
    assert receipt["SessionsHit"] == [] and receipt["Findings"] == ["No live session is hit by this."]
