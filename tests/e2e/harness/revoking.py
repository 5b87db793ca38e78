"""Somebody of every sort, to see whom a revocation hits and whom it spares."""

from __future__ import annotations

import json
from dataclasses import dataclass

from botocore.exceptions import ClientError

from . import documents as doc
from .account import ROOT_ARN, Account, Role, User
from .clients import Creds
from .clock import Clock
from .expect import BY_REVOCATION, allowed, denied
from .raw import PREFIXES, Answer, Raw, Request
from .server import ACCOUNT
from .sigv4 import Scope

ALL = doc.policy(doc.allow("*"))


def works(account: Account, creds: Creds) -> bool:
    """Whether the session may ask who it is, which needs no permission and which no other policy can deny."""
    try:
        account.whoami(creds)
    except ClientError as refusal:
        assert refusal.response["Error"]["Code"] == "AccessDenied", refusal
        assert BY_REVOCATION in refusal.response["Error"]["Message"], refusal
        return False
    return True


def cut(account: Account, bucket: str, *sessions: Creds) -> None:
    """Refused everywhere, in AWS's words and with the layer named."""
    for creds in sessions:
        denied(lambda: account.whoami(creds), BY_REVOCATION)
        denied(account.reads(creds, bucket), BY_REVOCATION)
        denied(account.sees_users(creds), BY_REVOCATION)


def live(account: Account, bucket: str, *sessions: Creds) -> None:
    for creds in sessions:
        allowed(lambda: account.whoami(creds))
        allowed(account.reads(creds, bucket))


@dataclass
class Scene:
    alice: User
    bob: User
    role: Role
    other: Role
    sessions: dict[str, Creds]

    def target(self, text: str) -> str:
        """Words with names and keys put in: `{role}/one`."""
        keys = {f"key_{name.replace(' ', '_')}": creds.access_key for name, creds in self.sessions.items()}
        return text.format(
            alice=self.alice.name, alice_arn=self.alice.arn, alice_id=self.alice.user_id, role=self.role.name,
            role_arn=self.role.arn, role_id=self.role.role_id, other=self.other.name, account=ACCOUNT, **keys,
        )  # fmt: skip


def everybody(account: Account) -> Scene:
    alice, bob = account.make_user("alice", ALL), account.make_user("bob", ALL)
    trust = doc.trust(ROOT_ARN, actions=["sts:AssumeRole", "sts:SetSourceIdentity"])
    role, other = account.make_role("worker", ALL, trust), account.make_role("other", ALL, trust)
    one = account.assume(role, by=alice.creds, name="one")
    sessions = {
        "alice": alice.creds,
        "bob": bob.creds,
        "one": one,
        "two": account.assume(role, by=bob.creds, name="two", SourceIdentity="jane"),
        "chained": account.assume(other, by=one, name="three"),
        "token": account.session_token(alice.creds),
        "root token": account.session_token(account.root),
        "guest": account.federate(alice.creds, "guest", ALL),
        "root guest": account.federate(account.root, "guest", ALL),
    }
    return Scene(alice, bob, role, other, sessions)


@dataclass
class Own:
    """Root's own calls without the start of a process: what is measured is the server. Signed by a moved clock, if any."""

    raw: Raw

    clock: Clock | None = None

    def request(self, action: str, **given) -> Request:
        root = self.raw.server.root
        typed = [("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", f"{PREFIXES['portcullis']}.{action}")]
        scope = Scope(root, "portcullis", moment=self.clock.now()) if self.clock else None
        body = json.dumps(given).encode()
        return self.raw.request("POST", "/", root, "portcullis", headers=typed, body=body, scope=scope)

    def send(self, action: str, **given) -> Answer:
        return self.raw.send(self.request(action, **given))

    def revoke(self, kind: str, target: str, **more) -> str:
        """The revocation's id; its moment is the answer's."""
        answer = self.send("Revoke", Kind=kind, Target=target, **more)
        assert answer.status == 200, answer
        return json.loads(answer.text)["RevocationId"]

    def lift(self, revocation: str) -> None:
        assert self.send("LiftRevocation", RevocationId=revocation).status == 200
