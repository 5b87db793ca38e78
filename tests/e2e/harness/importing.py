"""`portcullis import` as a person runs it, and files in the form in which AWS's tools print them."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import zlib
from pathlib import Path

from .clients import Creds
from .server import Server, binary

LIMIT_S = 120
WHEN = "2019-03-04T05:06:07+00:00"


class Importer:
    def __init__(self, home: Path) -> None:
        self.home = home

    def environment(self, server: Server | None, creds: Creds | None) -> dict[str, str]:
        env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PORTCULLIS_"))}
        env["HOME"] = str(self.home)
        if server is not None:
            who = creds or server.root
            env |= {"AWS_ENDPOINT_URL": server.url}
            env |= {"AWS_ACCESS_KEY_ID": who.access_key, "AWS_SECRET_ACCESS_KEY": who.secret}
            if who.token:
                env["AWS_SESSION_TOKEN"] = who.token
        return env

    def command(self, *words) -> list[str]:
        return [binary(), "import", *map(str, words)]

    def run(self, *words, server: Server | None = None, creds: Creds | None = None):
        return subprocess.run(
            self.command(*words),
            env=self.environment(server, creds),
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )

    def ok(self, *words, **more) -> dict:
        """The import must succeed; gives its report."""
        done = self.run(*words, **more)
        assert done.returncode == 0, (done.stdout, done.stderr)
        return json.loads(done.stdout)

    def refused(self, *words, **more) -> list[str]:
        """Nothing may be stored; gives the problems as lines."""
        done = self.run(*words, **more)
        assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
        report = json.loads(done.stdout)
        assert report["Stored"] is False and "nothing was stored" in done.stderr
        return [f"{it['File']}: {it['Entity']}: {it['Reason']}" for it in report["Problems"]]


def counts(report: dict, member: str = "Taken") -> dict[tuple[str, str], int]:
    return {(it["Account"], it["Kind"]): it["Count"] for it in report[member]}


def write(path: Path, content) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=4))
    return path


def bundle(files: dict[str, str]) -> str:
    """What the command sends of files."""
    listed = [{"Name": name, "Text": text} for name, text in files.items()]
    return base64.b64encode(zlib.compress(json.dumps(listed).encode())).decode()


# -- what `get-account-authorization-details` prints -----------------------------------


def unique(prefix: str, stem: str) -> str:
    """The same id for the same stem, of the alphabet of AWS's ids."""
    return prefix + base64.b32encode(stem.encode() + b"\0" * 11)[:17].decode().replace("=", "A")


def document(*statements: dict) -> dict:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trusting(*principals: str) -> dict:
    who = {"AWS": list(principals)}
    return document({"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRole"})


def allowing(actions, resources="*", effect="Allow") -> dict:
    return document({"Effect": effect, "Action": actions, "Resource": resources})


def inline(**policies: dict) -> list[dict]:
    return [{"PolicyName": name, "PolicyDocument": text} for name, text in policies.items()]


def attached(*arns: str) -> list[dict]:
    return [{"PolicyName": arn.rsplit("/", 1)[1], "PolicyArn": arn} for arn in arns]


def user(account: str, name: str, path: str = "/", **more) -> dict:
    return {
        "Path": path,
        "UserName": name,
        "UserId": unique("AIDA", account[-4:] + name),
        "Arn": f"arn:aws:iam::{account}:user{path}{name}",
        "CreateDate": WHEN,
        "GroupList": [],
        "AttachedManagedPolicies": [],
        "Tags": [],
    } | more


def group(account: str, name: str, path: str = "/", **more) -> dict:
    return {
        "Path": path,
        "GroupName": name,
        "GroupId": unique("AGPA", account[-4:] + name),
        "Arn": f"arn:aws:iam::{account}:group{path}{name}",
        "CreateDate": WHEN,
        "GroupPolicyList": [],
        "AttachedManagedPolicies": [],
    } | more


def role(account: str, name: str, trust: dict, path: str = "/", **more) -> dict:
    return {
        "Path": path,
        "RoleName": name,
        "RoleId": unique("AROA", account[-4:] + name),
        "Arn": f"arn:aws:iam::{account}:role{path}{name}",
        "CreateDate": WHEN,
        "AssumeRolePolicyDocument": trust,
        "InstanceProfileList": [],
        "RolePolicyList": [],
        "AttachedManagedPolicies": [],
        "Tags": [],
        "RoleLastUsed": {},
    } | more


def in_profile(role: dict, name: str, path: str = "/", **more) -> dict:
    """The role, in one more instance profile."""
    account = role["Arn"].split(":")[4]
    held = {
        "Path": path,
        "InstanceProfileName": name,
        "InstanceProfileId": unique("AIPA", account[-4:] + name),
        "Arn": f"arn:aws:iam::{account}:instance-profile{path}{name}",
        "CreateDate": WHEN,
        "Roles": [{key: role[key] for key in ("Path", "RoleName", "RoleId", "Arn", "CreateDate")}],
    } | more
    return role | {"InstanceProfileList": [*role["InstanceProfileList"], held]}


def managed(account: str, name: str, *versions: dict, default: int = 1, path: str = "/", **more) -> dict:
    listed = [
        {"Document": text, "VersionId": f"v{at}", "IsDefaultVersion": at == default, "CreateDate": WHEN}
        for at, text in enumerate(versions, 1)
    ]
    return {
        "PolicyName": name,
        "PolicyId": unique("ANPA", account[-4:] + name),
        "Arn": f"arn:aws:iam::{account}:policy{path}{name}",
        "Path": path,
        "DefaultVersionId": f"v{default}",
        "AttachmentCount": 0,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": WHEN,
        "UpdateDate": WHEN,
        "PolicyVersionList": listed[::-1],
    } | more


def details(users=(), groups=(), roles=(), policies=()) -> dict:
    return {
        "UserDetailList": list(users),
        "GroupDetailList": list(groups),
        "RoleDetailList": list(roles),
        "Policies": list(policies),
    }
