"""The cases of `corpus/decide`, as the engine's own tests read them, and which of them a real server can be asked.

A server of one account without an organization cannot stage everything: `why_not` says for a case what is missing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

CORPUS = Path(__file__).parents[3] / "corpus" / "decide"
ACCOUNT = "111122223333"
CAST = json.loads((CORPUS / "cast.json").read_text())
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
LAYERS = {"identity", "boundary", "session", "resource", "trust", "revocations", "scps", "rcps"}

ROLES = {
    "deploy session ci": ("deploy", "ci"),
    "deploy session mary": ("deploy", "mary"),
    "tagged session of deploy": ("deploy", "red"),
    "tagged session of audit": ("audit", "red"),
    "audit session ci": ("audit", "ci"),
    "instance of deploy": ("deploy", "i-0abcd1234efgh5678"),
}
FEDERATED = {
    "bob federated by alice": ("alice", "bob"),
    "carol federated by alice": ("alice", "carol"),
    "alice federated by root": ("root", "alice"),
}
# Who has identity policies and a boundary, and where these are put.
HOLDERS = {
    "alice": ("user", "alice"),
    "alice by GetSessionToken": ("user", "alice"),
    "bob federated by alice": ("user", "alice"),
    "carol federated by alice": ("user", "alice"),
} | {name: ("role", role) for name, (role, _) in ROLES.items()}
WITHOUT_HOLDER = {"root", "root by GetSessionToken", "alice federated by root", "anonymous"}
S3_OBJECT = {"s3:getobject", "s3:putobject", "s3:deleteobject", "s3:getobjecttagging"}
S3_BUCKET = {"s3:listbucket", "s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"}
STS_ROLE = {"sts:assumerole", "sts:tagsession", "sts:setsourceidentity"}
PLAIN = {
    "sts:getcalleridentity", "sts:getsessiontoken", "sts:getfederationtoken", "sts:getaccesskeyinfo",
    "iam:listusers", "s3:listallmybuckets",
}
# Between the sessions that were made before and those made after; the same moment is used by all cases on issue times.
MOMENT = "2024-05-07T23:30:00.000Z"


@dataclass
class Case:
    file: str
    when: str
    expect: str
    caller: str
    action: str
    resource: str
    owner: str
    context: dict
    policies: dict
    decided_by: list | None = None
    session: list | None = field(default=None)

    @property
    def name(self) -> str:
        return f"{self.file}: {self.when}"

    @property
    def verb(self) -> str:
        return self.action.lower()

    @property
    def is_refused(self) -> bool:
        return self.expect.startswith("Refused: ")

    @property
    def is_later(self) -> bool:
        """Whether it is about a session made after the moment."""
        return self.context.get("aws:TokenIssueTime", "") > MOMENT

    def documents(self) -> list:
        """The documents of every layer."""
        found = []
        for value in self.policies.values():
            found += value if isinstance(value, list) else [value]
        return found


def cases(replaced: dict[str, str]) -> list[Case]:
    """Every case, with names of the cast replaced by what they are on the server."""
    found = []
    for path in sorted(CORPUS.glob("*/*.json")):
        text = path.read_text()
        for old, new in replaced.items():
            text = text.replace(old, new)
        file = json.loads(text)
        for case in file["cases"]:
            merged = {key: case.get(key, file.get(key)) for key in ("caller", "action", "resource", "owner")}
            policies = file.get("policies", {}) | case.get("policies", {})
            policies = {layer: value for layer, value in policies.items() if value is not None}
            found.append(
                Case(
                    file=f"{path.parent.name}/{path.stem}",
                    when=case["when"],
                    expect=case["expect"],
                    context=file.get("context", {}) | case.get("context", {}),
                    policies=policies,
                    decided_by=case.get("decided_by"),
                    **merged,
                )
            )
    assert all(set(case.policies) <= LAYERS for case in found)
    return found


def why_not(case: Case) -> str | None:
    """What is missing to ask the server, if anything is."""
    for check in (of_policies, of_caller, of_context, of_action, of_attachments):
        reason = check(case)
        if reason is not None:
            return reason
    return None


def of_policies(case: Case) -> str | None:
    if "scps" in case.policies or "rcps" in case.policies:
        return "an organization's guardrails"
    if "revocations" in case.policies:
        return "native revocations"
    if any(document == "unreadable" for document in case.documents()):
        return "a stored policy that cannot be read"
    if case.policies.get("trust") == "missing":
        return "a role without a trust policy"
    if case.caller == "root by GetSessionToken" and "session" in case.policies:
        return "a session of root's for a task, which takes an organization"
    if case.policies.get("session") == []:
        return "an empty list of session policies"
    return None


def of_caller(case: Case) -> str | None:
    kind = CAST[case.caller]
    if kind["is"] == "service":
        return "a service as caller"
    if kind["is"] == "external identity":
        return "the bearer of a provider's token"
    if kind.get("account", ACCOUNT) != ACCOUNT:
        return "a caller of another account"
    if case.owner == "444455556666":
        return "a resource of another account"
    if "created anew" in case.caller:
        return "a principal deleted in between (test_s03_delete_principal.py has it)"
    if kind.get("mfa"):
        return "MFA devices"
    if case.caller == "anonymous" and not case.verb.startswith("s3:"):
        return "an unsigned call of another service than S3"
    known = {"alice", "alice by GetSessionToken", *ROLES, *FEDERATED, *WITHOUT_HOLDER}
    return None if case.caller in known else "sessions from an identity provider or Identity Center"


def of_context(case: Case) -> str | None:
    for key, value in case.context.items():
        name = key.lower()
        if name == "aws:tokenissuetime":
            whole = value > "2024-05-07T23:31" or value == "2024-05-07T23:30:00.001Z"
            if not whole:
                return "an exact instant of issue"
        elif name.startswith("aws:principaltag/") and HOLDERS.get(case.caller) == ("user", "alice"):
            continue
        elif name == "aws:sourceidentity" and case.caller in ROLES:
            if ":" in value:
                return "a source identity of these characters"
        elif case.verb in STS_ROLE and name in ("sts:externalid", "sts:sourceidentity", "aws:tagkeys"):
            continue
        elif case.verb in STS_ROLE and (name.startswith("aws:requesttag/") or name == "sts:transitivetagkeys"):
            continue
        elif value is None and CAST[case.caller]["context"].get(key) is None:
            continue
        else:
            return f"a request with {key}"
    return None


def of_action(case: Case) -> str | None:
    if case.is_refused:
        return None
    bucket, _, key = case.resource.removeprefix("arn:aws:s3:::").partition("/")
    if case.verb in S3_OBJECT:
        if not case.resource.startswith("arn:aws:s3:::") or not key:
            return "an object's action asked about something else"
        return None if len(bucket) >= 3 else "a bucket of this name"
    if case.verb in S3_BUCKET:
        return None if case.resource.startswith("arn:aws:s3:::") and not key else "a bucket's action asked about something else"
    if case.verb in STS_ROLE:
        if case.verb != "sts:assumerole" and not allows_assuming(case):
            return "a permission asked along with AssumeRole, which is refused itself"
        return None
    return None if case.verb in PLAIN else f"the action {case.action}"


def allows_assuming(case: Case) -> bool:
    """Whether the trust policy, and identity policies where there are any, allow AssumeRole as well."""
    statements = case.policies.get("trust", [])
    statements = statements if isinstance(statements, list) else [statements]
    actions = {action for one in statements for action in as_list(one["Action"])}
    return bool(actions & {"sts:AssumeRole", "sts:*", "sts:Assume*"})


def of_attachments(case: Case) -> str | None:
    limits = [case.policies.get("identity", []), case.policies.get("boundary", [])]
    documents = [one for value in limits for one in as_list(value)]
    if case.is_refused:
        return None
    if case.caller in WITHOUT_HOLDER and any(document != EVERYTHING for document in documents):
        return f"policies attached to {case.caller}"
    session = case.policies.get("session")
    may_have = case.caller in ROLES or case.caller in FEDERATED
    if session is not None and not may_have and session != [EVERYTHING]:
        return f"session policies of {case.caller}"
    return None


def as_list(value) -> list:
    return value if isinstance(value, list) else [value]


def text_of(document) -> str:
    """A document as a case writes it: a policy, one statement or a list of statements."""
    if isinstance(document, dict) and "Statement" in document:
        return json.dumps(document)
    return json.dumps({"Version": "2012-10-17", "Statement": document})
