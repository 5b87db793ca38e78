"""Somebody of one account before the door of another."""

from __future__ import annotations

from .clients import Creds
from .organization import Member


def root_of(member: Member) -> str:
    return f"arn:aws:iam::{member.id}:root"


def assuming(member: Member, creds: Creds, role: str, **more):
    client = member.client("sts", creds, parameter_validation=False)
    return lambda: client.assume_role(RoleArn=role, RoleSessionName=more.pop("name", "attempt"), **more)


def issued(call) -> Creds:
    return Creds.issued(call())


def tags(**given: str) -> list[dict]:
    return [{"Key": key, "Value": value} for key, value in given.items()]
