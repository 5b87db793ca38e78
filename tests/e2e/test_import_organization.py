"""`portcullis import` of an organization: its guardrails hold for what comes with it, and none of them gets lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import documents as doc
from harness import importing as form
from harness import real_organization as real
from harness.account import Account
from harness.expect import allowed, denied
from harness.importing import Importer, counts, write
from harness.organization import refusal
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


DELEGATION = "rp-ab12cd34"
READS = doc.allow(["organizations:ListPolicies", "organizations:DescribePolicy"], "*", {"AWS": f"arn:aws:iam::{PROD}:root"})
TAGGED = (ROOT, PRODUCTION, NO_S3, PROD, DELEGATION)


def with_more(**more) -> dict:
    """A resource policy, and tags of one of each."""
    listed = {f"tags-of-{it}.json": real.tags(Team="blue", of=it.partition("-")[0]) for it in TAGGED}
    return {"resource-policy.json": real.delegation(READS)} | listed | more


def test_the_resource_policy_and_tags_come_along(importer: Importer, tmp_path: Path):
    gone = f"arn:aws:iam::{PROD}:role/Gone"
    policy = real.delegation(READS, doc.deny("organizations:DescribePolicy", "*", {"AWS": gone}))
    folder, data = real.written(tmp_path / "in", with_more(**{"resource-policy.json": policy})), tmp_path / "data"
    report = importer.ok("--data", data, folder)
    assert {it["Kind"] for it in report["Files"]} >= {"organization-resource-policy", "organization-tags"}
    assert [it["Principal"] for it in report["Nobody"]] == [gone]
    with Server(data=data) as server:
        account, org = Account(server), server.client("organizations")
        held = org.describe_resource_policy()["ResourcePolicy"]
        said = policy["ResourcePolicy"]
        assert held["ResourcePolicySummary"] == said["ResourcePolicySummary"] and held["Content"] == said["Content"]
        for it in TAGGED:
            found = {tag["Key"]: tag["Value"] for tag in org.list_tags_for_resource(ResourceId=it)["Tags"]}
            assert found == {"Team": "blue", "of": it.partition("-")[0]}
        assert org.list_tags_for_resource(ResourceId=SANDBOX)["Tags"] == []
        # It is in force, and so are the tags.
        ops = account.make_key("ops")
        prod, sandbox = (account.assume(f"arn:aws:iam::{at}:role/Deployer", by=ops) for at in (PROD, SANDBOX))
        allowed(lambda: server.client("organizations", prod).list_policies(Filter=real.SCP))
        refusal(lambda: server.client("organizations", sandbox).list_policies(Filter=real.SCP), "AccessDeniedException")
        by_tag = doc.allow("organizations:DescribeAccount", StringEquals={"aws:ResourceTag/Team": "blue"})
        reader = server.client("organizations", account.make_user("reader", doc.policy(by_tag)).creds)
        allowed(lambda: reader.describe_account(AccountId=PROD))
        refusal(lambda: reader.describe_account(AccountId=SANDBOX), "AccessDeniedException")
    assert counts(importer.ok("--data", data, folder)) == {}
    # Without these files nothing is said of them; other ones are refused.
    assert counts(importer.ok("--data", data, real.written(tmp_path / "less"))) == {}
    for name, content, entity in (
        ("resource-policy.json", real.delegation(READS), ORG),
        (f"tags-of-{DELEGATION}.json", real.tags(Team="red"), ORG),
        (f"tags-of-{ROOT}.json", real.tags(Team="red"), ORG),
        (f"tags-of-{PRODUCTION}.json", real.tags(Team="red"), PRODUCTION),
        (f"tags-of-{NO_S3}.json", real.tags(), NO_S3),
        (f"tags-of-{PROD}.json", real.tags(Team="blue"), PROD),
    ):
        changes = with_more(**{"resource-policy.json": policy}) | {name: content}
        [problem] = importer.refused("--data", data, real.written(tmp_path / "other", changes))
        assert f" {entity}: is here already, and is another" in problem, (name, problem)


def test_a_resource_policy_or_tags_that_cannot_be_taken_stop_everything(importer: Importer, tmp_path: Path):
    wide = doc.allow("organizations:*", "*", {"AWS": f"arn:aws:iam::{PROD}:root"})
    for number, (name, content, reason) in enumerate([
        ("resource-policy.json", real.delegation(wide), "cannot be delegated"),
        ("resource-policy.json", real.delegation(doc.allow("organizations:ListRoots")), "is refused"),
        ("resource-policy.json", real.delegation(READS, number="p-ab12cd34"), "has the id"),
        ("resource-policy.json", {"ResourcePolicy": {"Content": "{}"}}, "no ResourcePolicySummary"),
        ("another.json", real.delegation(), "another than in another file"),
        ("tags.json", real.tags(a="b"), "does not say of what"),
        (f"{MANAGEMENT}-tags-{PRODUCTION}.json", real.tags(a="b"), "does not say of what"),
        ("tags-ou-ab12-99999999.json", real.tags(a="b"), "is in no listing"),
        ("tags-999999999999.json", real.tags(a="b"), "is in no listing"),
        (f"more-{ROOT}.json", real.tags(Team="red"), "another value of the tag"),
        (f"tags-{SANDBOX}.json", real.tags(a="b") | {"NextToken": "more"}, "another one follows"),
        (f"tags-{SANDBOX}.json", {"Tags": [{"Key": "a"}]}, "no text Value"),
        (f"tags-{SANDBOX}.json", real.tags(a="b") | {"IsTruncated": False}, "known here"),
    ]):
        folder = real.written(tmp_path / f"in-{number}", with_more(**{name: content}))
        problems = importer.refused("--data", tmp_path / "data", "--skip-unreadable", folder)
        assert any(reason in it for it in problems), (name, problems)
        assert not (tmp_path / "data").exists()


def test_the_resource_policy_and_tags_ask_for_their_permissions(importer: Importer, tmp_path: Path):
    folder = real.written(tmp_path / "in", with_more())
    rest = doc.allow(["portcullis:Import", "iam:*", "organizations:*"])
    with Server(flags=("--account-id", MANAGEMENT)) as server:
        account = Account(server)
        for missing, where in (
            (doc.deny("organizations:PutResourcePolicy"), ""),
            (doc.deny("organizations:TagResource", real.arn("account", PROD)), real.arn("account", PROD)),
            (doc.deny("organizations:TagResource", StringEquals={"aws:RequestTag/of": "p"}), "policy/"),
            (doc.deny("organizations:TagResource", real.arn("resourcepolicy", "*")), "resourcepolicy/"),
        ):
            who = account.make_user("importer", doc.policy(rest, missing)).creds
            said = importer.run(folder, server=server, creds=who)
            action = missing["Action"] if isinstance(missing["Action"], str) else missing["Action"][0]
            assert said.returncode == 1 and action in said.stderr and where in said.stderr, said.stderr
        enough = account.make_user("importer", doc.policy(rest)).creds
        assert counts(importer.ok(folder, server=server, creds=enough))[MANAGEMENT, "organization"] == 1


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
