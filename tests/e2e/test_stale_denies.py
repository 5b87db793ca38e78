"""`portcullis stale-denies`: what was written to be kept for twelve hours is reported when no live session can match it."""

from __future__ import annotations

import json
import shlex

from harness import documents as doc
from harness.account import Account
from harness.awscli import Cli
from harness.command import Revoker
from harness.raw import Raw
from harness.revoking import ALL, Own
from harness.server import Server

HOURS = 3600


def by_name(denies: list[dict]) -> dict[tuple[str, str], dict]:
    return {(deny["Kind"], deny.get("PolicyName") or deny["ResourceArn"]): deny for deny in denies}


def found(revoker: Revoker) -> dict[tuple[str, str], dict]:
    return by_name(revoker.json("stale-denies")["StaleDenies"])


def test_a_deny_is_reported_when_its_last_session_has_ended_and_not_before(moved):
    account, clock = moved
    # The client command has no clock of its own to be moved.
    own = Own(Raw(account.server), clock)
    look = lambda: by_name(json.loads(own.send("ListStaleDenies").text)["StaleDenies"])  # noqa: E731
    role, user = account.make_role("worker", ALL), account.make_user("alice", ALL)
    account.assume(role, name="mary")
    account.assume(role, name="jane", DurationSeconds=3600)
    bucket = account.make_bucket()
    user_id = f"{role.role_id}:mary"
    account.role_policy(role.name, doc.policy(doc.allow("s3:*"), doc.deny(StringEquals={"aws:userid": user_id})), "by-id")
    account.role_policy(role.name, doc.revoke_older(clock.now()), "older")
    account.role_policy(role.name, doc.policy(doc.deny("s3:DeleteBucket")), "other")
    account.role_policy(role.name, doc.policy(doc.deny(StringEquals={"aws:userid": "AROAAAAAAAAAAAAAAAAAA:gone"})), "gone")
    account.user_policy(user.name, doc.policy(doc.deny(StringEquals={"aws:userid": user.user_id})), "long-term")
    account.bucket_policy(bucket, doc.bucket_deny(bucket, {"AWS": role.session_arn("mary")}))
    early = look()
    assert set(early) == {("role-policy", "gone")}
    assert "Since" not in early["role-policy", "gone"] and "Note" in early["role-policy", "gone"]
    clock.forward(2 * HOURS)
    late = look()
    wanted = {("role-policy", name) for name in ("gone", "by-id", "older")} | {("bucket-policy", doc.bucket_arn(bucket))}
    assert set(late) == wanted
    assert late["role-policy", "by-id"]["ResourceArn"] == role.arn
    assert json.loads(late["role-policy", "by-id"]["Text"])["Condition"] == {"StringEquals": {"aws:userid": user_id}}
    assert "Since" in late["role-policy", "older"]
    account.assume(role, name="mary")
    assert set(look()) == {("role-policy", "gone"), ("role-policy", "older")}


def test_the_command_takes_the_statement_out_and_nothing_else(account: Account, server: Server, tmp_path):
    revoker, cli = Revoker(server, tmp_path / "home"), Cli(server, tmp_path / "cli")
    role = account.make_role("taken", ALL)
    gone = doc.deny(StringEquals={"aws:SourceIdentity": "nobody's `x`"})
    account.role_policy(role.name, doc.policy(doc.allow("s3:*"), gone), "mixed")
    deny = found(revoker)["role-policy", "mixed"]
    assert deny["Statement"] == "2"
    words = shlex.split(deny["Command"])
    cli.ok(*words[1:])
    held = account.iam.get_role_policy(RoleName=role.name, PolicyName="mixed")["PolicyDocument"]
    assert held["Statement"] == [doc.allow("s3:*")]
    assert ("role-policy", "mixed") not in found(revoker)


def test_who_may_not_read_a_policy_is_not_told_what_stands_in_it(account: Account, server: Server, tmp_path):
    revoker = Revoker(server, tmp_path / "home")
    role = account.make_role("blind", ALL)
    account.role_policy(role.name, doc.policy(doc.deny(StringEquals={"aws:SourceIdentity": "nobody"})), "blind")
    reader = account.make_user("reader", doc.policy(doc.allow("portcullis:ListStaleDenies")))
    [deny] = [it for it in revoker.json("stale-denies", creds=reader.creds)["StaleDenies"] if it["ResourceArn"] == role.arn]
    assert deny == {"Kind": "role-policy", "ResourceArn": role.arn, "PolicyName": "blind"}
    other = account.make_user("other", doc.policy(doc.allow("iam:*")))
    assert "portcullis:ListStaleDenies" in revoker.refused("stale-denies", creds=other.creds)
