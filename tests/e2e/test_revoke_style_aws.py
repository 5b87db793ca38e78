"""`portcullis revoke --style aws`: AWS's own recipes, written where AWS would have them and taken out again; and `--export`,
the same as commands of the AWS CLI."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime

import pytest
from botocore.exceptions import ClientError

from harness import documents as doc
from harness.account import Account
from harness.awscli import Cli
from harness.command import Revoker
from harness.expect import BY_IDENTITY, allowed, denied
from harness.raw import Raw
from harness.revoking import ALL, Own, Scene, everybody
from harness.server import ACCOUNT, Server

OLDER, SESSIONS = "AWSRevokeOlderSessions", "PortcullisDenySessions"


@pytest.fixture(scope="module")
def revoker(server: Server, tmp_path_factory) -> Revoker:
    return Revoker(server, tmp_path_factory.mktemp("style"))


@pytest.fixture(scope="module")
def scene(account: Account) -> Scene:
    return everybody(account)


def hit(account: Account, scene: Scene) -> list[str]:
    """Who may list users no more."""
    found = []
    for name, creds in scene.sessions.items():
        try:
            account.client("iam", creds).list_users(MaxItems=1)
        except ClientError as refusal:
            assert refusal.response["Error"]["Code"] in ("AccessDenied", "InvalidClientTokenId"), refusal
            found.append(name)
    return found


# Of each of these, no session may list users whatever is revoked: IAM refuses what GetSessionToken made without MFA.
NEVER = {"token", "root token", "guest", "root guest"}


def document(account: Account, role: str, name: str = SESSIONS) -> dict:
    return account.iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]


def policies(account: Account, role: str) -> list[str]:
    return account.iam.list_role_policies(RoleName=role)["PolicyNames"]


@pytest.mark.parametrize(
    ("kind", "target", "wanted"),
    [
        ("session", "{key_one}", ["one", "chained"]),
        ("session", "{key_chained}", ["chained"]),
        ("role-session", "{role}/one", ["one", "chained"]),
        ("role", "{role}", ["one", "two", "chained"]),
        ("source-identity", "jane", ["two"]),
        ("access-key", "{key_alice}", ["alice", "one", "chained"]),
        ("user", "{alice}", ["one", "chained"]),
    ],
)
def test_a_recipe_cuts_off_whom_it_names_and_is_taken_out_again(account, revoker, scene, kind, target, wanted):
    before = hit(account, scene)
    receipt = revoker.revoke(kind, scene.target(target), "--style", "aws", "--reason", "theft")
    found = hit(account, scene)
    assert receipt["Style"] == "aws" and receipt["Written"] and "Statement" not in receipt
    revoker.lift(receipt)
    assert [name for name in found if name not in before] == wanted
    assert hit(account, scene) == before and set(before) <= NEVER
    for role in (scene.role.name, scene.other.name):
        assert policies(account, role) == ["main"]
    said = revoker.refused("lift", receipt["RevocationId"], code="ResourceNotFoundException")
    assert receipt["RevocationId"] in said


@pytest.mark.parametrize(("kind", "target"), [("user", "{alice}"), ("session", "{key_token}"), ("federated-user", "guest")])
def test_sessions_without_a_role_are_denied_where_the_user_has_its_policies(account, revoker, kind, target):
    scene = everybody(account)
    bucket = account.make_bucket("plain")
    # Root's guest of the same name can be reached by nobody.
    bob = account.federate(scene.bob.creds, "other", ALL)
    guest = account.federate(scene.alice.creds, f"own-{kind}", ALL)
    words = {"{alice}": scene.alice.name, "{key_token}": scene.sessions["token"].access_key, "guest": f"own-{kind}"}
    receipt = revoker.revoke(kind, words[target], "--style", "aws", "--no-cascade")
    cut = {"user": ["token", "guest"], "session": ["token"], "federated-user": ["guest"]}[kind]
    for name, creds in {"token": scene.sessions["token"], "guest": guest}.items():
        if name in cut:
            denied(account.reads(creds, bucket), BY_IDENTITY)
        else:
            allowed(account.reads(creds, bucket))
    for creds in (scene.alice.creds, scene.sessions["one"], bob):
        allowed(account.reads(creds, bucket))
    allowed(account.reads(account.session_token(scene.alice.creds), bucket))
    [part] = receipt["Written"]
    assert part["Kind"] == "user-policy" and part["Resource"] == scene.alice.arn
    revoker.lift(receipt)
    allowed(account.reads(scene.sessions["token"], bucket))
    allowed(account.reads(guest, bucket))


def test_the_policy_of_a_role_is_the_one_that_the_console_writes(account: Account, revoker: Revoker):
    role = account.make_role("console", ALL)
    session = account.assume(role)
    receipt = revoker.revoke("role", role.name, "--style", "aws")
    [statement] = document(account, role.name, OLDER)["Statement"]
    before = statement["Condition"].pop("DateLessThan")["aws:TokenIssueTime"]
    assert statement == {
        "Sid": f"PortcullisRevocation{receipt['RevocationId'].rsplit('-', 1)[1]}",
        "Effect": "Deny", "Action": ["*"], "Resource": ["*"], "Condition": {},
    }  # fmt: skip
    assert datetime.fromisoformat(before) == datetime.fromisoformat(receipt["IssuedBefore"])
    denied(account.sees_users(session), BY_IDENTITY)
    allowed(account.sees_users(account.assume(role)))


def test_several_sessions_of_a_role_share_one_policy_and_do_not_undo_each_other(account, revoker):
    role = account.make_role("shared", ALL)
    mary, john, jane = (account.assume(role, name=name) for name in ("mary", "john", "jane"))
    first = revoker.revoke("role-session", f"{role.name}/mary", "--style", "aws")
    second = revoker.revoke("role-session", f"{role.name}/john", "--style", "aws")
    again = revoker.revoke("role-session", f"{role.name}/mary", "--style", "aws")
    assert policies(account, role.name) == [SESSIONS, "main"]
    revoker.lift(first)
    for creds in (mary, john):
        denied(account.sees_users(creds), BY_IDENTITY)
    allowed(account.sees_users(jane))
    revoker.lift(again)
    allowed(account.sees_users(mary))
    denied(account.sees_users(john), BY_IDENTITY)
    revoker.lift(second)
    allowed(account.sees_users(john))
    assert policies(account, role.name) == ["main"]


def test_an_older_revocation_is_never_moved_back_and_stays_when_ours_is_lifted(account, revoker):
    role = account.make_role("older", ALL)
    session = account.assume(role)
    console = doc.revoke_older(doc.utc_now())
    account.role_policy(role.name, console, OLDER)
    denied(account.sees_users(session), BY_IDENTITY)
    receipt = revoker.revoke("role", role.name, "--style", "aws", "--issued-before", "2020-01-01T00:00:00Z")
    denied(account.sees_users(session), BY_IDENTITY)
    later = revoker.revoke("role", role.name, "--style", "aws")
    revoker.lift(receipt)
    revoker.lift(later)
    assert document(account, role.name, OLDER) == json.loads(console)
    denied(account.sees_users(session), BY_IDENTITY)


def test_a_key_that_two_want_inactive_stays_so_until_both_are_lifted(account: Account, revoker: Revoker):
    user = account.make_user("keyed", ALL)
    key = user.creds.access_key
    status = lambda: account.iam.list_access_keys(UserName=user.name)["AccessKeyMetadata"][0]["Status"]  # noqa: E731
    first = revoker.revoke("access-key", key, "--style", "aws")
    assert status() == "Inactive"
    assert "inactive already" in revoker.refused(
        "revoke", "access-key", key, "--style", "aws", code="InvalidInputException"
    )
    account.iam.update_access_key(UserName=user.name, AccessKeyId=key, Status="Active")
    second = revoker.revoke("access-key", key, "--style", "aws")
    revoker.lift(first)
    assert status() == "Inactive"
    revoker.lift(second)
    assert status() == "Active"


def test_a_sibling_of_the_same_name_is_told(account: Account, revoker: Revoker):
    role = account.make_role("twins", ALL)
    one, other = account.assume(role, name="twin"), account.assume(role, name="twin")
    receipt = revoker.revoke("session", one.access_key, "--style", "aws")
    assert any("1 other live sessions" in finding for finding in receipt["Findings"])
    denied(account.sees_users(other), BY_IDENTITY)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["user", "root"], "service control policy"),
        (["role", "{role}", "--block-reissue"], "trust policy"),
        (["access-key", "{root}"], "nobody but root"),
        (["federated-user", "nobody-there"], "No session"),
    ],
)
def test_what_aws_cannot_do_is_refused_by_name(account, revoker, scene, words, why):
    filled = [word.format(role=scene.role.name, root=account.root.access_key) for word in words]
    said = revoker.refused("revoke", *filled, "--style", "aws", code="InvalidInputException")
    assert why in said


def test_a_style_that_there_is_not_is_refused(account: Account, scene: Scene):
    own = Own(Raw(account.server))
    answer = own.send("Revoke", Kind="role", Target=scene.role.name, Style="gentle")
    assert answer.status == 400 and "InvalidInputException" in answer.text


def test_a_quota_refuses_the_whole_act_and_stores_nothing(account: Account, revoker: Revoker):
    role = account.make_role("full", ALL)
    chained = account.make_role("full", ALL)
    one = account.assume(role, name="one")
    account.assume(chained, by=one, name="two")
    filler = doc.policy(doc.allow("s3:GetObject", "arn:aws:s3:::" + "x" * 9_900))
    account.role_policy(chained.name, filler, "filler")
    said = revoker.refused("revoke", "role-session", f"{role.name}/one", "--style", "aws", code="LimitExceeded")
    assert chained.name in said
    assert policies(account, role.name) == ["main"] and SESSIONS not in policies(account, chained.name)
    allowed(account.sees_users(one))


def test_it_needs_the_permissions_of_what_is_written(account: Account, revoker: Revoker):
    role = account.make_role("guarded", ALL)
    session = account.assume(role, name="mary")
    responder = account.make_user("responder", doc.policy(doc.allow("portcullis:*")))
    words = ("revoke", "role", role.name, "--style", "aws")
    assert "iam:PutRolePolicy" in revoker.refused(*words, creds=responder.creds)
    assert "iam:PutRolePolicy" in revoker.refused(*words, "--dry-run", creds=responder.creds)
    assert "iam:PutRolePolicy" in revoker.refused("revoke", "role", role.name, "--export", creds=responder.creds)
    allowed(account.sees_users(session))
    assert policies(account, role.name) == ["main"]


def test_a_dry_run_tells_and_writes_nothing(account: Account, revoker: Revoker):
    role = account.make_role("tried", ALL)
    session = account.assume(role, name="mary")
    told = revoker.revoke("role", role.name, "--style", "aws", "--dry-run")
    assert told["DryRun"] and told["Written"] == [{"Kind": "role-policy", "Resource": role.arn, "Name": OLDER}]
    assert policies(account, role.name) == ["main"]
    allowed(account.sees_users(session))


# -- export --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cli(server: Server, tmp_path_factory) -> Cli:
    return Cli(server, tmp_path_factory.mktemp("cli"))


def run_script(cli: Cli, script: str) -> None:
    """As a person would, with the AWS CLI on the path."""
    folder = cli.home / "bin"
    folder.mkdir(exist_ok=True)
    aws = folder / "aws"
    aws.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m awscli "$@"\n')
    aws.chmod(0o755)
    env = cli.environment()
    env["PATH"] = f"{folder}:{env['PATH']}"
    done = subprocess.run(["sh", "-c", script], env=env, cwd=cli.home, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("kind", "target", "wanted"),
    [
        ("role-session", "{role}/one", ["one", "chained"]),
        ("role", "{role}", ["one", "two", "chained"]),
        ("access-key", "{key_alice}", ["alice", "one", "chained"]),
    ],
)
def test_the_printed_commands_do_the_same_with_the_real_aws_cli(account, revoker, cli, kind, target, wanted):
    scene = everybody(account)
    before = hit(account, scene)
    script = revoker.command.ok("revoke", kind, scene.target(target), "--export", creds=account.root)
    assert script.startswith("#!/bin/sh\n") and hit(account, scene) == before
    run_script(cli, script)
    assert [name for name in hit(account, scene) if name not in before] == wanted


def test_an_export_closes_the_doors_and_quotes_what_a_shell_would_read(account, revoker, cli):
    role = account.make_role("quoted", doc.policy(doc.allow("s3:*")))
    mary, john = (account.assume(role, name=name) for name in ("mary", "john"))
    bucket = account.make_bucket("quoted")
    odd = "it's `id` $HOME \\ \"x\""
    account.bucket_policy(
        bucket,
        doc.allow("s3:GetObject", doc.bucket_arn(bucket, "*"), {"AWS": role.arn}),
        doc.deny("s3:PutObject", doc.bucket_arn(bucket, odd), {"AWS": role.arn}),
    )
    run_script(cli, revoker.command.ok("revoke", "role-session", f"{role.name}/mary", "--export", creds=account.root))
    denied(account.reads(mary, bucket))
    allowed(account.reads(john, bucket))
    account.iam.delete_role_policy(RoleName=role.name, PolicyName=SESSIONS)
    denied(account.reads(mary, bucket), "resource-based policy")
    held = json.loads(account.s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    assert held[1]["Resource"] == doc.bucket_arn(bucket, odd)
    assert held[2]["Principal"] == {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.name}/mary"}
