"""Short ways to write policy documents."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

VERSION = "2012-10-17"


def statement(effect: str, actions, resources="*", principal=None, **condition) -> dict:
    """One statement; conditions as `StringEquals={"aws:userid": "…"}`."""
    made = {"Effect": effect, "Action": actions, "Resource": resources}
    if principal is not None:
        made["Principal"] = principal
    if condition:
        made["Condition"] = condition
    return made


def allow(actions, resources="*", principal=None, **condition) -> dict:
    return statement("Allow", actions, resources, principal, **condition)


def deny(actions="*", resources="*", principal=None, **condition) -> dict:
    return statement("Deny", actions, resources, principal, **condition)


def policy(*statements: dict) -> str:
    return json.dumps({"Version": VERSION, "Statement": list(statements)})


def trust(*principals: str, actions="sts:AssumeRole", **condition) -> str:
    """A trust policy for the named AWS principals."""
    made: dict = {"Effect": "Allow", "Principal": {"AWS": list(principals)}, "Action": actions}
    if condition:
        made["Condition"] = condition
    return json.dumps({"Version": VERSION, "Statement": [made]})


def bucket_deny(bucket: str, principal, **condition) -> dict:
    """Deny everything on a bucket and its objects to a principal."""
    return deny("s3:*", [bucket_arn(bucket), bucket_arn(bucket, "*")], principal, **condition)


def bucket_arn(bucket: str, key: str | None = None) -> str:
    return f"arn:aws:s3:::{bucket}" if key is None else f"arn:aws:s3:::{bucket}/{key}"


def iso_ms(moment: datetime) -> str:
    """Milliseconds, rounded up, so that nothing issued before the moment is spared."""
    if moment.microsecond % 1000:
        moment += timedelta(microseconds=1000 - moment.microsecond % 1000)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def utc_now() -> datetime:
    return datetime.now(timezone.utc)


REVOKE_NAME = "AWSRevokeOlderSessions"


def revoke_older(moment: datetime) -> str:
    """What the console's button writes."""
    return policy(deny(["*"], ["*"], DateLessThan={"aws:TokenIssueTime": iso_ms(moment)}))
