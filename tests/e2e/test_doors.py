"""The other doors of a revocation: bucket and trust policies that still let its target in are named, closed in one change
for exactly the target, and opened again by one lift."""

from __future__ import annotations

import json

import pytest

from harness import documents as doc
from harness.account import ROOT_ARN, Account
from harness.audit import lookup
from harness.command import Revoker
from harness.expect import BY_RESOURCE, allowed, denied
from harness.server import ACCOUNT, Server

S3 = doc.policy(doc.allow("s3:*"), doc.allow("sts:*"))


@pytest.fixture(scope="module")
def revoker(server: Server, tmp_path_factory) -> Revoker:
    return Revoker(server, tmp_path_factory.mktemp("doors"))


def objects(bucket: str, principal, **condition) -> dict:
    return doc.allow("s3:GetObject", doc.bucket_arn(bucket, "*"), principal, **condition)


def arns(receipt: dict, kind: str = "bucket-policy") -> set[str]:
    return {door["ResourceArn"] for door in receipt["OpenDoors"] if door["Kind"] == kind}


def statements(account: Account, bucket: str) -> list[dict]:
    held = json.loads(account.s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    return held if isinstance(held, list) else [held]


def trust_of(account: Account, role: str) -> list[dict]:
    return account.iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]["Statement"]


def test_what_lets_the_target_in_without_permissions_of_its_own_is_named(account: Account, revoker: Revoker):
    role = account.make_role("visited", S3)
    account.assume(role, name="mary")
    mary = role.session_arn("mary")
    # What stands in a bucket's policy, and whether it is a door to Mary.
    rows = {
        "session": ({"AWS": mary}, {}, True),
        "role": ({"AWS": role.arn}, {}, True),
        "everybody": ("*", {}, True),
        "own-id": ("*", {"StringEquals": {"aws:userid": f"{role.role_id}:mary"}}, True),
        "asks": ("*", {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, True),
        "other-id": ("*", {"StringEquals": {"aws:userid": f"{role.role_id}:bob"}}, False),
        "bob": ({"AWS": role.session_arn("bob")}, {}, False),
        "account": ({"AWS": ROOT_ARN}, {}, False),
    }
    buckets = {name: account.make_bucket(name) for name in rows}
    for name, (principal, condition, _) in rows.items():
        account.s3.delete_public_access_block(Bucket=buckets[name])
        account.bucket_policy(buckets[name], objects(buckets[name], principal, **condition))
    trusting = account.make_role("trusting", S3, doc.trust(role.arn))
    account.make_role("delegating", S3, doc.trust(ROOT_ARN))
    told = revoker.revoke("role-session", f"{role.name}/mary", "--dry-run")
    wanted = {doc.bucket_arn(buckets[name]) for name, (_, _, is_door) in rows.items() if is_door}
    assert arns(told) & {doc.bucket_arn(bucket) for bucket in buckets.values()} == wanted
    assert arns(told, "trust-policy") == {trusting.arn}
    by_arn = {door["ResourceArn"]: door for door in told["OpenDoors"]}
    asks = by_arn[doc.bucket_arn(buckets["asks"])]
    assert asks["Undecided"] == ["aws:sourceip"] and asks["Actions"] == ["s3:GetObject"]
    assert asks["Statement"] == "1" and asks["Principal"] == "*"
    assert asks["Command"].startswith(f"aws s3api put-bucket-policy --bucket {buckets['asks']} --policy '")
    words = ("revoke", "role-session", f"{role.name}/mary", "--dry-run", "--output", "text")
    table = revoker.command.ok(*words, creds=revoker.root)
    receipt = revoker.revoke("role-session", f"{role.name}/mary")
    shown = revoker.json("revocations", receipt["RevocationId"])
    proof = revoker.command.ok("receipt", receipt["ReceiptId"], "--output", "text", creds=revoker.root)
    for arn in wanted | {trusting.arn}:
        assert f" of {arn}: " in table and f" of {arn}\n" in proof
    assert asks["Command"].split(" --policy ")[0] in table and asks["Command"].split(" --policy ")[0] in proof
    for door in [*told["OpenDoors"], *receipt["OpenDoors"], *shown["OpenDoors"]]:
        # The Sid in it is the revocation's.
        assert "PortcullisRevocation" in door.pop("Command")
    assert receipt["OpenDoors"] == told["OpenDoors"] == shown["OpenDoors"]
    assert receipt["OpenDoorsCount"] == len(told["OpenDoors"])


def test_who_may_not_read_a_policy_is_told_only_that_it_is_a_door(account: Account, revoker: Revoker):
    role = account.make_role("blind", S3)
    bucket = account.make_bucket("blind")
    account.bucket_policy(bucket, objects(bucket, {"AWS": role.arn}))
    responder = account.make_user("responder", doc.policy(doc.allow("portcullis:*")))
    told = revoker.revoke("role", role.name, "--dry-run", creds=responder.creds)
    [door] = [door for door in told["OpenDoors"] if door["ResourceArn"] == doc.bucket_arn(bucket)]
    assert door == {"Kind": "bucket-policy", "ResourceArn": doc.bucket_arn(bucket), "AccountId": ACCOUNT}


class Stage:
    """A target and siblings of it, let in by a bucket and trusted by a role, beside their own permissions."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.role = account.make_role("staff", S3)
        self.sibling_role = account.make_role("staff", S3)
        self.user = account.make_user("staff", S3)
        self.creds = {
            "mary": account.assume(self.role, name="mary"),
            "john": account.assume(self.role, name="john"),
            "other mary": account.assume(self.sibling_role, name="mary"),
            "user": self.user.creds,
            "token": account.session_token(self.user.creds),
            "bob": account.federate(self.user.creds, "bob", S3),
            "bobby": account.federate(self.user.creds, "bobby", S3),
        }
        everybody = {"AWS": [self.role.arn, self.sibling_role.arn, self.user.arn]}
        self.bucket = account.make_bucket("staff")
        # As a deployment has it, one statement that is no list.
        document = {"Version": doc.VERSION, "Statement": objects(self.bucket, everybody)}
        account.s3.put_bucket_policy(Bucket=self.bucket, Policy=json.dumps(document))
        self.next = account.make_role("next", S3, doc.trust(*everybody["AWS"]))

    def readers(self) -> list[str]:
        found = []
        for name, creds in self.creds.items():
            try:
                self.account.reads(creds, self.bucket)()
                found.append(name)
            except self.account.s3.exceptions.ClientError as refusal:
                assert refusal.response["Error"]["Code"] == "AccessDenied"
        return found


@pytest.fixture
def stage(account: Account) -> Stage:
    return Stage(account)


@pytest.mark.parametrize(
    ("kind", "target", "hit"),
    [
        ("session", "{key_mary}", ["mary"]),
        ("role-session", "{role}/mary", ["mary"]),
        ("role", "{role}", ["mary", "john"]),
        ("user", "{user}", ["token"]),
        ("session", "{key_token}", ["token"]),
        ("federated-user", "bob", ["bob"]),
    ],
)
def test_a_closed_door_is_closed_to_the_target_and_to_nobody_else(account, revoker, stage, kind, target, hit):
    keys = {f"key_{name.replace(' ', '_')}": creds.access_key for name, creds in stage.creds.items()}
    target = target.format(role=stage.role.name, user=stage.user.name, **keys)
    before = (statements(account, stage.bucket), trust_of(account, stage.next.name))
    receipt = revoker.revoke(kind, target, "--close-doors")
    own = [door for door in receipt["OpenDoors"] if door["AccountId"] == ACCOUNT]
    assert own == []
    written = {(part["Kind"], part["Resource"]) for part in receipt["Written"]}
    assert ("bucket-policy", doc.bucket_arn(stage.bucket)) in written
    number = receipt["RevocationId"].rsplit("-", 1)[1]
    # Without the revocation itself, the Deny in the policy is what is left.
    denies = [held for held in statements(account, stage.bucket) if held.get("Sid", "").endswith(number)]
    trusts = trust_of(account, stage.next.name)
    revoker.lift(receipt)
    assert (statements(account, stage.bucket), trust_of(account, stage.next.name)) == before
    account.bucket_policy(stage.bucket, *before[0], *denies)
    assert stage.readers() == [name for name in stage.creds if name not in hit]
    for name in hit:
        denied(account.reads(stage.creds[name], stage.bucket), BY_RESOURCE)
    if kind in ("role-session", "role"):
        document = json.dumps({"Version": doc.VERSION, "Statement": trusts})
        account.iam.update_assume_role_policy(RoleName=stage.next.name, PolicyDocument=document)
        assume = {"RoleArn": stage.next.arn, "RoleSessionName": "next"}
        denied(lambda: account.client("sts", stage.creds["mary"]).assume_role(**assume))
        allowed(lambda: account.client("sts", stage.creds["other mary"]).assume_role(**assume))


def test_all_doors_close_in_one_change_with_one_event_and_one_undo(account, revoker, stage):
    target = f"{stage.role.name}/mary"
    receipt = revoker.revoke("role-session", target, "--close-doors")
    [event] = [
        event for event in lookup(account, EventName="Revoke")
        if (event.get("responseElements") or {}).get("revocationId") == receipt["RevocationId"]
    ]  # fmt: skip
    told = event["responseElements"]["written"]
    assert {part["resource"] for part in told} == {part["Resource"] for part in receipt["Written"]}
    assert {stage.next.arn, doc.bucket_arn(stage.bucket)} <= {part["resource"] for part in told}
    # Somebody else edits the policy meanwhile, and somebody else is revoked.
    theirs = doc.deny("s3:DeleteBucket", doc.bucket_arn(stage.bucket), "*")
    account.bucket_policy(stage.bucket, theirs, *statements(account, stage.bucket))
    other = revoker.revoke("role-session", f"{stage.role.name}/john", "--close-doors")
    revoker.lift(receipt)
    left = statements(account, stage.bucket)
    number = other["RevocationId"].rsplit("-", 1)[1]
    assert theirs in left and [held for held in left if "Sid" in held] == [
        held for held in left if held.get("Sid", "").endswith(number)
    ]
    revoker.lift(other)
    assert not [held for held in statements(account, stage.bucket) if "Sid" in held]
    assert len(trust_of(account, stage.next.name)) == 1


def test_a_policy_that_would_grow_over_its_quota_refuses_the_whole_act(account, revoker, stage):
    long = [objects(stage.bucket, {"AWS": stage.role.arn}, StringEquals={"aws:UserAgent": "x" * 20_000})]
    account.bucket_policy(stage.bucket, *long)
    before = (statements(account, stage.bucket), trust_of(account, stage.next.name))
    held = revoker.all()
    said = revoker.refused("revoke", "role", stage.role.name, "--close-doors", code="MalformedPolicy")
    assert stage.bucket in said
    assert (statements(account, stage.bucket), trust_of(account, stage.next.name)) == before
    assert revoker.all() == held
    assert "mary" in stage.readers()


@pytest.mark.parametrize("missing", ["s3:PutBucketPolicy", "iam:UpdateAssumeRolePolicy"])
def test_closing_needs_the_permission_to_write_each_policy(account, revoker, stage, missing):
    allowed_all = doc.policy(doc.allow("*"), doc.deny(missing))
    responder = account.make_user("closer", allowed_all)
    before = (statements(account, stage.bucket), trust_of(account, stage.next.name))
    words = ("revoke", "role", stage.role.name, "--close-doors")
    said = revoker.refused(*words, creds=responder.creds)
    assert missing in said
    assert (statements(account, stage.bucket), trust_of(account, stage.next.name)) == before
    assert "mary" in stage.readers()
    account.user_policy(responder.name, doc.policy(doc.allow("*")))
    receipt = revoker.revoke(*words[1:], creds=responder.creds)
    assert receipt["Written"]
    # Taking out is writing as well.
    account.user_policy(responder.name, allowed_all)
    assert missing in revoker.refused("lift", receipt["RevocationId"], creds=responder.creds)
    revoker.lift(receipt)


def test_what_the_target_made_is_shut_out_one_by_one(account: Account, revoker: Revoker):
    first, second = account.make_role("first", S3), account.make_role("second", S3)
    one = account.assume(first, name="one")
    chained, sibling = account.assume(second, by=one, name="two"), account.assume(second, name="two")
    bucket = account.make_bucket("chained")
    account.bucket_policy(bucket, objects(bucket, {"AWS": second.arn}))
    receipt = revoker.revoke("session", one.access_key, "--close-doors")
    denies = [held for held in statements(account, bucket) if held["Effect"] == "Deny"]
    revoker.lift(receipt)
    account.bucket_policy(bucket, *statements(account, bucket), *denies)
    denied(account.reads(chained, bucket), BY_RESOURCE)
    # Of the same role and name, and not made by the target.
    allowed(account.reads(sibling, bucket))
    spared = revoker.revoke("session", one.access_key, "--close-doors", "--no-cascade")
    assert doc.bucket_arn(bucket) not in {part["Resource"] for part in spared["Written"]}


def test_a_source_identity_and_root_are_told_from_others(account: Account, revoker: Revoker):
    trust = doc.trust(ROOT_ARN, actions=["sts:AssumeRole", "sts:SetSourceIdentity"])
    role = account.make_role("sourced", S3, trust)
    eve, jane = (account.assume(role, name=who, SourceIdentity=who) for who in ("eve", "jane"))
    bucket = account.make_bucket("sourced")
    account.bucket_policy(bucket, objects(bucket, {"AWS": role.arn}))
    receipt = revoker.revoke("source-identity", "eve", "--close-doors")
    denies = [held for held in statements(account, bucket) if held["Effect"] == "Deny"]
    revoker.lift(receipt)
    account.bucket_policy(bucket, *statements(account, bucket), *denies)
    denied(account.reads(eve, bucket), BY_RESOURCE)
    allowed(account.reads(jane, bucket))
    # A session of root's has no name: it is told from the account, whose ARN is root's, by its id.
    session = account.session_token(account.root)
    receipt = revoker.revoke("user", "root", "--close-doors")
    assert all(
        deny["Condition"]["StringEquals"] == {"aws:userid": ACCOUNT}
        for deny in statements(account, bucket)
        if deny.get("Sid", "").endswith(receipt["RevocationId"].rsplit("-", 1)[1])
    )
    revoker.lift(receipt)
    allowed(account.reads(session, bucket))


def test_no_door_is_closed_to_a_key_that_a_policy_cannot_tell_from_others(account: Account, revoker: Revoker):
    user = account.make_user("keyed", S3)
    bucket = account.make_bucket("keyed")
    account.bucket_policy(bucket, objects(bucket, {"AWS": user.arn}))
    told = revoker.revoke("access-key", user.creds.access_key, "--dry-run")
    assert doc.bucket_arn(bucket) in arns(told)
    said = revoker.refused(
        "revoke", "access-key", user.creds.access_key, "--close-doors", code="InvalidInputException"
    )
    assert "Revoke the user" in said
    allowed(account.reads(user.creds, bucket))


def test_the_receipt_goes_on_naming_what_is_open_and_what_was_written(account, revoker, stage):
    target = f"{stage.role.name}/mary"
    receipt = revoker.revoke("role-session", target)
    later = json.loads(revoker.command.ok("receipt", receipt["ReceiptId"], "--output", "json", creds=account.root))
    assert doc.bucket_arn(stage.bucket) in arns(later) and stage.next.arn in arns(later, "trust-policy")
    closed = revoker.revoke("role-session", target, "--close-doors")
    later = json.loads(revoker.command.ok("receipt", closed["ReceiptId"], "--output", "json", creds=account.root))
    assert later["OpenDoors"] == [] and later["Written"] == closed["Written"]
