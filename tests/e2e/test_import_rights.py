"""Threat ESC-4: an import is judged as if every record were a call of the importer. And bundles meant to do harm."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path

import pytest

from harness import documents as doc
from harness import importing as form
from harness.account import ROOT_ARN, Account, fresh
from harness.audit import lookup
from harness.expect import gone
from harness.importing import Importer, counts, write
from harness.organization import Organization
from harness.raw import Raw
from harness.server import ACCOUNT, Server

OTHER = "222233334444"


@pytest.fixture
def importer(tmp_path: Path) -> Importer:
    return Importer(tmp_path)


@pytest.fixture
def into(importer: Importer, account: Account, tmp_path: Path):
    """Imports one page by a fresh user with these statements; gives what was said, or the report."""

    def done(page: dict, *statements: dict, creds=None):
        who = creds or account.make_user("importer", doc.policy(*statements)).creds
        file = write(tmp_path / f"{fresh('page')}.json", page)
        ended = importer.run(file, server=account.server, creds=who)
        if ended.returncode == 0:
            return json.loads(ended.stdout)
        return ended.stderr + ended.stdout

    return done


IMPORT = doc.allow("portcullis:Import")


def test_the_permission_to_import_is_worth_nothing_alone(into, account: Account):
    page = form.details([form.user(ACCOUNT, fresh("alice"))])
    said = into(page, doc.allow("iam:*"))
    assert "AccessDeniedException" in said and "portcullis:Import on resource: *" in said
    said = into(page, IMPORT)
    assert "AccessDeniedException" in said and "iam:CreateUser" in said
    assert counts(into(page, IMPORT, doc.allow("iam:CreateUser"))) == {(ACCOUNT, "user"): 1}


def test_each_part_of_a_record_asks_for_its_own_permission(into, account: Account):
    admin = form.allowing("*")
    policy = form.managed(ACCOUNT, fresh("Admin"), admin, admin)
    make = doc.allow(["iam:CreateUser", "iam:CreateRole", "iam:CreateGroup", "iam:CreatePolicy"])
    versions = doc.allow(["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"])
    team = form.group(ACCOUNT, fresh("team"), "/g/")

    def of_user(**more) -> dict:
        return form.user(ACCOUNT, fresh("mallory"), **more)

    linked = form.role(ACCOUNT, fresh("r"), form.trusting("*"), "/aws-service-role/x.amazonaws.com/")
    cases = [
        (form.details([of_user(UserPolicyList=form.inline(own=admin))]), "iam:PutUserPolicy"),
        (form.details([of_user(Tags=[{"Key": "team", "Value": "admins"}])]), "iam:TagUser"),
        (form.details(roles=[form.role(ACCOUNT, fresh("r"), form.trusting("*"), RolePolicyList=form.inline(a=admin))]),
         "iam:PutRolePolicy"),
        (form.details(groups=[form.group(ACCOUNT, fresh("g"), GroupPolicyList=form.inline(a=admin))]),
         "iam:PutGroupPolicy"),
        (form.details(policies=[policy]), "iam:CreatePolicyVersion"),
        (form.details([of_user(GroupList=[team["GroupName"]])], [team]), f"iam:AddUserToGroup on resource: {team['Arn']}"),
        (form.details(roles=[linked]), "iam:CreateServiceLinkedRole"),
        (form.details(roles=[form.role(ACCOUNT, fresh("r"), form.trusting("*"), "/aws-reserved/sso.amazonaws.com/")]),
         "iam:CreateServiceLinkedRole"),
    ]
    for page, missing in cases:
        said = into(page, IMPORT, make)
        assert missing in said, (missing, said)
    # What the organization's policies do not reach must be what it seems to be.
    assert "trusts others than services" in into(form.details(roles=[linked]), creds=account.root)
    attach = form.details([of_user(AttachedManagedPolicies=form.attached(policy["Arn"]))], policies=[policy])
    tied = doc.allow("iam:AttachUserPolicy", ArnEquals={"iam:PolicyARN": "arn:aws:iam::*:policy/Harmless"})
    assert "iam:AttachUserPolicy" in into(attach, IMPORT, make, versions, tied)
    assert counts(into(attach, IMPORT, make, versions, doc.allow("iam:AttachUserPolicy")))[ACCOUNT, "policy"] == 1


def test_an_instance_profile_asks_for_what_its_making_would(into, account: Account):
    role = form.in_profile(form.role(ACCOUNT, fresh("web"), form.trusting(ROOT_ARN)), fresh("web"))
    tagged = form.in_profile(form.role(ACCOUNT, fresh("web"), form.trusting(ROOT_ARN)), fresh("web"),
                             Tags=[{"Key": "Team", "Value": "blue"}])

    def passing(service: str) -> dict:
        return doc.allow("iam:PassRole", role["Arn"], StringEquals={"iam:PassedToService": service})

    held = [IMPORT, doc.allow("iam:CreateRole")]
    for more, missing in (
        (doc.allow(["iam:AddRoleToInstanceProfile", "iam:PassRole"]), "iam:CreateInstanceProfile"),
        (doc.allow(["iam:CreateInstanceProfile", "iam:PassRole"]), "iam:AddRoleToInstanceProfile"),
        (doc.allow("iam:*InstanceProfile"), "iam:PassRole"),
    ):
        assert missing in into(form.details(roles=[role]), *held, more)
    for passes in (
        [passing("ecs.amazonaws.com")],
        [doc.allow("iam:PassRole", role["Arn"] + "-other")],
        [doc.allow("iam:PassRole"), passing("ec2.amazonaws.com") | {"Effect": "Deny"}],
    ):
        assert "iam:PassRole" in into(form.details(roles=[role]), *held, doc.allow("iam:*InstanceProfile"), *passes)
    may = doc.allow(["iam:CreateInstanceProfile", "iam:AddRoleToInstanceProfile", "iam:PassRole"])
    assert "iam:TagInstanceProfile" in into(form.details(roles=[tagged]), *held, may)
    enough = [*held, doc.allow("iam:*InstanceProfile"), passing("ec2.amazonaws.com")]
    assert counts(into(form.details(roles=[role]), *enough))[ACCOUNT, "instance-profile"] == 1


def test_paths_and_boundaries_confine_the_importer(into, account: Account):
    bound = account.make_managed(doc.policy(doc.allow("s3:*")))
    confined = [
        doc.allow("iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/people/*",
                  StringEquals={"iam:PermissionsBoundary": bound}),
    ]
    boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": bound}
    for page in (
        form.user(ACCOUNT, fresh("free"), "/people/"),
        form.user(ACCOUNT, fresh("boss"), "/", PermissionsBoundary=boundary),
        form.user(OTHER, fresh("away"), "/people/", PermissionsBoundary=boundary),
    ):
        assert "AccessDeniedException" in into(form.details([page]), IMPORT, *confined)
    page = form.user(ACCOUNT, fresh("bound"), "/people/", PermissionsBoundary=boundary)
    assert counts(into(form.details([page]), IMPORT, *confined)) == {(ACCOUNT, "user"): 1}


def test_who_may_not_make_it_is_not_told_whether_it_is_there(into, account: Account):
    account.iam.create_user(UserName="secret-user")
    page = form.details([form.user(ACCOUNT, "secret-user")])
    said = into(page, IMPORT)
    assert "iam:CreateUser" in said and "already" not in said
    assert "is here already" in into(page, IMPORT, doc.allow("iam:CreateUser"))


def test_only_the_deployment_s_account_imports_and_only_it_brings_others(importer: Importer, tmp_path: Path):
    with Server() as server:
        account = Account(server)
        organization = Organization(account)
        member = organization.make_account()
        page = write(tmp_path / "page.json", form.details([form.user(member.id, "eve")]))
        done = importer.run(page, server=server, creds=member.creds)
        assert done.returncode == 1 and "AccessDeniedException" in done.stderr
        theirs = member.make_user("admin", doc.policy(doc.allow("*")))
        assert "AccessDeniedException" in importer.run(page, server=server, creds=theirs.creds).stderr
        assert counts(importer.ok(page, server=server)) == {(member.id, "user"): 1}
        assert "eve" in {it["UserName"] for it in member.client("iam").list_users()["Users"]}
        # A third account takes the permission to make accounts.
        page = write(tmp_path / "third.json", form.details([form.user(OTHER, "eve")]))
        some = account.make_user("some", doc.policy(IMPORT, doc.allow("iam:*")))
        said = importer.run(page, server=server, creds=some.creds).stderr
        assert "organizations:CreateAccount" in said
        assert counts(importer.ok(page, server=server)) == {(OTHER, "account"): 1, (OTHER, "user"): 1}


def test_buckets_ask_for_theirs_and_belong_to_the_account_that_is_named(importer: Importer, tmp_path: Path):
    with Server() as server:
        account = Account(server)
        member = Organization(account).make_account()
        file = write(tmp_path / "their-bucket.json", doc.policy(doc.deny("s3:PutObject", "arn:aws:s3:::their-bucket/*", "*")))
        some = account.make_user("some", doc.policy(IMPORT, doc.allow("s3:CreateBucket")))
        words = ["--bucket-account", member.id, file]
        assert "s3:PutBucketPolicy" in importer.run(*words, server=server, creds=some.creds).stderr
        account.user_policy(some.name, doc.policy(IMPORT, doc.allow("s3:*")))
        assert counts(importer.ok(*words, server=server, creds=some.creds)) == {(member.id, "bucket"): 1}
        assert [it["Name"] for it in member.client("s3").list_buckets()["Buckets"]] == ["their-bucket"]
        assert counts(importer.ok(*words, server=server), "Unchanged") == {(member.id, "bucket"): 1}
        assert "is here already" in importer.refused(file, server=server)[0]
        other = write(tmp_path / "in" / "other-bucket.json", doc.policy(doc.deny("*", "arn:aws:s3:::other-bucket", "*")))
        assert "no such account" in importer.refused("--bucket-account", OTHER, other, server=server)[0]


def test_no_credential_comes_with_a_record(into, account: Account):
    name = fresh("keyed")
    more = {
        "AccessKeys": [{"AccessKeyId": "AKIAMALLORYMALLORY22", "SecretAccessKey": "x" * 40, "Status": "Active"}],
        "LoginProfile": {"Password": "secret"},
    }
    root = {"RootAccessKeys": more["AccessKeys"], "AccessKeyMetadata": more["AccessKeys"]}
    page = form.details([form.user(ACCOUNT, name, **more)]) | root
    assert counts(into(page, creds=account.root)) == {(ACCOUNT, "user"): 1}
    assert account.iam.list_access_keys(UserName=name)["AccessKeyMetadata"] == []
    assert [it["AccessKeyId"] for it in account.iam.list_access_keys()["AccessKeyMetadata"]] == [account.root.access_key]
    for wrong in (form.user(ACCOUNT, "root", UserId=ACCOUNT), {"UserName": "<root_account>", "Arn": ROOT_ARN}):
        assert "nothing was stored" in into(form.details([wrong]), creds=account.root)


def test_the_dead_are_not_revived(into, account: Account):
    trust = form.trusting(ROOT_ARN)
    role = form.role(ACCOUNT, fresh("role"), trust)
    into(form.details(roles=[role]), creds=account.root)
    creds = account.assume(role["Arn"])
    account.delete_role(role["RoleName"])
    gone(query_call=lambda: account.whoami(creds))
    said = into(form.details(roles=[role]), creds=account.root)
    assert "sessions here that have not ended" in said
    named = form.role(ACCOUNT, fresh("named"), trust)
    into(form.details(roles=[named]), creds=account.root)
    account.make_role(trust=doc.trust(named["Arn"]))
    account.delete_role(named["RoleName"])
    assert "names by it somebody who is gone" in into(form.details(roles=[named]), creds=account.root)
    gone(query_call=lambda: account.whoami(creds))


def test_files_meant_to_do_harm(importer: Importer, account: Account, tmp_path: Path):
    alice, mallory = form.user(ACCOUNT, "harmless"), form.user(ACCOUNT, "harmful")
    good = json.dumps(form.details([alice]))
    cases = {
        "truncated": (good[:-40], "not JSON"),
        "empty": ("", "not JSON"),
        "nested": ("[" * 100_000, "recursion"),
        "twice": (good.replace('"UserName"', '"UserName": "root", "UserName"'), "stands twice"),
        "unknown": ('{"Keys": []}', "known here"),
        "array": ("[]", "known here"),
        "name": (form.details([alice, mallory | {"UserName": "HARMLESS", "Arn": alice["Arn"].replace("harmless", "HARMLESS")}]),
                 "has the name of another"),
        "id": (form.details([alice, mallory | {"UserId": alice["UserId"]}]), "which another entity"),
        "account": (form.details([alice | {"Arn": "arn:aws:iam::12:user/harmless"}]), "is not that of the user"),
        "arn": (form.details([alice | {"Arn": mallory["Arn"]}]), "is not that of the user"),
        "kind": (form.details([alice | {"UserId": form.unique("AROA", "alice")}]), "begins with AIDA"),
        "key": (form.details([alice | {"UserId": "AKIAMALLORYMALLORY222"}]), "begins with AIDA"),
        "path": (form.details([alice | {"Path": "/../", "Arn": f"arn:aws:iam::{ACCOUNT}:user/../harmless"}]), "the Path"),
        "slash": (form.details([alice | {"UserName": "a/b", "Arn": f"arn:aws:iam::{ACCOUNT}:user/a/b"}]), "no name"),
        "date": (form.details([alice | {"CreateDate": "yesterday"}]), "no date"),
        "document": (form.details([alice | {"UserPolicyList": form.inline(a={"Statement": "all"})}]), "is refused"),
        "bucket": ('{"Policy": "{}"}', "is a bucket's policy, but"),
        "foreign": (form.details([alice | {"AttachedManagedPolicies": form.attached(f"arn:aws:iam::{OTHER}:policy/x")}]),
                    "of another account"),
        "long": (form.details([alice | {"UserPolicyList": form.inline(a=form.allowing(["s3:Get*"] * 20_000))}]),
                 "more than 131072"),
        "lone": (form.details([alice | {"AttachedManagedPolicies": form.attached(f"arn:aws:iam::{ACCOUNT}:policy/x")}]),
                 "neither among the files nor here"),
    }
    for name, (content, why) in cases.items():
        file = write(tmp_path / f"Case {name}.json", content)
        for where in ({"server": account.server}, {}):
            flags = [] if where else ["--data", tmp_path / "data", "--account-id", ACCOUNT]
            problems = importer.refused(*flags, file, **where)
            assert any(why in it for it in problems), (name, problems)
    # Every problem is told, not the first alone; and nothing of the good file is stored.
    fine = write(tmp_path / "fine.json", good)
    files = [tmp_path / f"Case {name}.json" for name in ("truncated", "date", "key")]
    problems = importer.refused(fine, *files, tmp_path / "absent.json", server=account.server)
    assert len(problems) == 4 and any("absent.json" in it for it in problems), problems
    assert "harmless" not in {it["UserName"] for it in account.iam.list_users()["Users"]}
    assert not (tmp_path / "data").exists()


def test_bundles_meant_to_do_harm(account: Account):
    raw = Raw(account.server)
    typed = [("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", "Portcullis_20261122.Import")]

    def asked(body: dict, creds=None):
        data = json.dumps(body).encode()
        return raw.send(raw.request("POST", "/", creds or account.root, "portcullis", headers=typed, body=data))

    def packed(data: bytes) -> str:
        return base64.b64encode(zlib.compress(data, 9)).decode()

    bomb = packed(b" " * (300 << 20))
    for bundle in (
        bomb,
        packed(b"[" * 100_000),
        packed(b"{}"),
        packed(b'[{"Name":"a","Text":"{}","Text":"[]"}]'),
        packed(b"\xff"),
        base64.b64encode(b"no bundle").decode(),
        "",
    ):
        answer = asked({"Bundle": bundle})
        assert (answer.status, answer.code) == (400, "InvalidInputException"), answer.text
    nobody = account.make_user("nobody", doc.policy(doc.allow("iam:*")))
    assert asked({"Bundle": bomb}, nobody.creds).code == "AccessDeniedException"
    assert asked({}).status == 400 and asked({"Bundle": 1}).status == 400
    answer = asked({"Bundle": form.bundle({"../../etc/passwd": "{}"})})
    assert answer.status == 200 and json.loads(answer.text)["Stored"] is False
    events = [it for it in lookup(account, EventName="Import") if it["requestID"] == answer.request_id]
    assert len(events) == 1


def test_nothing_is_made_in_an_account_that_has_left(into, account: Account):
    """What no single call of the management account could do there, an import does not do either."""
    org = Organization(account)
    gone_away, inside = org.make_account(), org.make_account()
    org.api.remove_account_from_organization(AccountId=gone_away.id)
    everything = doc.allow("*")
    said = into(form.details([form.user(gone_away.id, fresh("intruder"))]), everything)
    assert "is no open account of the organization" in json.dumps(said)
    names = [user["UserName"] for user in gone_away.client("iam").list_users()["Users"]]
    assert not any(name.startswith("intruder") for name in names)
    assert counts(into(form.details([form.user(inside.id, fresh("guest"))]), everything)) == {(inside.id, "user"): 1}
    # Conditions see whose account it is.
    bounded = doc.deny("iam:CreateUser", StringEquals={"aws:ResourceAccount": inside.id})
    said = into(form.details([form.user(inside.id, fresh("guest"))]), everything, bounded)
    assert "AccessDeniedException" in json.dumps(said)
