"""What every attack must leave behind: nothing. And a legitimate twin of it must work.

    watched = Watched(account)
    watched.repelled(lambda: iam.put_user_policy(...), "MalformedPolicyDocument", 400)

An attack from another account is watched in the account attacked and told of in the attacker's history:

    Watched(victim, told=attacker).repelled(...)
"""

from __future__ import annotations

import json
from typing import Callable

from botocore.exceptions import ClientError

from .account import Account
from .audit import recent_events_with
from .expect import refused
from .organization import Member
from .raw import Answer


class Watched:
    """An account whose records are compared before and after."""

    def __init__(self, account: Account | Member, told: Account | Member | None = None) -> None:
        self.account = account
        self.told = told or account

    def state(self) -> str:
        """Users, groups, roles, policies and buckets with their policies, objects and tags; not when roles were used."""
        iam, s3 = self.account.iam, self.account.s3
        details = list(iam.get_paginator("get_account_authorization_details").paginate())
        found: list = [{key: page[key] for key in page if key.endswith("List") or key == "Policies"} for page in details]
        for role in (role for page in found for role in page.get("RoleDetailList", [])):
            role.pop("RoleLastUsed", None)
        for bucket in s3.list_buckets()["Buckets"]:
            name = bucket["Name"]
            listed = s3.list_objects_v2(Bucket=name).get("Contents", [])
            try:
                policy = s3.get_bucket_policy(Bucket=name)["Policy"]
            except ClientError:
                policy = None
            found.append([name, policy, [(entry["Key"], entry["ETag"]) for entry in listed]])
        return json.dumps(found, default=str, sort_keys=True)

    def repelled(self, call: Callable[[], object], code: str, status: int, contains: str = "") -> str:
        """The call is refused, changes nothing, leaves one event that tells of it, and the server lives."""
        before, kept = self.state(), {}

        def kept_call():
            try:
                return call()
            except ClientError as error:
                kept.update(error.response)
                raise

        message = refused(kept_call, code, status, contains)
        self.unharmed(before, kept["ResponseMetadata"]["RequestId"], code)
        return message

    def turned_away(self, send: Callable[[], Answer], status: int = 403) -> Answer:
        """The same for a request made by hand."""
        before = self.state()
        answer = send()
        assert answer.status == status, answer
        self.unharmed(before, answer.request_id, answer.code)
        return answer

    def unharmed(self, before: str, request: str, code: str) -> None:
        assert self.account.server.alive()
        assert self.state() == before
        events = recent_events_with(self.told, request)
        assert len(events) == 1, events
        # HEAD answers have no body to name the code in.
        assert not code or events[0]["errorCode"] == code, events
