"""`portcullis import` of an organization: its guardrails hold for what comes with it, and none of them gets lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import importing as form
from harness import real_organization as real
from harness.account import Account
from harness.expect import allowed, denied
from harness.importing import Importer, counts, write
from harness.real_organization import CLOSED, FULL, MANAGEMENT, NO_S3, ORG, PROD, PRODUCTION, ROOT, SANDBOX, WORKLOADS
from harness.server import Server


@pytest.fixture
def importer(tmp_path: Path) -> Importer:
    return Importer(tmp_path)


def test_an_imported_policy_binds_an_imported_role(importer: Importer, tmp_path: Path):
    folder, data = real.written(tmp_path / "in"), tmp_path / "data"
    report = importer.ok("--data", data, folder)
    assert counts(report) == {
        (MANAGEMENT, "account"): 1,
        (PROD, "account"): 1,
        (SANDBOX, "account"): 1,
        (CLOSED, "account"): 1,
        (MANAGEMENT, "organization"): 1,
        (MANAGEMENT, "organizational-unit"): 2,
        (MANAGEMENT, "organization-policy"): 2,
        (MANAGEMENT, "user"): 1,
        (PROD, "role"): 1,
        (SANDBOX, "role"): 1,
    }
    left = {it["Entity"]: it["Reason"] for it in report["NotTaken"]}
    assert "CHATBOT_POLICY" in left["p-chat5678"] and "attached nowhere" in left["p-idle1234"] and len(left) == 2
    with Server(data=data) as server:
        account = Account(server)
        org = server.client("organizations")
        assert org.describe_organization()["Organization"]["Id"] == ORG
        assert org.list_parents(ChildId=PROD)["Parents"] == [{"Id": PRODUCTION, "Type": "ORGANIZATIONAL_UNIT"}]
        assert org.list_parents(ChildId=PRODUCTION)["Parents"][0]["Id"] == WORKLOADS
        statuses = {it["Id"]: it["Status"] for it in org.list_accounts()["Accounts"]}
        assert statuses == {MANAGEMENT: "ACTIVE", PROD: "ACTIVE", SANDBOX: "ACTIVE", CLOSED: "SUSPENDED"}
        assert {it["TargetId"] for it in org.list_targets_for_policy(PolicyId=NO_S3)["Targets"]} == {PRODUCTION}
        ops = account.make_key("ops")
        inside = {at: account.assume(f"arn:aws:iam::{at}:role/Deployer", by=ops) for at in (PROD, SANDBOX)}
        allowed(lambda: server.client("s3", inside[SANDBOX]).list_buckets())
        allowed(lambda: server.client("iam", inside[PROD]).list_users())
        said = denied(lambda: server.client("s3", inside[PROD]).list_buckets())
        assert "service control policy" in said
        # It is the organization's policy, and not the import, that denies.
        org.detach_policy(PolicyId=NO_S3, TargetId=PRODUCTION)
        allowed(lambda: server.client("s3", inside[PROD]).list_buckets())
        org.attach_policy(PolicyId=NO_S3, TargetId=PRODUCTION)
    assert counts(importer.ok("--data", data, folder)) == {}


def test_nothing_that_could_forbid_may_be_missing(importer: Importer, tmp_path: Path):
    described, unpolicied = real.described, {"Version": "2012-10-17"}
    for number, (name, content, entity, reason) in enumerate([
        ("describe-1.json", None, NO_S3, "no text"),
        (f"targets_of_{NO_S3}.json", {"Targets": [], "NextToken": "more"}, NO_S3, "another one follows"),
        (f"targets-{FULL}.json", {"Targets": []}, ROOT, "no service control policy"),
        (f"list-accounts-for-parent-{PRODUCTION}.json", None, PROD, "does not lie below the root"),
        ("units-with-a-path.json", {"OrganizationalUnits": []}, PROD, "does not lie below the root"),
        ("roots.json", {"Roots": []}, "organization", "list-roots"),
        ("describe-1.json", described(NO_S3, "NoS3", unpolicied), NO_S3, "refused"),
        ("describe-1.json", described(NO_S3, "Idle", form.allowing("*")), NO_S3, "otherwise"),
        ("describe-organization.json", {"Organization": {"Id": ORG, "MasterAccountId": PROD}}, ORG, "another"),
    ]):
        folder = real.written(tmp_path / f"in-{number}", {name: content})
        problems = importer.refused("--data", tmp_path / "data", "--skip-unreadable", folder)
        assert any(entity in it and reason in it for it in problems), (name, problems)
        assert not (tmp_path / "data").exists()


def test_an_organization_comes_only_where_its_account_is(importer: Importer, tmp_path: Path):
    folder = real.written(tmp_path / "in")
    with Server() as server:
        problems = importer.refused(folder, server=server)
        assert any(f"is managed by {MANAGEMENT}" in it for it in problems)
    problems = importer.refused("--data", tmp_path / "data", "--account-id", SANDBOX, folder)
    assert any("must be the account" in it for it in problems)
    with Server(flags=("--account-id", MANAGEMENT)) as server:
        mine = server.client("organizations").create_organization(FeatureSet="ALL")["Organization"]["Id"]
        problems = importer.refused(folder, server=server)
        assert any(f"there is the organization {mine} already" in it for it in problems)
    with Server(flags=("--account-id", MANAGEMENT)) as server:
        assert counts(importer.ok(folder, server=server))[SANDBOX, "role"] == 1
        assert counts(importer.ok(folder, server=server)) == {}
        server.client("organizations").detach_policy(PolicyId=NO_S3, TargetId=PRODUCTION)
        problems = importer.refused(folder, server=server)
        assert len(problems) == 1 and PRODUCTION in problems[0]


def test_several_accounts_without_an_organization(importer: Importer, tmp_path: Path):
    files = real.files()
    for name in ("management", "prod", "sandbox"):
        write(tmp_path / "in" / f"{name}.json", files[f"details-{name}.json"])
    problems = importer.refused("--data", tmp_path / "data", tmp_path / "in")
    assert any("--account-id" in it for it in problems)
    report = importer.ok("--data", tmp_path / "data", "--account-id", MANAGEMENT, tmp_path / "in")
    assert counts(report)[PROD, "account"] == 1 and (MANAGEMENT, "account") not in counts(report)
    with Server(data=tmp_path / "data") as server:
        account = Account(server)
        creds = account.assume(f"arn:aws:iam::{PROD}:role/Deployer", by=account.make_key("ops"))
        assert account.whoami(creds)["Account"] == PROD
        # No account's root user has come to keys.
        assert server.client("iam").list_access_keys()["AccessKeyMetadata"][0]["AccessKeyId"] == server.root.access_key
