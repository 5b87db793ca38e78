"""`portcullis import`: accounts as AWS's own tools print them, in a new data directory and in a running server."""

from __future__ import annotations

import json
import os
import random
import subprocess
import time
from datetime import datetime
from pathlib import Path

import pytest

from harness import documents as doc
from harness import importing as form
from harness.account import ROOT_ARN, Account
from harness.audit import file_events, lookup
from harness.awscli import Cli
from harness.expect import denied
from harness.importing import Importer, counts, write
from harness.server import ACCOUNT, Server

OTHER = "222233334444"


@pytest.fixture
def importer(tmp_path: Path) -> Importer:
    return Importer(tmp_path)


def everything(server: Server) -> dict:
    """The details of the account, in an order of their own."""
    pages = server.client("iam").get_paginator("get_account_authorization_details").paginate()
    whole: dict[str, list] = {}
    for page in pages:
        for name in ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"):
            whole.setdefault(name, []).extend(page[name])
    for details in whole["RoleDetailList"]:
        details.pop("RoleLastUsed", None)
    return json.loads(json.dumps(whole, default=str, sort_keys=True))


def furnish(account: Account) -> None:
    """Something of everything that details tell of."""
    iam = account.iam
    read, write_ = doc.policy(doc.allow("s3:Get*")), doc.policy(doc.allow("s3:Put*"), doc.deny("iam:*"))
    arn = iam.create_policy(PolicyName="Reader", Path="/team/a/", PolicyDocument=read, Description="reads")
    arn = arn["Policy"]["Arn"]
    for text in (write_, read, write_):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=text)
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v3")
    bound = iam.create_policy(PolicyName="Bound", PolicyDocument=doc.policy(doc.allow("*")))["Policy"]["Arn"]
    iam.create_group(GroupName="Readers", Path="/team/")
    iam.put_group_policy(GroupName="Readers", PolicyName="own", PolicyDocument=read)
    iam.attach_group_policy(GroupName="Readers", PolicyArn=arn)
    tags = [{"Key": "Team", "Value": "a b/ü"}, {"Key": "empty", "Value": ""}]
    for name in ("alice", "Bob", "carol"):
        iam.create_user(UserName=name, Path="/people/", Tags=tags, PermissionsBoundary=bound)
        iam.put_user_policy(UserName=name, PolicyName="one", PolicyDocument=read)
        iam.put_user_policy(UserName=name, PolicyName="two", PolicyDocument=write_)
        iam.add_user_to_group(UserName=name, GroupName="Readers")
    iam.attach_user_policy(UserName="alice", PolicyArn=arn)
    alice = f"arn:aws:iam::{ACCOUNT}:user/people/alice"
    iam.create_role(
        RoleName="Auditor",
        Path="/ops/",
        AssumeRolePolicyDocument=doc.trust(ROOT_ARN, alice),
        PermissionsBoundary=bound,
        Tags=tags,
    )
    iam.put_role_policy(RoleName="Auditor", PolicyName="own", PolicyDocument=read)
    iam.attach_role_policy(RoleName="Auditor", PolicyArn=arn)
    for name, where in (("machines", "/ops/"), ("Spare", "/")):
        iam.create_instance_profile(InstanceProfileName=name, Path=where)
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName="Auditor")


@pytest.fixture(scope="module")
def real(tmp_path_factory) -> tuple[Path, dict]:
    """An account as the AWS CLI prints it, the same in small pages of the API, and the same by boto3.

    The CLI itself pages well only as a whole: resumed by --starting-token it loses the groups, roles and policies of
    the page on which it resumes.
    """
    folder = tmp_path_factory.mktemp("real")
    with Server() as server:
        furnish(Account(server))
        cli = Cli(server, folder / "home")
        write(folder / "pages" / "whole.json", cli.ok("iam", "get-account-authorization-details", "--page-size", "2"))
        marker: dict[str, str] = {}
        for at in range(20):
            page = server.client("iam").get_account_authorization_details(MaxItems=2, **marker)
            write(folder / "pages" / f"page-{at}.json", json.dumps(page, default=datetime.isoformat))
            if not page["IsTruncated"]:
                break
            marker = {"Marker": page["Marker"]}
        assert at > 1
        return folder / "pages", everything(server)


def test_an_account_goes_round(real, importer: Importer, tmp_path: Path):
    pages, before = real
    data = tmp_path / "data"
    planned = importer.ok("--data", data, "--dry-run", pages)
    assert planned["Stored"] is False and not data.exists()
    report = importer.ok("--data", data, pages)
    taken = {"policy": 2, "group": 1, "user": 3, "role": 1, "instance-profile": 2}
    assert report["Stored"] is True and counts(report) == {(ACCOUNT, kind): n for kind, n in taken.items()}
    assert counts(planned) == counts(report) and report["Nobody"] == [] == report["Problems"]
    with Server(data=data) as server:
        assert everything(server) == before
        # It works, by the ids that it had.
        account = Account(server)
        alice = account.make_key("alice")
        assert account.whoami(alice)["UserId"] == before["UserDetailList"][0]["UserId"]
        denied(lambda: server.client("iam", alice).list_users())
        # While it is served, nobody else writes into it.
        busy = importer.run("--data", data, pages)
        assert busy.returncode == 1 and "in use" in busy.stderr
    again = importer.ok("--data", data, *pages.iterdir())
    assert counts(again) == {} and counts(again, "Unchanged") == counts(report)
    events = [event for event in file_events(data) if event["eventName"] == "AccountsImported"]
    [event] = events
    details = event["serviceEventDetails"]
    assert details["files"] == [{"kind": "account-authorization-details", "count": len(list(pages.iterdir()))}]
    assert {"account": ACCOUNT, "kind": "user", "count": 3} in details["taken"]


def test_the_same_into_a_running_server(real, importer: Importer):
    pages, before = real
    with Server() as server:
        account = Account(server)
        planned = importer.ok("--dry-run", pages, server=server)
        assert planned["Stored"] is False and everything(server)["UserDetailList"] == []
        report = importer.ok(pages, server=server)
        assert everything(server) == before and counts(report)[ACCOUNT, "user"] == 3
        text = importer.run("--output", "text", pages, server=server)
        assert f"Unchanged\t{ACCOUNT}\tuser\t3" in text.stdout.splitlines()
        events = [it for it in lookup(account, EventName="Import") if (it["responseElements"] or {}).get("taken")]
        done = [it for it in events if not it["requestParameters"].get("dryRun")]
        [event] = [it for it in done if it["responseElements"]["stored"]]
        assert {"account": ACCOUNT, "kind": "user", "count": 3} in event["responseElements"]["taken"]
        assert "bundle" not in event["requestParameters"]
        # A changed namesake is a conflict, and so is each of them.
        account.iam.delete_user_policy(UserName="alice", PolicyName="one")
        account.iam.tag_role(RoleName="Auditor", Tags=[{"Key": "new", "Value": "1"}])
        problems = importer.refused(pages, server=server)
        assert len(problems) == 2 and any("set of inline policies" in it for it in problems)


def test_pages_that_are_missing_are_missed(real, importer: Importer, tmp_path: Path):
    pages, _ = real
    problems = importer.refused("--data", tmp_path / "data", pages / "page-0.json")
    assert any("another one follows" in problem for problem in problems)
    without_groups = json.loads((pages / "whole.json").read_text()) | {"GroupDetailList": []}
    problems = importer.refused("--data", tmp_path / "data", write(tmp_path / "less.json", without_groups))
    assert len(problems) == 3 and all("the group Readers" in problem for problem in problems)


def test_raw_pages_of_the_api_and_bare_bucket_policies(importer: Importer, tmp_path: Path):
    from urllib.parse import quote

    raw = '{"Version": "2012-10-17",\n "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}'
    alice = form.user(ACCOUNT, "alice", UserPolicyList=[{"PolicyName": "own", "PolicyDocument": quote(raw, safe="")}])
    gone = f"arn:aws:iam::{OTHER}:role/Gone"
    page = write(tmp_path / "in" / "details.json", form.details([alice], roles=[
        form.role(ACCOUNT, "Open", form.trusting(gone, alice["Arn"])),
    ]))
    statement = doc.allow("s3:GetObject", "arn:aws:s3:::my-bucket/*", {"AWS": [gone, alice["Arn"]]})
    bare = write(tmp_path / "in" / "my-bucket.json", doc.policy(statement))
    named = json.dumps({"Policy": doc.policy(doc.allow("s3:*", "arn:aws:s3:::their-bucket", {"AWS": "*"}))})
    write(tmp_path / "in" / "their-bucket.json", named)
    report = importer.ok("--data", tmp_path / "data", tmp_path / "in")
    assert counts(report)[ACCOUNT, "bucket"] == 2
    assert [(it["Entity"], it["Principal"]) for it in report["Nobody"]] == [
        (f"arn:aws:iam::{ACCOUNT}:role/Open", gone),
        ("arn:aws:s3:::my-bucket", gone),
    ]
    assert any("public" in it["Reason"] for it in report["NotTaken"])
    with Server(data=tmp_path / "data") as server:
        account = Account(server)
        policy = account.iam.get_user_policy(UserName="alice", PolicyName="own")
        assert policy["PolicyDocument"] == json.loads(raw)
        assert account.s3.get_bucket_policy(Bucket="my-bucket")["Policy"] == bare.read_text()
        account.s3.put_object(Bucket="my-bucket", Key="a.txt", Body=b"x")
        account.reads(account.make_key("alice"), "my-bucket")()


def test_instance_profiles_come_with_their_role_or_not_at_all(importer: Importer, tmp_path: Path):
    trust = form.trusting(ROOT_ARN)
    web, db = form.role(ACCOUNT, "web", trust), form.role(ACCOUNT, "db", trust)
    service = {"Effect": "Allow", "Principal": {"Service": "x.amazonaws.com"}, "Action": "sts:AssumeRole"}
    linked = form.role(ACCOUNT, "l", form.document(service), "/aws-service-role/x.amazonaws.com/")
    tagged = form.in_profile(web, "web", "/tier/", Tags=[{"Key": "Team", "Value": "blue"}])
    with Server(flags=("--quota", "instance-profiles=1")) as server:
        iam = server.client("iam")
        for roles, why in (
            ([tagged, form.in_profile(db, "web", "/tier/")], "the id or the name of another instance profile"),
            ([tagged, form.in_profile(db, "WEB", InstanceProfileId=form.unique("AIPA", "x"))], "of another instance"),
            ([form.in_profile(db, "x", Roles=[{"RoleName": "web"}])], "holds another role than db"),
            ([form.in_profile(db, "x", InstanceProfileId=db["RoleId"])], "begins with AIPA"),
            ([form.in_profile(db, "x", Arn=f"arn:aws:iam::{ACCOUNT}:instance-profile/y")], "is not that of the"),
            ([form.in_profile(db, "x", Arn=f"arn:aws:iam::{OTHER}:instance-profile/x")], "is of another account"),
            ([form.in_profile(db, "x", CreateDate=None)], "no date CreateDate"),
            ([form.in_profile(linked, "x")], "holds a role of AWS's own"),
        ):
            problems = importer.refused(write(tmp_path / "bad.json", form.details(roles=roles)), server=server)
            assert len(problems) == 1 and why in problems[0], (why, problems)
        assert iam.list_roles()["Roles"] == [] == iam.list_instance_profiles()["InstanceProfiles"]

        page = write(tmp_path / "page.json", form.details(roles=[tagged, form.in_profile(db, "db")]))
        report = importer.ok(page, server=server)
        assert counts(report) == {(ACCOUNT, "role"): 2, (ACCOUNT, "instance-profile"): 2} and report["NotTaken"] == []
        assert ["2 are more than the quota instance-profiles=1"] == [it["Reason"] for it in report["Quotas"]]
        [held] = iam.list_instance_profiles_for_role(RoleName="web")["InstanceProfiles"]
        [said] = tagged["InstanceProfileList"]
        for member in ("Path", "InstanceProfileId", "Arn"):
            assert held[member] == said[member]
        assert held["CreateDate"] == datetime.fromisoformat(form.WHEN) and held["Roles"][0]["RoleId"] == web["RoleId"]
        whole = iam.get_instance_profile(InstanceProfileName="web")["InstanceProfile"]
        assert whole["Tags"] == said["Tags"]
        # The same is the same, and another is refused: of another role, or of another id under the name.
        assert counts(importer.ok(page, server=server), "Unchanged")[ACCOUNT, "instance-profile"] == 2
        iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName="web")
        [problem] = importer.refused(page, server=server)
        assert "instance-profile/tier/web" in problem and "with another role" in problem
        iam.remove_role_from_instance_profile(InstanceProfileName="db", RoleName="db")
        for name in ("web", "db"):
            iam.delete_instance_profile(InstanceProfileName=name)
        iam.create_instance_profile(InstanceProfileName="Web")
        [problem] = importer.refused(page, server=server)
        assert "its name is here already" in problem


def test_a_name_that_stood_for_nobody_stays_nobody(importer: Importer, tmp_path: Path):
    late = f"arn:aws:iam::{ACCOUNT}:role/late"
    allow = doc.allow("s3:GetObject", "arn:aws:s3:::my-bucket/*", {"AWS": late})
    write(tmp_path / "in" / "my-bucket.json", doc.policy(allow))
    with Server() as server:
        account = Account(server)
        report = importer.ok(tmp_path / "in", server=server)
        assert [it["Principal"] for it in report["Nobody"]] == [late]
        account.s3.put_object(Bucket="my-bucket", Key="a.txt", Body=b"x")
        creds = account.assume(account.make_role(name="late"))
        denied(account.reads(creds, "my-bucket"))
        # What the text says now names the role that there is.
        account.bucket_policy("my-bucket", allow)
        account.reads(creds, "my-bucket")()


def test_what_aws_manages_is_lost_by_name_and_never_where_it_holds_back(importer: Importer, tmp_path: Path):
    power = "arn:aws:iam::aws:policy/NoSuchPolicyOfAws"
    text = {"PolicyVersionList": [{"VersionId": "v1", "Document": form.allowing("*"), "CreateDate": form.WHEN}]}
    of_aws = {"Arn": power, "PolicyName": "NoSuchPolicyOfAws", "DefaultVersionId": "v1"} | text
    users = [form.user(ACCOUNT, "alice", AttachedManagedPolicies=form.attached(power))]
    page = write(tmp_path / "a.json", form.details(users, policies=[of_aws]))
    report = importer.ok("--data", tmp_path / "data", page)
    [lost] = report["NotTaken"]
    assert lost["Entity"] == users[0]["Arn"] and power in lost["Reason"]
    denying = of_aws | {"PolicyVersionList": [{"VersionId": "v1", "Document": form.allowing("*", effect="Deny")}]}
    boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": power}
    for page in (
        form.details(users, policies=[denying]),
        form.details(users),
        form.details([form.user(ACCOUNT, "bob", PermissionsBoundary=boundary)], policies=[of_aws]),
    ):
        problems = importer.refused("--data", tmp_path / "more", write(tmp_path / "b.json", page))
        assert len(problems) == 1 and power in problems[0], problems
        report = importer.ok("--data", tmp_path / "more", "--account-id", ACCOUNT, "--skip-unreadable", tmp_path / "b.json")
        assert counts(report) == {} and power in report["NotTaken"][0]["Reason"]


def test_a_kill_at_any_moment_leaves_nothing_or_all(importer: Importer, tmp_path: Path):
    users = [form.user(ACCOUNT, f"user-{at:04}") for at in range(3000)]
    for at, held in enumerate(users):
        held["UserId"] = form.unique("AIDA", f"{at:06}")
    page = write(tmp_path / "page.json", form.details(users))
    seen = set()
    for turn in range(10):
        data = tmp_path / f"data-{turn}"
        if turn % 2:
            # A deployment that is there; otherwise the import itself makes it.
            with Server(data=data):
                pass
        started = subprocess.Popen(
            importer.command("--data", data, page),
            env=importer.environment(None, None),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(random.Random(turn).uniform(0.02, 1.2))
        started.kill()
        started.wait()
        again = importer.ok("--data", data, page)
        new, old = (counts(again, member).get((ACCOUNT, "user"), 0) for member in ("Taken", "Unchanged"))
        assert (new, old) in ((len(users), 0), (0, len(users))), (new, old)
        with Server(data=data) as server:
            pages = server.client("iam").get_paginator("list_users").paginate()
            assert sum(len(page["Users"]) for page in pages) == len(users)
        seen.add(old)
    print("found after the kill:", sorted(seen))


def test_twenty_thousand_roles_come_into_a_running_server(importer: Importer, tmp_path: Path):
    if os.environ.get("PORTCULLIS_BIG") != "1":
        count = 2000
    else:
        count = 20_000
    roles = []
    for at in range(count):
        held = form.role(ACCOUNT, f"service-{at:05}", form.trusting(ROOT_ARN), "/svc/")
        held["RoleId"] = form.unique("AROA", f"{at:06}")
        held["RolePolicyList"] = form.inline(own=form.allowing(["s3:GetObject"], f"arn:aws:s3:::bucket-{at}/*"))
        roles.append(held)
    page = write(tmp_path / "page.json", form.details(roles=roles))
    with Server() as server:
        report = importer.ok(page, server=server)
        assert counts(report) == {(ACCOUNT, "role"): count}
        assert any("roles=" in it["Reason"] for it in report["Quotas"])
        account = Account(server)
        creds = account.assume(f"arn:aws:iam::{ACCOUNT}:role/svc/service-00042")
        assert account.whoami(creds)["UserId"].startswith(roles[42]["RoleId"])
