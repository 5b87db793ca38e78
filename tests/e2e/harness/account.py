"""The account of one server, seen by its administrator (the root user)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from . import documents as doc
from .clients import Creds
from .server import ACCOUNT, Server

NUMBERS = itertools.count(1)
ROOT_ARN = f"arn:aws:iam::{ACCOUNT}:root"


def fresh(stem: str) -> str:
    return f"{stem}-{next(NUMBERS)}"


@dataclass(frozen=True)
class User:
    name: str
    arn: str
    user_id: str
    creds: Creds


@dataclass(frozen=True)
class Role:
    name: str
    arn: str
    role_id: str

    def session_arn(self, session: str) -> str:
        return f"arn:aws:sts::{ACCOUNT}:assumed-role/{self.name}/{session}"


def federated_arn(name: str) -> str:
    return f"arn:aws:sts::{ACCOUNT}:federated-user/{name}"


class Account:
    def __init__(self, server: Server) -> None:
        self.server = server
        self.iam = server.client("iam")
        self.s3 = server.client("s3")
        self.root = server.root
        self.issuer: User | None = None

    def client(self, service: str, creds: Creds | None = None, **config):
        return self.server.client(service, creds, **config)

    # -- users and keys ------------------------------------------------------------

    def make_user(self, stem: str = "user", policy: str | None = None, name: str = "", **more) -> User:
        """A user with an access key and, if given, the inline policy `main`."""
        made = self.iam.create_user(UserName=name or fresh(stem), **more)["User"]
        name = made["UserName"]
        if policy is not None:
            self.user_policy(name, policy)
        return User(name, made["Arn"], made["UserId"], self.make_key(name))

    def make_key(self, user: str) -> Creds:
        key = self.iam.create_access_key(UserName=user)["AccessKey"]
        return Creds(key["AccessKeyId"], key["SecretAccessKey"])

    def user_policy(self, user: str, policy: str, name: str = "main") -> dict:
        return self.iam.put_user_policy(UserName=user, PolicyName=name, PolicyDocument=policy)

    def delete_user(self, name: str) -> None:
        for key in self.iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
            self.iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        for inline in self.iam.list_user_policies(UserName=name)["PolicyNames"]:
            self.iam.delete_user_policy(UserName=name, PolicyName=inline)
        for attached in self.iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]:
            self.iam.detach_user_policy(UserName=name, PolicyArn=attached["PolicyArn"])
        for group in self.iam.list_groups_for_user(UserName=name)["Groups"]:
            self.iam.remove_user_from_group(UserName=name, GroupName=group["GroupName"])
        self.iam.delete_user(UserName=name)

    # -- roles ---------------------------------------------------------------------

    def make_role(
        self, stem: str = "role", policy: str | None = None, trust: str | None = None, name: str = "", **more
    ) -> Role:
        """A role that trusts its account unless told otherwise."""
        made = self.iam.create_role(
            RoleName=name or fresh(stem),
            AssumeRolePolicyDocument=trust or doc.trust(ROOT_ARN),
            **more,
        )["Role"]
        if policy is not None:
            self.role_policy(made["RoleName"], policy)
        return Role(made["RoleName"], made["Arn"], made["RoleId"])

    def role_policy(self, role: str, policy: str, name: str = "main") -> dict:
        return self.iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=policy)

    def delete_role(self, name: str) -> None:
        for inline in self.iam.list_role_policies(RoleName=name)["PolicyNames"]:
            self.iam.delete_role_policy(RoleName=name, PolicyName=inline)
        for attached in self.iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            self.iam.detach_role_policy(RoleName=name, PolicyArn=attached["PolicyArn"])
        self.iam.delete_role(RoleName=name)

    def make_managed(self, document: str, stem: str = "managed") -> str:
        return self.iam.create_policy(PolicyName=fresh(stem), PolicyDocument=document)["Policy"]["Arn"]

    # -- credentials ---------------------------------------------------------------

    @property
    def operator(self) -> User:
        """A user who may assume every role that trusts the account."""
        if self.issuer is None:
            self.issuer = self.make_user("operator", doc.policy(doc.allow("sts:*")))
        return self.issuer

    def assume(self, role: Role | str, by: Creds | None = None, name: str | None = None, **more) -> Creds:
        arn = role if isinstance(role, str) else role.arn
        answer = self.client("sts", by or self.operator.creds).assume_role(
            RoleArn=arn, RoleSessionName=name or fresh("session"), **more
        )
        whom = answer["AssumedRoleUser"]
        return Creds.issued(answer, whom["Arn"], whom["AssumedRoleId"])

    def session_token(self, by: Creds, **more) -> Creds:
        return Creds.issued(self.client("sts", by).get_session_token(**more))

    def federate(self, by: Creds, name: str, policy: str | None = None, **more) -> Creds:
        if policy is not None:
            more["Policy"] = policy
        answer = self.client("sts", by).get_federation_token(Name=name, **more)
        whom = answer["FederatedUser"]
        return Creds.issued(answer, whom["Arn"], whom["FederatedUserId"])

    def whoami(self, creds: Creds) -> dict:
        return self.client("sts", creds).get_caller_identity()

    # -- buckets -------------------------------------------------------------------

    def make_bucket(self, stem: str = "bucket", *keys: str) -> str:
        """A bucket of root's with an object under each key, `a.txt` if none is named."""
        name = fresh(stem)
        self.s3.create_bucket(Bucket=name)
        for key in keys or ("a.txt",):
            self.s3.put_object(Bucket=name, Key=key, Body=b"content of " + key.encode())
        return name

    def bucket_policy(self, bucket: str, *statements: dict) -> dict:
        return self.s3.put_bucket_policy(Bucket=bucket, Policy=doc.policy(*statements))

    def reads(self, creds: Creds, bucket: str, key: str = "a.txt"):
        """The probe of most stories: a call that reads one object with these credentials."""
        client = self.client("s3", creds)
        return lambda: client.get_object(Bucket=bucket, Key=key)

    def lists(self, creds: Creds, bucket: str):
        client = self.client("s3", creds)
        return lambda: client.list_objects_v2(Bucket=bucket)

    def sees_users(self, creds: Creds):
        """A probe outside S3: a call of IAM."""
        client = self.client("iam", creds)
        return lambda: client.list_users(MaxItems=1)
