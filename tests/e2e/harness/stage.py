"""The cast of `corpus/decide` on a real server: its users, roles, sessions, buckets and policies by real calls."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from botocore import UNSIGNED
from botocore.exceptions import ClientError

from . import documents as doc
from .account import ROOT_ARN, Account
from .clients import Creds
from .corpus import EVERYTHING, FEDERATED, HOLDERS, MOMENT, ROLES, S3_OBJECT, STS_ROLE, Case, text_of
from .server import ACCOUNT

TRUSTED = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]


@dataclass(frozen=True)
class Outcome:
    """What the server answered; without a code, it did what was asked."""

    request: str
    code: str = ""
    message: str = ""


class NotSaved(Exception):
    """A policy of a case was refused; the text is the server's."""


class Stage:
    def __init__(self, account: Account) -> None:
        self.account = account
        self.iam, self.s3, self.sts = account.iam, account.s3, account.client("sts")
        alice = account.make_user(name="alice", Path="/staff/", policy=doc.policy(doc.allow("sts:*")))
        self.alice = alice.creds
        trust = doc.trust(ROOT_ARN, actions=TRUSTED)
        self.deploy = account.make_role(name="deploy", Path="/team/", trust=trust)
        self.audit = account.make_role(name="audit", trust=trust)
        account.make_role(name="target", trust=trust)
        self.roles = {"deploy": self.deploy, "audit": self.audit}
        self.replaced = {
            "111122223333": ACCOUNT,
            "AIDAALICEAAAAAAAAAAAA": alice.user_id,
            "AROADEPLOYAAAAAAAAAAA": self.deploy.role_id,
            "AROAAUDITAAAAAAAAAAAA": self.audit.role_id,
        }
        self.creds: dict[tuple, Creds] = {}
        self.boundaries: dict[str, str] = {}
        self.objects: set[tuple[str, str]] = set()
        self.buckets: set[str] = set()
        # What is attached now, so that only what differs is written.
        self.inline: dict[tuple, list[str]] = {("user", "alice"): []}
        self.held: dict[tuple, str | None] = {}
        self.policies: dict[str, str | None] = {}
        self.trusts: dict[str, str] = {}
        self.moment = ""

    # -- credentials ---------------------------------------------------------------

    def key(self, case: Case) -> tuple:
        session = case.policies.get("session") if case.caller in ROLES or case.caller in FEDERATED else None
        texts = None if session is None else tuple(text_of(document) for document in session)
        return case.caller, texts, case.is_later, case.context.get("aws:SourceIdentity")

    def issue(self, cases: list[Case]) -> None:
        """Makes the credentials of all cases: first those before the moment, then the others."""
        keys = {self.key(case) for case in cases}
        for is_later in (False, True):
            for key in sorted((key for key in keys if key[2] == is_later), key=repr):
                self.creds[key] = self.made(*key)
            if not is_later:
                time.sleep(0.01)
                self.moment = doc.iso_ms(doc.utc_now())
                time.sleep(0.01)
        # What it took to make them is no case's.
        self.iam.delete_user_policy(UserName="alice", PolicyName="main")

    def made(self, caller: str, session: tuple | None, _: bool, source_identity: str | None) -> Creds | None:
        limits = {} if session is None else self.session_policies(session)
        if caller in ROLES:
            role, name = ROLES[caller]
            if caller.startswith("tagged"):
                limits["Tags"] = [{"Key": "team", "Value": "red"}]
            source_identity = source_identity or ("mary@example.com" if name == "mary" else None)
            if source_identity:
                limits["SourceIdentity"] = source_identity
            return self.account.assume(self.roles[role], name=name, **limits)
        if caller in FEDERATED:
            maker, name = FEDERATED[caller]
            by = self.alice if maker == "alice" else self.account.root
            answer = self.account.client("sts", by).get_federation_token(Name=name, **limits)
            return Creds.issued(answer)
        by = {"alice": self.alice, "root": self.account.root}.get(caller.split(" ")[0])
        return self.account.session_token(by) if caller.endswith("GetSessionToken") else by

    def session_policies(self, texts: tuple) -> dict:
        limits: dict = {"Policy": texts[0]}
        if texts[1:]:
            limits["PolicyArns"] = [{"arn": self.managed(text)} for text in texts[1:]]
        return limits

    def managed(self, text: str) -> str:
        if text not in self.boundaries:
            self.boundaries[text] = self.account.make_managed(text, "corpus")
        return self.boundaries[text]

    # -- policies ------------------------------------------------------------------

    def install(self, case: Case) -> None:
        """Attaches the policies of a case and nothing else."""
        try:
            holder = HOLDERS.get(case.caller)
            if holder is not None:
                self.hold(holder, [text_of(one) for one in case.policies.get("identity", [])])
                boundary = case.policies.get("boundary")
                self.bound(holder, None if boundary is None else text_of(boundary))
            self.tag(case)
            if case.verb in STS_ROLE and "trust" in case.policies:
                self.trust(case.resource.rpartition("/")[2], text_of(case.policies["trust"]))
            elif case.verb not in STS_ROLE:
                self.bucket(case)
        except ClientError as refusal:
            raise NotSaved(refusal.response["Error"]["Message"]) from None

    def hold(self, holder: tuple, texts: list[str]) -> None:
        kind, name = holder
        now = self.inline.get(holder, [])
        put, delete = getattr(self.iam, f"put_{kind}_policy"), getattr(self.iam, f"delete_{kind}_policy")
        whose = {f"{kind.capitalize()}Name": name}
        for at, text in enumerate(texts):
            if at >= len(now) or now[at] != text:
                put(PolicyName=f"p{at}", PolicyDocument=text, **whose)
        for at in range(len(texts), len(now)):
            delete(PolicyName=f"p{at}", **whose)
        self.inline[holder] = texts

    def bound(self, holder: tuple, text: str | None) -> None:
        kind, name = holder
        whose = {f"{kind.capitalize()}Name": name}
        if self.held.get(holder) == text:
            return
        if text is None:
            getattr(self.iam, f"delete_{kind}_permissions_boundary")(**whose)
        else:
            getattr(self.iam, f"put_{kind}_permissions_boundary")(PermissionsBoundary=self.managed(text), **whose)
        self.held[holder] = text

    def tag(self, case: Case) -> None:
        """Tags of the user are the only keys of a case that are not in the call or the credentials."""
        tags = {key.partition("/")[2]: value for key, value in case.context.items() if "PrincipalTag/" in key}
        held = {tag["Key"] for tag in self.iam.list_user_tags(UserName="alice")["Tags"]} if tags or self.tags else set()
        if held:
            self.iam.untag_user(UserName="alice", TagKeys=sorted(held))
        if tags:
            self.iam.tag_user(UserName="alice", Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
        self.tags = bool(tags)

    tags = False

    def trust(self, role: str, text: str) -> None:
        if self.trusts.get(role) != text:
            self.iam.update_assume_role_policy(RoleName=role, PolicyDocument=text)
            self.trusts[role] = text

    def bucket(self, case: Case) -> None:
        bucket, _, key = case.resource.removeprefix("arn:aws:s3:::").partition("/")
        if not case.resource.startswith("arn:aws:s3:::"):
            bucket, key = "data", ""
        if bucket not in self.buckets:
            self.s3.create_bucket(Bucket=bucket)
            self.s3.delete_public_access_block(Bucket=bucket)
            self.buckets.add(bucket)
        resource = case.policies.get("resource")
        text = None if resource is None else text_of(resource)
        if key and (bucket, key) not in self.objects:
            self.drop(bucket)
            self.s3.put_object(Bucket=bucket, Key=key, Body=b"x")
            self.objects.add((bucket, key))
        if self.policies.get(bucket) != text:
            self.drop(bucket)
            if text is not None:
                self.s3.put_bucket_policy(Bucket=bucket, Policy=text)
                self.policies[bucket] = text

    def drop(self, bucket: str) -> None:
        if self.policies.get(bucket) is not None:
            self.s3.delete_bucket_policy(Bucket=bucket)
            self.policies[bucket] = None

    # -- calls ---------------------------------------------------------------------

    def ask(self, case: Case) -> Outcome:
        """Does for real what the case is about."""
        try:
            answer = self.call(case, self.creds[self.key(case)])
        except ClientError as refusal:
            answer = refusal.response
            return Outcome(answer["ResponseMetadata"]["RequestId"], answer["Error"]["Code"], answer["Error"]["Message"])
        finally:
            if case.verb in ("s3:deletebucketpolicy", "s3:putbucketpolicy"):
                self.policies["data"] = "changed by a case"
        return Outcome(answer["ResponseMetadata"]["RequestId"])

    def call(self, case: Case, creds: Creds | None) -> dict:
        service, _, name = case.verb.partition(":")
        if creds is None:
            client = self.account.client("s3", self.account.root, signature_version=UNSIGNED)
        else:
            client = self.account.client(service, creds)
        bucket, _, key = case.resource.removeprefix("arn:aws:s3:::").partition("/")
        if case.verb in S3_OBJECT:
            body = {"Body": b"x"} if name == "putobject" else {}
            if name == "deleteobject":
                self.objects.discard((bucket, key))
            method = {"getobjecttagging": "get_object_tagging"}.get(name, name.replace("object", "_object"))
            return getattr(client, method)(Bucket=bucket, Key=key, **body)
        if case.verb in STS_ROLE:
            return client.assume_role(RoleArn=case.resource, RoleSessionName="wire", **passed(case))
        calls = {
            "listbucket": lambda: client.list_objects_v2(Bucket=bucket),
            "getbucketpolicy": lambda: client.get_bucket_policy(Bucket=bucket),
            "deletebucketpolicy": lambda: client.delete_bucket_policy(Bucket=bucket),
            "putbucketpolicy": lambda: client.put_bucket_policy(Bucket=bucket, Policy=self.policies[bucket]),
            "listallmybuckets": lambda: client.list_buckets(),
            "listusers": lambda: client.list_users(),
            "getcalleridentity": lambda: client.get_caller_identity(),
            "getsessiontoken": lambda: client.get_session_token(),
            "getfederationtoken": lambda: client.get_federation_token(Name=case.resource.rpartition("/")[2].replace("*", "bob")),
            "getaccesskeyinfo": lambda: client.get_access_key_info(AccessKeyId=self.alice.access_key),
        }
        return calls[name]()

    def save(self, case: Case) -> str:
        """Tries to save the policies of a case that cannot be; gives the refusal."""
        layers = {layer: value for layer, value in case.policies.items() if layer in ("resource", "trust", "boundary")}
        tries = {
            "resource": lambda value: self.s3.put_bucket_policy(Bucket="data", Policy=text_of(value)),
            "trust": lambda value: self.iam.update_assume_role_policy(RoleName="target", PolicyDocument=text_of(value)),
            "boundary": lambda value: self.account.make_managed(text_of(value)),
            "identity": lambda value: self.iam.put_user_policy(UserName="alice", PolicyName="p0", PolicyDocument=text_of(value)),
            "session": lambda value: self.account.assume(self.deploy, Policy=text_of(value)),
        }
        many = {layer: case.policies[layer] for layer in ("identity", "session") if layer in case.policies}
        self.hold(("user", "alice"), [text_of(EVERYTHING)])
        self.inline[("user", "alice")] = ["changed by a case"]
        try:
            for layer, values in [(layer, [value]) for layer, value in layers.items()] + list(many.items()):
                for value in values:
                    tries[layer](value)
        except ClientError as refusal:
            error = refusal.response["Error"]
            assert error["Code"] in ("MalformedPolicyDocument", "MalformedPolicy"), error
            return error["Message"]
        return "it was saved"


def passed(case: Case) -> dict:
    """The arguments of AssumeRole that carry the keys of a case."""
    given: dict = {}
    tags = {key.partition("/")[2]: value for key, value in case.context.items() if key.startswith("aws:RequestTag/")}
    if case.verb == "sts:tagsession":
        tags = tags or {"team": "red"}
        given["TransitiveTagKeys"] = case.context.get("sts:TransitiveTagKeys", [])
        tags |= {key: "x" for key in given["TransitiveTagKeys"] if key not in tags}
    if tags:
        given["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    if "sts:ExternalId" in case.context:
        given["ExternalId"] = case.context["sts:ExternalId"]
    # A session that has a source identity hands it on; it cannot pass another.
    has_own = case.caller == "deploy session mary"
    if not has_own and ("sts:SourceIdentity" in case.context or case.verb == "sts:setsourceidentity"):
        given["SourceIdentity"] = case.context.get("sts:SourceIdentity", "alice")
    return given


def at_the_moment(case: Case, moment: str) -> Case:
    """The case with the moment of the corpus replaced by the server's."""
    text = json.dumps(case.policies)
    for written in (MOMENT, "2024-05-07T23:30:00Z", "2024-05-07T23:47:00Z"):
        text = text.replace(written, moment)
    case.policies = json.loads(text)
    return case
