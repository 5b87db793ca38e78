"""An organization on one server: the deployment's account manages it, and an administrator of it enters the others."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pytest
from botocore.exceptions import ClientError

from . import documents as doc
from .account import Account, User, fresh
from .clients import Creds
from .server import ACCOUNT, Server

SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
ACCESS_ROLE = "OrganizationAccountAccessRole"
FULL, RCP_FULL = "p-FullAWSAccess", "p-RCPFullAWSAccess"


@dataclass(frozen=True)
class Member:
    """A member account, entered by its access role."""

    id: str
    email: str
    creds: Creds
    server: Server

    def client(self, service: str, creds: Creds | None = None, **config):
        return self.server.client(service, creds or self.creds, **config)

    @property
    def iam(self):
        return self.client("iam")

    @property
    def s3(self):
        return self.client("s3")

    def make_user(self, stem: str = "user", policy: str | None = None) -> User:
        """A user of this account with an access key and perhaps one inline policy."""
        iam = self.client("iam")
        made = iam.create_user(UserName=fresh(stem))["User"]
        name = made["UserName"]
        if policy is not None:
            iam.put_user_policy(UserName=name, PolicyName="main", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return User(name, made["Arn"], made["UserId"], Creds(key["AccessKeyId"], key["SecretAccessKey"]))

    def make_role(self, trust: str, policy: str | None = None, stem: str = "role") -> str:
        """A role of this account; gives its ARN."""
        iam, name = self.client("iam"), fresh(stem)
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        if policy is not None:
            iam.put_role_policy(RoleName=name, PolicyName="main", PolicyDocument=policy)
        return arn

    def make_bucket(self, *readers) -> str:
        """A bucket of this account with the object `a.txt`, which these principals may read."""
        s3, name = self.client("s3"), fresh("bucket")
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="a.txt", Body=b"content")
        if readers:
            objects = doc.bucket_arn(name, "*")
            self.bucket_policy(name, *[doc.allow("s3:GetObject", objects, reader) for reader in readers])
        return name

    def bucket_policy(self, bucket: str, *statements: dict) -> None:
        self.client("s3").put_bucket_policy(Bucket=bucket, Policy=doc.policy(*statements))

    def reads(self, bucket: str, creds: Creds | None = None):
        client = self.client("s3", creds)
        return lambda: client.get_object(Bucket=bucket, Key="a.txt")


class Organization:
    def __init__(self, account: Account) -> None:
        self.account = account
        self.api = account.client("organizations")
        made = self.api.create_organization(FeatureSet="ALL")["Organization"]
        self.id = made["Id"]
        self.root = self.api.list_roots()["Roots"][0]["Id"]

    @cached_property
    def operator(self) -> User:
        """A user of the management account who may enter every account: root may assume no role."""
        return self.account.make_user("org-operator", doc.policy(doc.allow(["sts:*", "organizations:*", "iam:*"])))

    def enter(self, account: str, role: str = ACCESS_ROLE) -> Creds:
        return self.account.assume(f"arn:aws:iam::{account}:role/{role}", by=self.operator.creds)

    def make_account(self, parent: str | None = None, **more) -> Member:
        """A new account, moved below the parent if one is named."""
        email = f"{fresh('member')}@example.com"
        status = self.api.create_account(Email=email, AccountName=fresh("Member"), **more)["CreateAccountStatus"]
        assert status["State"] == "SUCCEEDED", status
        account = status["AccountId"]
        if parent is not None:
            self.move(account, parent)
        return Member(account, email, self.enter(account), self.account.server)

    def move(self, account: str, parent: str) -> None:
        source = self.api.list_parents(ChildId=account)["Parents"][0]["Id"]
        self.api.move_account(AccountId=account, SourceParentId=source, DestinationParentId=parent)

    def make_unit(self, parent: str | None = None, name: str = "") -> str:
        made = self.api.create_organizational_unit(ParentId=parent or self.root, Name=name or fresh("unit"))
        return made["OrganizationalUnit"]["Id"]

    def make_policy(self, *statements: dict, kind: str = SCP) -> str:
        made = self.api.create_policy(
            Name=fresh("policy"), Description="for a test", Type=kind, Content=doc.policy(*statements)
        )
        return made["Policy"]["PolicySummary"]["Id"]

    def attach(self, policy: str, target: str) -> None:
        self.api.attach_policy(PolicyId=policy, TargetId=target)

    def detach(self, policy: str, target: str) -> None:
        self.api.detach_policy(PolicyId=policy, TargetId=target)

    def arn(self, kind: str, rest: str) -> str:
        return f"arn:aws:organizations::{ACCOUNT}:{kind}/{self.id}/{rest}"


def refusal(call, code: str, reason: str | None = None) -> str:
    """The call must fail with this code, status 400 and reason; gives the message."""
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response
    found = (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer.get("Reason"))
    assert found == (code, 400, reason), f"{found}: {answer['Error']['Message']}"
    return answer["Error"]["Message"]


def pages(api, operation: str, member: str, size: int | None = 2, **inputs) -> list:
    """Everything that a call lists, in pages of this size."""
    config = {"PageSize": size} if size else {}
    found = api.get_paginator(operation).paginate(PaginationConfig=config, **inputs)
    return [item for page in found for item in page[member]]
