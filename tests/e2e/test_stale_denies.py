"""`portcullis stale-denies`: denies against sessions that nobody meets any more, and the commands that take them away."""

from __future__ import annotations

import json
import shlex

import pytest

from harness import documents as doc
from harness.account import ROOT_ARN, federated_arn
from harness.awscli import Cli
from harness.clients import Creds
from harness.command import Command
from harness.organization import FULL, SCP
from harness.server import ACCOUNT, Server
from harness.sessions import Sessions

ALL = doc.policy(doc.allow("*"))


@pytest.fixture(scope="module")
def command(server: Server, tmp_path_factory) -> Command:
    return Command(server, tmp_path_factory.mktemp("stale"))


def listed(command: Command, *flags: str, creds: Creds | None = None) -> list[dict]:
    return json.loads(command.ok("stale-denies", *flags, creds=creds or command.server.root))["Denies"]


def of(command: Command, resource: str, *flags: str, creds: Creds | None = None) -> list[dict]:
    return [deny for deny in listed(command, *flags, creds=creds) if deny["Resource"] == resource]


def run(cli: Cli, commands: list[str]) -> None:
    """As a person would paste them into a shell."""
    for line in commands:
        aws, *words = shlex.split(line)
        assert aws == "aws"
        cli.ok(*words)


def test_a_deny_by_user_id_goes_when_the_printed_command_is_run_and_the_rest_stays(account, command, cli):
    role = account.make_role("stale", ALL)
    mary = account.assume(role, name="Mary")
    gone = doc.deny(StringEquals={"aws:userid": f"{role.role_id}:Bob"})
    kept = doc.deny("s3:*", "arn:aws:s3:::it's-mine/*", StringEquals={"aws:userid": f"{role.role_id}:Mary"})
    other = doc.deny("iam:*", IpAddress={"aws:SourceIp": "203.0.113.0/24"})
    account.role_policy(role.name, doc.policy(kept, gone, other), name="denies")
    [deny] = of(command, role.arn)
    [statement] = deny["Statements"]
    assert (deny["Kind"], deny["PolicyName"], deny["AccountId"]) == ("role-policy", "denies", ACCOUNT)
    assert (statement["Index"], json.loads(statement["Statement"])) == (1, gone)
    assert statement["IsStale"] and statement["CanMatchAgain"] and "Until" not in statement
    [all_of_it] = of(command, role.arn, "--all")
    assert [it["IsStale"] for it in all_of_it["Statements"]] == [False, True]
    assert all_of_it["Statements"][0]["Until"] > doc.iso_ms(doc.utc_now())

    table = command.ok("stale-denies", "--output", "text", creds=account.server.root)
    assert f"  take it away with: {deny['Commands'][0]}\n" in table and "no live session meets it" in table
    run(cli, deny["Commands"])
    held = account.iam.get_role_policy(RoleName=role.name, PolicyName="denies")["PolicyDocument"]
    assert held["Statement"] == [kept, other]
    assert of(command, role.arn) == []
    assert account.whoami(mary)


def test_every_kind_of_policy_is_looked_at(account, command, cli, org):
    user = account.make_user("holder", ALL)
    group = account.iam.create_group(GroupName="stale-group")["Group"]
    role = account.make_role("trusted", ALL)
    live = account.federate(user.creds, "live", ALL)
    of_session = lambda name: {"StringEquals": {"aws:userid": f"{ACCOUNT}:{name}"}}  # noqa: E731
    account.user_policy(user.name, doc.policy(doc.deny(**of_session("gone"))), name="cut")
    account.iam.put_group_policy(
        GroupName="stale-group",
        PolicyName="cut",
        PolicyDocument=doc.policy(doc.deny(StringEquals={"aws:SourceIdentity": "jane"})),
    )
    managed = account.make_managed(doc.policy(doc.deny(ArnEquals={"aws:PrincipalArn": federated_arn("gone")})))
    account.iam.attach_user_policy(UserName=user.name, PolicyArn=managed)
    bucket = account.make_bucket("stale")
    account.bucket_policy(
        bucket,
        doc.bucket_deny(bucket, {"AWS": federated_arn("gone")}),
        doc.bucket_deny(bucket, {"AWS": federated_arn("live")}),
        doc.allow("s3:GetObject", doc.bucket_arn(bucket, "*"), {"AWS": user.arn}),
    )
    trusting = json.loads(doc.trust(ROOT_ARN))
    denied = {"Effect": "Deny", "Principal": {"AWS": role.session_arn("gone")}, "Action": "sts:AssumeRole"}
    account.iam.update_assume_role_policy(
        RoleName=role.name, PolicyDocument=doc.policy(*trusting["Statement"], denied)
    )
    scp = org.make_policy(doc.deny(DateLessThan={"aws:TokenIssueTime": "2020-01-01T00:00:00Z"}))
    member = org.make_account()
    org.attach(scp, member.id)

    found = {(deny["Kind"], deny["Resource"]): deny for deny in listed(command)}
    wanted = {
        ("user-policy", user.arn): 0,
        ("group-policy", group["Arn"]): 0,
        ("managed-policy", managed): 0,
        ("bucket-policy", doc.bucket_arn(bucket)): 0,
        ("trust-policy", role.arn): 1,
        ("service-control-policy", org.arn("policy", f"service_control_policy/{scp}")): 0,
    }
    assert {key: [it["Index"] for it in found[key]["Statements"]] for key in wanted} == {
        key: [index] for key, index in wanted.items()
    }
    past = found["service-control-policy", org.arn("policy", f"service_control_policy/{scp}")]["Statements"][0]
    assert past["CanMatchAgain"] is False and past["Since"].startswith("2020-01-02T12:00:00")

    for key in wanted:
        run(cli, found[key]["Commands"])
    left = {(deny["Kind"], deny["Resource"]) for deny in listed(command)}
    # Detached from everybody, the managed policy and the SCP are still there, to be deleted or used again.
    detached = {key for key in wanted if key[0] in ("managed-policy", "service-control-policy")}
    assert left & set(wanted) == detached
    assert account.iam.list_attached_user_policies(UserName=user.name)["AttachedPolicies"] == []
    attached = org.api.list_policies_for_target(TargetId=member.id, Filter=SCP)["Policies"]
    assert [it["Id"] for it in attached] == [FULL]
    statements = json.loads(account.s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    assert [it["Effect"] for it in statements] == ["Deny", "Allow"]
    trusted = account.iam.get_role(RoleName=role.name)["Role"]["AssumeRolePolicyDocument"]
    assert trusted == trusting
    assert account.whoami(live)


def test_what_is_not_about_sessions_alone_is_never_shown(account, command):
    role, user = account.make_role("plain", ALL), account.make_user("plain", ALL)
    document = doc.policy(
        doc.deny("s3:DeleteBucket"),
        doc.deny(StringEquals={"aws:userid": [f"{role.role_id}:gone", user.user_id]}),
        doc.deny(StringNotEquals={"aws:userid": f"{role.role_id}:gone"}),
        doc.deny(DateLessThanIfExists={"aws:TokenIssueTime": "2020-01-01T00:00:00Z"}),
        doc.deny(StringEquals={"aws:userid": "${aws:PrincipalTag/who}:x"}),
    )
    account.role_policy(role.name, document, name="others")
    assert of(command, role.arn, "--all") == []


def test_the_end_of_a_session_is_what_it_waits_for(moved):
    account, clock = moved
    sessions = Sessions(account.server, clock)
    role = account.make_role("waiting", ALL)
    one = account.assume(role, name="one", DurationSeconds=900)
    account.role_policy(role.name, doc.policy(doc.deny(StringLike={"aws:userid": f"{role.role_id}:*"})), "cut")
    assert sessions.ok("ListStaleDenies", {})["Denies"] == []
    [waiting] = sessions.ok("ListStaleDenies", {"IncludeNeeded": True})["Denies"]
    ends = sessions.describe(one)["Session"]["Expires"]
    assert [(it["IsStale"], it["Until"]) for it in waiting["Statements"]] == [(False, ends)]
    clock.forward(901)
    [stale] = sessions.ok("ListStaleDenies", {})["Denies"]
    assert stale["Commands"] == [f"aws iam delete-role-policy --role-name {role.name} --policy-name cut"]


def test_an_account_sees_its_own_and_learns_nothing_of_other_accounts_sessions(account, command, org):
    one, two = org.make_account(), org.make_account()
    theirs = two.make_role(doc.trust(f"arn:aws:iam::{two.id}:root"), ALL)
    their_role = two.iam.get_role(RoleName=theirs.split("/")[-1])["Role"]
    bucket = one.make_bucket()
    one.bucket_policy(
        bucket,
        doc.bucket_deny(bucket, {"AWS": f"arn:aws:sts::{two.id}:assumed-role/{their_role['RoleName']}/x"}),
        doc.bucket_deny(bucket, "*", StringEquals={"aws:userid": f"{their_role['RoleId']}:x"}),
        doc.bucket_deny(bucket, "*", StringEquals={"aws:SourceIdentity": "jane"}),
        doc.bucket_deny(bucket, {"AWS": f"arn:aws:sts::{one.id}:federated-user/gone"}),
    )
    arn = doc.bucket_arn(bucket)
    [own] = of(command, arn, "--all", creds=one.creds)
    assert [it["Index"] for it in own["Statements"]] == [3]
    assert of(command, arn, "--all", creds=two.creds) == []
    [whole] = of(command, arn)
    assert [it["Index"] for it in whole["Statements"]] == [0, 1, 2, 3]


def test_it_is_a_permission_of_its_own(account, command):
    nobody = account.make_user("nobody")
    allowed = account.make_user("auditor", doc.policy(doc.allow("portcullis:ListStaleDenies")))
    said = command.fails("stale-denies", creds=nobody.creds)
    assert said.startswith("portcullis: AccessDeniedException: ")
    assert isinstance(listed(command, creds=allowed.creds), list)
