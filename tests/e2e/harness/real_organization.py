"""An organization of four accounts, written by hand in the form in which `aws organizations` prints it."""

from __future__ import annotations

import json
from pathlib import Path

from . import importing as form
from .importing import write

MANAGEMENT, PROD, SANDBOX, CLOSED = "111122223333", "222233334444", "333344445555", "444455556666"
ORG, ROOT = "o-a1b2c3d4e5", "r-ab12"
WORKLOADS, PRODUCTION = "ou-ab12-11111111", "ou-ab12-22222222"
FULL, NO_S3, IDLE = "p-FullAWSAccess", "p-nos3here", "p-idle1234"
SCP = "SERVICE_CONTROL_POLICY"


def arn(kind: str, rest: str) -> str:
    return f"arn:aws:organizations::{MANAGEMENT}:{kind}/{ORG}/{rest}"


def account(number: str, name: str, status: str = "ACTIVE", method: str = "CREATED") -> dict:
    return {
        "Id": number,
        "Arn": arn("account", number),
        "Email": f"{name}@example.com",
        "Name": name.title(),
        "Status": status,
        "JoinedMethod": method,
        "JoinedTimestamp": "2020-01-02T03:04:05.678000+01:00",
    }


def unit(number: str, name: str) -> dict:
    return {"Id": number, "Arn": arn("ou", number), "Name": name}


def summary(policy: str, name: str, kind: str = SCP) -> dict:
    managed = policy == FULL
    where = f"arn:aws:organizations::aws:policy/{kind.lower()}/{policy}"
    return {
        "Id": policy,
        "Arn": where if managed else arn("policy", f"{kind.lower()}/{policy}"),
        "Name": name,
        "Description": "",
        "Type": kind,
        "AwsManaged": managed,
    }


def described(policy: str, name: str, document: dict) -> dict:
    return {"Policy": {"PolicySummary": summary(policy, name), "Content": json.dumps(document)}}


def delegation(*statements: dict, number: str = "rp-ab12cd34") -> dict:
    """What `describe-resource-policy` prints."""
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    held = {"Id": number, "Arn": arn("resourcepolicy", number)}
    return {"ResourcePolicy": {"ResourcePolicySummary": held, "Content": json.dumps(document)}}


def tags(**pairs: str) -> dict:
    """What `list-tags-for-resource` prints."""
    return {"Tags": [{"Key": key, "Value": value} for key, value in pairs.items()]}


def files() -> dict[str, dict]:
    """Every file by name."""
    accounts = [
        account(MANAGEMENT, "management", method="INVITED"),
        account(PROD, "prod"),
        account(SANDBOX, "sandbox"),
        account(CLOSED, "closed", status="SUSPENDED"),
    ]
    prod, by_number = accounts[1], {it["Id"]: it for it in accounts}
    full = summary(FULL, "FullAWSAccess")
    everything = [ROOT, WORKLOADS, PRODUCTION, *by_number]
    return {
        "describe-organization.json": {
            "Organization": {"Id": ORG, "MasterAccountId": MANAGEMENT, "FeatureSet": "ALL"},
        },
        "roots.json": {
            "Roots": [
                {"Id": ROOT, "Arn": arn("root", ROOT), "Name": "Root", "PolicyTypes": [{"Type": SCP, "Status": "ENABLED"}]}
            ]
        },
        "list-accounts.json": {"Accounts": accounts},
        f"list-accounts-for-parent-{ROOT}.json": {"Accounts": [by_number[it] for it in (MANAGEMENT, SANDBOX, CLOSED)]},
        f"list-accounts-for-parent-{WORKLOADS}.json": {"Accounts": []},
        f"list-accounts-for-parent-{PRODUCTION}.json": {"Accounts": [prod]},
        f"units-of-{ROOT}.json": {"OrganizationalUnits": [unit(WORKLOADS, "Workloads")]},
        "units-with-a-path.json": {
            "OrganizationalUnits": [
                unit(PRODUCTION, "Production") | {"Path": f"{ORG}/{ROOT}/{WORKLOADS}/{PRODUCTION}/"}
            ]
        },
        "list-policies.json": {"Policies": [full, summary(NO_S3, "NoS3"), summary("p-chat5678", "Chat", "CHATBOT_POLICY")]},
        "describe-1.json": described(NO_S3, "NoS3", form.allowing("s3:*", effect="Deny")),
        "describe-2.json": described(IDLE, "Idle", form.allowing("iam:*", effect="Deny")),
        f"targets-{FULL}.json": {"Targets": [{"TargetId": it} for it in everything if it != SANDBOX]},
        f"list-policies-for-target-{SANDBOX}.json": {"Policies": [full]},
        f"targets_of_{NO_S3}.json": {"Targets": [{"TargetId": PRODUCTION, "Type": "ORGANIZATIONAL_UNIT"}]},
        "details-management.json": form.details([form.user(MANAGEMENT, "ops", UserPolicyList=form.inline(
            own=form.allowing(["sts:*", "iam:*", "organizations:*"])))]),
        "details-prod.json": form.details(roles=[deployer(PROD)]),
        "details-sandbox.json": form.details(roles=[deployer(SANDBOX)]),
    }


def deployer(number: str) -> dict:
    trust = form.trusting(f"arn:aws:iam::{MANAGEMENT}:user/ops")
    return form.role(number, "Deployer", trust, RolePolicyList=form.inline(own=form.allowing("*")))


def written(folder: Path, changes: dict | None = None) -> Path:
    """All files in a folder, some of them changed or, for None, left out."""
    for name, content in (files() | (changes or {})).items():
        if content is not None:
            write(folder / name, content)
    return folder
